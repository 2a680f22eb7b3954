"""The order of a walk: never longer than nearest first, and the shortest there is for a handful of stops."""

from itertools import permutations
from random import Random

import pytest

from assessments.core.routes import length_m, metres, walking_order


def test_stops_along_a_street_are_walked_from_one_end():
    street = [(0.003, 13.0), (0.001, 13.0), (0.004, 13.0), (0.002, 13.0)]

    assert walking_order(street, start=(0.0, 13.0)) == [1, 3, 0, 2]
    assert walking_order(street) == [1, 3, 0, 2]
    assert walking_order([]) == []


def test_a_walk_that_begins_in_the_middle_does_not_cross_itself():
    places = [(0.0, 0.001), (0.002, 0.0), (0.002, 0.001), (0.0, 0.0)]

    route = walking_order(places, start=(0.0, -0.001))

    assert route == [3, 0, 2, 1] or route == [3, 1, 2, 0]


@pytest.mark.parametrize("seed", range(40))
def test_few_stops_are_walked_nearly_as_short_as_can_be(seed: int):
    random = Random(seed)
    places = [(random.random() / 50, 13 + random.random() / 50) for _ in range(6)]
    start = (0.01, 13.01)

    route = walking_order(places, start=start)

    assert sorted(route) == list(range(6))
    best = min(length_m(places, one, start=start) for one in permutations(range(6)))
    here, nearest, left = start, [], set(range(6))
    while left:
        at = here
        step = min(left, key=lambda place: metres(at, places[place]))
        nearest.append(step)
        left.remove(step)
        here = places[step]
    walked = length_m(places, route, start=start)
    assert walked <= length_m(places, nearest, start=start) + 0.1
    assert walked <= best * 1.2
