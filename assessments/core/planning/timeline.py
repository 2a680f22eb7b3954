"""Works in time: when each may start, what is delivered when, which rules a calendar keeps, the area it restores.

A work that starts in period t delivers from the start of period t + duration. Its cost falls due in the period in which
it starts; what a period's budget leaves over is not carried on. A crew type or fund without a stated limit has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from assessments.core.case import Floats, Ints, PlanningCase
from assessments.core.checks import refuse
from assessments.core.planning.evaluation import PlanValue, Workbench
from assessments.core.planning.rules import ROUNDING, Broken, Budget, cost_to

Calendar = Mapping[int, int]


@dataclass(frozen=True)
class Calendared:
    """A calendar (work: first period) with its worth. `levels` is person-functionality in every period and `area` their
    sum times the length of the period; `objective` is the rise of the aims' area over doing nothing. `value` is of all
    its works done. `broken` are the rules it breaks, codes as in `rules.Broken` and before_prerequisite, too_early,
    too_late, crew_over, period_budget."""

    start: dict[int, int]
    levels: tuple[float, ...]
    area: float
    area_gain: float
    objective: float
    value: PlanValue
    broken: tuple[Broken, ...]


@dataclass(frozen=True, eq=False)
class Timeline:
    """A workbench with periods. `last` is the latest period at whose start a work may be finished."""

    bench: Workbench
    only: frozenset[int] | None = None
    _area: dict[tuple[tuple[int, int], ...], tuple[tuple[float, ...], float]] = field(default_factory=dict)

    @property
    def case(self) -> PlanningCase:
        return self.bench.case

    @property
    def periods(self) -> int:
        return self.case.limits.periods

    @cached_property
    def days(self) -> Floats:
        """Length of every period; 1 where no lengths are given."""
        given = self.case.limits.period_days
        if given and len(given) != self.periods:
            refuse("period_days", f"must have one number for each of the {self.periods} periods, but has {len(given)}")
        return np.array(given) if given else np.ones(self.periods)

    @cached_property
    def period_budgets(self) -> tuple[tuple[Budget, tuple[float, ...]], ...]:
        found = []
        for fund, row in sorted(self.case.limits.budgets_by_period.items()):
            if len(row) != self.periods:
                refuse(f"budgets_by_period.{fund}", f"must have one number for each of the {self.periods} periods")
            budget = Budget(fund, cost_to(self.case, fund, self.bench.rules.cost), 0.0)
            found.append((budget, row))
        return tuple(found)

    @cached_property
    def duration(self) -> Ints:
        return np.array([work.duration for work in self.case.interventions], dtype=np.int64)

    @cached_property
    def units(self) -> Ints:
        return np.array([work.crew_units for work in self.case.interventions], dtype=np.int64)

    @cached_property
    def crews(self) -> dict[str, tuple[float, Ints]]:
        """Limit and works of every crew type that has a limit."""
        works: dict[str, list[int]] = {}
        for number, work in enumerate(self.case.interventions):
            works.setdefault(work.crew, []).append(number)
        limits = self.case.limits.crews
        return {crew: (limits[crew], np.array(found)) for crew, found in sorted(works.items()) if crew in limits}

    @cached_property
    def earliest_finish(self) -> Ints:
        """The first period at whose start each work can be finished, prerequisites one after another."""
        result = np.full(len(self.case.interventions), -1, dtype=np.int64)
        for number in sorted(range(len(result)), key=lambda it: len(self.bench.rules.closures[it])):
            work = self.case.interventions[number]
            ready = max([work.earliest, *(int(result[other]) for other in work.requires)])
            result[number] = ready + work.duration
        return result

    @cached_property
    def possible(self) -> Ints:
        """Works that can be in a calendar at all, in the order of ids."""
        rules = self.bench.rules
        allowed = rules.allowed & (self.earliest_finish <= self.last)
        for limit, members in self.crews.values():
            allowed[members] &= self.units[members] <= limit
        found = [
            work
            for work in np.flatnonzero(allowed).tolist()
            if (self.only is None or work in self.only or work in rules.forced)
            and all(allowed[other] for other in rules.closures[work])
        ]
        if self.only is not None:
            found = [work for work in found if set(rules.closures[work]) <= {*self.only, *rules.forced}]
        for work in rules.forced:
            if work not in found:
                name = f"interventions[{self.case.interventions[work].id}].mandatory"
                refuse(name, "cannot be kept: the work cannot be finished within the periods with these crews")
        return np.array(rules.sorted(found), dtype=np.int64)

    @cached_property
    def last(self) -> Ints:
        """The last period at whose start a work may be finished. One that delivers in no period is of no use, unless it
        is mandatory; one that begins by `latest` is finished its duration after that."""
        result = np.full(len(self.case.interventions), self.periods - 1, dtype=np.int64)
        result[list(self.bench.rules.forced)] = self.periods
        for number, work in enumerate(self.case.interventions):
            if work.latest is not None:
                result[number] = min(result[number], work.latest + work.duration)
        return result

    def delivered(self, calendar: Calendar, period: int) -> list[int]:
        return sorted(work for work, start in calendar.items() if start + int(self.duration[work]) <= period)

    def area(self, calendar: Calendar) -> tuple[tuple[float, ...], float]:
        """Person-functionality in every period, and the area of the aims over doing nothing."""
        key = tuple(sorted(calendar.items()))
        if key not in self._area:
            reached = [self.bench.reached(self.delivered(calendar, period)) for period in range(self.periods)]
            rises = np.array([one.objective - self.bench.before.objective for one in reached])
            levels = tuple(one.person_functionality for one in reached)
            self._area[key] = levels, float((rises * self.days).sum())
        return self._area[key]

    def value(self, calendar: Calendar) -> Calendared:
        levels, objective = self.area(calendar)
        area = float((np.array(levels) * self.days).sum())
        return Calendared(
            start={work: int(calendar[work]) for work in self.bench.rules.sorted(calendar)},
            levels=levels,
            area=area,
            area_gain=area - self.bench.before.person_functionality * float(self.days.sum()),
            objective=objective,
            value=self.bench.value(list(calendar)),
            broken=tuple(self.broken(calendar)),
        )

    def at_work(self, calendar: Calendar, works: Ints) -> Floats:
        """Crew units at work in every period, of these works."""
        result = np.zeros(self.periods)
        for work in works.tolist():
            if work in calendar:
                result[calendar[work] : calendar[work] + int(self.duration[work])] += self.units[work]
        return result

    def broken(self, calendar: Calendar) -> list[Broken]:
        names = [str(work.id) for work in self.case.interventions]
        found = self.bench.rules.broken(list(calendar))
        for work in self.bench.rules.sorted(calendar):
            start = calendar[work]
            if start < self.case.interventions[work].earliest:
                found.append(Broken("too_early", names[work]))
            latest = self.case.interventions[work].latest
            if start + int(self.duration[work]) > self.periods or (latest is not None and start > latest):
                found.append(Broken("too_late", names[work]))
            for other in self.case.interventions[work].requires:
                if other in calendar and calendar[other] + int(self.duration[other]) > start:
                    found.append(Broken("before_prerequisite", names[work], names[other]))
        for crew, (limit, works) in self.crews.items():
            for period in np.flatnonzero(self.at_work(calendar, works) > limit + 1e-9).tolist():
                found.append(Broken("crew_over", crew, str(period)))
        for budget, row in self.period_budgets:
            for period, limit in enumerate(row):
                spent = sum(float(budget.cost[work]) for work, start in calendar.items() if start == period)
                if spent > limit + ROUNDING * max(1.0, limit):
                    found.append(Broken("period_budget", budget.fund, str(period)))
        return found


def evaluate_schedule(bench: Workbench, calendar: Calendar) -> Calendared:
    """The value of a calendar made by hand, whether it keeps the rules or not."""
    return Timeline(bench).value(calendar)
