"""Row-level security and grants for structures and damage."""

from django.db import migrations
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import parent_of_same_municipality, scoped

CHILDREN = [
    ("damage_structure", "neighbourhood_id", "municipal_units_neighbourhood"),
    ("damage_structure", "facility_id", "municipal_units_facility"),
    ("damage_structurereference", "structure_id", "damage_structure"),
    ("damage_structurereference", "product_id", "damage_damageproduct"),
    ("damage_damageassessment", "structure_id", "damage_structure"),
    ("damage_damageassessment", "product_id", "damage_damageproduct"),
    ("damage_damageassessment", "neighbourhood_id", "municipal_units_neighbourhood"),
    ("damage_housingstock", "neighbourhood_id", "municipal_units_neighbourhood"),
]


class Migration(migrations.Migration):
    dependencies = [("damage", "0001_first_width"), ("municipal_units", "0002_second_wall")]

    operations = [
        RunSQL(
            "ALTER TABLE damage_structure ADD CONSTRAINT damage_structure_municipality FOREIGN KEY (municipality_id)"
            " REFERENCES municipal_units_municipality (id) DEFERRABLE INITIALLY DEFERRED;",
            "ALTER TABLE damage_structure DROP CONSTRAINT damage_structure_municipality;",
        ),
        scoped("damage_structure"),
        scoped("damage_damageproduct", rights="SELECT, INSERT, UPDATE"),
        scoped("damage_structurereference", rights="SELECT, INSERT"),
        scoped("damage_damageassessment", rights="SELECT, INSERT", update="review_state, review_reason"),
        scoped("damage_housingstock"),
        *[parent_of_same_municipality(table, column, parent) for table, column, parent in CHILDREN],
    ]
