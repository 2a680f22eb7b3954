"""Lists as sheets: what is on the screen, no formulas, within one's rights, and told in the audit log."""

import csv
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.test import Client

from assessments.actions.planning import propose_works
from assessments.actions.work_rows import WorkRow
from crisis.lib.folding import folded
from municipal_units.actions.accounts import assign, create_account
from municipal_units.actions.facilities import register_facilities
from municipal_units.actions.facility_rows import FacilityRow
from municipal_units.models import Event, Municipality, Neighbourhood, User
from municipal_units.permissions import Role, scope
from tests.conftest import PASSWORD, acting

pytestmark = pytest.mark.django_db


def facility(code: str, name: str, service: str = "water", **more: Any) -> FacilityRow:
    return FacilityRow(code=code, name=name, service=service, lon=-0.995, lat=13.005, **more)


@pytest.fixture
def town(tenkoro: Municipality, ana: User) -> Municipality:
    rows = [
        facility("W1", "=HYPERLINK(1)"),
        facility("W2", "École Omar", "education", name_ar="مدرسة عمر"),
        facility("W3", "Pump"),
    ]
    with scope(acting(ana)):
        register_facilities(by=acting(ana), municipality=tenkoro, rows=rows)
        place = Neighbourhood.objects.get(pcode="TK0101")
        head: dict[str, Any] = {"intervention_type": "rehabilitation", "cost": 5, "duration_days": 3}
        works = [
            WorkRow(code="A", name="Réparer la pompe", neighbourhood_id=place.pk, fund="Red Cross", **head),
            WorkRow(code="B", name="Clear the road", **head),
        ]
        propose_works(by=acting(ana), municipality=tenkoro, rows=works)
    return tenkoro


def office(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def sheet(user: User, name: str, **asked: str) -> list[list[str]]:
    answer = office(user).get(f"/m/TK/export/{name}.csv", asked)
    assert answer.status_code == 200
    return list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))


def test_a_sheet_holds_what_the_filters_leave_and_no_formula(town: Municipality, ana: User) -> None:
    rows = sheet(ana, "facilities", service="water")
    assert [row[0] for row in rows[1:]] == ["W1", "W3"]
    assert rows[1][1] == "'=HYPERLINK(1)"
    answer = office(ana).get("/m/TK/export/facilities.xlsx")
    page = openpyxl.load_workbook(BytesIO(answer.content)).active
    assert page is not None
    assert page["B2"].value == "=HYPERLINK(1)"
    assert page["B2"].data_type == "s", "a text, not a formula"


@pytest.mark.parametrize("words", ["ecole", "ÉCOLE OMAR", "مدرسه"])
def test_accents_case_and_arabic_spellings_do_not_matter(town: Municipality, ana: User, words: str) -> None:
    assert [row[0] for row in sheet(ana, "facilities", q=words)[1:]] == ["W2"]
    assert folded(words) in folded("École Omar مدرسة")


def test_an_export_is_told_in_the_audit_log(town: Municipality, ana: User, ben: User) -> None:
    sheet(ana, "facilities", q="pump")
    with scope(acting(ana)):
        event = Event.objects.get(kind="export.made")
    assert (event.by_id, event.shows) == (ana.pk, {"table": "facilities", "rows": 1, "form": "csv"})
    assert office(ben).get("/m/TK/export/facilities.csv").status_code == 403
    assert office(ana).get("/m/TK/export/households.csv").status_code == 404


def test_a_service_representative_takes_out_the_own_service_only(town: Municipality) -> None:
    moussa = create_account(username="moussa", name="Moussa", password=PASSWORD)
    assign(user=moussa, role=Role.SERVICE_REP, municipality=town, services=["education"])
    assert [row[0] for row in sheet(moussa, "facilities")[1:]] == ["W2"]


def test_works_and_who_does_what_where(town: Municipality, ana: User) -> None:
    assert [row[0] for row in sheet(ana, "works", q="reparer")[1:]] == ["A"]
    header, first, second = sheet(ana, "3w")
    assert dict(zip(header, first, strict=True))["who"] == "Red Cross"
    assert first[3:5] == ["Wendou", "TK0101"]
    assert (second[0], second[3]) == ("Tenkoro", "Tenkoro")


def test_neighbourhoods_in_the_order_of_the_screen(town: Municipality, ana: User) -> None:
    names = [row[2] for row in sheet(ana, "neighbourhoods", sort="name")[1:]]
    assert names == ["Forage", "Pelga", "Wendou"]
    assert [row[2] for row in sheet(ana, "neighbourhoods", q="pélga")[1:]] == ["Pelga"]
