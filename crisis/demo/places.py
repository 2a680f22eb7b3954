"""The places of Tenkoro and Barsalo: names, P-codes and outlines.

Outlines are drawn on a plan whose unit is six metres (x to the east, y to the south) and projected here to longitude
and latitude (EPSG:4326). Neighbours share their corner points exactly, so the town is tiled without gap or overlap.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.ops import unary_union

METRES_PER_UNIT = 6.0
METRES_PER_DEGREE = 111_195.0  # of a great circle on the mean sphere; the plan is small enough for it
PLAN_ORIGIN = (500.0, 430.0)  # the corner of Nayiri and Zongo, near the crossing of the two main roads
OUTLINE_MARGIN_M = 500.0

Ring = tuple[tuple[float, float], ...]
LonLat = tuple[float, float]


@dataclass(frozen=True)
class Place:
    """A neighbourhood: `ring` is its outline on the town's plan, `aliases` other spellings met in files."""

    pcode: str
    name: str
    name_fr: str
    name_ar: str
    aliases: tuple[str, ...]
    ring: Ring


@dataclass(frozen=True)
class Town:
    """A municipality with its neighbourhoods; `origin` is where the middle of its plan lies."""

    code: str
    pcode: str
    name: str
    name_fr: str
    name_ar: str
    origin: LonLat
    places: tuple[Place, ...]


def _ring(text: str) -> Ring:
    """Corners written as in a drawing: `x,y x,y ...`, the ring closing on itself."""
    return tuple((float(x), float(y)) for x, y in (corner.split(",") for corner in text.split()))


def _place(pcode: str, name: str, name_ar: str, aliases: str, ring: str, name_fr: str = "") -> Place:
    spellings = tuple(alias.strip() for alias in aliases.split(",") if alias.strip())
    return Place(pcode, name, name_fr or name, name_ar, spellings, _ring(ring))


TENKORO = Town(
    "TK",
    "TK01",
    "Tenkoro",
    "Tenkoro",
    "تنكورو",
    (-1.09, 13.08),
    (
        _place(
            "TK0101",
            "Grand Marché",
            "السوق الكبير",
            "Grand Marche, Marché central",
            "381,481 422,499 460,525 495,496 491,457 484,418 452,416 422,426 391,424",
        ),
        _place(
            "TK0102",
            "Hamdallaye",
            "حمد الله",
            "Hamdalaye, Hamdallay",
            "373,396 391,424 422,426 452,416 484,418 473,328 423,317 388,368",
        ),
        _place(
            "TK0103",
            "Zongo",
            "زونغو",
            "Zango",
            "484,418 491,457 495,496 563,508 583,470 601,430 577,400 514,409",
        ),
        _place("TK0104", "Nayiri", "نايري", "Nayire", "473,328 484,418 514,409 577,400 578,346 539,330 501,312"),
        _place(
            "TK0105",
            "Koulfo",
            "كولفو",
            "Kulfo",
            "256,394 258,430 270,502 318,525 349,502 381,481 391,424 373,396 292,372",
        ),
        _place(
            "TK0106",
            "Dabaré",
            "دباري",
            "Dabare",
            "292,372 373,396 388,368 423,317 391,267 354,262 316,263 310,300 298,335",
        ),
        _place(
            "TK0107",
            "La Gare",
            "المحطة",
            "Gare, Quartier de la Gare",
            "452,607 460,617 527,618 561,618 576,591 595,566 582,535 563,508 495,496 460,525 451,565",
        ),
        _place(
            "TK0108",
            "Artisans",
            "الحرفيين",
            "Les Artisans, Quartier des Artisans",
            "318,525 333,559 339,596 377,597 415,603 452,607 451,565 460,525 422,499 381,481 349,502",
        ),
        _place(
            "TK0109",
            "Lycée",
            "الثانوية",
            "Lycee, Quartier du Lycée",
            "577,400 601,430 639,429 677,435 715,349 689,307 659,299 627,300 578,346",
        ),
        _place(
            "TK0110",
            "Sanam",
            "صنم",
            "Sanaam",
            "563,508 582,535 595,566 634,561 672,559 687,523 706,489 690,463 677,435 639,429 601,430 583,470",
        ),
        _place(
            "TK0111",
            "Yarcé",
            "يارسي",
            "Yarce, Yarcin",
            "501,312 539,330 578,346 627,300 609,273 594,244 578,217 521,222 511,251 509,282",
        ),
        _place(
            "TK0112",
            "Mission",
            "البعثة",
            "La Mission",
            "391,267 423,317 473,328 501,312 509,282 511,251 521,222 491,196 457,176 437,209",
        ),
        _place(
            "TK0113",
            "Silmi",
            "سيلمي",
            "Silmy",
            "137,357 167,367 197,375 226,387 256,394 292,372 298,335 310,300 316,263 292,238 248,183 233,193 207,216 "
            "185,241 168,268 156,297 146,326",
        ),
        _place(
            "TK0114",
            "Pelga",
            "بيلغا",
            "Pelgha",
            "677,435 690,463 706,489 743,490 781,488 818,489 855,489 847,442 845,415 847,388 851,367 783,360 749,350 "
            "715,349",
        ),
        _place(
            "TK0115",
            "Barrage",
            "السد",
            "Le Barrage",
            "578,217 594,244 609,273 627,300 659,299 689,307 717,242 737,212 748,178 700,163 686,158 673,151 662,142 "
            "655,133 650,121 634,146 611,166 600,195",
        ),
        _place(
            "TK0116",
            "Toudou",
            "تودو",
            "Tudu",
            "248,183 292,238 316,263 354,262 391,267 437,209 457,176 447,136 434,97 392,112 325,140 293,156 262,173",
        ),
        _place(
            "TK0117",
            "Tambila",
            "تامبيلا",
            "Tambilla",
            "137,357 122,415 114,446 110,479 110,513 116,546 128,574 158,563 187,549 212,527 240,513 270,502 258,430 "
            "256,394 226,387 197,375 167,367",
        ),
        _place(
            "TK0118",
            "Petit Séno",
            "سينو الصغير",
            "Petit Seno, Seno",
            "128,574 130,578 151,608 178,633 209,656 242,676 279,697 339,596 333,559 318,525 270,502 240,513 212,527 "
            "187,549 158,563",
        ),
        _place(
            "TK0119",
            "Wendou",
            "ويندو",
            "Wendu, Ouendou",
            "561,618 577,648 587,680 598,712 611,743 625,737 660,721 727,685 749,673 730,644 708,617 693,587 672,559 "
            "634,561 595,566 576,591",
        ),
        _place(
            "TK0120",
            "Bangré",
            "بانغري",
            "Bangre",
            "279,697 344,731 381,747 421,760 436,763 442,726 446,689 457,654 460,617 452,607 415,603 377,597 339,596",
        ),
        _place(
            "TK0121",
            "Gondé",
            "غوندي",
            "Gonde",
            "436,763 462,768 505,769 547,763 587,752 611,743 598,712 587,680 577,648 561,618 527,618 460,617 457,654 "
            "446,689 442,726",
        ),
        _place(
            "TK0122",
            "Forage",
            "البئر",
            "Le Forage",
            "672,559 693,587 708,617 730,644 749,673 789,647 816,623 837,596 851,566 858,534 857,502 855,489 818,489 "
            "781,488 743,490 706,489 687,523",
        ),
        _place(
            "TK0123",
            "Kiri",
            "كيري",
            "Kirri",
            "434,97 447,136 457,176 491,196 521,222 578,217 600,195 611,166 634,146 650,121 651,109 654,98 661,89 "
            "671,80 681,74 634,68 590,67 547,71 505,78 465,87",
        ),
        _place(
            "TK0124",
            "Tanghin",
            "تنغين",
            "Tanguin",
            "689,307 715,349 749,350 783,360 851,367 862,327 870,292 873,255 869,217 863,201 835,203 821,203 806,201 "
            "793,197 781,193 748,178 737,212 717,242",
        ),
    ),
)

