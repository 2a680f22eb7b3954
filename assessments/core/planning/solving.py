"""One solve in progress: what is asked, the best plan so far, the bound, and who wants to know about it."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from assessments.core.case import Floats, Ints
from assessments.core.engine import Engine
from assessments.core.planning.evaluation import PlanValue, Workbench
from assessments.core.planning.rows import Programme
from assessments.core.planning.solver import Effort, Outcome, maximise

# Objectives nearer than this share of the gain are equal; so are shortfalls nearer than this share of what could be.
EQUAL = 1e-9
SHORT_EQUAL = 1e-7
# Columns above which a relaxation is solved by interior points.
LARGE = 60_000


class Status(StrEnum):
    """`proven`: within the gap asked for. `time_limit`: the time was over first. `stopped`: somebody asked to stop.
    `unproven`: by a rule that gives no proof."""

    PROVEN = "proven"
    TIME_LIMIT = "time_limit"
    STOPPED = "stopped"
    UNPROVEN = "unproven"


@dataclass(frozen=True)
class Progress:
    """Where a solve stands: gain of the incumbent and bound (objective over doing nothing), gap relative to the gain;
    None while unknown. `works` are those of the incumbent when it is new, else None."""

    stage: str
    seconds: float
    gain: float
    bound: float | None
    gap: float | None
    works: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Portfolio:
    """A set of works with its exact value. `bound` and `gap` are of `value.objective`; `floor_short` is the smallest
    total shortfall below the hard floors when they cannot be kept (persons times share), 0 when they can."""

    value: PlanValue
    bound: float
    gap: float
    status: Status
    seconds: float
    floor_short: float = 0.0
    floor_proven: bool = True
    stages: tuple[Progress, ...] = ()

    @property
    def works(self) -> tuple[int, ...]:
        return self.value.works


Watch = Callable[[Progress], bool]
Clock = Callable[[], float]


@dataclass
class Task:
    """One solve: what is asked, what is known so far."""

    bench: Workbench
    clock: Clock
    gap: float
    time_s: float
    watch: Watch | None
    engine: Engine = Engine.AUTO
    began: float = 0.0
    best: tuple[int, ...] | None = None
    gain: float = -math.inf
    bound: float = math.inf
    stopped: bool = False
    floor_proven: bool = True
    stages: list[Progress] = field(default_factory=list)

    @property
    def spent(self) -> float:
        return self.clock() - self.began

    @property
    def left(self) -> float:
        return self.time_s - self.spent

    @property
    def over(self) -> bool:
        return self.stopped or self.left <= 0

    @property
    def near_enough(self) -> bool:
        return gap_between(self.gain, self.bound) <= self.gap

    def offer(self, works: Iterable[int], stage: str) -> None:
        """A plan that keeps the rules; kept if it is better, or as good and cheaper."""
        plan = self.bench.rules.sorted(works)
        if self.bench.rules.broken(plan) or (self.best is not None and not self.better(plan, self.best)):
            return
        self.best, self.gain = plan, self.bench.gain(plan)
        self.tell(stage, plan)

    def better(self, one: tuple[int, ...], other: tuple[int, ...]) -> bool:
        """Less below the hard floors, then more gained, then less spent."""
        bench = self.bench
        less = bench.reached(other).hard - bench.reached(one).hard
        if abs(less) > SHORT_EQUAL * max(1.0, bench.before.hard):
            return less > 0
        more = bench.gain(one) - bench.gain(other)
        if abs(more) > EQUAL * max(abs(self.gain), 1e-9):
            return more > 0
        return bench.rules.spent(one) < bench.rules.spent(other) - 1e-12

    @property
    def plan(self) -> tuple[int, ...]:
        """The best plan so far: at least what is mandatory."""
        return self.bench.rules.forced if self.best is None else self.best

    def tell(self, stage: str, works: tuple[int, ...] | None = None, bound: float | None = None) -> None:
        known = min(self.bound, math.inf if bound is None else bound)
        finite = known if math.isfinite(known) else None
        gap = None if finite is None else gap_between(self.gain, finite)
        progress = Progress(stage, self.spent, self.gain, finite, gap, works)
        if works is not None or bound is None:
            self.stages.append(progress)
        if self.watch is not None and self.watch(progress):
            self.stopped = True


def gap_between(gain: float, bound: float) -> float:
    """(bound - gain) / gain; 0 where nothing is to be gained, infinite where nothing has been."""
    missing = max(0.0, bound - gain)
    if missing <= 1e-9 * max(1.0, abs(bound)) and math.isfinite(bound):
        return 0.0
    return missing / gain if gain > 0 else math.inf


def ordered(bench: Workbench, candidates: Ints) -> Ints:
    """Columns in the order of ids, so that the order of records plays no part."""
    return candidates[np.argsort(bench.rules.ids[candidates], kind="stable")]


def solve(
    task: Task, rows: Programme, *, integers: int, gap: float, stage: str, start: Floats | None = None,
    time_s: float | None = None,
) -> Outcome:  # fmt: skip
    def report(_value: float, bound: float, _seconds: float) -> bool:
        task.tell(stage, bound=bound * rows.unit if math.isfinite(bound) and not rows.base else None)
        return task.stopped

    return maximise(
        rows.objective, rows.matrix, rows.upper, rows.low, rows.high,
        integers=integers,
        effort=Effort(gap, max(0.1, min(task.left, time_s or task.left)), interior=not integers and large(rows)),
        start=start, report=report,
    )  # fmt: skip


def large(rows: Programme) -> bool:
    """Whether interior points are quicker than the simplex."""
    return len(rows.objective) > LARGE


def take_over(task: Task, rows: Programme, outcome: Outcome) -> None:
    """Keeps the plan of an outcome, and its bound if the programme was about everything."""
    if not rows.base and math.isfinite(outcome.bound):
        task.bound = min(task.bound, outcome.bound * rows.unit)
    if outcome.x is not None:
        task.offer(rows.chosen(outcome.x), "proof" if not rows.base else "restricted")
