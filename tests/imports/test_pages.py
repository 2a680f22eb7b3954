"""The import pages: a file goes from upload to done, refusals are sentences, strangers see nothing."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from municipal_units.actions.import_rows import run_import
from municipal_units.models import Facility, ImportBatch, Municipality, User
from municipal_units.permissions import scope
from tests.conftest import acting
from tests.imports.test_steps import sheet


@pytest.fixture
def signed_in(ana: User, tenkoro: Municipality) -> Client:
    client = Client()
    client.force_login(ana)
    return client


def upload(client: Client, content: bytes, name: str = "wells.csv", kind: str = "facilities") -> str:
    """Sends a file; gives the address of its page."""
    answer = client.post("/m/TK/imports/", {"kind": kind, "file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def test_a_file_goes_from_upload_to_done(signed_in: Client, tenkoro: Municipality, ana: User) -> None:
    page = upload(signed_in, sheet())
    assert b"wells.csv" in signed_in.get("/m/TK/imports/").content
    shown = signed_in.get(page).content.decode()
    assert 'name="use-capacity"' in shown
    form = {"do": "check", "source": "Water office", "option-service": "water", "use-code": "Code", "use-name": "Nom",
            "use-service": "Service", "use-lon": "Lon", "use-lat": "Lat", "use-capacity": "D\u00e9bit",
            "use-unit": "Unit\u00e9"}  # fmt: skip
    answer = signed_in.post(page, form, follow=True)
    shown = answer.content.decode()
    assert "Import 2 rows" in shown
    assert "deux" in shown
    with scope(acting(ana)):
        assert not Facility.objects.exists()
    shown = signed_in.post(page, {"do": "confirm"}, follow=True).content.decode()
    assert "data-job" in shown
    with scope(acting(ana)):
        batch = ImportBatch.objects.get()
    assert signed_in.get(f"{page}state").json()["state"] == "queued"
    run_import(municipality_id=tenkoro.pk, batch_id=batch.pk)
    state = signed_in.get(f"{page}state").json()
    assert (state["state"], state["rows"], state["accepted"], state["refused"]) == ("finished", 4, 2, 2)
    assert signed_in.get(page).status_code == 200
    rows = b"".join(signed_in.get(f"{page}rows?rows=refused").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert [line.split(",")[0] for line in rows.splitlines()] == ["Code", "F-03", "F-04"]
    assert signed_in.get(f"{page}rows?as=xlsx")["Content-Type"].endswith("spreadsheetml.sheet")


def test_a_question_is_shown_and_its_answer_taken(signed_in: Client, ana: User) -> None:
    content = b"quartier,idp,date\nWendou,100,03/04/2026\n"
    page = upload(signed_in, content, "count.csv", "population")
    form = {"do": "check", "source": "Unit", "option-round": "April", "option-method": "census",
            "use-place": "quartier", "use-group_idp": "idp", "use-observed_on": "date"}  # fmt: skip
    shown = signed_in.post(page, form, follow=True).content.decode()
    assert 'name="answer-date_order"' in shown
    shown = signed_in.post(page, form | {"answer-date_order": "dmy"}, follow=True).content.decode()
    assert "Import 1 row<" in shown


@pytest.mark.parametrize(("content", "name"), [(b"", "empty.csv"), (b"<kml>", "x.kml"), (b"GIF89a", "map.zip")])
def test_an_unreadable_file_is_answered_with_a_sentence(
    signed_in: Client, tenkoro: Municipality, content: bytes, name: str
) -> None:
    answer = signed_in.post("/m/TK/imports/", {"kind": "boundaries", "file": SimpleUploadedFile(name, content)})
    assert answer.status_code in (200, 422)
    assert 'role="alert"' in answer.content.decode()


def test_a_file_without_rows_says_so(signed_in: Client) -> None:
    page = upload(signed_in, b'{"type": "FeatureCollection", "features": []}', "empty.geojson", "boundaries")
    form = {"do": "check", "source": "Survey", "option-valid_from": "2026-01-01"}
    shown = signed_in.post(page, form, follow=True).content.decode()
    assert "The file holds no rows" in shown
    assert "Import 0 rows" not in shown


def test_a_refused_choice_is_answered_with_a_sentence(signed_in: Client) -> None:
    page = upload(signed_in, sheet())
    answer = signed_in.post(page, {"do": "check", "source": "", "use-name": "No such column"})
    assert "has no column" in answer.content.decode()
    assert signed_in.post(page, {"do": "dance"}).status_code == 200


@pytest.mark.parametrize("who", ["ben", "paul", "cleo"])
def test_those_who_may_not_import_see_nothing(signed_in: Client, who: str, request: pytest.FixtureRequest) -> None:
    page = upload(signed_in, sheet())
    client = Client()
    client.force_login(request.getfixturevalue(who))
    for address in ("/m/TK/imports/", page, f"{page}rows", f"{page}state"):
        assert client.get(address).status_code in (403, 404), address
    assert Client().get(page).status_code == 302
