"""The towns of the demonstration are drawn so that every point lies in at most one neighbourhood."""

import pytest
from shapely.geometry import Point
from shapely.ops import unary_union

from crisis.demo.places import BARSALO, PLAN_ORIGIN, TENKORO, TOWNS, Town, boundary, outline, plan_polygon, project

both_towns = pytest.mark.parametrize("town", TOWNS, ids=lambda town: town.name)


def test_tenkoro_has_24_neighbourhoods_and_barsalo_3() -> None:
    assert len(TENKORO.places) == 24
    assert [place.pcode for place in TENKORO.places] == [f"TK01{n:02d}" for n in range(1, 25)]
    assert next(place.name for place in TENKORO.places if place.pcode == "TK0119") == "Wendou"
    assert len(BARSALO.places) == 3


@both_towns
def test_neighbourhoods_tile_the_town_without_gap_or_overlap(town: Town) -> None:
    polygons = [boundary(town, place) for place in town.places]
    together = unary_union(polygons)
    assert together.geom_type == "Polygon"
    assert not together.interiors
    assert sum(polygon.area for polygon in polygons) == pytest.approx(together.area, rel=1e-12)


@both_towns
def test_boundaries_are_valid_and_counter_clockwise(town: Town) -> None:
    for place in town.places:
        polygon = boundary(town, place)
        assert polygon.is_valid
        assert polygon.geoms[0].exterior.is_ccw


@both_towns
def test_the_municipality_reaches_half_a_kilometre_beyond_its_neighbourhoods(town: Town) -> None:
    around = outline(town)
    together = unary_union([boundary(town, place) for place in town.places])
    assert around.is_valid
    assert around.covers(together)
    # A degree of latitude is 111.2 km; the outline is simplified by at most 12 m.
    distance = around.boundary.distance(together.boundary)
    assert 0.0042 < distance < 0.0047


def test_the_plan_is_projected_true_to_scale() -> None:
    lon, lat = project(TENKORO, *PLAN_ORIGIN)
    assert (lon, lat) == TENKORO.origin
    _, north = project(TENKORO, PLAN_ORIGIN[0], PLAN_ORIGIN[1] - 1000 / 6)
    assert (north - lat) * 111.195 == pytest.approx(1.0, abs=1e-3)  # kilometres


def test_names_and_spellings_lead_to_one_place() -> None:
    for town in TOWNS:
        spellings = [
            word.casefold()
            for place in town.places
            for word in {place.name, place.name_fr, place.name_ar, *place.aliases}
        ]
        assert len(spellings) == len(set(spellings))
        assert all(place.name_ar for place in town.places)


def test_the_middle_of_a_neighbourhood_lies_in_that_neighbourhood_only() -> None:
    for place in TENKORO.places:
        middle = plan_polygon(place).representative_point()
        point = Point(project(TENKORO, middle.x, middle.y))
        assert [other.pcode for other in TENKORO.places if boundary(TENKORO, other).contains(point)] == [place.pcode]
