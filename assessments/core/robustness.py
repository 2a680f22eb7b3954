"""How firm a place in the ranking is when weights, people and capacities are not exactly known (SMAA-2).

Lahdelma and Salminen (2001), SMAA-2: Stochastic multicriteria acceptability analysis for group decision making. Joint
draws of everything uncertain; the share of draws in which a work is among the first k is its rank acceptability.
"""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from assessments.core.case import Floats, PlanningCase
from assessments.core.dependencies import structure_of
from assessments.core.effects import closure
from assessments.core.engine import Engine
from assessments.core.index import index_of, index_weights
from assessments.core.local import LocalState, effects_of
from assessments.core.ranking import id_ranks, noise_of, order, without_noise
from assessments.core.uncertainty import OBSERVED

DRAWS = 200
FIRST_PLACES = 50
# Spread of the draws (planning assumptions): Dirichlet concentration of the weights, standard deviations of logarithms.
WEIGHT_CONCENTRATION = 40.0
POPULATION_SPREAD = 0.2
CAPACITY_SPREAD = 0.15
FIRM, LIKELY = 0.9, 0.5


class Band(StrEnum):
    """Among the first places in at least 90 %, at least 50 %, or some of the draws; or in none."""

    FIRM = "firm"
    LIKELY = "likely"
    CONTESTED = "contested"
    OUTSIDE = "outside"


@dataclass(frozen=True, eq=False)
class Robustness:
    """Per intervention number: share of draws among the first `first_places`, and the 5 % and 95 % rank. `levels` are
    the person-functionality without any work at 5 %, 50 % and 95 % of the draws."""

    draws: int
    first_places: int
    acceptability: Floats
    rank_low: Floats
    rank_high: Floats
    levels: tuple[float, float, float]

    def band(self, work: int) -> Band:
        share = self.acceptability[work]
        if share >= FIRM:
            return Band.FIRM
        if share >= LIKELY:
            return Band.LIKELY
        return Band.CONTESTED if share > 0 else Band.OUTSIDE


def rank_robustness(
    case: PlanningCase,
    *,
    random: np.random.Generator,
    draws: int = DRAWS,
    first_places: int = FIRST_PLACES,
    engine: Engine = Engine.AUTO,
) -> Robustness:
    """Ranks all interventions in every draw. The same generator state gives the same answer."""
    works = len(case.interventions)
    closures = [closure(case, work) for work in range(works)]
    costs = np.array([sum(case.interventions[work].cost for work in one) for one in closures])
    effects, ids, structure = effects_of(case), id_ranks(case), structure_of(case)
    ranks = np.empty((draws, works))
    levels = np.empty(draws)
    for number in range(draws):
        drawn = draw(case, random)
        state = LocalState(drawn, engine=engine, structure=structure)
        gains = without_noise(state.gains(closures, effects), noise_of(drawn))
        ranks[number, order(gains, costs, ids)] = np.arange(1, works + 1)
        levels[number] = level(drawn, state)
    low, middle, high = (float(np.quantile(levels, share)) for share in (0.05, 0.5, 0.95))
    return Robustness(
        draws=draws,
        first_places=first_places,
        acceptability=(ranks <= first_places).mean(axis=0),
        rank_low=np.quantile(ranks, 0.05, axis=0),
        rank_high=np.quantile(ranks, 0.95, axis=0),
        levels=(low, middle, high),
    )


def draw(case: PlanningCase, random: np.random.Generator) -> PlanningCase:
    """One possible world: weights around the given ones, people and observed capacities spread, everything else within
    its interval."""
    weighted = np.flatnonzero(case.weight > 0)
    weight = np.zeros(len(case.weight))
    weight[weighted] = random.dirichlet(WEIGHT_CONCENTRATION * case.weight[weighted])
    people = random.lognormal(0.0, POPULATION_SPREAD, len(case.neighbourhood_ids))
    spread = case.current * random.lognormal(0.0, CAPACITY_SPREAD, len(case.current))
    within = random.uniform(case.current_lo, case.current_hi)
    current = np.where(case.origin == OBSERVED, np.minimum(spread, case.nominal), within)
    return dataclasses.replace(case, weight=weight, population=case.population * people[:, None], current=current)


def level(case: PlanningCase, state: LocalState) -> float:
    """Person-functionality of the present state."""
    counted = np.where(case.demand > 0, state.live.works[:-1].reshape(case.shape), 1.0)
    return float(np.nansum(case.weighted_people * index_of(index_weights(case), counted)))
