"""One fact changes: the fixed point follows locally, and only what the change can reach is computed again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assessments.core import worklist
from assessments.core.case import Floats, Ints, PlanningCase
from assessments.core.dependencies import FixedPoint, Inputs, Structure, greatest, inputs_of, structure_of
from assessments.core.effects import dependency_number
from assessments.core.engine import Engine, chosen, compiled_worklist
from assessments.core.index import worth_of
from assessments.core.worklist import Change, Live, Touched, difference, no_change
from assessments.core.works import EffectKind

KINDS: tuple[EffectKind, ...] = (EffectKind.CAPACITY, EffectKind.BACKUP, EffectKind.LOCAL)


@dataclass(frozen=True)
class Effects:
    """All effects of the interventions, in rows by intervention. `kind` is a number of KINDS, `at` the facility,
    dependency or cell it adds to; effects that change nothing are left out."""

    ptr: Ints
    kind: Ints
    at: Ints
    add: Floats


class LocalState:
    """The fixed point of a case, kept up to date. `bound` is "point", "lo" or "hi" (see `inputs_of`)."""

    def __init__(
        self,
        case: PlanningCase,
        *,
        engine: Engine = Engine.AUTO,
        bound: str = "point",
        structure: Structure | None = None,
        start: FixedPoint | None = None,
    ) -> None:
        self.bound, self.engine = bound, chosen(engine, case)
        self._compiled = compiled_worklist() if self.engine == Engine.COMPILED else None
        self._begin(case, structure, start)

    def _begin(self, case: PlanningCase, structure: Structure | None, start: FixedPoint | None) -> None:
        self.case = case
        self.structure = structure_of(case) if structure is None else structure
        inputs = inputs_of(case, self.bound)
        point = greatest(self.structure, inputs) if start is None else start
        self.live = Live(*(np.array(array) for array in (*inputs, point.effective, point.works)))
        self.converged = point.converged
        self.worth = worth_of(case)
        if self._compiled is not None:
            self._scratch = self._compiled.scratch_for(self.structure)

    @property
    def inputs(self) -> Inputs:
        return Inputs(*self.live[: len(Inputs._fields)])

    @property
    def point(self) -> FixedPoint:
        return FixedPoint(self.live.effective, self.live.works, 0, self.converged)

    def change_facility(self, facility: int, *, current: float | None = None, nominal: float | None = None) -> Touched:
        """New C or K (service units) of one facility; C above K counts as K."""
        top = float(self.live.nominal[facility]) if nominal is None else nominal
        own = float(self.live.current[facility]) if current is None else current
        at = np.array([facility])
        return self.follow(no_change()._replace(nominal=(at, np.array([top])), current=(at, np.array([min(own, top)]))))

    def change_backup(self, facility: int, service: int, backup: float) -> Touched:
        """New B (service units) of a facility against the loss of a service it depends on."""
        at = np.array([dependency_number(self.case, facility, service)])
        if at[0] < 0:
            raise ValueError("The facility does not depend on this service.")
        return self.follow(no_change()._replace(backup=(at, np.array([backup]))))

    def change_reach(self, neighbourhood: int, service: int, share: float) -> Touched:
        """New local reach of a service in a neighbourhood."""
        cell = neighbourhood * self.structure.services + service
        if self.live.given[cell] > 0:
            return self.follow(no_change())
        return self.follow(no_change()._replace(cap=(np.array([cell]), np.array([min(share, 1.0)]))))

    def become(self, case: PlanningCase) -> None:
        """Follows to another case. Where its services, places, facilities, catchments and dependencies are the same,
        only what the changed numbers reach is computed again, populations included: they change what every facility
        reaching the place gives per person. Else everything is."""
        if same_structure(self.case, case):
            self.follow(difference(self.live, inputs_of(case, self.bound)))
            self.case, self.worth = case, worth_of(case)
        else:
            self._begin(case, None, None)

    def follow(self, change: Change) -> Touched:
        if self._compiled is not None:
            touched: Touched = self._compiled.follow(self.structure, self.live, self._scratch, change)
        else:
            touched = worklist.follow(self.structure, self.live, change)
        self.converged = self.converged and touched.settled
        return touched

    def gain(self, touched: Touched) -> float:
        """Person-functionality gained by a change that has just been followed."""
        parts, places, weakest = self.gain_parts(touched)
        return float(parts.sum() + weakest.sum())

    def gain_parts(self, touched: Touched) -> tuple[Floats, Ints, Floats]:
        """Its parts: per touched cell, and for the weakest service per touched place (numbers, gains)."""
        services = self.structure.services
        moved = self.live.works[touched.cells] - touched.works_before
        counted = touched.cells[self.worth.in_weakest[touched.cells]]
        places = np.unique(counted // services)
        rows = places[:, None] * services + np.arange(services)
        inside = self.worth.in_weakest[rows]
        after = self.live.works[rows]
        before = after.copy()
        position = np.searchsorted(places, touched.cells // services)
        within = (position < len(places)) & (
            places[np.minimum(position, len(places) - 1)] == touched.cells // services
            if len(places)
            else np.zeros(len(touched.cells), dtype=bool)
        )
        before[position[within], touched.cells[within] % services] = touched.works_before[within]
        lowest = [np.where(inside, values, 1.0).min(axis=1, initial=1.0) for values in (after, before)]
        return self.worth.cell[touched.cells] * moved, places, self.worth.weakest[places] * (lowest[0] - lowest[1])

    def gains(self, sets: Sequence[Sequence[int]], effects: Effects) -> Floats:
        """Gain of each set of interventions alone, on top of the present state, which is left as it was."""
        if self._compiled is not None:
            ptr = np.concatenate(([0], np.cumsum([len(works) for works in sets]))).astype(np.int64)
            works = np.array([work for works in sets for work in works], dtype=np.int64)
            result: Floats = self._compiled.gains_of(
                self.structure, self.live, self._scratch, self.worth,
                ptr, works, effects.ptr, effects.kind, effects.at, effects.add,
            )  # fmt: skip
            return result
        gains = np.zeros(len(sets))
        for number, chosen_works in enumerate(sets):
            touched, undo = self.add_works(chosen_works, effects)
            gains[number] = self.gain(touched)
            self.put_back(touched, undo)
        return gains

    def add_works(self, works: Sequence[int], effects: Effects) -> tuple[Touched, Change]:
        """Does these works; the second value puts the inputs back."""
        target = [self.live.current, self.live.backup, self.live.cap]
        ceilings = [self.live.nominal, np.full(len(self.live.backup), np.inf), np.ones(len(self.live.cap))]
        pairs: list[tuple[Ints, Floats]] = []
        undo: list[tuple[Ints, Floats]] = []
        entries = [entry for work in works for entry in range(effects.ptr[work], effects.ptr[work + 1])]
        for kind, (array, ceiling) in enumerate(zip(target, ceilings, strict=True)):
            mine = [entry for entry in entries if effects.kind[entry] == kind]
            at, where = np.unique(effects.at[mine], return_inverse=True)
            value = array[at] + np.bincount(where, weights=effects.add[mine], minlength=len(at))
            pairs.append((at, np.minimum(value, ceiling[at])))
            undo.append((at, array[at]))
        change = no_change()._replace(current=pairs[0], backup=pairs[1], cap=pairs[2])
        return self.follow(change), no_change()._replace(current=undo[0], backup=undo[1], cap=undo[2])

    def put_back(self, touched: Touched, undo: Change) -> None:
        """Restores what a change that has just been followed had moved."""
        self.live.effective[touched.facilities] = touched.effective_before
        self.live.works[touched.cells] = touched.works_before
        for name, (positions, values) in zip(Change._fields, undo, strict=True):
            getattr(self.live, name)[positions] = values


def same_structure(one: PlanningCase, other: PlanningCase) -> bool:
    """Whether two cases have the same services, places, facilities, catchments and dependencies; numbers may differ."""
    ids = ("service_ids", "neighbourhood_ids", "facility_ids")
    arrays = (
        "service_of", "stands_in", "catchment_ptr", "catchment_place", "catchment_weight", "depends_ptr",
        "depends_service", "depends_strength",
    )  # fmt: skip
    return all(getattr(one, name) == getattr(other, name) for name in ids) and all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays
    )


def effects_of(case: PlanningCase) -> Effects:
    """The interventions' effects as arrays. A backup for a service the facility does not need changes nothing."""
    rows: list[tuple[int, int, int, float]] = []
    for number, work in enumerate(case.interventions):
        for effect in work.effects:
            at = effect.target
            if effect.kind == EffectKind.BACKUP:
                at = dependency_number(case, effect.target, effect.service)
            elif effect.kind == EffectKind.LOCAL:
                at = effect.target * len(case.service_ids) + effect.service
            if at >= 0:
                rows.append((number, KINDS.index(effect.kind), at, effect.add))
    owner = np.array([row[0] for row in rows], dtype=np.int64)
    counts = np.bincount(owner, minlength=len(case.interventions))
    return Effects(
        ptr=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        kind=np.array([row[1] for row in rows], dtype=np.int64),
        at=np.array([row[2] for row in rows], dtype=np.int64),
        add=np.array([row[3] for row in rows], dtype=np.float64),
    )
