"""Which works when: crews and budgets per period, the largest area under the functionality curve.

The list rule at once, then the programme over time with its proof; beyond its size the list rule on the best
portfolio, which is labelled as not proven (functionality.md section 6).
"""

import dataclasses
import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from assessments.core.case import Floats, PlanningCase
from assessments.core.checks import refuse
from assessments.core.engine import Engine
from assessments.core.planning.evaluation import Workbench, workbench
from assessments.core.planning.list_rule import list_rule, moved_forward, placed
from assessments.core.planning.optimiser import portfolio
from assessments.core.planning.rows import programme
from assessments.core.planning.schedule_rows import CalendarProgramme, calendar_programme
from assessments.core.planning.solver import Effort, maximise
from assessments.core.planning.solving import EQUAL, Clock, Progress, Status, Watch, gap_between
from assessments.core.planning.timeline import Calendared, Timeline

# So many works times periods are solved as one programme; so few to the very end, and the cheaper of equals looked for.
LARGEST, SMALL = 20_000, 400
# Shares of a work that a linear relaxation does: enough to try it, too little to count.
HALF, NOTHING = 0.5, 1e-6
# Above so many works the bound comes from durations alone.
RELAXABLE = 20_000


@dataclass(frozen=True)
class Schedule:
    """A calendar with its exact value. `bound` is of the area (levels of the aims times length of periods); `gap` is
    what is missing to it over what the calendar gains. `status` `unproven`: by the list rule, beyond what can be
    solved."""

    value: Calendared
    bound: float
    gap: float
    status: Status
    seconds: float
    stages: tuple[Progress, ...] = ()

    @property
    def start(self) -> dict[int, int]:
        return self.value.start


@dataclass
class Search:
    timeline: Timeline
    clock: Clock
    gap: float
    time_s: float
    watch: Watch | None
    engine: Engine
    began: float
    best: dict[int, int]
    gain: float = -math.inf
    bound: float = math.inf
    stopped: bool = False
    proving: bool = True

    def __post_init__(self) -> None:
        self.stages: list[Progress] = []

    @property
    def left(self) -> float:
        return self.time_s - (self.clock() - self.began)

    @property
    def over(self) -> bool:
        return self.stopped or self.left <= 0

    def offer(self, calendar: dict[int, int], stage: str) -> None:
        """Kept if it keeps the rules and is better, or as good and cheaper, or as good and with less in it."""
        if self.timeline.broken(calendar):
            return
        _, gain = self.timeline.area(calendar)
        tie = EQUAL * max(1e-9, abs(gain))
        spent = self.timeline.bench.rules.spent
        cheaper = (spent(list(calendar)), len(calendar)) < (spent(list(self.best)), len(self.best))
        if gain > self.gain + tie or (gain >= self.gain - tie and cheaper):
            self.best, self.gain = calendar, gain
            self.tell(stage, tuple(calendar))

    def tell(self, stage: str, works: tuple[int, ...] | None = None, bound: float | None = None) -> bool:
        known = min(self.bound, math.inf if bound is None else bound)
        finite = known if math.isfinite(known) else None
        gap = None if finite is None else gap_between(self.gain, finite)
        progress = Progress(stage, self.clock() - self.began, self.gain, finite, gap, works)
        if works is not None:
            self.stages.append(progress)
        if self.watch is not None and self.watch(progress):
            self.stopped = True
        return self.stopped


def schedule(
    case: PlanningCase,
    *,
    clock: Clock,
    gap: float = 0.01,
    time_s: float = 60.0,
    watch: Watch | None = None,
    only: Collection[int] | None = None,
    fixed: dict[int, int] | None = None,
    bench: Workbench | None = None,
    engine: Engine = Engine.AUTO,
) -> Schedule:
    """The best calendar, of the works `only` where given. `clock`, `watch` as in `optimiser.portfolio`; `fixed` is a
    calendar to begin from."""
    began = clock()
    bench = workbench(case) if bench is None else bench
    timeline = Timeline(bench, None if only is None else frozenset(only))
    search = Search(timeline, clock, gap, time_s, watch, engine, began, {})
    works = timeline.possible
    search.offer({}, "nothing")
    if fixed is not None:
        search.offer(dict(fixed), "start")
    if not len(works):
        search.bound = 0.0
        return finish(search)
    search.offer(list_rule(timeline, works.tolist(), engine=engine, stop=lambda: search.over), "list rule")
    if case.limits.floors or len(works) * timeline.periods > LARGEST:
        of_portfolio(search, floors=bool(case.limits.floors))
    else:
        joint(search, timeline)
    return finish(search)


