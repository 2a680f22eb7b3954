"""GDAL with three readers and no network.

GDAL opens whatever it recognises, and some of its drivers fetch addresses, read other files or run queries (VRT, WFS,
HTTP, GML with schemas, SQLite with extensions). So every driver but those we use is taken out of this process, once,
before the first file is read. GeoJSON, KML and tables are read by our own code.
"""

import ctypes
import os
import sqlite3
from functools import cache
from pathlib import Path

import pyogrio
from pyproj.network import set_network_enabled  # type: ignore[attr-defined]

from crisis.lib.errors import Unreadable

READERS = frozenset({"GPKG", "ESRI Shapefile", "FlatGeobuf", "MEM"})


@cache
def restrict_gdal() -> None:
    """Leaves only READERS registered and closes the roads out. Runs once per process."""
    libraries = sorted((Path(pyogrio.__file__).parent.parent / "pyogrio.libs").glob("libgdal*"))
    gdal = ctypes.CDLL(str(libraries[0]))
    gdal.GDALGetDriver.restype = ctypes.c_void_p
    gdal.GDALGetDriver.argtypes = [ctypes.c_int]
    gdal.GDALGetDriverShortName.restype = ctypes.c_char_p
    gdal.GDALGetDriverShortName.argtypes = [ctypes.c_void_p]
    gdal.GDALDeregisterDriver.argtypes = [ctypes.c_void_p]
    for number in reversed(range(gdal.GDALGetDriverCount())):
        driver = gdal.GDALGetDriver(number)
        if gdal.GDALGetDriverShortName(driver).decode() not in READERS:
            gdal.GDALDeregisterDriver(driver)
    pyogrio.set_gdal_config_options(
        {
            "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
            "GDAL_HTTP_PROXY": "127.0.0.1:9",
            "GDAL_HTTP_TIMEOUT": "1",
            "OGR_SQLITE_LOAD_EXTENSIONS": "",
            "SQLITE_LIST_ALL_TABLES": "NO",
            "OGR_GPKG_FOREIGN_KEY_CHECK": "NO",
            "PROJ_NETWORK": "OFF",
        }
    )
    set_network_enabled(False)


def local_file(path: Path) -> str:
    """An absolute path GDAL can only take for a file on this machine. A file this process holds open in memory (a list
    of persons, opened for reading) has no other name than that."""
    held = path.parent == Path(f"/proc/{os.getpid()}/fd")
    real = path if held else path.resolve(strict=True)
    if not real.is_file() or str(real).startswith("/vsi"):
        raise Unreadable("Only files can be read, no addresses and no connections.")
    return str(real)


def refuse_active_geopackage(path: Path) -> None:
    """A GeoPackage is a database and may hold views and virtual tables that run code when read: those are refused."""
    try:
        with sqlite3.connect(f"file:{path.resolve()}?mode=ro&immutable=1", uri=True) as database:
            database.enable_load_extension(False)
            rows = database.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
            layers = database.execute("SELECT table_name FROM gpkg_contents").fetchall()
    except (sqlite3.Error, UnicodeError) as broken:
        raise Unreadable("The file is no readable GeoPackage. Export it again from your GIS program.") from broken
    finally:
        if "database" in locals():
            database.close()
    tables = {name.casefold() for kind, name, _ in rows if kind == "table"}
    for kind, name, sql in rows:
        made = " ".join(sql.split()).casefold()
        if kind == "table" and made.startswith("create virtual table") and " using rtree" not in made:
            raise Unreadable(f"The GeoPackage holds a virtual table ('{name[:60]}'). Export the layer to a new file.")
    for (layer,) in layers:
        if str(layer).casefold() not in tables:
            raise Unreadable(f"Layer '{str(layer)[:60]}' is a view, not a table. Export it to a new GeoPackage.")
