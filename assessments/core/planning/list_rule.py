"""A calendar at once: in every period start what restores most per crew-period, while crews and money last.

functionality.md section 6: marginal gain of the closure given everything already started, over crew-periods; a
prerequisite inherits the best priority of what needs it. Nothing is proven about it.
"""

from collections.abc import Callable, Collection, Sequence

import numpy as np

from assessments.core.engine import Engine
from assessments.core.local import LocalState
from assessments.core.planning.rules import ROUNDING
from assessments.core.planning.timeline import Timeline


def list_rule(
    timeline: Timeline, works: Collection[int], *, engine: Engine = Engine.AUTO, stop: Callable[[], bool] | None = None
) -> dict[int, int]:
    """First period of the works it can place, of those given; mandatory works go first."""
    return Placing(timeline, works, engine).run(stop)


class Placing:
    def __init__(self, timeline: Timeline, works: Collection[int], engine: Engine) -> None:
        bench = timeline.bench
        self.timeline, self.bench, self.rules = timeline, bench, bench.rules
        self.open = dict.fromkeys(work for work in timeline.possible.tolist() if work in set(works))
        self.state = LocalState(bench.case, engine=engine, structure=bench.structure, start=bench.start)
        self.state.worth = bench.aims.worth
        self.calendar: dict[int, int] = {}
        self.free = {crew: np.full(timeline.periods, limit) for crew, (limit, _) in timeline.crews.items()}
        self.left = [budget.most for budget in self.rules.budgets]
        self.by_period = [np.array(row) for _, row in timeline.period_budgets]
        self.groups = {work: members for members in self.rules.groups for work in members}
        self.forced = set(self.rules.forced)
        # Money and groups are kept for what is mandatory.
        for number, budget in enumerate(self.rules.budgets):
            self.left[number] -= float(budget.cost[list(self.forced)].sum())
        for work in self.forced:
            self.bar(work)

    def run(self, stop: Callable[[], bool] | None) -> dict[int, int]:
        for period in range(self.timeline.periods):
            if stop is not None and stop():
                break
            self.start_some(period)
        return self.calendar

    def start_some(self, period: int) -> None:
        """Starts what is ready, best first."""
        ready = [work for work in self.open if self.ready(work, period)]
        priority = self.priorities(ready, period)
        for work in sorted(ready, key=lambda it: (it not in self.forced, -priority[it], int(self.rules.ids[it]))):
            if work not in self.open or (priority[work] <= 0 and work not in self.forced):
                continue
            if self.fits(work, period):
                self.start(work, period)

    def ready(self, work: int, period: int) -> bool:
        timeline = self.timeline
        return (
            bool(timeline.case.interventions[work].earliest <= period)
            and bool(period + timeline.duration[work] <= timeline.last[work])
            and all(
                other in self.calendar and self.calendar[other] + timeline.duration[other] <= period
                for other in timeline.case.interventions[work].requires
            )
        )

    def priorities(self, ready: list[int], period: int) -> dict[int, float]:
        """Gain per crew-period of each work's own closure or of the best that needs it and can still be finished."""
        timeline, rules = self.timeline, self.rules
        asking = dict.fromkeys(
            work
            for first in ready
            for work in rules.dependents[first]
            if work in self.open and period + timeline.duration[work] <= timeline.last[work]
        )
        works = list(asking)
        sets = [[other for other in rules.closures[work] if other not in self.calendar] for work in works]
        gains = self.state.gains(sets, self.bench.effects)
        best = dict.fromkeys(ready, 0.0)
        for needed, gain in zip(sets, gains.tolist(), strict=True):
            load = sum(max(int(timeline.units[other]), 1) * int(timeline.duration[other]) for other in needed)
            for other in needed:
                if other in best:
                    best[other] = max(best[other], gain / load)
        return best

    def fits(self, work: int, period: int) -> bool:
        timeline = self.timeline
        crew = timeline.case.interventions[work].crew
        until = period + int(timeline.duration[work])
        if crew in self.free and (self.free[crew][period:until] < timeline.units[work] - 1e-9).any():
            return False
        if work not in self.forced:
            for budget, left in zip(self.rules.budgets, self.left, strict=True):
                if budget.cost[work] > left:
                    return False
        return all(
            budget.cost[work] <= left[period] + ROUNDING * max(1.0, row[period])
            for (budget, row), left in zip(timeline.period_budgets, self.by_period, strict=True)
        )

    def start(self, work: int, period: int) -> None:
        timeline = self.timeline
        self.calendar[work] = period
        del self.open[work]
        crew = timeline.case.interventions[work].crew
        if crew in self.free:
            self.free[crew][period : period + int(timeline.duration[work])] -= timeline.units[work]
        if work not in self.forced:
            for number, budget in enumerate(self.rules.budgets):
                self.left[number] -= float(budget.cost[work])
        for (budget, _), row in zip(timeline.period_budgets, self.by_period, strict=True):
            row[period] -= budget.cost[work]
        self.state.add_works([work], self.bench.effects)
        self.bar(work)

    def bar(self, work: int) -> None:
        """What its group excludes, and what needs that, can no longer be chosen."""
        for other in self.groups.get(work, ()):
            if other != work:
                for dependent in self.rules.dependents[other]:
                    self.open.pop(dependent, None)


