"""Every shipped form is filled by ODK's engine and sent; our server agrees with it about every rule."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assessments.actions.forms import shipped_forms
from assessments.core.forms.check import check_answers
from assessments.core.forms.instance import read_instance
from assessments.models import KeptAside, Submission
from municipal_units.models import Municipality
from municipal_units.permissions import scope, system_actor
from tests.forms.engine import fill
from tests.intake.conftest import Phone

LISTS = {"places.csv": "name,label\nTK0101,Wendou\nTK0102,Pelga\n", "facilities.csv": "name,label\nF-12,F-12\n"}
GOOD: dict[str, dict[str, str]] = {
    "damage_rapid": {
        "/place": "13.005 -0.995 0 6",
        "/grade": "heavy",
        "/habitability": "not_habitable",
        "/occupied": "no",
        "/storeys": "2",
        "/explosives": "no",
        "/photo": "front.jpg",
        "/note": "Roof gone",
    },
    "facility_status": {
        "/facility": "F-12",
        "/status": "minimal",
        "/causes": "no_fuel no_staff",
        "/hours_per_day": "3",
    },
    "population": {
        "/neighbourhood": "TK0102",
        "/how": "counted",
        "/everybody": "no",
        "/host_community": "120",
        "/idp": "46",
        "/returnee_idp": "0",
        "/refugee": "0",
        "/households": "30",
    },
    "arrivals_departures": {
        "/neighbourhood": "TK0101",
        "/direction": "arrival",
        "/individuals": "46",
        "/households": "8",
        "/group": "idp",
        "/reason": "armed_conflict",
        "/from_day": "2026-11-01",
        "/shelter": "host_family",
    },
    "needs": {
        "/neighbourhood": "TK0101",
        "/group": "idp",
        "/people": "46",
        "/needs": "water health",
        "/first_need": "water",
        "/urgency": "today",
        "/helped": "no",
    },
    "hazard": {
        "/hazard_type": "open_pit",
        "/known_by": "seen",
        "/place": "13.005 -0.995 0 6",
        "/distance_m": "20",
        "/blocks_road": "no",
        "/marked": "no",
    },
}
VALUES = {
    "text": ("", "B-12", "two words", "x" * 300),
    "integer": ("", "0", "1", "7", "40", "100", "2000000", "-3"),
    "decimal": ("", "0", "1.5", "-2"),
    "date": ("", "2026-10-01", "2026-11-02", "2999-01-01"),
    "dateTime": (),
    "geopoint": ("", "13.005 -0.995 0 6"),
    "image": ("", "a.jpg"),
}
SEED = 20261120


def random_answers(definition: dict[str, Any], dice: random.Random) -> dict[str, str]:
    answers = {}
    for question in definition["questions"]:
        if "choices" in question:
            names = [choice["name"] for choice in definition["choices"].get(question["choices"], [])]
            names = names or [line.split(",")[0] for line in LISTS[f"{question['choices']}.csv"].split("\n")[1:-1]]
            many = dice.sample(names, min(len(names), dice.randint(0, 6)))
            if question["type"] == "select_multiple":
                value = " ".join(sorted(many, key=names.index))
            else:
                value = dice.choice(["", *names])
            answers[question["path"]] = value
        elif VALUES.get(question["type"]):
            answers[question["path"]] = dice.choice(VALUES[question["type"]])
    return answers


@pytest.fixture(scope="module")
def filled_well() -> dict[str, dict[str, Any]]:
    forms = shipped_forms()
    return {f.form_id: a for f, a in zip(forms, fill([(f.xform, LISTS, GOOD[f.form_id]) for f in forms]), strict=True)}


def test_the_engine_fills_every_form_and_finds_nothing_wrong(filled_well: dict[str, dict[str, Any]]) -> None:
    assert set(filled_well) == set(GOOD)
    for form_id, filled in filled_well.items():
        assert (form_id, filled["said"], filled["broken"], filled["status"]) == (form_id, {}, [], "ready")


def test_what_the_engine_sends_is_stored(
    filled_well: dict[str, dict[str, Any]], phone: Phone, tenkoro: Municipality
) -> None:
    for filled in filled_well.values():
        names = [name for name, _ in filled["files"] if name != "xml_submission_file"]
        files: dict[str, Any] = {name.replace(".", "__"): b"\x01\x02\x03" for name in names}
        answer = phone.send(filled["xml"], **files)
        assert answer.status_code == 201
        assert b'isComplete="true"' in answer.content
    with scope(system_actor(tenkoro.pk)):
        assert not KeptAside.objects.exists()
        for sent in Submission.objects.all():
            hard = [p for p in sent.problems if p["code"] != "fact" and p["path"] != "/facility"]
            assert (sent.form_id_text, hard) == (sent.form_id_text, [])


def test_server_and_engine_agree_about_every_rule(full: bool) -> None:
    """The same random answers, filled in as a person would: what the engine calls broken is broken for us."""
    dice, cases, forms = random.Random(SEED), [], []
    for form in shipped_forms():
        for _ in range(200 if full else 20):
            forms.append(form)
            cases.append((form.xform, LISTS, random_answers(form.definition, dice)))
    for form, case, filled in zip(forms, cases, fill(cases), strict=True):
        root = read_instance(filled["xml"].encode()).root
        ours = {
            (problem.path, problem.code)
            for problem in check_answers(form.definition, root, now=datetime.now(UTC))
            if problem.code in ("required", "constraint")
        }
        theirs = {(path, condition) for path, condition in filled["broken"]}
        assert (form.form_id, case[2], ours) == (form.form_id, case[2], theirs)


def test_the_forms_are_the_readable_ones() -> None:
    folder = Path("assessments/forms")
    assert {path.stem for path in folder.glob("*.md")} >= {form.form_id for form in shipped_forms()}
    for form in shipped_forms():
        assert form.definition["collect_only"] == []
        assert {language["code"] for language in form.definition["languages"]} == {"en", "fr", "ar"}
        for question in form.definition["questions"]:
            if not question.get("unasked"):
                assert set(question["label"]) == {"en", "fr", "ar"}, question["path"]
