"""Indexes that grow at their end: imports come along the ground, and so do keys and squares.

Context: a million points of a map went into a quad-tree and into keys in no order: two thirds of the database's work.
Choice: points are found by the number of their square (a tile of zoom 17), shapes by the tree; the key of a place counts
both its coordinates in turn, as imports are sorted; who spoke of a structure is read from its assessments. Price: a
question about an area names squares and shapes. What row security allows is read once per statement, not per row.
"""

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import SpGistIndex
from django.db import migrations
from django.db.migrations import RunSQL
from django.db.models import Func, Q

from crisis.lib.rowsecurity import IN_SCOPE

# The body is bound when the function is made, so a restore with an empty search path finds the same functions.
SQUARE = """
CREATE FUNCTION damage_square(place geometry) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN geometrytype(place) = 'POINT' THEN
    floor((st_x(place) + 180) / 360 * 131072)::bigint * 131072
    + floor((1 - asinh(tan(radians(st_y(place)))) / pi()) / 2 * 131072)::bigint END;
GRANT EXECUTE ON FUNCTION damage_square(geometry) TO PUBLIC;
"""
MASKS = ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333),
         (1, 0x5555555555555555))  # fmt: skip
SPREAD = "".join(f"part := (part | (part << {step})) & {mask};\n" for step, mask in MASKS)
GATHER = "part := part & 6148914691236517205;\n" + "".join(
    f"part := (part | (part >> {step})) & {mask};\n"
    for step, mask in ((1, MASKS[3][1]), (2, MASKS[2][1]), (4, MASKS[1][1]), (8, MASKS[0][1]), (16, 0xFFFFFFFF))
)


def function(name: str, body: str) -> str:
    return f"""
    CREATE FUNCTION pg_temp.{name}(part bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN {body} RETURN part; END $$;
    """


def rekeyed(key: str) -> str:
    """Keys of points are rewritten; the ordinal after them stays. Uniqueness is checked when all are there."""
    return f"""
    ALTER TABLE damage_structurereference DROP CONSTRAINT damage_structurereference_pkey;
    UPDATE damage_structurereference SET feature_key = 'p' || {key} || substr(feature_key, 18)
        WHERE feature_key ~ '^p[0-9a-f]{{16}}(-[0-9]+)?$';
    ALTER TABLE damage_structurereference
        ADD CONSTRAINT damage_structurereference_pkey PRIMARY KEY (product_id, feature_key);
    """


CELL = "('x' || substr(feature_key, {first}, 8))::bit(32)::int"
CODE = "('x' || substr(feature_key, 2, 16))::bit(64)::bigint"
IN_TURN = (
    f"lpad(to_hex(pg_temp.spread({CELL.format(first=2)}::bigint + 180000000)"
    f" | (pg_temp.spread({CELL.format(first=10)}::bigint + 90000000) << 1)), 16, '0')"
)
ONE_AFTER_THE_OTHER = (
    f"lpad(to_hex((pg_temp.gather({CODE}) - 180000000)::int), 8, '0')"
    f" || lpad(to_hex((pg_temp.gather({CODE} >> 1) - 90000000)::int), 8, '0')"
)

TABLES = ("damage_structure", "damage_structurereference", "damage_damageassessment")
ONCE = f"= ANY ((SELECT {IN_SCOPE.removeprefix('= ANY ')})::int[])"


# A structure with references has assessments, which are found by index; so they are asked first.
CHILDREN = ("damage_damageassessment", "damage_structurereference")


def children_checked(tables: tuple[str, ...]) -> str:
    tests = "\n".join(
        f"""
        IF EXISTS (SELECT 1 FROM {table} WHERE structure_id = OLD.id AND municipality_id = OLD.municipality_id) THEN
            RAISE foreign_key_violation USING MESSAGE = 'a row of damage_structure is still named by {table}',
                CONSTRAINT = '{table}_structure_id_same_municipality';
        END IF;"""
        for table in tables
    )
    return f"""
    CREATE OR REPLACE FUNCTION damage_structure_damage_children() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN {tests}
        RETURN NULL;
    END $$;
    """


CHECKS = ("damage_structure_parents()", "damage_structurereference_parents()", "damage_damageassessment_parents()")


class Migration(migrations.Migration):
    dependencies = [("damage", "0006_lighter_writes")]

    operations = [
        RunSQL(SQUARE, "DROP FUNCTION damage_square(geometry);"),
        migrations.AddField(
            "structure",
            "square",
            models.GeneratedField(
                db_persist=True,
                expression=Func("geom", function="damage_square"),
                output_field=models.BigIntegerField(null=True),
            ),
        ),
        migrations.RemoveIndex("structure", "structure_geom_3857"),
        migrations.AddIndex("structure", models.Index(fields=["square"], name="structure_square")),
        migrations.AddIndex(
            "structure", SpGistIndex("geom_3857", condition=Q(square__isnull=True), name="structure_shapes")
        ),
        migrations.RemoveIndex("structurereference", "structure_reference_structure"),
        RunSQL(
            function("spread", SPREAD) + rekeyed(IN_TURN), function("gather", GATHER) + rekeyed(ONE_AFTER_THE_OTHER)
        ),
        # The inserts switch nested loops off; the checks of parents live on them.
        *[
            RunSQL(
                f"ALTER FUNCTION {check} SET enable_nestloop = on;", f"ALTER FUNCTION {check} RESET enable_nestloop;"
            )
            for check in CHECKS
        ],
        RunSQL(children_checked(CHILDREN), children_checked(CHILDREN[::-1])),
        RunSQL(
            f"ALTER POLICY municipality_scope ON damage_structure USING (municipality_id {ONCE});",
            f"ALTER POLICY municipality_scope ON damage_structure USING (municipality_id {IN_SCOPE});",
        ),
        *[
            RunSQL(
                f"ALTER POLICY municipality_scope ON {table} WITH CHECK (municipality_id {ONCE});",
                f"ALTER POLICY municipality_scope ON {table} WITH CHECK (municipality_id {IN_SCOPE});",
            )
            for table in TABLES
        ],
    ]
