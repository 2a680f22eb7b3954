"""No file makes a reader open an address or another file: a listener on loopback and a secret file watch."""

import json
import socket
import sqlite3
import threading
import time
from pathlib import Path

import pyogrio
import pytest
import shapely

from crisis.lib.drivers import READERS, restrict_gdal
from crisis.lib.errors import RepriseError
from crisis.lib.geo import inspect_file, read_chunks
from tests.files.made import feature, geojson, parts, point, vector, zipped

SECRET = "the-secret-of-another-file"


@pytest.fixture
def listener():
    """Accepts on loopback and counts who comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        visits: list[object] = []
        stop = threading.Event()

        def watch():
            while not stop.is_set():
                try:
                    guest, address = server.accept()
                    guest.close()
                    visits.append(address)
                except TimeoutError:
                    continue

        thread = threading.Thread(target=watch)
        thread.start()
        yield server.getsockname()[1], visits
        stop.set()
        thread.join()


def vrt(source: object) -> str:
    layer = f'<OGRVRTLayer name="x"><SrcDataSource>{source}</SrcDataSource></OGRVRTLayer>'
    return f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"


def kml(inside: str, *, before: str = "") -> str:
    return f'<?xml version="1.0"?>{before}<kml xmlns="http://www.opengis.net/kml/2.2">{inside}</kml>'


def collection(crs: object) -> str:
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": []})


def payloads(folder: Path, port: int) -> list[Path]:
    """Files that ask for an address or for the secret, by every road known to us."""
    url = f"http://127.0.0.1:{port}/x"
    secret = folder / "secret.csv"
    secret.write_text(f"a,lon,lat\n{SECRET},1,2\n", encoding="utf-8")
    placemark = "<Placemark><name>&e;</name></Placemark>"
    overlay = f"<GroundOverlay><Icon><href>{url}</href></Icon></GroundOverlay>"
    texts = {
        "vrt.vrt": vrt(secret),
        "vrt.kml": vrt(f"/vsicurl/{url}"),
        "vrt.geojson": vrt(url),
        "link.kml": kml(f"<NetworkLink><Link><href>{url}</href></Link></NetworkLink>"),
        "overlay.kml": kml(f"{overlay}<Placemark><name>a</name><styleUrl>{url}#s</styleUrl></Placemark>"),
        "entity.kml": kml(placemark, before=f'<!DOCTYPE kml [<!ENTITY e SYSTEM "file://{secret}">]>'),
        "entity-net.kml": kml(placemark, before=f'<!DOCTYPE kml SYSTEM "{url}">'),
        "laughs.kml": kml(placemark, before='<!DOCTYPE k [<!ENTITY a "aaaa"><!ENTITY e "&a;&a;&a;">]>'),
        "crs-link.json": collection({"type": "link", "properties": {"href": url}}),
        "crs-file.geojson": collection({"type": "name", "properties": {"name": f"+init={secret}:1"}}),
        "crs-net.geojson": collection({"type": "name", "properties": {"name": url}}),
        "service.json": json.dumps({"serviceUrl": url, "features": []}),
        "service.xml": f"<OGRWFSDataSource><URL>{url}</URL></OGRWFSDataSource>",
        "algorithm.json": json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal vector read {secret}"}),
        "path.csv": f"WKT,file\n/vsicurl/{url},{secret}\n",
        "connection.csv": "PG:host=127.0.0.1 dbname=reprise\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "path.csvt").write_text("WKT,String", encoding="utf-8")
    files = [folder / name for name in texts]
    files += [hostile_geopackage(folder, url), virtual_geopackage(folder, secret)]
    return [*files, *hostile_shapefiles(folder, url)]


def hostile_geopackage(folder: Path, url: str) -> Path:
    path = vector(folder / "view.gpkg", [shapely.Point(1, 2)], {"a": ["x"]}, layer="t")
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE VIEW v AS SELECT fid, ogr_geocode('x','geometry','{url}') AS geom, a FROM t")
        database.execute("UPDATE gpkg_contents SET table_name = 'v', identifier = 'v'")
        database.execute("UPDATE gpkg_geometry_columns SET table_name = 'v'")
    database.close()
    return path


def virtual_geopackage(folder: Path, secret: Path) -> Path:
    path = vector(folder / "virtual.gpkg", [shapely.Point(1, 2)], {"a": ["x"]}, layer="t")
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA writable_schema = ON")
        made = f"CREATE VIRTUAL TABLE v USING VirtualOGR('{secret}')"
        database.execute("INSERT INTO sqlite_master VALUES ('table', 'v', 'v', 0, ?)", (made,))
    database.close()
    return path


def hostile_shapefiles(folder: Path, url: str) -> list[Path]:
    made = []
    system = 'GEOGCS["x",DATUM["d",SPHEROID["s",6378137,298]],PRIMEM["g",0],UNIT["degree",0.01],EXTENSION["PROJ4",'
    grids = f"+proj=longlat +nadgrids=/vsicurl/{url}"
    for number, prj in enumerate((url, f"/vsicurl/{url}", grids, f'{system}"{grids}"]]')):
        shp = vector(folder / f"h{number}.shp", [shapely.Point(1, 2)], {"a": ["x"]})
        shp.with_suffix(".prj").write_text(prj, encoding="utf-8")
        made.append(zipped(folder / f"h{number}.zip", parts(shp)))
    return made


def test_no_payload_reaches_the_network_or_another_file(tmp_path, listener):
    port, visits = listener
    for path in payloads(tmp_path, port):
        seen = ""
        try:
            layers = inspect_file(path, filename=path.name).layers
            seen += repr(layers)
            for layer in layers:
                for chunk in read_chunks(path, layer.name, filename=path.name, source_srid=4326):
                    seen += chunk.attributes.to_csv()
        except RepriseError as refusal:
            seen += refusal.message
        assert SECRET not in seen, path.name
    assert visits == []


def test_the_listener_would_have_heard(listener):
    port, visits = listener
    socket.create_connection(("127.0.0.1", port)).close()
    for _ in range(20):
        if visits:
            break
        time.sleep(0.05)
    assert len(visits) == 1


def test_only_three_readers_are_left_in_the_process():
    restrict_gdal()
    assert set(pyogrio.list_drivers()) <= READERS


@pytest.mark.parametrize("name", ["/vsicurl/http://127.0.0.1:9/a.fgb", "PG:dbname=x", "http://127.0.0.1:9/a.geojson"])
def test_addresses_and_connection_strings_are_no_files(name):
    with pytest.raises((RepriseError, FileNotFoundError)):
        inspect_file(Path(name), filename="a.geojson")


def test_the_file_beside_a_table_changes_nothing(tmp_path):
    """GDAL would read types from a .csvt and another system from a .prj lying beside the file."""
    path = geojson(tmp_path / "a.geojson", feature(point(1, 2), n="01"))
    path.with_suffix(".prj").write_text("EPSG:32637", encoding="utf-8")
    path.with_suffix(".csvt").write_text('"Integer"', encoding="utf-8")
    (chunk,) = read_chunks(path)
    assert chunk.attributes["n"][0] == "01"
    assert list(chunk.xy[0]) == [1, 2]
