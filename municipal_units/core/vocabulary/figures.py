"""Shares as shown: classes of functionality, and whole numbers that never leave their class."""

from dataclasses import dataclass
from enum import StrEnum
from math import floor, isnan

from municipal_units.core.vocabulary.words import Names


class FunctionalityClass(StrEnum):
    """Classes shown on map, print and API (mechanics D20)."""

    BARELY_WORKS = "barely_works"
    FAILING = "failing"
    STRAINED = "strained"
    MOSTLY_WORKS = "mostly_works"
    WORKS = "works"
    NO_DATA = "no_data"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class ClassCut:
    """One functionality class: from `low` (included) to `high` (excluded, except 1.0) as shares of need met."""

    code: FunctionalityClass
    low: float
    high: float
    names: Names


FUNCTIONALITY_CLASSES: tuple[ClassCut, ...] = (
    ClassCut(FunctionalityClass.BARELY_WORKS, 0.0, 0.2, Names("Barely works", "Ne marche presque plus", "شبه متوقف")),
    ClassCut(FunctionalityClass.FAILING, 0.2, 0.4, Names("Failing", "Défaillant", "متعثر")),
    ClassCut(FunctionalityClass.STRAINED, 0.4, 0.6, Names("Strained", "Sous tension", "تحت الضغط")),
    ClassCut(FunctionalityClass.MOSTLY_WORKS, 0.6, 0.8, Names("Mostly works", "Marche en général", "يعمل غالبًا")),
    ClassCut(FunctionalityClass.WORKS, 0.8, 1.0, Names("Works", "Marche", "يعمل")),
)


RETURN_THRESHOLD = 0.60


def functionality_class(share: float | None) -> FunctionalityClass:
    """Class of a share of need met, 0-1; `low` belongs to the class (with room for rounding errors of 1e-9)."""
    if share is None or isnan(share):
        return FunctionalityClass.NO_DATA
    return next(
        (cut.code for cut in reversed(FUNCTIONALITY_CLASSES) if share + 1e-9 >= cut.low), FUNCTIONALITY_CLASSES[0].code
    )


def shown_hundredths(share: float) -> int:
    """A share as the whole number people read: rounded, but never into another class, so that 0.198 reads 19 and not
    20 beside "barely works 0-19". The one rule for map, table, sentence, print and event."""
    nearest = floor(share * 100 + 0.5 + 1e-9)
    same_class = functionality_class(nearest / 100) == functionality_class(share)
    return nearest if same_class else floor(share * 100 + 1e-9)
