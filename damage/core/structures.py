"""Buildings and network assets: vocabulary, the key of a feature in a file, and which observation belongs to which.

Vocabulary: damage.md 4 and 6 (a practical reduction of the GEM taxonomy). Identity: mechanics, Identity of structures.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
import shapely

Array = np.ndarray[Any, Any]


class StructureKind(StrEnum):
    """A network asset (pipe, line, road) acts on functionality only through a facility or a local reach."""

    BUILDING = "building"
    NETWORK = "network"


class StructureType(StrEnum):
    RC_FRAME_INFILL = "rc_frame_infill"
    RC_FRAME = "rc_frame"
    RC_WALL = "rc_wall"
    FLAT_SLAB = "flat_slab"
    MASONRY_BLOCK = "masonry_block"
    MASONRY_BRICK = "masonry_brick"
    MASONRY_CONFINED = "masonry_confined"
    MASONRY_REINFORCED = "masonry_reinforced"
    EARTHEN = "earthen"
    STEEL = "steel"
    WOOD = "wood"
    INFORMAL = "informal"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class Occupancy(StrEnum):
    RES_SINGLE = "res_single"
    RES_MULTI = "res_multi"
    RES_TEMPORARY = "res_temporary"
    RES_INSTITUTIONAL = "res_institutional"
    RES_INFORMAL = "res_informal"
    COM_RETAIL = "com_retail"
    MARKET = "market"
    COM_STORAGE = "com_storage"
    COM_OFFICE = "com_office"
    WORSHIP = "worship"
    GOV_ADMIN = "gov_admin"
    GOV_EMERGENCY = "gov_emergency"
    POLICE = "police"
    FIRE = "fire"
    EDU_PRESCHOOL = "edu_preschool"
    EDU_PRIMARY = "edu_primary"
    EDU_SECONDARY = "edu_secondary"
    EDU_HIGHER = "edu_higher"
    HEALTH_HOSPITAL = "health_hospital"
    HEALTH_CLINIC = "health_clinic"
    HEALTH_BASIC_UNIT = "health_basic_unit"
    HEALTH_POST = "health_post"
    IND_HEAVY = "ind_heavy"
    IND_LIGHT = "ind_light"
    TRANSPORT = "transport"
    MIXED = "mixed"
    OTHER = "other"


class HazardType(StrEnum):
    UXO = "uxo"
    MINE = "mine"
    IED = "ied"
    UNSTABLE_STRUCTURE = "unstable_structure"
    OPEN_PIT = "open_pit"
    LIVE_WIRE = "live_wire"
    GAS = "gas"
    ASBESTOS = "asbestos"
    SEWAGE = "sewage"
    OTHER = "other"


class HazardClass(StrEnum):
    """State of a hazard, in the terms of IMAS: the first two are open; a release may follow a survey without works."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"
    RELEASED_NON_TECHNICAL = "released_non_technical"


class HazardConfidence(StrEnum):
    REPORTED = "reported"
    SEEN = "seen"
    SURVEYED = "surveyed"


# An open one of these forbids every work there but survey and clearance (damage.md 6).
EXPLOSIVE = frozenset({HazardType.UXO, HazardType.MINE, HazardType.IED})
OPEN_HAZARD = frozenset({HazardClass.SUSPECTED, HazardClass.CONFIRMED})


class RubbleStatus(StrEnum):
    NOT_STARTED = "not_started"
    UXO_SURVEY = "uxo_survey"
    CLEARING = "clearing"
    SORTED = "sorted"
    REMOVED = "removed"
    RECYCLED = "recycled"


RUBBLE_M3_PER_M2_FLOOR = 0.4  # times the damage ratio; assumption, damage.md 6
RUBBLE_T_PER_M3 = 1.5  # assumption, damage.md 6


