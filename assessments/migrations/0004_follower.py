"""Scores say which facility limits and when that was seen; the follower may learn which municipalities there are."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import WEB_ROLE, parent_of_same_municipality

# The follower works as the web role, which sees no municipality without a scope. It learns numbers only.
FOLLOWED = f"""
CREATE FUNCTION assessments_followed()
RETURNS TABLE (municipality_id bigint, seq bigint, computed_seq bigint, computed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT counter.municipality_id, counter.seq, coalesce(c.seq, 0), c.computed_at
    FROM municipal_units_eventcounter counter
    LEFT JOIN assessments_functionalitycursor c ON c.municipality_id = counter.municipality_id
    ORDER BY counter.municipality_id
$$;
REVOKE EXECUTE ON FUNCTION assessments_followed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION assessments_followed() TO {WEB_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("assessments", "0003_work_status_reason"), ("municipal_units", "0002_second_wall")]

    operations = [
        migrations.AddField(
            "functionalityscore",
            "facility",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="municipal_units.facility",
            ),
        ),
        migrations.AddField("functionalityscore", "observed_at", models.DateTimeField(null=True)),
        parent_of_same_municipality("assessments_functionalityscore", "facility_id", "municipal_units_facility"),
        RunSQL(FOLLOWED, "DROP FUNCTION assessments_followed();"),
    ]
