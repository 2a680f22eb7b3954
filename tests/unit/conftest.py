"""The unit of Tenkoro: nine seats, six of them held; and a representative of the people of Wendou."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from django.utils import timezone

from municipal_units.actions.accounts import assign
from municipal_units.actions.meetings import Present, call_meeting, record_attendance
from municipal_units.actions.unit import found_unit, give_seat
from municipal_units.models import Meeting, Municipality, MunicipalUnit, Neighbourhood, Seat, User
from municipal_units.permissions import Role, scope, system_actor
from tests.conftest import acting, person

HELD = {
    "mayor": ("Lassane Kabore", False),
    "health": ("Mariam Sana", True),
    "water": ("Moussa Zida", False),
    "host_community": ("Awa Sana", True),
    "idp_community": ("Fatimata Diallo", True),
    "humanitarian": ("Jean Martin", False),
}


@dataclass
class Table:
    """The unit and its seats by code."""

    unit: MunicipalUnit
    seats: dict[str, Seat] = field(default_factory=dict)

    def meeting(self, lea: User, *present: str) -> Meeting:
        """A meeting of yesterday at which these seats sat."""
        actor = acting(lea)
        with scope(actor):
            held = timezone.now() - timedelta(days=1)
            meeting = call_meeting(by=actor, unit=self.unit, held_at=held, title="November", agenda=["Water", "Other"])
            there = {seat.pk: Present(code in present) for code, seat in self.seats.items()}
            return record_attendance(by=actor, meeting=meeting, seats=there)


@pytest.fixture
def table(tenkoro: Municipality, lea: User) -> Table:
    actor = acting(lea)
    with scope(actor):
        unit = found_unit(by=actor, municipality=tenkoro, name="Unit of Tenkoro", founded_on=date(2026, 1, 10))
        table = Table(unit, {seat.code: seat for seat in unit.seats.all()})
        for code, (name, woman) in HELD.items():
            give_seat(by=actor, seat=table.seats[code], holder=name, woman=woman, starts_on=date(2026, 2, 1))
    return table


@pytest.fixture
def max_(tenkoro: Municipality) -> User:
    """A second person who may lead the unit."""
    return person("max", "Max Nana", Role.UNIT_LEAD, tenkoro)


@pytest.fixture
def mina(tenkoro: Municipality) -> User:
    """Speaks for the people of Wendou."""
    user = User.objects.create(username="mina")
    assign(user=user, role=Role.COMMUNITY_REP, municipality=tenkoro, neighbourhoods=[place_named(tenkoro, "Wendou")])
    return user


def place_named(town: Municipality, name: str) -> Neighbourhood:
    with scope(system_actor(town.pk)):
        return Neighbourhood.objects.select_related("municipality").get(municipality=town, name=name)
