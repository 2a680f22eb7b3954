"""How often a work stays in the plan, which survey would change it; the same seed gives the same answer."""

import time
from typing import Any

import numpy as np
import pytest

from assessments.core.planning.optimiser import portfolio
from assessments.core.planning.robustness import assess_first, plan_robustness
from assessments.core.planning.towns import realistic_case
from assessments.core.robustness import Band, rank_robustness
from tests.core.cases import Document, adds, case_of, facility, one_place, work, worked


def test_shares_are_of_draws_and_the_same_seed_gives_the_same_shares():
    case = case_of(worked(budget_total=100))
    plan = portfolio(case, clock=time.monotonic)

    one, two = (
        plan_robustness(case, plan.works, random=np.random.default_rng(7), clock=time.monotonic, draws=20)
        for _ in range(2)
    )

    assert one.share.tolist() == two.share.tolist()
    assert one.gains == two.gains
    # The substation is the best thing to do in any world; what to do with the other 40 depends on it.
    assert one.band(case.intervention_number["i1"]) == Band.FIRM
    assert 0 < one.share[case.intervention_number["i2"]] <= 1
    assert one.gains[0] < one.gains[1] < one.gains[2]
    assert 0 <= one.regret < 0.2


def test_another_seed_draws_other_worlds():
    case = case_of(worked(budget_total=100))
    gains = {
        plan_robustness(case, (0, 1), random=np.random.default_rng(seed), clock=time.monotonic, draws=5).gains
        for seed in (1, 2)
    }

    assert len(gains) == 2


def test_rank_bands_of_a_larger_town_hold_all_three():
    case = realistic_case(np.random.default_rng(1), neighbourhoods=60, works=200)

    robust = rank_robustness(case, random=np.random.default_rng(1), draws=40, first_places=10)

    bands = {robust.band(number) for number in range(len(case.interventions))}
    assert {Band.CONTESTED, Band.OUTSIDE} <= bands
    assert bands & {Band.FIRM, Band.LIKELY}


def two_plants(**unknown: Any) -> Document:
    """Money for one of two repairs; whether the second plant needs any is not known."""
    document = one_place(
        facility("P", "power", "A", 100, 50, {"A": 1}), facility("Q", "water", "A", 100, 40, {"A": 1}, **unknown)
    )
    document["interventions"] = [work("power", 10, adds("P", 40)), work("water", 10, adds("Q", 60))]
    return {**document, "budget_total": 10}


def test_a_facility_that_would_change_the_plan_is_to_be_assessed_first():
    case = case_of(two_plants(status="unknown", capacity_interval=[0, 100]))
    plan = portfolio(case, clock=time.monotonic)
    assert [case.interventions[number].id for number in plan.works] == ["water"]

    surveys = assess_first(case, plan.works, clock=time.monotonic)

    assert [case.facility_ids[survey.facility] for survey in surveys] == ["Q"]
    survey = surveys[0]
    assert (survey.enters_low, survey.leaves_low) == ((), ())
    assert (survey.enters_high, survey.leaves_high) == ((0,), (1,))
    # In the good world the water repair brings nothing and the power repair 20 persons' worth: half of it on average.
    assert survey.stake == pytest.approx(10)


def test_a_facility_whose_state_changes_nothing_is_not_listed():
    known = case_of(two_plants())
    assert assess_first(known, (1,), clock=time.monotonic) == []

    narrow = case_of(two_plants(status="estimated", capacity_interval=[38, 42]))
    assert assess_first(narrow, (1,), clock=time.monotonic) == []
