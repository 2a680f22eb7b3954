"""Which rows speak of a structure that is already there, and which say what is already recorded (mechanics, Identity).

A product's own name for a structure decides first. Otherwise the nearest structure that this product has not spoken of
yet is meant: one whose footprint holds the point, else one within the match distance; each at most once per product.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from django.db import connection

from crisis.lib.errors import NotFound
from damage.actions.ground import lock_structures
from damage.actions.rows import Ahead, Booleans, DamageRows, Floats, Integers, Objects
from damage.core.history import GRADE_NUMBER, RANK_OF
from damage.core.structures import BLOCK, squares_touched


@dataclass(frozen=True)
class Recognised:
    """`structure_id` 0: no such structure yet. `by_name`: the product itself named it before; `near`: by its place."""

    structure_id: Integers
    by_name: Booleans
    near: Booleans
    near_m: Floats
    same_observation: Booleans


@dataclass(frozen=True)
class Standings:
    """What counts now for some existing structures, by place in `structure_id` (sorted)."""

    structure_id: Integers
    grade: Integers
    rank: Integers
    newest_us: Integers


def recognise_for_writing(
    rows: DamageRows,
    wanted: Booleans,
    *,
    municipality_id: int,
    product_id: int | None,
    match_distance_m: float,
    ahead: Ahead,
) -> Recognised:
    """As `recognise`, with the structures that were found locked.

    A large structure may be found from two pieces of ground at the same moment. Whoever comes second waits for its row
    and, where the first spoke of it for the same product, looks again.
    """
    while True:
        found = recognise(
            rows,
            wanted,
            municipality_id=municipality_id,
            product_id=product_id,
            match_distance_m=match_distance_m,
            ahead=replace(ahead, claimed=set()),
        )
        lock_structures(found.structure_id[found.structure_id > 0])
        if product_id is None or not spoken_of(found.structure_id[found.near & ~found.by_name], product_id):
            return found


def spoken_of(structure_ids: Integers, product_id: int) -> bool:
    """Whether the product has an observation of one of these structures."""
    if not len(structure_ids):
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM damage_damageassessment WHERE structure_id = ANY(%s) AND product_id = %s)",
            [np.unique(structure_ids).tolist(), product_id],
        )
        return bool(cursor.fetchone()[0])


def recognise(
    rows: DamageRows,
    wanted: Booleans,
    *,
    municipality_id: int,
    product_id: int | None,
    match_distance_m: float,
    ahead: Ahead,
) -> Recognised:
    """Looks up the wanted rows; the others stay unknown."""
    count = len(rows)
    found = Recognised(
        structure_id=np.zeros(count, dtype=np.int64),
        by_name=np.zeros(count, dtype=bool),
        near=np.zeros(count, dtype=bool),
        near_m=np.zeros(count),
        same_observation=np.zeros(count, dtype=bool),
    )
    take_named_by_sender(rows, wanted, found, municipality_id)
    if product_id is not None and rows.keys is not None and not ahead.product_is_new:
        take_named_by_product(rows, wanted, found, product_id)
    if not ahead.nothing_near:
        take_nearest(
            rows, wanted & (found.structure_id == 0), found, municipality_id, product_id, match_distance_m, ahead
        )
    return found


def take_named_by_sender(rows: DamageRows, wanted: Booleans, found: Recognised, municipality_id: int) -> None:
    if rows.structure_id is None:
        return
    named = np.flatnonzero(wanted & (rows.structure_id > 0))
    asked = {int(pk) for pk in rows.structure_id[named]}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM damage_structure WHERE municipality_id = %s AND id = ANY(%s)",
            [municipality_id, list(asked)],
        )
        there = {pk for (pk,) in cursor.fetchall()}
    if missing := asked - there:
        raise NotFound(f"There is no structure {min(missing)} here. Send the place without it.")
    found.structure_id[named] = rows.structure_id[named]


def take_named_by_product(rows: DamageRows, wanted: Booleans, found: Recognised, product_id: int) -> None:
    """References of the product, and whether the very observation is already recorded under them."""
    assert rows.keys is not None
    open_rows = np.flatnonzero(wanted & (found.structure_id == 0))
    values = rows.of_value("source_value")
    moments = (rows.observed_at[open_rows].astype("datetime64[us]").astype(str)).tolist()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT asked.number - 1, known.structure_id, EXISTS (
                SELECT 1 FROM damage_damageassessment AS seen
                WHERE seen.structure_id = known.structure_id AND seen.product_id = %s
                    AND seen.observed_at = asked.observed_at AND seen.source_value = asked.source_value)
            FROM unnest(%s::text[], %s::timestamp[], %s::text[])
                WITH ORDINALITY AS asked_text(key, moment, source_value, number)
            CROSS JOIN LATERAL (SELECT key, moment AT TIME ZONE 'UTC' AS observed_at, source_value, number) AS asked
            JOIN damage_structurereference AS known ON known.product_id = %s AND known.feature_key = asked.key
            """,
            [product_id, rows.keys[open_rows].tolist(), moments, values[open_rows].tolist(), product_id],
        )
        answer = cursor.fetchall()
    if not answer:
        return
    place = open_rows[[row[0] for row in answer]]
    found.structure_id[place] = [row[1] for row in answer]
    found.same_observation[place] = [row[2] for row in answer]
    found.by_name[place] = True


