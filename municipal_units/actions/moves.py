"""After boundaries changed, registers get the neighbourhood they lie in now; facts keep the one they were made in."""

from collections import Counter
from datetime import date

import numpy as np
from django.db import connection, transaction

from municipal_units.models import Event, Municipality
from municipal_units.permissions import Actor, Permission, require
from municipal_units.selectors.placing import day_number, place_index

Moves = Counter[tuple[int | None, int | None]]


@transaction.atomic
def place_facilities_again(*, by: Actor, municipality: Municipality, on: date) -> Moves:
    """Facilities whose neighbourhood changes: how many from which to which."""
    require(by, Permission.EDIT_PLACES, municipality.pk)
    moves = place_again("municipal_units_facility", municipality, on=on)
    record_moves("facility.changed", moves, by, municipality)
    return moves


def record_moves(kind: str, moves: Moves, by: Actor, municipality: Municipality) -> None:
    """One event for all that moved, with the neighbourhoods on either side."""
    if not moves:
        return
    places = sorted({place for pair in moves for place in pair if place is not None})
    shows = {"moved": sum(moves.values()), "neighbourhoods": places}
    Event.objects.record(kind, municipality_id=municipality.pk, by_id=by.user_id, shows=shows)


def place_again(table: str, municipality: Municipality, *, on: date) -> Moves:
    """Compares the neighbourhood of every row of a table (columns id, geom, neighbourhood_id) with the boundaries of a
    day and writes the ones that differ. Gives how many moved from which to which."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, coalesce(neighbourhood_id, 0), ST_X(point), ST_Y(point) FROM (SELECT id, neighbourhood_id,"
            f" CASE WHEN ST_Dimension(geom) = 0 THEN ST_Centroid(geom) ELSE ST_PointOnSurface(geom) END AS point"
            f" FROM {table} WHERE municipality_id = %s) AS placed ORDER BY id",
            [municipality.pk],
        )
        rows = np.array(cursor.fetchall(), dtype=np.float64).reshape(-1, 4)
        ids, before = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
        days = np.full(len(rows), day_number(on))
        after = place_index(municipality.pk, None).neighbourhoods(rows[:, 2:4], days)
        moved = np.flatnonzero(before != after)
        if len(moved):
            cursor.execute(
                f"UPDATE {table} AS t SET neighbourhood_id = nullif(new.place, 0)"
                " FROM unnest(%s::bigint[], %s::bigint[]) AS new(id, place) WHERE t.id = new.id",
                [ids[moved].tolist(), after[moved].tolist()],
            )
    pairs = zip(before[moved].tolist(), after[moved].tolist(), strict=True)
    return Counter((old or None, new or None) for old, new in pairs)
