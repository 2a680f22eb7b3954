"""Undoing a whole import: its rows are withdrawn, what it changed is put back, later work is left and listed."""

from typing import Any

import pytest
from django.test import Client

from assessments.models import Intervention
from crisis.lib.errors import Invalid
from municipal_units.actions.facilities import change_facility, register_facility
from municipal_units.actions.facility_rows import FacilityRow
from municipal_units.actions.import_undo import undo_import
from municipal_units.models import Event, Facility, FacilityStatus, ImportBatch, Municipality, User
from municipal_units.permissions import scope
from tests.conftest import acting
from tests.imports.sending import imported, received

pytestmark = pytest.mark.django_db
SHEET = (
    b"code,name,service,lon,lat,status,observed_at\n"
    b"W1,Renamed by file,water,-0.995,13.005,not_functional,2026-11-10\n"
    b"W2,New from file,water,-0.994,13.004,,\n"
    b"W3,Also new,water,-0.993,13.003,,\n"
)


def row(code: str, name: str) -> FacilityRow:
    return FacilityRow(code=code, name=name, service="water", lon=-0.995, lat=13.005)


@pytest.fixture
def batch(tenkoro: Municipality, ana: User) -> ImportBatch:
    with scope(acting(ana)):
        register_facility(by=acting(ana), municipality=tenkoro, row=row("W1", "Well"))
    batch = imported(ana, tenkoro, "facilities", SHEET, "wells.csv", source_name="Ministry")
    with scope(acting(ana)):
        batch.refresh_from_db()
        assert batch.state == "finished", batch.message
        assert sorted(Facility.objects.values_list("code", "name")) == [
            ("W1", "Renamed by file"),
            ("W2", "New from file"),
            ("W3", "Also new"),
        ]
    return batch


def undone(user: User, batch: ImportBatch) -> dict[str, Any]:
    with scope(acting(user)):
        summary: dict[str, Any] = undo_import(by=acting(user), batch=batch, reason="wrong file").summary["undone"]
    return summary


def test_new_rows_go_changed_rows_come_back_and_reports_are_rejected(batch: ImportBatch, ana: User) -> None:
    assert undone(ana, batch) == {"withdrawn": 2, "put_back": 1, "left": 0, "rows_left": []}
    with scope(acting(ana)):
        assert list(Facility.objects.values_list("code", "name")) == [("W1", "Well")]
        assert FacilityStatus.objects.get().review_state == "rejected", "an append-only fact is kept and rejected"
        assert Event.objects.filter(kind="import.undone").count() == 1


def test_rows_somebody_worked_on_since_are_left_and_listed(
    batch: ImportBatch, ana: User, tenkoro: Municipality
) -> None:
    with scope(acting(ana)):
        for code in ("W1", "W2"):
            facility = Facility.objects.get(code=code)
            change_facility(by=acting(ana), facility=facility, row=row(code, f"Mended {code}"))
    told = undone(ana, batch)
    assert (told["withdrawn"], told["put_back"], told["left"]) == (1, 0, 2)
    assert sorted(told["rows_left"]) == [
        "W1 Mended W1: changed again since",
        "W2 Mended W2: changed or reported on since",
    ]
    with scope(acting(ana)):
        assert sorted(Facility.objects.values_list("name", flat=True)) == ["Mended W1", "Mended W2"]


def test_it_is_undone_once_with_a_reason_by_who_may(batch: ImportBatch, ana: User, ben: User) -> None:
    address = f"/api/v1/municipalities/TK/imports/{batch.pk}/undo"

    def ask(user: User, reason: str) -> int:
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return client.post(address, {"reason": reason}, content_type="application/json").status_code

    assert ask(ben, "x") == 403
    assert ask(ana, " ") == 422
    assert ask(ana, "wrong file") == 200
    assert ask(ana, "again") == 409


def test_works_of_a_file_go_again(tenkoro: Municipality, ana: User) -> None:
    sheet = b"code,name,intervention_type,cost,duration_days\nA,Pump,rehabilitation,10,3\nB,Road,rehabilitation,5,2\n"
    batch = imported(ana, tenkoro, "interventions", sheet, "works.csv", source_name="Office")
    with scope(acting(ana)):
        batch.refresh_from_db()
        assert Intervention.objects.count() == 2, batch.message
    assert undone(ana, batch)["withdrawn"] == 2
    with scope(acting(ana)):
        assert not Intervention.objects.exists()


def test_kinds_that_cannot_say_so(tenkoro: Municipality, ana: User) -> None:
    sheet = b"id,lon,lat,grade\n1,-0.995,13.005,D3\n"
    batch = received(ana, tenkoro, "damage", sheet, "points.csv")
    with scope(acting(ana)):
        ImportBatch.objects.filter(pk=batch.pk).update(state="finished")
        with pytest.raises(Invalid, match="cannot be undone as a whole"):
            undo_import(by=acting(ana), batch=batch, reason="wrong file")
