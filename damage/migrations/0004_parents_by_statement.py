"""Damage rows are checked against their parents once per statement, not once per row.

Context: a million observations fired eight million foreign-key checks, half of the time of an import. Choice: the same
rules (the parent exists and belongs to the same municipality; a parent with children stays) as statement triggers over
transition tables. Price: parents are written before their children, and a violation names the tables, not the row.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import parent_of_same_municipality

# Child column, its table, its parent. Every one is nullable but those of structure and product.
PARENTS = {
    "damage_structure": (
        ("neighbourhood_id", "municipal_units_neighbourhood"),
        ("facility_id", "municipal_units_facility"),
    ),
    "damage_structurereference": (("structure_id", "damage_structure"), ("product_id", "damage_damageproduct")),
    "damage_damageassessment": (
        ("structure_id", "damage_structure"),
        ("product_id", "damage_damageproduct"),
        ("batch_id", "municipal_units_importbatch"),
        ("neighbourhood_id", "municipal_units_neighbourhood"),
    ),
}
DROPPED = [
    (table, column, parent) for table, parents in PARENTS.items() for column, parent in parents if column != "batch_id"
]


def check_of(table: str) -> str:
    """A function and two triggers: new or changed rows name parents of their own municipality."""
    tests = "\n".join(
        f"""
        IF EXISTS (SELECT 1 FROM (SELECT DISTINCT {column} AS parent, municipality_id AS town FROM new_rows) AS child
            WHERE parent IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM {parent} WHERE id = parent AND {parent}.municipality_id = town)) THEN
            RAISE foreign_key_violation USING
                MESSAGE = 'a row of {table} names a row of {parent} that is not there, or not in its municipality',
                CONSTRAINT = '{table}_{column}_same_municipality';
        END IF;"""
        for column, parent in PARENTS[table]
    )
    # Hash joins would read whole tables of structures for ten thousand rows.
    return f"""
    CREATE FUNCTION {table}_parents() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    BEGIN {tests}
        RETURN NULL;
    END $$;
    REVOKE EXECUTE ON FUNCTION {table}_parents() FROM PUBLIC;
    CREATE TRIGGER parents_of_new AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION {table}_parents();
    CREATE TRIGGER parents_of_changed AFTER UPDATE ON {table} REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION {table}_parents();
    """


def check_undone(table: str) -> str:
    return f"""
    DROP TRIGGER parents_of_new ON {table};
    DROP TRIGGER parents_of_changed ON {table};
    DROP FUNCTION {table}_parents();
    """


def children_of(parent: str) -> str:
    """A parent whose children are still there at commit is not deleted."""
    tests = "\n".join(
        f"""
        IF EXISTS (SELECT 1 FROM {table} WHERE {column} = OLD.id AND municipality_id = OLD.municipality_id) THEN
            RAISE foreign_key_violation USING MESSAGE = 'a row of {parent} is still named by {table}',
                CONSTRAINT = '{table}_{column}_same_municipality';
        END IF;"""
        for table, parents in PARENTS.items()
        for column, name in parents
        if name == parent
    )
    return f"""
    CREATE FUNCTION {parent}_damage_children() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN {tests}
        RETURN NULL;
    END $$;
    REVOKE EXECUTE ON FUNCTION {parent}_damage_children() FROM PUBLIC;
    CREATE CONSTRAINT TRIGGER damage_children AFTER DELETE ON {parent} DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION {parent}_damage_children();
    """


def children_undone(parent: str) -> str:
    return f"DROP TRIGGER damage_children ON {parent}; DROP FUNCTION {parent}_damage_children();"


class Migration(migrations.Migration):
    dependencies = [("damage", "0003_staging"), ("municipal_units", "0005_id_of_code")]

    operations = [
        migrations.AlterField(
            "damageassessment",
            "recorded_by",
            models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        RunSQL(
            "ALTER TABLE damage_structure DROP CONSTRAINT damage_structure_municipality;",
            "ALTER TABLE damage_structure ADD CONSTRAINT damage_structure_municipality FOREIGN KEY (municipality_id)"
            " REFERENCES municipal_units_municipality (id) DEFERRABLE INITIALLY DEFERRED;",
        ),
        *[
            RunSQL(made.reverse_sql, made.sql)
            for made in [parent_of_same_municipality(table, column, parent) for table, column, parent in DROPPED]
        ],
        RunSQL("ALTER TABLE damage_structure DROP CONSTRAINT damage_structure_id_municipality;", RunSQL.noop),
        *[RunSQL(check_of(table), check_undone(table)) for table in PARENTS],
        *[
            RunSQL(children_of(parent), children_undone(parent))
            for parent in sorted({parent for parents in PARENTS.values() for _, parent in parents})
        ],
    ]
