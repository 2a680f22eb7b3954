"""The first answer: works with their prerequisites by gain per cost, looked at again as the gains change.

No guarantee (functionality.md 7.4): works that only help together may never be taken up. It is where search begins.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from assessments.core.engine import Engine
from assessments.core.local import LocalState
from assessments.core.planning.evaluation import Workbench
from assessments.core.ranking import SMALLEST, noise_of

Entry = tuple[float, float, float, int, int, int]


def greedy(
    bench: Workbench, *, engine: Engine = Engine.AUTO, on: Sequence[int] = (), stop: Callable[[], bool] | None = None
) -> tuple[int, ...]:
    """Works chosen on top of the mandatory ones and of `on`, in the order of ids. `stop` is asked now and then."""
    search = Search(bench, engine)
    search.take(sorted({*bench.rules.forced, *on}))
    search.look(np.flatnonzero(bench.rules.allowed).tolist())
    search.run(stop)
    alone = search.best_alone
    found = bench.rules.sorted(search.held)
    if alone and not search.began_with and bench.gain(alone) > bench.gain(found):
        return bench.rules.sorted(alone)
    return found


class Search:
    """The state of one greedy search: what is held, what is left of every budget, a heap of candidates."""

    def __init__(self, bench: Workbench, engine: Engine) -> None:
        self.bench, self.rules = bench, bench.rules
        self.state = LocalState(bench.case, engine=engine, structure=bench.structure, start=bench.start)
        self.state.worth = bench.aims.worth
        self.noise = noise_of(bench.case)
        self.held: dict[int, None] = {}
        self.left = [budget.most for budget in self.rules.budgets]
        self.excluded: set[int] = set()
        self.heap: list[Entry] = []
        self.seen = np.zeros(len(self.rules.closures), dtype=np.int64)
        self.round = 0
        self.looked = np.full(len(self.rules.closures), -1, dtype=np.int64)
        self.best_alone: tuple[int, ...] = ()
        self.began_with: tuple[int, ...] = ()
        self.acting = works_by_facility(bench)
        self.groups: dict[int, tuple[int, ...]] = {work: members for members in self.rules.groups for work in members}

    def take(self, works: Sequence[int]) -> list[int]:
        """Does these works and gives those whose gain may have changed."""
        fresh = [work for work in works if work not in self.held]
        if not fresh:
            return []
        touched, _ = self.state.add_works(fresh, self.bench.effects)
        self.held.update(dict.fromkeys(fresh))
        if not self.heap:
            self.began_with = tuple(fresh)
        near: set[int] = set()
        for work in fresh:
            near.update(self.rules.dependents[work])
            for other in self.groups.get(work, ()):
                if other not in self.held:
                    self.excluded.update(self.rules.dependents[other])
        for number, budget in enumerate(self.rules.budgets):
            self.left[number] -= float(budget.cost[fresh].sum())
        structure = self.bench.structure
        for cell in touched.cells.tolist():
            for facility in structure.need_fac[structure.need_ptr[cell] : structure.need_ptr[cell + 1]].tolist():
                near.update(self.acting[facility])
        for facility in touched.facilities.tolist():
            near.update(self.acting[facility])
        return [work for work in near if work not in self.held and self.rules.allowed[work]]

    def look(self, works: Sequence[int]) -> None:
        """Puts candidates on the heap with their gain as it is now."""
        free = [work for work in works if work not in self.held and work not in self.excluded]
        sets = [[other for other in self.rules.closures[work] if other not in self.held] for work in free]
        gains = self.state.gains(sets, self.bench.effects)
        best = -1.0
        for work, needed, gain in zip(free, sets, gains.tolist(), strict=True):
            self.seen[work] += 1
            self.looked[work] = self.round
            if gain <= self.noise:
                continue
            cost = float(self.rules.cost[needed].sum())
            ratio = gain / cost if cost > SMALLEST else np.inf
            heapq.heappush(self.heap, (-ratio, -gain, cost, int(self.rules.ids[work]), work, int(self.seen[work])))
            if self.round == 0 and gain > best and self.fits(needed):
                best, self.best_alone = gain, tuple(needed)

    def fits(self, works: Sequence[int]) -> bool:
        return all(
            float(budget.cost[list(works)].sum()) <= left
            for budget, left in zip(self.rules.budgets, self.left, strict=True)
        )

    def run(self, stop: Callable[[], bool] | None) -> None:
        while self.heap:
            *_, work, seen = heapq.heappop(self.heap)
            if seen != self.seen[work] or work in self.held or work in self.excluded:
                continue
            needed = [other for other in self.rules.closures[work] if other not in self.held]
            if not self.fits(needed) or self.clash(needed):
                continue
            if self.looked[work] < self.round:
                self.look([work])
                continue
            if stop is not None and self.round % 64 == 0 and stop():
                return
            self.round += 1
            self.look(self.take(needed))

    def clash(self, works: Sequence[int]) -> bool:
        groups = [self.groups[work] for work in works if work in self.groups]
        return len(groups) != len(set(groups)) or any(
            other in self.held for members in groups for other in members if other not in works
        )


def works_by_facility(bench: Workbench) -> dict[int, list[int]]:
    """The allowed works that add to each facility's capacity or backup."""
    result: dict[int, list[int]] = defaultdict(list)
    effects, structure = bench.effects, bench.structure
    for work in np.flatnonzero(bench.rules.allowed).tolist():
        for entry in range(int(effects.ptr[work]), int(effects.ptr[work + 1])):
            if effects.kind[entry] == 0:
                result[int(effects.at[entry])].append(work)
            elif effects.kind[entry] == 1:
                result[int(structure.dep_fac[effects.at[entry]])].append(work)
    return result
