"""What holds a facility or a service down just now, and which works would relieve it."""

from collections import defaultdict
from dataclasses import dataclass, field

from assessments.core.case import PlanningCase
from assessments.core.dependencies import Structure
from assessments.core.local import KINDS, Effects
from assessments.core.reasons import TIE
from assessments.core.worklist import Live
from assessments.core.works import EffectKind

# How far the search for relief goes: things looked at, works found.
LOOKED_AT = 60
FOUND = 12


@dataclass(frozen=True)
class Reliefs:
    """Interventions by what they add to: a facility's capacity, a dependency's backup, a cell's local reach."""

    capacity: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    backup: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    local: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))


def reliefs_of(case: PlanningCase, effects: Effects) -> Reliefs:
    reliefs = Reliefs()
    tables = {EffectKind.CAPACITY: reliefs.capacity, EffectKind.BACKUP: reliefs.backup, EffectKind.LOCAL: reliefs.local}
    for work in range(len(case.interventions)):
        for entry in range(int(effects.ptr[work]), int(effects.ptr[work + 1])):
            tables[KINDS[effects.kind[entry]]][int(effects.at[entry])].append(work)
    return reliefs


@dataclass
class Search:
    """One search upstream from what is limited, nearest first. Cells and facilities are numbers of the structure."""

    structure: Structure
    live: Live
    reliefs: Reliefs
    found: dict[int, None] = field(default_factory=dict)
    seen: set[tuple[str, int]] = field(default_factory=set)

    def relieving(self, facilities: list[int], cells: list[int]) -> list[int]:
        """Interventions that add to what binds these facilities and cells, or what binds their supports in turn."""
        waiting = [("facility", f) for f in facilities] + [("cell", c) for c in cells]
        while waiting and len(self.seen) < LOOKED_AT and len(self.found) < FOUND:
            thing = waiting.pop(0)
            if thing in self.seen:
                continue
            self.seen.add(thing)
            waiting += self.above_facility(thing[1]) if thing[0] == "facility" else self.above_cell(thing[1])
        return list(self.found)

    def add(self, works: list[int]) -> None:
        self.found.update(dict.fromkeys(works))

    def above_facility(self, f: int) -> list[tuple[str, int]]:
        live, structure = self.live, self.structure
        nominal, effective = float(live.nominal[f]), float(live.effective[f])
        slack = TIE * nominal
        if effective >= nominal - slack:
            return []
        if live.current[f] <= effective + slack:
            self.add(self.reliefs.capacity.get(f, []))
        next_things = []
        for d in range(int(structure.dep_ptr[f]), int(structure.dep_ptr[f + 1])):
            cell = int(structure.dep_cell[d])
            lost = 1 - structure.dep_strength[d] * (1 - live.works[cell])
            if nominal * lost + live.backup[d] <= effective + slack:
                self.add(self.reliefs.backup.get(d, []))
                next_things.append(("cell", cell))
        return next_things

    def above_cell(self, c: int) -> list[tuple[str, int]]:
        works, cap = float(self.live.works[c]), float(self.live.cap[c])
        if works >= 1 - TIE:
            return []
        if works >= cap - TIE:
            self.add(self.reliefs.local.get(c, []))
        links = range(int(self.structure.cell_ptr[c]), int(self.structure.cell_ptr[c + 1]))
        return [("facility", int(self.structure.cell_fac[k])) for k in links]
