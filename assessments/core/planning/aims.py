"""What a plan is to achieve: person-functionality, weighted by group, less what stays below a floor.

functionality.md section 6: group multiplier λ adds λ times the index of every person of the group; the soft floor takes
off κ P v for every share an essential service stays below X; a hard floor is a total shortfall to be made smallest.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np

from assessments.core.case import Flags, Floats, PlanningCase
from assessments.core.index import Worth, index_of, index_weights, worth_of


@dataclass(frozen=True, eq=False)
class Floor:
    """Per cell: the share that should be reached (0: none) and what a missing share of 1 costs (persons)."""

    share: Floats
    rate: Floats

    def shortfall(self, works: Floats) -> float:
        return float((self.rate * np.maximum(0.0, self.share - works)).sum())


@dataclass(frozen=True)
class Reached:
    """The value of one state. `objective` is what plans are compared by; `short` is the shortfall below the soft floor
    and `hard` below the hard one, in persons times share."""

    person_functionality: float
    objective: float
    short: float
    hard: float


@dataclass(frozen=True, eq=False)
class Aims:
    """`worth` is what F is worth in the objective, `kappa` the price of the soft floor's shortfall."""

    case: PlanningCase
    worth: Worth
    kappa: float
    soft: Floor
    hard: Floor
    weighted: bool

    @property
    def plain(self) -> bool:
        """Whether the objective is person-functionality and nothing else."""
        return not self.weighted and not self.kappa * self.soft.rate.any() and not self.hard.rate.any()

    def reached(self, works: Floats) -> Reached:
        """The value of F per cell (as in `FixedPoint.works`)."""
        level = person_functionality(self.case, works)
        short = self.soft.shortfall(works)
        objective = level if not self.weighted else person_functionality(lifted(self.case), works)
        return Reached(level, objective - self.kappa * short, short, self.hard.shortfall(works))


def aims_of(case: PlanningCase) -> Aims:
    soft, kappa = Floor(*nothing(case)), 0.0
    if case.limits.soft_floor is not None:
        kappa = case.limits.soft_floor["kappa"]
        essential = np.where(case.essential, case.limits.soft_floor["x"], 0.0)
        soft = floor_of(case, essential)
    stated = np.array([case.limits.floors.get(str(key), 0.0) for key in case.service_ids])
    weighted = any(case.limits.group_weight.values())
    return Aims(
        case=case,
        worth=worth_of(lifted(case) if weighted else case),
        kappa=kappa,
        soft=soft,
        hard=floor_of(case, stated),
        weighted=weighted,
    )


def nothing(case: PlanningCase) -> tuple[Floats, Floats]:
    return np.zeros(case.stated_known.size + 1), np.zeros(case.stated_known.size + 1)


def floor_of(case: PlanningCase, share: Floats) -> Floor:
    """The same share of a service (S,) everywhere somebody needs it and it is known."""
    counts: Flags = case.known & (case.demand > 0) & (share > 0)
    rate = np.where(counts, case.weighted_people[:, None], 0.0)
    wanted = np.where(counts, share, 0.0)
    return Floor(np.append(wanted.ravel(), 0.0), np.append(rate.ravel(), 0.0))


def lifted(case: PlanningCase) -> PlanningCase:
    """The case whose equity weights hold the group multipliers: P v + sum over groups of λ P[group]."""
    more = np.array([case.limits.group_weight.get(group, 0.0) for group in case.group_ids])
    extra = np.divide(case.population @ more, case.people, out=np.zeros_like(case.people), where=case.people > 0)
    return dataclasses.replace(case, equity=case.equity + extra)


def person_functionality(case: PlanningCase, works: Floats) -> float:
    """PF of F per cell, as `functionality.evaluate` gives it."""
    counted = np.where(case.demand > 0, works[:-1].reshape(case.shape), 1.0)
    return float(np.nansum(case.weighted_people * index_of(index_weights(case), counted)))


def index_by_group(case: PlanningCase, works: Floats) -> dict[str, float]:
    """Mean index of the persons of each group; groups without persons are left out."""
    counted = np.where(case.demand > 0, works[:-1].reshape(case.shape), 1.0)
    index = index_of(index_weights(case), counted)
    known = ~np.isnan(index)
    result = {}
    for column, name in enumerate(case.group_ids):
        persons = case.population[known, column]
        if persons.sum() > 0:
            result[name] = float((persons * index[known]).sum() / persons.sum())
    return result
