"""Locks that keep two writers from making one structure twice, or from telling its history at the same moment.

Writers hold the ground they write on until they commit. Whoever reports one place shares its cells with other single
reports and is alone in a small cell; a bulk call is alone in all cells it touches, so calls about different parts of a
town go on beside each other. Locks are taken in one order: town, cells of the ground, small cells, rows of structures.
A structure that reaches over several cells, or is named from afar, is locked by its row (`lock_structures`).
"""

from zlib import crc32

import numpy as np
import shapely
from django.db import connection

from damage.actions.rows import DamageRows, Floats, Integers, Objects

# Classes of advisory locks: a town, the ground in wide cells, and one small cell or one fact.
TOWN_LOCK, PLACE_LOCK, GROUND_LOCK = 7201, 7202, 7203
SMALL_DEGREES = 0.0005
WIDE_DEGREES = 0.01  # about a kilometre, a portion of a dense town
# A call about more cells than this, or a shape across more than so many of them, takes the whole town.
MOST_CELLS, WIDEST = 200, 6
METRES_PER_DEGREE = 111_320.0


def lock_bulk(municipality_id: int, rows: DamageRows, match_distance_m: float) -> None:
    """All ground these rows touch, so that nobody else writes there before this transaction ends."""
    cells = wide_cells(bounds_of(rows, match_distance_m))
    with connection.cursor() as cursor:
        if cells is None:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [TOWN_LOCK, municipality_id])
            return
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [TOWN_LOCK, municipality_id])
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, cell) FROM"
            " (SELECT cell FROM unnest(%s::int[]) WITH ORDINALITY AS given(cell, at) ORDER BY at) AS sorted",
            [GROUND_LOCK, numbers_of(municipality_id, cells)],
        )


def lock_ground(municipality_id: int, xy: Floats, facts: Objects | None) -> None:
    """Single reports only wait for others about the same ground or with the same id.

    Cells are wider than any match distance; a report near an edge takes the neighbouring cells too.
    """
    around = np.hstack([xy - SMALL_DEGREES / 2, xy + SMALL_DEGREES / 2])
    cells = {
        (int(np.floor(lon / SMALL_DEGREES)), int(np.floor(lat / SMALL_DEGREES)))
        for west, south, east, north in around
        for lon in (west, east)
        for lat in (south, north)
    }
    names = sorted(
        {f"{municipality_id}:{x}:{y}" for x, y in cells} | {f"fact:{fact}" for fact in facts if fact}
        if facts is not None
        else set()
    )
    wide = wide_cells(around)
    assert wide is not None
    ground = numbers_of(municipality_id, wide)
    with connection.cursor() as cursor:
        # One after the other, in this order: a subquery keeps the order it is sorted in.
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(class, number) FROM (SELECT class, number"
            " FROM unnest(%s::int[], %s::int[]) WITH ORDINALITY AS given(class, number, at) ORDER BY at) AS sorted",
            [[TOWN_LOCK, *[GROUND_LOCK] * len(ground)], [municipality_id, *ground]],
        )
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(name)) FROM"
            " (SELECT name FROM unnest(%s::text[]) WITH ORDINALITY AS given(name, at) ORDER BY at) AS sorted",
            [PLACE_LOCK, names],
        )


def lock_structures(structure_ids: Integers) -> None:
    """Rows of structures, in the order of their numbers. What is read after this is what the last writer left."""
    if not len(structure_ids):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT id FROM damage_structure WHERE id = ANY(%s) ORDER BY id FOR UPDATE) AS held",
            [np.unique(structure_ids).tolist()],
        )


def bounds_of(rows: DamageRows, match_distance_m: float) -> Floats:
    """West, south, east, north in degrees around each row, as far as it may find a structure."""
    bounds = np.hstack([rows.xy, rows.xy])
    if rows.wkb is not None:
        shaped = np.flatnonzero([shape is not None for shape in rows.wkb])
        bounds[shaped] = shapely.bounds(shapely.from_wkb(rows.wkb[shaped]))
    north = match_distance_m / METRES_PER_DEGREE
    east = north / np.cos(np.radians(rows.xy[:, 1].clip(-89, 89)))
    return bounds + np.column_stack([-east, np.full(len(rows), -north), east, np.full(len(rows), north)])


def wide_cells(bounds: Floats) -> Integers | None:
    """The cells (n, 2) that some rectangles touch, each once; None where these are too many to be locked singly."""
    low = np.floor(bounds[:, :2] / WIDE_DEGREES).astype(np.int64)
    high = np.floor(bounds[:, 2:] / WIDE_DEGREES).astype(np.int64)
    across, along = (high - low).max(axis=0).tolist()
    if max(across, along) > WIDEST:
        return None
    steps = [(x, y) for x in range(across + 1) for y in range(along + 1)]
    touched: Integers = np.unique(np.concatenate([np.minimum(low + step, high) for step in steps]), axis=0)
    return touched if len(touched) <= MOST_CELLS else None


def numbers_of(municipality_id: int, cells: Integers) -> list[int]:
    """Cells as sorted numbers of locks. Two cells that share one by chance only wait for each other."""
    return sorted({crc32(f"{municipality_id}:{x}:{y}".encode()) - 2**31 for x, y in cells.tolist()})
