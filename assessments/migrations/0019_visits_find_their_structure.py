"""A visit's structure is of the visit's town: looked up by its number, so that structures need no index for the pair."""

from django.db import migrations
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import parent_of_same_municipality

PAIR = parent_of_same_municipality("assessments_visit", "structure_id", "damage_structure")
LOOKED_UP = """
CREATE FUNCTION assessments_visit_structure() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM damage_structure
        WHERE id = NEW.structure_id AND municipality_id = NEW.municipality_id) THEN
        RAISE foreign_key_violation USING
            MESSAGE = 'a visit names a structure that is not there, or not in its municipality',
            CONSTRAINT = 'assessments_visit_structure_id_same_municipality';
    END IF;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION assessments_visit_structure() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER structure_of_same_municipality AFTER INSERT OR UPDATE ON assessments_visit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.structure_id IS NOT NULL)
    EXECUTE FUNCTION assessments_visit_structure();
"""
UNDONE = """
DROP TRIGGER structure_of_same_municipality ON assessments_visit;
DROP FUNCTION assessments_visit_structure();
"""


class Migration(migrations.Migration):
    dependencies = [("assessments", "0018_explained_holdings"), ("damage", "0011_one_number_fewer")]

    operations = [
        RunSQL(LOOKED_UP, UNDONE),
        RunSQL(PAIR.reverse_sql, PAIR.sql),
        RunSQL("ALTER TABLE damage_structure DROP CONSTRAINT damage_structure_id_municipality;", RunSQL.noop),
    ]