@dataclass(frozen=True)
class RepairDefault:
    """HAZUS 6.1, earthquake: repair ratio (share of replacement cost) and days: slight, moderate, extensive, complete.

    Days are for US conditions without blockade: use them in proportion, not as durations (damage.md 3).
    """

    occupancy: str
    ratios: tuple[float, float, float, float]
    days: tuple[int, int, int, int]
    source: str = "HAZUS 6.1 earthquake model"
    certainty: str = "verified"


REPAIRS: tuple[RepairDefault, ...] = (
    RepairDefault("RES1", (0.02, 0.10, 0.447, 1.0), (2, 30, 90, 180)),
    RepairDefault("RES3", (0.02, 0.10, 0.413, 1.0), (5, 30, 120, 240)),
    RepairDefault("COM1", (0.02, 0.10, 0.414, 1.0), (5, 30, 90, 180)),
    RepairDefault("COM6", (0.02, 0.10, 0.398, 1.0), (10, 45, 180, 360)),
    RepairDefault("COM7", (0.02, 0.10, 0.397, 1.0), (10, 45, 180, 240)),
    RepairDefault("EDU1", (0.02, 0.10, 0.435, 1.0), (10, 30, 120, 240)),
    RepairDefault("GOV1", (0.02, 0.10, 0.402, 1.0), (10, 30, 120, 240)),
    RepairDefault("REL1", (0.02, 0.10, 0.405, 1.0), (10, 30, 120, 240)),
    RepairDefault("IND2", (0.02, 0.10, 0.355, 1.0), (10, 30, 120, 240)),
)


# -- identity ----------------------------------------------------------------------------------------------------------

# One cell of the grid is a millionth of a degree: 0.11 m north-south everywhere, at most that east-west. Degrees,
# because facts are stored in them and most products come with six decimals, which then fall on cell centres.
CELLS_PER_DEGREE = 1_000_000
NOWHERE = np.uint64(2**64 - 1)
BLOCK = 50_000
SPREADING = tuple(
    (np.uint64(step), np.uint64(mask))
    for step, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    )
)


def ground_codes(lonlat: Array) -> Array:
    """The cell of each place (n, 2) as one number along a Z-curve (Morton 1966): the bits of both cell numbers in turn,
    so that neighbours mostly have neighbouring numbers. uint64; places that are not finite get a number of their own.
    """
    along = np.empty(len(lonlat), dtype=np.uint64)
    for first in range(0, len(lonlat), BLOCK):  # what stands between takes ten times the memory of the result
        some = slice(first, first + BLOCK)
        finite: Array = np.asarray(np.isfinite(lonlat[some]).all(axis=1))
        from_corner = np.where(finite[:, None], lonlat[some], 0.0) * CELLS_PER_DEGREE
        cells = (np.rint(from_corner) + np.array([180, 90]) * CELLS_PER_DEGREE).clip(0, 2**32 - 1).astype(np.uint64)
        codes = spread(cells[:, 0]) | (spread(cells[:, 1]) << np.uint64(1))
        along[some] = np.where(finite, codes, NOWHERE)
    return along


def spread(part: Array) -> Array:
    """Numbers below 2^32 with a zero between every two bits."""
    for step, mask in SPREADING:
        part = (part | (part << step)) & mask
    return part


def point_keys(lonlat: Array) -> Array:
    """Keys of points (n, 2) in EPSG:4326: 'p' and `ground_codes` in hexadecimal, so equal keys are equal cells and
    keys of sorted places are sorted.

    Not finite: "". Object array of texts, 17 letters. A million take about half a second.
    """
    codes = ground_codes(lonlat)
    letters = np.frombuffer(codes.astype(">u8").tobytes().hex().encode(), dtype="S16").astype("U16").astype(object)
    keys = "p" + letters
    keys[codes == NOWHERE] = ""
    return keys


