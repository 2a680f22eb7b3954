"""People present: which of several dated figures counts for each place and group (mechanics D8)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from municipal_units.core.vocabulary import (
    METHOD_PRECEDENCE,
    PRESENCE_OF,
    Confidence,
    DataOrigin,
    EstimationMethod,
    PopulationGroup,
    PresenceGroup,
)
from municipal_units.models import Municipality, PopulationEstimate, PopulationRound
from municipal_units.selectors.norms import norms_at
from municipal_units.selectors.register import REGISTER_ROUND, register_totals

UNKNOWN_GROUP = PopulationGroup.UNKNOWN.value
WIDENING = 0.35  # half width, as a share, of a figure that is too old (mechanics D8)
NOTABLE_SPREAD = 0.25  # figures of one time that differ by more than this are flagged (displacement.md 3)
SAME_TIME_DAYS = 30
CONFIDENCES = [confidence.value for confidence in Confidence]
RANK = {method.value: rank for rank, method in enumerate(METHOD_PRECEDENCE)}
GROUPS = {fine.value: group.value for fine, group in PRESENCE_OF.items()} | {g.value: g.value for g in PresenceGroup}
PRESENT_GROUPS = [*(group.value for group in PresenceGroup), UNKNOWN_GROUP]
COLUMNS = ["neighbourhood", "group", "value", "lo", "hi", "round", "source", "method", "observed_on"]
COLUMNS += ["confidence", "origin", "too_old", "floor", "flags", "alternatives"]


@dataclass(frozen=True)
class Figure:
    """What one round says of one group in one place. `valid`: complete, of a stock, not superseded, young enough."""

    round: PopulationRound
    value: float
    lo: float
    hi: float
    confidence: str
    origin: str
    complete: bool
    valid: bool

    @property
    def is_site_count(self) -> bool:
        return self.round.method == EstimationMethod.SITE_ASSESSMENT


@dataclass(frozen=True)
class Presence:
    """The figure that counts for a group in a place (None: only an incomplete count), and the doubts about it."""

    figure: Figure | None
    others: Sequence[Figure]
    floor: float | None
    sites_added: bool = False


def people_present(municipality: Municipality, *, as_of: date) -> pd.DataFrame:
    """One row per neighbourhood and group (resident, displaced, returnee, unknown) for which any figure exists.

    `value`, `lo`, `hi`: persons, NaN where only an incomplete count exists; `round`, `source`, `method`, `observed_on`,
    `confidence`, `origin` (observed or estimated): of the figure that counts; `too_old`: nothing valid, so the newest
    older figure stands, widened; `floor`: persons of the largest incomplete count, at least so many are there (NaN:
    none); `flags`: `too_old`, `figures_differ`, `floor_is_larger`, `sites_added`; `alternatives`: the figures that do
    not count, newest first, each {value, round, source, method, observed_on, coverage}.

    Figures of different rounds are never summed, except that site counts are added to a round that says it excludes
    sites; figures of sites inside a round are part of its figure for the place, unless it excludes sites. Rejected
    rounds never count, unreviewed ones unless the municipality takes accepted facts only. The household register is
    one more count by registration: complete where somebody said so (`RegisterCoverage`), a floor everywhere else. Site
    counts stand for a whole place only where no other round does. The group `unknown` counts only beside figures of its
    own round, or where nothing newer is known by group: otherwise people would count twice.
    """
    by_place: dict[int, dict[str, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for place, group, figure in _figures(municipality, as_of):
        by_place[place][group].append(figure)
    rows = []
    for place, groups in sorted(by_place.items()):
        present = {group: _presence(figures) for group, figures in sorted(groups.items())}
        rows += [_row(place, group, found, as_of) for group, found in _counted_once(present).items()]
    return pd.DataFrame.from_records(rows, columns=COLUMNS).astype(dict.fromkeys(("value", "lo", "hi", "floor"), float))


def present_by_place(present: pd.DataFrame) -> pd.DataFrame:
    """All groups together, from `people_present`: index neighbourhood; people, people_lo, people_hi, and each group
    (resident, displaced, returnee, unknown) in persons, NaN where not known. A place where only some groups are counted
    has at least those."""
    totals = present.groupby("neighbourhood")[["value", "lo", "hi"]].sum(min_count=1)
    totals.columns = pd.Index(["people", "people_lo", "people_hi"])
    by_group = present.pivot(index="neighbourhood", columns="group", values="value").reindex(columns=PRESENT_GROUPS)
    return totals.join(by_group.astype(float))


def _figures(municipality: Municipality, as_of: date) -> Iterable[tuple[int, str, Figure]]:
    """Every figure up to a day: neighbourhood, presence group, figure. Sub-groups of one round are added up."""
    counting = PopulationRound.objects.filter(municipality=municipality, observed_on__lte=as_of)
    counting = counting.exclude(review_state="rejected")
    if municipality.accepted_facts_only:
        counting = counting.filter(review_state="accepted")
    rounds = {r.pk: r for r in counting}
    census_days = norms_at(municipality, as_of).population_days.get("census", municipality.estimate_valid_days)
    parts: dict[tuple[int, str, int], list[Figure]] = defaultdict(list)
    estimates = PopulationEstimate.objects.filter(municipality=municipality, round__in=rounds).values_list(
        "neighbourhood_id", "group", "round_id", "site_id", "individuals", "lo", "hi", "confidence", "status"
    )
    for place, fine, round_id, site, value, lo, hi, confidence, origin in estimates:
        of = rounds[round_id]
        if site is not None and of.method != EstimationMethod.SITE_ASSESSMENT and not of.excludes_sites:
            continue  # of the people of the place, those in a site: they are in its figure already
        days = (as_of - of.observed_on).days
        complete = of.coverage == "complete" and of.method in RANK and of.superseded_by_id is None
        limit = census_days if of.method == EstimationMethod.CENSUS else municipality.estimate_valid_days
        width = _width(origin, days)
        parts[place, GROUPS.get(fine, UNKNOWN_GROUP), round_id].append(
            Figure(
                round=of,
                value=value,
                lo=value * (1 - width) if lo is None else lo,
                hi=value * (1 + width) if hi is None else hi,
                confidence=confidence,
                origin=DataOrigin.OBSERVED if origin == "observed" else DataOrigin.ESTIMATED,
                complete=complete,
                valid=complete and days < limit,
            )
        )
    for total in register_totals(municipality, as_of):
        register = PopulationRound(
            pk=REGISTER_ROUND,
            name="Household register",
            source="Household register",
            method=EstimationMethod.REGISTRATION_HH.value,
            observed_on=total.newest_on,
            coverage="complete" if total.complete else "partial",
        )
        valid = total.complete and (as_of - total.newest_on).days < municipality.estimate_valid_days
        parts[total.neighbourhood_id, GROUPS.get(total.group, UNKNOWN_GROUP), REGISTER_ROUND].append(
            Figure(
                round=register,
                value=total.persons,
                lo=total.persons,
                hi=total.persons,
                confidence=Confidence.HIGH if total.complete else Confidence.LOW,
                origin=DataOrigin.OBSERVED,
                complete=total.complete,
                valid=valid,
            )
        )
    for (place, group, _), figures in parts.items():
        yield place, group, _sum_of_parts(figures)


def _width(origin: str, days: int) -> float:
    """Half width of an interval nobody stated, as a share of the figure (functionality.md 8)."""
    if origin != DataOrigin.OBSERVED or days > 90:
        return WIDENING
    return 0.10 if days < 30 else 0.20


def _sum_of_parts(figures: Sequence[Figure]) -> Figure:
    worst = max((f.confidence for f in figures), key=CONFIDENCES.index)
    least = next((f for f in figures if not f.complete), figures[0])  # half a register is none
    return replace(
        least,
        valid=all(f.valid for f in figures),
        value=sum(f.value for f in figures),
        lo=sum(f.lo for f in figures),
        hi=sum(f.hi for f in figures),
        confidence=worst,
        origin=DataOrigin.OBSERVED if all(f.origin == "observed" for f in figures) else DataOrigin.ESTIMATED,
    )


def _presence(figures: Sequence[Figure]) -> Presence:
    """The figure that counts: valid ones by precedence then date, else the newest older one, widened."""
    floor = max((f.value for f in figures if f.round.coverage != "complete" and f.round.method in RANK), default=None)
    whole = [f for f in figures if f.complete and not f.is_site_count]
    candidates = whole or [f for f in figures if f.complete]
    if valid := [f for f in candidates if f.valid]:
        counts = min(valid, key=lambda f: (RANK[f.round.method], -f.round.observed_on.toordinal(), -f.round.pk))
    elif candidates:
        old = max(candidates, key=lambda f: (f.round.observed_on, -RANK[f.round.method], f.round.pk))
        counts = replace(old, lo=min(old.lo, old.value * (1 - WIDENING)), hi=max(old.hi, old.value * (1 + WIDENING)))
    else:
        return Presence(None, figures, floor)
    others = [f for f in figures if f.round.pk != counts.round.pk]
    sites = [f for f in others if f.valid and f.is_site_count]
    if sites and counts.round.excludes_sites and not counts.is_site_count:
        newest = max(sites, key=lambda f: (f.round.observed_on, f.round.pk))
        added = replace(counts, value=counts.value + newest.value, lo=counts.lo + newest.lo, hi=counts.hi + newest.hi)
        return Presence(added, [f for f in others if f is not newest], floor, sites_added=True)
    return Presence(counts, others, floor)


def _counted_once(present: dict[str, Presence]) -> dict[str, Presence]:
    """Leave out people of unknown group where their place is known by group from another round, and the other way
    round where everything known by group is too old and the undivided figure is not."""
    undivided = present.get(UNKNOWN_GROUP)
    known = [p.figure for group, p in present.items() if group != UNKNOWN_GROUP and p.figure]
    if undivided is None or undivided.figure is None or not known:
        return present
    if undivided.figure.round.pk in {f.round.pk for f in known}:
        return present
    if undivided.figure.valid and not any(f.valid for f in known):
        return {UNKNOWN_GROUP: undivided}
    return {group: p for group, p in present.items() if group != UNKNOWN_GROUP}


def _row(place: int, group: str, found: Presence, as_of: date) -> tuple[Any, ...]:
    others = sorted(found.others, key=lambda f: f.round.observed_on, reverse=True)
    alternatives = [
        {
            "value": f.value,
            "round": f.round.name,
            "source": f.round.source,
            "method": f.round.method,
            "observed_on": f.round.observed_on,
            "coverage": f.round.coverage,
        }
        for f in others
    ]
    figure = found.figure
    if figure is None:
        nothing = (None,) * 7
        return (place, group, *nothing, Confidence.LOW, DataOrigin.UNKNOWN, False, found.floor, [], alternatives)
    differ = _differ(figure, others)
    flags = {
        "too_old": not figure.valid,
        "figures_differ": differ,
        "floor_is_larger": found.floor is not None and found.floor > figure.value,
        "sites_added": found.sites_added,
    }
    return (
        place,
        group,
        figure.value,
        figure.lo,
        figure.hi,
        figure.round.name,
        figure.round.source,
        figure.round.method,
        figure.round.observed_on,
        _confidence(figure, (as_of - figure.round.observed_on).days, differ),
        figure.origin,
        not figure.valid,
        found.floor,
        [flag for flag, holds in flags.items() if holds],
        alternatives,
    )


def _differ(figure: Figure, others: Sequence[Figure]) -> bool:
    """Whether valid counts of about the same time disagree notably. Older counts may differ: people move."""
    same_time = [
        f.value
        for f in others
        if f.valid and abs((f.round.observed_on - figure.round.observed_on).days) <= SAME_TIME_DAYS
    ]
    values = [figure.value, *same_time]
    return max(values) - min(values) > NOTABLE_SPREAD * figure.value


def _confidence(figure: Figure, days: int, differ: bool) -> str:
    """Never better than the round's own; age and disagreement lower it (displacement.md 3)."""
    if differ or days > 90 or not figure.valid:
        return Confidence.LOW
    if days >= 30 and figure.confidence == Confidence.HIGH:
        return Confidence.MEDIUM
    return figure.confidence
