"""Checks shapes row by row and brings them to one system, for thousands at a time. Nothing is repaired."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from crisis.lib.crs import Crs, to_target

BASE_KIND = {0: "Point", 1: "LineString", 2: "LineString", 3: "Polygon", 4: "Point", 5: "LineString", 6: "Polygon"}
KIND_WORDS = {"Point": "points", "LineString": "lines", "Polygon": "areas"}
ROOM = 1e-9

# What GEOS says about an invalid shape, in words that tell what to redraw.
REASONS = (
    ("Ring Self-intersection", "The outline touches or crosses itself near {place}. Redraw it there."),
    ("Self-intersection", "The outline crosses itself near {place}. Redraw it there."),
    ("Hole lies outside shell", "A hole lies outside its area near {place}. Remove it or move it inside."),
    ("Holes are nested", "A hole lies inside another hole near {place}. Remove one."),
    ("Nested shells", "One part lies inside another near {place}. Remove one."),
    ("Interior is disconnected", "A hole cuts the area in two near {place}. Draw two areas."),
    ("Duplicate Rings", "The same ring is there twice near {place}. Remove one."),
    ("Too few points", "The shape has too few different positions near {place}. Draw it again."),
)
MESSAGES = {
    "null_geometry": "The row has no place. Give it a shape or coordinates.",
    "empty_geometry": "The shape is empty. Draw it again.",
    "unreadable_geometry": "The shape cannot be read: a ring is not closed, or the shape is of a kind not used here.",
    "not_a_number": "A coordinate is not a number. Correct it.",
    "outside_crs": "The place lies outside the area of the file's coordinate system. Check the system it declares.",
    "outside_world": "The place ({place}) is not on the globe. Check the coordinate system and the order of x and y.",
    "swapped": "The place ({place}) is not on the globe, but would be with x and y exchanged. Exchange the two.",
    "too_wide": "The shape is more than 180 degrees wide. If it crosses the 180th meridian, cut it there in two.",
    "zero_length": "The line has no length: its positions are all the same. Draw it again.",
    "collection": "The row mixes several kinds of shape. Write each in a row of its own.",
    "several_points": "The row holds several points. Write each in a row of its own.",
}


def quiet() -> np.errstate:
    """Around GEOS calls: impossible numbers are found and said by our checks, not by warnings on the way."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


