"""The tension index of municipal_units.md 5: nine indicators scored 0 to 3, their mean over 3, and four levels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

# The municipality's own rows (norms of the kinds below) come before these.
TENSION_SOURCE = "Convention of Reprise, for the unit to confirm or change"
LEAST_INDICATORS = 5
HIGHEST_SCORE = 3


class TensionIndicator(StrEnum):
    """Measures and units as in INDICATORS."""

    RATIO_DISPLACED_HOST = "ratio_displaced_host"
    GROWTH_90D = "growth_90d"
    WATER_QUEUE = "water_queue"
    RENT_CHANGE_90D = "rent_change_90d"
    AID_PERCEIVED_UNFAIR = "aid_perceived_unfair"
    INCIDENTS_90D = "incidents_90d"
    EVICTION_THREATS = "eviction_threats"
    SERVICE_GAP_PP = "service_gap_pp"
    DIALOGUE_ABSENT = "dialogue_absent"


class TensionLevel(StrEnum):
    CALM = "calm"
    WATCH = "watch"
    TENSE = "tense"
    CRITICAL = "critical"
    INSUFFICIENT = "insufficient_data"


class IncidentKind(StrEnum):
    DISPUTE_WATER = "dispute_water"
    DISPUTE_LAND = "dispute_land"
    DISPUTE_HOUSING_RENT = "dispute_housing_rent"
    DISPUTE_AID = "dispute_aid"
    DISPUTE_LIVELIHOOD = "dispute_livelihood"
    HARASSMENT = "harassment"
    HATE_SPEECH = "hate_speech"
    VIOLENCE = "violence"
    EVICTION_THREAT = "eviction_threat"
    RUMOUR = "rumour"


class Verification(StrEnum):
    UNVERIFIED = "unverified"
    CORROBORATED = "corroborated"
    VERIFIED = "verified"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class Indicator:
    """`cuts`: where scores 1, 2 and 3 begin; the last must be passed, the others reached. `above`: the first has
    to be passed too (any incident scores 1). `falling`: fewer is worse."""

    unit: str
    cuts: tuple[float, float, float]
    above: bool = False
    falling: bool = False
    least: float = 0.0


I = TensionIndicator  # noqa: E741
INDICATORS: Mapping[TensionIndicator, Indicator] = {
    I.RATIO_DISPLACED_HOST: Indicator("displaced / host", (0.1, 0.3, 1)),
    I.GROWTH_90D: Indicator("% in 90 d", (2, 10, 25), least=-100),
    I.WATER_QUEUE: Indicator("min", (30, 60, 120)),
    I.RENT_CHANGE_90D: Indicator("% in 90 d", (5, 15, 40), least=-100),
    I.AID_PERCEIVED_UNFAIR: Indicator("% of informants", (10, 30, 50)),
    I.INCIDENTS_90D: Indicator("verified per 10,000", (0, 2, 5), above=True),
    I.EVICTION_THREATS: Indicator("households per 1,000", (0, 2, 10), above=True),
    I.SERVICE_GAP_PP: Indicator("percentage points", (5, 10, 20)),
    I.DIALOGUE_ABSENT: Indicator("meetings with both in 90 d", (2, 1, 0), falling=True),
}
LEVEL_CUTS: Mapping[TensionLevel, float] = {
    TensionLevel.WATCH: 0.25,
    TensionLevel.TENSE: 0.5,
    TensionLevel.CRITICAL: 0.75,
}
# What the unit may do about a tense place; it chooses, nothing starts by itself.
TENSE_OPTIONS = ("dialogue", "service_fix", "referral")


@dataclass(frozen=True)
class Tension:
    """`index` 0-1, None with fewer than LEAST_INDICATORS; `scores` of those that were measured."""

    index: float | None
    level: TensionLevel
    scores: Mapping[str, int]
    lethal: bool


def score_of(name: str, value: float, cuts: Sequence[float] | None = None) -> int:
    """0 to 3. Ranges as written there: <.1, .1-.3, .3-1, >1; for incidents 0, <2, 2-5, >5; meetings >=3, 2, 1, 0."""
    indicator = INDICATORS[TensionIndicator(name)]
    first, second, last = cuts or indicator.cuts
    if indicator.falling:
        return (value <= first) + (value <= second) + (value <= last)
    begun = value > first if indicator.above else value >= first
    return int(begun) + int(value >= second) + int(value > last)


def tension_of(
    values: Mapping[str, float],
    *,
    lethal: bool = False,
    cuts: Mapping[str, Sequence[float]] | None = None,
    levels: Mapping[TensionLevel, float] = LEVEL_CUTS,
) -> Tension:
    """A lethal incident makes a place critical however little else is known."""
    own = cuts or {}
    known = {name: value for name, value in values.items() if name in set(TensionIndicator) and isfinite(value)}
    scores = {name: score_of(name, value, own.get(name)) for name, value in known.items()}
    index = sum(scores.values()) / len(scores) / HIGHEST_SCORE if len(scores) >= LEAST_INDICATORS else None
    if lethal:
        return Tension(index, TensionLevel.CRITICAL, scores, lethal)
    if index is None:
        return Tension(None, TensionLevel.INSUFFICIENT, scores, lethal)
    reached = [level for level in LEVEL_CUTS if index >= levels[level] - 1e-12]
    return Tension(index, reached[-1] if reached else TensionLevel.CALM, scores, lethal)
