"""The staging table of damage rows: written by COPY, read by the set-based inserts, emptied in the same transaction.

It has no row-level security, because PostgreSQL refuses COPY into a table that has, and it is not logged, because
nothing in it outlives a transaction.
"""

from django.db import migrations
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import WEB_ROLE

STAGING = f"""
CREATE SEQUENCE damage_staging_load;
CREATE UNLOGGED TABLE damage_staging (
    load bigint NOT NULL,
    number integer NOT NULL,
    row_number bigint NOT NULL DEFAULT 0,
    structure_id bigint NOT NULL,
    assessment_id bigint NOT NULL,
    neighbourhood_id bigint NOT NULL DEFAULT 0,
    observed_at timestamptz NOT NULL,
    value smallint NOT NULL,
    written_place integer NOT NULL DEFAULT 0,
    flags smallint NOT NULL,
    geom geometry(Geometry, 4326) NOT NULL,
    feature_key text NOT NULL DEFAULT '',
    fact_id uuid,
    review_reason text NOT NULL DEFAULT '',
    habitability text NOT NULL DEFAULT '',
    occupied_now boolean,
    details jsonb
);
CREATE INDEX damage_staging_of_load ON damage_staging (load);
GRANT SELECT, INSERT, DELETE ON damage_staging TO {WEB_ROLE};
GRANT USAGE ON SEQUENCE damage_staging_load TO {WEB_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("damage", "0002_second_wall")]

    operations = [RunSQL(STAGING, "DROP TABLE damage_staging; DROP SEQUENCE damage_staging_load;")]
