"""The large town is as large as promised, tiles without gaps, and puts everything where it says."""

import numpy as np
import pytest
import shapely

from crisis.demo.large import GRADE_WORDS, Size, boundaries, facilities, people, structures
from damage.core.grading import CROSSWALK, SourceScale

LARGE = Size()
SMALL = Size(columns=6, rows=5, structures=1_000, facilities=80)


def test_large_means_1000_neighbourhoods_300000_structures_and_5000_facilities() -> None:
    assert LARGE.places == len(boundaries(LARGE)) == 1_000
    assert len(structures(LARGE).xy) == 300_000
    made = list(facilities(LARGE))
    assert len(made) == len({facility.code for facility in made}) == 5_000
    assert {facility.service for facility in made} >= {"water", "sanitation", "power", "health", "education", "telecom"}


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_its_neighbourhoods_tile_without_gap_or_overlap(size: Size) -> None:
    shapes = boundaries(size)
    together = shapely.union_all(shapes)
    assert together.geom_type == "Polygon"
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapes).sum() == pytest.approx(together.area, rel=1e-9)


def test_structures_and_facilities_lie_in_their_neighbourhood() -> None:
    shapes = np.array(boundaries(SMALL))
    built = structures(SMALL)
    assert shapely.contains_xy(shapes[built.place], built.xy[:, 0], built.xy[:, 1]).all()
    for facility in facilities(SMALL):
        assert shapely.contains_xy(shapes[facility.place], facility.lon, facility.lat)
        assert facility.place in facility.serves


def test_structures_stand_apart_so_that_none_is_taken_for_another() -> None:
    points = shapely.points(structures(SMALL).xy)
    pairs = shapely.STRtree(points).query(points, predicate="dwithin", distance=6 / 111_195)
    assert (pairs[0] == pairs[1]).all()


def test_the_same_large_town_is_made_every_time() -> None:
    assert np.array_equal(structures(SMALL).xy, structures(SMALL).xy)
    assert np.array_equal(people(SMALL), people(SMALL))
    assert list(facilities(SMALL)) == list(facilities(SMALL))


def test_its_grades_are_words_of_our_scale() -> None:
    assert set(GRADE_WORDS) == set(CROSSWALK[SourceScale.CANONICAL])
