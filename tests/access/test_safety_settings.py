"""Safety settings: at once where they protect more, two people where less; the weekly picture is made once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crisis.lib.errors import Conflict, Invalid, NotAllowed
from crisis.models import Publication
from crisis.publishing import publish_due
from municipal_units.actions.safety import change_safety, decide_safety
from municipal_units.models import Municipality, SafetyProposal, User
from municipal_units.permissions import scope
from municipal_units.selectors.safety import safety_in_force
from tests.conftest import acting
from tests.doors.test_account_page import page_of

pytestmark = pytest.mark.django_db


def change(user: User, town: Municipality, **values: Any) -> list[SafetyProposal]:
    with scope(acting(user)):
        return change_safety(by=acting(user), municipality=town, values=values, reason="as decided")


def in_force(user: User, town: Municipality) -> dict[str, Any]:
    with scope(acting(user)):
        return safety_in_force(Municipality.objects.get(pk=town.pk))


def test_what_protects_more_holds_at_once_and_less_waits_for_another(
    tenkoro: Municipality, ana: User, lea: User, paul: User
) -> None:
    made = change(ana, tenkoro, conflict_mode=False, grid_m=3_000, public_threshold=20)
    assert [one.status for one in made] == ["in_force", "proposed"]
    now = in_force(ana, tenkoro)
    assert (now["conflict_mode"], now["grid_m"], now["public_threshold"]) == (True, 3_000, 20)
    waiting = made[1]
    with scope(acting(ana)), pytest.raises(NotAllowed, match="Somebody else"):
        decide_safety(by=acting(ana), proposal=waiting, approve=True)
    with scope(acting(paul)), pytest.raises(NotAllowed):
        decide_safety(by=acting(paul), proposal=waiting, approve=True)
    with scope(acting(lea)):
        decide_safety(by=acting(lea), proposal=waiting, approve=True)
        with pytest.raises(Conflict):
            decide_safety(by=acting(lea), proposal=waiting, approve=True)
    assert in_force(ana, tenkoro)["conflict_mode"] is False


@pytest.mark.parametrize(
    ("name", "value"),
    [("grid_m", 500), ("hazard_buffer_m", 199), ("publication_delay_hours", 1), ("public_threshold", 2),
     ("conflict_mode", 1), ("sensitive_services", ["x"]), ("unheard", 1), ("grid_m", True)],
)  # fmt: skip
def test_below_the_floor_nothing_goes(tenkoro: Municipality, ana: User, name: str, value: Any) -> None:
    with pytest.raises(Invalid):
        change(ana, tenkoro, **{name: value})


def test_fewer_sensitive_services_need_a_second_person(tenkoro: Municipality, ana: User) -> None:
    (more,) = change(ana, tenkoro, sensitive_services=["housing_shelter", "protection_social", "health"])
    (less,) = change(ana, tenkoro, sensitive_services=["health"])
    assert (more.status, less.status) == ("in_force", "proposed")


def test_the_page_proposes_and_another_approves(tenkoro: Municipality, ana: User, lea: User, ben: User) -> None:
    values = {name: value for name, value in in_force(ana, tenkoro).items() if isinstance(value, int) and value > 1}
    form = {
        "do": "change",
        **values,
        "reason": "calm again",
        "sensitive_services": in_force(ana, tenkoro)["sensitive_services"],
    }
    assert page_of(ana).post("/m/TK/safety", form).status_code == 302  # conflict mode is not ticked
    page = page_of(ana).get("/m/TK/safety").content.decode()
    assert "Waits for a second person" in page
    assert "somebody else has to approve it" in page
    with scope(acting(ana)):
        waiting = SafetyProposal.objects.get()
    assert page_of(lea).post("/m/TK/safety", {"do": "approve", "change": waiting.pk}).status_code == 302
    assert in_force(ana, tenkoro)["conflict_mode"] is False
    assert page_of(ben).get("/m/TK/safety").status_code == 403
    assert Client().get("/m/TK/safety").status_code == 302


def test_the_worker_publishes_when_it_is_due_and_not_twice(tenkoro: Municipality, ana: User, lea: User) -> None:
    now = timezone.now()
    assert publish_due(now=now) == [], "nobody asked for it"
    (asked,) = change(ana, tenkoro, publish_weekly=True)
    with scope(acting(lea)):
        decide_safety(by=acting(lea), proposal=asked, approve=True)
    assert publish_due(now=now) == [tenkoro.pk]
    assert publish_due(now=now + timedelta(hours=1)) == []
    assert publish_due(now=now + timedelta(days=6, hours=23)) == []
    assert publish_due(now=now + timedelta(days=7)) == [tenkoro.pk]
    with scope(acting(ana)):
        assert Publication.objects.count() == 2
