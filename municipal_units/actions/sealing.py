"""Sealed values are sealed anew here when the keys turn; what they say does not change."""

from django.db import connection, models

from crisis.lib.sealing import KeyRing, key_of_file
from municipal_units.actions.files import file_store, is_there, seal_file_anew
from municipal_units.models import Household, HouseholdMerge, Member, StoredFile
from municipal_units.models.sealed import sealed_columns
from municipal_units.selectors.history import versions_of

SEALED: tuple[type[models.Model], ...] = (Household, Member, HouseholdMerge)
VERSIONED: tuple[type[models.Model], ...] = (Household, Member)
PORTION = 2_000


def seal_anew(*, municipality_id: int, ring: KeyRing) -> int:
    """Seals up to 2,000 values per column that older keys sealed with the current one; how many there were."""
    done = 0
    for model in SEALED:
        for column, context in sealed_columns(model).items():
            done += seal_column_anew(model._meta.db_table, column, context, municipality_id, ring)
    done += seal_files_anew(municipality_id, ring)
    for model in VERSIONED:
        for column, context in sealed_columns(model).items():
            done += seal_versions_anew(versions_of(model).model._meta.db_table, column, context, municipality_id, ring)
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


def seal_versions_anew(table: str, column: str, context: str, municipality_id: int, ring: KeyRing) -> int:
    """What the rows held before. The role we work as cannot change versions; a function of the database puts one sealed
    text in the place of another."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pgh_id, {column} FROM {table} WHERE municipality_id = %s AND {column} <> ''"
            f" AND {column} NOT LIKE %s ORDER BY pgh_id LIMIT %s",
            [municipality_id, f"s1:{ring.current}:%", PORTION],
        )
        rows = cursor.fetchall()
        anew = [ring.seal(ring.open(sealed, context=context), context=context) for _, sealed in rows]
        cursor.execute("SELECT municipal_units_seal_versions(%s, %s, %s)", [table, [pk for pk, _ in rows], anew])
    return len(rows)


def seal_files_anew(municipality_id: int, ring: KeyRing) -> int:
    """Lists of persons that wait for their import."""
    done = 0
    for stored in StoredFile.objects.filter(municipality_id=municipality_id, sealed=True).order_by("pk"):
        if not is_there(stored):
            continue
        with file_store().open(stored.sha256) as sealed:
            current = key_of_file(sealed) == ring.current
        if not current:
            seal_file_anew(stored)
            done += 1
    return done
