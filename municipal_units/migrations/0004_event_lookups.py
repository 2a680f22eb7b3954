"""The newest event of a kind (tiles) and the event of a row (receipts) are found without reading the log."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("municipal_units", "0003_jobs")]

    operations = [
        migrations.AddIndex(
            "event", models.Index(fields=["municipality", "kind", "-seq"], name="event_newest_of_kind")
        ),
        migrations.AddIndex("event", models.Index(fields=["subject_id", "subject_type"], name="event_of_subject")),
    ]
