"""The unit with its meetings and decisions; tension, incidents and evictions; both walls for all of them."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from crisis.lib.rowsecurity import parent_of_same_municipality, scoped

P = "municipal_units_"
RIGHTS = {
    "municipalunit": "SELECT, INSERT, UPDATE",
    "seat": "SELECT, INSERT, UPDATE",
    "mandate": "SELECT, INSERT, UPDATE",
    "meeting": "SELECT, INSERT, UPDATE",
    "agendaitem": "SELECT, INSERT, UPDATE, DELETE",
    "attendance": "SELECT, INSERT, UPDATE",
    "decision": "SELECT, INSERT, UPDATE",
    "decisionvote": "SELECT, INSERT",
    "decisionlink": "SELECT, INSERT",
    "normproposal": "SELECT, INSERT, UPDATE",
    "unittask": "SELECT, INSERT, UPDATE",
    "tensionrecord": "SELECT, INSERT, UPDATE",
    "tensionincident": "SELECT, INSERT, UPDATE",
    "evictioncase": "SELECT, INSERT, UPDATE",
    "evictionstage": "SELECT, INSERT",
}
CHILDREN = [
    ("seat", "unit_id", "municipalunit"),
    ("mandate", "seat_id", "seat"),
    ("meeting", "unit_id", "municipalunit"),
    ("agendaitem", "meeting_id", "meeting"),
    ("attendance", "meeting_id", "meeting"),
    ("attendance", "seat_id", "seat"),
    ("decision", "unit_id", "municipalunit"),
    ("decision", "meeting_id", "meeting"),
    ("decision", "replaces_id", "decision"),
    ("decisionvote", "decision_id", "decision"),
    ("decisionvote", "seat_id", "seat"),
    ("decisionlink", "decision_id", "decision"),
    ("normproposal", "decision_id", "decision"),
    ("normproposal", "norm_id", "norm"),
    ("unittask", "neighbourhood_id", "neighbourhood"),
    ("tensionrecord", "neighbourhood_id", "neighbourhood"),
    ("tensionincident", "neighbourhood_id", "neighbourhood"),
    ("evictioncase", "neighbourhood_id", "neighbourhood"),
    ("evictionstage", "case_id", "evictioncase"),
]
# What was decided stays as it was decided, whoever asks.
FINAL = """
CREATE FUNCTION municipal_units_decision_is_final() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'A decision is not changed after the vote.' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER decision_is_final BEFORE UPDATE ON municipal_units_decision FOR EACH ROW
    WHEN (OLD.status IN ('adopted', 'rejected')) EXECUTE FUNCTION municipal_units_decision_is_final();
