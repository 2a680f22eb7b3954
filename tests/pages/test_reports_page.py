"""The supervisors' inbox: what came in, why somebody should look, and what pressing a button does."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from assessments.models import FormDefinition, KeptAside, Submission
from municipal_units.models import Municipality, User
from municipal_units.permissions import scope, system_actor
from tests.intake.conftest import Phone, damage, file_store, jpeg, key_of, phone  # noqa: F401 (fixtures)

FORM = b"""| survey |
| | type | name | label |
| | text | shop | Which shop? |
| | select_one yn | open | Is it open? |
| choices |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
| settings |
| | form_id | form_title | version |
| | shops | Shops | 1 |
"""


@pytest.fixture
def office(ana: User) -> Client:
    client = Client()
    client.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    return client


def test_a_report_is_shown_in_words_and_accepted(office: Client, phone: Phone, tenkoro: Municipality) -> None:  # noqa: F811
    phone.send(damage("heavy", extra="<photo>a.jpg</photo>"), a__jpg=jpeg())
    page = office.get("/m/TK/reports/").content.decode()
    assert "Heavy: a wall leans or has a hole" in page
    assert "Complete: form and 1 photos" in page
    with scope(system_actor(tenkoro.pk)):
        sent = Submission.objects.get()
        photo = sent.files.get()
    shown = office.get(f"/m/TK/reports/{sent.pk}/photos/{photo.pk}")
    assert shown["Content-Type"] == "image/jpeg"
    refused = office.post(f"/m/TK/reports/{sent.pk}/", {"state": "rejected", "reason": ""})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    assert office.post(f"/m/TK/reports/{sent.pk}/", {"state": "accepted"}).status_code == 302
    assert "All reports are reviewed" in office.get("/m/TK/reports/").content.decode()


def test_a_report_without_a_place_is_named_without_one(office: Client, phone: Phone, tenkoro: Municipality) -> None:  # noqa: F811
    phone.send(damage("heavy", place=""))
    page = office.get("/m/TK/reports/").content.decode()
    assert "Building damage, rapid. Sent" in " ".join(page.split())


def test_what_was_kept_aside_is_taken_when_that_becomes_possible(
    office: Client,
    phone: Phone,  # noqa: F811
    tenkoro: Municipality,
) -> None:
    phone.get("formList")
    with scope(system_actor(tenkoro.pk)):
        FormDefinition.objects.filter(form_id="damage_rapid").update(state="closed")
    assert phone.send(damage("heavy")).status_code == 202
    assert "form is closed" in office.get("/m/TK/reports/?show=kept").content.decode()
    with scope(system_actor(tenkoro.pk)):
        kept = KeptAside.objects.get()
        FormDefinition.objects.filter(form_id="damage_rapid").update(state="open")
    assert office.post(f"/m/TK/reports/kept/{kept.pk}/", {"do": "take"}).status_code == 302
    assert "Heavy" in office.get("/m/TK/reports/").content.decode()


def test_an_own_form_is_looked_into_then_published(
    office: Client, uploaded: Callable[[bytes, str], object], tenkoro: Municipality
) -> None:
    preview = office.post("/m/TK/reports/forms/", {"do": "preview", "file": uploaded(FORM, "shops.md")})
    assert "Which shop?" in preview.content.decode()
    with scope(system_actor(tenkoro.pk)):
        assert not FormDefinition.objects.filter(form_id="shops").exists()
    broken = FORM.replace(b"select_one yn", b"select_one nowhere")
    refused = office.post("/m/TK/reports/forms/", {"do": "publish", "file": uploaded(broken, "shops.md")})
    assert refused.status_code == 422
    assert "nowhere" in refused.content.decode()
    done = office.post("/m/TK/reports/forms/", {"do": "publish", "file": uploaded(FORM, "shops.md")})
    assert done.status_code == 302
    other = FORM.replace(b"Which shop?", b"What shop?")
    conflict = office.post("/m/TK/reports/forms/", {"do": "publish", "file": uploaded(other, "shops.md")})
    assert "Write a new version" in conflict.content.decode()


@pytest.fixture
def uploaded() -> Callable[[bytes, str], object]:

    return lambda content, name: SimpleUploadedFile(name, content)