def take_nearest(
    rows: DamageRows,
    wanted: Booleans,
    found: Recognised,
    municipality_id: int,
    product_id: int | None,
    match_distance_m: float,
    ahead: Ahead,
) -> None:
    """Nearest pairs first, so that two rows beside two buildings each find their own."""
    open_rows = first_of_each_key(rows, np.flatnonzero(wanted))
    pairs = near_structures(rows, open_rows, municipality_id, product_id, match_distance_m)
    taken_rows: set[int] = set()
    for metres, place, structure_id in sorted(pairs):
        if place in taken_rows or structure_id in ahead.claimed:
            continue
        taken_rows.add(place)
        if rows.keys is not None:
            ahead.claimed.add(structure_id)
        found.structure_id[place] = structure_id
        found.near_m[place] = metres
        found.near[place] = True
    spread_over_keys(rows, wanted, found)


def first_of_each_key(rows: DamageRows, places: Integers) -> Integers:
    """Several rows may observe one structure at several dates; its place is looked up once."""
    if rows.keys is None or not len(places):
        return places
    keys = rows.keys[places]
    _, first = np.unique(keys.astype(str), return_index=True)
    return places[np.sort(first)]


def spread_over_keys(rows: DamageRows, wanted: Booleans, found: Recognised) -> None:
    """What was recognised for one row of a key holds for the other rows of that key."""
    if rows.keys is None:
        return
    known = {rows.keys[place]: place for place in np.flatnonzero(wanted & (found.structure_id > 0))}
    for place in np.flatnonzero(wanted & (found.structure_id == 0)) if known else ():
        if (other := known.get(rows.keys[place])) is not None:
            found.structure_id[place] = found.structure_id[other]
            found.near_m[place] = found.near_m[other]


# Structures near places: points by their squares, shapes by the tree. Squares and rectangle are made before structures
# are looked at: under row-level security a condition uses an index only if every function that is given a column in it
# is leakproof, and ST_Expand and ST_Transform are not. The pairing is done here, so that a planner without statistics
# cannot choose a slow way to do it.
STANDING = """
    SELECT * FROM damage_structure WHERE municipality_id = %(municipality)s AND square = ANY(%(squares)s)
    UNION ALL
    SELECT * FROM damage_structure WHERE municipality_id = %(municipality)s AND square IS NULL
        AND geom_3857 && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857)
"""
# Whoever of this product named a structure also observed it.
AROUND = f"""
SELECT there.id, there.kind, ST_AsBinary(there.geom_3857)
FROM ({STANDING}) AS there
WHERE NOT EXISTS (SELECT 1 FROM damage_damageassessment AS seen
    WHERE seen.structure_id = there.id AND seen.product_id = %(product)s)
"""


def standing_near(municipality_id: int, bounds: Floats) -> dict[str, Any]:
    """What STANDING binds, for rectangles of west, south, east, north in Web Mercator metres."""
    west, south = bounds[:, :2].min(axis=0).tolist()
    east, north = bounds[:, 2:].max(axis=0).tolist()
    sides = {"west": west, "south": south, "east": east, "north": north}
    blocks = [squares_touched(bounds[first : first + BLOCK]) for first in range(0, len(bounds), BLOCK)]
    squares = np.unique(np.concatenate(blocks)).tolist()
    return {"municipality": municipality_id, "squares": squares, **sides}


