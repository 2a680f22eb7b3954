"""Recognises deliveries of UNITAR-UNOSAT and Copernicus EMS by their layers and columns, and says how to read them.

Presets are data: which layers hold grades, on which scale, with which dates, and which are left out and why. Values
that no scale explains are asked when the rows are read (`grading.grade_column`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from damage.core.grading import Method, SourceScale
from damage.core.structures import Occupancy, StructureKind


class SeenLayer(Protocol):
    """What a preset needs to know of a layer: its name, its kind of shape and its columns."""

    @property
    def name(self) -> str: ...

    @property
    def geometry(self) -> str: ...

    @property
    def column_names(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Epoch:
    """One image date in a row: the columns with class and date. `date` "" means that the date must be asked."""

    value: str
    date: str = ""
    sensor: str = ""
    confidence: str = ""


@dataclass(frozen=True)
class GradingLayer:
    """A layer of damage observations. Several epochs: several observations of one structure in each row.

    `written_place` and `site_type`: columns kept as written. `feature_id`: a stable id, "" when the product has none.
    """

    layer: str
    kind: StructureKind
    scale: SourceScale
    epochs: tuple[Epoch, ...]
    written_place: str = ""
    site_type: str = ""
    feature_id: str = ""


@dataclass(frozen=True)
class Question:
    """Something the file does not say; `code` is stable, `layer` the one concerned."""

    code: str
    message: str
    layer: str = ""


@dataclass(frozen=True)
class Preset:
    """A recognised delivery. `area_of_interest`: layers that may become one neighbourhood. `skipped`: layer -> why."""

    code: str
    source: str
    product: str
    method: Method
    grading: tuple[GradingLayer, ...]
    area_of_interest: tuple[str, ...] = ()
    skipped: Mapping[str, str] | None = None
    questions: tuple[Question, ...] = ()
    attribution: str = ""


def detect(layers: Sequence[SeenLayer], *, filename: str = "") -> Preset | None:
    """The preset that fits a file's layers, or None: then the columns are mapped by hand."""
    return copernicus(layers, filename) or unosat(layers, filename)


# -- UNOSAT ------------------------------------------------------------------------------------------------------------

# Main_Damage_Site_Class_2, cut to ten letters by shapefiles: Main_Dam_2, Main_Damag; also DmgCls_1, Damage_Class.
UNOSAT_CLASS = re.compile(r"(?:main_?)?(?:dam(?:a(?:g(?:e)?)?)?|dmg)(?:_?site)?(?:_?cl(?:a?ss?)?)?_?(\d*)")
UNOSAT_DATE = re.compile(r"(?:sensor|image|img)_?da(?:te?)?_?(\d*)")
UNOSAT_SENSOR = re.compile(r"sensor_?id_?(\d*)")
UNOSAT_CONFIDENCE = re.compile(r"(?:confidence|confiden|confid|confide|confi)(?:_?id)?_?(\d*)")
WRITTEN_PLACES = (
    "neighborho",
    "neighborhood",
    "neighbourhood",
    "neighbourh",
    "settlement",
    "municipality",
    "municipali",
)


def unosat(layers: Sequence[SeenLayer], filename: str) -> Preset | None:
    graded, skipped, questions = [], {}, []
    for layer in layers:
        epochs = epochs_of(layer.column_names)
        dated = bool(epochs) and (any(epoch.date for epoch in epochs) or has(layer, "siteid"))
        if layer.geometry not in ("Point", "Polygon", "Mixed") or not dated:
            skipped[layer.name] = "It holds no damage classes with image dates."
            continue
        graded.append(
            GradingLayer(
                layer.name,
                StructureKind.BUILDING,
                SourceScale.UNOSAT,
                epochs,
                written_place=first(layer, WRITTEN_PLACES),
                site_type=first(layer, ("siteid", "site_id", "main_type", "site_type")),
            )
        )
        questions += missing_dates(layer.name, epochs)
    if not graded:
        return None
    return Preset(
        "unosat",
        "UNITAR-UNOSAT",
        stem(filename) or graded[0].layer,
        Method.SATELLITE,
        tuple(graded),
        skipped=skipped,
        questions=tuple(questions),
        attribution="UNITAR-UNOSAT",
    )


def epochs_of(columns: Sequence[str]) -> tuple[Epoch, ...]:
    """Pairs class and date columns by their number; a lone class and a lone date belong together whatever they say."""
    classes, dates = numbered(columns, UNOSAT_CLASS), numbered(columns, UNOSAT_DATE)
    sensors, confidences = numbered(columns, UNOSAT_SENSOR), numbered(columns, UNOSAT_CONFIDENCE)
    if len(classes) == 1 and len(dates) == 1:
        dates = dict.fromkeys(classes, next(iter(dates.values())))
    if len(classes) == 1 and len(sensors) == 1:
        sensors = dict.fromkeys(classes, next(iter(sensors.values())))
    return tuple(
        Epoch(column, dates.get(number, ""), sensors.get(number, ""), confidences.get(number, ""))
        for number, column in sorted(classes.items())
    )