BARSALO = Town(
    "BS",
    "BS01",
    "Barsalo",
    "Barsalo",
    "برسالو",
    (-0.72, 13.21),
    (
        _place("BS0101", "Centre", "الوسط", "", "440,380 440,480 520,490 530,375", name_fr="Centre"),
        _place("BS0102", "Peulh", "بول", "Peul", "530,375 520,490 610,500 640,420 600,360"),
        _place("BS0103", "Barrage de Barsalo", "سد برسالو", "", "440,480 430,560 540,580 610,500 520,490"),
    ),
)

TOWNS = (TENKORO, BARSALO)


def project(town: Town, x: float, y: float) -> LonLat:
    """Longitude and latitude (degrees, rounded to a centimetre) of a point of the plan."""
    lon0, lat0 = town.origin
    east = (x - PLAN_ORIGIN[0]) * METRES_PER_UNIT
    north = (PLAN_ORIGIN[1] - y) * METRES_PER_UNIT
    lon = lon0 + east / (METRES_PER_DEGREE * math.cos(math.radians(lat0)))
    return round(lon, 7), round(lat0 + north / METRES_PER_DEGREE, 7)


def plan_polygon(place: Place) -> Polygon:
    """The neighbourhood on the plan, in plan units."""
    return Polygon(place.ring)


def boundary(town: Town, place: Place) -> MultiPolygon:
    """The neighbourhood in longitude and latitude, its outer ring counter-clockwise."""
    return _projected(town, [plan_polygon(place)])


def outline(town: Town) -> MultiPolygon:
    """The municipality: its neighbourhoods and the fields around them, half a kilometre wide."""
    margin = OUTLINE_MARGIN_M / METRES_PER_UNIT
    around = unary_union([plan_polygon(place) for place in town.places]).buffer(margin, quad_segs=4).simplify(2.0)
    return _projected(town, [around])


def _projected(town: Town, polygons: Sequence[Polygon]) -> MultiPolygon:
    projected = [Polygon([project(town, x, y) for x, y in polygon.exterior.coords]) for polygon in polygons]
    return MultiPolygon([shapely.orient_polygons(polygon) for polygon in projected])
