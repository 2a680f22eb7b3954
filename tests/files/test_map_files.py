"""Every kind of map file gives the same rows, in the town's coordinates, with the file's own words."""

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from crisis.lib.errors import Invalid, NotFound, Unreadable, Unsupported
from crisis.lib.geo import inspect_file, read_chunks
from crisis.lib.inspection import FileKind
from tests.files.made import (
    ALEPPO,
    codes,
    everything,
    feature,
    geojson,
    only_layer,
    parts,
    point,
    square,
    vector,
    workbook,
    zipped,
)

PLACES = [shapely.Point(37.16, 36.20), shapely.Point(37.17, 36.21), shapely.Point(37.18, 36.22)]
METRES = Transformer.from_crs(4326, 32637, always_xy=True).transform(*ALEPPO)
NAMES = ["قلعة حلب", "الفرافرة", "البياضة"]
KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>Town</name>
<Folder><name>Wells</name>
<Placemark><name>قلعة حلب</name><ExtendedData><Data name="depth"><value>40</value></Data></ExtendedData>
<Point><coordinates>37.16,36.20,350</coordinates></Point></Placemark>
<Placemark><name>no place</name></Placemark>
</Folder>
<Folder><name>Areas</name>
<Placemark><name>square</name><Polygon><outerBoundaryIs><LinearRing><coordinates>
37.1,36.1 37.2,36.1 37.2,36.2 37.1,36.2 37.1,36.1</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
</Folder>{extra}</Document></kml>"""


@pytest.mark.parametrize("ending", ["gpkg", "fgb", "shp", "geojson", "csv", "xlsx"])
def test_every_format_gives_the_same_places_and_names(tmp_path, ending):
    columns: dict[str, Sequence[Any]] = {"name": NAMES, "grade": [1, 2, 3]}
    if ending == "geojson":
        made = [feature(point(p.x, p.y), name=n, grade=g) for p, n, g in zip(PLACES, NAMES, (1, 2, 3), strict=True)]
        path = geojson(tmp_path / "town.geojson", *made)
    elif ending == "csv":
        rows = [f"{n},{g},{p.x},{p.y}" for p, n, g in zip(PLACES, NAMES, (1, 2, 3), strict=True)]
        path = tmp_path / "town.csv"
        path.write_text("name,grade,lon,lat\n" + "\n".join(rows), encoding="utf-8")
    elif ending == "xlsx":
        cells = [[n, g, p.x, p.y] for p, n, g in zip(PLACES, NAMES, (1, 2, 3), strict=True)]
        path = workbook(tmp_path / "town.xlsx", town=[["name", "grade", "lon", "lat"], *cells])
    else:
        path = vector(tmp_path / f"town.{ending}", PLACES, columns, encoding="utf-8" if ending == "shp" else None)
        path = zipped(tmp_path / "town.zip", parts(path)) if ending == "shp" else path
    layer = only_layer(path)
    chunk = everything(path)
    assert (layer.features, layer.geometry, layer.srid) == (3, "Point", 4326)
    assert list(chunk.attributes["name"]) == NAMES
    assert [str(value) for value in chunk.attributes["grade"]] == ["1", "2", "3"]
    assert np.allclose(chunk.xy, [[p.x, p.y] for p in PLACES], atol=1e-9)
    assert [shapely.from_wkb(wkb).wkt for wkb in chunk.wkb] == [p.wkt for p in PLACES]
    assert list(chunk.rows) == [1, 2, 3]
    assert chunk.ok.all()


@pytest.mark.parametrize("srid", [32637, 3857, 22770, 3035])
def test_any_declared_system_is_brought_to_degrees_in_east_north_order(tmp_path, srid):
    """3035 and 22770 write north before east in their definition."""
    places = [shapely.Point(13.3, 52.5)] if srid == 3035 else PLACES
    path = vector(tmp_path / "grid.gpkg", places, {"n": list(range(len(places)))}, srid=srid)
    assert only_layer(path).srid == srid
    assert np.allclose(everything(path).xy, [[p.x, p.y] for p in places], atol=1e-4)


def test_a_crs_member_of_geojson_is_obeyed_before_and_after_the_features(tmp_path):
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32637"}}
    metres = feature(point(*METRES))
    path = geojson(tmp_path / "before.geojson", metres, crs=named)
    assert np.allclose(everything(path).xy, [[37.16, 36.20]], atol=1e-3)
    text = path.read_text(encoding="utf-8")
    after = tmp_path / "after.geojson"
    crs = text[text.index('"crs"') : text.index(', "features"')]
    after.write_text(text.replace(crs + ", ", "")[:-1] + ", " + crs + "}", encoding="utf-8")
    assert only_layer(after).srid == 32637
    assert np.allclose(everything(after).xy, [[37.16, 36.20]], atol=1e-3)


def test_a_linked_or_unknown_crs_is_refused_in_words(tmp_path):
    linked = {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs.prj", "type": "proj4"}}
    for crs in (linked, {"type": "name", "properties": {"name": "EPSG:999999"}}, "EPSG:4326"):
        path = geojson(tmp_path / "crs.geojson", feature(point(1, 2)), crs=crs)
        with pytest.raises(Unreadable, match="4326"):
            inspect_file(path)


def test_a_layer_without_a_system_asks_and_takes_the_answer(tmp_path):
    shp = vector(tmp_path / "bare.shp", PLACES, {"n": [1, 2, 3]}, srid=None)
    path = zipped(tmp_path / "bare.zip", parts(shp))
    seen = inspect_file(path)
    assert [(note.code, note.asks) for note in seen.notes] == [("no_crs", True)]
    with pytest.raises(Invalid, match="coordinate system"):
        list(read_chunks(path))
    assert everything(path, source_srid=4326).ok.all()


def test_letters_in_an_old_code_page_are_guessed_and_the_others_offered(tmp_path):
    shp = vector(tmp_path / "harat.shp", PLACES, {"NAME": NAMES}, srid=32637, encoding="cp1256")
    path = zipped(tmp_path / "harat.zip", parts(shp, without=[".cpg"]), before=b"<html>302 Found</html>\r\n")
    seen = inspect_file(path)
    assert (seen.kind, seen.encoding) == (FileKind.SHAPEFILE, "cp1256")
    assert "cp1252" in [choice.code for choice in seen.encodings]
    assert NAMES[0] in seen.encodings[0].sample
    assert list(everything(path).attributes["NAME"]) == NAMES
    wrong = everything(path, encoding="cp1252").attributes["NAME"]
    assert wrong[0] == NAMES[0].encode("cp1256").decode("cp1252")


@pytest.mark.parametrize(("cpg", "expected"), [(b"1256", "cp1256"), (b"windows-1256", "cp1256"), (b"UTF-8", "utf-8")])
def test_a_code_page_file_is_believed_if_the_letters_fit(tmp_path, cpg, expected):
    shp = vector(tmp_path / "h.shp", PLACES, {"NAME": NAMES}, encoding=expected)
    shp.with_suffix(".cpg").write_bytes(cpg)
    path = zipped(tmp_path / "h.zip", parts(shp))
    assert inspect_file(path).encoding == expected
    assert list(everything(path).attributes["NAME"]) == NAMES


def test_a_lying_code_page_file_is_not_believed(tmp_path):
    shp = vector(tmp_path / "h.shp", PLACES, {"NAME": NAMES}, encoding="cp1256")
    shp.with_suffix(".cpg").write_bytes(b"UTF-8")
    path = zipped(tmp_path / "h.zip", parts(shp))
    assert list(everything(path).attributes["NAME"]) == NAMES


def test_several_shapefiles_in_one_zip_are_several_layers(tmp_path):
    first = vector(tmp_path / "points.shp", PLACES, {"n": [1, 2, 3]}, srid=32637)
    second = vector(tmp_path / "area.shp", [shapely.box(37, 36, 37.1, 36.1)], {"n": [1]}, srid=32637)
    path = zipped(
        tmp_path / "delivery.zip", {**parts(first), **parts(second), "area.kmz": b"PK\x03\x04", "readme.pdf": b"%PDF"}
    )
    assert {layer.name: (layer.features, layer.geometry) for layer in inspect_file(path).layers} == {
        "points": (3, "Point"),
        "area": (1, "Polygon"),
    }
    assert everything(path, "area").ok.all()
    with pytest.raises(NotFound, match="roads"):
        list(read_chunks(path, "roads"))


def test_other_map_files_in_a_zip_are_read_and_a_geodatabase_is_named(tmp_path):
    gpkg = vector(tmp_path / "town.gpkg", PLACES, {"n": [1, 2, 3]})
    path = zipped(tmp_path / "a.zip", {"data/town.gpkg": gpkg, "__MACOSX/data/._town.gpkg": b"x", "readme.txt": b"x"})
    assert (inspect_file(path).kind, everything(path).ok.sum()) == (FileKind.GPKG, 3)
    with pytest.raises(Unsupported, match="geodatabase"):
        inspect_file(zipped(tmp_path / "b.zip", {"town.gdb/a0001.gdbtable": b"x"}))
    with pytest.raises(Unsupported, match="mixes"):
        inspect_file(zipped(tmp_path / "c.zip", {"town.gpkg": gpkg, "list.csv": b"a,b\n1,2\n"}))


def test_a_record_marked_as_deleted_is_no_row(tmp_path):
    shp = vector(tmp_path / "town.shp", PLACES, {"n": [1, 2, 3]})
    raw = bytearray(shp.with_suffix(".dbf").read_bytes())
    header, record = struct.unpack("<HH", raw[8:12])
    raw[header + record] = ord("*")
    shp.with_suffix(".dbf").write_bytes(raw)
    path = zipped(tmp_path / "town.zip", parts(shp))
    assert only_layer(path).features == 2
    assert everything(path).attributes["n"].tolist() == [1, 3]


def test_a_damaged_record_that_would_end_the_reading_early_is_said(tmp_path):
    areas = [shapely.Point(37 + number / 100, 36).buffer(0.001) for number in range(20)]
    shp = vector(tmp_path / "town.shp", areas, {"n": list(range(20))})
    raw = bytearray(shp.read_bytes())
    raw[2000:2400] = b"\xff" * 400
    shp.write_bytes(raw)
    path = zipped(tmp_path / "town.zip", parts(shp))
    try:
        rows = sum(len(chunk) for chunk in read_chunks(path))
    except Unreadable:
        rows = only_layer(path).features
    assert rows == 20


def test_a_shapefile_without_its_table_says_which_part_is_missing(tmp_path):
    shp = vector(tmp_path / "town.shp", PLACES, {"n": [1, 2, 3]})
    with pytest.raises(Unreadable, match=r"town\.dbf"):
        inspect_file(zipped(tmp_path / "a.zip", parts(shp, without=[".dbf"])))
    with pytest.raises(Unsupported, match="zip"):
        inspect_file(shp)


def test_a_truncated_shapefile_is_said_so(tmp_path):
    shp = vector(tmp_path / "town.shp", PLACES, {"n": [1, 2, 3]})
    shp.write_bytes(shp.read_bytes()[:-20])
    with pytest.raises(Unreadable, match="cut off"):
        inspect_file(zipped(tmp_path / "a.zip", parts(shp)))


def test_a_geopackage_with_two_layers_reads_each(tmp_path):
    path = vector(tmp_path / "town.gpkg", PLACES, {"n": [1, 2, 3]}, layer="wells")
    vector(path, [shapely.box(37, 36, 37.1, 36.1)], {"m": ["x"]}, layer="areas", append=True)
    assert [layer.name for layer in inspect_file(path).layers] == ["wells", "areas"]
    assert list(everything(path, "areas").attributes["m"]) == ["x"]


def test_kml_folders_are_layers_and_altitude_is_left_out(tmp_path):
    path = tmp_path / "town.kml"
    path.write_text(KML.format(extra=""), encoding="utf-8")
    assert [(layer.name, layer.features, layer.geometry) for layer in inspect_file(path).layers] == [
        ("Wells", 2, "Point"),
        ("Areas", 1, "Polygon"),
    ]
    wells = everything(path, "Wells")
    assert wells.attributes.loc[0, "depth"] == "40"
    assert codes(wells) == [(2, "null_geometry")]
    kmz = zipped(tmp_path / "town.kmz", {"doc.kml": path.read_bytes(), "files/icon.png": b"\x89PNG"})
    assert len(everything(kmz, "Areas")) == 1


def test_x_and_y_exchanged_is_suspected_and_said(tmp_path):
    path = tmp_path / "swapped.csv"
    path.write_text("lon,lat\n36.2,137.1\n37.1,36.2\n200,300\n", encoding="utf-8")
    assert codes(everything(path)) == [(1, "swapped"), (3, "outside_world")]


def test_columns_called_x_and_y_that_hold_metres_ask_for_the_system(tmp_path):
    path = tmp_path / "metres.csv"
    path.write_text(f"x;y\n{METRES[0]:.1f};{METRES[1]:.1f}\n334700;4007900\n", encoding="utf-8")
    assert [note.code for note in inspect_file(path).notes] == ["no_crs"]
    assert np.allclose(everything(path, source_srid=32637).xy[0], ALEPPO, atol=1e-3)


def test_rows_of_a_table_keep_the_line_number_a_spreadsheet_shows(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Town of Tenkoro,,\n,,\nname,lon,lat\na,37.1,36.2\n,,\nb,x,36.2\n", encoding="utf-8")
    chunk = everything(path)
    assert list(chunk.rows) == [1, 2]
    assert chunk.sheet_rows is not None
    assert list(chunk.sheet_rows) == [4, 6]
    assert [(p.row, p.sheet_row, p.code) for p in chunk.problems] == [(2, 6, "not_a_number")]


def test_wkt_in_a_table_is_read(tmp_path):
    path = tmp_path / "areas.csv"
    path.write_text('name,WKT\na,"POLYGON((0 0,1 0,1 1,0 0))"\nb,nonsense\nc,\n', encoding="utf-8")
    assert codes(everything(path)) == [(2, "unreadable_geometry"), (3, "null_geometry")]


def test_rows_arrive_in_chunks_and_sum_to_the_file(tmp_path):
    path = geojson(tmp_path / "many.geojson", *(feature(point(37, 36), n=number) for number in range(25)))
    chunks = list(read_chunks(path, chunk=10))
    assert [len(chunk) for chunk in chunks] == [10, 10, 5]
    assert [int(chunk.rows[0]) for chunk in chunks] == [1, 11, 21]


def test_lines_of_geojson_are_read_without_a_collection(tmp_path):
    path = tmp_path / "rows.geojsonl"
    path.write_text('{"type":"Feature","properties":{"a":1},"geometry":null}\n' * 3, encoding="utf-8")
    assert only_layer(path).features == 3
    framed = tmp_path / "rows.json"
    framed.write_text(
        '\x1e{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}\n', encoding="utf-8"
    )
    assert inspect_file(framed).kind is FileKind.GEOJSONSEQ


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.csv", b"", "empty"),
        ("page.geojson", b"<!DOCTYPE html><html>", "web page"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "xlsx"),
        ("plan.pdf", b"%PDF-1.7", "PDF"),
        ("image.tif", b"II*\x00aaaa", "image"),
        ("data.gz", b"\x1f\x8b\x08", "Unpack"),
        ("town.gpkg", b"not a database", "something else"),
        ("broken.zip", b"PK\x03\x04 and no more", "damaged"),
        ("virtual.vrt", b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>", "not KML"),
        ("half.geojson", b'{"type":"FeatureCollection","features":[{"type":', "complete JSON"),
        ("latin.geojson", '{"type":"FeatureCollection","features":[],"name":"é"}'.encode("cp1252"), "UTF-8"),
        ("binary.csv", bytes(range(256)) * 20, "not a table"),
    ],
)
def test_what_cannot_be_read_is_answered_with_what_to_do(tmp_path, name, content, sentence):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises((Unreadable, Unsupported), match=sentence):
        inspect_file(path)


def test_characters_no_database_takes_refuse_their_row(tmp_path):
    path = geojson(
        tmp_path / "null.geojson",
        feature(point(1, 2), name="a\x00b"),
        feature(point(1, 2), name="\ud800"),
        feature(point(1, 2), name="ok"),
    )
    assert codes(everything(path)) == [(1, "bad_characters"), (2, "bad_characters")]


def test_several_kinds_may_be_refused_when_points_are_wanted(tmp_path):
    path = geojson(tmp_path / "mixed.geojson", feature(square(1, 1)), feature(point(1, 1)))
    chunk = everything(path, allowed=["Point"])
    assert codes(chunk) == [(1, "wrong_kind")]
    assert chunk.reasons()[0] == "Here points are expected, not areas."
