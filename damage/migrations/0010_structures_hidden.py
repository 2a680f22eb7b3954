"""Structures of an import that was taken back are seen nowhere."""

from django.db import migrations, models

from crisis.lib.rowsecurity import hidden_when_deleted


class Migration(migrations.Migration):
    dependencies = [("damage", "0009_hazards")]

    operations = [
        migrations.AddField(
            model_name="structure",
            name="deleted_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        hidden_when_deleted("damage_structure"),
    ]
