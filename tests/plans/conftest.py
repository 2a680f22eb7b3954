"""The worked example as a town in the database, with a scenario of 100."""

import pytest

from assessments.actions.plans import make_scenario, start_run
from assessments.actions.plans_solving import run_plan
from assessments.models import Plan, PlanRun, Scenario
from municipal_units.models import Municipality
from municipal_units.permissions import scope, system_actor
from tests.assessments.worked_town import WorkedTown, build_worked_town


@pytest.fixture
def town(tenkoro: Municipality) -> WorkedTown:
    return build_worked_town(tenkoro)


@pytest.fixture
def scenario(town: WorkedTown) -> Scenario:
    by = system_actor(town.municipality.pk)
    with scope(by):
        return make_scenario(
            by=by, municipality=town.municipality, name="Hundred", budget_total=100, periods=6, period_days=1
        )


def run_of(scenario: Scenario) -> PlanRun:
    by = system_actor(scenario.municipality_id)
    with scope(by):
        return start_run(by=by, scenario=scenario)


def solved(scenario: Scenario) -> Plan:
    """The plan of a scenario, solved as the worker would."""
    run = run_of(scenario)
    run_plan(municipality_id=run.municipality_id, run_id=run.pk)
    with scope(system_actor(run.municipality_id)):
        return Plan.objects.select_related("scenario", "run", "municipality").get(run=run)
