"""Row versions are written and read inside the municipality and never changed; deleted facilities are hidden."""

from django.db import migrations
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import hidden_when_deleted, scoped, unscoped

P = "municipal_units_"
VERSIONS = ["neighbourhoodversion", "neighbourhoodboundaryversion", "facilityversion", "dependencyversion"]
VERSIONS += ["catchmentshareversion"]
OF_RECORD = [*VERSIONS, "municipalityversion", "assignmentversion"]


class Migration(migrations.Migration):
    dependencies = [("municipal_units", "0008_row_versions")]

    operations = [
        *[scoped(f"{P}{table}", rights="SELECT, INSERT") for table in VERSIONS],
        scoped(f"{P}municipalityversion", column="id", rights="SELECT, INSERT"),
        # Like assignments themselves, which are read to find out which municipalities somebody may see.
        unscoped(f"{P}assignmentversion", rights="SELECT, INSERT"),
        *[
            RunSQL(
                f"CREATE INDEX {table}_of_record ON {P}{table} (pgh_obj_id, pgh_id)", f"DROP INDEX {table}_of_record"
            )
            for table in OF_RECORD
        ],
        hidden_when_deleted(f"{P}facility"),
    ]
