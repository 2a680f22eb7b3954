"""The 3,000 buildings of Tenkoro and what was seen of their damage, generated from one seed.

A building is made for every 33 people or so. How many dwellings the buildings of a neighbourhood hold follows from the
places people have there now (`PLACES`), counting what damage leaves habitable (functionality.md 2).
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import shapely

from crisis.demo.people import HOUSEHOLD_SIZE, PRESENT
from crisis.demo.places import TENKORO, Place, plan_polygon
from crisis.demo.story import SATELLITE_PASS, moment

SEED = 20261120
TOTAL = 3_000

REGISTER = "Building register 2025"
SATELLITE = "Satellite damage map, flood of 4 September"
FIELD = "Building survey, October and November"

GRADES = ("none", "slight", "moderate", "heavy", "very_heavy", "destroyed", "possible", "not_assessed")
HABITABLE = (1.0, 1.0, 0.5, 0.1, 0.0, 0.0)  # share of places left by grade, functionality.md 2
EMS98 = {"none": "D0", "slight": "D1", "moderate": "D2", "heavy": "D3", "very_heavy": "D4", "destroyed": "D5"}
UNOSAT = {
    "moderate": "Moderate Damage",
    "heavy": "Severe Damage",
    "very_heavy": "Severe Damage",
    "destroyed": "Destroyed",
    "possible": "Possible Damage",
}

# What the survey wrote about living there; of a heavily damaged house it left the judgement to the engineers.
FIT = {
    "none": "habitable",
    "slight": "habitable",
    "moderate": "habitable_with_repairs",
    "heavy": "",
    "very_heavy": "not_habitable",
    "destroyed": "not_habitable",
}

# Share of buildings by grade where the flood came through, stood, touched, or did not reach.
THROUGH = (0.22, 0.20, 0.27, 0.14, 0.06, 0.04, 0.03, 0.04)
STOOD = (0.38, 0.24, 0.18, 0.07, 0.03, 0.02, 0.03, 0.05)
TOUCHED = (0.58, 0.22, 0.09, 0.03, 0.01, 0.01, 0.02, 0.04)
SPARED = (0.75, 0.16, 0.04, 0.01, 0.0, 0.0, 0.01, 0.03)
CUT_OFF = (0.0, 0.0, 0.06, 0.04, 0.0, 0.02, 0.06, 0.82)  # seen from above only
LEFT = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
FLOODED: Mapping[str, tuple[float, ...]] = {
    **{f"TK01{n:02d}": TOUCHED for n in range(1, 25)},
    **dict.fromkeys(("TK0120", "TK0122"), THROUGH),
    **dict.fromkeys(("TK0107", "TK0110", "TK0114", "TK0115", "TK0118", "TK0121", "TK0124"), STOOD),
    **dict.fromkeys(("TK0104", "TK0111", "TK0112"), SPARED),
    "TK0117": CUT_OFF,
    "TK0123": LEFT,
}
WENDOU_GRADES = (41, 38, 57, 33, 12, 9, 6, 0)  # 196 buildings, 6 to check
FEWEST = {"TK0123": 4, "TK0119": sum(WENDOU_GRADES)}

# Places to live in that people have now, by neighbourhood: the count of November, room by room.
PLACES: Mapping[str, int] = {
    "TK0101": 3990,
    "TK0102": 3480,
    "TK0103": 4480,
    "TK0104": 5630,
    "TK0105": 3560,
    "TK0106": 3410,
    "TK0107": 3580,
    "TK0108": 3260,
    "TK0109": 4100,
    "TK0110": 2820,
    "TK0111": 2720,
    "TK0112": 2840,
    "TK0113": 2340,
    "TK0114": 2700,
    "TK0115": 1980,
    "TK0116": 2280,
    "TK0117": 0,
    "TK0118": 1960,
    "TK0119": 2211,
    "TK0120": 2030,
    "TK0121": 1800,
    "TK0122": 1230,
    "TK0123": 4,
    "TK0124": 880,
}

# The order in which the register numbered the town, quarter by quarter.
NUMBERED = (7, 11, 18, 15, 4, 1, 24, 3, 14, 8, 16, 17, 21, 12, 2, 13, 6, 22, 19, 23, 10, 9, 20, 5)

HOMES = (("earthen", 0.62), ("masonry_block", 0.27), ("informal", 0.08), ("rc_frame_infill", 0.03))
OTHER_USES = ("com_retail", "com_storage", "worship", "ind_light", "gov_admin")


@dataclass(frozen=True)
class Seen:
    """One observation of a building's damage, in the words of its source."""

    product: str
    scale: str
    value: str
    method: str
    observed_at: datetime
    habitability: str = ""
    occupied_now: bool | None = None