def numbered(columns: Sequence[str], pattern: re.Pattern[str]) -> dict[int, str]:
    """Columns that fit, by their number; one without a number comes before _1 (shapefiles cut and number names so)."""
    found: dict[int, str] = {}
    for column in columns:
        if match := pattern.fullmatch(column.casefold()):
            found.setdefault(int(match[1] or 0), column)
    return found


def missing_dates(layer: str, epochs: Sequence[Epoch]) -> list[Question]:
    return [
        Question("image_date", f"'{epoch.value}' has no column with the image date. Give the date of the image.", layer)
        for epoch in epochs
        if not epoch.date
    ]


# -- Copernicus EMS ----------------------------------------------------------------------------------------------------

ACTIVATION = re.compile(r"EMS[RN]\d{3,4}", re.IGNORECASE)
AREA_OF_INTEREST = re.compile(r"area_?of_?interest", re.IGNORECASE)
NETWORKS = re.compile(r"transportation|physiography|hydrography|network|utilit|line_grading|facilitiesl", re.IGNORECASE)
GRADE_COLUMNS = {"grading": SourceScale.COPERNICUS_PRE2018, "damage_gra": SourceScale.COPERNICUS}
COPERNICUS_DATES = ("src_date", "dmg_date", "image_date")


def copernicus(layers: Sequence[SeenLayer], filename: str) -> Preset | None:
    named = ACTIVATION.search(filename) or next(filter(None, (ACTIVATION.search(layer.name) for layer in layers)), None)
    areas = tuple(layer.name for layer in layers if AREA_OF_INTEREST.search(layer.name))
    if named is None and not areas:
        return None
    graded, skipped, questions = [], {}, []
    for layer in layers:
        column = first(layer, tuple(GRADE_COLUMNS))
        if layer.name in areas:
            continue
        if not column or layer.geometry == "None":
            skipped[layer.name] = "It holds no grades: a base map or description."
            continue
        date = first(layer, COPERNICUS_DATES)
        epochs = (Epoch(column, date, first(layer, ("source_nam", "dmg_src_id")), first(layer, ("confidence",))),)
        graded.append(
            GradingLayer(
                layer.name,
                network_or_building(layer),
                GRADE_COLUMNS[column.casefold()],
                epochs,
                site_type=first(layer, ("settl_type", "road_type", "obj_type", "subtype")),
            )
        )
        questions += missing_dates(layer.name, epochs)
    if not graded and not areas:
        return None
    return Preset(
        "copernicus_ems",
        "Copernicus EMS",
        stem(filename) or (named[0].upper() if named else areas[0]),
        Method.SATELLITE,
        tuple(graded),
        areas,
        skipped,
        tuple(questions),
        "Copernicus Emergency Management Service (© European Union)",
    )


def network_or_building(layer: SeenLayer) -> StructureKind:
    is_network = layer.geometry == "LineString" or NETWORKS.search(layer.name) is not None
    return StructureKind.NETWORK if is_network else StructureKind.BUILDING


# -- shared ------------------------------------------------------------------------------------------------------------

# Site words that mean one occupancy; others (a school of unknown level) stay as written and mean none.
OCCUPANCY_WORDS: Mapping[str, Occupancy] = {
    "mosque": Occupancy.WORSHIP,
    "church": Occupancy.WORSHIP,
    "university": Occupancy.EDU_HIGHER,
    "government building": Occupancy.GOV_ADMIN,
    "hospital": Occupancy.HEALTH_HOSPITAL,
    "market": Occupancy.MARKET,
    "tent": Occupancy.RES_TEMPORARY,
}


def occupancy_of(site: str) -> Occupancy | None:
    return OCCUPANCY_WORDS.get(" ".join(site.casefold().split()))


def first(layer: SeenLayer, names: Sequence[str]) -> str:
    """The layer's own spelling of the first of some column names that it has."""
    have = {column.casefold(): column for column in reversed(layer.column_names)}
    return next((have[name] for name in names if name in have), "")


def has(layer: SeenLayer, name: str) -> bool:
    return bool(first(layer, (name,)))


def stem(filename: str) -> str:
    """The file's name without folder and extensions: the name of the product."""
    base = re.split(r"[\\/]", filename)[-1]
    return re.sub(r"(?:\.(?:shp|geojson|json|gpkg|fgb|kml|kmz|csv|xlsx|zip))+$", "", base, flags=re.IGNORECASE)
