"""Versions of works are written and read inside the municipality and never changed; deleted works are hidden."""

from django.db import migrations

from crisis.lib.rowsecurity import hidden_when_deleted, scoped

VERSIONS = ["interventionversion", "interventionactionversion", "interventionrequirementversion"]


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0006_row_versions"),
        ("municipal_units", "0009_history_wall"),
    ]

    operations = [
        *[scoped(f"assessments_{table}", rights="SELECT, INSERT") for table in VERSIONS],
        hidden_when_deleted("assessments_intervention"),
    ]
