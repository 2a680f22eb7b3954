"""Hazards: who sees which area of them on the map, who clears them, and what a filled form becomes."""

import math
from datetime import timedelta
from typing import Any

import mapbox_vector_tile
import pytest
from django.contrib.gis.geos import Point
from django.test import Client
from django.utils import timezone
from shapely.geometry import Point as Spot
from shapely.geometry import shape

from crisis.lib.errors import Invalid, NotAllowed
from damage.actions.hazards import HazardRow, change_hazard, report_hazard
from damage.models import Hazard
from municipal_units.models import Event, Municipality, SafetySettings, User
from municipal_units.permissions import Role, scope, system_actor
from tests.conftest import acting, person
from tests.doors.test_account_page import page_of
from tests.doors.test_tiles import path_of

pytestmark = pytest.mark.django_db
PLACE = (-0.98513, 13.00537)
ZOOM = 12


def hazard_in(town: Municipality, by: User | None = None, **changes: Any) -> Hazard:
    actor = acting(by) if by else system_actor(town.pk)
    values: dict[str, Any] = {
        "kind": "uxo",
        "observed_at": timezone.now() - timedelta(days=2),
        "place": Point(*PLACE, srid=4326),
    }
    with scope(actor):
        return report_hazard(by=actor, municipality=town, row=HazardRow(**values | changes))


def areas(user: User) -> list[Any]:
    """The areas drawn for a reader, in metres on the ground, with their properties."""
    answer = page_of(user).get(path_of("hazards", zoom=ZOOM))
    assert answer.status_code == 200
    layers = mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True}) if answer.content else {}
    return [(metres(one["geometry"]), one["properties"]) for one in layers.get("hazards", {"features": []})["features"]]


def tile_of(lon: float, lat: float) -> tuple[float, float]:
    """The place in units of the world at ZOOM."""
    north = math.log(math.tan(math.radians(lat)) + 1 / math.cos(math.radians(lat)))
    return (lon + 180) / 360 * 2**ZOOM, (1 - north / math.pi) / 2 * 2**ZOOM


def metres(geometry: dict[str, Any]) -> Any:
    """An area around the true place of the hazard, which is its origin, in metres on the ground."""
    east, south = tile_of(*PLACE)
    across, down = int(tile_of(-0.985, 13.005)[0]), int(tile_of(-0.985, 13.005)[1])
    unit = 40_075_016.686 / 2**ZOOM * math.cos(math.radians(PLACE[1]))

    def moved(points: list[list[float]]) -> list[tuple[float, float]]:
        return [(((x / 4096 + across) - east) * unit, (south - (y / 4096 + down)) * unit) for x, y in points]

    rings = geometry["coordinates"] if geometry["type"] == "Polygon" else geometry["coordinates"][0]
    return shape({"type": "Polygon", "coordinates": [moved(ring) for ring in rings]})


def test_the_own_unit_sees_the_safety_distance_around_the_place(tenkoro: Municipality, ana: User) -> None:
    hazard_in(tenkoro)
    ((area, told),) = areas(ana)
    assert area.centroid.distance(Spot(0, 0)) < 10
    assert area.exterior.distance(Spot(0, 0)) == pytest.approx(200, abs=10)
    assert (told["kind"], told["explosive"], told["status"]) == ("uxo", True, "suspected")


def test_the_distance_is_a_setting_and_grows_with_the_doubt(tenkoro: Municipality, ana: User) -> None:
    with scope(system_actor(tenkoro.pk)):
        SafetySettings.objects.update_or_create(municipality=tenkoro, defaults={"hazard_buffer_m": 300})
    hazard_in(tenkoro, reach_m=100)
    ((area, _),) = areas(ana)
    assert area.exterior.distance(Spot(0, 0)) == pytest.approx(400, abs=15)


def test_in_conflict_a_partner_sees_a_square_whose_middle_says_nothing(tenkoro: Municipality, paul: User) -> None:
    hazard_in(tenkoro)
    ((area, _),) = areas(paul)
    assert area.contains(Spot(0, 0).buffer(195))
    west, south, east, north = area.bounds
    assert min(east - west, north - south) > 1_300
    # Another one in the same square is told at the very same area.
    step = 1e-4 if area.centroid.x > 0 else -1e-4
    hazard_in(tenkoro, place=Point(PLACE[0] + step, PLACE[1], srid=4326))
    first, second = areas(paul)
    assert first[0].equals(second[0])
    (told, _) = page_of(paul).get("/api/v1/municipalities/TK/hazards").json()["items"]
    assert told["generalised"]
    assert abs(told["lon"] - PLACE[0]) > 1e-5


