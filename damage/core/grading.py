"""Damage grades, the scales they come from, and which observation of a place counts.

Grades, ratios and crosswalk: damage.md 1 and 2.2. A value no table holds is a question for a person, never a guess.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd


class DamageGrade(StrEnum):
    """Canonical grade, aligned on EMS-98. The last two are outside the order."""

    NONE = "none"
    SLIGHT = "slight"
    MODERATE = "moderate"
    HEAVY = "heavy"
    VERY_HEAVY = "very_heavy"
    DESTROYED = "destroyed"
    POSSIBLE = "possible"
    NOT_ASSESSED = "not_assessed"

    @property
    def ordinal(self) -> int | None:
        """0 (none) to 5 (destroyed); None for possible and not assessed."""
        return ORDINAL.get(self)


ORDERED: tuple[DamageGrade, ...] = tuple(DamageGrade)[:6]
ORDINAL: Mapping[DamageGrade, int] = {grade: number for number, grade in enumerate(ORDERED)}


class SourceScale(StrEnum):
    """The scale a grade was written in."""

    CANONICAL = "canonical"
    EMS98 = "ems98"
    UNOSAT = "unosat"
    COPERNICUS = "copernicus"
    COPERNICUS_PRE2018 = "copernicus_pre2018"
    XBD = "xbd"
    HAZUS = "hazus"
    FEMA_PDA = "fema_pda"
    IOM_DTM = "iom_dtm"
    ATC20_BIN = "atc20_bin"
    UN_HABITAT = "un_habitat"


class Evidence(StrEnum):
    REMOTE = "remote"
    FIELD = "field"


@dataclass(frozen=True)
class GradedValue:
    """What a source value means. `grade_high` is set when its class spans several grades and `grade` is the lowest.

    `low_confidence`: the source could not have seen the difference (imagery from above cannot see D1 and most D2).
    """

    grade: DamageGrade
    grade_high: DamageGrade | None = None
    low_confidence: bool = False


class UnknownGradeValue(ValueError):
    """A value that the scale's table does not hold: somebody has to say what it means."""

    def __init__(self, scale: SourceScale, value: str) -> None:
        self.scale = scale
        self.value = value
        super().__init__(f"'{value}' is not a value of the scale {scale}. Say which grade it means.")


G = DamageGrade
HEAVY_OR_MORE = GradedValue(G.HEAVY, G.VERY_HEAVY)
UNSEEN = GradedValue(G.NONE, low_confidence=True)


def exactly(**words: DamageGrade) -> dict[str, GradedValue]:
    return {word.replace("_", " "): GradedValue(grade) for word, grade in words.items()}


