"""A few solves in a row that show what a rule or a budget costs: the budget frontier and the parity curve.

functionality.md section 6: parity between hosts and displaced people is reported and steered by a weight for a group,
never by a two-sided row, which would reward a lower functionality.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from assessments.core.case import PlanningCase
from assessments.core.planning.optimiser import portfolio
from assessments.core.planning.solving import Clock, Portfolio, Watch

WEIGHTS = (0.0, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class Point:
    """One solve of a sweep: the value that was set (budget or weight λ) and the plan it gives."""

    at: float
    plan: Portfolio


def frontier(
    case: PlanningCase, budgets: Sequence[float], *, clock: Clock, gap: float = 0.01, time_s: float = 20.0,
    watch: Watch | None = None,
) -> list[Point]:  # fmt: skip
    """Plans for several total budgets, the smallest first; each begins from the one before, so the gain never falls."""
    points: list[Point] = []
    for budget in sorted(budgets):
        one = dataclasses.replace(case, limits=dataclasses.replace(case.limits, budget_total=budget))
        start = points[-1].plan.works if points else ()
        points.append(Point(budget, portfolio(one, clock=clock, gap=gap, time_s=time_s, watch=watch, start=start)))
    return points


def parity(
    case: PlanningCase, group: str, *, clock: Clock, weights: Sequence[float] = WEIGHTS, gap: float = 0.01,
    time_s: float = 20.0, watch: Watch | None = None,
) -> list[Point]:  # fmt: skip
    """Plans for several weights λ of a group; `plan.value.groups` has the mean index of every group in each."""
    points: list[Point] = []
    for weight in sorted(weights):
        heavier = {**case.limits.group_weight, group: weight}
        one = dataclasses.replace(case, limits=dataclasses.replace(case.limits, group_weight=heavier))
        start = points[-1].plan.works if points else ()
        points.append(Point(weight, portfolio(one, clock=clock, gap=gap, time_s=time_s, watch=watch, start=start)))
    return points
