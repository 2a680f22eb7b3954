"""Whom a facility reaches (mechanics D5)."""

from typing import Any

import numpy as np
import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.utils import timezone

from assessments.selectors.case import town_case
from assessments.selectors.catchment import zone_weights
from municipal_units.actions.facilities import register_facility, state_catchment_share
from municipal_units.actions.facility_rows import CatchmentRow, FacilityRow
from municipal_units.models import Facility, Municipality, Neighbourhood
from municipal_units.permissions import scope, system_actor

# The neighbourhoods are squares of 0.01 degrees, 1,083 m wide here; their middles lie at -0.995, -0.985 and -0.975.
MIDDLE = {"Wendou": -0.995, "Pelga": -0.985, "Forage": -0.975}
LAT = 13.005


def facility(town: Municipality, service: str, asset_type: str, lon: float, lat: float = LAT, **more: Any) -> Facility:
    by = system_actor(town.pk)
    row = FacilityRow(
        code=f"X-{lon}-{lat}", name="X", service=service, asset_type=asset_type, lon=lon, lat=lat, capacity=10, **more
    )
    with scope(by):
        return register_facility(by=by, municipality=town, row=row)


def reached(town: Municipality, made: Facility) -> dict[str, float]:
    """Weight by name of neighbourhood."""
    with scope(system_actor(town.pk)):
        case = town_case(town, as_of=timezone.now()).case
        names = dict(Neighbourhood.objects.values_list("id", "name"))
    number = case.facility_number[str(made.pk)]
    links = range(case.catchment_ptr[number], case.catchment_ptr[number + 1])
    return {names[int(case.neighbourhood_ids[case.catchment_place[k]])]: float(case.catchment_weight[k]) for k in links}


def test_zones_are_thirds_of_the_limit_and_end_there() -> None:
    distances = np.array([0, 100, 100.1, 200, 200.1, 300, 300.1, np.nan])
    assert zone_weights(distances, 300, (1.0, 0.68, 0.22)).tolist() == [1, 1, 0.68, 0.68, 0.22, 0.22, 0, 0]


@pytest.mark.parametrize(
    ("asset_type", "expected"),
    [
        # 1,083 m apart is 1,408 m on foot: the third zone of 1,500 m, and beyond a third of 3,000 m but within two.
        ("primary", {"Wendou": 1, "Pelga": 0.22}),
        ("secondary", {"Wendou": 1, "Pelga": 0.68, "Forage": 0.22}),
    ],
)
def test_people_walk_a_third_further_than_the_crow_flies(
    tenkoro: Municipality, asset_type: str, expected: dict[str, float]
) -> None:
    school = facility(tenkoro, "education", asset_type, MIDDLE["Wendou"])
    assert reached(tenkoro, school) == pytest.approx(expected)


def test_without_a_limit_the_whole_town_is_served(tenkoro: Municipality) -> None:
    plant = facility(tenkoro, "power", "substation", MIDDLE["Wendou"])
    assert reached(tenkoro, plant) == {"Wendou": 1, "Pelga": 1, "Forage": 1}


def test_a_latrine_far_from_the_middle_still_serves_the_place_it_stands_in(tenkoro: Municipality) -> None:
    latrine = facility(tenkoro, "sanitation", "latrine_block", -0.999, 13.001)
    assert reached(tenkoro, latrine) == {"Wendou": 0.22}


def test_a_stated_share_wins_over_everything(tenkoro: Municipality) -> None:
    school = facility(tenkoro, "education", "primary", MIDDLE["Wendou"])
    by = system_actor(tenkoro.pk)
    with scope(by):
        forage = Neighbourhood.objects.get(name="Forage")
        row = CatchmentRow(facility_id=school.pk, neighbourhood_id=forage.pk, share=0.4)
        state_catchment_share(by=by, municipality=tenkoro, row=row)
    assert reached(tenkoro, school) == {"Forage": 0.4}


def test_a_drawn_area_counts_by_the_share_of_the_place_inside(tenkoro: Municipality) -> None:
    area = MultiPolygon(Polygon.from_bbox((-1.0, 13.0, -0.9875, 13.01)), srid=4326)
    mast = facility(tenkoro, "telecom", "mast", MIDDLE["Wendou"], catchment_area=area)
    assert reached(tenkoro, mast) == pytest.approx({"Wendou": 1.0, "Pelga": 0.25}, abs=1e-6)


def test_a_plant_outside_the_town_serves_it_and_lacks_no_support(tenkoro: Municipality) -> None:
    plant = facility(tenkoro, "power", "substation", -1.003)
    assert plant.neighbourhood_id is None
    assert set(reached(tenkoro, plant)) == {"Wendou", "Pelga", "Forage"}


def test_links_stay_inside_the_municipality(tenkoro: Municipality, barsalo: Municipality) -> None:
    facility(barsalo, "power", "substation", -1.995)
    school = facility(tenkoro, "education", "secondary", MIDDLE["Wendou"])
    with scope(system_actor(tenkoro.pk, barsalo.pk)):
        case = town_case(tenkoro, as_of=timezone.now()).case
        here = set(Neighbourhood.objects.filter(municipality=tenkoro).values_list("pk", flat=True))
    assert case.facility_ids == (str(school.pk),)
    assert set(case.neighbourhood_ids) == here