def test_the_public_gets_no_hazard_in_conflict_and_never_a_place(tenkoro: Municipality) -> None:
    hazard_in(tenkoro)
    everybody = person("pu", "Public", Role.PUBLIC, tenkoro)
    assert areas(everybody) == []
    with scope(system_actor(tenkoro.pk)):
        Municipality.objects.filter(pk=tenkoro.pk).update(conflict_mode=False)
    ((area, told),) = areas(everybody)
    assert area.contains(Spot(0, 0).buffer(195))
    assert area.area > 600_000
    assert "kind" not in told
    assert page_of(everybody).get("/api/v1/municipalities/TK/hazards").status_code == 403
    assert page_of(everybody).get("/m/TK/hazards/").status_code == 403


def test_words_that_say_where_do_not_leave_the_municipality(tenkoro: Municipality, paul: User, ana: User) -> None:
    hazard_in(tenkoro, written_place="behind the well", note="under the tree", source="mine action centre")
    (outside,) = page_of(paul).get("/api/v1/municipalities/TK/hazards").json()["items"]
    assert (outside["written_place"], outside["note"], outside["source"], outside["steps"]) == ("", "", "", [])
    page = page_of(paul).get("/m/TK/hazards/").content.decode()
    assert "behind the well" not in page
    assert f"{PLACE[1]:.5f}" not in page
    assert f"{PLACE[1]:.5f}" in page_of(ana).get("/m/TK/hazards/").content.decode()
    with scope(system_actor(tenkoro.pk)):
        (event,) = Event.objects.filter(kind="hazard.recorded")
    assert set(event.shows) == {"hazard", "kind", "status", "review_state", "neighbourhood"}


def test_who_reported_it_does_not_declare_it_gone(tenkoro: Municipality, ana: User, lea: User) -> None:
    hazard = hazard_in(tenkoro, by=ana)
    today = timezone.localdate()
    with scope(acting(ana)), pytest.raises(NotAllowed, match="Somebody else"):
        change_hazard(by=acting(ana), hazard=hazard, status="cleared", on=today, note="CC-7")
    with scope(acting(lea)), pytest.raises(Invalid, match="ground"):
        change_hazard(by=acting(lea), hazard=hazard, status="cleared", on=today, note=" ")
    with scope(acting(lea)):
        change_hazard(by=acting(lea), hazard=hazard, status="cleared", on=today, note="Certificate CC-7")
        assert list(hazard.steps.order_by("pk").values_list("status", flat=True)) == ["suspected", "cleared"]
    assert areas(ana) == []
    (told,) = page_of(ana).get("/api/v1/municipalities/TK/hazards?status=gone").json()["items"]
    assert told["steps"][-1]["note"] == "Certificate CC-7"


def test_the_page_reports_and_changes(tenkoro: Municipality, ana: User, lea: User) -> None:
    client = page_of(ana)
    row = {"do": "report", "kind": "mine", "observed_at": "2026-11-19T10:00", "lon": "-0.985", "lat": "13.005"}
    assert client.post("/m/TK/hazards/", row).status_code == 302
    with scope(acting(ana)):
        hazard = Hazard.objects.get()
    change = {"do": "change", "hazard": hazard.pk, "status": "cleared", "on": "2026-11-20", "note": "CC-1"}
    assert client.post("/m/TK/hazards/", change).status_code == 403
    assert page_of(lea).post("/m/TK/hazards/", change).status_code == 302
    far = page_of(ana).post("/m/TK/hazards/", row | {"lon": "5"})
    assert far.status_code == 422
    assert "km outside" in far.content.decode()


def test_a_hazard_without_a_position_is_drawn_as_its_neighbourhood(
    tenkoro: Municipality, ana: User, client: Client
) -> None:
    place = hazard_in(tenkoro).neighbourhood_id
    with scope(system_actor(tenkoro.pk)):
        Hazard.objects.update(review_state="rejected")
    hazard_in(tenkoro, place=None, neighbourhood_id=place)
    ((area, _),) = areas(ana)
    assert area.area == pytest.approx(1_113 * 1_085, rel=0.05)
