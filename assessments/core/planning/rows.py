"""The choice of works as a mixed-integer linear programme that is exact and stays tight (functionality.md section 6).

Variables are shares of the room between two fixed points (`tightening.Span`); rows that cannot bind are left out and
rows on works alone are added. Nothing rewards a lower F, so the optimum is the fixed point of the works it chooses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from assessments.core.case import Flags, Floats, Ints
from assessments.core.dependencies import FixedPoint
from assessments.core.planning.aims import Floor
from assessments.core.planning.evaluation import Workbench
from assessments.core.planning.tightening import NO_ROOM, Bounds, Span, WorkBounds, rows_times, span_of, work_bounds

# What the whole objective, and every budget, comes to in the programme: numbers of a size solvers like.
WHOLE = 1000.0


@dataclass(frozen=True, eq=False)
class Short:
    """Variables for shares gained below a floor: cells (places in `Span.cells`), their room, and its worth."""

    cell: Ints
    room: Floats
    worth: Floats


@dataclass(frozen=True, eq=False)
class Programme:
    """max objective @ x with matrix @ x <= upper, low <= x <= high, the first `integers` columns whole.

    Columns: the works of `span`, F of its cells, E of its facilities, the weakest service of `places` (from
    `weakest_low`, by `weakest_room`), then the shares below the soft and below the hard floor. One unit of the
    objective is `unit` of the aims; it counts from the base on. `marks` are the cells that count for the weakest
    service, and the number of services. `hard_worth` is the part of the hard floor, not in the objective.
    """

    span: Span
    objective: Floats
    hard_worth: Floats
    matrix: sparse.csr_matrix
    upper: Floats
    low: Floats
    high: Floats
    places: Ints
    weakest_low: Floats
    weakest_room: Floats
    soft: Short
    hard: Short
    base: tuple[int, ...]
    unit: float
    marks: tuple[Flags, int]

    @property
    def integers(self) -> int:
        return len(self.span.works)

    @property
    def continuous(self) -> int:
        return len(self.objective) - self.integers

    def chosen(self, x: Floats) -> list[int]:
        """The works of a solution, the base included."""
        picked = self.span.works[np.asarray(x[: self.integers]) > 0.5]
        return [*self.base, *picked.tolist()]

    def solution(self, works: Sequence[int], point: FixedPoint) -> Floats:
        """The values of all columns for a set of works with its fixed point."""
        span = self.span
        x = np.zeros(len(self.objective))
        x[: self.integers] = np.isin(span.works, np.asarray(works, dtype=np.int64))
        gained = point.works[span.cells] - span.low.works[span.cells]
        parts = [
            gained / span.room_f,
            (point.effective[span.facilities] - span.low.effective[span.facilities]) / span.room_e,
        ]
        parts.append((weakest_in(self.marks, point)[self.places] - self.weakest_low) / self.weakest_room)
        parts += [np.minimum(gained[short.cell], short.room) / short.room for short in (self.soft, self.hard)]
        x[self.integers :] = np.clip(np.concatenate(parts), 0.0, 1.0)
        return x


def weakest_in(marks: tuple[Flags, int], point: FixedPoint) -> Floats:
    """Lowest F among the cells that count, per place; 1 where there is none."""
    counts, services = marks
    inside = counts[:-1].reshape(-1, services)
    return np.asarray(np.where(inside, point.works[:-1].reshape(-1, services), 1.0).min(axis=1, initial=1.0))


def programme(
    bench: Workbench, base: Sequence[int], candidates: Ints, *, plain: bool = False, rules: bool = True
) -> Programme:
    """The programme for choosing among the candidates on top of the base. `plain` leaves the tightening out; without
    `rules` there are no rows for budgets, prerequisites and groups, and nothing is mandatory."""
    span = span_of(bench, base, candidates)
    worth, services = bench.aims.worth, bench.structure.services
    marks = (worth.in_weakest, services)
    before, after = weakest_in(marks, span.low), weakest_in(marks, span.high)
    places = np.flatnonzero((worth.weakest > 0) & (after - before > NO_ROOM))
    weakest_low, weakest_room = before[places], (after - before)[places]
    soft, hard = short_of(span, bench.aims.soft), short_of(span, bench.aims.hard)
    value = np.concatenate(
        [
            np.zeros(len(span.works)),
            worth.cell[span.cells] * span.room_f,
            np.zeros(len(span.facilities)),
            worth.weakest[places] * weakest_room,
            bench.aims.kappa * soft.worth,
            np.zeros(len(hard.worth)),
        ]
    )
    hard_worth = np.concatenate([np.zeros(len(value) - len(hard.worth)), hard.worth])
    unit = max(float(value.sum()), float(hard_worth.sum()), 1e-12) / WHOLE
    rows = Rows(span, places, weakest_low, weakest_room, soft, hard, marks)
    rows.add_physics(plain=plain)
    if rules:
        rows.add_rules(bench, base)
    matrix, upper = rows.finish()
    low, high = np.zeros(len(value)), np.ones(len(value))
    if rules:
        low[: len(span.works)] = np.isin(span.works, np.array(bench.rules.forced, dtype=np.int64))
    return Programme(
        span, value / unit, hard_worth / unit, matrix, upper, low, high, places, weakest_low, weakest_room, soft, hard,
        tuple(base), unit, marks,
    )  # fmt: skip


def short_of(span: Span, floor: Floor) -> Short:
    room = np.minimum(floor.share[span.cells], span.high.works[span.cells]) - span.low.works[span.cells]
    cell = np.flatnonzero((floor.rate[span.cells] > 0) & (room > NO_ROOM))
    return Short(cell, room[cell], floor.rate[span.cells][cell] * room[cell])


class Rows:
    """Collects rows `variable - terms <= constant`, each divided by the room of its variable."""

    def __init__(
        self,
        span: Span,
        places: Ints,
        weakest_low: Floats,
        weakest_room: Floats,
        soft: Short,
        hard: Short,
        marks: tuple[Flags, int],
    ) -> None:
        self.span, self.places, self.marks = span, places, marks
        self.weakest_low, self.weakest_room, self.shorts = weakest_low, weakest_room, (soft, hard)
        sizes = [len(span.works), len(span.cells), len(span.facilities), len(places), len(soft.cell), len(hard.cell)]
        self.first = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        self.blocks: list[sparse.csr_matrix] = []
        self.upper: list[Floats] = []
        self.rules: list[tuple[dict[int, float], float]] = []

    def add(self, kind: int, owner: Ints, room: Floats, constant: Floats, terms: dict[int, sparse.csr_matrix]) -> None:
        """Rows for the variables `owner` of a kind: x <= (constant + terms) / room, for those that can bind."""
        binds = np.flatnonzero(constant < room * (1 - 1e-12))
        if not len(binds):
            return
        factor = 1.0 / room[binds]
        count = len(binds)
        own = sparse.csr_matrix(
            (np.ones(count), (np.arange(count), self.first[kind] + owner[binds])), shape=(count, int(self.first[-1]))
        )
        for other, block in terms.items():
            part = rows_times(block.tocsr()[binds], factor).tocoo()
            own = own - sparse.csr_matrix((part.data, (part.row, self.first[other] + part.col)), shape=own.shape)
        self.blocks.append(own.tocsr())
        self.upper.append(constant[binds] * factor)

    def add_physics(self, *, plain: bool) -> None:
        span = self.span
        cells, facilities = np.arange(len(span.cells)), np.arange(len(span.facilities))
        bounds = work_bounds(span)
        supports = span.supports
        if plain:
            reach, capacity = Bounds(span.local_slack, span.local_adds), Bounds(span.capacity_slack, span.capacity_adds)
            backup = supports.adds
        else:
            reach, capacity = bounds.reach, bounds.capacity
            left = np.repeat(span.room_e[supports.owner] - supports.slack, np.diff(supports.adds.indptr))
            backup = supports.adds.copy()
            backup.data = np.minimum(backup.data, left)
        self.add(1, cells, span.room_f, span.supply_slack, {2: rows_by(span.supply, span.room_e)})
        self.add(1, cells, span.room_f, reach.constant, {0: reach.works})
        self.add(2, facilities, span.room_e, capacity.constant, {0: capacity.works})
        moves = supports.cell >= 0
        slope = sparse.csr_matrix(
            (
                (supports.slope * np.append(span.room_f, 0.0)[supports.cell])[moves],
                (np.flatnonzero(moves), supports.cell[moves]),
            ),
            shape=(len(supports.owner), len(span.cells)),
        )
        self.add(2, supports.owner, span.room_e[supports.owner], supports.slack, {0: backup, 1: slope})
        if not plain:
            self.add(1, cells, span.room_f, bounds.supplied.constant, {0: bounds.supplied.works})
            follows = np.flatnonzero(moves)
            self.add(
                2,
                supports.owner[follows],
                span.room_e[supports.owner[follows]],
                bounds.supported.constant[follows],
                {0: bounds.supported.works[follows]},
            )
        self.add_weakest(bounds, plain=plain)
        for kind, short in ((4, self.shorts[0]), (5, self.shorts[1])):
            own = np.arange(len(short.cell))
            room = sparse.csr_matrix((span.room_f[short.cell], (own, short.cell)), shape=(len(own), len(span.cells)))
            self.add(kind, own, short.room, np.zeros(len(own)), {1: room})
            if not plain:
                for bound in (bounds.reach, bounds.supplied):
                    self.add_cut(kind, own, short.room, np.zeros(len(own)), bound, short.cell)

    def add_weakest(self, bounds: WorkBounds, *, plain: bool) -> None:
        """z is at most every essential F that counts and is below what z may reach."""
        counts, services = self.marks
        span = self.span
        number = np.full(len(counts), -1, dtype=np.int64)
        number[span.cells] = np.arange(len(span.cells))
        grid = self.places[:, None] * services + np.arange(services)
        owner, column = np.nonzero(counts[grid] & (number[grid] >= 0))
        cell = number[grid[owner, column]]
        above = span.low.works[span.cells][cell] - self.weakest_low[owner]
        own = sparse.csr_matrix((span.room_f[cell], (np.arange(len(cell)), cell)), shape=(len(cell), len(span.cells)))
        room = self.weakest_room[owner]
        self.add(3, owner, room, above, {1: own})
        if not plain:
            for bound in (bounds.reach, bounds.supplied):
                self.add_cut(3, owner, room, above, bound, cell)

    def add_cut(self, kind: int, owner: Ints, room: Floats, above: Floats, bound: Bounds, cell: Ints) -> None:
        """x <= above + bound of the cell, with its coefficients cut to this row's room."""
        constant = above + bound.constant[cell]
        works = bound.works[cell]
        works.data = np.minimum(works.data, np.repeat(np.maximum(room - constant, 0.0), np.diff(works.indptr)))
        self.add(kind, owner, room, constant, {0: works})

    def add_rules(self, bench: Workbench, base: Sequence[int]) -> None:
        rules, works = bench.rules, self.span.works
        column = np.full(len(rules.closures), -1, dtype=np.int64)
        column[works] = np.arange(len(works))
        pairs = [
            (column[work], column[other])
            for work in works
            for other in bench.case.interventions[work].requires
            if column[other] >= 0
        ]
        for work, other in pairs:
            self.rules.append(({int(work): 1.0, int(other): -1.0}, 0.0))
        held = set(base)
        for members in rules.groups:
            free = [int(column[work]) for work in members if column[work] >= 0]
            if free:
                self.rules.append((dict.fromkeys(free, 1.0), 0.0 if held & set(members) else 1.0))
        for budget in rules.budgets:
            scale = WHOLE / max(budget.limit, 1e-12)
            left = budget.limit - float(budget.cost[list(base)].sum())
            costs = {int(column[work]): float(budget.cost[work]) * scale for work in works if budget.cost[work] > 0}
            self.rules.append((costs, max(left, 0.0) * scale))

    def finish(self) -> tuple[sparse.csr_matrix, Floats]:
        rows = [row for row, (terms, _) in enumerate(self.rules) for _ in terms]
        columns = [column for terms, _ in self.rules for column in terms]
        values = [value for terms, _ in self.rules for value in terms.values()]
        rules = sparse.csr_matrix((values, (rows, columns)), shape=(len(self.rules), int(self.first[-1])))
        matrix = sparse.vstack([*self.blocks, rules], format="csr")
        matrix.eliminate_zeros()
        return matrix, np.concatenate([*self.upper, np.array([limit for _, limit in self.rules])])


def rows_by(block: sparse.csr_matrix, columns: Floats) -> sparse.csr_matrix:
    """The block with every column multiplied."""
    return block.dot(sparse.diags(columns)).tocsr()
