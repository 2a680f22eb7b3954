"""The JSON door of our own field app: the same actions and receipts as for Collect."""

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from assessments.models import Submission
from damage.models import DamageAssessment
from municipal_units.models import Municipality, User
from municipal_units.permissions import scope, system_actor
from tests.intake.conftest import jpeg

TOWN = "/api/v1/municipalities/TK"


@pytest.fixture
def ben_app(key_of: Callable[[User], str], ben: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {key_of(ben)}"})


@pytest.fixture
def ana_office(ana: User) -> Client:
    client = Client()
    client.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    return client


def record(form_id: str = "damage_rapid", version: str = "2026112001", **changes: Any) -> str:
    answers = {
        "/observed_at": timezone.now().isoformat(),
        "/place": "13.005 -0.995 0 8",
        "/grade": "heavy",
        "/habitability": "not_habitable",
        "/occupied": "no",
        "/explosives": "no",
    }
    answers |= changes.pop("answers", {})
    given = {"form_id": form_id, "version": version, "instance_id": f"uuid:{uuid.uuid4()}", "answers": answers}
    return json.dumps(given | changes)


def send(client: Client, text: str, **files: bytes) -> Any:
    body: dict[str, Any] = {"record": text}
    for name, content in files.items():
        named = name.replace("__", ".")
        body[named] = SimpleUploadedFile(named, content, "image/jpeg")
    return client.post(f"{TOWN}/submissions", body)


def test_a_record_and_then_its_photos_one_by_one(ben_app: Client, tenkoro: Municipality) -> None:
    text = record(answers={"/photo": "a.jpg", "/photo_detail": "b.jpg"})
    first = send(ben_app, text)
    assert first.status_code == 201
    assert first.json()["missing"] == ["a.jpg", "b.jpg"]
    assert first.json()["record_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    photo = jpeg("green")
    second = send(ben_app, text, b__jpg=photo)
    assert second.json()["missing"] == ["a.jpg"]
    assert second.json()["files"] == {"b.jpg": hashlib.sha256(photo).hexdigest()}
    last = send(ben_app, text, a__jpg=jpeg("blue"))
    assert last.json()["complete"]
    assert last.json()["receipt"] == first.json()["receipt"]
    with scope(system_actor(tenkoro.pk)):
        assert Submission.objects.count() == DamageAssessment.objects.count() == 1


def test_what_is_no_record_is_kept_aside(ben_app: Client) -> None:
    for text in ("no json", record(form_id="unheard"), record(version="1"), json.dumps({"form_id": 3})):
        answer = send(ben_app, text)
        assert (answer.status_code, answer.json()["state"]) == (202, "kept_aside")


def test_strange_letters_do_not_strand_a_record(ben_app: Client, tenkoro: Municipality) -> None:
    note = "أهلا \x0b\x1f 👩‍👩‍👧 <b>&amp; \ud83d"
    assert send(ben_app, record(answers={"/note": note})).status_code in (201, 202)
    assert send(ben_app, record(answers={"/a b/<": "1"})).status_code == 202


def test_a_form_with_its_questions(ben_app: Client) -> None:
    forms = {form["form_id"]: form for form in ben_app.get(f"{TOWN}/forms").json()}
    assert set(forms) >= {"damage_rapid", "needs", "hazard"}
    detail = ben_app.get(f"{TOWN}/forms/{forms['damage_rapid']['id']}").json()
    paths = [question["path"] for question in detail["definition"]["questions"]]
    assert paths[:3] == ["/observed_at", "/structure", "/place"]


def test_a_reason_goes_back_and_the_correction_names_the_old(
    ben_app: Client, ana_office: Client, tenkoro: Municipality
) -> None:
    old = json.loads(record())
    sent = send(ben_app, json.dumps(old)).json()
    (waiting,) = ana_office.get(f"{TOWN}/submissions").json()["items"]
    review = f"{TOWN}/submissions/{waiting['id']}/review"
    without = ana_office.post(review, {"state": "has_issues"}, content_type="application/json")
    assert without.status_code == 422
    ana_office.post(review, {"state": "has_issues", "reason": "Which wall?"}, content_type="application/json")
    (mine,) = ben_app.get(f"{TOWN}/field/mine").json()["items"]
    assert (mine["review_state"], mine["review_reason"]) == ("has_issues", "Which wall?")
    assert (mine["title"], mine["place_code"]) == ("Building damage, rapid", "TK0101")
    assert mine["receipt"] == sent["receipt"]
    new = send(ben_app, record(replaces=old["instance_id"], answers={"/grade": "very_heavy"}))
    assert new.status_code == 201
    (shown,) = ana_office.get(f"{TOWN}/submissions").json()["items"]
    detail = ana_office.get(f"{TOWN}/submissions/{shown['id']}").json()
    assert detail["before"]["/grade"] == "heavy"
    assert detail["answers"]["/grade"] == "very_heavy"


def test_acceptance_and_rejection_reach_the_facts(ben_app: Client, ana_office: Client, tenkoro: Municipality) -> None:
    send(ben_app, record())
    (waiting,) = ana_office.get(f"{TOWN}/submissions").json()["items"]
    review = f"{TOWN}/submissions/{waiting['id']}/review"
    for state, reason in (("accepted", ""), ("rejected", "another town")):
        done = ana_office.post(review, {"state": state, "reason": reason}, content_type="application/json")
        assert done.json()["review_state"] == state
        with scope(system_actor(tenkoro.pk)):
            assert DamageAssessment.objects.get().review_state == state
    assert ana_office.get(f"{TOWN}/submissions").json()["count"] == 0


def test_a_count_of_people_waits_for_acceptance(ben_app: Client, ana_office: Client, tenkoro: Municipality) -> None:
    answers = {
        "/observed_at": timezone.now().isoformat(),
        "/neighbourhood": "TK0102",
        "/how": "counted",
        "/everybody": "no",
        "/host_community": "120",
        "/idp": "46",
        "/returnee_idp": "0",
        "/refugee": "0",
    }
    text = json.dumps({"form_id": "population", "version": "2026112001", "instance_id": "uuid:p", "answers": answers})
    assert send(ben_app, text).status_code == 201
    (waiting,) = ana_office.get(f"{TOWN}/submissions").json()["items"]
    path = f"{TOWN}/submissions/{waiting['id']}"
    assert ana_office.get(path).json()["facts"][0]["state"] == "waiting"
    done = ana_office.post(f"{path}/review", {"state": "accepted"}, content_type="application/json").json()
    assert done["facts"][0]["state"] == "recorded"
    estimates = ana_office.get(f"{TOWN}/population/rounds/{done['facts'][0]['row_id']}/estimates").json()
    assert {row["group"]: row["individuals"] for row in estimates["items"]}["idp"] == 46


def test_a_report_without_a_position_is_put_on_the_map(ben_app: Client, ana_office: Client) -> None:
    answers = {"/place": "", "/neighbourhood": "TK0103", "/written_place": "behind the mosque"}
    assert send(ben_app, record(answers=answers)).status_code == 201
    (waiting,) = ana_office.get(f"{TOWN}/submissions").json()["items"]
    assert waiting["review_state"] == "has_issues"
    verdict = {"state": "accepted", "lon": -0.975, "lat": 13.005}
    done = ana_office.post(f"{TOWN}/submissions/{waiting['id']}/review", verdict, content_type="application/json")
    assert done.json()["facts"][0]["state"] == "recorded"


def test_a_visit_is_done_when_its_form_arrives(ben_app: Client, ana_office: Client, tenkoro: Municipality) -> None:
    send(ben_app, record())
    with scope(system_actor(tenkoro.pk)):
        structure = DamageAssessment.objects.get().structure_id
    body = {"structure": structure, "assigned_to": "ben", "reason": "Look again"}
    planned = ana_office.post(f"{TOWN}/visits", body, content_type="application/json")
    assert planned.status_code == 201
    (open_,) = ben_app.get(f"{TOWN}/visits").json()["items"]
    assert open_["title"] == f"B-{structure}"
    send(ben_app, record(answers={"/structure": f"B-{structure}"}))
    assert ana_office.get(f"{TOWN}/visits").json()["items"][0]["state"] == "done"


def test_all_answers_are_exported_also_those_without_a_home(ben_app: Client, ana_office: Client) -> None:
    answers = {"/observed_at": timezone.now().isoformat(), "/neighbourhood": "TK0101", "/note": "=1+1"}
    text = json.dumps({"form_id": "needs", "version": "2026112001", "instance_id": "uuid:n", "answers": answers})
    send(ben_app, text)
    sheet = ana_office.get(f"{TOWN}/submissions.csv?form=needs").content.decode("utf-8-sig")
    head, row = sheet.splitlines()
    assert "needs" in head
    assert "uuid:n" in row
    assert "'=1+1" in row