@dataclass(frozen=True)
class Building:
    """A building: `x`, `y` on the town's plan, what it is, and what was seen of it, oldest first."""

    number: str
    pcode: str
    x: float
    y: float
    structure_type: str
    occupancy: str
    storeys: int
    dwelling_units: int
    floor_area_m2: float
    grade: str
    seen: tuple[Seen, ...]


def buildings() -> list[Building]:
    """All buildings, by number. The same every time: each neighbourhood draws from its own seeded stream."""
    counts = building_counts()
    by_number: list[Building] = []
    for index in NUMBERED:
        place = TENKORO.places[index - 1]
        rng = np.random.default_rng([SEED, index])
        by_number.extend(_quarter(place, counts[place.pcode], len(by_number) + 1, rng))
    return by_number


def building_counts() -> dict[str, int]:
    """Buildings per neighbourhood: as its people, except where the story gives the number."""
    people = {pcode: present.people for pcode, present in PRESENT.items() if pcode not in FEWEST}
    return FEWEST | _apportion(people, TOTAL - sum(FEWEST.values()))


def _quarter(place: Place, count: int, first: int, rng: np.random.Generator) -> Iterator[Building]:
    spots = _spots(place, count, rng)
    grades = _grades(place.pcode, count, rng)
    homes = rng.random(count) < 0.9
    homes |= np.isin(grades, ("heavy", "very_heavy", "destroyed", "possible"))
    if not homes.any() or count < 10:
        homes[:] = True
    dwellings = _dwellings(PLACES[place.pcode], grades, homes)
    for at, (x, y) in enumerate(spots):
        kind = str(rng.choice([name for name, _ in HOMES], p=[share for _, share in HOMES]))
        storeys = 1 if dwellings[at] < 4 else 1 + int(rng.integers(0, 3))
        number = f"B-{first + at:04d}"
        yield Building(
            number,
            place.pcode,
            round(float(x), 2),
            round(float(y), 2),
            "rc_frame_infill" if storeys > 1 else kind,
            ("res_multi" if dwellings[at] > 1 else "res_single") if homes[at] else str(rng.choice(OTHER_USES)),
            storeys,
            int(dwellings[at]),
            round(float(rng.uniform(45, 90)) * max(1, int(dwellings[at])) * 0.6, 0),
            str(grades[at]),
            _seen(number, str(grades[at]), bool(homes[at]), rng),
        )


def _spots(place: Place, count: int, rng: np.random.Generator) -> np.ndarray:
    """Points along the lanes of a neighbourhood, at least 12 m from its edge and from each other: (count, 2).

    Lanes and houses along them are as far apart as makes room for twice as many houses; gaps are where a slow wave over
    the plan is lowest.
    """
    inside = plan_polygon(place).buffer(-2.0)
    room = min(inside.area / (2.2 * count), 90.0)
    between_lanes, between_houses = math.sqrt(room * 1.4), math.sqrt(room / 1.4)
    angle = float(rng.uniform(-0.3, 0.3))
    reach = int(math.hypot(*np.subtract(inside.bounds[2:], inside.bounds[:2])))
    lane, house = (axis.ravel() for axis in np.mgrid[-reach:reach:between_lanes, -reach:reach:between_houses])
    lane = lane + rng.uniform(-0.13, 0.13, lane.size) * between_lanes
    house = house + rng.uniform(-0.13, 0.13, house.size) * between_houses
    x = inside.centroid.x + house * math.cos(angle) - lane * math.sin(angle)
    y = inside.centroid.y + house * math.sin(angle) + lane * math.cos(angle)
    keep = np.flatnonzero(shapely.contains_xy(inside, x, y))
    waves = sum(
        np.sin(x[keep] * kx + y[keep] * ky + phase)
        for kx, ky, phase in zip(rng.normal(0, 0.06, 5), rng.normal(0, 0.06, 5), rng.uniform(0, 6.3, 5), strict=True)
    )
    height = waves + rng.normal(0, 0.9, keep.size)
    chosen = np.sort(keep[np.argsort(-height, kind="stable")[:count]])
    return np.column_stack([x[chosen], y[chosen]])


