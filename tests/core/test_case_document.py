"""Wrong cases are refused with a sentence that begins with the name of the field; nothing is half accepted."""

import copy
import json
import math
from typing import Any

import pandas as pd
import pytest

from assessments.core.case import PlanningCase
from assessments.core.document import load_case, read_case
from assessments.core.document_writing import case_document
from assessments.core.frames import CaseFrames, case_from_frames
from assessments.core.functionality import evaluate
from crisis.lib.errors import Invalid
from tests.core.cases import Document, adds, case_of, work, worked

NAN, INF = float("nan"), float("inf")


def changed(path: tuple[str | int, ...], value: Any) -> Document:
    """The worked example with one value replaced."""
    document: Any = worked()
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return document


FACILITY = ("facilities", 1)
WORK = ("interventions", 3)
REFUSED: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("beta",), 1.5, "beta must be a finite number from 0 to 1, but is 1.5"),
    (("beta",), NAN, "beta must be a finite number"),
    (("surprise",), 1, "surprise is not a key of this format"),
    (("services",), {}, "services must be a list"),
    (("services", 0, "id"), "water", r"services\[water\].id is there twice"),
    (("services", 0, "weight"), -1, r"services\[power\].weight must be a finite number of at least 0, but is -1"),
    (("services", 0, "weight"), True, r"services\[power\].weight must be a finite number"),
    (("services", 0, "essential"), "yes", r"services\[power\].essential must be true or false"),
    (("services", 0, "norm"), INF, r"services\[power\].norm must be a finite number"),
    (("services", 0, "norm"), None, r"services\[power\].norm is missing"),
    (("services", 0, "colour"), "red", r"services\[power\].colour is not a key"),
    (("neighbourhoods", 0, "population", "resident"), -1, r"neighbourhoods\[A\].population.resident must be"),
    (("neighbourhoods", 0, "population"), "many", r"neighbourhoods\[A\].population must be a finite number"),
    (("neighbourhoods", 0, "equity"), 4, r"neighbourhoods\[A\].equity must be a finite number from 0 to 3, but is 4"),
    (("neighbourhoods", 0, "local"), {"water": -0.1}, r"neighbourhoods\[A\].local.water must be"),
    (("neighbourhoods", 0, "local"), {"gas": 1}, r"reach\[A, gas\].service names service 'gas', which is not in"),
    (("neighbourhoods", 0, "demand"), {"water": INF}, r"neighbourhoods\[A\].demand.water must be"),
    (("neighbourhoods", 1, "id"), "A", r"neighbourhoods\[A\].id is there twice"),
    (("neighbourhoods", 1, "id"), 3.5, r"neighbourhoods\[row 1\].id must be a text or a whole number"),
    ((*FACILITY, "service"), "gas", r"facilities\[W1\].service names service 'gas'"),
    ((*FACILITY, "nbhd"), "Z", r"facilities\[W1\].neighbourhood names neighbourhood 'Z'"),
    ((*FACILITY, "nominal"), None, r"facilities\[W1\].nominal must be a finite number of at least 0, but is None"),
    ((*FACILITY, "nominal"), 10**400, r"facilities\[W1\].nominal must be a finite number"),
    ((*FACILITY, "current"), NAN, r"facilities\[W1\].current must be a finite number of at least 0, but is nan"),
    ((*FACILITY, "current"), None, r"facilities\[W1\].current is missing; only a facility of status unknown"),
    ((*FACILITY, "status"), "guessed", r"facilities\[W1\].status must be one of observed"),
    ((*FACILITY, "capacity_interval"), [2, 1], r"facilities\[W1\].lo 2 is above hi 1"),
    ((*FACILITY, "capacity_interval"), [1], r"facilities\[W1\].capacity_interval must be \[lo, hi\]"),
    ((*FACILITY, "catchment"), {"A": 1.2}, r"facilities\[W1\].catchment.A must be a finite number from 0 to 1"),
    ((*FACILITY, "catchment"), {"Z": 1}, r"catchment\[W1, Z\].neighbourhood names neighbourhood 'Z'"),
    ((*FACILITY, "depends"), {"power": 1.01}, r"facilities\[W1\].depends.power must be a finite number from 0 to 1"),
    ((*FACILITY, "depends"), {"power": -0.1}, r"facilities\[W1\].depends.power must be"),
    ((*FACILITY, "depends"), {"gas": 1}, r"dependencies\[W1, gas\].service names service 'gas'"),
    ((*FACILITY, "backup"), {"water": 1}, r"facilities\[W1\].backup.water is no service this facility depends on"),
    ((*WORK, "id"), "i5", r"interventions\[i5\].id is there twice"),
    ((*WORK, "cost"), -1, r"interventions\[i4\].cost must be a finite number of at least 0"),
    ((*WORK, "cost"), None, r"interventions\[i4\].cost is missing"),
    ((*WORK, "duration"), 0, r"interventions\[i4\].duration must be a finite number of at least 1"),
    ((*WORK, "duration"), 1.5, r"interventions\[i4\].duration must be a whole number"),
    ((*WORK, "requires"), ["i9"], r"requirements\[i4, i9\].requires names intervention 'i9'"),
    ((*WORK, "requires"), ["i4"], r"interventions\[i4\].requires leads back to itself"),
    ((*WORK, "requires"), "i5", r"interventions\[i4\].requires must be a list"),
    ((*WORK, "actions", 0, "type"), "destroy", r"interventions\[i4\].actions\[0\].type must be one of capacity"),
    ((*WORK, "actions", 0, "add"), -1, r"add must be at least 0, but is -1: what lowers a service is a change of data"),
    ((*WORK, "actions", 0, "facility"), "X", r"actions\[i4\].facility names 'X'"),
    ((*WORK, "actions", 0, "nbhd"), "A", r"interventions\[i4\].actions\[0\].nbhd is not a key"),
    ((*WORK, "mandatory"), "yes", r"interventions\[i4\].mandatory must be true or false"),
    (("periods",), 0, "periods must be a finite number of at least 1"),
    (("budgets",), {"a": NAN}, "budgets.a must be a finite number"),
    (("crews",), {"pipe": -1}, "crews.pipe must be"),
    (("period_days",), [30, INF], r"period_days\[1\] must be"),
    (("budgets_by_period",), {"total": [1, "x"]}, r"budgets_by_period.total\[1\] must be"),
    (("soft_floor",), {"y": 1}, "soft_floor.y is not a key"),
    (("floors",), {"water": 2}, "floors.water must be a finite number from 0 to 1"),
    (("floors",), {"gas": 0.2}, "floors.gas is no service of the case"),
    (("group_weight",), {"visitors": 2}, "group_weight.visitors is no group of people in the case"),
]