@dataclass
class Checked:
    """Result for a block: arrays as long as the input; `problems` maps position -> (code, message)."""

    wkb: np.ndarray[Any, Any]
    xy: np.ndarray[Any, np.dtype[np.float64]]
    ok: np.ndarray[Any, np.dtype[np.bool_]]
    problems: dict[int, tuple[str, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass
class Block:
    """Shapes under examination; a row that failed one check is left out of the next."""

    shapes: np.ndarray[Any, Any]
    ok: np.ndarray[Any, np.dtype[np.bool_]]
    problems: dict[int, tuple[str, str]]
    counts: dict[str, int]

    def refuse(self, bad: np.ndarray[Any, Any], code: str) -> None:
        """`bad`: boolean over all rows. Names the place of the shape where the sentence asks for it."""
        for position in np.flatnonzero(bad & self.ok):
            place = place_of(self.shapes[position]) if "{place}" in MESSAGES[code] else ""
            self.problems[int(position)] = (code, MESSAGES[code].format(place=place))
        self.ok &= ~bad

    def notice(self, seen: np.ndarray[Any, Any], code: str) -> None:
        if count := int(np.count_nonzero(seen & self.ok)):
            self.counts[code] = self.counts.get(code, 0) + count


def place_of(shape: Any) -> str:
    """First position of a shape (or of an array with one), as written."""
    coordinates = np.atleast_2d(shape) if isinstance(shape, np.ndarray) else shapely.get_coordinates(shape)
    return f"{coordinates[0][0]:.7g}, {coordinates[0][1]:.7g}" if len(coordinates) else ""


def check_points(xy: np.ndarray[Any, Any], crs: Crs, target_srid: int) -> Checked:
    """The short road for rows that are all single points: coordinates (n, 2), x first."""
    block = Block(xy, np.ones(len(xy), bool), {}, {})
    block.refuse(~np.isfinite(xy).all(axis=1), "not_a_number")
    moved = np.full_like(xy, np.nan)
    moved[block.ok] = to_target(crs, target_srid, xy[block.ok])
    refuse_places(block, crs, target_srid, moved, moved)
    block.notice((xy == 0).all(axis=1), "null_island")
    moved[~block.ok] = np.nan
    wkb = np.full(len(xy), None, dtype=object)
    wkb[block.ok] = point_wkb(moved[block.ok])
    return Checked(wkb, moved, block.ok, block.problems, block.counts)


def point_wkb(xy: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Little-endian WKB of points (n, 2), written as bytes at once: shapely needs three times as long."""
    cells = np.empty(len(xy), dtype=[("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
    cells["order"], cells["kind"], cells["x"], cells["y"] = 1, 1, xy[:, 0], xy[:, 1]
    joined = cells.tobytes()
    points = np.empty(len(xy), dtype=object)
    points[:] = [joined[at : at + 21] for at in range(0, len(joined), 21)]
    return points


def check_shapes(
    shapes: np.ndarray[Any, Any],
    crs: Crs,
    target_srid: int,
    *,
    missing: np.ndarray[Any, Any] | None = None,
    allowed: Collection[str] | None = None,
    known: Mapping[int, tuple[str, str]] | None = None,
) -> Checked:
    """All checks for shapely shapes of any kind. `missing`: rows that had no shape at all (others None: unreadable).

    `known`: rows already refused while reading, position -> (code, message).
    """
    block = Block(shapes.copy(), np.ones(len(shapes), bool), dict(known or {}), {})
    block.ok[list(block.problems)] = False
    with quiet():
        return examine(block, crs, target_srid, missing, allowed)


def examine(
    block: Block,
    crs: Crs,
    target_srid: int,
    missing: np.ndarray[Any, Any] | None,
    allowed: Collection[str] | None,
) -> Checked:
    shapes = block.shapes.copy()
    absent = shapely.is_missing(shapes)
    no_shape = absent if missing is None else missing
    block.refuse(no_shape, "null_geometry")
    block.refuse(absent & ~no_shape, "unreadable_geometry")
    block.refuse(shapely.is_empty(block.shapes), "empty_geometry")
    block.refuse(has_odd_number(block.shapes), "not_a_number")
    block.notice(shapely.has_z(block.shapes), "height_dropped")
    block.shapes = shapely.force_2d(block.shapes)
    refuse_kinds(block, allowed)
    move(block, crs, target_srid)
    refuse_invalid(block)
    points = block.ok & (shapely.get_type_id(block.shapes) == 0)
    xy = np.full((len(shapes), 2), np.nan)
    xy[points] = shapely.get_coordinates(block.shapes[points])
    block.notice((xy == 0).all(axis=1), "null_island")
    wkb = np.full(len(shapes), None, dtype=object)
    wkb[block.ok] = shapely.to_wkb(block.shapes[block.ok], output_dimension=2)
    return Checked(wkb, xy, block.ok, block.problems, block.counts)


def has_odd_number(shapes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    odd = np.zeros(len(shapes), bool)
    odd[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    return odd


def refuse_kinds(block: Block, allowed: Collection[str] | None) -> None:
    kinds = shapely.get_type_id(block.shapes)
    block.refuse(kinds == 7, "collection")
    # One point written as a list of one is that point.
    single = block.ok & (kinds == 4) & (shapely.get_num_geometries(block.shapes) == 1)
    block.notice(single, "single_part")
    block.shapes[single] = shapely.get_geometry(block.shapes[single], 0)
    block.refuse((kinds == 4) & ~single, "several_points")
    for kind in set(BASE_KIND.values()) - set(allowed or BASE_KIND.values()):
        wrong = block.ok & np.isin(kinds, [number for number, base in BASE_KIND.items() if base == kind])
        wanted = " or ".join(KIND_WORDS[name] for name in sorted(allowed or ()))
        for position in np.flatnonzero(wrong):
            block.problems[int(position)] = ("wrong_kind", f"Here {wanted} are expected, not {KIND_WORDS[kind]}.")
        block.ok &= ~wrong
    lines = block.ok & np.isin(kinds, (1, 5))
    block.refuse(lines & (shapely.length(block.shapes) == 0), "zero_length")


def move(block: Block, crs: Crs, target_srid: int) -> None:
    """Brings the shapes to the target system and refuses what does not lie on the globe."""
    rows = np.flatnonzero(block.ok)
    coordinates, owner = shapely.get_coordinates(block.shapes[rows], return_index=True)
    moved = to_target(crs, target_srid, coordinates)
    low = np.full((len(block.shapes), 2), np.inf)
    high = np.full((len(block.shapes), 2), -np.inf)
    np.minimum.at(low, rows[owner], moved)
    np.maximum.at(high, rows[owner], moved)
    refuse_places(block, crs, target_srid, low, high)
    if target_srid == 4326:
        block.refuse((high[:, 0] - low[:, 0]) > 180, "too_wide")
    good = block.ok[rows[owner]]
    block.shapes[block.ok] = shapely.set_coordinates(block.shapes[block.ok], moved[good])


def refuse_places(
    block: Block, crs: Crs, target_srid: int, low: np.ndarray[Any, Any], high: np.ndarray[Any, Any]
) -> None:
    """`low`, `high`: corners (n, 2) of each row in the target system."""
    with np.errstate(invalid="ignore"):
        lost = ~np.isfinite(low).all(axis=1) | ~np.isfinite(high).all(axis=1)
        block.refuse(lost, "outside_crs")
        if target_srid != 4326:
            return
        reach = np.array([180.0, 90.0])
        outside = np.any(low < -reach - ROOM, axis=1) | np.any(high > reach + ROOM, axis=1)
        if crs.srid == 4326:
            back = np.all(low >= -reach[::-1], axis=1) & np.all(high <= reach[::-1], axis=1)
            block.refuse(outside & back, "swapped")
        block.refuse(outside, "outside_world")


def refuse_invalid(block: Block) -> None:
    invalid = block.ok & ~shapely.is_valid(block.shapes)
    for position in np.flatnonzero(invalid):
        block.problems[int(position)] = (
            "invalid_shape",
            invalid_sentence(shapely.is_valid_reason(block.shapes[position])),
        )
    block.ok &= ~invalid


def invalid_sentence(reason: str) -> str:
    """GEOS says `Self-intersection[13.38 52.5]`."""
    found = re.search(r"\[([-\d.eE+]+) ([-\d.eE+]+)", reason)
    place = f"{float(found[1]):.6f}, {float(found[2]):.6f}" if found else "its start"
    for word, sentence in REASONS:
        if reason.startswith(word):
            return sentence.format(place=place)
    return f"The shape is not valid near {place}. Draw it again."
