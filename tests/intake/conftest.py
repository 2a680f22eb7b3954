"""A phone of Ben's, and filled forms as Collect sends them."""

import io
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.utils import timezone
from PIL import Image

from municipal_units.actions.accounts import add_device
from municipal_units.models import Municipality, User
from municipal_units.permissions import scope
from tests.conftest import acting

SENT = "{http://openrosa.org/http/response}"
VERSION = "2026112001"


@pytest.fixture(autouse=True)
def file_store(tmp_path: Path) -> Iterator[Path]:
    with override_settings(FILE_STORE=tmp_path / "files"):
        yield tmp_path / "files"


@pytest.fixture
def key_of(tenkoro: Municipality) -> Callable[..., str]:
    def make(user: User) -> str:
        actor = acting(user)
        with scope(actor):
            return add_device(by=actor, municipality=tenkoro, user=user, name="phone", now=timezone.now())[1]

    return make


class Phone:
    """Collect's requests at one address."""

    def __init__(self, base: str) -> None:
        self.base, self.client = base, Client(headers={"user-agent": "org.odk.collect.android/v2026.3"})

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path if path.startswith("http") else f"{self.base}/{path}", headers=headers)

    def send(self, xml: str | bytes, incomplete: bool = False, **files: bytes) -> Any:
        body: dict[str, object] = {"xml_submission_file": xml_file(xml)}
        for name, content in files.items():
            named = name.replace("__", ".")
            body[named] = SimpleUploadedFile(named, content, "image/jpeg")
        if incomplete:
            body["*isIncomplete*"] = "yes"
        return self.client.post(f"{self.base}/submission?deviceID=collect%3Aabc", body)


def xml_file(xml: str | bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("form.xml", xml if isinstance(xml, bytes) else xml.encode(), "text/xml")


@pytest.fixture
def phone(key_of: Callable[..., str], ben: User) -> Phone:
    return Phone(f"/key/{key_of(ben)}")


def filled(
    form_id: str, answers: str, *, instance_id: str | None = None, replaces: str = "", version: str = VERSION
) -> str:
    old = f"<orx:deprecatedID>{replaces}</orx:deprecatedID>" if replaces else ""
    name = f"uuid:{uuid.uuid4()}" if instance_id is None else instance_id
    meta = f"<orx:instanceID>{name}</orx:instanceID>" if name else ""
    return (
        f'<?xml version=\'1.0\' ?><data id="{form_id}" version="{version}" xmlns:orx="http://openrosa.org/xforms">'
        f"{answers}<orx:meta>{meta}{old}</orx:meta></data>"
    )


def damage(grade: str = "heavy", *, place: str = "13.005 -0.995 0 6", extra: str = "", **ids: str) -> str:
    seen = timezone.now().isoformat()
    return filled(
        "damage_rapid",
        f"<observed_at>{seen}</observed_at><structure/><place>{place}</place><neighbourhood/><written_place/>"
        f"<grade>{grade}</grade><habitability>not_habitable</habitability><occupied>no</occupied><storeys>2</storeys>"
        f"<dwellings/><explosives>no</explosives>{extra}<note/>",
        **ids,
    )


def said(response: Any) -> str:
    """The sentence Collect shows."""
    return ElementTree.fromstring(response.content).findtext(f"{SENT}message") or ""


def jpeg(colour: str = "red", size: tuple[int, int] = (64, 48)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "JPEG")
    return content.getvalue()
