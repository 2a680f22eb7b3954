"""The worked example, complementarity and cycle of functionality.md 7, with the numbers worked out there by hand."""

import json

import pytest

from assessments.core.answers import functionality_answer
from assessments.core.document import load_case, read_case
from assessments.core.document_writing import case_document
from assessments.core.functionality import evaluate
from crisis.lib.errors import Invalid
from tests.core.cases import COMPLEMENTARITY, CYCLE, WORKED, case_of, worked


def test_the_baseline_is_the_one_worked_out_by_hand():
    answer = functionality_answer(case_of(WORKED))

    assert answer["functionality"]["A"] == pytest.approx({"power": 0.4, "water": 0.4, "health": 0.2})
    assert answer["functionality"]["B"] == pytest.approx({"power": 0.4, "water": 0.4, "health": 0.2})
    assert answer["functionality"]["C"] == pytest.approx({"power": 0.4, "water": 0.7, "health": 0.2})
    assert answer["index"] == pytest.approx({"A": 0.358, "B": 0.358, "C": 0.442})
    assert answer["person_functionality"] == pytest.approx(937)
    assert answer["city"] == pytest.approx(0.3748)
    assert answer["black_start_risk"] == []
    assert answer["reasons"]["A"] == {"power": "own_capacity:P1", "water": "support:power", "health": "own_capacity:H1"}


def test_it_settles_in_three_sweeps():
    assert evaluate(case_of(WORKED)).sweeps == 3


@pytest.mark.parametrize(
    ("works", "expected"),
    [
        ("", 937), ("i2", 937), ("i5", 937), ("i3", 1126), ("i4,i5", 1199.5), ("i1", 1819), ("i1,i3", 1819),
        ("i1,i2", 1964), ("i1,i5", 1819), ("i1,i2,i5", 2080), ("i1,i4,i5", 2134), ("i1,i2,i4,i5", 2395),
        ("i1,i2,i3,i4,i5", 2395), ("i3,i4,i5", 1388.5),
    ],
)  # fmt: skip
def test_sets_of_works_have_the_value_of_the_table(works, expected):
    answer = functionality_answer(case_of(WORKED), [name for name in works.split(",") if name])

    assert answer["person_functionality"] == pytest.approx(expected, rel=1e-12)


def test_after_power_the_next_bound_is_named():
    answer = functionality_answer(case_of(WORKED), ["i1"])

    assert answer["reasons"]["A"] == {"power": "demand_met", "water": "own_capacity:W1", "health": "own_capacity:H1"}
    assert answer["index"] == pytest.approx({"A": 0.716, "B": 0.716, "C": 0.774})


def test_a_reach_below_the_supply_is_named():
    answer = functionality_answer(case_of(WORKED), ["i1", "i2"])

    assert answer["functionality"]["B"]["water"] == 0.8
    assert answer["reasons"]["B"]["water"] == "local_reach"


def test_two_works_that_need_each_other_give_nothing_alone():
    case = case_of(COMPLEMENTARITY)
    gains = {
        works: functionality_answer(case, works)["person_functionality"]
        for works in (("repair_power",), ("repair_water",), ("repair_power", "repair_water"), ("decoy",))
    }

    assert list(gains.values()) == [0, 0, 1000, 10]


def test_a_fully_dependent_cycle_holds_itself_up_and_is_reported_as_a_risk():
    answer = functionality_answer(case_of(CYCLE))

    assert answer["functionality"]["A"] == pytest.approx({"power": 0.8, "water": 0.8})
    assert answer["black_start_risk"] == [
        {"n": "A", "s": "power", "greatest": pytest.approx(0.8), "least": 0},
        {"n": "A", "s": "water", "greatest": pytest.approx(0.8), "least": 0},
    ]
    assert evaluate(case_of(CYCLE)).sweeps == 3


def test_with_some_independence_the_cycle_starts_by_itself():
    document = {**CYCLE, "facilities": [{**CYCLE["facilities"][0], "depends": {"water": 0.5}}, CYCLE["facilities"][1]]}
    answer = functionality_answer(case_of(document))

    assert answer["functionality"]["A"] == pytest.approx({"power": 0.8, "water": 0.8})
    assert answer["black_start_risk"] == []


@pytest.mark.parametrize("document", [WORKED, COMPLEMENTARITY, CYCLE])
def test_a_case_written_and_read_again_gives_the_same_answer(document):
    case = case_of(document)
    again = load_case(json.dumps(case_document(case), allow_nan=False))

    assert functionality_answer(again) == functionality_answer(case)
    assert case_document(again) == case_document(case)


def test_an_unknown_work_is_refused_by_the_name_of_the_option():
    with pytest.raises(Invalid, match="--select names 'i9'"):
        functionality_answer(read_case(worked()), ["i9"])
