"""Households as they are registered in the field."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from municipal_units.actions.household_rows import HouseholdRow, MemberRow
from municipal_units.actions.households import register_household
from municipal_units.models import Household, Municipality, Neighbourhood, User
from municipal_units.permissions import scope
from tests.conftest import acting

Register = Callable[..., Household]


@pytest.fixture
def wendou(tenkoro: Municipality, ana: User) -> Neighbourhood:
    with scope(acting(ana)):
        return Neighbourhood.objects.get(name="Wendou")


def row(place: Neighbourhood, name: str = "Awa Ouédraogo", **values: Any) -> HouseholdRow:
    """A registration; `birth_year` and `sex` are those of its head."""
    head = MemberRow(name=name, birth_year=values.pop("birth_year", None), sex=values.pop("sex", "f"), is_head=True)
    others = tuple(values.pop("others", ()))
    plain: dict[str, Any] = {"instance_id": f"uuid:{uuid.uuid4()}", "group": "idp", "size": 5}
    plain |= {"consent_on": timezone.localdate(), "neighbourhood_id": place.pk, "members": (head, *others)}
    return HouseholdRow(**(plain | values))


@pytest.fixture
def register(tenkoro: Municipality, wendou: Neighbourhood, ana: User) -> Register:
    """Registers a household by name, as Ana unless said otherwise."""

    def made(name: str = "Awa Ouédraogo", by: User = ana, **values: Any) -> Household:
        with scope(acting(by)):
            return register_household(by=acting(by), municipality=tenkoro, row=row(wendou, name, **values))

    return made
