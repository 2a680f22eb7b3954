"""Every edge case of functionality.md 9 that needs no optimiser."""

import math

import pytest

from assessments.core.answers import functionality_answer
from assessments.core.functionality import evaluate
from crisis.lib.errors import Invalid
from tests.core.cases import Document, case_of, facility, one_place

POWER, WATER = 0, 1


def two_places(*facilities: Document, a: Document | None = None, b: Document | None = None) -> Document:
    """A (emptied unless said otherwise) and B (100 persons), power and water, one unit per person."""
    return {
        **one_place(*facilities),
        "neighbourhoods": [
            {"id": "A", "population": {"resident": 0}, **(a or {})},
            {"id": "B", "population": {"resident": 100}, **(b or {})},
        ],
    }


def test_an_emptied_place_weighs_nothing_and_says_so():
    document = two_places(facility("P", "power", "B", 100, 50, {"A": 1, "B": 1}))
    result = evaluate(case_of(document))
    answer = functionality_answer(case_of(document))

    assert answer["reasons"]["A"] == {"power": "no_demand", "water": "no_demand"}
    assert result.index[0] == 1
    assert result.person_functionality == pytest.approx(100 * 0.25)
    assert result.city == pytest.approx(0.25)


def test_a_town_without_anybody_has_no_figure():
    answer = functionality_answer(case_of(one_place(facility("P", "power", "A", 10, 10, {"A": 1}), people=0)))

    assert answer["city"] is None
    assert answer["person_functionality"] == 0


def test_an_emptied_place_shows_what_those_who_come_back_would_find():
    """Measured against what the facility gives: 50 units for 100 + 60 persons."""
    document = two_places(facility("P", "power", "B", 100, 50, {"A": 1, "B": 1}), a={"return_population": 60})
    result = evaluate(case_of(document))

    assert result.value[0, POWER] == pytest.approx(50 / 160)
    assert result.demand[0, POWER] == 60
    assert result.value[1, POWER] == pytest.approx(0.5)
    assert result.reasons.code(result.case, POWER) == "own_capacity:P"
    assert result.index[0] == pytest.approx(50 / 160 / 2)
    assert result.person_functionality == pytest.approx(25)


def test_a_plant_in_an_emptied_place_still_needs_its_power():
    """Nobody in A needs power; what reaches A runs the plant there: 40 units for a load of 100."""
    document = two_places(
        facility("P", "power", "B", 100, 40, {"A": 1, "B": 1}),
        facility("W", "water", "A", 100, 100, {"B": 1}, depends={"power": 1}),
    )
    result = evaluate(case_of(document))

    assert result.value[1, WATER] == pytest.approx(0.4)


def test_a_facility_that_reaches_nobody_is_idle_and_divides_by_nothing():
    result = evaluate(case_of(two_places(facility("P", "power", "A", 100, 40, {"A": 1}))))

    assert result.value[0, POWER] == 0
    assert result.reasons.code(result.case, POWER) == "no_demand"
    assert not math.isnan(result.city)


def test_no_provider_is_zero_and_unknown_is_neither_zero_nor_one():
    document = two_places(facility("P", "power", "B", 100, 100, {"B": 1}), a={"unknown": ["water"], "population": 50})
    result = evaluate(case_of(document))
    answer = functionality_answer(case_of(document))

    assert answer["functionality"]["A"] == {"power": 0, "water": None}
    assert answer["reasons"] == {
        "A": {"power": "no_provider", "water": "unknown"},
        "B": {"power": "demand_met", "water": "no_provider"},
    }
    assert (result.lo[0, WATER], result.hi[0, WATER]) == (0, 1)


def test_what_is_unknown_enters_the_index_only_as_an_interval():
    """A: power 1, water unknown: the point rests on power; the interval holds both ends of water."""
    document = two_places(
        facility("P", "power", "B", 200, 200, {"A": 1, "B": 1}, capacity_interval=[200, 200]),
        facility("W", "water", "B", 100, 100, {"B": 1}, capacity_interval=[100, 100]),
        a={"unknown": ["water"], "population": 100},
    )
    result = evaluate(case_of(document))

    assert result.index[0] == 1
    assert (result.index_lo[0], result.index_hi[0]) == (0.5, 1)
    assert result.city == 1
    assert result.city_interval == (0.75, 1)


def test_a_place_where_nothing_is_known_has_no_index():
    document = one_place(facility("P", "power", "A", 10, 10, {}))
    document["neighbourhoods"] = [{"id": "A", "population": 10, "unknown": ["power", "water"]}]
    answer = functionality_answer(case_of(document))

    assert answer["index"] == {"A": None}
    assert answer["city"] is None
    assert evaluate(case_of(document)).city_interval == (0, 1)


def test_capacity_above_the_nominal_and_reach_above_one_are_clipped_with_a_warning():
    document = one_place(facility("P", "power", "A", 100, 150, {"A": 1}))
    document["neighbourhoods"][0]["local"] = {"power": 1.2}
    case = case_of(document)

    assert case.current[0] == 100
    assert case.reach[0, POWER] == 1
    assert {(warning.code, warning.field) for warning in case.warnings} == {
        ("capacity_clipped", "facilities[P].current"),
        ("reach_clipped", "reach[A, power].share"),
    }


def test_a_self_dependent_facility_keeps_running_and_could_not_start():
    document = one_place(facility("P", "power", "A", 100, 70, {"A": 1}, depends={"power": 1}))
    answer = functionality_answer(case_of(document))

    assert answer["functionality"]["A"]["power"] == pytest.approx(0.7)
    assert answer["black_start_risk"] == [{"n": "A", "s": "power", "greatest": pytest.approx(0.7), "least": 0}]


