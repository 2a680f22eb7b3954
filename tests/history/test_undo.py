"""What a person sees of a record's past, and taking changes back without losing anybody's work."""

from typing import Any

import pytest
from django.test import Client

from assessments.actions.planning import change_work_status, propose_work, propose_works
from assessments.actions.work_rows import WorkAction, WorkRow
from assessments.models import Intervention
from municipal_units.actions.facilities import change_facility, register_facility, set_dependency
from municipal_units.actions.facility_rows import DependencyRow, FacilityRow
from municipal_units.models import Event, Facility, Municipality, Neighbourhood, User
from municipal_units.permissions import scope
from tests.conftest import acting

pytestmark = pytest.mark.django_db
HISTORY = "/api/v1/municipalities/TK/history/facility/{}"


def well(name: str = "Well", **more: Any) -> FacilityRow:
    return FacilityRow(**{"code": "W1", "name": name, "service": "water", "lon": -0.995, "lat": 13.005, **more})


@pytest.fixture
def facility(tenkoro: Municipality, ana: User) -> Facility:
    with scope(acting(ana)):
        return register_facility(by=acting(ana), municipality=tenkoro, row=well())


def changed(facility: Facility, by: User, **values: Any) -> None:
    with scope(acting(by), door="page"):
        facility.refresh_from_db()
        change_facility(by=acting(by), facility=facility, row=well(**values))


