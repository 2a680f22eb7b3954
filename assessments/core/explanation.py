"""Why a work stands where it stands: whom it helps, what binds afterwards, and what it needs beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from assessments.core.case import Ints, PlanningCase
from assessments.core.effects import id_order
from assessments.core.limits import Search, reliefs_of
from assessments.core.local import KINDS
from assessments.core.ranking import RankedWork, Ranking, exclusive
from assessments.core.reasons import Limit, Reasons, facility_limits, reasons_for, supply_to
from assessments.core.worklist import STEP, Touched
from assessments.core.works import EffectKind

# How many places of a work are looked at for reasons and related works, and how many related works are told.
PLACES_LOOKED_AT = 4
UNLOCKERS_TOLD = 5
# Parts are told down to this share of the noise, so that they sum to the gain.
SMALLEST_PART = 1e-5


class Binding(StrEnum):
    """What binds after a work. The last two explain a zero gain only."""

    DEMAND_MET = "demand_met"
    OWN_CAPACITY = "own_capacity"
    SUPPORT = "support"
    LOCAL_REACH = "local_reach"
    NO_PROVIDER = "no_provider"
    NO_DEMAND = "no_demand"
    UNKNOWN = "unknown"
    NO_WEIGHT = "no_weight"
    NO_EFFECT = "no_effect"


@dataclass(frozen=True)
class WorkReason:
    """What binds after the work; numbers of the case, -1 where they do not apply. `level` is the share the limit
    stands at: of the support, the local reach, or the facility's own capacity over the nominal one."""

    binding: Binding
    gains: bool
    facility: int = -1
    service: int = -1
    neighbourhood: int = -1
    level: float = float("nan")

    def sentence(self, case: PlanningCase) -> str:
        """In plain English, as the command line prints it."""
        facility = case.facility_ids[self.facility] if self.facility >= 0 else ""
        service = case.service_ids[self.service] if self.service >= 0 else ""
        place = case.neighbourhood_ids[self.neighbourhood] if self.neighbourhood >= 0 else ""
        words = {
            Binding.DEMAND_MET: "the demand is met",
            Binding.OWN_CAPACITY: f"{facility} is limited by its own capacity ({self.level:.2f})",
            Binding.SUPPORT: f"{facility} is limited by {service} ({self.level:.2f})",
            Binding.LOCAL_REACH: f"{service} in {place} is limited by local reach ({self.level:.2f})",
            Binding.NO_PROVIDER: f"no facility brings {service} to {place}",
            Binding.NO_DEMAND: f"nobody in {place} needs {service}",
            Binding.UNKNOWN: f"{service} in {place} is not known",
            Binding.NO_WEIGHT: f"{service} has no weight in the index",
            Binding.NO_EFFECT: "it changes nothing",
        }[self.binding]
        return f"then {words}" if self.gains else f"no gain alone: {words}"


@dataclass(frozen=True)
class Part:
    """Gain in one neighbourhood from one service, and what binds there after the work (a reason code)."""

    neighbourhood: int
    service: int
    gain: float
    reason: str


@dataclass(frozen=True)
class Explanation:
    """`parts` and `weakest` (neighbourhood number, gain) sum to the gain of the work; `unlockers` are (intervention
    number, pair bonus): above 0 they complete each other, below 0 they replace each other."""

    work: RankedWork
    parts: tuple[Part, ...]
    weakest: tuple[tuple[int, float], ...]
    reason: WorkReason
    unlockers: tuple[tuple[int, float], ...]


def explain(ranking: Ranking, works: Iterable[RankedWork] | None = None) -> list[Explanation]:
    """Explanations of these works, of all without."""
    return Explainer(ranking).explain(ranking.works if works is None else works)


