"""How far each service meets the need of the people now present, with interval, reason and coverage.

The model, its symbols and its edge cases are functionality.md sections 1 to 3, 8 and 9. Nothing here reads a clock.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assessments.core.case import DataWarning, Flags, Floats, Ints, PlanningCase
from assessments.core.dependencies import (
    RISK_DIFFERENCE,
    FixedPoint,
    Inputs,
    Structure,
    greatest,
    inputs_of,
    least,
    structure_of,
)
from assessments.core.index import geometric_of, index_of, index_weights, mean_over, weights_where
from assessments.core.reasons import Reasons, reasons_for, supply_to
from assessments.core.uncertainty import OBSERVED
from municipal_units.core.vocabulary import RETURN_THRESHOLD


@dataclass(frozen=True)
class Solution:
    """The fixed points behind a result: greatest for the point and both ends of the inputs, least for the point."""

    structure: Structure
    inputs: Inputs
    inputs_lo: Inputs
    inputs_hi: Inputs
    point: FixedPoint
    lo: FixedPoint
    hi: FixedPoint
    least: FixedPoint


@dataclass(frozen=True, eq=False)
class Functionality:
    """Arrays are (N, S) unless said. Shares 0-1; NaN where there is no number: it is never 0 or 1 by default.

    value, lo, hi       F and its interval; unknown: NaN and [0, 1]
    demand, supply      service units needed (for an emptied place: by the persons expected back) and reaching the place
    observed            share of the supply that rests on observed data; NaN where nobody needs the service
    reasons             flat, by cell n * S + s
    started             F of the least fixed point: what would start again by itself
    index, index_lo, index_hi, geometric, coverage      (N,)
    service_coverage    (S,)
    """

    case: PlanningCase
    value: Floats
    lo: Floats
    hi: Floats
    demand: Floats
    supply: Floats
    observed: Floats
    reasons: Reasons
    started: Floats
    index: Floats
    index_lo: Floats
    index_hi: Floats
    sweeps: int
    converged: bool
    warnings: tuple[DataWarning, ...]

    @property
    def counted(self) -> Floats:
        """F as it enters the index: 1 where nobody needs the service."""
        return np.where(self.demand > 0, self.value, 1.0)

    @property
    def black_start_risk(self) -> Flags:
        """Where a service works only because it already runs."""
        return np.asarray((self.value - self.started > RISK_DIFFERENCE) & self.case.known)

    @cached_property
    def person_functionality(self) -> float:
        """PF: weighted persons fully served, over the places where the index is known."""
        return float(np.nansum(self.case.weighted_people * self.index))

    @property
    def city(self) -> float:
        """Φ over the persons whose index is known; NaN without any."""
        return mean_over(self.case.weighted_people, self.index)

    @property
    def city_interval(self) -> tuple[float, float]:
        """Interval of Φ over all persons: what is unknown may be 0 or 1."""
        people = self.case.weighted_people
        return mean_over(people, self.index_lo), mean_over(people, self.index_hi)

    @property
    def groups(self) -> dict[str, float]:
        """Mean index of the persons of each group."""
        weighted = self.case.population * self.case.equity[:, None]
        return {name: mean_over(weighted[:, column], self.index) for column, name in enumerate(self.case.group_ids)}

    @property
    def geometric(self) -> Floats:
        """The second view of the index: weighted geometric mean with floor 0.01."""
        return geometric_of(self.case, self.counted)

    @cached_property
    def coverage(self) -> Floats:
        """Per neighbourhood, by service weight: share of F that rests on observed data; NaN where nobody needs any."""
        share = np.where(np.isnan(self.observed), 0.0, self.case.weight)
        total = share.sum(axis=1)
        known = (share * np.nan_to_num(self.observed)).sum(axis=1)
        return np.divide(known, total, out=np.full(len(total), np.nan), where=total > 0)

    @property
    def service_coverage(self) -> Floats:
        """Per service: share of the persons whose F rests on observed data."""
        columns = range(len(self.case.service_ids))
        return np.array([mean_over(self.case.people, self.observed[:, column]) for column in columns])

    @property
    def city_coverage(self) -> float:
        return mean_over(self.case.people, self.coverage)

    @property
    def ready_for_return(self) -> Flags:
        """Every essential service reaches the threshold; where one is unknown it is not said to be ready."""
        met = np.nan_to_num(self.counted, nan=0.0) >= RETURN_THRESHOLD - 1e-9
        return np.asarray((met | ~self.case.essential).all(axis=1))


def evaluate(case: PlanningCase) -> Functionality:
    """The whole computation from nothing."""
    return present(case, solve(case))


def solve(case: PlanningCase) -> Solution:
    structure = structure_of(case)
    point, lo, hi = (inputs_of(case, bound) for bound in ("point", "lo", "hi"))
    top = greatest(structure, point)
    return Solution(
        structure=structure,
        inputs=point,
        inputs_lo=lo,
        inputs_hi=hi,
        point=top,
        lo=greatest(structure, lo),
        hi=greatest(structure, hi),
        # Only a fully dependent cycle has more than one answer.
        least=least(structure, point) if len(structure.loop_fac) else top,
    )


def present(case: PlanningCase, solution: Solution) -> Functionality:
    """What the fixed points mean for people."""
    structure, inputs, point = solution.structure, solution.inputs, solution.point
    cells = np.arange(case.stated_known.size)
    expected = expected_demand(case).ravel()
    demand = case.demand.ravel() + expected
    supply = supply_to(structure, inputs, point.effective, cells, expected)
    unknown = ~case.known
    value = share_met(case.reach, supply.share, case)
    lo = share_met(case.reach_lo, supplied(solution.inputs_lo, solution.lo, structure, cells, expected), case)
    hi = share_met(case.reach_hi, supplied(solution.inputs_hi, solution.hi, structure, cells, expected), case)
    started = share_met(case.reach, supplied(inputs, solution.least, structure, cells, expected), case)
    value_shown = np.where(unknown, np.nan, value)
    lo = np.where(unknown, 0.0, np.minimum(lo, value))
    hi = np.where(unknown, 1.0, np.maximum(hi, value))
    needed = (demand > 0).reshape(case.shape)
    everything = weights_where(case, np.ones(case.shape, dtype=bool))
    return Functionality(
        case=case,
        value=value_shown,
        lo=lo,
        hi=hi,
        demand=demand.reshape(case.shape),
        supply=supply.share.reshape(case.shape) * demand.reshape(case.shape),
        observed=np.where(needed, observed_share(case, solution), np.nan),
        reasons=reasons_for(
            case, structure, inputs, point.effective, point.works, supply, cells, demand, reach=case.reach.ravel()
        ),
        started=started,
        index=index_of(index_weights(case), np.where(needed, value_shown, 1.0)),
        index_lo=index_of(everything, np.where(needed | unknown, lo, 1.0)),
        index_hi=index_of(everything, np.where(needed | unknown, hi, 1.0)),
        sweeps=point.sweeps,
        converged=all(p.converged for p in (point, solution.lo, solution.hi, solution.least)),
        warnings=(*case.warnings, *gaps(case, solution)),
    )


def share_met(reach: Floats, share: Floats, case: PlanningCase) -> Floats:
    return np.minimum(np.minimum(reach, 1.0), share.reshape(case.shape))


def supplied(inputs: Inputs, point: FixedPoint, structure: Structure, cells: Ints, expected: Floats) -> Floats:
    return supply_to(structure, inputs, point.effective, cells, expected).share


def expected_demand(case: PlanningCase) -> Floats:
    """Demand (N, S) of the persons who may come back to a place where nobody is; 0 elsewhere."""
    back = np.where(case.people > 0, 0.0, np.nan_to_num(case.return_population))
    if not back.any() or not len(case.group_ids):
        return np.zeros(case.shape)
    groups = [case.group_ids.index("returnee")] if "returnee" in case.group_ids else range(len(case.group_ids))
    norm = np.nan_to_num(case.norm[list(groups)].mean(axis=0))
    return np.where(case.demand > 0, 0.0, back[:, None] * norm)


def observed_share(case: PlanningCase, solution: Solution) -> Floats:
    """Share (N, S) of what the facilities reaching a place could give that is given by observed ones. That nobody
    reaches it is known too; a service without data is not."""
    owner, cell = case.links
    potential = case.catchment_weight * np.maximum(solution.inputs.per_load[owner], 1e-300) * case.nominal[owner]
    potential = np.where(case.nominal[owner] > 0, potential, 1e-300)
    observed = (case.origin[owner] == OBSERVED) & ~case.undetermined[owner]
    size = case.stated_known.size
    total = np.bincount(cell, weights=potential, minlength=size)
    seen = np.bincount(cell, weights=potential * observed, minlength=size)
    share = np.divide(seen, total, out=np.ones(size), where=total > 0).reshape(case.shape)
    return np.where(case.known, np.clip(share, 0.0, 1.0), 0.0)


def gaps(case: PlanningCase, solution: Solution) -> list[DataWarning]:
    """Supports that count as there because nobody is known to bring them, and answers that were not reached."""
    warnings = []
    structure = solution.structure
    at_gap = np.flatnonzero(solution.inputs.given[structure.dep_cell] > 0)
    for position in at_gap:
        facility = case.facility_ids[structure.dep_fac[position]]
        service = case.service_ids[case.depends_service[position]]
        warnings.append(
            DataWarning(
                "support_gap",
                f"facilities[{facility}].depends.{service}",
                f"Nothing is known to bring {service} to where {facility} stands; it counts as supplied.",
            )
        )
    if not all(p.converged for p in (solution.point, solution.lo, solution.hi, solution.least)):
        warnings.append(DataWarning("not_converged", "facilities.depends", "The cycle of dependencies did not settle."))
    return warnings
