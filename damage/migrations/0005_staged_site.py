"""Staged rows say what kind of place they are, as a number among the words of their file."""

from django.db import migrations
from django.db.migrations import RunSQL


class Migration(migrations.Migration):
    dependencies = [("damage", "0004_parents_by_statement")]

    operations = [
        RunSQL(
            "ALTER TABLE damage_staging ADD COLUMN site smallint NOT NULL DEFAULT 0;",
            "ALTER TABLE damage_staging DROP COLUMN site;",
        )
    ]
