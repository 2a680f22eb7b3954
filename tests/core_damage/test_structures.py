"""Features keep their identity over resent files; two at one place stay two."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from damage.core.structures import Match, assign_once, feature_keys, match_of, ordinals, point_keys, shape_keys


def wkb(*shapes):
    found = np.empty(len(shapes), dtype=object)
    found[:] = [None if shape is None else shapely.to_wkb(shape) for shape in shapes]
    return found


def test_places_closer_than_a_cell_share_a_key_and_a_metre_apart_do_not():
    keys = point_keys(np.array([[37.157763, 36.203296], [37.15776304, 36.20329597], [37.157773, 36.203296]]))
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) == 17


def test_a_place_that_is_no_number_has_no_key():
    assert point_keys(np.array([[np.nan, 1.0], [np.inf, 1.0], [-180.0, -90.0]])).tolist()[:2] == ["", ""]


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_keys_are_the_same_for_one_and_for_many(x, y):
    alone = point_keys(np.array([[x, y]]))[0]
    together = point_keys(np.array([[0.0, 0.0], [x, y]]))[1]
    assert alone == together == shape_keys(wkb(shapely.Point(x, y)))[0]


def test_an_outline_keeps_its_key_whatever_its_start_and_direction():
    box = shapely.box(37, 36, 37.001, 36.001)
    turned = shapely.Polygon(list(box.exterior.coords)[2:-1] + list(box.exterior.coords)[:3])
    assert len(set(shape_keys(wkb(box, box.reverse(), turned)))) == 1
    other = shapely.box(37, 36, 37.001, 36.0011)
    assert shape_keys(wkb(other, None)).tolist() != [shape_keys(wkb(box))[0], ""]
    assert shape_keys(wkb(None)).tolist() == [""]


def test_two_features_at_one_place_are_two_structures():
    keys = point_keys(np.array([[1.0, 2.0], [1.0, 2.0], [3.0, 4.0]]))
    numbers = ordinals(keys)
    assert numbers.tolist() == [0, 1, 0]
    assert feature_keys(keys, numbers).tolist() == [keys[0], f"{keys[0]}-1", keys[2]]


def test_one_place_on_two_dates_is_one_structure():
    keys = point_keys(np.array([[1.0, 2.0]] * 4))
    dates = np.array(["2015-04-26", "2015-05-01", "2015-04-26", "2015-05-01"])
    assert ordinals(keys, dates).tolist() == [0, 0, 1, 1]


def test_distance_decides_between_close_near_and_new():
    assert match_of(9.0, inside=True) is Match.INSIDE
    assert [match_of(d, inside=False) for d in (0.5, 2.0, 3.0, 5.0, 5.1, None)] == [
        Match.CLOSE,
        Match.CLOSE,
        Match.NEAR,
        Match.NEAR,
        Match.NEW,
        Match.NEW,
    ]


def test_each_structure_is_given_once_nearest_first():
    rows, structures = np.array([1, 1, 2, 2]), np.array([10, 11, 10, 11])
    assert assign_once(rows, structures, np.array([1.0, 2.0, 0.5, 4.0])) == {2: 10, 1: 11}


@given(st.permutations(range(6)))
def test_the_order_of_candidates_changes_nothing(order):
    rows, structures = np.array([1, 1, 2, 2, 3, 3]), np.array([10, 11, 10, 11, 11, 12])
    distances = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 2.0])
    place = np.array(order)
    assert assign_once(rows[place], structures[place], distances[place]) == {1: 10, 2: 11, 3: 12}
