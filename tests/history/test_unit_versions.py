"""Seats, tension, evictions and proposed norms tell what they held before; they are not written back from a list."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from municipal_units.actions.evictions import EvictionRow, advance_eviction, open_eviction
from municipal_units.actions.norm_proposals import approve_norm, propose_norm
from municipal_units.actions.protection import (
    IncidentRow,
    confirm_tension,
    record_tension,
    report_incident,
    verify_incident,
)
from municipal_units.actions.unit import end_mandate, found_unit, give_seat
from municipal_units.models import Municipality, Neighbourhood, User
from municipal_units.permissions import Role, scope
from tests.conftest import acting, person
from tests.doors.test_account_page import page_of

pytestmark = pytest.mark.django_db


def told(user: User, kind: str, pk: int) -> dict[str, tuple[str, str, str]]:
    """Every changed value with what it was and became, and who did it."""
    answer = page_of(user).get(f"/api/v1/municipalities/TK/history/{kind}/{pk}")
    assert answer.status_code == 200, answer.content
    changes = answer.json()["items"]
    assert not any(change["may_be_undone"] for change in changes)
    assert page_of(user).get(f"/m/TK/history/{kind}/{pk}/").status_code == 200
    return {
        field["name"]: (field["before"], field["after"], change["actor"])
        for change in changes
        for field in change["fields"]
    }


def test_protection_keeps_what_was_there(tenkoro: Municipality, ana: User, lea: User, paul: User) -> None:
    today = timezone.localdate()
    with scope(acting(ana)):
        place = Neighbourhood.objects.order_by("pk")[0]
        record = record_tension(by=acting(ana), neighbourhood=place, observed_on=today, values={"water_queue": 40})
        row = IncidentRow(kind="dispute_water", occurred_on=today)
        incident = report_incident(by=acting(ana), neighbourhood=place, row=row)
        case = open_eviction(
            by=acting(ana),
            neighbourhood=place,
            row=EvictionRow(stage="threat_verbal", on=today - timedelta(days=4), households=3),
        )
    with scope(acting(lea)):
        confirm_tension(by=acting(lea), record=record)
        verify_incident(by=acting(lea), incident=incident, verification="verified")
        advance_eviction(by=acting(lea), case=case, stage="notice_written", on=today, safeguards={"remedy": "yes"})
    assert told(ana, "tension", record.pk)["confirmed_by"] == ("", str(lea), str(lea))
    assert told(ana, "incident", incident.pk)["verification"] == ("unverified", "verified", str(lea))
    held = told(ana, "eviction", case.pk)
    assert held["stage"] == ("threat_verbal", "notice_written", str(lea))
    assert held["safeguards"][:2] == ("", "remedy: yes")
    mo = person("mo", "Mo Barry", Role.COMMUNITY_REP, tenkoro)
    for user in (paul, mo):
        for kind, pk in (("tension", record.pk), ("incident", incident.pk), ("eviction", case.pk)):
            assert page_of(user).get(f"/api/v1/municipalities/TK/history/{kind}/{pk}").status_code == 403
            assert page_of(user).get(f"/m/TK/history/{kind}/{pk}/").status_code == 403


def test_seats_and_mandates(tenkoro: Municipality, ana: User) -> None:
    with scope(acting(ana)):
        unit = found_unit(by=acting(ana), municipality=tenkoro, name="Unit", founded_on=date(2026, 1, 1))
        seat = unit.seats.order_by("pk")[0]
        give_seat(by=acting(ana), seat=seat, holder="A. Holder", starts_on=date(2026, 2, 1))
    with scope(acting(ana)):
        end_mandate(by=acting(ana), seat=seat, ends_on=date(2026, 6, 30), because="moved away")
    assert told(ana, "seat", seat.pk)["ends_on"][:2] == ("", "2026-06-30")


def test_proposed_norms(tenkoro: Municipality, ana: User, lea: User) -> None:
    with scope(acting(lea)):
        wanted = propose_norm(
            by=acting(lea),
            municipality=tenkoro,
            kind="demand",
            service="water",
            key="water_l_pd",
            value=20,
            source="unit",
        )
    with scope(acting(ana)):
        approve_norm(by=acting(ana), proposal=wanted)
    assert told(ana, "norm-proposal", wanted.pk)["status"] == ("proposed", "approved", str(ana))
    undo = {"change": "6b1f0f1e-6f3c-4b0e-9d0a-0f0a5a1f2b3c", "reason": "test"}
    address = f"/api/v1/municipalities/TK/history/norm-proposal/{wanted.pk}/undo"
    assert page_of(ana).post(address, undo, content_type="application/json").status_code == 422
