"""Seats, mandates, tension, incidents, evictions and proposed norms keep their earlier versions, with both walls."""

import django.contrib.gis.db.models.fields
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models
from django.db.migrations import RunSQL

from crisis.lib.rowsecurity import scoped

P = "municipal_units_"
VERSIONS = ["seatversion", "mandateversion", "tensionrecordversion", "tensionincidentversion", "evictioncaseversion"]
VERSIONS += ["normproposalversion"]


class Migration(migrations.Migration):
    dependencies = [
        ("municipal_units", "0015_safety_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="EvictionCaseVersion",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MandateVersion",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("holder", models.CharField(max_length=200)),
                ("woman", models.BooleanField(blank=True, null=True)),
                ("organisation", models.CharField(blank=True, max_length=200)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField(blank=True, null=True)),
                ("ended_because", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="NormProposalVersion",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SeatVersion",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("code", models.CharField(max_length=40)),
                ("title", models.CharField(blank=True, max_length=200)),
                ("community", models.CharField(blank=True, max_length=20)),
                ("chairs", models.BooleanField(default=False)),
                ("position", models.PositiveIntegerField(default=0)),
                ("created_on", models.DateField()),
                ("abolished_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TensionIncidentVersion",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("fact_id", models.UUIDField(blank=True, null=True)),
                ("kind", models.CharField(max_length=40)),
                ("occurred_on", models.DateField()),
                ("lethal", models.BooleanField(default=False)),
                ("verification", models.CharField(default="unverified", max_length=20)),
                ("account", models.TextField(blank=True)),
                ("source", models.CharField(blank=True, max_length=200)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TensionRecordVersion",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("observed_on", models.DateField()),
                ("values", models.JSONField(default=dict)),
                ("note", models.TextField(blank=True)),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="evictioncase",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "municipal_units_evictioncaseversion" ("actor_type", "cause", "children", "deadline", "displaced_households", "fact_id", "follow_up_due", "households", "id", "location_fuzzed", "men", "municipality_id", "neighbourhood_id", "note", "notice_days", "opened_on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "safeguards", "stage", "stage_on", "tenure", "women") VALUES (OLD."actor_type", OLD."cause", OLD."children", OLD."deadline", OLD."displaced_households", OLD."fact_id", OLD."follow_up_due", OLD."households", OLD."id", OLD."location_fuzzed", OLD."men", OLD."municipality_id", OLD."neighbourhood_id", OLD."note", OLD."notice_days", OLD."opened_on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', OLD."id", OLD."recorded_at", OLD."recorded_by_id", OLD."safeguards", OLD."stage", OLD."stage_on", OLD."tenure", OLD."women"); RETURN NULL;',
                    hash="e65882b8987f2ca91ea5885c608d9c22254cb1cf",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_4f01e",
                    table="municipal_units_evictioncase",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="evictioncase",
            trigger=pgtrigger.compiler.Trigger(
                name="removed_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "municipal_units_evictioncaseversion" ("actor_type", "cause", "children", "deadline", "displaced_households", "fact_id", "follow_up_due", "households", "id", "location_fuzzed", "men", "municipality_id", "neighbourhood_id", "note", "notice_days", "opened_on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "safeguards", "stage", "stage_on", "tenure", "women") VALUES (OLD."actor_type", OLD."cause", OLD."children", OLD."deadline", OLD."displaced_households", OLD."fact_id", OLD."follow_up_due", OLD."households", OLD."id", OLD."location_fuzzed", OLD."men", OLD."municipality_id", OLD."neighbourhood_id", OLD."note", OLD."notice_days", OLD."opened_on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."recorded_at", OLD."recorded_by_id", OLD."safeguards", OLD."stage", OLD."stage_on", OLD."tenure", OLD."women"); RETURN NULL;',
                    hash="c74caa51e31dc5a529907307eef5cf9b73211bf4",
                    operation="DELETE",
                    pgid="pgtrigger_removed_delete_1e352",
                    table="municipal_units_evictioncase",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mandate",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "municipal_units_mandateversion" ("account_id", "ended_because", "ends_on", "holder", "id", "municipality_id", "organisation", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "seat_id", "starts_on", "woman") VALUES (OLD."account_id", OLD."ended_because", OLD."ends_on", OLD."holder", OLD."id", OLD."municipality_id", OLD."organisation", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', OLD."id", OLD."seat_id", OLD."starts_on", OLD."woman"); RETURN NULL;',
                    hash="621fd0b1365affeb65f2973da9833b23122d217a",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_b5b3c",
                    table="municipal_units_mandate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="mandate",
            trigger=pgtrigger.compiler.Trigger(
                name="removed_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "municipal_units_mandateversion" ("account_id", "ended_because", "ends_on", "holder", "id", "municipality_id", "organisation", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "seat_id", "starts_on", "woman") VALUES (OLD."account_id", OLD."ended_because", OLD."ends_on", OLD."holder", OLD."id", OLD."municipality_id", OLD."organisation", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."seat_id", OLD."starts_on", OLD."woman"); RETURN NULL;',
                    hash="ec444d5b8b10773cd7fcae323facf7cb914bd45e",
                    operation="DELETE",
                    pgid="pgtrigger_removed_delete_fdca0",
                    table="municipal_units_mandate",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="normproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "municipal_units_normproposalversion" ("answer", "before", "decided_at", "decided_by_id", "decision_id", "id", "key", "kind", "municipality_id", "norm_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "proposed_at", "proposed_by_id", "reason", "service", "source", "status", "unit", "valid_from", "value") VALUES (OLD."answer", OLD."before", OLD."decided_at", OLD."decided_by_id", OLD."decision_id", OLD."id", OLD."key", OLD."kind", OLD."municipality_id", OLD."norm_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', OLD."id", OLD."phase", OLD."proposed_at", OLD."proposed_by_id", OLD."reason", OLD."service", OLD."source", OLD."status", OLD."unit", OLD."valid_from", OLD."value"); RETURN NULL;',
                    hash="1bb90687d4e5635f62df2cca2a876cded6991f0d",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_8db1a",
                    table="municipal_units_normproposal",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="normproposal",
            trigger=pgtrigger.compiler.Trigger(
                name="removed_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "municipal_units_normproposalversion" ("answer", "before", "decided_at", "decided_by_id", "decision_id", "id", "key", "kind", "municipality_id", "norm_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "proposed_at", "proposed_by_id", "reason", "service", "source", "status", "unit", "valid_from", "value") VALUES (OLD."answer", OLD."before", OLD."decided_at", OLD."decided_by_id", OLD."decision_id", OLD."id", OLD."key", OLD."kind", OLD."municipality_id", OLD."norm_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."phase", OLD."proposed_at", OLD."proposed_by_id", OLD."reason", OLD."service", OLD."source", OLD."status", OLD."unit", OLD."valid_from", OLD."value"); RETURN NULL;',
                    hash="3fb7b2d45e98f877898deebf505b4ec614b8ad7c",
                    operation="DELETE",
                    pgid="pgtrigger_removed_delete_ea849",
                    table="municipal_units_normproposal",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seat",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "municipal_units_seatversion" ("abolished_on", "chairs", "code", "community", "created_on", "id", "municipality_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "title", "unit_id") VALUES (OLD."abolished_on", OLD."chairs", OLD."code", OLD."community", OLD."created_on", OLD."id", OLD."municipality_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', OLD."id", OLD."position", OLD."title", OLD."unit_id"); RETURN NULL;',
                    hash="db1d54938a347bc438c93552c00a6428367f8888",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_9ef41",
                    table="municipal_units_seat",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seat",
            trigger=pgtrigger.compiler.Trigger(
                name="removed_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "municipal_units_seatversion" ("abolished_on", "chairs", "code", "community", "created_on", "id", "municipality_id", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "title", "unit_id") VALUES (OLD."abolished_on", OLD."chairs", OLD."code", OLD."community", OLD."created_on", OLD."id", OLD."municipality_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."position", OLD."title", OLD."unit_id"); RETURN NULL;',
                    hash="8cdd8c6ed8056833fa8caa4a0301076443252c11",
                    operation="DELETE",
                    pgid="pgtrigger_removed_delete_e4fe6",
                    table="municipal_units_seat",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tensionincident",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "municipal_units_tensionincidentversion" ("account", "fact_id", "id", "kind", "lethal", "municipality_id", "neighbourhood_id", "occurred_on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "source", "verification", "verified_by_id") VALUES (OLD."account", OLD."fact_id", OLD."id", OLD."kind", OLD."lethal", OLD."municipality_id", OLD."neighbourhood_id", OLD."occurred_on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', OLD."id", OLD."recorded_at", OLD."recorded_by_id", OLD."source", OLD."verification", OLD."verified_by_id"); RETURN NULL;',
                    hash="614e4fac637b24a41632c7725b9b5c5160bee791",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_f315f",
                    table="municipal_units_tensionincident",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tensionincident",
            trigger=pgtrigger.compiler.Trigger(
                name="removed_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "municipal_units_tensionincidentversion" ("account", "fact_id", "id", "kind", "lethal", "municipality_id", "neighbourhood_id", "occurred_on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "source", "verification", "verified_by_id") VALUES (OLD."account", OLD."fact_id", OLD."id", OLD."kind", OLD."lethal", OLD."municipality_id", OLD."neighbourhood_id", OLD."occurred_on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."recorded_at", OLD."recorded_by_id", OLD."source", OLD."verification", OLD."verified_by_id"); RETURN NULL;',
                    hash="7266a54fa7538958dab37e15be04f78e7b09f396",
                    operation="DELETE",
                    pgid="pgtrigger_removed_delete_68392",
                    table="municipal_units_tensionincident",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tensionrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "municipal_units_tensionrecordversion" ("confirmed_by_id", "id", "municipality_id", "neighbourhood_id", "note", "observed_on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "values") VALUES (OLD."confirmed_by_id", OLD."id", OLD."municipality_id", OLD."neighbourhood_id", OLD."note", OLD."observed_on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', OLD."id", OLD."recorded_at", OLD."recorded_by_id", OLD."values"); RETURN NULL;',
                    hash="613b78197c4d8f051ee1195eb0b23233c45103f7",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_b4936",
                    table="municipal_units_tensionrecord",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="tensionrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="removed_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "municipal_units_tensionrecordversion" ("confirmed_by_id", "id", "municipality_id", "neighbourhood_id", "note", "observed_on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "values") VALUES (OLD."confirmed_by_id", OLD."id", OLD."municipality_id", OLD."neighbourhood_id", OLD."note", OLD."observed_on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."recorded_at", OLD."recorded_by_id", OLD."values"); RETURN NULL;',
                    hash="cc5f3b28d97c8839fad2e683e5c946fc0bf49948",
                    operation="DELETE",
                    pgid="pgtrigger_removed_delete_fda8a",
                    table="municipal_units_tensionrecord",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="evictioncaseversion",
            name="municipality",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.municipality",
            ),
        ),
        migrations.AddField(
            model_name="evictioncaseversion",
            name="neighbourhood",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.neighbourhood",
            ),
        ),
        migrations.AddField(
            model_name="evictioncaseversion",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="versions",
                to="municipal_units.evictioncase",
            ),
        ),
        migrations.AddField(
            model_name="evictioncaseversion",
            name="recorded_by",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="mandateversion",
            name="account",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="mandateversion",
            name="municipality",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.municipality",
            ),
        ),
        migrations.AddField(
            model_name="mandateversion",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="versions",
                to="municipal_units.mandate",
            ),
        ),
        migrations.AddField(
            model_name="mandateversion",
            name="seat",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.seat",
            ),
        ),
        migrations.AddField(
            model_name="normproposalversion",
            name="decided_by",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="normproposalversion",
            name="decision",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.decision",
            ),
        ),
        migrations.AddField(
            model_name="normproposalversion",
            name="municipality",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.municipality",
            ),
        ),
        migrations.AddField(
            model_name="normproposalversion",
            name="norm",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.norm",
            ),
        ),
        migrations.AddField(
            model_name="normproposalversion",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="versions",
                to="municipal_units.normproposal",
            ),
        ),
        migrations.AddField(
            model_name="normproposalversion",
            name="proposed_by",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="seatversion",
            name="municipality",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.municipality",
            ),
        ),
        migrations.AddField(
            model_name="seatversion",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="versions",
                to="municipal_units.seat",
            ),
        ),
        migrations.AddField(
            model_name="seatversion",
            name="unit",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.municipalunit",
            ),
        ),
        migrations.AddField(
            model_name="tensionincidentversion",
            name="municipality",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.municipality",
            ),
        ),
        migrations.AddField(
            model_name="tensionincidentversion",
            name="neighbourhood",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.neighbourhood",
            ),
        ),
        migrations.AddField(
            model_name="tensionincidentversion",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="versions",
                to="municipal_units.tensionincident",
            ),
        ),
        migrations.AddField(
            model_name="tensionincidentversion",
            name="recorded_by",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="tensionincidentversion",
            name="verified_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="tensionrecordversion",
            name="confirmed_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="tensionrecordversion",
            name="municipality",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.municipality",
            ),
        ),
        migrations.AddField(
            model_name="tensionrecordversion",
            name="neighbourhood",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.neighbourhood",
            ),
        ),
        migrations.AddField(
            model_name="tensionrecordversion",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="versions",
                to="municipal_units.tensionrecord",
            ),
        ),
        migrations.AddField(
            model_name="tensionrecordversion",
            name="recorded_by",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        *[scoped(f"{P}{table}", rights="SELECT, INSERT") for table in VERSIONS],
        *[
            RunSQL(
                f"CREATE INDEX {table}_of_record ON {P}{table} (pgh_obj_id, pgh_id)", f"DROP INDEX {table}_of_record"
            )
            for table in VERSIONS
        ],
    ]
