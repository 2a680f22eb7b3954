"""In conflict, partners get shelters on a coarse grid at every door; the own municipality sees where they are."""

from typing import Any

import mapbox_vector_tile
import pytest
from django.test import Client

from municipal_units.actions.facilities import register_facility
from municipal_units.actions.facility_rows import FacilityRow
from municipal_units.models import Event, Municipality, User
from municipal_units.permissions import scope, system_actor
from tests.doors.test_account_page import page_of
from tests.doors.test_tiles import path_of

SHELTER, PUMP = (-0.98513, 13.00537), (-0.98641, 13.00441)
METRES = 111_000


@pytest.fixture
def places(tenkoro: Municipality) -> Municipality:
    system = system_actor(tenkoro.pk)
    with scope(system):
        for code, service, (lon, lat) in (("SH", "housing_shelter", SHELTER), ("P", "water", PUMP)):
            row = FacilityRow(code=code, name=code, service=service, lon=lon, lat=lat)
            register_facility(by=system, municipality=tenkoro, row=row)
    return tenkoro


def listed(user: User) -> dict[str, tuple[float, float]]:
    items = page_of(user).get("/api/v1/municipalities/TK/facilities").json()["items"]
    return {one["code"]: (one["lon"], one["lat"]) for one in items}


def drawn(client: Client, zoom: int) -> dict[str, Any]:
    """Facilities of the tile in which the shelter truly stands, by code."""
    answer = client.get(path_of("facilities", zoom=zoom))
    layers = mapbox_vector_tile.decode(answer.content) if answer.content else {}
    found = layers.get("facilities", {"features": []})["features"]
    return {one["properties"]["code"]: one["geometry"]["coordinates"] for one in found}


def off_by(told: tuple[float, float], true: tuple[float, float]) -> float:
    return max(abs(told[0] - true[0]), abs(told[1] - true[1])) * METRES


def test_lists_give_partners_a_grid_and_the_own_unit_the_place(places: Municipality, paul: User, ana: User) -> None:
    assert listed(ana)["SH"] == pytest.approx(SHELTER, abs=1e-6)
    told = listed(paul)
    assert told["P"] == pytest.approx(PUMP, abs=1e-6)
    assert 1 < off_by(told["SH"], SHELTER) < 1_100


def test_all_shelters_of_a_square_kilometre_are_told_at_one_place(places: Municipality, paul: User) -> None:
    told, system = listed(paul)["SH"], system_actor(places.pk)
    step = 1 if told[0] > SHELTER[0] else -1
    with scope(system):
        row = FacilityRow(
            code="SH2", name="SH2", service="housing_shelter", lon=SHELTER[0] + step * 1e-4, lat=SHELTER[1]
        )
        register_facility(by=system, municipality=places, row=row)
    assert listed(paul)["SH2"] == told


def test_tiles_tell_partners_no_more_than_the_list(places: Municipality, paul: User, ana: User) -> None:
    assert {"SH", "P"} <= set(drawn(page_of(ana), 14))
    near = drawn(page_of(paul), 18)
    assert "SH" not in near
    own, outside = drawn(page_of(ana), 12), drawn(page_of(paul), 12)
    assert own["P"] == outside["P"]
    assert own["SH"] != outside["SH"]


def test_events_show_the_grid(places: Municipality) -> None:
    with scope(system_actor(places.pk)):
        shows = {one.shows["code"]: one.shows for one in Event.objects.filter(kind="facility.registered")}
    assert off_by((shows["SH"]["lon"], shows["SH"]["lat"]), SHELTER) > 1
    assert (shows["P"]["lon"], shows["P"]["lat"]) == pytest.approx(PUMP, abs=1e-6)


def test_the_switch_is_the_municipalitys(places: Municipality, paul: User) -> None:
    with scope(system_actor(places.pk)):
        Municipality.objects.filter(pk=places.pk).update(conflict_mode=False)
    assert listed(paul)["SH"] == pytest.approx(SHELTER, abs=1e-6)
