"""Reported needs, with both walls."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from crisis.lib.rowsecurity import parent_of_same_municipality, scoped


class Migration(migrations.Migration):
    dependencies = [
        ("municipal_units", "0013_sensitive_places"),
    ]

    operations = [
        migrations.CreateModel(
            name="NeedReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fact_id", models.UUIDField(blank=True, null=True)),
                ("group", models.CharField(max_length=40)),
                ("individuals", models.PositiveIntegerField()),
                (
                    "needs",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
                ("first_need", models.CharField(max_length=40)),
                ("urgency", models.CharField(max_length=20)),
                ("helped", models.BooleanField(blank=True, null=True)),
                ("helper", models.CharField(blank=True, max_length=200)),
                ("note", models.TextField(blank=True)),
                ("observed_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(auto_now_add=True)),
                ("source", models.CharField(blank=True, max_length=300)),
                ("review_state", models.CharField(default="accepted", max_length=20)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="need_reports",
                        to="municipal_units.municipality",
                    ),
                ),
                (
                    "neighbourhood",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="need_reports",
                        to="municipal_units.neighbourhood",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["municipality", "neighbourhood", "-observed_at"], name="need_latest")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("municipality"),
                        models.F("fact_id"),
                        condition=models.Q(("fact_id__isnull", False)),
                        name="need_fact_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("individuals__gte", 1)), name="need_of_somebody"),
                ],
            },
        ),
        scoped("municipal_units_needreport", rights="SELECT, INSERT, UPDATE"),
        parent_of_same_municipality("municipal_units_needreport", "neighbourhood_id", "municipal_units_neighbourhood"),
    ]
