"""Takes GeoJSON features apart, strictly: what shapely or GDAL would silently accept or drop is refused in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import shapely

from crisis.lib.geometry import quiet

SHAPES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection")


class BadShape(ValueError):
    """A shape that is no GeoJSON geometry; `code` is stable, the text tells what to correct."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass
class Rows:
    """Some features taken apart: attributes, shapes and what is wrong, by position."""

    properties: list[dict[str, Any]]
    shapes: np.ndarray[Any, Any]
    missing: np.ndarray[Any, Any]
    xy: np.ndarray[Any, Any] | None
    problems: dict[int, tuple[str, str]]
    counts: dict[str, int]


def batches(features: Iterator[Any], size: int) -> Iterator[Rows]:
    while batch := list(islice(features, size)):
        yield take_apart(batch)


def take_apart(features: list[Any]) -> Rows:
    """Checks the structure of each feature. Points, the common case, become one array without a shape each."""
    rows = Rows([], np.full(len(features), None, dtype=object), np.zeros(len(features), bool), None, {}, {})
    geometries: list[Any] = []
    for position, feature in enumerate(features):
        geometry, properties = None, None
        if isinstance(feature, dict) and feature.get("type") == "Feature":
            geometry, properties = feature.get("geometry"), feature.get("properties")
            check_feature(rows, position, feature)
        elif isinstance(feature, dict) and feature.get("type") in SHAPES:
            geometry = feature
            rows.counts["bare_shape"] = rows.counts.get("bare_shape", 0) + 1
        else:
            rows.problems[position] = (
                "not_a_feature",
                "The entry is not a feature: its 'type' must be 'Feature'. Remove or correct it.",
            )
        rows.properties.append(properties if isinstance(properties, dict) else {})
        geometries.append(geometry)
    rows.xy = point_array(geometries) if not rows.problems else None
    if rows.xy is None:
        fill_shapes(rows, geometries)
    return rows


def check_feature(rows: Rows, position: int, feature: dict[str, Any]) -> None:
    properties = feature.get("properties")
    if type(properties) is dict:
        pass
    elif properties is None:
        key = "no_properties"
        rows.counts[key] = rows.counts.get(key, 0) + 1
    else:
        message = "The 'properties' of the feature must be an object with named values. Correct the export."
        rows.problems[position] = ("properties_not_object", message)
    if "geometry" not in feature:
        rows.problems[position] = ("no_geometry_member", "The feature has no 'geometry' member. Add one, or null.")
    if "id" in feature and (isinstance(feature["id"], bool) or not isinstance(feature["id"], str | int | float)):
        rows.counts["id_ignored"] = rows.counts.get("id_ignored", 0) + 1


def point_array(geometries: list[Any]) -> np.ndarray[Any, Any] | None:
    """Coordinates (n, 2) when every shape is a plain point, else None."""
    try:
        if not all(geometry["type"] == "Point" for geometry in geometries):
            return None
        array = np.asarray([geometry["coordinates"] for geometry in geometries])
    except (TypeError, KeyError, ValueError):
        return None
    if array.ndim != 2 or array.shape[1] != 2 or array.dtype.kind not in "fiu":
        return None
    return array.astype(np.float64)


def fill_shapes(rows: Rows, geometries: list[Any]) -> None:
    for position, geometry in enumerate(geometries):
        if position in rows.problems:
            continue
        if geometry is None:
            rows.missing[position] = True
            continue
        try:
            with quiet():
                rows.shapes[position] = shape_of(geometry, rows.counts)
        except BadShape as bad:
            rows.problems[position] = (bad.code, str(bad))
        except (ValueError, shapely.GEOSException):
            message = "The shape cannot be built from its coordinates. Export it again."
            rows.problems[position] = ("unreadable_geometry", message)


