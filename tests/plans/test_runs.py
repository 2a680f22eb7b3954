"""Runs: the golden answer, frozen with its case, the same again from the file; killed workers' runs end once."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from procrastinate.contrib.django.models import ProcrastinateJob

from assessments.actions.plans import case_bytes, make_scenario, start_run, stop_run
from assessments.actions.plans_solving import run_plan
from assessments.jobs import requeue_plans
from assessments.models import Plan, PlanRun, Scenario
from crisis.lib.errors import Invalid, NotAllowed
from municipal_units.models import Event, User
from municipal_units.permissions import scope, system_actor
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting
from tests.plans.conftest import run_of, solved

pytestmark = pytest.mark.django_db


def chosen_codes(plan: Plan) -> list[str]:
    rows = plan.works.filter(chosen=True).select_related("intervention")
    return [row.intervention.code for row in rows]


def test_the_worked_example_gives_its_golden_plan(town: WorkedTown, scenario: Scenario) -> None:
    plan = solved(scenario)
    with scope(system_actor(scenario.municipality_id)):
        assert sorted(chosen_codes(plan)) == ["i1", "i2"]
        assert plan.gain == pytest.approx(1027)
        assert (plan.cost, plan.proof) == (100, "proven")
        assert plan.run.state == "finished"
        assert plan.run.case_sha256
        reasons = {row.intervention.code: row.reason["code"] for row in plan.works.select_related("intervention")}
        assert reasons["i3"] == "covered"
        assert reasons["i4"] == "no_money_left"


def test_the_case_file_of_a_run_gives_the_same_plan_on_the_command_line(
    town: WorkedTown, scenario: Scenario, tmp_path: Path
) -> None:
    plan = solved(scenario)
    with scope(system_actor(scenario.municipality_id)):
        path = tmp_path / "case.json"
        path.write_bytes(case_bytes(plan.run))
        chosen = sorted(plan.works.filter(chosen=True).values_list("intervention_id", flat=True))
    out = StringIO()
    call_command("plan", str(path), stdout=out, stderr=StringIO())
    answer = json.loads(out.getvalue())
    assert sorted(answer["selected"]) == chosen
    assert answer["gain"] == pytest.approx(plan.gain, rel=1e-12)


def test_a_frozen_run_does_not_move_with_the_town(town: WorkedTown, scenario: Scenario) -> None:
    run = run_of(scenario)
    town.status("P1", "fully_functional")
    run_plan(municipality_id=run.municipality_id, run_id=run.pk)
    with scope(system_actor(run.municipality_id)):
        assert Plan.objects.get(run=run).gain == pytest.approx(1027)


def test_a_run_whose_worker_died_is_queued_again_and_ends_once(town: WorkedTown, scenario: Scenario, ana: User) -> None:
    run = run_of(scenario)
    by = system_actor(run.municipality_id)
    with scope(by):
        PlanRun.objects.filter(pk=run.pk).update(state="running", attempts=1)
    jobs = ProcrastinateJob.objects.filter(args__run_id=run.pk)
    jobs.update(status="failed")
    assert requeue_plans() == [run.pk]
    assert requeue_plans() == [], "it waits already"
    assert ProcrastinateJob.objects.filter(args__run_id=run.pk, status="todo").count() == 1
    for _ in range(2):
        run_plan(municipality_id=run.municipality_id, run_id=run.pk)
    with scope(by):
        assert Plan.objects.filter(run=run).count() == 1
        assert Event.objects.filter(kind="plan.computed").count() == 1


def test_a_scenario_under_way_is_not_run_twice_and_can_be_stopped(town: WorkedTown, scenario: Scenario) -> None:
    by = system_actor(scenario.municipality_id)
    run = run_of(scenario)
    assert run_of(scenario).pk == run.pk
    with scope(by):
        assert stop_run(by=by, run=run).stop_requested
    run_plan(municipality_id=run.municipality_id, run_id=run.pk)
    with scope(by):
        assert Plan.objects.get(run=run).gain > 0, "the best so far is kept"


def test_who_may_not_plan_is_refused_and_nonsense_named(
    town: WorkedTown, scenario: Scenario, ben: User, ana: User
) -> None:
    with scope(acting(ben)), pytest.raises(NotAllowed):
        start_run(by=acting(ben), scenario=scenario)
    with scope(acting(ana)), pytest.raises(Invalid) as refused:
        make_scenario(by=acting(ana), municipality=town.municipality, name="x", budget_total=-1.0)
    assert [field.field for field in refused.value.fields] == ["budget_total"]


def test_more_displaced_people_are_planned_for(town: WorkedTown, scenario: Scenario) -> None:
    by = system_actor(scenario.municipality_id)
    with scope(by):
        more = make_scenario(by=by, municipality=town.municipality, name="More", copy_of=scenario, displaced_change=0.2)
    usual, fuller = solved(scenario), solved(more)
    people = [sum(place["people"] for place in plan.outcome["places"]) for plan in (usual, fuller)]
    assert people == [2500, 2580]
