"""The buildings of the story: as many as told, standing in their neighbourhoods, damaged as on the pages."""

from collections import Counter

import numpy as np
import pytest
import shapely

from crisis.demo.buildings import GRADES, HABITABLE, PLACES, SATELLITE, building_counts, buildings
from crisis.demo.people import HOUSEHOLD_SIZE
from crisis.demo.places import TENKORO, plan_polygon
from crisis.demo.story import STORY_NOW
from damage.core.grading import CROSSWALK, SourceScale, fold

ALL = buildings()


def test_there_are_3000_buildings_with_one_number_each() -> None:
    assert len(ALL) == 3_000
    assert len({building.number for building in ALL}) == 3_000
    assert sum(building_counts().values()) == 3_000


def test_the_same_town_is_built_every_time() -> None:
    assert buildings() == ALL


def test_buildings_stand_in_their_neighbourhood_and_apart_from_each_other() -> None:
    for place in TENKORO.places:
        own = [building for building in ALL if building.pcode == place.pcode]
        x, y = [building.x for building in own], [building.y for building in own]
        assert shapely.contains_xy(plan_polygon(place), x, y).all(), place.name
    points = shapely.points([(building.x, building.y) for building in ALL])
    pairs = shapely.STRtree(points).query(points, predicate="dwithin", distance=12 / 6)
    assert (pairs[0] == pairs[1]).all()  # nobody closer than 12 m but oneself: two maps never mix two houses up


def test_wendou_is_damaged_as_on_its_page() -> None:
    there = Counter(building.grade for building in ALL if building.pcode == "TK0119")
    assert [there[grade] for grade in GRADES] == [41, 38, 57, 33, 12, 9, 6, 0]


def test_what_was_seen_means_the_grade_that_is_told() -> None:
    for building in ALL:
        last = building.seen[-1]
        meaning = CROSSWALK[SourceScale(last.scale)][fold(last.value)]
        assert meaning.grade == building.grade, building.number
        moments = [seen.observed_at for seen in building.seen]
        assert moments == sorted(moments)
        assert moments[-1] < STORY_NOW


def test_the_satellite_saw_no_light_damage() -> None:
    words = {seen.value for building in ALL for seen in building.seen if seen.product == SATELLITE}
    assert words == {"Moderate Damage", "Severe Damage", "Destroyed", "Possible Damage"}


def test_some_buildings_are_possibly_damaged_and_some_nobody_graded() -> None:
    grades = Counter(building.grade for building in ALL)
    assert grades["possible"] > 50
    assert grades["not_assessed"] > 100


def test_b2217_of_the_review_page_reads_severe_from_above_and_very_heavy_on_the_ground() -> None:
    building = next(building for building in ALL if building.number == "B-2217")
    assert building.pcode == "TK0119"
    assert [(seen.scale, seen.value, seen.observed_at.date().isoformat()) for seen in building.seen] == [
        ("canonical", "not assessed", "2026-07-06"),
        ("unosat", "Severe Damage", "2026-09-07"),
        ("ems98", "D4", "2026-10-18"),
    ]


@pytest.mark.parametrize("pcode", [pcode for pcode, places in PLACES.items() if places > 100])
def test_what_damage_leaves_holds_as_many_people_as_counted(pcode: str) -> None:
    """Dwellings of unknown state count as the known ones of their neighbourhood do (mechanics D7)."""
    here = [building for building in ALL if building.pcode == pcode]
    shares = dict(zip(GRADES, HABITABLE, strict=False))
    known = [building for building in here if building.grade in shares]
    left = sum(building.dwelling_units * shares[building.grade] for building in known)
    mean = left / sum(building.dwelling_units for building in known)
    places = mean * sum(building.dwelling_units for building in here) * HOUSEHOLD_SIZE
    assert np.isclose(places, PLACES[pcode], rtol=0.01)