# Keys are folded (see `fold`): lower case, single spaces, no hyphens.
CROSSWALK: Mapping[SourceScale, Mapping[str, GradedValue]] = {
    SourceScale.CANONICAL: {grade.value.replace("_", " "): GradedValue(grade) for grade in G},
    SourceScale.EMS98: {
        **exactly(d0=G.NONE, d1=G.SLIGHT, d2=G.MODERATE, d3=G.HEAVY, d4=G.VERY_HEAVY, d5=G.DESTROYED),
        **{str(number): GradedValue(grade) for number, grade in enumerate(ORDERED)},
        **{f"grade {number}": GradedValue(grade) for number, grade in enumerate(ORDERED)},
    },
    # Class numbers as UNITAR-UNOSAT uses them; others (such as 6) are not explained in its files and are asked about.
    SourceScale.UNOSAT: {
        **exactly(destroyed=G.DESTROYED, moderate=G.MODERATE, moderate_damage=G.MODERATE),
        "severe": HEAVY_OR_MORE,
        "severe damage": HEAVY_OR_MORE,
        "severely damaged": HEAVY_OR_MORE,
        "moderately damaged": GradedValue(G.MODERATE),
        "possible": GradedValue(G.POSSIBLE),
        "possible damage": GradedValue(G.POSSIBLE),
        "possibly damaged": GradedValue(G.POSSIBLE),
        "1": GradedValue(G.DESTROYED),
        "2": HEAVY_OR_MORE,
        "3": GradedValue(G.MODERATE),
    },
    SourceScale.COPERNICUS: {
        "no visible damage": UNSEEN,
        "possibly damaged": GradedValue(G.POSSIBLE),
        "damaged": HEAVY_OR_MORE,
        "destroyed": GradedValue(G.DESTROYED),
    },
    SourceScale.COPERNICUS_PRE2018: {
        "not affected": UNSEEN,
        "negligible to slight damage": GradedValue(G.SLIGHT),
        "moderately damaged": GradedValue(G.MODERATE),
        "highly damaged": HEAVY_OR_MORE,
        "completely destroyed": GradedValue(G.DESTROYED),
    },
    SourceScale.XBD: {
        **exactly(no_damage=G.NONE, minor_damage=G.MODERATE, destroyed=G.DESTROYED, un_classified=G.NOT_ASSESSED),
        "major damage": HEAVY_OR_MORE,
        "0": GradedValue(G.NONE),
        "1": GradedValue(G.MODERATE),
        "2": HEAVY_OR_MORE,
        "3": GradedValue(G.DESTROYED),
    },
    # "complete" stands in two rows of the table; its ratio is 1.00, so it is read as destroyed.
    SourceScale.HAZUS: {
        **exactly(none=G.NONE, slight=G.SLIGHT, moderate=G.MODERATE, complete=G.DESTROYED),
        "extensive": HEAVY_OR_MORE,
    },
    SourceScale.FEMA_PDA: {
        **exactly(affected=G.SLIGHT, minor=G.MODERATE, destroyed=G.DESTROYED),
        "major": HEAVY_OR_MORE,
    },
    SourceScale.IOM_DTM: {
        **exactly(undamaged=G.NONE, minor=G.SLIGHT, moderately=G.MODERATE, destroyed=G.DESTROYED),
        "minor damage": GradedValue(G.SLIGHT),
        "moderately damaged": GradedValue(G.MODERATE),
        "severely": HEAVY_OR_MORE,
        "severely damaged": HEAVY_OR_MORE,
    },
    SourceScale.ATC20_BIN: {
        "0": GradedValue(G.NONE),
        "none": GradedValue(G.NONE),
        "0 1": GradedValue(G.SLIGHT),
        "1 10": GradedValue(G.MODERATE),
        "10 30": GradedValue(G.MODERATE),
        "30 60": GradedValue(G.HEAVY),
        "60 100": GradedValue(G.VERY_HEAVY),
        "100": GradedValue(G.DESTROYED),
    },
    SourceScale.UN_HABITAT: {
        **exactly(slight=G.SLIGHT, moderate=G.MODERATE, destroyed=G.DESTROYED, razed=G.DESTROYED),
        "severe": HEAVY_OR_MORE,
        "destroyed/razed": GradedValue(G.DESTROYED),
    },
}

REMOTE_SCALES = frozenset({SourceScale.UNOSAT, SourceScale.COPERNICUS, SourceScale.COPERNICUS_PRE2018, SourceScale.XBD})

# A person's answer to a question: the grade meant, or None for "these rows are not damage, leave them out".
Overrides = Mapping[str, DamageGrade | None]


def fold(value: str) -> str:
    """Case, hyphens, underscores, percent signs and runs of space do not tell values apart; `2.0` is 2."""
    folded = " ".join(re.sub(r"[-_\u2013\u2014%]", " ", value).casefold().split())
    return re.sub(r"^(\d+)\.0+$", r"\1", folded)


def grade(scale: SourceScale, value: str, overrides: Overrides | None = None) -> GradedValue | None:
    """Canonical meaning of a source value; None when a person said to leave it out.

    Raises UnknownGradeValue for a value nobody has explained, the empty one included.
    """
    folded = fold(value)
    for word, answer in (overrides or {}).items():
        if fold(word) == folded:
            return None if answer is None else GradedValue(answer)
    known = CROSSWALK[scale].get(folded)
    if known is None:
        raise UnknownGradeValue(scale, value)
    return known


