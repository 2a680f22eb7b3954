"""Sealed values are sealed anew here when the keys turn; what they say does not change."""

from django.db import connection, models

from crisis.lib.sealing import KeyRing
from municipal_units.models import Household, HouseholdMerge, Member
from municipal_units.models.sealed import sealed_columns

SEALED: tuple[type[models.Model], ...] = (Household, Member, HouseholdMerge)
PORTION = 2_000


def seal_anew(*, municipality_id: int, ring: KeyRing) -> int:
    """Seals up to 2,000 values per column that older keys sealed with the current one; how many there were."""
    done = 0
    for model in SEALED:
        for column, context in sealed_columns(model).items():
            done += seal_column_anew(model._meta.db_table, column, context, municipality_id, ring)
    return done


def seal_column_anew(table: str, column: str, context: str, municipality_id: int, ring: KeyRing) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {column} FROM {table} WHERE municipality_id = %s AND {column} <> ''"
            f" AND {column} NOT LIKE %s ORDER BY id LIMIT %s FOR UPDATE",
            [municipality_id, f"s1:{ring.current}:%", PORTION],
        )
        rows = cursor.fetchall()
        anew = [ring.seal(ring.open(sealed, context=context), context=context) for _, sealed in rows]
        cursor.execute(
            f"UPDATE {table} SET {column} = new.sealed"
            " FROM unnest(%s::bigint[], %s::text[]) AS new (id, sealed)"
            f" WHERE {table}.id = new.id AND {table}.municipality_id = %s",
            [[pk for pk, _ in rows], anew, municipality_id],
        )
    return len(rows)
