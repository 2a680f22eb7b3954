"""Row-level security and grants for plans, weights, votes, funds and area plans; answers and versions are frozen."""

from django.db import migrations

from crisis.lib.rowsecurity import parent_of_same_municipality, scoped

FROZEN = "SELECT, INSERT"
CHILDREN = [
    ("assessments_planrun", "scenario_id", "assessments_scenario"),
    ("assessments_plan", "run_id", "assessments_planrun"),
    ("assessments_plan", "scenario_id", "assessments_scenario"),
    ("assessments_plan", "decision_id", "municipal_units_decision"),
    ("assessments_plannedintervention", "plan_id", "assessments_plan"),
    ("assessments_plannedintervention", "intervention_id", "assessments_intervention"),
    ("assessments_workrecord", "intervention_id", "assessments_intervention"),
    ("assessments_communityvote", "intervention_id", "assessments_intervention"),
    ("assessments_weightanswer", "session_id", "assessments_weightsession"),
    ("assessments_funding", "fund_id", "assessments_fund"),
    ("assessments_funding", "intervention_id", "assessments_intervention"),
    ("assessments_areaplan", "neighbourhood_id", "municipal_units_neighbourhood"),
]
RUN_COLUMNS = "state, attempts, progress, message, stop_requested, started_at, finished_at"
PLAN_COLUMNS = (
    "state, replaces_id, proposed_by_id, proposed_at, approved_by_id, approved_at, decision_id, dissent, starts_on, published_at, "
    "withdrawn_reason"
)


class Migration(migrations.Migration):
    dependencies = [("assessments", "0010_plans")]

    operations = [
        scoped("assessments_scenario", rights=FROZEN),
        scoped("assessments_planrun", rights=FROZEN, update=RUN_COLUMNS),
        scoped("assessments_plan", rights=FROZEN, update=PLAN_COLUMNS),
        scoped("assessments_plannedintervention", rights=FROZEN),
        scoped("assessments_workrecord", rights="SELECT, INSERT, UPDATE"),
        scoped("assessments_communityvote"),
        scoped("assessments_weightsession", rights="SELECT, INSERT, UPDATE"),
        scoped("assessments_weightanswer"),
        scoped("assessments_fund", rights="SELECT, INSERT, UPDATE"),
        scoped("assessments_funding"),
        scoped("assessments_areaplan", rights=FROZEN),
        *[parent_of_same_municipality(table, column, parent) for table, column, parent in CHILDREN],
    ]