@dataclass(frozen=True)
class GradeQuestion:
    """A value the table does not hold, and how many rows carry it."""

    scale: SourceScale
    value: str
    rows: int


def blank_as_missing(values: pd.Series) -> pd.Series:
    texts = values.astype("string").str.strip()
    return texts.mask(texts == "")


@dataclass(frozen=True)
class GradedColumn:
    """A whole column graded: arrays as long as the input. An empty `grade` means empty, left out or not yet answered.

    `grade`, `grade_high`: object arrays of codes or ""; `low_confidence`, `left_out`, `asked`: boolean arrays.
    """

    grade: np.ndarray
    grade_high: np.ndarray
    low_confidence: np.ndarray
    left_out: np.ndarray
    asked: np.ndarray
    questions: tuple[GradeQuestion, ...]


def grade_column(scale: SourceScale, values: pd.Series, overrides: Overrides | None = None) -> GradedColumn:
    """Grades a million values by grading the few distinct ones. Missing and blank values are no observation."""
    codes, distinct = pd.factorize(blank_as_missing(values))
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    # One row more than there are values: code -1 (missing) reads the last.
    size = len(distinct) + 1
    grades, highs = np.full(size, "", dtype=object), np.full(size, "", dtype=object)
    low, out, asked = np.zeros(size, bool), np.zeros(size, bool), np.zeros(size, bool)
    questions = []
    for number, value in enumerate(distinct):
        try:
            known = grade(scale, str(value), overrides)
        except UnknownGradeValue:
            asked[number] = True
            questions.append(GradeQuestion(scale, str(value), int(counts[number])))
            continue
        if known is None:
            out[number] = True
            continue
        grades[number] = known.grade.value
        highs[number] = known.grade_high.value if known.grade_high else ""
        low[number] = known.low_confidence
    return GradedColumn(grades[codes], highs[codes], low[codes], out[codes], asked[codes], tuple(questions))


class Method(StrEnum):
    """How a damage observation was made (damage.md 2.3)."""

    SATELLITE = "satellite"
    AERIAL = "aerial"
    WINDSHIELD = "windshield"
    RAPID_FIELD = "rapid_field"
    DETAILED_ENGINEERING = "detailed_engineering"
    COMMUNITY_REPORT = "community_report"
    FACILITY_REPORT = "facility_report"


# mechanics D6
METHOD_RANK: Mapping[Method, int] = {
    Method.DETAILED_ENGINEERING: 5,
    Method.RAPID_FIELD: 4,
    Method.FACILITY_REPORT: 3,
    Method.WINDSHIELD: 2,
    Method.AERIAL: 2,
    Method.SATELLITE: 1,
    Method.COMMUNITY_REPORT: 1,
}


class Verdict(StrEnum):
    """What becomes of a new observation beside the current one."""

    CURRENT = "current"
    KEPT = "kept"
    KEPT_FOR_REVIEW = "kept_for_review"


def supersedes(
    current: DamageGrade,
    current_method: Method,
    new: DamageGrade,
    new_method: Method,
    *,
    is_newer: bool = True,
    repair_recorded: bool = False,
) -> Verdict:
    """Rule D6 for a new observation of the same structure.

    Worse and newer: current. Better and newer: current if seen at least as closely or a repair is recorded, else a
    person decides. Equal and newer: current only if seen at least as closely, so that a glance from above cannot first
    confirm and then soften an engineer's finding. Without order: `not_assessed` never replaces anything; `possible`
    replaces only `none`, itself and `not_assessed`.
    """
    if not is_newer:
        return Verdict.KEPT
    if current is DamageGrade.NOT_ASSESSED:
        return Verdict.CURRENT
    if new is DamageGrade.NOT_ASSESSED:
        return Verdict.KEPT
    as_close = METHOD_RANK[new_method] >= METHOD_RANK[current_method] or repair_recorded
    if new is DamageGrade.POSSIBLE:
        if current is DamageGrade.NONE:
            return Verdict.CURRENT
        return Verdict.CURRENT if current is DamageGrade.POSSIBLE and as_close else Verdict.KEPT
    # A suspicion counts as slight when something definite is compared with it.
    before = ORDINAL.get(current, ORDINAL[DamageGrade.SLIGHT])
    now = ORDINAL[new]
    if now > before or as_close or current is DamageGrade.POSSIBLE and now == before:
        return Verdict.CURRENT
    return Verdict.KEPT if now == before else Verdict.KEPT_FOR_REVIEW