class Explainer:
    """Tries works one by one on the state of a ranking, which is left as it was."""

    def __init__(self, ranking: Ranking) -> None:
        self.ranking, self.case, self.state = ranking, ranking.case, ranking.state
        self.structure, self.live = ranking.state.structure, ranking.state.live
        self.closure_of = {work.number: work.closure for work in ranking.works}
        self.reliefs = reliefs_of(self.case, ranking.effects)

    def explain(self, works: Iterable[RankedWork]) -> list[Explanation]:
        found = [(work, *self.look_at(work)) for work in works]
        pairs = [(work.number, other) for work, _, _, _, others in found for other in others]
        unions = [tuple(dict.fromkeys((*self.closure_of[one], *self.closure_of[two]))) for one, two in pairs]
        together = self.state.gains(unions, self.ranking.effects)
        bonus: dict[int, list[tuple[int, float]]] = {}
        for (one, two), gain in zip(pairs, together, strict=True):
            extra = float(gain - self.ranking.gains[one] - self.ranking.gains[two])
            if abs(extra) > 10 * self.ranking.noise:
                bonus.setdefault(one, []).append((two, extra))
        return [
            Explanation(work, parts, weakest, reason, self.told(bonus.get(work.number, [])))
            for work, parts, weakest, reason, _ in found
        ]

    def told(self, bonuses: list[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
        strongest = sorted(bonuses, key=lambda pair: (-abs(pair[1]), id_order(self.case.interventions[pair[0]].id)))
        return tuple(sorted(strongest[:UNLOCKERS_TOLD], key=lambda pair: -pair[1]))

    def look_at(
        self, work: RankedWork
    ) -> tuple[tuple[Part, ...], tuple[tuple[int, float], ...], WorkReason, list[int]]:
        touched, undo = self.state.add_works(work.closure, self.ranking.effects)
        gains, places, weakest = self.state.gain_parts(touched)
        noise = self.ranking.noise
        matters = np.abs(gains) > noise * SMALLEST_PART
        cells, gains = touched.cells[matters], gains[matters]
        by_cell = np.argsort(cells)
        cells, gains = cells[by_cell], gains[by_cell]
        reasons = self.reasons_at(cells)
        services = self.structure.services
        parts = tuple(
            Part(*divmod(int(cell), services), float(gain), reasons.code(self.case, position))
            for position, (cell, gain) in enumerate(zip(cells, gains, strict=True))
        )
        lowest = tuple(
            (int(n), float(g)) for n, g in zip(places, weakest, strict=True) if abs(g) > noise * SMALLEST_PART
        )
        start_facilities, start_cells = self.starts(work, touched)
        left = self.most_left(cells)
        reason = self.then(left) if work.gain > 0 else self.why_nothing(work, touched)
        related = self.search(start_facilities, [*start_cells, *left.tolist()])
        self.state.put_back(touched, undo)
        most = cells[np.argsort(-gains, kind="stable")[:PLACES_LOOKED_AT]]
        related += self.search([], most.tolist())
        return parts, lowest, reason, self.possible(work, related)

    def search(self, facilities: list[int], cells: list[int]) -> list[int]:
        return Search(self.structure, self.live, self.reliefs).relieving(facilities, cells)

    def possible(self, work: RankedWork, related: list[int]) -> list[int]:
        """Works that could be chosen beside this one and do not contain it or the other way round."""
        result = []
        for other in dict.fromkeys(related):
            mine, theirs = work.closure, self.closure_of[other]
            if other not in mine and work.number not in theirs and not exclusive(self.case, (*mine, *theirs)):
                result.append(other)
        return result

    def reasons_at(self, cells: Ints) -> Reasons:
        """Reasons in the present state."""
        nobody = np.zeros(len(cells))
        inputs = self.state.inputs
        supply = supply_to(self.structure, inputs, self.live.effective, cells, nobody)
        return reasons_for(
            self.case, self.structure, inputs, self.live.effective, self.live.works, supply, cells,
            self.case.demand.ravel()[cells], reach=self.live.cap[cells],
        )  # fmt: skip

    def most_left(self, cells: Ints) -> Ints:
        """Of these cells those where most is still missing, most first."""
        missing = self.state.worth.cell[cells] * (1 - self.live.works[cells])
        first = np.argsort(-missing, kind="stable")[:PLACES_LOOKED_AT]
        return cells[first[missing[first] > self.ranking.noise]]

    def starts(self, work: RankedWork, touched: Touched) -> tuple[list[int], list[int]]:
        """What the work acts on, and who needs what it has moved."""
        facilities, cells = [], []
        for kind, at in self.effects_of(work):
            if kind == EffectKind.LOCAL:
                cells.append(at)
            else:
                facilities.append(at if kind == EffectKind.CAPACITY else int(self.structure.dep_fac[at]))
        for cell in touched.cells[:PLACES_LOOKED_AT].tolist():
            facilities += self.needing(cell)[:PLACES_LOOKED_AT]
        return facilities, cells

    def needing(self, cell: int) -> list[int]:
        start, end = self.structure.need_ptr[cell : cell + 2]
        return [int(f) for f in self.structure.need_fac[start:end]]

    def effects_of(self, work: RankedWork) -> list[tuple[EffectKind, int]]:
        """Kind and target of every effect of the closure, the work's own first."""
        effects = self.ranking.effects
        return [
            (KINDS[effects.kind[entry]], int(effects.at[entry]))
            for one in work.closure
            for entry in range(int(effects.ptr[one]), int(effects.ptr[one + 1]))
        ]

    def then(self, left: Ints) -> WorkReason:
        """What binds after a work that gains, where most is still missing."""
        return self.about_cell(int(left[0]), gains=True) if len(left) else WorkReason(Binding.DEMAND_MET, gains=True)

    def why_nothing(self, work: RankedWork, touched: Touched) -> WorkReason:
        """Follows the work's effect to where it stops."""
        for kind, at in self.effects_of(work):
            if kind == EffectKind.LOCAL:
                return self.stopped_at(at, touched)
            f = at if kind == EffectKind.CAPACITY else int(self.structure.dep_fac[at])
            before = touched.effective_before[touched.facilities == f]
            if not len(before) or self.live.effective[f] - before[0] <= STEP * self.live.nominal[f]:
                return self.about_facility(f, gains=False)
            links = range(int(self.structure.fac_ptr[f]), int(self.structure.fac_ptr[f + 1]))
            cells = [int(self.structure.fac_cell[k]) for k in links]
            if cells:
                people = self.case.weighted_people[[cell // self.structure.services for cell in cells]]
                return self.stopped_at(cells[int(np.argmax(people))], touched)
        return WorkReason(Binding.NO_EFFECT, gains=False)

    def stopped_at(self, cell: int, touched: Touched) -> WorkReason:
        """Why nothing comes of what reaches this cell."""
        n, s = divmod(cell, self.structure.services)
        before = touched.works_before[touched.cells == cell]
        if not len(before) or self.live.works[cell] - before[0] <= STEP:
            return self.about_cell(cell, gains=False)
        held = [f for f in self.needing(cell) if self.live.effective[f] < self.live.nominal[f] * (1 - STEP)]
        if held:
            return self.about_facility(held[0], gains=False)
        if self.case.demand[n, s] <= 0 or self.case.weighted_people[n] <= 0:
            return WorkReason(Binding.NO_DEMAND, gains=False, service=s, neighbourhood=n)
        if self.state.worth.in_weakest[cell]:
            row = np.arange(n * self.structure.services, (n + 1) * self.structure.services)
            row = row[self.state.worth.in_weakest[row]]
            return self.about_cell(int(row[np.argmin(self.live.works[row])]), gains=False)
        return WorkReason(Binding.NO_WEIGHT, gains=False, service=s, neighbourhood=n)

    def about_facility(self, f: int, *, gains: bool) -> WorkReason:
        dependency = int(facility_limits(self.structure, self.state.inputs, self.live.works, np.array([f]))[0])
        place = int(self.case.stands_in[f])
        if dependency >= 0:
            level = float(self.live.works[self.structure.dep_cell[dependency]])
            service = int(self.case.depends_service[dependency])
            return WorkReason(Binding.SUPPORT, gains, f, service, place, level)
        nominal = float(self.live.nominal[f])
        level = float(self.live.effective[f]) / nominal if nominal > 0 else 0.0
        return WorkReason(Binding.OWN_CAPACITY, gains, f, int(self.case.service_of[f]), place, level)

    def about_cell(self, cell: int, *, gains: bool) -> WorkReason:
        reasons = self.reasons_at(np.array([cell]))
        limit = Limit(int(reasons.limit[0]))
        n, s = divmod(cell, self.structure.services)
        if limit in (Limit.OWN_CAPACITY, Limit.SUPPORT):
            return self.about_facility(int(reasons.facility[0]), gains=gains)
        return WorkReason(Binding(limit.word), gains, -1, s, n, float(self.live.works[cell]))
