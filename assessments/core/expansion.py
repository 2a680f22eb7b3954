"""Where a service is too small for the people there are, by how much, and what one more facility would change.

Need against what reaches a place follows functionality.md 2: D[n, s], a[f, n] E[f] and the local reach l[n, s]. An
expansion is a new facility record with its own K (functionality.md 2, "Expansion").
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from assessments.core.case import Floats, Ints, PlanningCase
from assessments.core.functionality import Functionality
from assessments.core.uncertainty import OBSERVED

ROUNDING = 1e-9


class Verdict(StrEnum):
    """What a place needs first. `repair`: what is registered would do, once it works as built; `connect`: pipes, lines
    or roads do not let enough through; `expand`: even all of it working is too small."""

    MET = "met"
    REPAIR = "repair"
    CONNECT = "connect"
    EXPAND = "expand"
    NO_DEMAND = "no_demand"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Needs:
    """One service, by place (N,), in service units unless said. `share`: F; `gets`: what reaches the place now and gets
    through; `built`: what would come if every facility gave its whole capacity; `short`: what lacks now to `target` of
    the need, `missing`: what would lack even then, which is the size of an expansion for this place alone."""

    demand: Floats
    share: Floats
    gets: Floats
    built: Floats
    reach: Floats
    short: Floats
    missing: Floats
    verdict: tuple[Verdict, ...]


def needs_of(case: PlanningCase, found: Functionality, service: int, *, target: float = 1.0) -> Needs:
    """Need, supply and what is missing to `target` (0-1) of the need, place by place."""
    demand = case.demand[:, service]
    known = case.known[:, service]
    share = np.where(known, found.value[:, service], np.nan)
    reach = np.minimum(case.reach[:, service], 1.0)
    built = built_supply(case, service)
    gets = np.where(known, np.nan_to_num(found.value[:, service]) * demand, np.nan)
    asked = target * demand
    short = np.where(known, np.maximum(asked - np.nan_to_num(gets), 0.0), np.nan)
    missing = np.where(known, np.maximum(asked - built, 0.0), np.nan)
    verdicts = [
        _verdict(bool(known[n]), float(demand[n]), float(short[n]), float(missing[n]), float(reach[n]), target)
        for n in range(len(demand))
    ]
    return Needs(demand, share, gets, built, reach, short, missing, tuple(verdicts))


def _verdict(known: bool, demand: float, short: float, missing: float, reach: float, target: float) -> Verdict:
    tolerance = ROUNDING * max(demand, 1.0)
    if not known:
        return Verdict.UNKNOWN
    if demand <= 0:
        return Verdict.NO_DEMAND
    if short <= tolerance:
        return Verdict.MET
    if missing > tolerance:
        return Verdict.EXPAND
    return Verdict.CONNECT if reach < target - ROUNDING else Verdict.REPAIR


def built_supply(case: PlanningCase, service: int) -> Floats:
    """What every place would get (N,) if each facility of the service gave its capacity K."""
    owner = np.repeat(np.arange(len(case.facility_ids)), np.diff(case.catchment_ptr))
    mine = case.service_of[owner] == service
    facility, place, weight = owner[mine], case.catchment_place[mine], case.catchment_weight[mine]
    asked = weight * case.demand[place, service]
    load = np.bincount(facility, weights=asked, minlength=len(case.facility_ids))
    part = np.divide(asked, load[facility], out=np.zeros(len(asked)), where=load[facility] > 0)
    given = np.bincount(place, weights=part * case.nominal[facility], minlength=len(case.neighbourhood_ids))
    return np.asarray(given, dtype=np.float64)


@dataclass(frozen=True)
class NewFacility:
    """A facility that is not there yet: numbers of its service and of the place it stands in (-1: none), K in service
    units, catchment (place numbers and weights above 0) and what it needs: (service number, δ, B)."""

    service: int
    stands_in: int
    capacity: float
    places: Ints
    weights: Floats
    needs: tuple[tuple[int, float, float], ...] = ()


NEW_ID = "new"


def with_facility(case: PlanningCase, new: NewFacility) -> PlanningCase:
    """The case with the new facility as its last one, whole and working; all other numbers stay."""
    services, strengths, backups = (np.array(column) for column in zip(*new.needs, strict=True)) if new.needs else (
        np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
    )  # fmt: skip
    own = np.array([float(new.capacity)])
    return replace(
        case,
        facility_ids=(*case.facility_ids, NEW_ID),
        service_of=np.append(case.service_of, new.service),
        stands_in=np.append(case.stands_in, new.stands_in),
        nominal=np.concatenate([case.nominal, own]),
        current=np.concatenate([case.current, own]),
        current_lo=np.concatenate([case.current_lo, own]),
        current_hi=np.concatenate([case.current_hi, own]),
        origin=np.append(case.origin, OBSERVED),
        undetermined=np.append(case.undetermined, False),
        catchment_ptr=np.append(case.catchment_ptr, case.catchment_ptr[-1] + len(new.places)),
        catchment_place=np.concatenate([case.catchment_place, new.places]).astype(np.int64),
        catchment_weight=np.concatenate([case.catchment_weight, new.weights]),
        depends_ptr=np.append(case.depends_ptr, case.depends_ptr[-1] + len(new.needs)),
        depends_service=np.concatenate([case.depends_service, services]).astype(np.int64),
        depends_strength=np.concatenate([case.depends_strength, strengths]),
        depends_backup=np.concatenate([case.depends_backup, backups]),
    )


def capacity_for_all(case: PlanningCase, new: NewFacility, short: Floats) -> float:
    """K with which nobody whom the facility reaches is short any more: its output is shared by need and nearness, so
    the place with the largest gap for its part decides. `short` (N,) is in service units."""
    asked = new.weights * case.demand[new.places, new.service]
    if not asked.sum() > 0:
        return 0.0
    part = asked / asked.sum()
    gap = np.nan_to_num(short[new.places])
    return float(np.max(np.divide(gap, part, out=np.zeros(len(gap)), where=part > 0), initial=0.0))


@dataclass(frozen=True)
class GroupEffect:
    """Persons of one group: how many are there, mean F of the service and mean index before and after (NaN: not known),
    persons whose need of the service is newly met, and persons served more over all services (P times the change)."""

    people: float
    share_before: float
    share_after: float
    served: float
    index_before: float
    index_after: float
    gain: float


def by_group(case: PlanningCase, before: Functionality, after: Functionality, service: int) -> dict[str, GroupEffect]:
    """The effect on every group that has people in the town."""
    share = [np.where(case.known[:, service], one.value[:, service], np.nan) for one in (before, after)]
    index = [before.index, after.index]
    return {
        str(group): GroupEffect(
            people=float(case.population[:, column].sum()),
            share_before=_mean(case.population[:, column], share[0]),
            share_after=_mean(case.population[:, column], share[1]),
            served=float(np.nansum(case.population[:, column] * (share[1] - share[0]))),
            index_before=_mean(case.population[:, column], index[0]),
            index_after=_mean(case.population[:, column], index[1]),
            gain=float(np.nansum(case.population[:, column] * (index[1] - index[0]))),
        )
        for column, group in enumerate(case.group_ids)
        if case.population[:, column].sum() > 0
    }


def _mean(people: Floats, values: Floats) -> float:
    known = ~np.isnan(values) & (people > 0)
    total = people[known].sum()
    return float((people[known] * values[known]).sum() / total) if total > 0 else float("nan")


def sites_ranked(missing: Floats, weights: Sequence[Floats], *, most: int = 5) -> list[tuple[int, float]]:
    """Places where a facility would close most of what is missing, one after the other: (place number, size).

    `missing` (N,) in service units; `weights[n]` is the catchment (N,) of a facility standing in n. What one covers is
    taken off before the next is looked for; its size is what it covers, weighted by nearness. Greedy: no promise of the
    least number of facilities.
    """
    left = np.nan_to_num(missing).copy()
    reach = np.stack(weights) if len(weights) else np.zeros((0, len(left)))
    found: list[tuple[int, float]] = []
    while len(found) < most and left.sum() > 0:
        covered = reach @ left
        best = int(np.argmax(covered))
        if covered[best] <= ROUNDING:
            break
        found.append((best, float(covered[best])))
        left = left * (1 - reach[best])
    return found