"""
NOT_FINAL = """
DROP TRIGGER decision_is_final ON municipal_units_decision;
DROP FUNCTION municipal_units_decision_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("municipal_units", "0011_people_second_wall"),
    ]

    operations = [
        migrations.CreateModel(
            name="EvictionCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fact_id", models.UUIDField(blank=True, null=True)),
                ("stage", models.CharField(max_length=20)),
                ("stage_on", models.DateField()),
                ("actor_type", models.CharField(default="unknown", max_length=20)),
                ("cause", models.CharField(default="other", max_length=20)),
                ("households", models.PositiveIntegerField()),
                ("women", models.PositiveIntegerField(blank=True, null=True)),
                ("men", models.PositiveIntegerField(blank=True, null=True)),
                ("children", models.PositiveIntegerField(blank=True, null=True)),
                ("displaced_households", models.PositiveIntegerField(blank=True, null=True)),
                ("tenure", models.CharField(default="unknown", max_length=40)),
                ("safeguards", models.JSONField(default=dict)),
                ("notice_days", models.PositiveIntegerField(blank=True, null=True)),
                ("deadline", models.DateField(blank=True, null=True)),
                ("follow_up_due", models.DateField(blank=True, null=True)),
                (
                    "location_fuzzed",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, null=True, spatial_index=False, srid=4326
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("opened_on", models.DateField()),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "neighbourhood",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
        ),
        migrations.CreateModel(
            name="EvictionStage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stage", models.CharField(max_length=20)),
                ("on", models.DateField()),
                ("note", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stages",
                        to="municipal_units.evictioncase",
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Meeting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(blank=True, max_length=200)),
                ("held_at", models.DateTimeField()),
                ("place", models.CharField(blank=True, max_length=200)),
                ("status", models.CharField(default="planned", max_length=20)),
                ("minutes", models.TextField(blank=True)),
                ("minutes_for_partners", models.BooleanField(default=False)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "called_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "closed_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AgendaItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=300)),
                ("minutes", models.TextField(blank=True)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="agenda", to="municipal_units.meeting"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MunicipalUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("founded_on", models.DateField()),
                ("legal_basis", models.CharField(blank=True, max_length=300)),
                ("meets_every_days", models.PositiveIntegerField(default=90)),
                (
                    "municipality",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unit",
                        to="municipal_units.municipality",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="meeting",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="meetings", to="municipal_units.municipalunit"
            ),
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=300)),
                ("text", models.TextField()),
                ("status", models.CharField(default="proposed", max_length=20)),
                ("proposed_at", models.DateTimeField(auto_now_add=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("quorum", models.JSONField(blank=True, null=True)),
                ("dissent", models.TextField(blank=True)),
                ("withdrawn_because", models.CharField(blank=True, max_length=300)),
                (
                    "decided_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="municipal_units.decision",
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="municipal_units.meeting",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="municipal_units.municipalunit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NormProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("service", models.CharField(blank=True, max_length=40)),
                ("key", models.CharField(blank=True, max_length=80)),
                ("unit", models.CharField(blank=True, max_length=60)),
                ("phase", models.CharField(blank=True, max_length=20)),
                ("value", models.FloatField()),
                ("before", models.FloatField(blank=True, null=True)),
                ("valid_from", models.DateField()),
                ("source", models.CharField(max_length=300)),
                ("reason", models.TextField(blank=True)),
                ("status", models.CharField(default="proposed", max_length=20)),
                ("proposed_at", models.DateTimeField(auto_now_add=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("answer", models.TextField(blank=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="norm_proposals",
                        to="municipal_units.decision",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="norm_proposals",
                        to="municipal_units.municipality",
                    ),
                ),
                (
                    "norm",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="municipal_units.norm",
                    ),
                ),
                (
                    "proposed_by",
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
            name="Seat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                ("title", models.CharField(blank=True, max_length=200)),
                ("community", models.CharField(blank=True, max_length=20)),
                ("chairs", models.BooleanField(default=False)),
                ("position", models.PositiveIntegerField(default=0)),
                ("created_on", models.DateField()),
                ("abolished_on", models.DateField(blank=True, null=True)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seats",
                        to="municipal_units.municipalunit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Mandate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("holder", models.CharField(max_length=200)),
                ("woman", models.BooleanField(blank=True, null=True)),
                ("organisation", models.CharField(blank=True, max_length=200)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("ended_because", models.CharField(blank=True, max_length=300)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="mandates", to="municipal_units.seat"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DecisionVote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("vote", models.CharField(max_length=10)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("words", models.TextField(blank=True)),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="votes", to="municipal_units.decision"
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.seat"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("present", models.BooleanField()),
                ("name", models.CharField(blank=True, max_length=200)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "meeting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attendances",
                        to="municipal_units.meeting",
                    ),
                ),
                (
                    "seat",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.seat"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TensionIncident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fact_id", models.UUIDField(blank=True, null=True)),
                ("kind", models.CharField(max_length=40)),
                ("occurred_on", models.DateField()),
                ("lethal", models.BooleanField(default=False)),
                ("verification", models.CharField(default="unverified", max_length=20)),
                ("account", models.TextField(blank=True)),
                ("source", models.CharField(blank=True, max_length=200)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "neighbourhood",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                (
                    "verified_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TensionRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("observed_on", models.DateField()),
                ("values", models.JSONField(default=dict)),
                ("note", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
                (
                    "neighbourhood",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
        ),
        migrations.CreateModel(
            name="UnitTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("because", models.CharField(max_length=40)),
                (
                    "options",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("status", models.CharField(default="open", max_length=20)),
                ("opened_at", models.DateTimeField(auto_now_add=True)),
                ("due_on", models.DateField()),
                ("chosen", models.CharField(blank=True, max_length=40)),
                ("note", models.TextField(blank=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "done_by",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="unit_tasks",
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
            ],
        ),
        migrations.CreateModel(
            name="DecisionLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("reference", models.CharField(max_length=200)),
                ("title", models.CharField(blank=True, max_length=300)),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="municipal_units.decision"
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipal_units.municipality"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("decision"), models.F("kind"), models.F("reference"), name="decision_link_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="evictioncase",
            index=models.Index(fields=["municipality", "neighbourhood", "stage"], name="eviction_stage"),
        ),
        migrations.AddConstraint(
            model_name="evictioncase",
            constraint=models.UniqueConstraint(
                models.F("municipality"), models.F("fact_id"), name="eviction_fact_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="evictioncase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("displaced_households__isnull", True),
                    ("displaced_households__lte", models.F("households")),
                    _connector="OR",
                ),
                name="eviction_displaced_are_part_of_all",
            ),
        ),
        migrations.AddConstraint(
            model_name="agendaitem",
            constraint=models.UniqueConstraint(models.F("meeting"), models.F("position"), name="agenda_position_once"),
        ),
        migrations.AddIndex(
            model_name="meeting",
            index=models.Index(fields=["municipality", "-held_at"], name="meeting_latest"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(models.F("unit"), models.F("number"), name="decision_number_once"),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(
                models.F("unit"), condition=models.Q(("abolished_on", None), ("chairs", True)), name="seat_one_chair"
            ),
        ),
        migrations.AddIndex(
            model_name="mandate",
            index=models.Index(fields=["municipality", "seat", "-starts_on"], name="mandate_latest"),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__isnull", True), ("ends_on__gte", models.F("starts_on")), _connector="OR"),
                name="mandate_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="mandate",
            constraint=models.UniqueConstraint(
                models.F("seat"), condition=models.Q(("ends_on", None)), name="mandate_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="decisionvote",
            constraint=models.UniqueConstraint(models.F("decision"), models.F("seat"), name="vote_once"),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.UniqueConstraint(models.F("meeting"), models.F("seat"), name="attendance_once"),
        ),
        migrations.AddIndex(
            model_name="tensionincident",
            index=models.Index(fields=["municipality", "neighbourhood", "-occurred_on"], name="incident_latest"),
        ),
        migrations.AddConstraint(
            model_name="tensionincident",
            constraint=models.UniqueConstraint(
                models.F("municipality"), models.F("fact_id"), name="incident_fact_once"
            ),
        ),
        migrations.AddIndex(
            model_name="tensionrecord",
            index=models.Index(fields=["municipality", "neighbourhood", "-observed_on"], name="tension_latest"),
        ),
        migrations.AddConstraint(
            model_name="unittask",
            constraint=models.UniqueConstraint(
                models.F("municipality"),
                models.F("neighbourhood"),
                models.F("because"),
                condition=models.Q(("status", "open")),
                name="unit_task_open_once",
            ),
        ),
        *[scoped(f"{P}{table}", rights=rights) for table, rights in RIGHTS.items()],
        *[parent_of_same_municipality(f"{P}{table}", column, f"{P}{parent}") for table, column, parent in CHILDREN],
        migrations.RunSQL(FINAL, NOT_FINAL),
    ]
