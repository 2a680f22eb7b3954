"""Doubtful GeoJSON gives a good row or says what to correct; no error of a library and no silent repair."""

import json

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis.lib.errors import RepriseError, Unreadable
from crisis.lib.geo import inspect_file, read_chunks
from tests.files.made import codes, everything, feature, geojson, square

RING = square(1, 1)["coordinates"][0]
BAD_SHAPES = {
    "not_closed": {"type": "Polygon", "coordinates": [RING[:-1]]},
    "too_few_positions": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]},
    "wrong_depth": {"type": "Polygon", "coordinates": RING},
    "short_position": {"type": "Polygon", "coordinates": [[[0, 0], [], [1, 1], [0, 0]]]},
    "not_a_number": {"type": "Point", "coordinates": ["11.6", 51.8]},
    "no_coordinates": {"type": "Polygon"},
    "unknown_kind": {"type": "Blob", "coordinates": [1, 2]},
    "not_a_geometry": "somewhere",
    "null_part": {"type": "GeometryCollection", "geometries": [None]},
    "null_geometry": None,
    "empty_geometry": {"type": "Polygon", "coordinates": []},
    "collection": {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]},
    "several_points": {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]},
    "zero_length": {"type": "LineString", "coordinates": [[1, 2], [1, 2]]},
    "invalid_shape": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
    "too_wide": {"type": "Polygon", "coordinates": [[[177, 1], [-179, 1], [-179, 2], [177, 2], [177, 1]]]},
    "outside_world": {"type": "Point", "coordinates": [-190, 52]},
    "swapped": {"type": "Point", "coordinates": [36.2, 137.1]},
}


@pytest.mark.parametrize("code", list(BAD_SHAPES))
def test_a_bad_shape_refuses_its_row_and_no_other(tmp_path, code):
    path = geojson(tmp_path / "one.geojson", feature(square(1, 1)), feature(BAD_SHAPES[code]), feature(square(2, 2)))
    chunk = everything(path)
    assert codes(chunk) == [(2, code)]
    assert list(chunk.ok) == [True, False, True]
    assert chunk.wkb[1] is None
    assert chunk.problems[0].message.endswith(".")
    assert inspect_file(path).layers[0].features == 3


def test_a_shape_that_crosses_itself_is_shown_where(tmp_path):
    chunk = everything(geojson(tmp_path / "bow.geojson", feature(BAD_SHAPES["invalid_shape"])))
    assert chunk.problems[0].message == "The outline crosses itself near 0.500000, 0.500000. Redraw it there."


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "1e999", "1" * 400])
def test_what_is_no_number_to_a_map_refuses_its_row(tmp_path, bad):
    path = tmp_path / "odd.geojson"
    shape = f'{{"type":"Point","coordinates":[{bad},2]}}'
    path.write_text(
        f'{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{}},"geometry":{shape}}}]}}'
    )
    assert codes(everything(path)) == [(1, "not_a_number")]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (None, "not_a_feature"),
        ({"type": "feature", "geometry": None}, "not_a_feature"),
        ({"type": "Feature", "properties": []}, "no_geometry_member"),
        ({"type": "Feature", "properties": 2, "geometry": None}, "properties_not_object"),
        ({"type": "Feature", "properties": {}, "not-geometry": []}, "no_geometry_member"),
    ],
)
def test_an_entry_that_is_no_feature_refuses_its_row(tmp_path, entry, code):
    assert codes(everything(geojson(tmp_path / "one.geojson", entry))) == [(1, code)]


def test_heights_and_odd_ids_are_noticed_and_the_row_is_kept(tmp_path):
    high = {"type": "Point", "coordinates": [1, 2, 300, 4]}
    path = geojson(tmp_path / "one.geojson", {**feature(high), "id": {}}, feature(high))
    chunk = everything(path)
    assert chunk.ok.all()
    assert chunk.counts == {"height_dropped": 2, "id_ignored": 1}
    assert not shapely.has_z(shapely.from_wkb(chunk.wkb)).any()


