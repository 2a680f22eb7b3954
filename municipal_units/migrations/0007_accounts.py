"""Invitations, device tokens, access reviews, a town's own safety settings; the cache that counts attempts."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import WEB_ROLE, scoped, unscoped

# Whoever holds an invitation has no account yet, so the town is found from the secret's digest alone.
TOWN_OF_INVITATION = f"""
CREATE FUNCTION municipal_units_town_of_invitation(wanted text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT municipality_id FROM municipal_units_invitation WHERE digest = wanted
$$;
REVOKE EXECUTE ON FUNCTION municipal_units_town_of_invitation(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION municipal_units_town_of_invitation(text) TO {WEB_ROLE};
"""
# As Django's `createcachetable` would; unlogged, because attempts need not survive a crash.
CACHE = """
CREATE UNLOGGED TABLE municipal_units_cache (
    cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
);
CREATE INDEX municipal_units_cache_expires ON municipal_units_cache (expires);
"""
P = "municipal_units_"


class Migration(migrations.Migration):
    dependencies = [
        ("municipal_units", "0006_facility_details"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="municipality",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="municipal_units.municipality",
            ),
        ),
        migrations.CreateModel(
            name="AccessReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("people", models.PositiveIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipal_units.municipality"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=150)),
                ("role", models.CharField(max_length=20)),
                (
                    "neighbourhood_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "services",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, default=list, size=None
                    ),
                ),
                ("access_ends_on", models.DateField(blank=True, null=True)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipal_units.municipality"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SafetySettings",
            fields=[
                (
                    "municipality",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="safety",
                        serialize=False,
                        to="municipal_units.municipality",
                    ),
                ),
                ("conflict_mode", models.BooleanField(default=True)),
                ("review_every_days", models.PositiveSmallIntegerField(default=92)),
                ("grid_m", models.PositiveIntegerField(default=1000)),
                ("hazard_buffer_m", models.PositiveIntegerField(default=200)),
                ("publication_delay_hours", models.PositiveIntegerField(default=72)),
            ],
            options={
                "verbose_name_plural": "safety settings",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("grid_m__gte", 1000)), name="grid_at_least_1_km"),
                    models.CheckConstraint(
                        condition=models.Q(("hazard_buffer_m__gte", 200)), name="buffer_at_least_200_m"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("publication_delay_hours__gte", 72)), name="delay_at_least_72_h"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DisclosureRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("audience", models.CharField(max_length=20)),
                ("threshold", models.PositiveSmallIntegerField()),
                ("base", models.PositiveSmallIntegerField()),
                ("sensitive_threshold", models.PositiveSmallIntegerField()),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="municipal_units.municipality"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("municipality"), models.F("audience"), name="disclosure_rule_once")
                ],
            },
        ),
        RunSQL(CACHE, "DROP TABLE municipal_units_cache;"),
        unscoped(f"{P}cache", rights="SELECT, INSERT, UPDATE, DELETE"),
        RunSQL(TOWN_OF_INVITATION, f"DROP FUNCTION {P}town_of_invitation(text);"),
        scoped(f"{P}invitation", rights="SELECT, INSERT", update="revoked_at, accepted_at, accepted_by_id"),
        scoped(f"{P}accessreview", rights="SELECT, INSERT"),
        scoped(f"{P}safetysettings", rights="SELECT, INSERT, UPDATE"),
        scoped(f"{P}disclosurerule", rights="SELECT, INSERT, UPDATE, DELETE"),
        unscoped("usersessions_usersession", rights="SELECT, INSERT, UPDATE, DELETE"),
    ]
