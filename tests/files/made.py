"""Small files written on the spot: what the tests of this folder read."""

import json
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyogrio
import shapely
from pyproj import Transformer

from crisis.lib.drivers import restrict_gdal
from crisis.lib.geo import inspect_file, read_chunks
from crisis.lib.inspection import Chunk

ALEPPO = (37.16, 36.20)


def geojson(path: Path, *features: Any, **members: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", **members, "features": list(features)}), encoding="utf-8")
    return path


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def point(x: float, y: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [x, y]}


def square(x: float, y: float, side: float = 0.01) -> dict[str, Any]:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def vector(
    path: Path,
    shapes: Sequence[Any],
    columns: Mapping[str, Sequence[Any]],
    *,
    srid: int | None = 4326,
    encoding: str | None = None,
    layer: str | None = None,
    append: bool = False,
) -> Path:
    """GeoPackage, shapefile or FlatGeobuf by the ending of the name; shapes are given in degrees."""
    restrict_gdal()
    drivers = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".fgb": "FlatGeobuf"}
    if srid not in (None, 4326):
        move = Transformer.from_crs(4326, srid, always_xy=True).transform
        shapes = [shapely.transform(shape, move, interleaved=False) for shape in shapes]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        pyogrio.raw.write(
            path,
            geometry=shapely.to_wkb(shapes),
            field_data=[_column(values) for values in columns.values()],
            fields=list(columns),
            driver=drivers[path.suffix],
            layer=layer or path.stem,
            geometry_type=shapes[0].geom_type,
            crs=None if srid is None else f"EPSG:{srid}",
            append=append,
            # With its index FlatGeobuf writes the rows in another order.
            **({"SPATIAL_INDEX": "NO"} if path.suffix == ".fgb" else {}),
            **({"encoding": encoding} if encoding else {}),
        )
    return path


def _column(values: Sequence[Any]) -> Any:
    return np.array(values) if not isinstance(values[0], str) else np.array(values, dtype=object)


def zipped(path: Path, members: Mapping[str, bytes | Path], *, before: bytes = b"") -> Path:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content.read_bytes() if isinstance(content, Path) else content)
    path.write_bytes(before + buffer.getvalue())
    return path


def parts(shp: Path, *, without: Iterable[str] = ()) -> dict[str, Path]:
    found = {f.name: f for f in shp.parent.iterdir() if f.stem == shp.stem and f.suffix not in without}
    return {name: found[name] for name in sorted(found)}


def workbook(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def everything(path: Path, layer: str = "", **options: Any) -> Chunk:
    """All rows of a layer as one chunk; the file is small."""
    (chunk,) = read_chunks(path, layer, **options)
    return chunk


def codes(chunk: Chunk) -> list[tuple[int, str]]:
    return [(problem.row, problem.code) for problem in chunk.problems]


def only_layer(path: Path, **options: Any) -> Any:
    (layer,) = inspect_file(path, **options).layers
    return layer
