"""Row-level security and grants for scores and works."""

from django.db import migrations

from crisis.lib.rowsecurity import parent_of_same_municipality, scoped

CHILDREN = [
    ("assessments_functionalityscore", "run_id", "assessments_functionalityrun"),
    ("assessments_functionalityscore", "neighbourhood_id", "municipal_units_neighbourhood"),
    ("assessments_intervention", "neighbourhood_id", "municipal_units_neighbourhood"),
    ("assessments_interventionrequirement", "intervention_id", "assessments_intervention"),
    ("assessments_interventionrequirement", "required_id", "assessments_intervention"),
    ("assessments_interventionaction", "intervention_id", "assessments_intervention"),
    ("assessments_interventionaction", "facility_id", "municipal_units_facility"),
    ("assessments_interventionaction", "neighbourhood_id", "municipal_units_neighbourhood"),
]


class Migration(migrations.Migration):
    dependencies = [("assessments", "0001_first_width"), ("damage", "0002_second_wall")]

    operations = [
        scoped("assessments_functionalitycursor", rights="SELECT, INSERT, UPDATE"),
        scoped("assessments_functionalityrun", rights="SELECT, INSERT"),
        scoped("assessments_functionalityscore", rights="SELECT, INSERT"),
        scoped("assessments_intervention"),
        scoped("assessments_interventionrequirement"),
        scoped("assessments_interventionaction"),
        *[parent_of_same_municipality(table, column, parent) for table, column, parent in CHILDREN],
    ]
