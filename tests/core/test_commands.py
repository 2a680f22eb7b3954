"""The commands on case files: one JSON document out, refusals with exit status 2, no database."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from assessments.core.document import read_case
from assessments.core.document_writing import case_document
from tests.core.cases import WORKED, Document, worked


@pytest.fixture
def case_file(tmp_path: Path):
    def written(document: Document) -> str:
        path = tmp_path / "case.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return str(path)

    return written


def answer(*arguments: str) -> dict[str, Any]:
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    assert err.getvalue().startswith("Read 3 neighbourhoods, 3 services, 4 facilities, 5 interventions.")
    return json.loads(out.getvalue())


def test_functionality_prints_exactly_the_documented_keys(case_file):
    printed = answer("functionality", case_file(WORKED))

    assert set(printed) == {
        "functionality", "index", "person_functionality", "city", "black_start_risk", "reasons"
    }  # fmt: skip
    assert printed["city"] == pytest.approx(0.3748)


def test_selected_works_count_as_done(case_file):
    printed = answer("functionality", case_file(WORKED), "--select", "i1, i2")

    assert printed["person_functionality"] == pytest.approx(1964)


def test_rank_prints_exactly_the_documented_keys(case_file):
    printed = answer("rank", case_file(WORKED))

    assert set(printed) == {"ranking"}
    for item in printed["ranking"]:
        assert set(item) == {
            "id", "rank", "gain", "cost", "gain_per_cost", "closure", "breakdown", "weakest", "reason", "unlockers",
        }  # fmt: skip


def test_plan_prints_exactly_the_documented_keys(case_file):
    printed = answer("plan", case_file(WORKED), "--gap", "0", "--time", "20")

    assert set(printed) == {"selected", "person_functionality", "gain", "bound", "gap", "cost", "seconds", "status"}
    assert printed["selected"] == ["i1", "i2"]
    assert printed["person_functionality"] == pytest.approx(1964, rel=1e-12)
    assert printed["gain"] == pytest.approx(1027, rel=1e-12)
    assert printed["bound"] == pytest.approx(1027, rel=1e-9)
    assert (printed["gap"], printed["cost"], printed["status"]) == (0, 100, "proven")


def test_schedule_prints_the_same_with_starts_and_area(case_file):
    printed = answer("schedule", case_file(WORKED))

    assert set(printed) == {
        "selected", "person_functionality", "gain", "bound", "gap", "cost", "seconds", "status", "start", "area"
    }  # fmt: skip
    assert printed["start"] == {"i1": 0, "i2": 0}
    assert printed["area"] == pytest.approx(9730, rel=1e-12)
    assert printed["bound"] == pytest.approx(9730, rel=1e-9)


def test_a_schedule_may_be_asked_for_some_works_only(case_file):
    printed = answer("schedule", case_file(worked(budget_total=170)), "--select", "i1,i5")

    assert printed["start"] == {"i1": 0}


def test_equity_rules_show_what_was_maximised(case_file):
    printed = answer("plan", case_file(worked(group_weight={"displaced": 1}, floors={"water": 0.7})))

    assert printed["objective"] > printed["gain"]
    assert printed["floor_shortfall"] == 0


def test_a_frozen_case_gives_the_same_plan_when_it_is_read_again(case_file):
    document = worked(budget_total=120, soft_floor={"x": 0.6, "kappa": 0.2}, period_days=[7] * 6)
    again = json.loads(json.dumps(case_document(read_case(document)), allow_nan=False))

    for command in ("plan", "schedule"):
        first, second = answer(command, case_file(document)), answer(command, case_file(again))
        for printed in (first, second):
            del printed["seconds"]
        assert first == second


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("functionality", "--select", "i9"), "--select names 'i9'"),
        (("schedule", "--select", "i9"), "--select names 'i9'"),
        (("plan",), r"facilities\[P1\].current must be a finite number"),
        (("functionality",), r"facilities\[P1\].current must be a finite number"),
        (("rank",), r"facilities\[P1\].current must be a finite number"),
    ],
)
def test_bad_input_ends_with_status_2_and_names_the_field(case_file, arguments, sentence):
    document = worked()
    if "--select" not in arguments:
        document["facilities"][0]["current"] = -1
    with pytest.raises(CommandError, match=sentence) as refusal:
        call_command(arguments[0], case_file(document), *arguments[1:], stdout=StringIO(), stderr=StringIO())

    assert refusal.value.returncode == 2


def test_a_missing_file_ends_with_status_2(tmp_path):
    with pytest.raises(CommandError, match=r"CASE\.json cannot be read") as refusal:
        call_command("rank", str(tmp_path / "nowhere.json"), stdout=StringIO(), stderr=StringIO())

    assert refusal.value.returncode == 2


def test_rank_says_how_firm_each_place_is_and_the_seed_repeats_it(case_file):
    path = case_file(WORKED)
    one, two, other = (
        answer("rank", path, "--draws", "40", "--first", "1", "--seed", seed)["bands"] for seed in ("7", "7", "8")
    )

    assert one == two != other
    assert {item["band"] for item in one} <= {"firm", "likely", "contested", "outside"}
    assert sum(item["share"] for item in one) == pytest.approx(1)  # one work is first in every draw