def test_a_cycle_that_never_settles_is_reported():
    """Each round loses one thousandth: after 1,000 sweeps it still moves."""
    document = one_place(
        facility("P", "power", "A", 100, 100, {"A": 1}, depends={"water": 1}),
        facility("W", "water", "A", 100, 100, {"A": 1}, depends={"power": 1}),
        people=100.05,
    )
    result = evaluate(case_of(document))

    assert result.sweeps == 1000
    assert not result.converged
    assert "not_converged" in {warning.code for warning in result.warnings}


def test_a_support_that_nobody_brings_is_missing_where_people_need_it():
    result = evaluate(case_of(one_place(facility("W", "water", "A", 100, 100, {"A": 1}, depends={"power": 0.8}))))

    assert result.value[0, WATER] == pytest.approx(0.2)
    assert result.reasons.code(result.case, WATER) == "support:power"


def test_a_support_that_nobody_brings_or_needs_is_a_gap_in_the_data():
    document = two_places(facility("W", "water", "A", 100, 100, {"B": 1}, depends={"power": 0.8}))
    result = evaluate(case_of(document))

    assert result.value[1, WATER] == 1
    assert [(w.code, w.field) for w in result.warnings] == [("support_gap", "facilities[W].depends.power")]


def test_a_support_without_data_does_not_limit_the_point_but_the_low_end():
    document = one_place(facility("W", "water", "A", 100, 100, {"A": 1}, depends={"power": 0.8}))
    document["neighbourhoods"][0]["unknown"] = ["power"]
    result = evaluate(case_of(document))

    assert result.value[0, WATER] == 1
    assert result.lo[0, WATER] == pytest.approx(0.2)
    assert "support_gap" in {warning.code for warning in result.warnings}


def test_a_facility_outside_every_neighbourhood_counts_as_supplied():
    document = one_place(facility("W", "water", None, 100, 100, {"A": 1}, depends={"power": 1}))

    assert evaluate(case_of(document)).value[0, WATER] == 1


def test_surplus_is_not_passed_on():
    document = two_places(
        facility("P", "power", "B", 500, 500, {"A": 1, "B": 1}), facility("Q", "power", "B", 100, 100, {"B": 1}),
        a={"population": 400},
    )  # fmt: skip
    result = evaluate(case_of(document))

    assert result.value[:, POWER] == pytest.approx([1, 1])
    assert result.supply[1, POWER] == pytest.approx(200)


def test_without_an_essential_service_the_weakest_is_not_looked_at():
    document = one_place(facility("P", "power", "A", 100, 100, {"A": 1}), beta=0.3)
    document["services"] = [{**service, "essential": False} for service in document["services"]]

    assert evaluate(case_of(document)).index[0] == pytest.approx(0.5)


def test_a_service_nobody_needs_counts_as_met():
    document = one_place(facility("P", "power", "A", 100, 30, {"A": 1}), beta=0.3)
    document["services"][1]["norm"] = 0

    assert evaluate(case_of(document)).index[0] == pytest.approx(0.7 * (0.5 * 0.3 + 0.5) + 0.3 * 0.3)


def test_equal_bounds_are_told_apart_in_the_order_of_the_words_and_of_the_ids():
    document = one_place(
        facility("P9", "power", "A", 100, 40, {"A": 1}, depends={"water": 0.1}),
        facility("P1", "power", "A", 100, 40, {"A": 1}),
        facility("W", "water", "A", 100, 40, {"A": 1}),
        people=200,
    )
    result = evaluate(case_of({**document, "facilities": document["facilities"][::-1]}))

    assert result.reasons.code(result.case, POWER) == "own_capacity:P1"


def test_the_geometric_view_floors_a_missing_service():
    result = evaluate(case_of(one_place(facility("P", "power", "A", 100, 64, {"A": 1}))))

    assert result.geometric[0] == pytest.approx(math.sqrt(0.64 * 0.01))


def test_groups_have_their_own_index():
    document = two_places(
        facility("P", "power", "A", 100, 50, {"A": 1}), facility("W", "water", "A", 100, 50, {"A": 1}),
        a={"population": {"resident": 25, "displaced": 75}}, b={"population": {"resident": 100}},
    )  # fmt: skip
    groups = evaluate(case_of(document)).groups

    assert groups == pytest.approx({"resident": 25 * 0.5 / 125, "displaced": 0.5})


def test_very_small_and_very_large_numbers_stay_numbers():
    """A demand near nothing still divides, a capacity far above it is still met; beyond that a value is refused."""
    document = two_places(
        facility("P", "power", "A", 1e18, 1e18, {"A": 1, "B": 1}), facility("W", "water", "A", 1e-12, 0, {"B": 1}),
        a={"demand": {"power": 1e-120}}, b={"population": 1e-9},
    )  # fmt: skip
    answer = functionality_answer(case_of(document))

    assert answer["functionality"]["B"] == {"power": 1, "water": 0}
    assert answer["city"] == pytest.approx(0.5)
    with pytest.raises(Invalid, match="population must be a finite number"):
        case_of(two_places(b={"population": 1e300}))


def test_ready_for_return_needs_every_essential_service_and_no_unknown():
    ready = [facility("P", "power", "A", 100, 60, {"A": 1}), facility("W", "water", "A", 100, 90, {"A": 1})]
    unsure = one_place(*ready)
    unsure["neighbourhoods"][0]["unknown"] = ["water"]

    assert evaluate(case_of(one_place(*ready))).ready_for_return[0]
    assert not evaluate(case_of(one_place(ready[0]))).ready_for_return[0]
    assert not evaluate(case_of(unsure)).ready_for_return[0]