def test_rings_may_run_either_way_and_repeat_positions(tmp_path):
    clockwise = {"type": "Polygon", "coordinates": [[*RING[::-1]]]}
    doubled = {"type": "Polygon", "coordinates": [[RING[0], *RING]]}
    assert everything(geojson(tmp_path / "one.geojson", feature(clockwise), feature(doubled))).ok.all()


def test_attributes_stay_as_written(tmp_path):
    odd = {"date": "2015/04/26", "code": "007", "big": 12345678901234567, "list": [1, "é"], "yes": True, "": "x"}
    chunk = everything(geojson(tmp_path / "one.geojson", {**feature(square(1, 1)), "properties": odd}))
    row = chunk.attributes.iloc[0].to_dict()
    assert row == {**odd, "list": '[1, "é"]'}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"type":"featurecollection","features":[]}', "'featurecollection'"),
        ('{"type":"FeatureCollection"}', "no list of 'features'"),
        ('{"type":"FeatureCollection","features":{}}', "no list of 'features'"),
        ('{"type":null,"features":[]}', "missing"),
        ('{"features":[]}', "missing"),
        ('{"type":"Topology","objects":{}}', "TopoJSON"),
        ('{"a":1}', "not GeoJSON"),
        ("[1,2]", "JSON"),
        ('{"type":"FeatureCollection","features":[{"type":"Feature"},', "feature 1"),
        ('{"type":"FeatureCollection","features":[' + "[" * 100_000, "nested|complete"),
        ('{"type":"FeatureCollection","features":[]', "end"),
    ],
)
def test_a_file_that_is_no_collection_says_why(tmp_path, text, sentence):
    path = tmp_path / "odd.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Unreadable, match=sentence):
        inspect_file(path)


def test_a_feature_cut_by_the_end_of_a_block_is_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("crisis.lib.geojson.STEP", 7)
    features = [feature(square(1, 1), name="x" * number) for number in range(12)]
    path = geojson(tmp_path / "cut.geojson", *features, name="Cut")
    assert list(everything(path).attributes["name"]) == ["x" * number for number in range(12)]


def test_a_lonely_feature_or_shape_is_a_collection_of_one(tmp_path):
    for text in (feature(square(1, 1), a=1), square(1, 1)):
        path = tmp_path / "lonely.geojson"
        path.write_text(json.dumps(text), encoding="utf-8")
        assert everything(path).ok.tolist() == [True]


def test_a_later_feature_may_bring_a_new_column(tmp_path):
    path = geojson(tmp_path / "grow.geojson", feature(square(1, 1), a=1), feature(square(1, 1), a=2, b=3))
    assert everything(path).attributes["b"].tolist() == [None, 3]
    assert inspect_file(path).layers[0].column_names == ("a", "b")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["type", "features", "geometry", "coordinates", "properties", "crs", "geometries", "id", "bbox", "a"]
    ) | st.text(max_size=5), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip
shape_like = st.fixed_dictionaries(
    {"type": st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "MultiPoint"]), "coordinates": anything}
)


@settings(max_examples=150, deadline=None)
@given(content=st.lists(st.one_of(anything, shape_like.map(feature)), max_size=4), rest=anything)
def test_no_json_whatever_breaks_the_reader(tmp_path_factory, content, rest):
    path, said = tmp_path_factory.mktemp("any") / "any.geojson", []
    collection = {"type": "FeatureCollection", "features": content}
    for document in (collection, {"x": rest, **collection}, rest):
        path.write_text(json.dumps(document), encoding="utf-8")
        try:
            (layer,) = inspect_file(path).layers
            assert sum(len(chunk) for chunk in read_chunks(path, source_srid=4326)) == layer.features
        except RepriseError as refusal:
            said.append(refusal.message)
    assert all(sentence.endswith(".") for sentence in said)
