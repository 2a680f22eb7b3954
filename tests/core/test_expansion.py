"""Need against capacity, people expected, and one more facility: numbers of the worked example, done by hand."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from assessments.core.arrivals import EVERYWHERE, Arrival, with_arrivals
from assessments.core.case import PlanningCase
from assessments.core.expansion import (
    NewFacility,
    Verdict,
    by_group,
    capacity_for_all,
    needs_of,
    sites_ranked,
    with_facility,
)
from assessments.core.functionality import evaluate
from tests.core.cases import case_of, worked

WATER, POWER = 1, 0
A, B, C = 0, 1, 2


@pytest.fixture
def case() -> PlanningCase:
    return case_of(worked())


def test_what_is_short_is_told_apart_from_what_is_missing(case: PlanningCase) -> None:
    """As built W1 and W2 would give everybody enough: repair A and C, connect B, build nothing."""
    needs = needs_of(case, evaluate(case), WATER)
    assert_allclose(needs.demand, [20_000, 20_000, 10_000])
    assert_allclose(needs.gets, [8_000, 8_000, 7_000])
    assert_allclose(needs.built, [20_000, 20_000, 10_000])
    assert_allclose(needs.missing, [0, 0, 0], atol=1e-6)
    assert needs.verdict == (Verdict.REPAIR, Verdict.CONNECT, Verdict.REPAIR)


def test_more_displaced_people_make_the_service_too_small(case: PlanningCase) -> None:
    """400 more in B: load of W1 53,000, so as built A gets 45,000 x 20/53, B x 28/53, C x 5/53 and 5,000 of W2."""
    displaced = case.group_ids.index("displaced")
    later = with_people(case, [Arrival(place=B, group=displaced, persons=400)])
    needs = needs_of(later, evaluate(later), WATER)
    assert_allclose(needs.demand, [20_000, 28_000, 10_000])
    assert_allclose(needs.missing, [20_000 - 45_000 * 20 / 53, 28_000 - 45_000 * 28 / 53, 5_000 - 45_000 * 5 / 53])
    assert set(needs.verdict) == {Verdict.EXPAND}


def test_a_lower_target_asks_for_less(case: PlanningCase) -> None:
    needs = needs_of(case, evaluate(case), WATER, target=0.4)
    assert needs.verdict == (Verdict.MET, Verdict.MET, Verdict.MET)
    assert needs_of(case, evaluate(case), WATER, target=0.5).verdict == (Verdict.REPAIR, Verdict.REPAIR, Verdict.MET)


def test_a_share_counts_from_those_who_are_there_and_returnees_were_displaced(case: PlanningCase) -> None:
    resident, displaced, returnee = (case.group_ids.index(name) for name in ("resident", "displaced", "returnee"))
    changed = with_arrivals(
        case.population,
        [
            Arrival(place=EVERYWHERE, group=displaced, share=0.2),
            Arrival(place=C, group=returnee, persons=100, leaving_place=B, leaving_group=displaced),
            Arrival(place=A, group=resident, share=-2.0),
        ],
    )
    assert_allclose(changed[:, displaced], [0, 400 * 1.2 - 100, 0])
    assert changed[C, returnee] == 300
    assert changed[A, resident] == 0, "nobody leaves a place in which nobody is left"


def test_a_new_facility_serves_hosts_and_displaced_of_its_place(case: PlanningCase) -> None:
    """4,000 L for B alone lift its water from 0.4 to 0.6: 120 hosts and 80 displaced people newly served."""
    after_case = with_facility(case, NewFacility(WATER, B, 4_000, np.array([B]), np.array([1.0])))
    before, after = evaluate(case), evaluate(after_case)
    assert_allclose(after.value[:, WATER] - before.value[:, WATER], [0, 0.2, 0], atol=1e-9)
    told = by_group(case, before, after, WATER)
    assert (told["resident"].served, told["displaced"].served) == pytest.approx((120, 80))
    assert told["displaced"].share_after == pytest.approx(0.6)


def test_a_new_pump_gives_no_more_than_its_power(case: PlanningCase) -> None:
    """Power reaches B at 0.4, so a fully dependent pump of 4,000 L gives 1,600."""
    new = NewFacility(WATER, B, 4_000, np.array([B]), np.array([1.0]), ((POWER, 1.0, 0.0),))
    after = evaluate(with_facility(case, new))
    assert after.value[B, WATER] == pytest.approx(0.4 + 1_600 / 20_000)


def test_a_facility_for_all_it_reaches_is_sized_by_the_largest_gap(case: PlanningCase) -> None:
    """A and C share it 2 : 1 by need; C lacks 3,000, so 9,000 are needed although A lacks less than its part."""
    new = NewFacility(WATER, A, 1, np.array([A, C]), np.array([1.0, 1.0]))
    assert capacity_for_all(case, new, np.array([3_000.0, 0.0, 3_000.0])) == pytest.approx(9_000)


def test_the_first_site_closes_most_of_what_is_missing() -> None:
    near = [np.array([1, 0.5, 0.0]), np.array([0.5, 1, 0.0]), np.array([0.0, 0.0, 1.0])]
    sites = sites_ranked(np.array([10.0, 10.0, 12.0]), near)
    assert sites[0] == (0, 15.0)
    assert sites[1] == (2, 12.0)
    assert sites[2] == (1, 5.0)
    assert len(sites) == 3


def with_people(case: PlanningCase, arrivals: list[Arrival]) -> PlanningCase:
    return replace(case, population=with_arrivals(case.population, arrivals))
