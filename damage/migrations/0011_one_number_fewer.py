"""What hung on the pair of a structure's number and its town is checked without an index for the pair.

Context: every structure of an import was entered into an index that only visits asked for. Choice: a structure keeps
its town for good, and visits look their structure up by its number (see the migration of assessments that follows).
The parents of new structures are read in one pass. Price: a trigger where a foreign key was.
"""

from django.db import migrations
from django.db.migrations import RunSQL

KEEPS_ITS_TOWN = """
CREATE FUNCTION damage_structure_keeps_its_town() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE foreign_key_violation USING MESSAGE = 'a structure stays in its municipality',
        CONSTRAINT = 'damage_structure_keeps_its_town';
END $$;
CREATE TRIGGER keeps_its_town BEFORE UPDATE OF municipality_id ON damage_structure FOR EACH ROW
    WHEN (OLD.municipality_id IS DISTINCT FROM NEW.municipality_id) EXECUTE FUNCTION damage_structure_keeps_its_town();
"""
UNDONE = """
DROP TRIGGER keeps_its_town ON damage_structure;
DROP FUNCTION damage_structure_keeps_its_town();
"""
HEAD = """
CREATE OR REPLACE FUNCTION damage_structure_parents() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_nestloop = on SET enable_hashjoin = off SET enable_mergejoin = off AS $$
"""
PARENTS = (
    ("neighbourhood_id", "municipal_units_neighbourhood"),
    ("facility_id", "municipal_units_facility"),
)


def refusal(column: str, parent: str) -> str:
    return f"""RAISE foreign_key_violation USING
                MESSAGE = 'a row of damage_structure names a row of {parent} that is not there, or not in its municipality',
                CONSTRAINT = 'damage_structure_{column}_same_municipality';"""


def in_one_pass() -> str:
    tests = "".join(
        f"""
        IF shared.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent}
            WHERE id = shared.{column} AND municipality_id = shared.municipality_id) THEN
            {refusal(column, parent)}
        END IF;"""
        for column, parent in PARENTS
    )
    return f"""{HEAD}
    DECLARE
        shared record;
    BEGIN
        FOR shared IN SELECT DISTINCT neighbourhood_id, facility_id, municipality_id FROM new_rows LOOP {tests}
        END LOOP;
        RETURN NULL;
    END $$;
    """


def one_by_one() -> str:
    tests = "".join(
        f"""
        IF EXISTS (SELECT 1 FROM (SELECT DISTINCT {column} AS parent, municipality_id AS town FROM new_rows) AS child
            WHERE parent IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM {parent} WHERE id = parent AND {parent}.municipality_id = town)) THEN
            {refusal(column, parent)}
        END IF;"""
        for column, parent in PARENTS
    )
    return f"{HEAD} BEGIN {tests} RETURN NULL; END $$;"


class Migration(migrations.Migration):
    dependencies = [("damage", "0010_structures_hidden")]

    operations = [RunSQL(KEEPS_ITS_TOWN, UNDONE), RunSQL(in_one_pass(), one_by_one())]
