"""The functionality of a town kept current: every new set of facts is followed, not computed anew."""

from typing import NamedTuple

import numpy as np

from assessments.core.case import Flags, Floats, PlanningCase
from assessments.core.dependencies import least
from assessments.core.engine import Engine
from assessments.core.functionality import Functionality, Solution, present, solve
from assessments.core.local import LocalState

# Smaller differences are not told (mechanics D9).
CHANGE = 1e-6
BOUNDS = ("point", "lo", "hi")


class Recomputation:
    """Holds the fixed points of a case for the point and both ends of its intervals.

    `result` is the current `Functionality`; `state` follows the point and serves `ranking.rank(case, state=...)`.
    """

    def __init__(self, case: PlanningCase, *, engine: Engine = Engine.AUTO) -> None:
        self.engine = engine
        self.start(case)

    def start(self, case: PlanningCase) -> None:
        solution = solve(case)
        self.case = case
        self.states = {
            bound: LocalState(case, engine=self.engine, bound=bound, structure=solution.structure, start=start)
            for bound, start in zip(BOUNDS, (solution.point, solution.lo, solution.hi), strict=True)
        }
        self.result = present(case, solution)

    @property
    def state(self) -> LocalState:
        return self.states["point"]

    def become(self, case: PlanningCase) -> Functionality:
        """Follows to the case as it is now: locally where places, facilities and links are the same, else anew."""
        if not same_structure(self.case, case):
            self.start(case)
            return self.result
        for state in self.states.values():
            state.become(case)
        self.case = case
        self.result = present(case, self.solution())
        return self.result

    def solution(self) -> Solution:
        point, lo, hi = (self.states[bound] for bound in BOUNDS)
        looped = len(point.structure.loop_fac) > 0
        return Solution(
            structure=point.structure,
            inputs=point.inputs,
            inputs_lo=lo.inputs,
            inputs_hi=hi.inputs,
            point=point.point,
            lo=lo.point,
            hi=hi.point,
            least=least(point.structure, point.inputs) if looped else point.point,
        )


def same_structure(one: PlanningCase, other: PlanningCase) -> bool:
    """Whether two cases have the same services, places, facilities, catchments and dependencies."""
    return (
        one.service_ids == other.service_ids
        and one.neighbourhood_ids == other.neighbourhood_ids
        and one.facility_ids == other.facility_ids
        and all(
            np.array_equal(getattr(one, name), getattr(other, name))
            for name in (
                "service_of", "stands_in", "catchment_ptr", "catchment_place", "catchment_weight", "depends_ptr",
                "depends_service", "depends_strength",
            )
        )
    )  # fmt: skip


class Differences(NamedTuple):
    """What is worth telling: cells (N, S) and places (N,) whose number, interval or reason changed."""

    cells: Flags
    places: Flags


def differences(before: Functionality, after: Functionality) -> Differences:
    """Compares two results of cases with the same services and places."""
    reasons = np.zeros(after.value.size, dtype=bool)
    for name in ("limit", "facility", "service"):
        reasons |= getattr(before.reasons, name) != getattr(after.reasons, name)
    cells = reasons.reshape(after.value.shape)
    for name in ("value", "lo", "hi", "observed"):
        cells |= apart(getattr(before, name), getattr(after, name))
    cells |= before.black_start_risk != after.black_start_risk
    places = np.zeros(len(after.index), dtype=bool)
    for name in ("index", "index_lo", "index_hi", "coverage"):
        places |= apart(getattr(before, name), getattr(after, name))
    return Differences(cells, places)


def apart(one: Floats, other: Floats) -> Flags:
    """Different by more than is told, or known in one only."""
    either = np.isnan(one) | np.isnan(other)
    return np.where(either, np.isnan(one) != np.isnan(other), np.abs(np.nan_to_num(one - other)) > CHANGE)