def _grades(pcode: str, count: int, rng: np.random.Generator) -> np.ndarray:
    if pcode == "TK0119":
        numbers = dict(zip(GRADES, WENDOU_GRADES, strict=True))
    else:
        numbers = _apportion(dict(zip(GRADES, FLOODED[pcode], strict=True)), count)
    grades = np.repeat(list(numbers), list(numbers.values()))
    rng.shuffle(grades)
    if pcode == "TK0119":  # B-2217, the building of the review page, is the 21st of Wendou: it reads very heavy
        known = 20
        other = int(np.flatnonzero(grades == "very_heavy")[0])
        grades[[known, other]] = grades[[other, known]]
    return grades


def _dwellings(places: int, grades: np.ndarray, homes: np.ndarray) -> np.ndarray:
    """Dwellings per building so that what damage leaves of them holds as many people as counted."""
    shares = dict(zip(GRADES, HABITABLE, strict=False))
    left = np.array([shares.get(grade, np.nan) for grade in grades])
    units = np.where(homes, 1, 0)
    wanted = places / HOUSEHOLD_SIZE
    if wanted > 0:
        # Where nobody knows, a dwelling counts as the known ones of its neighbourhood do (mechanics D7).
        left = np.where(np.isnan(left), np.nanmean(left[homes]), left) * homes
        units = np.where(homes, max(1, math.floor(wanted / left.sum())), 0)
        whole = np.flatnonzero(left == 1.0)
        more = max(0, round(wanted - float((units * left).sum())))
        np.add.at(units, np.resize(whole, more), 1)
    return units


def _seen(number: str, grade: str, home: bool, rng: np.random.Generator) -> tuple[Seen, ...]:
    """The register names every building before the flood. The satellite sees from moderate damage up; the survey went
    to two such buildings in three and to every lighter one. Some nobody has graded."""
    seen = [Seen(REGISTER, "canonical", "not assessed", "community_report", moment(date(2026, 7, 6)))]
    if grade == "not_assessed":
        return tuple(seen)
    by_satellite = grade in UNOSAT and (grade == "possible" or rng.random() < 0.85)
    by_field = grade in ("none", "slight", "very_heavy") or (
        grade != "possible" and (not by_satellite or rng.random() < 0.65)
    )
    if number == "B-2217":
        by_satellite = by_field = True
    if by_satellite:
        seen.append(Seen(SATELLITE, "unosat", UNOSAT[grade], "satellite", moment(SATELLITE_PASS, 10, 41)))
    if by_field:
        day = date(2026, 10, 18) if number == "B-2217" else date(2026, 10, 5) + timedelta(days=int(rng.integers(0, 44)))
        lived_in = home and FIT[grade].startswith("habitable") and bool(rng.random() < 0.95)
        seen.append(
            Seen(
                FIELD,
                "ems98",
                EMS98[grade],
                "rapid_field",
                moment(day, 7 + int(rng.integers(0, 9)), int(rng.integers(0, 60))),
                FIT[grade] if home else "",
                lived_in,
            )
        )
    return tuple(seen)


def _apportion(shares: Mapping[str, float], total: int) -> dict[str, int]:
    """Whole numbers in proportion to the shares that sum to the total (largest remainder)."""
    exact = {key: total * share / sum(shares.values()) for key, share in shares.items()}
    whole = {key: math.floor(value) for key, value in exact.items()}
    missing = total - sum(whole.values())
    for key in sorted(exact, key=lambda key: whole[key] - exact[key])[:missing]:
        whole[key] += 1
    return whole
