"""The order in which to walk to several places: from the nearest to its nearest, then without crossings (2-opt)."""

import math
from collections.abc import Sequence

METRES_PER_DEGREE = 111_320.0
# Beyond so many stops only the nearest-next order is made; a day's walk is shorter than that.
MOST_IMPROVED = 150
LEAST_SAVED_M = 0.01

Place = tuple[float, float]


def metres(one: Place, other: Place) -> float:
    """Metres between two (longitude, latitude), near enough within a town."""
    middle = math.radians((one[1] + other[1]) / 2)
    return METRES_PER_DEGREE * math.hypot((one[0] - other[0]) * math.cos(middle), one[1] - other[1])


def walking_order(places: Sequence[Place], *, start: Place | None = None) -> list[int]:
    """Positions of `places` in the order of a short walk from `start`; without one, from the westernmost. The walk
    does not return. It is never longer than going to the nearest place each time."""
    if not places:
        return []
    here = start if start is not None else min(places)
    left, route = set(range(len(places))), []
    while left:
        near = here
        nearest = min(left, key=lambda place: (metres(near, places[place]), place))
        left.remove(nearest)
        route.append(nearest)
        here = places[nearest]
    return uncrossed(places, route, start) if len(places) <= MOST_IMPROVED else route


def uncrossed(places: Sequence[Place], route: list[int], start: Place | None) -> list[int]:
    """Turns parts of the walk around as long as that makes it shorter."""
    improved = True
    while improved:
        improved = False
        for first in range(0 if start is not None else 1, len(route) - 1):
            before = start if first == 0 else places[route[first - 1]]
            assert before is not None
            for last in range(first + 1, len(route)):
                one, two = places[route[first]], places[route[last]]
                after = places[route[last + 1]] if last + 1 < len(route) else None
                saved = metres(before, one) - metres(before, two)
                saved += (metres(two, after) - metres(one, after)) if after is not None else 0.0
                if saved > LEAST_SAVED_M:
                    route[first : last + 1] = route[first : last + 1][::-1]
                    improved = True
    return route


def length_m(places: Sequence[Place], route: Sequence[int], *, start: Place | None = None) -> float:
    """Metres of a walk."""
    stops = [*([start] if start is not None else []), *(places[number] for number in route)]
    return sum(metres(one, other) for one, other in zip(stops, stops[1:], strict=False))
