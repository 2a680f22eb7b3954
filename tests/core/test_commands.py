"""The commands on case files: one JSON document out, refusals with exit status 2, no database."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

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


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("functionality", "--select", "i9"), "--select names 'i9'"),
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
