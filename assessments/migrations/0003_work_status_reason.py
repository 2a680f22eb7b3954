"""Works keep why they were suspended, rejected or cancelled."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assessments", "0002_second_wall")]

    operations = [
        migrations.AddField("intervention", "status_reason", models.CharField(blank=True, default="", max_length=300)),
    ]
