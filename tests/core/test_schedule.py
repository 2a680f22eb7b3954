"""Works in time: golden areas, plain enumeration of start vectors, crews, prerequisites, budgets by period."""

import dataclasses
import time
from itertools import product
from random import Random

import numpy as np
import pytest

from assessments.core.case import PlanningCase
from assessments.core.planning import schedule as schedule_module
from assessments.core.planning.evaluation import workbench
from assessments.core.planning.list_rule import list_rule, moved_forward, placed
from assessments.core.planning.schedule import Schedule, schedule
from assessments.core.planning.solving import Status
from assessments.core.planning.timeline import Timeline, evaluate_schedule
from assessments.core.planning.towns import realistic_case
from crisis.lib.errors import Invalid
from tests.core.cases import CYCLE, case_of, worked
from tests.core.plan_cases import planning_document


def best(case: PlanningCase, **options) -> Schedule:
    return schedule(case, clock=time.monotonic, **options)


def named(case: PlanningCase, start: dict[int, int]) -> dict[str, int]:
    return {str(case.interventions[work].id): period for work, period in start.items()}


@pytest.mark.parametrize(
    ("budget", "start", "levels", "area"),
    [
        (100, {"i1": 0, "i2": 0}, (937, 937, 1964, 1964, 1964, 1964), 9730),
        (120, {"i1": 0, "i2": 0, "i5": 0}, (937, 937, 2080, 2080, 2080, 2080), 10194),
        (170, {"i1": 0, "i2": 0, "i4": 1, "i5": 0}, (937, 937, 2080, 2395, 2395, 2395), 11139),
    ],
)
def test_the_worked_example_has_the_calendars_of_the_book(budget, start, levels, area):
    case = case_of(worked(budget_total=budget))

    plan = best(case)

    assert named(case, plan.start) == start
    assert plan.value.levels == pytest.approx(levels, rel=1e-12)
    assert plan.value.area == pytest.approx(area, rel=1e-12)
    assert plan.bound == pytest.approx(area, rel=1e-9)
    assert (plan.status, plan.value.broken) == (Status.PROVEN, ())


def test_a_calendar_made_by_hand_is_valued():
    """Ratio order: the generator first, the substation after it."""
    case = case_of(worked(budget_total=170))
    number = case.intervention_number
    hand = {number[name]: start for name, start in {"i3": 0, "i1": 1, "i2": 0, "i5": 0, "i4": 1}.items()}

    value = evaluate_schedule(workbench(case), hand)

    assert value.levels == pytest.approx((937, 1126, 1126, 2395, 2395, 2395))
    assert value.area == pytest.approx(10374)
    assert value.broken == ()


def test_a_calendar_that_cannot_be_carried_out_says_why():
    case = case_of(worked(budget_total=100, budgets_by_period={"total": [60, 40, 0, 0, 0, 0]}))
    number = case.intervention_number

    value = evaluate_schedule(workbench(case), {number["i1"]: 0, number["i3"]: 0, number["i4"]: 5, number["i5"]: 5})

    assert {(broken.code, broken.what) for broken in value.broken} == {
        ("over_budget", "total"), ("crew_over", "electrical"), ("too_late", "i4"), ("before_prerequisite", "i4"),
        ("crew_over", "building"), ("period_budget", "total"),
    }  # fmt: skip


def calendar_case(random: Random) -> PlanningCase:
    document = planning_document(random, works=5)
    document |= {"periods": random.randint(2, 4), "crews": {"pipe": 1}}
    document.pop("soft_floor", None)
    for item in document["interventions"]:
        item["duration"] = random.choice([1, 1, 2])
        item["earliest"] = random.choice([0, 0, 0, 1])
        if random.random() < 0.2:
            item["latest"] = item["earliest"]
    if random.random() < 0.3:
        document["budgets_by_period"] = {"total": [random.choice([0, 10, 60]) for _ in range(document["periods"])]}
    if random.random() < 0.3:
        document["period_days"] = [random.choice([7, 30]) for _ in range(document["periods"])]
    return case_of(document)


def best_by_enumeration(case: PlanningCase) -> float:
    timeline = Timeline(workbench(case))
    choices = [
        [None, *range(timeline.periods - int(timeline.duration[work]) + 1)] for work in range(len(case.interventions))
    ]
    best_area = 0.0
    for starts in product(*choices):
        calendar = {work: start for work, start in enumerate(starts) if start is not None}
        if not timeline.broken(calendar):
            best_area = max(best_area, timeline.area(calendar)[1])
    return best_area


@pytest.mark.parametrize("seed", range(6))
def test_the_calendar_is_as_good_as_the_best_of_all_start_vectors(seed, full):
    for number in range(40 if full else 6):
        case = calendar_case(Random(5000 + 100 * seed + number))

        plan = best(case)

        scale = max(1.0, case.weighted_people.sum())
        assert plan.value.objective == pytest.approx(best_by_enumeration(case), abs=1e-6 * scale), (seed, number)
        assert plan.value.broken == ()
        assert plan.status == Status.PROVEN


