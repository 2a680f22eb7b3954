"""Row-level security of the people present: sites, movements, households, and who looked at them."""

from django.db import migrations
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import WEB_ROLE, parent_of_same_municipality, scoped

P = "municipal_units_"
REGISTERS = ["site", "estimatepart", "household", "member", "duplicatepair"]
CHILDREN = [
    ("site", "neighbourhood_id", "neighbourhood"),
    ("populationestimate", "site_id", "site"),
    ("estimatepart", "estimate_id", "populationestimate"),
    ("movement", "origin_id", "neighbourhood"),
    ("movement", "destination_id", "neighbourhood"),
    ("household", "neighbourhood_id", "neighbourhood"),
    ("household", "site_id", "site"),
    ("household", "merged_into_id", "household"),
    ("member", "household_id", "household"),
    ("duplicatepair", "first_id", "household"),
    ("duplicatepair", "second_id", "household"),
    ("householdmerge", "kept_id", "household"),
    ("householdmerge", "absorbed_id", "household"),
    ("personaccess", "household_id", "household"),
    ("registercoverage", "neighbourhood_id", "neighbourhood"),
]


# Whoever turns the keys has to enter every municipality, one after the other.
IDS = f"""
CREATE FUNCTION municipal_units_ids() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT id FROM municipal_units_municipality ORDER BY id
$$;
REVOKE EXECUTE ON FUNCTION municipal_units_ids() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION municipal_units_ids() TO {WEB_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("municipal_units", "0010_people")]

    operations = [
        RunSQL(IDS, "DROP FUNCTION municipal_units_ids();"),
        *[scoped(f"{P}{table}") for table in REGISTERS],
        # Facts and traces are appended; what may be added to a row later is named.
        scoped(f"{P}movement", rights="SELECT, INSERT", update="review_state"),
        scoped(f"{P}householdmerge", rights="SELECT, INSERT", update="undone_at, undone_by_id, before"),
        scoped(f"{P}personaccess", rights="SELECT, INSERT"),
        scoped(f"{P}registercoverage", rights="SELECT, INSERT"),
        *[parent_of_same_municipality(f"{P}{t}", column, f"{P}{parent}") for t, column, parent in CHILDREN],
    ]
