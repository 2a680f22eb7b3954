"""Very many places find their neighbourhoods as they would one by one."""

import numpy as np
import pytest
import shapely

from municipal_units.selectors import placing
from municipal_units.selectors.placing import NEVER, PlaceIndex


def index(polygons: list[shapely.Geometry], ids: list[int], valid: list[tuple[int, int]] | None = None) -> PlaceIndex:
    first, last = zip(*(valid or [(0, NEVER)] * len(ids)), strict=True)
    numbers, valid_from, valid_to = (np.array(column, dtype=np.int64) for column in (ids, first, last))
    return PlaceIndex(np.array(polygons, dtype=object), numbers, valid_from, valid_to, None)


def test_a_place_on_a_shared_border_belongs_to_the_lower_id() -> None:
    west, east = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    xy = np.array([[1.0, 0.5], [0.5, 0.5], [1.5, 0.5], [2.5, 0.5], [np.nan, np.nan]])
    days = np.zeros(5, dtype=np.int64)
    assert index([west, east], [7, 9]).neighbourhoods(xy, days).tolist() == [7, 7, 9, 0, 0]
    assert index([east, west], [7, 9]).neighbourhoods(xy, days).tolist() == [7, 9, 7, 0, 0]


def test_a_boundary_holds_from_its_first_day_until_before_its_last() -> None:
    square = shapely.box(0, 0, 1, 1)
    places = index([square, square], [7, 9], [(0, 10), (10, NEVER)])
    xy = np.full((4, 2), 0.5)
    assert places.neighbourhoods(xy, np.array([-1, 0, 9, 10])).tolist() == [0, 7, 7, 9]


def test_blocks_of_places_agree_with_asking_every_polygon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "BLOCK", 700)
    rng = np.random.default_rng(7)
    centres, radii = rng.random((40, 2)) * 10, 0.2 + rng.random(40)
    polygons = [shapely.Point(centre).buffer(radius, 4) for centre, radius in zip(centres, radii, strict=True)]
    ids = rng.permutation(40) + 1
    xy = rng.random((2_500, 2)) * 12 - 1
    found = index(polygons, ids.tolist()).neighbourhoods(xy, np.zeros(len(xy), dtype=np.int64))
    covered = shapely.covers(np.array(polygons)[:, None], shapely.points(xy)[None, :])
    expected = np.where(covered.any(axis=0), np.where(covered, ids[:, None], 99).min(axis=0), 0)
    assert found.tolist() == expected.tolist()
    assert (expected > 0).sum() > 500
