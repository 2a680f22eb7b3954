"""A file comes in through the API by the same steps as through the pages."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from municipal_units.actions.import_rows import run_import
from municipal_units.models import Facility, Municipality, User
from municipal_units.permissions import scope, system_actor
from tests.doors.test_api import TK, Asker

SHEET = """code,name,service,lon,lat,capacity,unit
F-1,Borehole,water,-0.995,13.005,90,m3/d
F-2,Clinic,magic,-0.985,13.005,,
"""


@pytest.fixture(autouse=True)
def file_store(tmp_path: Path) -> Iterator[None]:
    with override_settings(FILE_STORE=tmp_path / "files"):
        yield


def sent(client: Client, content: str, kind: str = "facilities", name: str = "facilities.csv") -> Any:
    return client.post(f"{TK}/imports", {"kind": kind, "file": SimpleUploadedFile(name, content.encode(), "text/csv")})


@pytest.mark.django_db(transaction=True)
def test_a_sheet_is_sent_checked_confirmed_and_comes_back(
    tenkoro: Municipality, ana: User, token_of: Callable[[User], str]
) -> None:
    asker = Asker(token_of(ana))
    answer = sent(asker.client, SHEET)
    assert answer.status_code == 201, answer.content
    batch = answer.json()
    one = f"{TK}/imports/{batch['id']}"
    assert batch["state"] == "inspected"
    assert batch["mapping"]["code"] == "code"
    chosen = asker.send("PATCH", one, {"source": "Town hall", "options": {}})
    assert chosen["source"] == "Town hall"
    checked = asker.send("POST", f"{one}/check", {})
    assert checked["state"] in ("checked", "asks"), checked
    if checked["state"] == "asks":
        answers = {question["key"]: "" for question in checked["summary"]["questions"]}
        asker.send("PATCH", one, {"answers": answers})
        checked = asker.send("POST", f"{one}/check", {})
    assert (checked["state"], checked["summary"]["refused"]) == ("checked", 1)
    with scope(system_actor(tenkoro.pk)):
        assert Facility.objects.count() == 0
    assert asker.send("POST", f"{one}/confirm", {})["state"] == "queued"
    run_import(municipality_id=tenkoro.pk, batch_id=batch["id"])
    done = asker.get(one)
    assert (done["state"], done["rows"], done["accepted"], done["refused"]) == ("finished", 2, 1, 1)
    (row,) = asker.get(f"{one}/rows?status=refused")["items"]
    assert row["reason"]
    sheet = asker.client.get(f"{one}/sheet?rows=all&as=csv")
    text = b"".join(sheet.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "F-1" in text
    assert row["reason"] in text
    assert asker.get(f"{TK}/imports")["count"] == 1
    asker.send("PATCH", one, {"source": "Other"}, 409)


def test_only_who_imports_sees_imports(tenkoro: Municipality, ben: User, token_of: Callable[[User], str]) -> None:
    asker = Asker(token_of(ben))
    asker.get(f"{TK}/imports", 403)
    assert sent(asker.client, SHEET).status_code == 403


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("magic", "facilities.csv", SHEET),
        ("facilities", "facilities.exe", "MZ\x00\x01\x02"),
        ("facilities", "facilities.csv", ""),
        ("damage", "points.geojson", "{"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(
    tenkoro: Municipality, ana: User, token_of: Callable[[User], str], kind: str, name: str, content: str
) -> None:
    answer = sent(Asker(token_of(ana)).client, content, kind, name)
    assert 400 <= answer.status_code < 500, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["detail"]