def shape_keys(wkb: Array) -> Array:
    """Keys of any shapes (WKB or None, EPSG:4326): points as `point_keys`, others 'h' and 32 letters of a hash.

    Neither the starting point nor the direction of a ring nor the order of parts changes the key.
    """
    shapes = np.asarray(shapely.from_wkb(wkb), dtype=object)
    keys = np.full(len(shapes), "", dtype=object)
    points = shapely.get_type_id(shapes) == 0
    keys[points] = point_keys(shapely.get_coordinates(shapes[points]))
    others = np.flatnonzero(~points & ~shapely.is_missing(shapes))
    rounded = shapely.transform(shapes[others], lambda xy: np.rint(xy * CELLS_PER_DEGREE))
    for place, outline in zip(others, shapely.to_wkb(shapely.normalize(rounded), byte_order=1), strict=True):
        keys[place] = "h" + hashlib.blake2b(outline, digest_size=16).hexdigest()
    return keys


def ordinals(keys: Array, occasions: Array | None = None) -> Array:
    """0 for the first row with a key, 1 for the second ...: two features at one place of a product are two structures.

    `occasions` (dates, for files with a row per date): rows of different occasions do not count against each other, so
    the same place seen on two days stays one structure.
    """
    columns = {"key": keys} if occasions is None else {"key": keys, "occasion": occasions}
    return pd.DataFrame(columns).groupby(list(columns), dropna=False, sort=False).cumcount().to_numpy()


def feature_keys(keys: Array, numbers: Array) -> Array:
    """The key stored in a structure reference: the place, with its ordinal where it is not the first."""
    written = keys.copy()
    later = np.flatnonzero(numbers)
    written[later] = [f"{keys[place]}-{numbers[place]}" for place in later]
    return written


NEAR_M = 2.0
MATCH_M = 5.0


class Match(StrEnum):
    """How an observation found its structure."""

    INSIDE = "inside"
    CLOSE = "close"
    NEAR = "near"
    NEW = "new"


def match_of(distance_m: float | None, *, inside: bool, limit_m: float = MATCH_M) -> Match:
    """Inside a footprint, else by distance: within 2 m close, up to the limit near (listed), farther a new one."""
    if inside:
        return Match.INSIDE
    if distance_m is None or distance_m > limit_m:
        return Match.NEW
    return Match.CLOSE if distance_m <= NEAR_M else Match.NEAR


def assign_once(rows: Array, structures: Array, distances_m: Array) -> Mapping[int, int]:
    """Gives each row at most one structure and each structure at most one row, nearest pairs first.

    Candidate pairs as three arrays; ties go to the smaller row, then the smaller structure, whatever the input's order.
    """
    taken_rows: dict[int, int] = {}
    taken_structures: set[int] = set()
    for place in np.lexsort((structures, rows, distances_m)):
        row, structure = int(rows[place]), int(structures[place])
        if row not in taken_rows and structure not in taken_structures:
            taken_rows[row] = structure
            taken_structures.add(structure)
    return taken_rows


# -- squares -----------------------------------------------------------------------------------------------------------

# Points are found by the square they stand in: a tile of zoom 17, about 300 m wide at the equator. Squares of one
# meridian follow each other from north to south.
SQUARE_ZOOM = 17
SQUARES = 2**SQUARE_ZOOM
WORLD_M = 40_075_016.685578488


def squares_touched(bounds: Array) -> Array:
    """The numbers of all squares that touch some rectangles (n, 4: west, south, east, north in Web Mercator metres),
    sorted, each once: those of `damage_square` in the database."""
    west, east = (np.floor((bounds[:, side] / WORLD_M + 0.5) * SQUARES).astype(np.int64) for side in (0, 2))
    south, north = (np.floor((0.5 - bounds[:, side] / WORLD_M) * SQUARES).astype(np.int64) for side in (1, 3))
    wide, high = east - west + 1, south - north + 1
    which = np.repeat(np.arange(len(bounds)), wide * high)
    place = np.arange(len(which)) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    return np.unique((west[which] + place // high[which]) * SQUARES + north[which] + place % high[which])
