"""A filled hazard form counts once its record is accepted, and where it lies follows from what was seen."""

import json
import uuid
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.utils import timezone

from assessments.actions.form_facts import hazard_place
from assessments.models import Submission
from damage.models import Hazard
from municipal_units.models import Municipality, Neighbourhood, User
from municipal_units.permissions import scope, system_actor
from tests.conftest import acting
from tests.doors.test_account_page import page_of

pytestmark = pytest.mark.django_db
TOWN = "/api/v1/municipalities/TK"


def sent(ben: User, form_id: str, answers: dict[str, Any]) -> None:
    version = next(form["version"] for form in page_of(ben).get(f"{TOWN}/forms").json() if form["form_id"] == form_id)
    given = {"form_id": form_id, "version": version, "instance_id": f"uuid:{uuid.uuid4()}"}
    record = json.dumps(given | {"answers": {"/observed_at": timezone.now().isoformat(), **answers}})
    answer = page_of(ben).post(f"{TOWN}/submissions", {"record": record})
    assert answer.status_code == 201, answer.content


def reviewed(ana: User, state: str) -> None:
    with scope(acting(ana)):
        waiting = Submission.objects.get()
    body = {"state": state, "reason": "Look again."}
    answer = page_of(ana).post(f"{TOWN}/submissions/{waiting.pk}/review", body, content_type="application/json")
    assert answer.status_code == 200, answer.content


def test_a_report_counts_when_it_is_accepted_and_no_more_when_rejected(
    tenkoro: Municipality, ben: User, ana: User
) -> None:
    answers = {"/hazard_type": "uxo", "/known_by": "seen", "/place": "13.005 -0.995 0 8", "/distance_m": "100"}
    answers |= {"/direction_deg": "90", "/blocks_road": "yes", "/marked": "no", "/note": "Near the school."}
    sent(ben, "hazard", answers)
    with scope(system_actor(tenkoro.pk)):
        assert not Hazard.objects.exists()
    reviewed(ana, "accepted")
    with scope(system_actor(tenkoro.pk)):
        hazard = Hazard.objects.get()
        assert (hazard.kind, hazard.status, hazard.confidence) == ("uxo", "suspected", "seen")
        assert (hazard.blocks_road, hazard.marked, hazard.reported_by_id) == (True, False, ben.pk)
        assert hazard.geom is not None
        assert (hazard.geom.x - -0.995) * 111_320 * 0.9744 == pytest.approx(100, abs=1)
        assert hazard.reach_m == 25 + 8
    reviewed(ana, "rejected")
    with scope(system_actor(tenkoro.pk)):
        assert Hazard.objects.get().review_state == "rejected"


def test_without_a_direction_it_may_be_anywhere_around() -> None:
    assert hazard_place(None, None, "30", "") == (None, 0)
    from_hand, reach_m = hazard_place(Point(2.0, 60.0, srid=4326), 12.0, "300", "")
    assert (from_hand.x, from_hand.y, reach_m) == (2.0, 60.0, 312)  # type: ignore[union-attr]
    north, reach_m = hazard_place(Point(2.0, 60.0, srid=4326), None, "1113.2", "0")
    assert (north.y, reach_m) == (pytest.approx(60.01), 278)  # type: ignore[union-attr]


def test_needs_are_shown_where_they_were_said_once_accepted(
    tenkoro: Municipality, ben: User, ana: User, paul: User
) -> None:
    with scope(acting(ana)):
        place = Neighbourhood.objects.get(name="Wendou")
    answers = {"/neighbourhood": "TK0101", "/group": "idp", "/people": "37", "/needs": "food water", "/note": "No oil."}
    answers |= {"/first_need": "water", "/urgency": "today", "/helped": "yes", "/helper": "Red Cross"}
    sent(ben, "needs", answers)
    address = f"/m/TK/neighbourhoods/{place.pk}/"
    assert "No needs were reported here lately" in page_of(ana).get(address).content.decode()
    reviewed(ana, "accepted")
    page = page_of(ana).get(address).content.decode()
    for shown in ("Displaced people", "37", "Red Cross", "No oil.", "Food"):
        assert shown in page
    (told,) = page_of(paul).get(f"{TOWN}/needs").json()["items"]
    assert (told["individuals"], told["note"], told["first_need"]) == (35, "", "water")
    reviewed(ana, "rejected")
    assert "Red Cross" not in page_of(ana).get(address).content.decode()
