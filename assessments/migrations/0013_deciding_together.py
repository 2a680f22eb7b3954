"""Weights of the unit by meeting, round and seat; votes of assemblies; area plans agreed by decision.

The first tables of weights were never written to, so they are made anew.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q, UniqueConstraint

from crisis.lib.rowsecurity import WEB_ROLE, parent_of_same_municipality, scoped

PROTECT, CASCADE = django.db.models.deletion.PROTECT, django.db.models.deletion.CASCADE
CHILDREN = [
    ("assessments_weightsession", "meeting_id", "municipal_units_meeting"),
    ("assessments_weightsession", "scenario_id", "assessments_scenario"),
    ("assessments_weightanswer", "session_id", "assessments_weightsession"),
    ("assessments_weightanswer", "seat_id", "municipal_units_seat"),
    ("assessments_assemblyvote", "intervention_id", "assessments_intervention"),
    ("assessments_areaplan", "decision_id", "municipal_units_decision"),
]
AGREED = "status, decision_id, agreed_by_id, agreed_at, signatures, dissent"


def someone() -> models.ForeignKey:
    return models.ForeignKey(null=True, on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)


def key() -> models.BigAutoField:
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def link(to: str, *, on_delete=PROTECT, related_name: str = "+", **options) -> models.ForeignKey:
    return models.ForeignKey(on_delete=on_delete, related_name=related_name, to=to, **options)


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0012_visits_and_doubt"),
        ("municipal_units", "0014_needs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.DeleteModel("WeightAnswer"),
        migrations.DeleteModel("WeightSession"),
        migrations.AddField(
            "scenario", "weights_source", models.CharField(blank=True, default="", max_length=300), False
        ),
        migrations.AddField("scenario", "weights_on", models.DateField(blank=True, null=True)),
        migrations.CreateModel(
            name="WeightSession",
            fields=[
                ("id", key()),
                (
                    "services",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
                ("before", models.JSONField(default=dict)),
                ("blind", models.BooleanField(default=True)),
                ("round", models.PositiveIntegerField(default=1)),
                ("state", models.CharField(default="open", max_length=20)),
                ("opened_at", models.DateTimeField(auto_now_add=True)),
                ("agreed", models.JSONField(blank=True, default=dict)),
                ("quorum", models.JSONField(blank=True, null=True)),
                ("dissent", models.TextField(blank=True)),
                ("agreed_at", models.DateTimeField(null=True)),
                (
                    "proposals",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                ("proposed_at", models.DateTimeField(null=True)),
                ("approved_at", models.DateTimeField(null=True)),
                ("dropped_because", models.CharField(blank=True, max_length=300)),
                ("agreed_by", someone()),
                ("approved_by", someone()),
                ("opened_by", someone()),
                ("proposed_by", someone()),
                ("meeting", link("municipal_units.meeting")),
                ("municipality", link("municipal_units.municipality", related_name="weight_sessions")),
                ("scenario", link("assessments.scenario", null=True)),
            ],
        ),
        migrations.CreateModel(
            name="WeightAnswer",
            fields=[
                ("id", key()),
                ("round", models.PositiveIntegerField()),
                ("points", models.JSONField()),
                ("words", models.TextField(blank=True)),
                ("on_shared_screen", models.BooleanField(default=False)),
                ("given_at", models.DateTimeField(auto_now=True)),
                ("given_by", someone()),
                ("municipality", link("municipal_units.municipality")),
                ("seat", link("municipal_units.seat")),
                ("session", link("assessments.weightsession", on_delete=CASCADE, related_name="answers")),
            ],
        ),
        migrations.CreateModel(
            name="AssemblyVote",
            fields=[
                ("id", key()),
                ("assembly", models.CharField(max_length=200)),
                ("held_on", models.DateField()),
                ("group", models.CharField(max_length=20)),
                ("present", models.PositiveIntegerField()),
                ("votes_for", models.PositiveIntegerField()),
                ("votes_against", models.PositiveIntegerField()),
                ("source", models.CharField(blank=True, max_length=300)),
                ("recorded_at", models.DateTimeField(auto_now=True)),
                ("intervention", link("assessments.intervention", related_name="assembly_votes")),
                ("municipality", link("municipal_units.municipality")),
                ("recorded_by", someone()),
            ],
        ),
        migrations.AddField("areaplan", "status", models.CharField(default="draft", max_length=20)),
        migrations.AddField("areaplan", "decision", link("municipal_units.decision", null=True, blank=True)),
        migrations.AddField("areaplan", "agreed_by", someone()),
        migrations.AddField("areaplan", "agreed_at", models.DateTimeField(null=True)),
        migrations.AddField("areaplan", "signatures", models.JSONField(blank=True, default=list)),
        migrations.AddField("areaplan", "dissent", models.TextField(blank=True)),
        migrations.AddConstraint(
            "weightsession",
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")), name="weights_four_eyes"
            ),
        ),
        migrations.AddConstraint(
            "weightsession",
            UniqueConstraint("meeting", condition=Q(state__in=("open", "shown")), name="weighing_one_at_a_time"),
        ),
        migrations.AddConstraint(
            "weightanswer", UniqueConstraint("session", "round", "seat", name="seat_answers_once_a_round")
        ),
        migrations.AddConstraint(
            "assemblyvote",
            UniqueConstraint("intervention", "assembly", "held_on", "group", name="assembly_vote_once"),
        ),
        migrations.AddConstraint(
            "assemblyvote",
            models.CheckConstraint(
                condition=Q(present__gte=F("votes_for") + F("votes_against")), name="votes_of_the_present"
            ),
        ),
        migrations.AddConstraint(
            "areaplan",
            UniqueConstraint("neighbourhood", condition=Q(status="agreed"), name="area_plan_one_agreed"),
        ),
        migrations.AddConstraint(
            "areaplan",
            models.CheckConstraint(
                condition=Q(agreed_by__isnull=True) | ~Q(agreed_by=F("written_by")), name="area_plan_four_eyes"
            ),
        ),
        scoped("assessments_weightsession", rights="SELECT, INSERT, UPDATE"),
        scoped("assessments_weightanswer", rights="SELECT, INSERT, UPDATE"),
        scoped("assessments_assemblyvote"),
        migrations.RunSQL(
            f"GRANT UPDATE ({AGREED}) ON assessments_areaplan TO {WEB_ROLE};",
            f"REVOKE UPDATE ({AGREED}) ON assessments_areaplan FROM {WEB_ROLE};",
        ),
        *[parent_of_same_municipality(table, column, parent) for table, column, parent in CHILDREN],
    ]
