"""The web role queues and works on jobs; they carry ids only, so they have no row policy."""

from django.db import migrations
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import WEB_ROLE

TABLES = "procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers"


class Migration(migrations.Migration):
    dependencies = [
        ("municipal_units", "0002_second_wall"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [
        RunSQL(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLES} TO {WEB_ROLE};"
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {WEB_ROLE};",
            f"REVOKE ALL ON {TABLES} FROM {WEB_ROLE};",
        ),
    ]
