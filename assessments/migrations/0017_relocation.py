"""Works for which people have to move, linked to the case that holds their safeguards."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from crisis.lib.rowsecurity import parent_of_same_municipality


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0016_carrying_out"),
        ("municipal_units", "0016_unit_versions"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="intervention",
            name="changed_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="intervention",
            name="removed_delete",
        ),
        migrations.AddField(
            model_name="intervention",
            name="eviction_case",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="municipal_units.evictioncase",
            ),
        ),
        migrations.AddField(
            model_name="intervention",
            name="relocation",
            field=models.CharField(default="none", max_length=12),
        ),
        migrations.AddField(
            model_name="interventionversion",
            name="eviction_case",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="municipal_units.evictioncase",
            ),
        ),
        migrations.AddField(
            model_name="interventionversion",
            name="relocation",
            field=models.CharField(default="none", max_length=12),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="intervention",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "assessments_interventionversion" ("code", "cost", "crew", "crew_units", "currency", "deleted_at", "duration_days", "eviction_case_id", "exclusive_group", "fund", "id", "intervention_type", "municipality_id", "name", "name_ar", "name_fr", "neighbourhood_id", "observed_on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "relocation", "source", "status", "status_reason") VALUES (OLD."code", OLD."cost", OLD."crew", OLD."crew_units", OLD."currency", OLD."deleted_at", OLD."duration_days", OLD."eviction_case_id", OLD."exclusive_group", OLD."fund", OLD."id", OLD."intervention_type", OLD."municipality_id", OLD."name", OLD."name_ar", OLD."name_fr", OLD."neighbourhood_id", OLD."observed_on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'changed\', OLD."id", OLD."phase", OLD."relocation", OLD."source", OLD."status", OLD."status_reason"); RETURN NULL;',
                    hash="57b4a0ce3262676bac3a948824e0e16410c89391",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_9028f",
                    table="assessments_intervention",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="intervention",
            trigger=pgtrigger.compiler.Trigger(
                name="removed_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "assessments_interventionversion" ("code", "cost", "crew", "crew_units", "currency", "deleted_at", "duration_days", "eviction_case_id", "exclusive_group", "fund", "id", "intervention_type", "municipality_id", "name", "name_ar", "name_fr", "neighbourhood_id", "observed_on", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phase", "relocation", "source", "status", "status_reason") VALUES (OLD."code", OLD."cost", OLD."crew", OLD."crew_units", OLD."currency", OLD."deleted_at", OLD."duration_days", OLD."eviction_case_id", OLD."exclusive_group", OLD."fund", OLD."id", OLD."intervention_type", OLD."municipality_id", OLD."name", OLD."name_ar", OLD."name_fr", OLD."neighbourhood_id", OLD."observed_on", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'removed\', OLD."id", OLD."phase", OLD."relocation", OLD."source", OLD."status", OLD."status_reason"); RETURN NULL;',
                    hash="7bde734963d814b60a83fe98185d67daa23b399e",
                    operation="DELETE",
                    pgid="pgtrigger_removed_delete_b9ad7",
                    table="assessments_intervention",
                    when="AFTER",
                ),
            ),
        ),
        parent_of_same_municipality("assessments_intervention", "eviction_case_id", "municipal_units_evictioncase"),
    ]