def joint(search: Search, timeline: Timeline) -> None:
    """Works and times chosen together."""
    if timeline.bench.rules.budgets and not search.over and len(timeline.possible) > 150:
        from_portfolio(search, timeline, 0.15)
    if search.over:
        return
    rows = calendar_programme(timeline)
    small = len(timeline.possible) * timeline.periods <= SMALL
    if not small:
        relaxed_first(search, rows)
        if search.over or gap_between(search.gain, search.bound) <= search.gap:
            return
    outcome = maximise(
        rows.objective, rows.matrix, rows.upper, rows.low, rows.high, integers=rows.integers,
        effort=Effort(0.0 if small else search.gap, max(0.1, search.left)), start=rows.solution(search.best),
        report=lambda _value, bound, _seconds: search.tell("proof", bound=bound * rows.unit),
    )  # fmt: skip
    if math.isfinite(outcome.bound):
        search.bound = min(search.bound, outcome.bound * rows.unit)
    if outcome.x is not None:
        search.offer(rows.calendar(outcome.x), "proof")
    if small and outcome.finished:
        cheapest(search, rows)


def relaxed_first(search: Search, rows: CalendarProgramme) -> None:
    """The linear relaxation, its works in the order in which it finishes them, then a choice of times near its own."""
    timeline = search.timeline
    relaxed = maximise(
        rows.objective, rows.matrix, rows.upper, rows.low, rows.high, integers=0,
        effort=Effort(0.0, max(0.1, search.left)),
    )  # fmt: skip
    if relaxed.x is None:
        return
    search.bound = min(search.bound, relaxed.bound * rows.unit)
    search.tell("relaxed")
    calendar = placed(timeline, finish_order(timeline, rows, relaxed.x))
    search.offer(calendar, "relaxed in order")
    if search.over or gap_between(search.gain, search.bound) <= search.gap:
        return
    low, high = near(timeline, rows, relaxed.x)
    outcome = maximise(
        rows.objective, rows.matrix, rows.upper, low, high, integers=rows.integers,
        effort=Effort(search.gap / 3, max(0.1, 0.4 * search.left)),
        report=lambda _value, _bound, _seconds: search.tell("restricted"),
    )  # fmt: skip
    if outcome.x is not None:
        search.offer(moved_forward(timeline, rows.calendar(outcome.x)), "restricted")


def finish_order(timeline: Timeline, rows: CalendarProgramme, x: Floats) -> list[int]:
    """Works the relaxation does at least half of, those it finishes first at the front."""
    mean: dict[int, float] = {}
    for work in timeline.possible.tolist():
        columns = rows.column[work][rows.column[work] >= 0]
        if x[columns[-1]] >= HALF or work in timeline.bench.rules.forced:
            mean[work] = timeline.periods - float(x[columns].sum())
    ids = timeline.bench.rules.ids
    return sorted(mean, key=lambda it: (round(mean[it], 6), int(ids[it])))


def near(timeline: Timeline, rows: CalendarProgramme, x: Floats) -> tuple[Floats, Floats]:
    """Bounds that leave every work the periods around those in which the relaxation finishes it."""
    low, high = rows.low.copy(), rows.high.copy()
    for work in timeline.possible.tolist():
        columns = rows.column[work][rows.column[work] >= 0]
        value = x[columns]
        last = len(columns) - 1
        for place, column in enumerate(columns.tolist()):
            if value[min(place + 1, last)] < NOTHING:
                high[column] = max(low[column], 0.0)
            elif value[max(place - 1, 0)] > 1 - NOTHING:
                low[column] = 1.0
    return low, high


def from_portfolio(search: Search, timeline: Timeline, share: float) -> tuple[int, ...]:
    """The list rule on the best portfolio, which spends the money better than the rule does."""
    reachable = dataclasses.replace(
        timeline.case,
        interventions=tuple(
            work if number in set(timeline.possible.tolist()) else dataclasses.replace(work, forbidden=True)
            for number, work in enumerate(timeline.case.interventions)
        ),
    )
    chosen = portfolio(
        reachable, clock=search.clock, gap=max(search.gap, 0.005), time_s=max(1.0, share * search.left),
        watch=lambda progress: search.tell("portfolio", None), engine=search.engine,
    ).works  # fmt: skip
    calendar = list_rule(timeline, chosen, engine=search.engine, stop=lambda: search.over)
    search.offer(moved_forward(timeline, calendar), "portfolio in order")
    return chosen


