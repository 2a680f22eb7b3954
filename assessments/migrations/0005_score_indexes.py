"""Scores keep the two indexes their readers walk, and no others to mislead a planner without statistics."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0004_follower"),
        ("municipal_units", "0005_id_of_code"),
    ]

    operations = [
        migrations.AlterField(
            model_name="functionalityscore",
            name="facility",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="municipal_units.facility",
            ),
        ),
        migrations.AlterField(
            model_name="functionalityscore",
            name="municipality",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="municipal_units.municipality",
            ),
        ),
        migrations.AlterField(
            model_name="functionalityscore",
            name="neighbourhood",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="scores",
                to="municipal_units.neighbourhood",
            ),
        ),
        migrations.AlterField(
            model_name="functionalityscore",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="scores",
                to="assessments.functionalityrun",
            ),
        ),
    ]
