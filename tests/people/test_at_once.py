"""Fifty identical registrations at once are one household; nothing about a person gets out on the way."""

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from municipal_units.models import Event, Household, ImportBatch, ImportRow, Member, Municipality, User
from municipal_units.permissions import scope, system_actor
from tests.doors.test_api import TK

AT_ONCE = 50
SOUNDS = ["bado", "kiri", "lomu", "saté", "fanu"]
NAMES = [f"Plantée{SOUNDS[number % 5]} Secrètoun{SOUNDS[number // 5]}" for number in range(20)]
PHONES = [f"+226 61 {number:02d} 98 76" for number in range(20)]


def body(place: int, number: int) -> dict[str, Any]:
    return {
        "instance_id": f"uuid:{number}",
        "neighbourhood": place,
        "group": "idp",
        "size": 5,
        "members": [{"name": NAMES[number], "sex": "f", "birth_year": 1980, "is_head": True}],
        "phone": PHONES[number],
        "consent_on": "2026-11-12",
        "registered_on": "2026-11-12",
    }


def place_in(client: Client) -> int:
    found: int = client.get(f"{TK}/neighbourhoods").json()["items"][0]["id"]
    return found


@pytest.mark.django_db(transaction=True)
def test_fifty_identical_registrations_at_once_make_one_household(
    tenkoro: Municipality, ben: User, token_of: Callable[[User], str]
) -> None:
    header = {"Authorization": f"Bearer {token_of(ben)}"}
    sent = json.dumps(body(place_in(Client(headers=header)), 0))

    def send(_: int) -> tuple[int, Any]:
        try:
            answer = Client(headers=header).post(f"{TK}/households", sent, content_type="application/json")
            return answer.status_code, answer.json()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(send, range(AT_ONCE)))
    assert {status for status, _ in answers} == {201}
    assert len({told["uuid"] for _, told in answers}) == 1
    with scope(system_actor(tenkoro.pk)):
        assert (Household.objects.count(), Member.objects.count()) == (1, 1)
        assert Event.objects.filter(kind="household.registered").count() == 1


@pytest.mark.django_db
def test_planted_names_and_phones_get_nowhere_but_to_who_asked(
    tenkoro: Municipality, ana: User, token_of: Callable[[User], str], caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(headers={"Authorization": f"Bearer {token_of(ana)}"})
    place = place_in(client)
    told: list[str] = []

    def post(path: str, content: Any) -> Any:
        answer = client.post(f"{TK}/{path}", json.dumps(content), content_type="application/json")
        assert answer.status_code in (200, 201, 422), answer.content
        return answer

    with caplog.at_level(logging.DEBUG):
        for number in range(len(NAMES)):
            told.append(post("households", body(place, number)).content.decode())
        told.append(post("households", body(place, 1) | {"group": "nobody", "instance_id": "other"}).content.decode())
        told.append(client.get(f"{TK}/households").content.decode())
        told.append(client.get(f"{TK}/duplicates").content.decode())
        told.append(client.get(f"{TK}/events?after=0").content.decode())
        told.append(client.get(f"{TK}/register/counts").content.decode())
        found = post("households/search", {"text": NAMES[3], "purpose": "assistance"}).json()
        assert [one["head"] for one in found][:1] == [NAMES[3]]
        opened = post(f"households/{found[0]['uuid']}/open", {"purpose": "assistance"}).json()
        assert opened["phone"] == PHONES[3]
    with scope(system_actor(tenkoro.pk)), connection.cursor() as cursor:
        assert Event.objects.count()
        for table in ("municipal_units_event", "municipal_units_personaccess", "procrastinate_jobs"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
            told.append(cursor.fetchone()[0])
        for table in ("municipal_units_household", "municipal_units_member", "municipal_units_duplicatepair"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            told.append(cursor.fetchone()[0] or "")
        assert not ImportBatch.objects.exists()
        assert not ImportRow.objects.exists()
    logged = " ".join(record.getMessage() for record in caplog.records)
    everything = " ".join(told) + logged
    for secret in [*NAMES, *PHONES, *(phone.replace(" ", "") for phone in PHONES), "Plantée", "secrètoun"]:
        assert secret not in everything, secret
