"""Teams and progress of visits; how sure the ranking and the plans are."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from crisis.lib.rowsecurity import parent_of_same_municipality, scoped

VISIT, TEAM, MEMBER = "assessments_visit", "assessments_fieldteam", "assessments_fieldteammember"
WALL = [
    *(scoped(table) for table in (TEAM, MEMBER, "assessments_rankingdoubt", "assessments_plandoubt")),
    parent_of_same_municipality(MEMBER, "team_id", TEAM),
    parent_of_same_municipality(VISIT, "team_id", TEAM),
    parent_of_same_municipality("assessments_plandoubt", "plan_id", "assessments_plan"),
    parent_of_same_municipality("assessments_rankingdoubt", "run_id", "assessments_functionalityrun"),
    migrations.RunSQL(
        "UPDATE assessments_visit SET state = 'planned' WHERE state = 'open'",
        "UPDATE assessments_visit SET state = 'open' WHERE state IN ('planned', 'under_way')",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0011_plans_second_wall"),
        ("damage", "0008_parents_in_one_stretch"),
        ("municipal_units", "0013_sensitive_places"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FieldTeamMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.CreateModel(
            name="PlanDoubt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seed", models.PositiveIntegerField(default=1)),
                ("draws", models.PositiveIntegerField()),
                ("stamp", models.CharField(max_length=64)),
                ("gains", models.JSONField(default=list)),
                ("regret", models.FloatField()),
                ("works", models.JSONField(default=list)),
                ("surveys", models.JSONField(default=list)),
                ("seconds", models.FloatField()),
                ("computed_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="RankingDoubt",
            fields=[
                (
                    "municipality",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="municipal_units.municipality",
                    ),
                ),
                ("asked_places", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("seed", models.PositiveIntegerField(default=1)),
                ("draws", models.PositiveIntegerField(default=0)),
                ("first_places", models.PositiveSmallIntegerField(default=0)),
                ("as_of", models.DateTimeField(null=True)),
                ("stamp", models.CharField(blank=True, max_length=64)),
                ("levels", models.JSONField(default=list)),
                ("works", models.JSONField(default=list)),
                ("surveys", models.JSONField(default=list)),
                ("seconds", models.FloatField(null=True)),
                ("computed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="visit",
            name="due_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="visit",
            name="note",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="visit",
            name="said_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="visit",
            name="state",
            field=models.CharField(default="planned", max_length=20),
        ),
        migrations.CreateModel(
            name="FieldTeam",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="field_teams",
                        to="municipal_units.municipality",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="visit",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="visits",
                to="assessments.fieldteam",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(("facility__isnull", True), ("structure__isnull", True), _connector="OR"),
                name="visit_to_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(("assigned_to__isnull", True), ("team__isnull", True), _connector="OR"),
                name="visit_by_person_or_team",
            ),
        ),
        migrations.AddField(
            model_name="fieldteammember",
            name="municipality",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipal_units.municipality"
            ),
        ),
        migrations.AddField(
            model_name="fieldteammember",
            name="team",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="members", to="assessments.fieldteam"
            ),
        ),
        migrations.AddField(
            model_name="fieldteammember",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="plandoubt",
            name="municipality",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipal_units.municipality"
            ),
        ),
        migrations.AddField(
            model_name="plandoubt",
            name="plan",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="doubt", to="assessments.plan"
            ),
        ),
        migrations.AddField(
            model_name="rankingdoubt",
            name="run",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="assessments.functionalityrun",
            ),
        ),
        migrations.AddConstraint(
            model_name="fieldteam",
            constraint=models.UniqueConstraint(models.F("municipality"), models.F("name"), name="field_team_name_once"),
        ),
        migrations.AddConstraint(
            model_name="fieldteammember",
            constraint=models.UniqueConstraint(models.F("team"), models.F("user"), name="field_team_member_once"),
        ),
        *WALL,
    ]
