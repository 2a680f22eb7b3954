"""The best set of works under budgets and rules: a first answer at once, a better one in seconds, then the proof.

Greedy with prerequisites, then the linear relaxation with a choice among what it leaves open, then the whole programme
(functionality.md section 6). Every answer has a value, a bound and a gap relative to the gain. The caller passes the
clock; a plan proven before its time limit does not depend on it: the same case gives the same plan.
"""

import dataclasses
from collections.abc import Iterable

import numpy as np
from scipy import sparse

from assessments.core.case import PlanningCase
from assessments.core.engine import Engine
from assessments.core.planning.evaluation import Workbench, workbench
from assessments.core.planning.greedy import greedy
from assessments.core.planning.rows import Programme, programme
from assessments.core.planning.solver import Outcome
from assessments.core.planning.solving import (
    EQUAL,
    SHORT_EQUAL,
    Clock,
    Portfolio,
    Status,
    Task,
    Watch,
    gap_between,
    ordered,
    solve,
    take_over,
)
from assessments.core.planning.tidying import cheapest, pruned

# Cases with at most so many works are solved to the end, and among equal plans the cheapest is looked for.
SMALL = 120
# Share of the works, and least number, that the restricted choice leaves open.
OPEN_SHARE, OPEN_LEAST = 0.12, 200


def portfolio(
    case: PlanningCase,
    *,
    clock: Clock,
    gap: float = 0.01,
    time_s: float = 60.0,
    watch: Watch | None = None,
    bench: Workbench | None = None,
    start: Iterable[int] = (),
    proof: bool = True,
    engine: Engine = Engine.AUTO,
) -> Portfolio:
    """The best plan for a case. `clock` gives seconds; `watch` is told how it goes and stops the search by answering
    True, then the best plan so far is given. `start` is a plan to begin from. Without `proof` the search ends with the
    better answer, and its bound is that of the relaxation (large cases only)."""
    task = Task(workbench(case) if bench is None else bench, clock, gap, time_s, watch, engine, began=clock())
    task.offer(task.bench.rules.forced, "mandatory")
    task.offer(start, "start")
    if len(case.interventions) <= SMALL:
        task.gap = 0.0
    task.offer(greedy(task.bench, engine=engine, stop=lambda: task.over), "first")
    if not task.over:
        if task.bench.aims.hard.rate.any():
            with_hard_floor(task)
        else:
            search(task, proof=proof)
    return finish(task, gap)


def search(task: Task, *, proof: bool) -> None:
    """From the first answer to the proof."""
    bench = task.bench
    candidates = np.flatnonzero(bench.rules.allowed)
    everything = bench.rules.sorted(candidates)
    if not bench.rules.broken(everything):
        # All of it can be had.
        task.bound = bench.gain(everything)
        task.offer(everything, "all")
    if not len(candidates):
        task.bound = max(task.gain, 0.0)
    if task.near_enough and len(candidates) > SMALL:
        return
    whole = programme(bench, (), ordered(bench, candidates))
    if len(candidates) > SMALL:
        relaxed = solve(task, whole, integers=0, gap=task.gap, stage="relaxed")
        if relaxed.x is not None and not task.over:
            task.bound = min(task.bound, relaxed.bound * whole.unit)
            task.tell("relaxed")
            restricted(task, whole, relaxed)
    if (proof or len(candidates) <= SMALL) and not task.near_enough and not task.over:
        begin = whole.solution(task.plan, bench.point(task.plan))
        take_over(task, whole, solve(task, whole, integers=whole.integers, gap=task.gap, stage="proof", start=begin))


def restricted(task: Task, whole: Programme, relaxed: Outcome) -> None:
    """Fixes the works that the relaxation takes or leaves clearly and chooses among the rest, from what those fixed
    already restore."""
    if relaxed.x is None or relaxed.prices is None:
        return
    works, bench = whole.span.works, task.bench
    share = relaxed.x[: whole.integers]
    price = np.abs(relaxed.prices[: whole.integers])
    split = (share > 1e-6) & (share < 1 - 1e-6)
    most = max(OPEN_LEAST, int(OPEN_SHARE * len(works)), int(1.5 * split.sum()))
    order = np.lexsort((np.arange(len(works)), price, ~split))
    is_open = np.zeros(len(works), dtype=bool)
    is_open[order[:most]] = True
    base = works[~is_open & (share >= 0.5)]
    # What a fixed work needs is fixed with it.
    base = np.array(sorted({other for work in base.tolist() for other in bench.rules.closures[work]}), dtype=np.int64)
    if bench.rules.broken([*base.tolist(), *bench.rules.forced]):
        return
    candidates = np.setdiff1d(works[is_open], base)
    rows = programme(bench, tuple(base.tolist()), ordered(bench, candidates))
    outcome = solve(task, rows, integers=rows.integers, gap=min(task.gap, 0.002), stage="restricted",
                    time_s=max(2.0, 0.25 * task.left))  # fmt: skip
    take_over(task, rows, outcome)


def with_hard_floor(task: Task) -> None:
    """First the smallest total shortfall below the hard floors, then the best plan among those that have it."""
    bench = task.bench
    candidates = ordered(bench, np.flatnonzero(bench.rules.allowed))
    if not len(candidates):
        task.bound = max(task.gain, 0.0)
        return
    whole = programme(bench, (), candidates)
    if whole.hard_worth.any():
        lifting = dataclasses.replace(whole, objective=whole.hard_worth)
        begin = whole.solution(task.plan, bench.point(task.plan))
        outcome = solve(task, lifting, integers=whole.integers, gap=task.gap, stage="floor", start=begin,
                        time_s=max(1.0, 0.5 * task.left))  # fmt: skip
        task.floor_proven = outcome.finished
        if outcome.x is not None:
            task.offer(whole.chosen(outcome.x), "floor")
    if task.over:
        return
    kept = bench.before.hard - bench.reached(task.plan).hard
    row = sparse.csr_matrix(-whole.hard_worth * whole.unit)
    held = dataclasses.replace(
        whole,
        matrix=sparse.vstack([whole.matrix, row / max(bench.before.hard, 1.0)], format="csr"),
        upper=np.append(whole.upper, -kept / max(bench.before.hard, 1.0) + SHORT_EQUAL),
    )
    begin = whole.solution(task.plan, bench.point(task.plan))
    take_over(task, held, solve(task, held, integers=whole.integers, gap=task.gap, stage="proof", start=begin))


def finish(task: Task, gap: float) -> Portfolio:
    """Leaves out what adds nothing, prefers the cheaper of equals, says how sure it is."""
    bench = task.bench
    if len(bench.case.interventions) <= SMALL and not task.over and task.near_enough:
        cheapest(task)
    task.offer(pruned(bench, task.plan), "pruned")
    bound = max(task.bound, task.gain)
    distance = gap_between(task.gain, bound)
    proven = distance <= gap + EQUAL and task.floor_proven
    status = Status.PROVEN if proven else Status.STOPPED if task.stopped else Status.TIME_LIMIT
    value = bench.value(task.plan)
    short = value.hard if value.hard > SHORT_EQUAL * max(1.0, bench.before.hard) else 0.0
    return Portfolio(value, bound, distance, status, task.spent, short, task.floor_proven, tuple(task.stages))