@pytest.mark.parametrize(("path", "value", "sentence"), REFUSED, ids=[f"{p}={v!r:.20}" for p, v, _ in REFUSED])
def test_a_wrong_value_is_refused_by_name(path: tuple[str | int, ...], value: Any, sentence: str):
    with pytest.raises(Invalid, match=sentence) as refusal:
        read_case(changed(path, value))

    assert refusal.value.fields[0].field in refusal.value.message


def test_weights_that_sum_to_nothing_are_refused_and_others_normalised():
    document = worked(services=[{**service, "weight": 0} for service in worked()["services"]])
    with pytest.raises(Invalid, match=r"services.weight must not be 0 for every service"):
        read_case(document)

    doubled = worked(services=[{**service, "weight": service["weight"] * 20} for service in worked()["services"]])
    assert read_case(doubled).weight == pytest.approx([0.3, 0.4, 0.3])


def test_requirements_that_can_never_be_met_are_refused():
    def works(**third: Any) -> Document:
        return worked(
            interventions=[
                work("a", 1, adds("P1", 1), group="patch or repair"),
                work("b", 1, adds("P1", 2), group="patch or repair"),
                work("c", 1, adds("P1", 3), **third),
            ]
        )

    for wrong in ({"requires": ["a"], "group": "patch or repair"}, {"requires": ["a", "b"]}):
        with pytest.raises(Invalid, match=r"interventions\[c\].requires needs"):
            read_case(works(**wrong))
    with pytest.raises(Invalid, match=r"interventions\[c\].mandatory and forbidden exclude each other"):
        read_case(works(mandatory=True, forbidden=True))
    assert read_case(works(requires=["a", "a"])).interventions[2].requires == (0,)


def test_a_cycle_of_requirements_is_refused():
    document = worked(
        interventions=[work("a", 1, requires=["b"]), work("b", 1, requires=["c"]), work("c", 1, requires=["a"])]
    )
    with pytest.raises(Invalid, match=r"interventions\[a\].requires leads back to itself"):
        read_case(document)


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"services": 1, "services": 2}', "[" * 100_000, b"\xff\xfe\x00"])
def test_what_is_no_case_is_refused(text: str | bytes):
    with pytest.raises(Invalid):
        load_case(text)


def test_json_nan_is_refused_by_name():
    text = json.dumps(changed(("facilities", 0, "current"), NAN))
    assert "NaN" in text
    with pytest.raises(Invalid, match=r"facilities\[P1\].current"):
        load_case(text)


def test_all_optional_keys_are_read_and_written_again():
    document = worked(
        budgets={"state": 50},
        budgets_by_period={"total": [10, 20]},
        period_days=[30, 30],
        group_weight={"displaced": 1.5},
        soft_floor={"x": 0.5, "kappa": 0.3},
        floors={"water": 0.2},
    )
    document["neighbourhoods"][0] |= {"equity": 2, "return_population": 50, "demand": {"health": 3}}
    document["neighbourhoods"][1]["population"] = {"resident": 600.5}
    document["facilities"][0] |= {"status": "estimated", "capacity_interval": [100, 300]}
    document["facilities"][1]["backup"] = {"power": 100}
    document["facilities"][2] |= {"status": "unknown", "current": None}
    document["interventions"][0] |= {
        "crew_units": 2, "mandatory": True, "earliest": 1, "latest": 3,
        "costs": {"state": 40, "donor": 20}, "fund": "state",
    }  # fmt: skip
    document["interventions"][1] |= {"forbidden": True, "group": "g"}
    case = case_of(document)
    written = case_document(case)
    again = load_case(json.dumps(written, allow_nan=False))

    assert case_document(again) == written
    assert written["interventions"][0]["costs"] == {"state": 40, "donor": 20}
    assert written["facilities"][0]["capacity_interval"] == [100, 300]
    assert (written["soft_floor"], written["floors"]) == ({"x": 0.5, "kappa": 0.3}, {"water": 0.2})
    assert evaluate(again).person_functionality == evaluate(case).person_functionality