def near_structures(
    rows: DamageRows, places: Integers, municipality_id: int, product_id: int | None, match_distance_m: float
) -> list[tuple[float, int, int]]:
    """(metres, row, structure) within the match distance, for structures this product has not spoken of yet.

    Web Mercator lengths are put right by the cosine of latitude. Two shapes are compared by their largest gap, so that
    crossing roads are not one road.
    """
    if not len(places):
        return []
    shapes = mercator_shapes(rows, places)
    scale = np.cos(np.radians(rows.xy[places, 1]))
    reach = match_distance_m / scale
    bounds = shapely.bounds(shapes) + np.multiply.outer(reach, (-1, -1, 1, 1))
    with connection.cursor() as cursor:
        cursor.execute(AROUND, {**standing_near(municipality_id, bounds), "product": product_id or 0})
        there = cursor.fetchall()
    if not there:
        return []
    known = shapely.from_wkb([bytes(row[2]) for row in there])
    row, other = shapely.STRtree(known).query(shapes, predicate="dwithin", distance=reach)
    is_network = np.array([kind == "network" for _, kind, _ in there])
    same_kind = rows.network[places[row]] == is_network[other]
    row, other = row[same_kind], other[same_kind]
    metres = gaps(shapes[row], known[other]) * scale[row]
    close = metres <= match_distance_m
    ids = np.array([pk for pk, _, _ in there], dtype=np.int64)
    return list(zip(metres[close].tolist(), places[row[close]].tolist(), ids[other[close]].tolist(), strict=True))


def gaps(ours: Objects, theirs: Objects) -> Floats:
    """How far two shapes lie apart: a point from a point or footprint by distance, shapes of one kind by the largest
    gap between them; a point and a line are never the same thing."""
    mine, other = shapely.get_dimensions(ours), shapely.get_dimensions(theirs)
    apart = np.full(len(ours), np.inf)
    points = (mine != 1) & (other != 1) & (mine + other < 4)
    apart[points] = shapely.distance(ours[points], theirs[points])
    alike = ~points & (mine == other)
    apart[alike] = shapely.hausdorff_distance(ours[alike], theirs[alike])
    return apart


EARTH_RADIUS_M = 6_378_137.0
MERCATOR_ENDS = 89.9


def mercator(lonlat: Floats) -> Floats:
    """Degrees to Web Mercator metres (EPSG:3857)."""
    x = np.radians(lonlat[:, 0]) * EARTH_RADIUS_M
    y = np.log(np.tan(np.pi / 4 + np.radians(lonlat[:, 1]) / 2)) * EARTH_RADIUS_M
    return np.column_stack([x, y])


def mercator_shapes(rows: DamageRows, places: Integers) -> Objects:
    shapes: Objects = np.asarray(shapely.points(mercator(rows.xy[places])), dtype=object)
    if rows.wkb is not None:
        shaped = np.flatnonzero([shape is not None for shape in rows.wkb[places]])
        shapes[shaped] = shapely.transform(shapely.from_wkb(rows.wkb[places[shaped]]), mercator)
    return shapes


def anything_near(municipality_id: int, xy: Floats, match_distance_m: float) -> bool:
    """Whether any structure stands in the squares around these places, or a shape in the rectangle around them all."""
    if not len(xy):
        return False
    margin = match_distance_m / 50_000
    corners = [(xy + side).clip((-180, -MERCATOR_ENDS), (180, MERCATOR_ENDS)) for side in (-margin, margin)]
    bounds = np.hstack([mercator(corner) for corner in corners])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({STANDING})", standing_near(municipality_id, bounds))
        return bool(cursor.fetchone()[0])


def standings_of(structure_ids: Integers) -> Standings:
    """What counts now for these structures, and when each was last observed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT there.id, there.current_grade, there.current_method,
                (SELECT (extract(epoch FROM max(observed_at)) * 1000000)::bigint FROM damage_damageassessment AS seen
                 WHERE seen.structure_id = there.id)
            FROM damage_structure AS there WHERE there.id = ANY(%s) ORDER BY there.id
            """,
            [[int(pk) for pk in structure_ids]],
        )
        rows: list[Any] = cursor.fetchall()
    return Standings(
        structure_id=np.array([row[0] for row in rows], dtype=np.int64),
        grade=np.array([GRADE_NUMBER[row[1]] for row in rows], dtype=np.int64),
        rank=np.array([RANK_OF.get(row[2], 0) for row in rows], dtype=np.int64),
        newest_us=np.array([row[3] if row[3] is not None else np.iinfo(np.int64).min for row in rows], dtype=np.int64),
    )
