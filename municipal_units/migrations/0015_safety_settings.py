"""Safety settings that two people change, with both walls; a town may publish every week by itself."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from crisis.lib.rowsecurity import scoped


class Migration(migrations.Migration):
    dependencies = [
        ("municipal_units", "0014_needs"),
    ]

    operations = [
        migrations.AddField(
            model_name="safetysettings",
            name="publish_weekly",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="SafetyProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("values", models.JSONField()),
                ("before", models.JSONField()),
                ("reason", models.TextField()),
                ("status", models.CharField(default="proposed", max_length=20)),
                ("proposed_at", models.DateTimeField(auto_now_add=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        scoped("municipal_units_safetyproposal", rights="SELECT, INSERT", update="status, decided_at, decided_by_id"),
    ]
