"""Which visit would change the ranking: equal to ranking everything anew with the input at either end."""

from random import Random
from typing import Any

import numpy as np
import pytest

from assessments.core.case import PlanningCase
from assessments.core.engine import Engine
from assessments.core.ranking import rank
from assessments.core.surveys import Doubt, InputKind, PeopleBounds, known, rank_surveys
from tests.core.cases import Document, adds, case_of, facility, one_place, work, worked
from tests.core.random_cases import random_document


def two_plants(**unknown: Any) -> Document:
    """One of two repairs comes first; whether the second plant needs any is not known."""
    document = one_place(
        facility("P", "power", "A", 100, 50, {"A": 1}), facility("Q", "water", "A", 100, 40, {"A": 1}, **unknown)
    )
    document["interventions"] = [work("power", 10, adds("P", 40)), work("water", 10, adds("Q", 60))]
    return document


def test_a_facility_that_would_change_the_first_place_is_to_be_assessed_first():
    case = case_of(two_plants(status="unknown", capacity_interval=[0, 100]))

    (survey,) = rank_surveys(case, first_places=1)

    assert (survey.doubt.kind, case.facility_ids[survey.doubt.target]) == (InputKind.FACILITY, "Q")
    assert (survey.doubt.low, survey.doubt.high) == (0, 100)
    assert (survey.at_low.enters, survey.at_low.leaves, survey.at_low.moved) == ((), (), 0)
    # If the plant works, its repair (number 1) gains nothing and the other (number 0) comes first.
    assert (survey.at_high.enters, survey.at_high.leaves) == ((0,), (1,))
    assert survey.value == 0.5


def test_a_facility_that_changes_nothing_or_is_known_is_not_listed():
    assert rank_surveys(case_of(two_plants()), first_places=1) == []
    assert rank_surveys(case_of(two_plants(status="estimated", capacity_interval=[38, 42])), first_places=1) == []


def test_an_order_that_changes_within_the_first_places_counts_less_than_a_work_that_enters_them():
    case = case_of(two_plants(status="unknown", capacity_interval=[0, 100]))

    (survey,) = rank_surveys(case, first_places=2)

    assert survey.value == 0
    assert survey.at_high.moved == 2


def test_a_count_of_people_is_worth_a_visit_where_it_decides():
    """Two places, one work each, equal but for the people: A has 1,000 for sure, B 900 to 1,200."""
    document = worked()
    document["neighbourhoods"] = [
        {"id": "A", "population": {"resident": 1000}},
        {"id": "B", "population": {"resident": 990}},
    ]
    document["services"] = [{"id": "water", "weight": 1, "essential": True, "norm": 1}]
    document["facilities"] = [
        facility("WA", "water", "A", 4000, 0, {"A": 1}),
        facility("WB", "water", "B", 4000, 0, {"B": 1}),
    ]
    document["interventions"] = [work("a", 10, adds("WA", 2000)), work("b", 10, adds("WB", 2000))]
    case = case_of(document)
    people = PeopleBounds(np.array([1000.0, 900.0]), np.array([1000.0, 1200.0]))

    (survey,) = rank_surveys(case, first_places=1, people=people)

    assert (survey.doubt.kind, case.neighbourhood_ids[survey.doubt.target]) == (InputKind.PEOPLE, "B")
    assert (survey.at_low.moved, survey.at_high.enters, survey.at_high.leaves) == (0, (1,), (0,))


def listed(case: PlanningCase) -> list[int]:
    """The whole ranking from nothing."""
    return [item.number for item in rank(case, engine=Engine.NUMPY).works]


def by_brute_force(case: PlanningCase, first: int, people: PeopleBounds) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Every facility and every count of the case, ranked anew at both ends of its interval."""
    inputs = [
        Doubt(InputKind.FACILITY, f, float(case.current_lo[f]), float(case.current_hi[f]))
        for f in range(len(case.facility_ids))
    ] + [
        Doubt(InputKind.PEOPLE, n, float(people.lo[n]), float(people.hi[n]))
        for n in range(len(case.neighbourhood_ids))
        if case.people[n] > 0
    ]
    before = listed(case)
    found: dict[tuple[str, int], tuple[Any, ...]] = {}
    for doubt in inputs:
        ends = [listed(known(case, doubt, end)) for end in (doubt.low, doubt.high)]
        replaced = [set(then[:first]) - set(before[:first]) for then in ends]
        differ = any(then[:first] != before[:first] for then in ends)
        if differ:
            found[(doubt.kind, doubt.target)] = (*map(frozenset, replaced), sum(map(len, replaced)) / (2 * first))
    return found


@pytest.mark.parametrize("seed", range(120))
def test_the_list_equals_ranking_everything_anew(seed: int):
    random = Random(seed)
    document = random_document(random, works=random.randint(2, 7))
    for one in document["facilities"]:
        if random.random() < 0.5 and one["current"] is not None:
            one |= {"status": "estimated", "capacity_interval": [0, one["nominal"]]}
    case = case_of(document)
    wide = np.array([random.choice([0.0, 0.3, 0.9]) for _ in case.neighbourhood_ids])
    people = PeopleBounds(case.people * (1 - wide), case.people * (1 + wide))
    first = random.randint(1, min(4, len(case.interventions)))

    surveys = rank_surveys(case, first_places=first, people=people, most=50, engine=Engine.NUMPY)

    told = {
        (it.doubt.kind, it.doubt.target): (frozenset(it.at_low.enters), frozenset(it.at_high.enters), it.value)
        for it in surveys
    }
    everything = by_brute_force(case, first, people)
    # What is observed with a narrow interval is not asked about again; all else must be there, with the same works.
    assert told.items() <= everything.items()
    for key in everything.keys() - told.keys():
        kind, target = key
        assert kind == InputKind.FACILITY
        assert case.current_hi[target] - case.current[target] <= 0.15 * case.current[target]
        assert case.current[target] - case.current_lo[target] <= 0.15 * case.current[target]


def test_the_most_valuable_comes_first_and_the_same_question_gives_the_same_answer():
    random = Random(5)
    document = random_document(random, works=7)
    for one in document["facilities"]:
        one |= {"status": "estimated", "capacity_interval": [0, one["nominal"]], "current": one["nominal"] / 2}
    case = case_of(document)

    one, two = (rank_surveys(case, first_places=2) for _ in range(2))

    assert one == two
    assert [it.value for it in one] == sorted((it.value for it in one), reverse=True)
