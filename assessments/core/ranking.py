"""Which work first, without a budget (functionality.md section 5). A ranking is not a plan: gains interact."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assessments.core.case import Floats, Id, Ints, PlanningCase
from assessments.core.effects import closure, id_order
from assessments.core.engine import Engine
from assessments.core.local import Effects, LocalState, effects_of

# Gains below this share of all persons are rounding noise and count as none; equal within so many digits is a tie.
NOISE = 1e-10
DIGITS = 9
SMALLEST = 1e-200


@dataclass(frozen=True)
class RankedWork:
    """One place of the list. `gain` in person-functionality and `cost` are those of the closure: the work and its
    prerequisites, given as intervention numbers. `gain_per_cost` is None where the cost is 0."""

    number: int
    id: Id
    rank: int
    gain: float
    cost: float
    gain_per_cost: float | None
    closure: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Ranking:
    """All interventions, best first, and what their explanation needs: the state before any of them."""

    case: PlanningCase
    works: tuple[RankedWork, ...]
    gains: Floats
    state: LocalState
    effects: Effects

    @cached_property
    def noise(self) -> float:
        return noise_of(self.case)


def rank(case: PlanningCase, *, state: LocalState | None = None, engine: Engine = Engine.AUTO) -> Ranking:
    """Ranks every intervention of the case by gain per cost. A `state` that already follows the case saves time."""
    state = LocalState(case, engine=engine) if state is None else state
    effects = effects_of(case)
    closures = [closure(case, number) for number in range(len(case.interventions))]
    gains = without_noise(state.gains(closures, effects), noise_of(case))
    costs = np.array([sum(case.interventions[work].cost for work in works) for works in closures])
    works = [
        RankedWork(
            number=int(number),
            id=case.interventions[number].id,
            rank=place + 1,
            gain=float(gains[number]),
            cost=float(costs[number]),
            gain_per_cost=float(gains[number] / costs[number]) if costs[number] > SMALLEST else None,
            closure=closures[number],
        )
        for place, number in enumerate(order(gains, costs, id_ranks(case)))
    ]
    return Ranking(case, tuple(works), gains, state, effects)


def noise_of(case: PlanningCase) -> float:
    return NOISE * max(1.0, float(case.weighted_people.sum()))


def without_noise(gains: Floats, noise: float) -> Floats:
    return np.where(np.abs(gains) <= noise, 0.0, gains)


def id_ranks(case: PlanningCase) -> Ints:
    """Place of every intervention when sorted by id."""
    by_id = sorted(range(len(case.interventions)), key=lambda number: id_order(case.interventions[number].id))
    ranks = np.empty(len(by_id), dtype=np.int64)
    ranks[by_id] = np.arange(len(by_id))
    return ranks


def order(gains: Floats, costs: Floats, ids: Ints) -> Ints:
    """Intervention numbers, best first: what gains at no cost, then gain per cost, larger gain, lower cost, id."""
    free = (costs <= SMALLEST) & (gains > 0)
    ratio = per_cost(gains, costs)
    return np.lexsort((ids, costs, -coarse(gains), -coarse(ratio), ~free))


def per_cost(gains: Floats, costs: Floats) -> Floats:
    """Gain per cost; 0 where there is no cost worth the name."""
    return np.divide(gains, costs, out=np.zeros_like(gains), where=costs > SMALLEST)


def coarse(values: Floats) -> Floats:
    """Rounded to a fixed number of digits, so that rounding errors do not decide between equals."""
    exponent = np.floor(np.log10(np.abs(values), out=np.zeros_like(values), where=np.abs(values) > SMALLEST))
    scale = 10.0 ** (DIGITS - exponent)
    return np.asarray(np.round(values * scale) / scale)


def exclusive(case: PlanningCase, works: Sequence[int]) -> bool:
    """Whether two of these works are of the same exclusive group."""
    groups = [group for work in set(works) if (group := case.interventions[work].group)]
    return len(groups) != len(set(groups))
