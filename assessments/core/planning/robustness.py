"""How sure a plan is: how often a work stays chosen when inputs vary, and which survey would change the plan.

functionality.md section 8. The draws are those of `robustness.draw`: weights, people and capacities together.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from assessments.core.case import Floats, PlanningCase
from assessments.core.planning.evaluation import workbench
from assessments.core.planning.optimiser import portfolio
from assessments.core.planning.solving import Clock, Watch
from assessments.core.robustness import FIRM, LIKELY, Band, draw
from assessments.core.surveys import in_doubt, known_to_be

PLAN_DRAWS = 20
# Facilities looked at for a survey: those whose interval moves most.
SURVEYS = 12
# A world counts as another plan when the present one loses more than this share of the gain in it.
NOTICEABLE = 1e-6


@dataclass(frozen=True, eq=False)
class PlanRobustness:
    """`share` is, per intervention number, the share of draws whose best plan holds it. `gains` are 5 %, 50 % and 95 %
    of what the given plan gains over the draws, `regret` the mean share of the gain it loses to the best plan of each
    draw."""

    draws: int
    share: Floats
    gains: tuple[float, float, float]
    regret: float

    def band(self, work: int) -> Band:
        share = self.share[work]
        if share >= FIRM:
            return Band.FIRM
        if share >= LIKELY:
            return Band.LIKELY
        return Band.CONTESTED if share > 0 else Band.OUTSIDE


@dataclass(frozen=True)
class Survey:
    """A facility to be assessed first: if it turned out to be at the low or high end of its interval, the best plan
    would gain and lose these works. `stake` is what knowing would save, in person-functionality: the mean over both
    ends of what the present plan falls short of the best one there."""

    facility: int
    low: float
    high: float
    enters_low: tuple[int, ...]
    leaves_low: tuple[int, ...]
    enters_high: tuple[int, ...]
    leaves_high: tuple[int, ...]
    stake: float


def plan_robustness(
    case: PlanningCase,
    works: Collection[int],
    *,
    random: np.random.Generator,
    clock: Clock,
    draws: int = PLAN_DRAWS,
    time_s: float = 20.0,
    watch: Watch | None = None,
) -> PlanRobustness:
    """Solves again in every draw, each for at most so many seconds. The same generator state gives the same answer as
    long as no draw runs into its time limit."""
    count = np.zeros(len(case.interventions))
    gains, regrets = [], []
    for _ in range(draws):
        bench = workbench(draw(case, random))
        best = portfolio(bench.case, clock=clock, time_s=time_s, bench=bench, proof=False, watch=watch)
        count[list(best.works)] += 1
        kept = bench.gain(works)
        gains.append(kept)
        most = best.value.objective
        regrets.append(max(0.0, most - kept) / most if most > 0 else 0.0)
    low, middle, high = (float(np.quantile(gains, share)) for share in (0.05, 0.5, 0.95))
    return PlanRobustness(draws, count / max(draws, 1), (low, middle, high), float(np.mean(regrets)))


def assess_first(
    case: PlanningCase,
    works: Collection[int],
    *,
    clock: Clock,
    most: int = SURVEYS,
    time_s: float = 20.0,
    watch: Watch | None = None,
) -> list[Survey]:
    """Facilities whose real state would change the plan, the largest stake first."""
    held = set(works)
    found = []
    for facility in in_doubt(case, most):
        ends = [float(case.current_lo[facility]), float(case.current_hi[facility])]
        changes: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        losses = []
        for end in ends:
            bench = workbench(known_to_be(case, facility, end))
            best = portfolio(bench.case, clock=clock, time_s=time_s, bench=bench, start=works, proof=False, watch=watch)
            loss = max(0.0, best.value.objective - bench.gain(works))
            differs = loss > NOTICEABLE * max(1.0, best.value.objective)
            losses.append(loss if differs else 0.0)
            enters = tuple(work for work in best.works if work not in held) if differs else ()
            leaves = bench.rules.sorted(held - set(best.works)) if differs else ()
            changes.append((enters, leaves))
        if any(losses):
            low, high = changes
            found.append(Survey(facility, ends[0], ends[1], *low, *high, stake=float(np.mean(losses))))
    return sorted(found, key=lambda it: (-it.stake, str(case.facility_ids[it.facility])))
