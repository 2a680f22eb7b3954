"""What phones say they hold."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from crisis.lib.rowsecurity import scoped


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0008_field_forms"),
        ("municipal_units", "0011_people_second_wall"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FieldHolding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("device", models.CharField(max_length=100)),
                ("instance_id", models.CharField(max_length=200)),
                ("form_id_text", models.CharField(blank=True, max_length=200)),
                ("title", models.CharField(blank=True, max_length=200)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("state", models.CharField(max_length=20)),
                ("changed_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(auto_now=True)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("municipality"),
                        models.F("user"),
                        models.F("device"),
                        models.F("instance_id"),
                        name="field_holding_once",
                    )
                ],
            },
        ),
        scoped("assessments_fieldholding", rights="SELECT, INSERT, UPDATE, DELETE"),
    ]
