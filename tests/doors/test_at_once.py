"""The same thing sent many times at once, as phones with a bad connection do: one row, one event, one answer."""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from damage.models import DamageAssessment, Structure
from municipal_units.models import (
    Event,
    Facility,
    FacilityStatus,
    LocalReach,
    Municipality,
    Neighbourhood,
    PopulationRound,
    User,
)
from municipal_units.permissions import scope, system_actor
from tests.doors.test_api import FACILITY, TK, status_report

AT_ONCE = 20


def sent_at_once(secret: str, path: str, body: dict[str, Any], times: int = AT_ONCE) -> list[tuple[int, Any]]:
    """The same POST from many connections at the same moment."""

    def send(_: int) -> tuple[int, Any]:
        try:
            client = Client(headers={"Authorization": f"Bearer {secret}"})
            answer = client.post(path, json.dumps(body), content_type="application/json")
            return answer.status_code, answer.json()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, range(times)))


def only_answer(answers: list[tuple[int, Any]]) -> Any:
    """What all of them were told."""
    assert {status for status, _ in answers} == {201}, answers
    assert all(told == answers[0][1] for _, told in answers)
    return answers[0][1]


@pytest.mark.django_db(transaction=True)
def test_twenty_identical_posts_are_one_row_and_one_event(
    tenkoro: Municipality, ana: User, token_of: Callable[[User], str]
) -> None:
    secret = token_of(ana)
    system = system_actor(tenkoro.pk)
    facility = only_answer(sent_at_once(secret, f"{TK}/facilities", FACILITY))
    status = only_answer(sent_at_once(secret, f"{TK}/facilities/{facility['id']}/status", status_report()))
    damage = only_answer(
        sent_at_once(
            secret,
            f"{TK}/damage",
            {
                "instance_id": str(uuid.uuid4()),
                "lon": -0.985,
                "lat": 13.005,
                "source_value": "D4",
                "observed_at": timezone.now().isoformat(),
            },
        )
    )
    with scope(system):
        place = Neighbourhood.objects.order_by("pk")[0].pk
    seen = {"neighbourhood": place, "service": "water", "share": 0.8, "observed_at": timezone.now().isoformat()}
    only_answer(sent_at_once(secret, f"{TK}/reach", seen))
    figures = [{"neighbourhood": place, "group": "idp", "individuals": 40}]
    count = {"name": "Count", "source": "x", "method": "census", "observed_on": "2026-11-12", "estimates": figures}
    only_answer(sent_at_once(secret, f"{TK}/population/rounds", count))
    with scope(system):
        counted = [Facility, FacilityStatus, DamageAssessment, Structure, LocalReach, PopulationRound]
        assert {model.__name__: model._default_manager.count() for model in counted} == {
            model.__name__: 1 for model in counted
        }
        kinds = ["facility.registered", "facility.status_changed", "damage.assessed", "reach.recorded"]
        for kind in [*kinds, "population.estimated"]:
            assert Event.objects.filter(kind=kind).count() == 1, kind
        assert {status["event"], damage["event"]} <= {
            str(uuid) for uuid in Event.objects.values_list("uuid", flat=True)
        }


@pytest.mark.django_db(transaction=True)
def test_twenty_different_posts_under_one_id_are_one_row_and_nineteen_conflicts(
    tenkoro: Municipality, ana: User, token_of: Callable[[User], str]
) -> None:
    secret = token_of(ana)
    facility = only_answer(sent_at_once(secret, f"{TK}/facilities", FACILITY, 1))
    report = status_report()
    path = f"{TK}/facilities/{facility['id']}/status"

    def send(number: int) -> int:
        try:
            client = Client(headers={"Authorization": f"Bearer {secret}"})
            body = json.dumps({**report, "note": f"note {number}"})
            return client.post(path, body, content_type="application/json").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = sorted(pool.map(send, range(AT_ONCE)))
    assert statuses == [201] + [409] * (AT_ONCE - 1)
    with scope(system_actor(tenkoro.pk)):
        assert FacilityStatus.objects.count() == 1