def test_a_larger_calendar_is_proven_and_beats_the_list_rule():
    case = realistic_case(np.random.default_rng(1), neighbourhoods=60, works=60, budget_share=0.5, periods=8)

    plan = best(case, gap=0.01, time_s=60)

    listed = list_rule(Timeline(workbench(case)), range(len(case.interventions)))
    assert plan.status == Status.PROVEN
    assert plan.gap <= 0.01 + 1e-9
    assert plan.value.broken == ()
    assert plan.value.objective >= evaluate_schedule(workbench(case), listed).objective - 1e-6


def test_beyond_its_size_the_calendar_is_labelled_as_unproven(monkeypatch):
    monkeypatch.setattr(schedule_module, "LARGEST", 10)
    case = realistic_case(np.random.default_rng(2), neighbourhoods=40, works=60, budget_share=0.4, periods=6)

    plan = best(case, gap=0.001, time_s=30)

    assert plan.status == Status.UNPROVEN
    assert plan.value.broken == ()
    monkeypatch.undo()
    proven = best(case, gap=0.001, time_s=60)
    assert plan.bound >= proven.value.area - 1e-6
    assert plan.value.objective <= proven.value.objective * (1 + 1e-3) + 1e-6


def test_only_the_selected_works_are_used():
    case = case_of(worked(budget_total=170))
    only = [case.intervention_number[name] for name in ("i1", "i5")]

    plan = best(case, only=only)

    assert named(case, plan.start) == {"i1": 0}, "the road alone brings nothing"


def test_a_mandatory_work_is_done_even_if_it_brings_nothing():
    document = worked(budget_total=170)
    document["interventions"][2]["mandatory"] = True
    case = case_of(document)

    plan = best(case)

    assert set(named(case, plan.start)) == {"i1", "i2", "i3", "i4", "i5"}
    assert plan.value.broken == ()
    assert plan.value.area == pytest.approx(11139), "the crew has time for the generator after the substation"


def test_a_mandatory_work_that_takes_too_long_is_refused_by_name():
    document = worked(periods=2)
    document["interventions"][0] |= {"mandatory": True, "duration": 3}

    with pytest.raises(Invalid, match=r"interventions\[i1\].mandatory cannot be kept"):
        best(case_of(document))


def test_mandatory_works_that_fit_into_no_calendar_are_refused_by_name():
    document = worked(budget_total=None, crews={"electrical": 1}, periods=2)
    for item in document["interventions"][:3:2]:
        item |= {"mandatory": True, "duration": 2}

    with pytest.raises(Invalid, match=r"interventions\[i[13]\].mandatory fits into no calendar"):
        best(case_of(document))


def test_a_wrong_number_of_periods_is_refused_by_name():
    with pytest.raises(Invalid, match="period_days must have one number for each of the 6 periods"):
        best(case_of(worked(period_days=[7, 7])))
    with pytest.raises(Invalid, match=r"budgets_by_period.total must have one number for each"):
        best(case_of(worked(budgets_by_period={"total": [7, 7]})))


def test_periods_of_different_length_count_by_their_length():
    case = case_of(worked(budget_total=100, period_days=[10, 10, 10, 30, 30, 30]))

    plan = best(case)

    assert plan.value.area == pytest.approx(937 * 20 + 1964 * 100)


def test_a_case_without_works_has_an_empty_calendar():
    plan = best(case_of(CYCLE))

    assert (plan.start, plan.value.area, plan.status, plan.gap) == ({}, 80, Status.PROVEN, 0)


@pytest.mark.parametrize("seed", range(5))
def test_what_the_quick_rules_place_keeps_every_rule(seed):
    case = realistic_case(np.random.default_rng(seed), neighbourhoods=30, works=60, budget_share=0.3, periods=6)
    case = dataclasses.replace(case, limits=dataclasses.replace(case.limits, budgets_by_period={"total": (400.0,) * 6}))
    timeline = Timeline(workbench(case))
    listed = list_rule(timeline, range(len(case.interventions)))
    late = placed(timeline, timeline.possible.tolist()[::-1])

    for calendar in (listed, moved_forward(timeline, listed), late, moved_forward(timeline, late)):
        assert timeline.broken(calendar) == []
    assert timeline.area(moved_forward(timeline, listed))[1] >= timeline.area(listed)[1] - 1e-9


def test_the_same_case_gives_the_same_calendar():
    case = realistic_case(np.random.default_rng(3), neighbourhoods=30, works=30, budget_share=0.4, periods=5)

    assert best(case).start == best(case).start
