"""The calendar as one mixed-integer linear programme: a copy of the portfolio's rows for every period.

Y[i, t] = 1: work i is finished at the start of period t. It never falls, starts follow from its rises, and every rule
of a calendar is a row on it. The increments of period t are those of the works that can be finished by then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from assessments.core.case import Floats, Ints
from assessments.core.planning.rows import WHOLE, Programme, programme
from assessments.core.planning.timeline import Timeline

Terms = dict[int, float]
Finished = Callable[[int, int], int]


@dataclass(frozen=True, eq=False)
class CalendarProgramme:
    """As `rows.Programme`, over time. `column[i, t]` is the column of Y (-1: not possible, so 0); `copies` are the
    programmes of the periods with the first column of their continuous variables. One unit of the objective is `unit`
    of the aims' area."""

    timeline: Timeline
    objective: Floats
    matrix: sparse.csr_matrix
    upper: Floats
    low: Floats
    high: Floats
    column: Ints
    integers: int
    copies: tuple[tuple[int, Programme, int], ...]
    unit: float

    def calendar(self, x: Floats) -> dict[int, int]:
        """First periods of the works of a solution."""
        timeline, result = self.timeline, {}
        for work in timeline.possible.tolist():
            columns = self.column[work]
            periods = np.flatnonzero(columns >= 0)
            done = periods[x[columns[periods]] > 0.5]
            if len(done):
                result[work] = int(done[0]) - int(timeline.duration[work])
        return result

    def solution(self, calendar: Mapping[int, int]) -> Floats:
        """The values of all columns for a calendar."""
        x = np.zeros(len(self.objective))
        timeline = self.timeline
        for work, start in calendar.items():
            columns = self.column[work, start + int(timeline.duration[work]) :]
            x[columns[columns >= 0]] = 1.0
        for period, rows, first in self.copies:
            works = timeline.delivered(calendar, period)
            x[first : first + rows.continuous] = rows.solution(works, timeline.bench.point(works))[rows.integers :]
        return x


def calendar_programme(timeline: Timeline) -> CalendarProgramme:
    column, integers = columns_of(timeline)
    finish, bench = timeline.earliest_finish, timeline.bench
    first, copies, matrices, uppers, objective = integers, [], [], [], [np.zeros(integers)]
    for period in range(1, timeline.periods):
        works = timeline.possible[finish[timeline.possible] <= period]
        if not len(works):
            continue
        rows = programme(bench, (), works, rules=False)
        done = column[works, np.minimum(period, timeline.last[works])]
        at = np.concatenate((done, np.arange(first, first + rows.continuous)))
        matrices.append((rows.matrix.tocoo(), at))
        uppers.append(rows.upper)
        objective.append(rows.objective[rows.integers :] * rows.unit * timeline.days[period])
        copies.append((period, rows, first))
        first += rows.continuous
    rules = rules_of_time(timeline, column)
    value = np.concatenate(objective)
    unit = max(float(value.sum()), 1e-12) / WHOLE
    matrix = stacked(matrices, rules, first)
    low, high = np.zeros(first), np.ones(first)
    for work in bench.rules.forced:
        low[column[work, timeline.last[work]]] = 1.0
    return CalendarProgramme(
        timeline, value / unit, matrix, np.concatenate([*uppers, np.array([limit for _, limit in rules])]), low, high,
        column, integers, tuple(copies), unit,
    )  # fmt: skip


def columns_of(timeline: Timeline) -> tuple[Ints, int]:
    """Y for every period from the first at whose start a work can be finished to its last."""
    column = np.full((len(timeline.case.interventions), timeline.periods + 1), -1, dtype=np.int64)
    count = 0
    for work in timeline.possible.tolist():
        first, last = int(timeline.earliest_finish[work]), int(timeline.last[work])
        column[work, first : last + 1] = np.arange(count, count + last - first + 1)
        count += last - first + 1
    return column, count


def stacked(
    matrices: list[tuple[sparse.coo_matrix, Ints]], rules: list[tuple[Terms, float]], columns: int
) -> sparse.csr_matrix:
    row, col, data, height = [], [], [], 0
    for matrix, at in matrices:
        row.append(matrix.row + height)
        col.append(at[matrix.col])
        data.append(matrix.data)
        height += matrix.shape[0]
    counts = [len(terms) for terms, _ in rules]
    row.append(np.repeat(np.arange(height, height + len(rules)), counts))
    col.append(np.array([at for terms, _ in rules for at in terms], dtype=np.int64))
    data.append(np.array([value for terms, _ in rules for value in terms.values()]))
    entries = (np.concatenate(data), (np.concatenate(row), np.concatenate(col)))
    return sparse.csr_matrix(entries, shape=(height + len(rules), columns))


def rules_of_time(timeline: Timeline, column: Ints) -> list[tuple[Terms, float]]:
    works, last = timeline.possible, timeline.last
    rules = timeline.bench.rules
    rows: list[tuple[Terms, float]] = []

    def finished(work: int, period: int) -> int:
        """Column of Y, -1 where it is 0; after the last period it stays as it is there."""
        return int(column[work, min(period, int(last[work]))])

    for work in works.tolist():
        for period in range(int(timeline.earliest_finish[work]), int(last[work]) + 1):
            own = finished(work, period)
            if period < last[work]:
                rows.append(({own: 1.0, finished(work, period + 1): -1.0}, 0.0))
            for other in timeline.case.interventions[work].requires:
                before = finished(other, period - int(timeline.duration[work]))
                rows.append(({own: 1.0} if before < 0 else {own: 1.0, before: -1.0}, 0.0))
    ever = {work: finished(work, int(last[work])) for work in works.tolist()}
    rows += [({ever[work]: 1.0 for work in members if work in ever}, 1.0) for members in rules.groups]
    for budget in rules.budgets:
        scale = WHOLE / max(budget.limit, 1e-12)
        costs = {ever[work]: float(budget.cost[work]) * scale for work in ever if budget.cost[work] > 0}
        rows.append((costs, budget.limit * scale))
    for period in range(timeline.periods):
        for limit, members in timeline.crews.values():
            units = {work: float(timeline.units[work]) for work in members.tolist() if work in ever}
            rows.append((rising(timeline, units, finished, period, period), limit))
        for budget, row in timeline.period_budgets:
            scale = WHOLE / max(row[period], 1e-12)
            costs = {work: float(budget.cost[work]) * scale for work in ever if budget.cost[work] > 0}
            rows.append((rising(timeline, costs, finished, period, None), row[period] * scale))
    return [(terms, limit) for terms, limit in rows if terms]


def rising(timeline: Timeline, weights: dict[int, float], finished: Finished, period: int, since: int | None) -> Terms:
    """Weights of works started by a period and not finished at its start (`since` that period), or started in it."""
    terms: Terms = {}
    for work, weight in weights.items():
        length = int(timeline.duration[work])
        for at, sign in ((period + length, 1.0), (since if since is not None else period + length - 1, -1.0)):
            number = finished(work, at)
            if number >= 0:
                terms[number] = terms.get(number, 0.0) + sign * weight
    return {number: weight for number, weight in terms.items() if weight}
