"""Publications: appended by whoever publishes, never changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from crisis.lib.rowsecurity import scoped


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("municipal_units", "0012_unit_and_protection"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Publication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("as_of", models.DateTimeField()),
                ("body", models.JSONField()),
                ("kept", models.JSONField()),
                (
                    "by",
                    models.ForeignKey(
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
            ],
            options={
                "indexes": [models.Index(fields=["municipality", "-as_of"], name="publication_newest")],
            },
        ),
        scoped("crisis_publication", rights="SELECT, INSERT"),
    ]
