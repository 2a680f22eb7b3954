"""Works carried out: what was learned is offered and taken over by a person; works in hand keep their periods."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from assessments.actions.planning import change_work_status
from assessments.actions.plans import case_for, make_scenario
from assessments.actions.plans_deciding import (
    approve_plan,
    propose_plan,
    publish_plan,
    record_work,
    replanned,
    verify_work,
)
from assessments.core.works import WorkStatus
from assessments.models import Intervention, Plan, Scenario
from assessments.selectors.case import planning_case
from assessments.selectors.learned import learned_durations
from assessments.selectors.plans import plan_detail
from municipal_units.models import User
from municipal_units.permissions import Actor, scope
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting
from tests.plans.conftest import solved

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def did(by: Actor, code: str, *, began: date, ended: date | None = None, cost: float | None = None) -> Intervention:
    work = Intervention.objects.get(code=code)
    for status in (WorkStatus.SCREENED, WorkStatus.PRIORITISED, WorkStatus.APPROVED):
        if work.status in (WorkStatus.PROPOSED, WorkStatus.SCREENED, WorkStatus.PRIORITISED):
            change_work_status(by=by, work=work, status=status)
    record_work(by=by, work=work, started_on=began, finished_on=ended, actual_cost=cost)
    work.refresh_from_db()
    return work


def test_days_that_works_really_took_are_offered_with_their_number_and_spread(
    town: WorkedTown, ana: User, scenario: Scenario
) -> None:
    """i1 (planned 2 days) took 6, i3 (1 day) took 2: factors 3 and 2 for electricians."""
    by, today = acting(ana), TODAY()
    with scope(by):
        assert learned_durations(town.municipality, actor=by) == []
        did(by, "i1", began=today - timedelta(days=9), ended=today - timedelta(days=4), cost=90)
        did(by, "i3", began=today - timedelta(days=3), ended=today - timedelta(days=2))
        did(by, "i2", began=today)
        (row,) = learned_durations(town.municipality, actor=by)
        assert (row["key"], row["n"], row["factor"], row["low"], row["high"]) == (
            "rehabilitation|electrical", 2, 2.5, 2.0, 3.0,
        )  # fmt: skip
        assert (row["cost_factor"], row["cost_n"], row["works"]) == (1.5, 1, ["i1", "i3"])


def test_a_person_takes_learned_days_over_and_the_next_plan_counts_with_them(
    town: WorkedTown, ana: User, lea: User
) -> None:
    by, today = acting(ana), TODAY()
    with scope(by):
        did(by, "i5", began=today - timedelta(days=5), ended=today - timedelta(days=3))
    client = Client()
    client.force_login(lea, "django.contrib.auth.backends.ModelBackend")
    page = client.get("/m/TK/plans/").content.decode()
    assert re.search(r'name="learned-rehabilitation\|building"\s+value="3"', page)
    assert "one work only" in page
    form = {"do": "scenario", "name": "Learned", "period_days": "1", "learned-rehabilitation|building": "3"}
    assert client.post("/m/TK/plans/", form).status_code == 302
    with scope(by):
        scenario = Scenario.objects.get(name="Learned")
        assert scenario.duration_factors == {"rehabilitation|building": 3}
        case = case_for(scenario, planning_case(town.municipality, as_of=timezone.now()))
        lengths = {Intervention.objects.get(pk=work.id).code: work.duration for work in case.interventions}
    assert lengths == {"i1": 2, "i2": 1, "i3": 1, "i4": 6}
    refused = client.post("/m/TK/plans/", {**form, "name": "B", "learned-rehabilitation|building": "900"})
    assert refused.status_code == 422


def test_planned_again_the_done_is_applied_and_the_work_in_hand_is_held(
    town: WorkedTown, ana: User, lea: User, scenario: Scenario
) -> None:
    """Of {i1, i2} for 100, i2 is done for 50 and verified; i1 (cost 60, 2 days) began yesterday: one day is left.
    The 50 that are left do not pay it, but it has begun, so it is held in the first period for one day."""
    plan, today = solved(scenario), TODAY()
    by, lead = acting(ana), acting(lea)
    with scope(by):
        propose_plan(by=by, plan=plan)
        approve_plan(by=lead, plan=plan, starts_on=today - timedelta(days=2))
        publish_plan(by=lead, plan=plan)
        done = did(by, "i2", began=today - timedelta(days=2), ended=today - timedelta(days=1), cost=50)
        verify_work(by=by, work=done, observed_at=timezone.now())
        in_hand = did(by, "i1", began=today - timedelta(days=1))
        again = replanned(by=by, plan=plan, name="Again")
        assert (again.budget_total, again.under_way) == (60, {str(in_hand.pk): 1.0}), "i1 is paid whatever is left"
        case = case_for(again, planning_case(town.municipality, as_of=timezone.now()))
        held = case.interventions[case.intervention_number[str(in_hand.pk)]]
        assert (held.latest, held.duration, held.mandatory) == (0, 1, True)
        assert str(done.pk) not in case.intervention_number
        works = case.facility_number[str(town.facilities["W1"].pk)]
        assert case.current[works] == pytest.approx(45_000), "what is verified is applied"
    new = solved(again)
    with scope(by):
        rows = {row.intervention.code: row.start_period for row in new.works.filter(chosen=True)}
        assert rows == {"i1": 0}


def test_a_work_in_hand_stays_at_the_beginning_even_where_crews_are_fewer(
    town: WorkedTown, ana: User, scenario: Scenario
) -> None:
    by, today = acting(ana), TODAY()
    with scope(by):
        in_hand = did(by, "i4", began=today - timedelta(days=1))
        asked = make_scenario(
            by=by, municipality=town.municipality, name="Held", budget_total=170, periods=6, period_days=1,
            crews={"building": 0.0, "electrical": 1.0, "pipe": 1.0}, under_way={str(in_hand.pk): 1.0},
        )  # fmt: skip
    plan: Plan = solved(asked)
    with scope(by):
        starts = {row.intervention.code: row.start_period for row in plan.works.filter(chosen=True)}
        assert starts["i4"] == 0, "it has begun, although i5 that it requires has not"
        told = plan_detail(plan, actor=by)
    assert next(work for work in told["works"] if work["code"] == "i4")["begins_on"] == plan.computed_at.date()


def test_a_generator_that_was_seen_covers_its_share_from_then_on(town: WorkedTown, lea: User) -> None:
    """i3 adds 13,500 L/d of backup to a plant of 45,000 that depends on power entirely: a share of 0.3."""
    by, today = acting(lea), TODAY()
    with scope(by):
        work = did(by, "i3", began=today - timedelta(days=1), ended=today)
        verify_work(by=by, work=work, observed_at=timezone.now())
        need = town.facilities["W1"].dependencies.get(service="power")
        assert need.backup_share == pytest.approx(0.3)
        case = planning_case(town.municipality, as_of=timezone.now())
    plant = case.facility_number[str(town.facilities["W1"].pk)]
    assert case.depends_backup[case.depends_ptr[plant]] == pytest.approx(13_500)
