"""Editable registers keep what they held: who, when, by which door, why; nobody rewrites it, nobody else reads it."""

import pytest
from django.db import ProgrammingError, connection, transaction

from municipal_units.actions.facilities import change_facility, register_facility
from municipal_units.actions.facility_rows import FacilityRow
from municipal_units.models import Event, Facility, Municipality, User
from municipal_units.permissions import noting, scope, system_actor
from tests.conftest import acting

pytestmark = pytest.mark.django_db


def well(name: str = "Well", **more: object) -> FacilityRow:
    values = {"code": "W1", "name": name, "service": "water", "lon": -0.995, "lat": 13.005, **more}
    return FacilityRow(**values)  # type: ignore[arg-type]


@pytest.fixture
def facility(tenkoro: Municipality, ana: User) -> Facility:
    with scope(acting(ana)):
        return register_facility(by=acting(ana), municipality=tenkoro, row=well())


def test_a_change_keeps_the_old_row_with_actor_door_and_reason(facility: Facility, ana: User) -> None:
    with scope(acting(ana), door="page"), noting(reason="It was renamed"):
        change_facility(by=acting(ana), facility=facility, row=well("Great well"))
        version = facility.versions.get()  # type: ignore[attr-defined]
        event = Event.objects.get(kind="facility.changed")
    assert version.name == "Well"
    assert version.pgh_label == "changed"
    assert version.pgh_context == {"actor": ana.pk, "door": "page", "reason": "It was renamed"}
    assert version.pgh_context_id == event.context


def test_raw_sql_is_kept_too(facility: Facility, ana: User) -> None:
    with scope(acting(ana)):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE municipal_units_facility SET name = 'Somewhere else' WHERE id = %s", [facility.pk])
        assert [version.name for version in facility.versions.all()] == ["Well"]  # type: ignore[attr-defined]


def test_saving_the_same_again_keeps_nothing(facility: Facility, ana: User) -> None:
    with scope(acting(ana)):
        change_facility(by=acting(ana), facility=facility, row=well())
        facility.save()
        assert not facility.versions.exists()  # type: ignore[attr-defined]


def test_another_town_sees_no_version(facility: Facility, ana: User, barsalo: Municipality) -> None:
    with scope(acting(ana)):
        change_facility(by=acting(ana), facility=facility, row=well("Great well"))
    with scope(system_actor(barsalo.pk)):
        assert not facility.versions.exists()  # type: ignore[attr-defined]
    assert not facility.versions.exists()  # type: ignore[attr-defined]


@pytest.mark.parametrize("statement", ["UPDATE {} SET name = 'x'", "DELETE FROM {}"])
def test_versions_cannot_be_rewritten(facility: Facility, ana: User, statement: str) -> None:
    refused = pytest.raises(ProgrammingError, match="permission denied")
    with scope(acting(ana)), refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format("municipal_units_facilityversion"))