def shape_of(geometry: Any, counts: dict[str, int], depth: int = 0) -> Any:
    """A shapely shape from a GeoJSON geometry, refusing what shapely or GDAL would silently accept."""
    if not isinstance(geometry, dict):
        raise BadShape("not_a_geometry", "The 'geometry' of the feature must be an object or null. Correct the export.")
    kind = geometry.get("type")
    if kind not in SHAPES:
        raise BadShape("unknown_kind", f"'{str(kind)[:40]}' is no kind of shape. Use one of {', '.join(SHAPES)}.")
    bbox = geometry.get("bbox")
    if bbox is not None and not (isinstance(bbox, list) and len(bbox) in (4, 6) and all(map(is_number, bbox))):
        counts["bbox_ignored"] = counts.get("bbox_ignored", 0) + 1
    if kind == "GeometryCollection":
        parts = geometry.get("geometries")
        if not isinstance(parts, list) or depth > 20:
            raise BadShape("no_geometries", "The collection has no list of 'geometries'. Correct the export.")
        if any(part is None for part in parts):
            raise BadShape("null_part", "The collection holds an empty part (null). Remove it.")
        return shapely.GeometryCollection([shape_of(part, counts, depth + 1) for part in parts])
    if not isinstance(geometry.get("coordinates"), list):
        raise BadShape("no_coordinates", "The shape has no list of 'coordinates'. Correct the export.")
    return BUILDERS[kind](geometry["coordinates"])


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def positions(values: Any, least: int) -> np.ndarray[Any, Any]:
    """A list of positions as an array (n, 2 or 3); more than three numbers are cut to three (RFC 7946, 3.1.1)."""
    if not isinstance(values, list) or not all(isinstance(value, list) for value in values):
        raise BadShape(
            "wrong_depth", "The 'coordinates' are nested wrongly for this kind of shape. Correct the export."
        )
    if any(isinstance(part, list) for value in values for part in value):
        raise BadShape("wrong_depth", "The 'coordinates' are nested too deeply for this kind of shape.")
    if any(len(value) < 2 for value in values):
        raise BadShape(
            "short_position", "A position has fewer than two numbers. Every position is [longitude, latitude]."
        )
    if not all(is_number(part) for value in values for part in value):
        raise BadShape("not_a_number", "A coordinate is not a number (it may be in quotes). Write plain numbers.")
    if len(values) < least:
        raise BadShape("too_few_positions", f"The shape has {len(values)} positions and needs at least {least}.")
    width = min(3, min((len(value) for value in values), default=2))
    try:
        return np.array([value[:width] for value in values], dtype=np.float64).reshape(-1, width)
    except OverflowError as huge:
        raise BadShape("not_a_number", "A coordinate is too large to be one. Correct it.") from huge


def parts_of(values: list[Any]) -> list[Any]:
    if not all(isinstance(value, list) for value in values):
        raise BadShape(
            "wrong_depth", "The 'coordinates' are nested wrongly for this kind of shape. Correct the export."
        )
    return values


def point(values: list[Any]) -> Any:
    if not values:
        return shapely.Point()
    return shapely.points(positions([values], 1)[0])


def line(values: list[Any]) -> Any:
    return shapely.linestrings(positions(values, 2)) if values else shapely.LineString()


def ring(values: Any) -> Any:
    array = positions(values, 4) if values else positions(values, 1)
    if not (array[0] == array[-1]).all():
        raise BadShape("not_closed", "A ring is not closed. Repeat its first position at the end.")
    return shapely.linearrings(array)


def polygon(values: list[Any]) -> Any:
    if not values:
        return shapely.Polygon()
    rings = [ring(part) for part in parts_of(values)]
    return shapely.polygons(rings[0], holes=rings[1:] or None)


BUILDERS: dict[str, Any] = {
    "Point": point,
    "LineString": line,
    "Polygon": polygon,
    "MultiPoint": lambda values: shapely.multipoints([point(part) for part in parts_of(values)]),
    "MultiLineString": lambda values: shapely.multilinestrings([line(part) for part in parts_of(values)]),
    "MultiPolygon": lambda values: shapely.multipolygons([polygon(part) for part in parts_of(values)]),
}
