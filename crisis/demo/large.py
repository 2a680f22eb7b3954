"""A town of a thousand neighbourhoods, generated from a seed, to see how everything behaves at size.

Neighbourhoods are the cells of a grid whose corners are moved a little; neighbours share corners, so they tile.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import shapely

from crisis.demo.facilities import Need
from crisis.demo.places import METRES_PER_DEGREE

SEED = 4042
CODE, NAME = "XL", "Grand Tenkoro"
ORIGIN = (-0.30, 12.60)
CELL_M = 700.0
CORNER_SHIFT = 0.18  # of a cell; below a quarter every cell stays convex


@dataclass(frozen=True)
class Size:
    """How much to make; the default is what `load_demo --size large` makes."""

    columns: int = 40
    rows: int = 25
    structures: int = 300_000
    facilities: int = 5_000

    @property
    def places(self) -> int:
        return self.columns * self.rows


@dataclass(frozen=True)
class LargeFacility:
    """A generated facility; `serves` maps numbers of neighbourhoods to shares."""

    code: str
    service: str
    asset_type: str
    place: int
    lon: float
    lat: float
    capacity: float
    status: str
    needs: tuple[Need, ...] = ()
    serves: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """What kind of facility: one per `every` neighbourhoods, sized for its share of their need (in demand units)."""

    letter: str
    service: str
    asset_type: str
    every: int
    per_person: float
    needs: tuple[Need, ...] = ()


KINDS = (
    Kind("W", "water", "borehole", 1, 15, (Need("power", 0.9),)),
    Kind("L", "sanitation", "latrine_block", 1, 1),
    Kind("T", "power", "transformer", 1, 0.25),
    Kind("E", "education", "primary", 1, 0.25),
    Kind("C", "health", "health_centre", 4, 1e-4, (Need("power", 0.4), Need("water", 0.6))),
    Kind("M", "market_livelihood", "market", 5, 1, (Need("power", 0.3),)),
    Kind("A", "telecom", "mast", 10, 1, (Need("power", 0.8, 0.5),)),
    Kind("R", "governance_registry", "civil_registry", 20, 1 / 20_000, (Need("power", 0.3),)),
    Kind("G", "solid_waste", "collection_route", 20, 0.5),
    Kind("H", "water", "handpump", 1, 5),
)
STATUSES = (
    ("fully_functional", 0.60),
    ("affected", 0.12),
    ("partially_functional", 0.12),
    ("minimal", 0.04),
    ("not_functional", 0.10),
    ("unknown", 0.02),
)
GRADE_WORDS = ("none", "slight", "moderate", "heavy", "very heavy", "destroyed", "possible", "not assessed")
GRADE_SHARES = (0.52, 0.20, 0.12, 0.05, 0.02, 0.02, 0.03, 0.04)


def cells(size: Size) -> np.ndarray:
    """Corners of each neighbourhood in degrees, counter-clockwise from the south-west: (places, 4, 2)."""
    rng = np.random.default_rng([SEED, 1])
    shift = rng.uniform(-CORNER_SHIFT, CORNER_SHIFT, (size.rows + 1, size.columns + 1, 2))
    grid = np.stack(np.meshgrid(np.arange(size.columns + 1.0), np.arange(size.rows + 1.0)), axis=-1) + shift
    scale = CELL_M / METRES_PER_DEGREE
    corners = np.round(np.array(ORIGIN) + grid * [scale / np.cos(np.radians(ORIGIN[1])), scale], 7)
    around = [corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]]
    return np.stack(around, axis=2).reshape(-1, 4, 2)


def boundaries(size: Size) -> list[shapely.MultiPolygon]:
    """One multipolygon per neighbourhood."""
    rings = cells(size)
    return [shapely.MultiPolygon([polygon]) for polygon in shapely.polygons(np.concatenate([rings, rings[:, :1]], 1))]


def people(size: Size) -> np.ndarray:
    """Hosts, displaced people and returnees per neighbourhood: (places, 3) whole persons."""
    rng = np.random.default_rng([SEED, 2])
    hosts = np.round(rng.lognormal(7.3, 0.4, size.places))
    displaced = np.round(hosts * np.clip(rng.gamma(1.2, 0.6, size.places), 0, 4))
    returnees = np.round(hosts * rng.uniform(0, 0.05, size.places))
    return np.stack([hosts, displaced, returnees], axis=1)


@dataclass(frozen=True)
class Structures:
    """Columns of equal length: position (degrees), neighbourhood number, grade word number, dwellings."""

    xy: np.ndarray
    place: np.ndarray
    grade: np.ndarray
    dwelling_units: np.ndarray


def structures(size: Size) -> Structures:
    """Houses on a fine grid inside each cell, never closer than about ten metres."""
    rng = np.random.default_rng([SEED, 3])
    each = np.full(size.places, size.structures // size.places)
    each[: size.structures % size.places] += 1
    place = np.repeat(np.arange(size.places), each)
    side = int(np.ceil(np.sqrt(each.max()))) + 1
    spots = np.concatenate([rng.permutation(side * side)[:count] for count in each])
    u = (spots % side + 0.5 + rng.uniform(-0.3, 0.3, spots.size)) / side
    v = (spots // side + 0.5 + rng.uniform(-0.3, 0.3, spots.size)) / side
    grade = rng.choice(len(GRADE_WORDS), p=GRADE_SHARES, size=spots.size)
    return Structures(np.round(_inside(cells(size)[place], u, v), 7), place, grade, rng.integers(1, 5, size=spots.size))


def facilities(size: Size) -> Iterator[LargeFacility]:
    """Kind after kind, each in every so many neighbourhoods, until there are as many as asked for."""
    rng = np.random.default_rng([SEED, 4])
    present, corners = people(size).sum(axis=1), cells(size)
    statuses, shares = zip(*STATUSES, strict=True)
    made = 0
    for kind in KINDS:
        for place in range(0, size.places, kind.every):
            if made == size.facilities:
                return
            served = range(place, min(place + kind.every, size.places))
            u, v = rng.uniform(0.2, 0.8, (2, 1))
            lon, lat = _inside(corners[place : place + 1], u, v)[0]
            capacity = float(present[list(served)].sum() * kind.per_person * rng.uniform(0.4, 1.3))
            yield LargeFacility(
                f"{kind.letter}-{place + 1:04d}",
                kind.service,
                kind.asset_type,
                place,
                round(float(lon), 7),
                round(float(lat), 7),
                round(capacity, 4),
                str(rng.choice(statuses, p=shares)),
                kind.needs,
                dict.fromkeys(served, 1.0),
            )
            made += 1


def _inside(corners: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Points at the shares u and v (0-1) between the sides of convex cells: (n, 4, 2) -> (n, 2)."""
    south_west, south_east, north_east, north_west = np.moveaxis(corners, 1, 0)
    south = south_west + (south_east - south_west) * u[:, None]
    north = north_west + (north_east - north_west) * u[:, None]
    return south + (north - south) * v[:, None]