def of_portfolio(search: Search, *, floors: bool) -> None:
    """Portfolio first, then its order; the bound is one for every choice of works."""
    timeline = search.timeline
    chosen = from_portfolio(search, timeline, 0.3)
    search.bound = min(search.bound, area_bound(search))
    inner = Timeline(timeline.bench, frozenset(chosen))
    if len(chosen) * timeline.periods <= LARGEST and not search.over:
        kept = search.best if set(search.best) <= set(chosen) else {}
        within = dataclasses.replace(search, timeline=inner, best=kept)
        within.gain = search.gain if within.best else -math.inf
        within.offer(moved_forward(inner, list_rule(inner, chosen, engine=search.engine)), "portfolio in order")
        bound = search.bound
        joint(within, inner)
        if within.gain > search.gain or floors:
            search.best, search.gain = within.best, within.gain
        search.bound = within.bound if floors else bound
        search.stopped = within.stopped
    else:
        search.proving = False


def area_bound(search: Search) -> float:
    """Most that any calendar could gain: in every period at most what a portfolio could whose works can be finished by
    then and whose crew-periods were there by then, whole or in parts."""
    timeline, bench, total = search.timeline, search.timeline.bench, 0.0
    for period in range(1, timeline.periods):
        works = timeline.possible[timeline.earliest_finish[timeline.possible] <= period]
        if not len(works):
            continue
        if len(timeline.possible) > RELAXABLE or search.over:
            total += bench.gain(works.tolist()) * float(timeline.days[period])
            continue
        rows = programme(bench, (), works)
        extra, limits = [], []
        for limit, members in timeline.crews.values():
            load = np.where(np.isin(works, members), timeline.units[works] * timeline.duration[works], 0)
            extra.append(np.concatenate((load.astype(np.float64), np.zeros(rows.continuous))))
            limits.append(limit * period)
        matrix = sparse.vstack([rows.matrix, *(sparse.csr_matrix(row) for row in extra)], format="csr")
        upper = np.concatenate((rows.upper, limits))
        low = np.zeros(len(rows.low))
        outcome = maximise(
            rows.objective, matrix, upper, low, rows.high, integers=0, effort=Effort(0.0, max(0.5, search.left))
        )
        most = min(outcome.bound * rows.unit, bench.gain(works.tolist()))
        total += most * float(timeline.days[period])
        search.tell("bound")
    return total


def cheapest(search: Search, rows: CalendarProgramme) -> None:
    """The least costly calendar among those as good as the best (small cases)."""
    cost = search.timeline.bench.rules.cost
    price = np.zeros(len(rows.objective))
    for work in search.timeline.possible.tolist():
        price[rows.column[work, search.timeline.last[work]]] = -cost[work]
    if not price.any() or search.over:
        return
    least = search.gain / rows.unit
    matrix = sparse.vstack([rows.matrix, sparse.csr_matrix(-rows.objective)], format="csr")
    upper = np.append(rows.upper, -least + EQUAL * max(1.0, abs(least)))
    outcome = maximise(
        price / -price.min(), matrix, upper, rows.low, rows.high, integers=rows.integers,
        effort=Effort(0.0, max(0.1, search.left)), start=rows.solution(search.best),
    )  # fmt: skip
    if outcome.x is not None:
        search.offer(rows.calendar(outcome.x), "cheapest")


def finish(search: Search) -> Schedule:
    """Every work as early as it can be, no work that adds nothing; how sure it is."""
    timeline = search.timeline
    if search.best:
        search.offer(moved_forward(timeline, search.best), "moved forward")
        search.best = moved_forward(timeline, without_idle(timeline, search.best))
        search.gain = timeline.area(search.best)[1]
    value = timeline.value(search.best)
    for broken in value.broken:
        refuse(f"interventions[{broken.what}].mandatory", "fits into no calendar found, with these crews and budgets")
    bound = max(search.bound, search.gain)
    distance = gap_between(search.gain, bound)
    before = timeline.bench.before.objective * float(timeline.days.sum())
    status = Status.PROVEN if distance <= search.gap + EQUAL else Status.TIME_LIMIT
    if status != Status.PROVEN and search.stopped:
        status = Status.STOPPED
    elif status != Status.PROVEN and not search.proving:
        status = Status.UNPROVEN
    seconds = search.clock() - search.began
    return Schedule(value, before + bound, distance, status, seconds, tuple(search.stages))


def without_idle(timeline: Timeline, calendar: dict[int, int]) -> dict[int, int]:
    """The calendar without works whose absence changes nothing (small calendars)."""
    if len(calendar) > 60:
        return calendar
    rules, held = timeline.bench.rules, dict(calendar)
    best = timeline.area(held)[1]
    for work in sorted(calendar, key=lambda it: (-len(rules.closures[it]), -rules.cost[it], -int(rules.ids[it]))):
        needed = work in rules.forced or any(other in held and other != work for other in rules.dependents[work])
        rest = {other: start for other, start in held.items() if other != work}
        if not needed and timeline.area(rest)[1] >= best - EQUAL * max(1e-9, abs(best)):
            held = rest
    return held
