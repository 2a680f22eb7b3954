"""Visits: who is sent where, what the phone says of them, what closes them, and who may not."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import timezone

from assessments.actions.visits import Goal, Said, plan_visit, plan_visits, report_visits, set_team, set_visit_state
from assessments.models import Visit
from assessments.selectors.visits import open_visits, visits_board
from crisis.lib.errors import Invalid, NotAllowed, NotFound
from damage.models import Structure
from municipal_units.models import Event, Facility, Municipality, Neighbourhood, User
from municipal_units.permissions import Role, scope, system_actor
from tests.conftest import acting, person
from tests.visits.conftest import Phone, damage, filled


@pytest.fixture
def here(tenkoro: Municipality) -> Iterator[Municipality]:
    with scope(system_actor(tenkoro.pk)):
        yield tenkoro


@pytest.fixture
def borehole(tenkoro: Municipality) -> Facility:
    with scope(system_actor(tenkoro.pk)):
        place = Neighbourhood.objects.get(pcode="TK0101")
        return Facility.objects.create(
            municipality=tenkoro, code="F-12", name="Borehole", service="water", asset_type="borehole",
            neighbourhood=place, geom=Point(-0.995, 13.005, srid=4326),
        )  # fmt: skip


def test_who_fills_in_forms_is_sent_and_nobody_else(
    here: Municipality, borehole: Facility, ana: User, ben: User, paul: User, cleo: User
):
    with pytest.raises(NotAllowed):
        plan_visit(by=acting(ben), municipality=here, facility=borehole)
    with pytest.raises(NotFound):
        plan_visit(by=acting(cleo), municipality=here, facility=borehole)
    for stranger in (paul, cleo):
        with pytest.raises(NotFound):
            plan_visit(by=acting(ana), municipality=here, facility=borehole, assigned_to=stranger)

    visit = plan_visit(by=acting(ana), municipality=here, facility=borehole, assigned_to=ben, due_on=date(2026, 12, 1))

    assert (visit.state, visit.title, visit.form_id_text) == ("planned", "F-12", "facility_status")
    assert plan_visit(by=acting(ana), municipality=here, facility=borehole, assigned_to=ben) == visit


def test_a_visit_goes_to_one_thing(here: Municipality, borehole: Facility, ana: User):
    place = Neighbourhood.objects.get(pcode="TK0101")
    for goal in (Goal(), Goal(facility=borehole, neighbourhood=place), Goal(neighbourhood=place, form="needs")):
        with pytest.raises(Invalid):
            plan_visits(by=acting(ana), municipality=here, goals=[goal])


def test_a_teams_visit_is_on_the_phone_of_each_member_and_in_the_order_of_a_walk(
    here: Municipality, ana: User, ben: User
):
    eve = person("eve", "Eve Kabore", Role.ENUMERATOR, here)
    team = set_team(by=acting(ana), municipality=here, name="North", people=[ben])
    west = {"TK0101": 0, "TK0102": 1, "TK0103": 2}
    for pcode in ("TK0103", "TK0101", "TK0102"):
        plan_visit(by=acting(ana), municipality=here, neighbourhood=Neighbourhood.objects.get(pcode=pcode), team=team)

    told = open_visits(here, ben.pk)

    assert [west[visit["place_code"]] for visit in told] == [0, 1, 2]
    assert all(visit["is_area"] for visit in told)
    assert open_visits(here, eve.pk) == []
    set_team(by=acting(ana), municipality=here, name="North", people=[eve])
    assert (len(open_visits(here, eve.pk)), len(open_visits(here, ben.pk))) == (3, 0)


def test_news_from_a_phone_counts_once_in_its_own_order_and_never_reopens(
    here: Municipality, borehole: Facility, ana: User, ben: User
):
    visit = plan_visit(by=acting(ana), municipality=here, facility=borehole, assigned_to=ben)
    now = timezone.now()
    begun = Said(visit.pk, "under_way", now - timedelta(hours=2))
    refused = Said(visit.pk, "refused", now - timedelta(hours=1), "The owner does not open.")

    for said in ([refused, begun], [begun], [refused, begun]):
        (told,) = report_visits(by=acting(ben), municipality=here, said=said)
        assert (told.state, told.note) == ("refused", "The owner does not open.")

    states = Event.objects.filter(kind="visit.changed").order_by("id").values_list("shows__state", flat=True)
    assert list(states) == ["planned", "under_way", "refused"]
    set_visit_state(by=acting(ana), visit=Visit.objects.get(), state="cancelled")
    (told,) = report_visits(by=acting(ben), municipality=here, said=[Said(visit.pk, "under_way", timezone.now())])
    assert told.state == "cancelled"


def test_a_phone_cannot_close_what_a_form_closes_nor_speak_for_others(
    here: Municipality, borehole: Facility, ana: User, ben: User
):
    eve = person("eve", "Eve Kabore", Role.ENUMERATOR, here)
    visit = plan_visit(by=acting(ana), municipality=here, facility=borehole, assigned_to=ben)

    (told,) = report_visits(by=acting(ben), municipality=here, said=[Said(visit.pk, "done", timezone.now())])
    assert told.state == "planned"
    assert report_visits(by=acting(eve), municipality=here, said=[Said(visit.pk, "refused", timezone.now())]) == []
    assert Visit.objects.get().state == "planned"


def test_a_form_ends_the_visit_and_shows_that_a_walk_is_under_way(
    tenkoro: Municipality, borehole: Facility, ana: User, ben: User, phone: Phone
):
    with scope(system_actor(tenkoro.pk)):
        place = Neighbourhood.objects.get(pcode="TK0101")
        walk = plan_visit(by=acting(ana), municipality=tenkoro, neighbourhood=place)
        other = plan_visit(
            by=acting(ana), municipality=tenkoro, neighbourhood=Neighbourhood.objects.get(pcode="TK0102")
        )
        pump = plan_visit(by=acting(ana), municipality=tenkoro, facility=borehole, assigned_to=ben)
    seen = timezone.now().isoformat()

    assert phone.send(damage(place="13.005 -0.995 0 6")).status_code == 201
    answers = (
        f"<observed_at>{seen}</observed_at><facility>F-12</facility><status>minimal</status><causes>no_fuel</causes>"
    )
    assert phone.send(filled("facility_status", f"{answers}<hours_per_day>3</hours_per_day><note/>")).status_code in (
        201,
        202,
    )

    with scope(system_actor(tenkoro.pk)):
        states = dict(Visit.objects.values_list("pk", "state"))
        assert (states[walk.pk], states[other.pk]) == ("under_way", "planned")
        (told,) = report_visits(by=acting(ben), municipality=tenkoro, said=[Said(walk.pk, "done", timezone.now())])
        assert told.state == "done"
        assert Visit.objects.get(pk=pump.pk).state == "done"
        board = visits_board(tenkoro)
    assert board["sums"] == {"planned": 1, "under_way": 0, "done": 2, "refused": 0, "inaccessible": 0}


def test_the_page_sends_by_code_and_says_what_it_does_not_know(
    tenkoro: Municipality, borehole: Facility, ana: User, ben: User
):
    client = Client()
    client.force_login(ana)
    with scope(system_actor(tenkoro.pk)):
        building = Structure.objects.create(
            municipality=tenkoro, kind="building", geom=Point(-0.994, 13.004, srid=4326),
            neighbourhood=Neighbourhood.objects.get(pcode="TK0101"),
        )  # fmt: skip
    sent = {"do": "plan", "codes": f"f-12, B-{building.pk}", "who": "person:ben", "reason": "Does it work?"}

    assert client.post("/m/TK/visits/", sent).status_code == 302
    refused = client.post("/m/TK/visits/", sent | {"codes": "X-99"})

    assert refused.status_code == 422
    assert "X-99" in refused.content.decode()
    page = client.get("/m/TK/visits/").content.decode()
    assert page.count("data-visit=") == 2
    assert "Does it work?" in page
    pack: dict[str, Any] = Client().get("/api/v1/municipalities/TK/field/pack").json()
    assert "visits" not in pack
    client.force_login(ben)
    assert len(client.get("/api/v1/municipalities/TK/field/pack").json()["visits"]) == 2
    assert client.get("/m/TK/visits/").status_code == 403
