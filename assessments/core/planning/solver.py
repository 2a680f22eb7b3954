"""HiGHS for our programmes: one call, one outcome, with progress and a way to stop. No clock but the solver's own."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from assessments.core.case import Floats

# Seconds between two reports of progress.
BEAT = 0.25


@dataclass(frozen=True)
class Outcome:
    """x is None where no solution was found. `value` and `bound` are of the objective; `finished` says that the
    gap asked for was reached; `prices` are reduced costs (linear programmes only)."""

    x: Floats | None
    value: float
    bound: float
    finished: bool
    stopped: bool
    seconds: float
    prices: Floats | None = None


# Called with the incumbent's objective, the bound and the solver's seconds; True asks to stop.
Report = Callable[[float, float, float], bool]


@dataclass(frozen=True)
class Effort:
    """How long and how near a solve may go. `threads` 1 keeps it reproducible. `interior` solves a large linear
    programme by interior points and leaves it at that: quicker than the simplex, nearly optimal."""

    gap: float
    time_s: float
    threads: int = 1
    interior: bool = False
    extra: tuple[tuple[str, bool | int | float | str], ...] = ()


def maximise(
    objective: Floats,
    matrix: sparse.csr_matrix,
    upper: Floats,
    low: Floats,
    high: Floats,
    *,
    integers: int,
    effort: Effort,
    start: Floats | None = None,
    report: Report | None = None,
) -> Outcome:
    """max objective @ x, matrix @ x <= upper, low <= x <= high; the first `integers` columns whole."""
    solver = highspy.Highs()
    solver.silent()
    for name, value in (
        ("threads", effort.threads), ("random_seed", 1), ("time_limit", max(effort.time_s, 0.05)),
        ("mip_rel_gap", effort.gap), ("mip_abs_gap", 1e-9), ("mip_feasibility_tolerance", 1e-7),
        *((("solver", "ipx"), ("run_crossover", "off")) if effort.interior else ()), *effort.extra,
    ):  # fmt: skip
        solver.setOptionValue(name, value)
    solver.passModel(model_of(objective, matrix, upper, low, high, integers))
    if start is not None and integers:
        given = highspy.HighsSolution()
        given.col_value = start.tolist()
        solver.setSolution(given)
    stopped = [False]
    if report is not None and integers:
        last = [-np.inf]

        def beat(event: highspy.HighsCallbackEvent) -> None:
            seconds = event.data_out.running_time
            if stopped[0]:
                event.interrupt()
            elif seconds - last[0] >= BEAT:
                last[0] = seconds
                if report(event.data_out.mip_primal_bound, event.data_out.mip_dual_bound, seconds):
                    stopped[0] = True
                    event.interrupt()

        solver.cbMipInterrupt.subscribe(beat)
    solver.run()
    outcome = outcome_of(solver, integers, stopped[0])
    if integers or outcome.x is None:
        return outcome
    # Any prices of the rows from 0 on give a bound, so an interior solution that is not quite optimal does too; the
    # solver gives such a solution with the signs of a minimisation.
    duals = np.abs(np.array(solver.getSolution().row_dual))
    prices = objective - matrix.T @ duals
    bound = float(duals @ upper + np.maximum(prices * low, prices * high).sum())
    return dataclasses.replace(outcome, bound=bound, prices=prices)


def model_of(
    objective: Floats, matrix: sparse.csr_matrix, upper: Floats, low: Floats, high: Floats, integers: int
) -> highspy.HighsLp:
    columns = matrix.tocsc()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(objective), len(upper)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = objective, low, high
    lp.row_lower_, lp.row_upper_ = np.full(len(upper), -highspy.kHighsInf), upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = columns.indptr
    lp.a_matrix_.index_ = columns.indices
    lp.a_matrix_.value_ = columns.data
    if integers:
        kinds = [highspy.HighsVarType.kInteger] * integers
        lp.integrality_ = [*kinds, *[highspy.HighsVarType.kContinuous] * (len(objective) - integers)]
    return lp


def outcome_of(solver: highspy.Highs, integers: int, stopped: bool) -> Outcome:
    info, status = solver.getInfo(), solver.getModelStatus()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible or (
        not integers and solver.getSolution().value_valid and solver.getSolution().dual_valid
    )
    solution = solver.getSolution()
    finished = status == highspy.HighsModelStatus.kOptimal
    value = info.objective_function_value if found else -np.inf
    if status == highspy.HighsModelStatus.kModelEmpty:
        return Outcome(np.zeros(0), 0.0, 0.0, finished=True, stopped=False, seconds=0.0)
    return Outcome(
        x=np.array(solution.col_value) if found else None,
        value=value,
        bound=info.mip_dual_bound if integers else np.inf,
        finished=finished,
        stopped=stopped,
        seconds=solver.getRunTime(),
    )
