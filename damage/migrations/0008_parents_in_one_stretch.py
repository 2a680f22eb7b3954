"""Structures named by new rows are mostly new themselves and follow each other: one stretch of their numbers is read
instead of looking each of them up."""

import importlib

from django.db import migrations
from django.db.migrations import RunSQL

lighter = importlib.import_module("damage.migrations.0006_lighter_writes")
TABLES = ("damage_structurereference", "damage_damageassessment")
LOOKED_UP = """        IF (SELECT count(*) FROM new_rows) <> (SELECT count(*) FROM new_rows JOIN damage_structure AS parent
            ON parent.id = new_rows.structure_id AND parent.municipality_id = new_rows.municipality_id) THEN"""
IN_ONE_STRETCH = """        SELECT min(structure_id) AS first, max(structure_id) AS last, count(*) AS number,
            min(municipality_id) AS town, max(municipality_id) AS other_town
            INTO stretch FROM new_rows;
        IF stretch.town = stretch.other_town AND stretch.number = stretch.last - stretch.first + 1
            AND stretch.number = (SELECT count(*) FROM damage_structure
                WHERE id BETWEEN stretch.first AND stretch.last AND municipality_id = stretch.town) THEN
            RETURN NULL;
        END IF;
"""


def check(table: str, *, in_one_stretch: bool) -> str:
    """Rows inside a stretch all of whose numbers are structures of the town have their parents, whichever they name."""
    sql = lighter.lighter_check(table).replace("SET enable_hashjoin", "SET enable_nestloop = on SET enable_hashjoin")
    if not in_one_stretch:
        return sql
    assert LOOKED_UP in sql
    return sql.replace("shared record;", "shared record; stretch record;").replace(
        LOOKED_UP, IN_ONE_STRETCH + LOOKED_UP
    )


class Migration(migrations.Migration):
    dependencies = [("damage", "0007_along_the_ground")]

    operations = [RunSQL(check(table, in_one_stretch=True), check(table, in_one_stretch=False)) for table in TABLES]