def office(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def history(user: User, facility: Facility) -> list[dict[str, Any]]:
    answer = office(user).get(HISTORY.format(facility.pk))
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def post(user: User, facility: Facility, what: str, **body: Any) -> Any:
    address = HISTORY.format(facility.pk) + f"/{what}"
    return office(user).post(address, {"reason": "it was wrong", **body}, content_type="application/json")


def test_every_change_says_who_what_when_how_and_from_which_value(facility: Facility, ana: User) -> None:
    changed(facility, ana, name="Great well")
    newest, first = history(ana, facility)
    assert newest["actor"] == "Ana Sawadogo"
    assert newest["door"] == "page"
    assert newest["events"] == ["facility.changed"]
    assert newest["fields"] == [
        {"name": "name", "before": "Well", "after": "Great well", "part": "", "title": "", "sealed": False}
    ]
    assert first["events"] == ["facility.registered"]


def test_a_partner_sees_the_change_and_no_name(facility: Facility, ana: User, paul: User) -> None:
    changed(facility, ana, name="Great well")
    newest = history(paul, facility)[0]
    assert newest["actor"] == ""
    assert not newest["may_be_undone"]
    assert newest["fields"][0]["after"] == "Great well"


def test_another_town_learns_nothing(facility: Facility, cleo: User) -> None:
    assert office(cleo).get(HISTORY.format(facility.pk)).status_code == 404
    assert office(cleo).get(f"/m/TK/history/facility/{facility.pk}/").status_code == 404


def test_undoing_writes_the_old_value_and_says_so(facility: Facility, ana: User) -> None:
    changed(facility, ana, name="Great well", name_fr="Grand puits")
    wrong = history(ana, facility)[0]
    answer = post(ana, facility, "undo", change=wrong["id"])
    assert answer.status_code == 200
    with scope(acting(ana)):
        facility.refresh_from_db()
        assert (facility.name, facility.name_fr) == ("Well", "")
        event = Event.objects.filter(kind="facility.changed").order_by("pk").last()
    assert event is not None
    assert event.shows["undone"] == wrong["id"]
    assert len(answer.json()["items"]) == 3, "nothing is erased: the change, its undoing, the registration"
    assert answer.json()["items"][0]["reason"] == "it was wrong"


def test_a_later_change_of_the_same_value_is_not_lost(facility: Facility, ana: User) -> None:
    changed(facility, ana, name="Great well")
    first = history(ana, facility)[0]
    changed(facility, ana, name="Greatest well")
    refused = post(ana, facility, "undo", change=first["id"])
    assert refused.status_code == 409
    assert refused.json()["fields"][0]["field"] == "name"


def test_a_later_change_of_another_value_stays(facility: Facility, ana: User) -> None:
    changed(facility, ana, name="Great well")
    first = history(ana, facility)[0]
    changed(facility, ana, name="Great well", name_fr="Grand puits")
    assert post(ana, facility, "undo", change=first["id"]).status_code == 200
    with scope(acting(ana)):
        facility.refresh_from_db()
    assert (facility.name, facility.name_fr) == ("Well", "Grand puits")


def test_a_reason_is_asked_for_and_a_partner_is_refused(facility: Facility, ana: User, paul: User) -> None:
    changed(facility, ana, name="Great well")
    change = history(ana, facility)[0]["id"]
    assert post(ana, facility, "undo", change=change, reason=" ").status_code == 422
    assert post(paul, facility, "undo", change=change).status_code == 403


def test_after_thirty_days_it_stays(facility: Facility, ana: User, settings: Any) -> None:
    changed(facility, ana, name="Great well")
    change = history(ana, facility)[0]["id"]
    settings.UNDO_DAYS = 0
    assert post(ana, facility, "undo", change=change).status_code == 409


def test_what_it_needs_is_told_and_undone_with_it(facility: Facility, ana: User, tenkoro: Municipality) -> None:
    for strength in (0.5, 0.9):
        with scope(acting(ana)):
            row = DependencyRow(facility_id=facility.pk, service="power", strength=strength)
            need = set_dependency(by=acting(ana), municipality=tenkoro, row=row)
    told = history(ana, facility)[0]
    assert told["fields"] == [
        {"name": "strength", "before": "0.5", "after": "0.9", "part": "dependency", "title": "power", "sealed": False}
    ]
    assert post(ana, facility, "undo", change=told["id"]).status_code == 200
    with scope(acting(ana)):
        need.refresh_from_db()
    assert need.strength == 0.5


def test_a_deleted_facility_is_nowhere_and_comes_back(facility: Facility, ana: User) -> None:
    listed = "/api/v1/municipalities/TK/facilities"
    assert post(ana, facility, "delete").status_code == 200
    assert office(ana).get(listed).json()["items"] == []
    assert office(ana).get(f"{listed}/{facility.pk}").status_code == 404
    assert office(ana).get("/api/v1/municipalities/TK/deleted").json()["items"][0]["code"] == "W1"
    assert history(ana, facility)[0]["events"] == ["facility.deleted"]
    assert post(ana, facility, "restore").status_code == 200
    assert [row["code"] for row in office(ana).get(listed).json()["items"]] == ["W1"]


def test_a_code_taken_in_the_meantime_is_said(facility: Facility, ana: User, tenkoro: Municipality) -> None:
    post(ana, facility, "delete")
    with scope(acting(ana)):
        register_facility(by=acting(ana), municipality=tenkoro, row=well("Another"))
    assert post(ana, facility, "restore").status_code == 409


def test_the_effects_of_a_work_come_back_with_it(facility: Facility, ana: User, tenkoro: Municipality) -> None:
    def row(cost: float, add: float) -> WorkRow:
        actions = (WorkAction(kind="capacity", add=add, facility_id=facility.pk),)
        head = {"code": "X", "name": "Pump", "intervention_type": "rehabilitation", "duration_days": 3}
        return WorkRow(**head, cost=cost, actions=actions)  # type: ignore[arg-type]

    with scope(acting(ana)):
        work = propose_work(by=acting(ana), municipality=tenkoro, row=row(10, 100))
    with scope(acting(ana)):
        propose_works(by=acting(ana), municipality=tenkoro, rows=[row(20, 300)])
    address = f"/api/v1/municipalities/TK/history/work/{work.pk}"
    change = office(ana).get(address).json()["items"][0]["id"]
    body = {"change": change, "reason": "wrong file"}
    assert office(ana).post(f"{address}/undo", body, content_type="application/json").status_code == 200
    with scope(acting(ana)):
        work = Intervention.objects.get(pk=work.pk)
        assert (work.cost, [effect.add for effect in work.actions.all()]) == (10, [100])
        change_work_status(by=acting(ana), work=work, status="screened")


def test_the_page_tells_and_undoes(facility: Facility, ana: User) -> None:
    changed(facility, ana, name="Great well")
    address = f"/m/TK/history/facility/{facility.pk}/"
    page = office(ana).get(address).content.decode()
    assert "Ana Sawadogo" in page
    assert "Great well" in page
    change = history(ana, facility)[0]["id"]
    done = office(ana).post(address, {"do": "undo", "change": change, "reason": "typing mistake"}, follow=True)
    assert "typing mistake" in done.content.decode()
    with scope(acting(ana)):
        facility.refresh_from_db()
    assert facility.name == "Well"


def test_neighbourhoods_and_norms_have_a_history_too(tenkoro: Municipality, ana: User) -> None:
    with scope(acting(ana), door="page"):
        place = Neighbourhood.objects.get(pcode="TK0101")
        place.name = "Wendou Nord"
        place.save(update_fields=["name"])
    page = office(ana).get(f"/m/TK/history/neighbourhood/{place.pk}/").content.decode()
    assert "Wendou Nord" in page
    norm = {"kind": "demand", "service": "water", "key": "water_l_pd", "value": 20, "source": "the meeting of May"}
    office(ana).post("/api/v1/municipalities/TK/norms", norm, content_type="application/json")
    step = office(ana).get("/api/v1/municipalities/TK/history/norms").json()["items"][0]
    assert (step["value"], step["actor"], step["source"]) == (20, "Ana Sawadogo", "the meeting of May")
    assert "the meeting of May" in office(ana).get("/m/TK/history/norms/").content.decode()
