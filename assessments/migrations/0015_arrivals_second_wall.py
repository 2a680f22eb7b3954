"""Row-level security and grants for arrival scenarios."""

from django.db import migrations

from crisis.lib.rowsecurity import parent_of_same_municipality, scoped


class Migration(migrations.Migration):
    dependencies = [("assessments", "0014_arrivals")]

    operations = [
        scoped("assessments_arrivalscenario"),
        scoped("assessments_arrivalrow"),
        parent_of_same_municipality(
            "assessments_arrivalrow", "scenario_id", "assessments_arrivalscenario", on_delete="CASCADE"
        ),
        parent_of_same_municipality("assessments_arrivalrow", "neighbourhood_id", "municipal_units_neighbourhood"),
    ]