class Room:
    """Crews and money of every period that a calendar under construction has not used."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.free = {crew: np.full(timeline.periods, limit + 1e-9) for crew, (limit, _) in timeline.crews.items()}
        self.money = [np.array(row) + ROUNDING * np.maximum(1.0, row) for _, row in timeline.period_budgets]

    def use(self, work: int, start: int, sign: float = 1.0) -> None:
        timeline = self.timeline
        crew = timeline.case.interventions[work].crew
        if crew in self.free:
            self.free[crew][start : start + int(timeline.duration[work])] -= sign * timeline.units[work]
        for (budget, _), row in zip(timeline.period_budgets, self.money, strict=True):
            row[start] -= sign * budget.cost[work]

    def first(self, work: int, ready: int, latest: int) -> int | None:
        """The earliest start from `ready` to `latest` that crews and money allow."""
        timeline = self.timeline
        free = self.free.get(timeline.case.interventions[work].crew)
        length, units = int(timeline.duration[work]), timeline.units[work]
        for period in range(ready, latest + 1):
            manned = free is None or bool((free[period : period + length] >= units).all())
            paid = all(
                row[period] >= budget.cost[work]
                for (budget, _), row in zip(timeline.period_budgets, self.money, strict=True)
            )
            if manned and paid:
                return period
        return None


def ready_at(timeline: Timeline, calendar: dict[int, int], work: int) -> int:
    """When a work may start: its own earliest period, and all it needs finished."""
    one = timeline.case.interventions[work]
    return max([one.earliest, *(calendar[other] + int(timeline.duration[other]) for other in one.requires)])


def moved_forward(timeline: Timeline, calendar: dict[int, int]) -> dict[int, int]:
    """Every work as early as its prerequisites, crews and period budgets let it, one after another."""
    result, room = dict(calendar), Room(timeline)
    for work, start in result.items():
        room.use(work, start)
    for work in sorted(result, key=lambda it: (result[it], int(timeline.bench.rules.ids[it]))):
        room.use(work, result[work], -1.0)
        earlier = room.first(work, ready_at(timeline, result, work), result[work])
        result[work] = result[work] if earlier is None else earlier
        room.use(work, result[work])
    return result


def placed(timeline: Timeline, order: Sequence[int]) -> dict[int, int]:
    """Works one after another in this order, each with what it needs as early as there is room and money; what does
    not fit is left out."""
    rules, result, room = timeline.bench.rules, dict[int, int](), Room(timeline)
    left = [budget.most - float(budget.cost[list(rules.forced)].sum()) for budget in rules.budgets]
    groups = {work: members for members in rules.groups for work in members}
    forced = set(rules.forced)
    for first in [*rules.forced, *order]:
        needed = sorted((work for work in rules.closures[first] if work not in result), key=depth_in(timeline))
        clash = any(
            other in result or other in forced for work in needed for other in groups.get(work, ()) if other != work
        )
        spent = [float(budget.cost[[work for work in needed if work not in forced]].sum()) for budget in rules.budgets]
        if clash or any(one > rest for one, rest in zip(spent, left, strict=True)):
            continue
        trial: dict[int, int] = {}
        for work in needed:
            latest = int(timeline.last[work] - timeline.duration[work])
            start = room.first(work, ready_at(timeline, {**result, **trial}, work), latest)
            if start is None:
                break
            trial[work] = start
            room.use(work, start)
        if len(trial) < len(needed):
            for work, start in trial.items():
                room.use(work, start, -1.0)
            continue
        result.update(trial)
        left = [rest - one for one, rest in zip(spent, left, strict=True)]
    return result


def depth_in(timeline: Timeline) -> Callable[[int], tuple[int, int]]:
    """Prerequisites before what needs them."""
    rules = timeline.bench.rules
    return lambda work: (len(rules.closures[work]), int(rules.ids[work]))
