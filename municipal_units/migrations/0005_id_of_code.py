"""A command names its municipality by code; to enter that municipality's scope it has to learn the number first."""

from django.db import migrations
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import WEB_ROLE

ID_OF_CODE = f"""
CREATE FUNCTION municipal_units_id_of_code(wanted text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT id FROM municipal_units_municipality WHERE code = wanted
$$;
REVOKE EXECUTE ON FUNCTION municipal_units_id_of_code(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION municipal_units_id_of_code(text) TO {WEB_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("municipal_units", "0004_event_lookups")]

    operations = [RunSQL(ID_OF_CODE, "DROP FUNCTION municipal_units_id_of_code(text);")]
