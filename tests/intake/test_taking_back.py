"""A sender takes a record back: it no longer counts, nothing is deleted, and the receipt says what became of it."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import KeptAside, Submission
from damage.models import DamageAssessment
from municipal_units.models import Event, Municipality, User
from municipal_units.permissions import scope, system_actor
from tests.intake.test_app_intake import TOWN, ana_office, ben_app, record, send

__all__ = ["ana_office", "ben_app"]


def wish(instance_id: str, after_s: object = 60, form: str = "damage_rapid") -> str:
    answers = {"/withdraws": instance_id, "/form": form, "/after_s": str(after_s)}
    given = {"form_id": "reprise_withdrawal", "version": "1", "instance_id": f"uuid:{uuid.uuid4()}", "answers": answers}
    return json.dumps(given)


@pytest.fixture
def sent(ben_app: Client) -> str:
    """The id of a record Ben has sent."""
    text = record()
    assert send(ben_app, text).status_code == 201
    return str(json.loads(text)["instance_id"])


def test_a_record_taken_back_no_longer_counts_and_is_still_there(
    ben_app: Client, tenkoro: Municipality, sent: str
) -> None:
    text = wish(sent)
    first, again = send(ben_app, text), send(ben_app, text)
    assert (first.status_code, first.json()["state"], first.json()["reason"]) == (201, "withdrawn", "withdrawn")
    assert first.json()["receipt"] == again.json()["receipt"]
    with scope(system_actor(tenkoro.pk)):
        kept = Submission.objects.get(instance_id=sent)
        assert (kept.review_state, kept.reviewed_at) == ("withdrawn", None)
        assert DamageAssessment.objects.get().review_state == "rejected"
        assert Event.objects.filter(kind="submission.withdrawn").count() == 1
        assert KeptAside.objects.get().settled_at is not None
    (mine,) = ben_app.get(f"{TOWN}/field/mine").json()["items"]
    assert mine["review_state"] == "withdrawn"


def test_it_leaves_the_inbox_and_nobody_can_accept_it(ana_office: Client, ben_app: Client, sent: str) -> None:
    (waiting,) = ana_office.get(f"{TOWN}/submissions").json()["items"]
    send(ben_app, wish(sent))
    assert ana_office.get(f"{TOWN}/submissions").json()["count"] == 0
    assert ana_office.get(f"{TOWN}/submissions?state=withdrawn").json()["count"] == 1
    review = f"{TOWN}/submissions/{waiting['id']}/review"
    assert ana_office.post(review, {"state": "accepted"}, content_type="application/json").status_code == 409
    page = ana_office.get("/m/TK/reports/?show=withdrawn").content.decode()
    assert "took this report back" in page


@pytest.mark.parametrize(("after_s", "why"), [(901, "withdrawal_late"), ("soon", "withdrawal_late")])
def test_too_late_waits_for_a_supervisor(
    ben_app: Client, ana_office: Client, sent: str, after_s: object, why: str
) -> None:
    answer = send(ben_app, wish(sent, after_s))
    assert (answer.status_code, answer.json()["reason"]) == (202, why)
    assert ana_office.get(f"{TOWN}/submissions").json()["count"] == 1
    assert "15 minutes" in ana_office.get("/m/TK/reports/?show=kept").content.decode()


def test_what_a_reviewer_judged_stays(ben_app: Client, ana_office: Client, tenkoro: Municipality, sent: str) -> None:
    (waiting,) = ana_office.get(f"{TOWN}/submissions").json()["items"]
    review = f"{TOWN}/submissions/{waiting['id']}/review"
    ana_office.post(review, {"state": "accepted"}, content_type="application/json")
    assert send(ben_app, wish(sent)).json()["reason"] == "withdrawal_reviewed"
    with scope(system_actor(tenkoro.pk)):
        assert DamageAssessment.objects.get().review_state == "accepted"


def test_nobody_takes_back_what_another_sent(
    key_of: Callable[[User], str], ana: User, tenkoro: Municipality, sent: str
) -> None:
    ana_app = Client(headers={"Authorization": f"Bearer {key_of(ana)}"})
    assert send(ana_app, wish(sent)).json()["reason"] == "withdrawal_foreign"
    with scope(system_actor(tenkoro.pk)):
        assert Submission.objects.get(instance_id=sent).review_state == "received"


def test_a_message_that_comes_before_its_record_takes_it_back_when_that_comes(
    ben_app: Client, tenkoro: Municipality
) -> None:
    text = record()
    early = send(ben_app, wish(json.loads(text)["instance_id"], 0))
    assert early.json()["reason"] == "withdrawal_too_early"
    send(ben_app, text)
    with scope(system_actor(tenkoro.pk)):
        assert Submission.objects.get().review_state == "withdrawn"
        assert not KeptAside.objects.filter(settled_at=None).exists()


def test_a_correction_taken_back_leaves_the_old_one_as_it_was_sent_back(
    ben_app: Client, ana_office: Client, tenkoro: Municipality, sent: str
) -> None:
    (waiting,) = ana_office.get(f"{TOWN}/submissions").json()["items"]
    review = f"{TOWN}/submissions/{waiting['id']}/review"
    ana_office.post(review, {"state": "has_issues", "reason": "Which wall?"}, content_type="application/json")
    correction = json.loads(record(replaces=sent))
    assert send(ben_app, json.dumps(correction)).status_code == 201
    assert send(ben_app, wish(correction["instance_id"])).json()["state"] == "withdrawn"
    (back,) = ben_app.get(f"{TOWN}/field/pack").json()["returned"]
    assert (back["instance_id"], back["reason"]) == (sent, "Which wall?")


def hold(client: Client, device: str, *ids: str) -> Any:
    held = [
        {"instance_id": name, "form_id": "needs", "title": "Needs", "state": "sealed", "at": timezone.now().isoformat()}
        for name in ids
    ]
    body = {"device": device, "records": held}
    return client.post(f"{TOWN}/field/holdings", body, content_type="application/json").json()["missing"]


def test_a_record_that_never_came_is_explained_once_and_the_warning_ends(
    ben_app: Client, ana_office: Client, tenkoro: Municipality
) -> None:
    hold(ben_app, "old phone", "uuid:lost", "uuid:other")
    assert {item["instance_id"] for item in hold(ben_app, "new phone", "uuid:here")} == {"uuid:lost", "uuid:other"}
    address = f"{TOWN}/field/holdings/explain"
    said = {"instance_id": "uuid:lost", "reason": "I entered it again"}
    assert ben_app.post(address, said | {"reason": " x "}, content_type="application/json").status_code == 422
    assert ben_app.post(address, said, content_type="application/json").json() == {"explained": 1}
    assert ben_app.post(address, said, content_type="application/json").status_code == 404
    assert [item["instance_id"] for item in hold(ben_app, "new phone", "uuid:here")] == ["uuid:other"]
    listed = {item["instance_id"]: item for item in ana_office.get(f"{TOWN}/field/holdings").json()}
    assert (listed["uuid:lost"]["explanation"], listed["uuid:lost"]["explained_by"]) == (said["reason"], "Ben Traore")
    assert (listed["uuid:other"]["is_missing"], listed["uuid:here"]["is_missing"]) == (True, False)
    page = ana_office.get("/m/TK/reports/phones/").content.decode()
    assert "I entered it again" in page
    gone = ana_office.post("/m/TK/reports/phones/", {"instance_id": "uuid:other", "reason": "phone was stolen"})
    assert gone.status_code == 302
    assert hold(ben_app, "new phone") == []
    with scope(system_actor(tenkoro.pk)):
        assert Event.objects.filter(kind="holding.explained").count() == 2
