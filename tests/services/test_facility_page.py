"""The page of one facility and its forms, as people use them."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from assessments.selectors.case import town_case
from crisis.lib.errors import NotAllowed, NotFound
from municipal_units.actions.accounts import assign
from municipal_units.actions.facilities import register_facilities
from municipal_units.actions.facility_links import CatchmentChoice, area_of, set_catchment
from municipal_units.actions.facility_rows import FacilityRow, StatusRow
from municipal_units.actions.facts import bulk_record_status, withdraw_statuses
from municipal_units.models import CatchmentShare, Dependency, Event, Facility, User
from municipal_units.permissions import Role, scope
from municipal_units.selectors.facilities import one_facility
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting

WESTERN_HALF = {"type": "Polygon", "coordinates": [[[-1, 13], [-0.995, 13], [-0.995, 13.01], [-1, 13.01], [-1, 13]]]}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def reached(town: WorkedTown, user: User, code: str) -> dict[str, float]:
    letters = {str(place.pk): letter for letter, place in town.places.items()}
    with scope(acting(user)):
        case = town_case(town.municipality, as_of=timezone.now()).case
    number = case.facility_number[str(town.facilities[code].pk)]
    links = range(case.catchment_ptr[number], case.catchment_ptr[number + 1])
    return {
        letters[str(case.neighbourhood_ids[case.catchment_place[k]])]: float(case.catchment_weight[k]) for k in links
    }


def test_the_page_shows_state_needs_and_who_needs_it(town: WorkedTown, ana: User) -> None:
    page = signed_in(ana).get(f"/m/TK/facilities/{town.facilities['W1'].pk}/").content.decode()
    assert "Facility W1" in page
    assert "Facility P1" in page  # provides power where W1 stands
    assert "Facility H1" in page  # needs water where W1 gives it
    assert page.count('<path class="tie') == 2


def test_an_enumerator_sees_the_page_without_its_editing_forms(town: WorkedTown, ben: User) -> None:
    page = signed_in(ben).get(f"/m/TK/facilities/{town.facilities['W1'].pk}/").content.decode()
    assert 'value="state"' in page
    assert 'value="catchment"' not in page
    assert 'value="need"' not in page


def test_a_state_is_reported_and_taken_back(town: WorkedTown, ana: User) -> None:
    client, pk = signed_in(ana), town.facilities["W2"].pk
    seen = f"{timezone.localtime() + timedelta(minutes=1):%Y-%m-%dT%H:%M}"
    form = {"do": "state", "status": "not_functional", "cause": ["no_staff"], "observed_at": seen, "note": "Closed"}
    assert client.post(f"/m/TK/facilities/{pk}/", form).status_code == 302
    with scope(acting(ana)):
        now = one_facility(town.municipality, pk)
        assert (now["status"], now["causes"]) == ("not_functional", ["no_staff"])
        newest = town.facilities["W2"].statuses.order_by("-observed_at", "-pk")[0]
    assert client.post(f"/m/TK/facilities/{pk}/", {"do": "take_back", "status_id": newest.pk}).status_code == 302
    with scope(acting(ana)):
        assert one_facility(town.municipality, pk)["status"] == "partially_functional"
    assert "taken back" in client.get(f"/m/TK/facilities/{pk}/").content.decode()


def test_needs_are_set_and_dropped(town: WorkedTown, ana: User) -> None:
    client, pk = signed_in(ana), town.facilities["W2"].pk
    form = {"do": "need", "service": "power", "strength": "90", "backup_share": "50", "hours_backup": "8"}
    assert client.post(f"/m/TK/facilities/{pk}/", form).status_code == 302
    with scope(acting(ana)):
        need = Dependency.objects.get(facility_id=pk)
        assert (need.strength, need.backup_share, need.hours_backup) == (0.9, 0.5, 8)
    assert client.post(f"/m/TK/facilities/{pk}/", {"do": "no_need", "service": "power"}).status_code == 302
    with scope(acting(ana)):
        assert not Dependency.objects.filter(facility_id=pk).exists()
    refused = client.post(f"/m/TK/facilities/{pk}/", {"do": "need", "service": "power", "strength": "nine"})
    assert refused.status_code == 422
    assert "is no number" in refused.content.decode()


def test_each_way_of_knowing_whom_it_serves_is_what_functionality_uses(town: WorkedTown, ana: User) -> None:
    client, pk = signed_in(ana), town.facilities["W2"].pk
    shares = {f"share_{town.places['A'].pk}": "25", f"share_{town.places['C'].pk}": "100"}
    client.post(f"/m/TK/facilities/{pk}/", {"do": "catchment", "method": "stated", **shares})
    assert reached(town, ana, "W2") == {"A": 0.25, "C": 1.0}
    corners = "-1, 13\n-0.995, 13\n-0.995, 13.01\n-1, 13.01"
    client.post(f"/m/TK/facilities/{pk}/", {"do": "catchment", "method": "drawn", "corners": corners})
    assert reached(town, ana, "W2") == pytest.approx({"A": 0.5}, abs=1e-6)
    # C to B is 1,083 m, on foot 1,408 m: beyond two thirds of 2,000 m; A is beyond it.
    client.post(f"/m/TK/facilities/{pk}/", {"do": "catchment", "method": "distance", "distance_m": "2000"})
    assert reached(town, ana, "W2") == {"C": 1.0, "B": 0.22}
    with scope(acting(ana)):
        assert not CatchmentShare.objects.filter(facility_id=pk).exists()


def test_the_api_sets_the_same(town: WorkedTown, ana: User) -> None:
    client, pk = signed_in(ana), town.facilities["W2"].pk
    path = f"/api/v1/municipalities/TK/facilities/{pk}/catchment"
    put = client.put(path, json.dumps({"method": "drawn", "area": WESTERN_HALF}), "application/json")
    assert put.status_code == 200
    assert put.json()["method"] == "drawn"
    assert reached(town, ana, "W2") == pytest.approx({"A": 0.5}, abs=1e-6)
    wrong = client.put(
        path, json.dumps({"method": "drawn", "area": {"type": "Point", "coordinates": [0, 0]}}), "application/json"
    )
    assert wrong.status_code == 422
    assert client.get(f"{path}-method").json()["area"]["type"] == "MultiPolygon"
    network = client.get(f"/api/v1/municipalities/TK/facilities/{town.facilities['H1'].pk}/network").json()
    assert [(need["service"], [p["code"] for p in need["providers"]]) for need in network["needs"]] == [
        ("power", ["P1"]),
        ("water", ["W1"]),
    ]


def test_a_foreign_neighbourhood_is_not_served(town: WorkedTown, ana: User, barsalo: object) -> None:
    choice = CatchmentChoice(method="stated", shares={2**40: 0.5})
    with scope(acting(ana)), pytest.raises(NotFound):
        set_catchment(by=acting(ana), facility=town.facilities["W2"], choice=choice)


def test_a_facility_is_changed_by_its_form_and_a_sheet_leaves_what_it_does_not_know(
    town: WorkedTown, ana: User
) -> None:
    client, pk = signed_in(ana), town.facilities["W2"].pk
    form = {
        "code": "W2", "name": "Well two", "service": "water", "asset_type": "well", "lon": "-0.975", "lat": "13.005",
        "capacity": "5000", "unit": "", "opening_hours": "Mo-Fr 08:00-16:00",
    }  # fmt: skip
    assert client.post(f"/m/TK/facilities/{pk}/edit", form).status_code == 302
    wrong = client.post(f"/m/TK/facilities/{pk}/edit", form | {"opening_hours": "always"})
    assert wrong.status_code == 422
    actor = acting(ana)
    with scope(actor):
        area = area_of(json.dumps(WESTERN_HALF))
        facility = Facility.objects.select_related("municipality").get(pk=pk)
        set_catchment(by=actor, facility=facility, choice=CatchmentChoice(method="drawn", area=area))
        row = FacilityRow(code="W2", name="Well 2", service="water", lon=-0.975, lat=13.005, capacity=5000)
        register_facilities(by=actor, municipality=town.municipality, rows=[row])
        kept = Facility.objects.get(pk=pk)
        assert (kept.name, kept.opening_hours) == ("Well 2", "Mo-Fr 08:00-16:00")
        assert kept.catchment_area is not None


def water_rep(town: WorkedTown) -> User:
    user = User.objects.create(username="moussa")
    assign(user=user, role=Role.SERVICE_REP, municipality=town.municipality, services=["water"])
    return user


def test_thirty_states_are_one_request_one_event_and_taken_back_at_once(town: WorkedTown) -> None:
    rep = water_rep(town)
    actor = acting(rep)
    with scope(actor):
        rows = [FacilityRow(code=f"T-{n}", name=f"Tap {n}", service="water", lon=-0.995, lat=13.005) for n in range(30)]
        register_facilities(by=actor, municipality=town.municipality, rows=rows)
        taps = list(Facility.objects.filter(code__startswith="T-").values_list("pk", flat=True))
    at = timezone.now().isoformat()
    states = [
        {"facility": pk, "instance_id": f"00000000-0000-4000-8000-{n:012d}", "status": status, "observed_at": at}
        for n, (pk, status) in enumerate(zip(taps, ["not_functional", "fully_functional"] * 15, strict=True))
    ]
    foreign = {**states[0], "facility": town.facilities["P1"].pk, "instance_id": "00000000-0000-4000-8000-0000000000ff"}
    client = signed_in(rep)
    body = json.dumps({"statuses": [*states, foreign]})
    answer = client.post("/api/v1/municipalities/TK/statuses", body, "application/json")
    assert answer.status_code == 201
    told = answer.json()
    assert (len(told["recorded"]), told["refused"]) == (30, 1)
    assert "Your role does not include" in told["outcomes"][-1]["problem"]
    with scope(actor):
        event = Event.objects.get(uuid=told["event"])
        assert event.shows["facilities"] == sorted(taps)
        assert one_facility(town.municipality, taps[0])["status"] == "not_functional"
    again = client.post("/api/v1/municipalities/TK/statuses", body, "application/json").json()
    assert again["recorded"] == []
    undone = client.post(
        "/api/v1/municipalities/TK/statuses/withdraw", json.dumps({"statuses": told["recorded"]}), "application/json"
    )
    assert undone.json() == {"withdrawn": 30}
    with scope(actor):
        assert one_facility(town.municipality, taps[0])["status"] == "unknown"


def test_nobody_takes_back_what_another_saw_without_the_right(town: WorkedTown, ben: User, ana: User) -> None:
    with scope(acting(ana)):
        row = StatusRow(
            facility_id=town.facilities["W2"].pk, status="minimal", observed_at=timezone.now() - timedelta(hours=1)
        )
        (outcome,) = bulk_record_status(by=acting(ana), municipality=town.municipality, rows=[row])
    with scope(acting(ben)), pytest.raises(NotAllowed):
        withdraw_statuses(by=acting(ben), municipality=town.municipality, status_ids=[outcome.pk or 0])
