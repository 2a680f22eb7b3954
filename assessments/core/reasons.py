"""Why a service is not better where it is: the tightest bound of every neighbourhood and service."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from assessments.core.case import Flags, Floats, Ints, PlanningCase
from assessments.core.dependencies import Inputs, Structure, ragged

# Bounds closer than this are a tie.
TIE = 1e-9


class Limit(IntEnum):
    """In the order in which ties are told apart; the words are those of the case document."""

    DEMAND_MET = 0
    OWN_CAPACITY = 1
    SUPPORT = 2
    LOCAL_REACH = 3
    NO_PROVIDER = 4
    NO_DEMAND = 5
    UNKNOWN = 6

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Reasons:
    """Per cell: the limit; the facility it is about (own capacity, support; else -1); the service that facility
    lacks (support; else -1)."""

    limit: Ints
    facility: Ints
    service: Ints

    def code(self, case: PlanningCase, position: int) -> str:
        """As written in documents: `own_capacity:W1`, `support:power`, `local_reach` ..."""
        limit = Limit(int(self.limit[position]))
        if limit == Limit.OWN_CAPACITY:
            return f"{limit.word}:{case.facility_ids[self.facility[position]]}"
        if limit == Limit.SUPPORT:
            return f"{limit.word}:{case.service_ids[self.service[position]]}"
        return limit.word


@dataclass(frozen=True)
class Supply:
    """What reaches cells: the share of their demand (before the caps), and the links it comes by.

    `link` are positions in the structure's rows by cell, `ptr` starts each cell's; `coefficient` is a[f, n].
    """

    share: Floats
    link: Ints
    ptr: Ints
    coefficient: Floats


def supply_to(structure: Structure, inputs: Inputs, effective: Floats, cells: Ints, expected: Floats) -> Supply:
    """`expected` is the demand (per cell) of persons who may come back to a place where nobody is; 0 elsewhere. It is
    measured against what the facilities give now and takes nothing from anybody."""
    link, ptr = ragged(structure.cell_ptr, cells)
    weight = structure.cell_weight[link]
    facility = structure.cell_fac[link]
    extra = weight * np.repeat(expected, np.diff(ptr))
    per_load = inputs.per_load[facility]
    idle = per_load <= 0
    coefficient = np.where(idle, 0.0, weight * per_load / (1 + extra * per_load))
    np.divide(weight, extra, out=coefficient, where=idle & (extra > 0))
    share = np.zeros(len(cells))
    filled = np.flatnonzero(np.diff(ptr) > 0)
    if len(filled):
        share[filled] = np.add.reduceat(coefficient * effective[facility], ptr[filled])
    return Supply(share, link, ptr, coefficient)


def facility_limits(structure: Structure, inputs: Inputs, works: Floats, facilities: Ints) -> Ints:
    """Per facility the position of the dependency that holds it down, -1 when its own state does."""
    position, ptr = ragged(structure.dep_ptr, facilities)
    result = np.full(len(facilities), -1, dtype=np.int64)
    has = np.flatnonzero(np.diff(ptr) > 0)
    if not len(has):
        return result
    owner = np.repeat(facilities, np.diff(ptr))
    lost = 1 - structure.dep_strength[position] * (1 - works[structure.dep_cell[position]])
    bound = inputs.nominal[owner] * lost + inputs.backup[position]
    tightest = np.minimum.reduceat(bound, ptr[has])
    slack = TIE * np.maximum(inputs.nominal[facilities[has]], 1e-300)
    held = tightest < inputs.current[facilities[has]] - slack
    at = np.repeat(tightest + slack, np.diff(ptr)[has])
    chosen = first_true(bound <= at, ptr[has], len(position))
    result[has[held]] = position[chosen[held]]
    return result


def first_true(flags: Flags, starts: Ints, size: int) -> Ints:
    """Position of the first true flag in every row (rows are not empty)."""
    candidates = np.where(flags, np.arange(size), size)
    return np.asarray(np.minimum.reduceat(candidates, starts), dtype=np.int64)


def reasons_for(
    case: PlanningCase,
    structure: Structure,
    inputs: Inputs,
    effective: Floats,
    works: Floats,
    supply: Supply,
    cells: Ints,
    demand: Floats,
    *,
    reach: Floats,
) -> Reasons:
    """The tightest bound per cell; with several facilities the one with the largest missing share. `demand` (as shown)
    and local `reach` are per cell."""
    facility, service = np.full(len(cells), -1, dtype=np.int64), np.full(len(cells), -1, dtype=np.int64)
    limit = np.full(len(cells), Limit.NO_PROVIDER, dtype=np.int64)
    filled = np.flatnonzero(np.diff(supply.ptr) > 0)
    if len(filled):
        source = structure.cell_fac[supply.link]
        missing = supply.coefficient * (inputs.nominal[source] - effective[source])
        starts = supply.ptr[filled]
        most = np.maximum.reduceat(missing, starts)
        at = np.repeat(most, np.diff(supply.ptr)[filled]) - TIE
        worst = source[first_true(missing >= at, starts, len(missing))]
        needs, where = np.unique(worst, return_inverse=True)
        dependency = facility_limits(structure, inputs, works, needs)[where]
        held = dependency >= 0
        facility[filled] = worst
        service[filled[held]] = case.depends_service[dependency[held]]
        limit[filled] = np.where(held, Limit.SUPPORT, Limit.OWN_CAPACITY)
    reached = np.diff(supply.ptr) > 0
    limit[reached & (reach < supply.share - TIE)] = Limit.LOCAL_REACH
    limit[reached & (np.minimum(reach, supply.share) >= 1 - TIE)] = Limit.DEMAND_MET
    limit[demand <= 0] = Limit.NO_DEMAND
    limit[~case.known.ravel()[cells]] = Limit.UNKNOWN
    plain = (limit != Limit.OWN_CAPACITY) & (limit != Limit.SUPPORT)
    facility[plain] = -1
    service[limit != Limit.SUPPORT] = -1
    return Reasons(limit, facility, service)
