"""Field forms, what phones sent, what was kept aside, visits."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from crisis.lib.rowsecurity import parent_of_same_municipality, scoped

CHILDREN = [
    ("assessments_submission", "form_id", "assessments_formdefinition"),
    ("assessments_submission", "neighbourhood_id", "municipal_units_neighbourhood"),
    ("assessments_submissionfact", "submission_id", "assessments_submission"),
    ("assessments_submissionfile", "submission_id", "assessments_submission"),
    ("assessments_submissionfile", "kept_aside_id", "assessments_keptaside"),
    ("assessments_keptaside", "submission_id", "assessments_submission"),
    ("assessments_visit", "neighbourhood_id", "municipal_units_neighbourhood"),
    ("assessments_visit", "facility_id", "municipal_units_facility"),
    ("assessments_visit", "structure_id", "damage_structure"),
    ("assessments_visit", "submission_id", "assessments_submission"),
]
JUDGED = (
    "problems, complete, neighbourhood_id, geom, subject, review_state, review_reason, reviewed_by_id, reviewed_at,"
    " is_current"
)
WALL = [
    scoped("assessments_formdefinition", rights="SELECT, INSERT", update="state"),
    scoped("assessments_submission", rights="SELECT, INSERT", update=JUDGED),
    scoped("assessments_submissionfact", rights="SELECT, INSERT", update="row_id, state, problem"),
    scoped("assessments_keptaside", rights="SELECT, INSERT", update="settled_at, settled_by_id, outcome"),
    scoped("assessments_submissionfile", rights="SELECT, INSERT"),
    scoped("assessments_visit", rights="SELECT, INSERT, UPDATE"),
    *[parent_of_same_municipality(table, column, parent) for table, column, parent in CHILDREN],
]


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0007_history_wall"),
        ("damage", "0006_lighter_writes"),
        ("municipal_units", "0011_people_second_wall"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FormDefinition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("form_id", models.CharField(max_length=200)),
                ("version", models.CharField(blank=True, max_length=200)),
                ("title", models.CharField(max_length=300)),
                ("home", models.CharField(blank=True, max_length=40)),
                ("state", models.CharField(default="open", max_length=20)),
                ("is_standard", models.BooleanField(default=False)),
                ("xform", models.TextField()),
                ("md5", models.CharField(max_length=32)),
                ("definition", models.JSONField()),
                ("published_at", models.DateTimeField(auto_now_add=True)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="forms",
                        to="municipal_units.municipality",
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source_file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipal_units.storedfile",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("form_id_text", models.CharField(max_length=200)),
                ("instance_id", models.CharField(max_length=200)),
                ("xml", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("receipt", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("answers", models.JSONField(default=dict)),
                ("problems", models.JSONField(default=list)),
                (
                    "expected_files",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255), blank=True, default=list, size=None
                    ),
                ),
                ("complete", models.BooleanField(default=True)),
                ("door", models.CharField(max_length=20)),
                ("device", models.CharField(blank=True, max_length=200)),
                ("received_at", models.DateTimeField(auto_now_add=True)),
                ("observed_at", models.DateTimeField(null=True)),
                (
                    "geom",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, null=True, spatial_index=False, srid=4326
                    ),
                ),
                ("accuracy_m", models.FloatField(blank=True, null=True)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("review_state", models.CharField(default="received", max_length=20)),
                ("review_reason", models.TextField(blank=True)),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("is_current", models.BooleanField(default=True)),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="assessments.formdefinition",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
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
                    "replaces",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="assessments.submission",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KeptAside",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("form_id_text", models.CharField(blank=True, max_length=200)),
                ("version", models.CharField(blank=True, max_length=200)),
                ("instance_id", models.CharField(max_length=200)),
                ("replaces_id", models.CharField(blank=True, max_length=200)),
                ("content", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("reason", models.CharField(max_length=30)),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("receipt", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("door", models.CharField(max_length=20)),
                ("device", models.CharField(blank=True, max_length=200)),
                ("received_at", models.DateTimeField(auto_now_add=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.CharField(blank=True, max_length=20)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="variants",
                        to="assessments.submission",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "kept aside",
            },
        ),
        migrations.CreateModel(
            name="SubmissionFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=40)),
                ("fact_id", models.UUIDField()),
                ("row_id", models.BigIntegerField(null=True)),
                ("state", models.CharField(max_length=20)),
                ("problem", models.TextField(blank=True)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="facts", to="assessments.submission"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SubmissionFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("content_type", models.CharField(blank=True, max_length=100)),
                ("received_at", models.DateTimeField(auto_now_add=True)),
                (
                    "kept_aside",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="assessments.keptaside",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="assessments.submission",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "geom",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, null=True, spatial_index=False, srid=4326
                    ),
                ),
                ("form_id_text", models.CharField(max_length=200)),
                ("origin", models.CharField(default="chosen", max_length=20)),
                ("value", models.FloatField(blank=True, null=True)),
                ("state", models.CharField(default="open", max_length=20)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assigned_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipal_units.facility",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
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
                    "structure",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="damage.structure",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="assessments.submission",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="formdefinition",
            constraint=models.UniqueConstraint(
                models.F("municipality"), models.F("form_id"), models.F("version"), name="form_version_once"
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(fields=["municipality", "review_state", "-received_at"], name="submission_to_review"),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(fields=["municipality", "submitted_by", "-received_at"], name="submission_of_person"),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.UniqueConstraint(
                models.F("municipality"), models.F("form_id_text"), models.F("instance_id"), name="submission_once"
            ),
        ),
        migrations.AddIndex(
            model_name="keptaside",
            index=models.Index(
                condition=models.Q(("settled_at", None)),
                fields=["municipality", "-received_at"],
                name="kept_aside_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="keptaside",
            constraint=models.UniqueConstraint(
                models.F("municipality"),
                models.F("form_id_text"),
                models.F("instance_id"),
                models.F("sha256"),
                models.F("reason"),
                name="kept_aside_once",
            ),
        ),
        migrations.AddIndex(
            model_name="submissionfact",
            index=models.Index(fields=["municipality", "kind", "row_id"], name="submission_fact_row"),
        ),
        migrations.AddConstraint(
            model_name="submissionfact",
            constraint=models.UniqueConstraint(
                models.F("submission"), models.F("path"), models.F("kind"), name="submission_fact_once"
            ),
        ),
        migrations.AddIndex(
            model_name="submissionfile",
            index=models.Index(fields=["municipality", "sha256"], name="submission_file_hash"),
        ),
        migrations.AddConstraint(
            model_name="submissionfile",
            constraint=models.UniqueConstraint(
                models.F("submission"),
                models.F("name"),
                condition=models.Q(("submission__isnull", False)),
                name="submission_file_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="submissionfile",
            constraint=models.UniqueConstraint(
                models.F("kept_aside"),
                models.F("name"),
                models.F("sha256"),
                condition=models.Q(("kept_aside__isnull", False)),
                name="kept_file_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="submissionfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kept_aside__isnull", True), ("submission__isnull", False)),
                    models.Q(("kept_aside__isnull", False), ("submission__isnull", True)),
                    _connector="OR",
                ),
                name="file_has_one_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(fields=["municipality", "state", "assigned_to"], name="visit_of_person"),
        ),
        *WALL,
    ]