@dataclass(frozen=True)
class GradeDefault:
    """Seed of an editable row: a share 0-1 for one grade, with low and high where it is known as a range only.

    `value` None: never a point, an interval (functionality.md 8).
    """

    grade: DamageGrade
    value: float | None
    low: float
    high: float
    source: str
    certainty: str
    unit: str = "share"


BLONG = "Blong (2003), Natural Hazards 30, central damage values; bounds are an assumption"
PLANNING = "planning assumption"

# Damage ratio: cost of repair over cost of replacement. `possible` counts 0.10 in plans; `not_assessed` is left out.
DAMAGE_RATIOS: tuple[GradeDefault, ...] = (
    GradeDefault(G.NONE, 0.00, 0.00, 0.00, BLONG, "verified"),
    GradeDefault(G.SLIGHT, 0.02, 0.00, 0.05, BLONG, "verified"),
    GradeDefault(G.MODERATE, 0.10, 0.05, 0.20, BLONG, "verified"),
    GradeDefault(G.HEAVY, 0.40, 0.20, 0.60, BLONG, "verified"),
    GradeDefault(G.VERY_HEAVY, 0.75, 0.60, 0.90, BLONG, "verified"),
    GradeDefault(G.DESTROYED, 1.00, 0.90, 1.00, BLONG, "verified"),
    GradeDefault(G.POSSIBLE, 0.10, 0.00, 0.40, PLANNING, "assumption"),
)

# C/K of a facility by the grade of its building, functionality.md 2. An observed status always wins over these.
CAPACITY_FACTORS: tuple[GradeDefault, ...] = (
    *(
        GradeDefault(grade, value, value, value, PLANNING, "assumption")
        for grade, value in zip(ORDERED, (1.0, 0.9, 0.5, 0.3, 0.1, 0.0), strict=True)
    ),
    GradeDefault(G.POSSIBLE, None, 0.3, 1.0, PLANNING, "assumption"),
    GradeDefault(G.NOT_ASSESSED, None, 0.0, 1.0, PLANNING, "assumption"),
)

# h: habitable share of a dwelling by grade, functionality.md 2. Observed habitability wins (mechanics D7).
HABITABLE_SHARES: tuple[GradeDefault, ...] = (
    *(
        GradeDefault(grade, value, value, value, PLANNING, "assumption")
        for grade, value in zip(ORDERED, (1.0, 1.0, 0.5, 0.1, 0.0, 0.0), strict=True)
    ),
    GradeDefault(G.POSSIBLE, None, 0.1, 1.0, PLANNING, "assumption"),
    GradeDefault(G.NOT_ASSESSED, None, 0.0, 1.0, PLANNING, "assumption"),
)


class Habitability(StrEnum):
    """Whether people can live there: a separate judgement from damage (damage.md 2.3)."""

    HABITABLE = "habitable"
    HABITABLE_WITH_REPAIRS = "habitable_with_repairs"
    NOT_HABITABLE = "not_habitable"
    UNKNOWN = "unknown"


HABITABILITY_SHARE: Mapping[Habitability, float | None] = {
    Habitability.HABITABLE: 1.0,
    Habitability.HABITABLE_WITH_REPAIRS: 0.5,
    Habitability.NOT_HABITABLE: 0.0,
    Habitability.UNKNOWN: None,
}


class Placard(StrEnum):
    """ATC-20 placard. Only an authorised inspector gives one; it is never derived from a grade."""

    INSPECTED = "inspected"
    RESTRICTED_USE = "restricted_use"
    UNSAFE = "unsafe"
