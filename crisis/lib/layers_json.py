"""GeoJSON files as layers."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import shapely

from crisis.lib import geojson, geojson_shapes
from crisis.lib.chunks import column_info, common_kind, gather, make_chunk
from crisis.lib.crs import Crs
from crisis.lib.geometry import Checked, check_points, check_shapes
from crisis.lib.inspection import Chunk, FileKind, LayerInfo, Note
from crisis.lib.options import ReadOptions
from crisis.lib.sources import Part

BATCH = 10_000


def inspect(part: Part, options: ReadOptions) -> tuple[list[LayerInfo], list[Note]]:
    header, features = geojson.read_features(part.path, sequence=part.kind is FileKind.GEOJSONSEQ)
    count, kinds = 0, set()
    samples: dict[str, list[Any]] = {}
    for rows in geojson_shapes.batches(features, BATCH):
        count += len(rows.properties)
        kinds |= {"Point"} if rows.xy is not None else {shape.geom_type for shape in rows.shapes if shape is not None}
        gather(samples, rows.properties)
    columns = tuple(column_info(name, values) for name, values in samples.items())
    name = header.name or part.name
    return [LayerInfo(name, count, common_kind(kinds), header.crs, columns, part.member)], []


def outline(part: Part, options: ReadOptions) -> list[LayerInfo]:
    """Without reading the features."""
    header, _ = geojson.read_features(part.path, sequence=part.kind is FileKind.GEOJSONSEQ)
    return [LayerInfo(header.name or part.name, None, "Mixed", header.crs, (), part.member)]


def read(part: Part, layer: LayerInfo, crs: Crs, options: ReadOptions) -> Iterator[Chunk]:
    """Columns are those seen so far: a feature may bring a new one, so a later chunk may have more."""
    _, features = geojson.read_features(part.path, sequence=part.kind is FileKind.GEOJSONSEQ)
    columns: dict[str, None] = dict.fromkeys(layer.column_names)
    first = 1
    for rows in geojson_shapes.batches(features, options.chunk):
        for properties in rows.properties:
            if properties.keys() != columns.keys():
                columns.update(dict.fromkeys(properties))
        attributes = pd.DataFrame(
            {name: values_of(name, rows.properties) for name in columns},
            index=range(len(rows.properties)),
            dtype=object,
        )
        yield make_chunk(layer.name, first, attributes, checked_rows(rows, crs, options))
        first += len(rows.properties)


def checked_rows(rows: geojson_shapes.Rows, crs: Crs, options: ReadOptions) -> Checked:
    if rows.xy is not None and options.accepts("Point"):
        checked = check_points(rows.xy, crs, options.target_srid)
    else:
        if rows.xy is not None:
            rows.shapes = shapely.points(rows.xy)
        checked = check_shapes(
            rows.shapes,
            crs,
            options.target_srid,
            missing=rows.missing,
            allowed=options.allowed,
            known=rows.problems,
        )
    for code, number in rows.counts.items():
        checked.counts[code] = checked.counts.get(code, 0) + number
    return checked


def values_of(name: str, properties: list[dict[str, Any]]) -> np.ndarray[Any, Any]:
    """One column. Nested values become their JSON text; everything else stays as written."""
    values = [row.get(name) for row in properties]
    if not {dict, list}.isdisjoint(map(type, values)):
        values = [
            json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value for value in values
        ]
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
