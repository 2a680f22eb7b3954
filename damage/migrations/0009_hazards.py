"""Hazards with their steps, both walls for them, and the area in which a reader is told that one lies."""

import django.contrib.gis.db.models.fields
import django.contrib.gis.db.models.functions
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import WEB_ROLE, parent_of_same_municipality, scoped

# Metres on the ground are stretched by the projection, more so away from the equator. The own municipality, and where
# there is no conflict every reader the role matrix names, is told the safety distance around the place. The others are
# told the square of a coarse grid with that distance around it, so that the middle of the area says nothing.
AREA = f"""
CREATE FUNCTION damage_hazard_area(place geometry, reach_m integer, town bigint, named boolean) RETURNS geometry
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    stretch double precision := 1 / greatest(cos(radians(ST_Y(ST_Transform(place, 4326)))), 0.2);
    buffer_m double precision := coalesce((SELECT hazard_buffer_m FROM municipal_units_safetysettings
        WHERE municipality_id = town), 200);
    cell double precision := municipal_units_coarse_cell(town, NULL);
BEGIN
    IF municipal_units_own_town(town) OR (named AND cell IS NULL) THEN
        RETURN ST_Buffer(place, (buffer_m + reach_m) * stretch);
    END IF;
    cell := coalesce(cell, 2 * buffer_m * stretch);
    RETURN ST_Expand(ST_SetSRID(ST_MakeEnvelope(
        floor(ST_X(place) / cell) * cell, floor(ST_Y(place) / cell) * cell,
        (floor(ST_X(place) / cell) + 1) * cell, (floor(ST_Y(place) / cell) + 1) * cell), 3857),
        (buffer_m + reach_m) * stretch);
END $$;
GRANT EXECUTE ON FUNCTION damage_hazard_area(geometry, integer, bigint, boolean) TO {WEB_ROLE};
"""
CHILDREN = [
    ("damage_hazard", "neighbourhood_id", "municipal_units_neighbourhood"),
    ("damage_hazardstep", "hazard_id", "damage_hazard"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("damage", "0008_parents_in_one_stretch"),
        ("municipal_units", "0013_sensitive_places"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Hazard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fact_id", models.UUIDField(blank=True, null=True)),
                ("kind", models.CharField(max_length=30)),
                ("status", models.CharField(default="suspected", max_length=30)),
                ("status_on", models.DateField()),
                ("confidence", models.CharField(default="reported", max_length=20)),
                (
                    "geom",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, null=True, spatial_index=False, srid=4326
                    ),
                ),
                (
                    "geom_3857",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.gis.db.models.functions.Transform("geom", 3857),
                        output_field=django.contrib.gis.db.models.fields.PointField(
                            null=True, spatial_index=False, srid=3857
                        ),
                    ),
                ),
                ("reach_m", models.PositiveIntegerField(default=0)),
                ("observed_at", models.DateTimeField()),
                ("received_at", models.DateTimeField(auto_now_add=True)),
                ("blocks_road", models.BooleanField(blank=True, null=True)),
                ("marked", models.BooleanField(blank=True, null=True)),
                ("written_place", models.CharField(blank=True, max_length=200)),
                ("note", models.TextField(blank=True)),
                ("source", models.CharField(blank=True, max_length=200)),
                ("review_state", models.CharField(default="accepted", max_length=20)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hazards",
                        to="municipal_units.municipality",
                    ),
                ),
                (
                    "neighbourhood",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipal_units.neighbourhood",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HazardStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("status", models.CharField(max_length=30)),
                ("on", models.DateField()),
                ("note", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "hazard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="damage.hazard"
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="hazard",
            index=models.Index(fields=["municipality", "status"], name="hazard_status"),
        ),
        migrations.AddConstraint(
            model_name="hazard",
            constraint=models.UniqueConstraint(
                models.F("municipality"),
                models.F("fact_id"),
                condition=models.Q(("fact_id__isnull", False)),
                name="hazard_fact_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="hazard",
            constraint=models.CheckConstraint(
                condition=models.Q(("geom__isnull", False), ("neighbourhood__isnull", False), _connector="OR"),
                name="hazard_is_somewhere",
            ),
        ),
        scoped("damage_hazard", rights="SELECT, INSERT, UPDATE"),
        scoped("damage_hazardstep", rights="SELECT, INSERT"),
        *[parent_of_same_municipality(table, column, parent) for table, column, parent in CHILDREN],
        RunSQL(AREA, "DROP FUNCTION damage_hazard_area(geometry, integer, bigint, boolean);"),
    ]