def test_ids_may_be_whole_numbers():
    document = worked(interventions=[])
    names = {"A": 1, "B": 2, "C": 3}
    for place in document["neighbourhoods"]:
        place["id"] = names[place["id"]]
    for item in document["facilities"]:
        item["nbhd"] = names[item["nbhd"]]
        item["catchment"] = {str(names[key]): weight for key, weight in item["catchment"].items()}
    case = case_of(document)

    assert case.neighbourhood_ids == (1, 2, 3)
    assert evaluate(case).person_functionality == pytest.approx(937)
    with pytest.raises(Invalid, match="twice"):
        read_case({**document, "neighbourhoods": [*document["neighbourhoods"], {"id": "3", "population": 1}]})


def test_a_population_may_be_one_number_and_a_norm_may_differ_by_group():
    plain = worked(interventions=[])
    plain["neighbourhoods"] = [{**place, "population": 500} for place in plain["neighbourhoods"]]
    assert case_document(case_of(plain))["neighbourhoods"][0]["population"] == 500

    by_group = worked(interventions=[])
    by_group["services"][1]["norm"] = {"resident": 20, "displaced": 10, "returnee": 20}
    case = case_of(by_group)
    assert case.demand[1, 1] == 600 * 20 + 400 * 10
    assert case_document(case)["services"][1]["norm"] == {"resident": 20, "displaced": 10, "returnee": 20}


def test_a_backup_for_a_service_that_is_not_needed_is_doubted():
    document = worked()
    document["interventions"][2]["actions"][0]["service"] = "water"

    assert [warning.code for warning in case_of(document).warnings] == ["backup_without_need"]


def frames(**changes: pd.DataFrame) -> CaseFrames:
    """One place, one service, one facility."""
    usual = {
        "neighbourhoods": pd.DataFrame({"id": [7]}),
        "population": pd.DataFrame({"neighbourhood": [7], "group": ["resident"], "people": [10]}),
        "services": pd.DataFrame({"id": ["water"], "weight": [1], "norm": [15]}),
        "facilities": pd.DataFrame(
            {"id": [1], "service": ["water"], "neighbourhood": [7.0], "nominal": [150], "current": [75]}
        ),
        "catchment": pd.DataFrame({"facility": [1], "neighbourhood": [7], "weight": [1.0]}),
    }
    return CaseFrames(**{**usual, **changes})


def from_frames(**changes: pd.DataFrame) -> PlanningCase:
    return case_from_frames(frames(**changes))


def test_frames_make_the_same_case_and_foreign_keys_with_gaps_may_be_floats():
    case = from_frames()

    assert evaluate(case).value[0, 0] == pytest.approx(0.5)
    assert case.neighbourhood_ids == (7,)


@pytest.mark.parametrize(
    ("table", "rows", "sentence"),
    [
        ("neighbourhoods", {"id": [7, 7]}, r"neighbourhoods\[7\].id is there twice"),
        ("neighbourhoods", {"name": ["x"]}, r"neighbourhoods.name is no column of neighbourhoods"),
        ("services", {"id": ["water"]}, r"services\[water\].weight is missing"),
        ("population", {"neighbourhood": [8], "group": ["a"], "people": [1]}, r"population\[8, a\].neighbourhood"),
        ("population", {"neighbourhood": [7, 7], "group": ["a", "a"], "people": [1, 2]}, "is there twice"),
        ("population", {"neighbourhood": [7], "group": ["a"], "people": [math.nan]}, r"population\[7, a\].people"),
        ("catchment", {"facility": [1], "neighbourhood": [7], "weight": [math.inf]}, r"catchment\[1, 7\].weight"),
        (
            "dependencies",
            {"facility": [1], "service": ["water"], "strength": [2]},
            r"dependencies\[1, water\].strength",
        ),
        ("demand", {"neighbourhood": [7], "service": ["water"], "demand": ["x"]}, r"demand\[7, water\].demand"),
        ("unknown", {"neighbourhood": [7], "service": ["gas"]}, r"unknown\[7, gas\].service"),
    ],
)
def test_a_wrong_frame_is_refused_by_name(table: str, rows: dict[str, list[Any]], sentence: str):
    with pytest.raises(Invalid, match=sentence):
        from_frames(**{table: pd.DataFrame(rows)})


def test_reading_does_not_change_what_was_given():
    document = worked()
    kept = copy.deepcopy(document)
    read_case(document)

    assert document == kept
