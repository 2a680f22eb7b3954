"""Following one change through the dependencies, in plain numpy: the readable twin of the compiled worklist.

An upward pass starts from a point that is too low and only raises; a downward pass starts from a point that is too high
and only lowers, which always ends in the greatest fixed point below it. In a fully dependent cycle there may be several
fixed points, and rising from a low point could stop at a wrong one: the upward pass puts every such cycle it meets to
its ceiling and leaves it to the downward pass that follows.
"""

from typing import NamedTuple

import numpy as np

from assessments.core.case import Floats, Ints
from assessments.core.dependencies import Inputs, Structure, ragged

# Steps smaller than this are not followed: relative to K for facilities, absolute for cells.
STEP = 1e-13
# Evaluations per facility after which a cycle that does not settle is left.
PATIENCE = 4000


class Live(NamedTuple):
    """The arrays of `Inputs` and `FixedPoint` that a change writes to."""

    nominal: Floats
    current: Floats
    backup: Floats
    per_load: Floats
    cap: Floats
    given: Floats
    effective: Floats
    works: Floats


class Touched(NamedTuple):
    """What a pass may have moved, with the values before; facilities evaluated in all; whether it settled."""

    facilities: Ints
    effective_before: Floats
    cells: Ints
    works_before: Floats
    evaluations: int
    settled: bool


class Change(NamedTuple):
    """New values by position, for each of the six inputs: (positions, values)."""

    nominal: tuple[Ints, Floats]
    current: tuple[Ints, Floats]
    backup: tuple[Ints, Floats]
    per_load: tuple[Ints, Floats]
    cap: tuple[Ints, Floats]
    given: tuple[Ints, Floats]


NOTHING: tuple[Ints, Floats] = (np.zeros(0, dtype=np.int64), np.zeros(0))


def no_change() -> Change:
    return Change(*(NOTHING for _ in Change._fields))


def difference(old: Inputs | Live, new: Inputs) -> Change:
    """What has to change for the inputs `old` to become `new`."""
    pairs = []
    for name in Inputs._fields:
        before, after = getattr(old, name), getattr(new, name)
        positions = np.flatnonzero(before != after)
        pairs.append((positions, after[positions]))
    return Change(*pairs)


def start_points(structure: Structure, live: Live, change: Change, *, up: bool) -> tuple[Ints, Ints]:
    """Writes the part of the change that raises (or lowers) and gives the facilities and cells it acts on."""
    facilities, cells = [], []
    for name, (positions, values) in zip(Change._fields, change, strict=True):
        if not len(positions):
            continue
        array = getattr(live, name)
        moves = values > array[positions] if up else values < array[positions]
        at = positions[moves]
        array[at] = values[moves]
        if name in ("cap", "given"):
            cells.append(at)
        elif name == "backup":
            facilities.append(structure.dep_fac[at])
        elif name == "per_load":
            facilities.append(at)
            cells.append(structure.fac_cell[ragged(structure.fac_ptr, at)[0]])
        else:
            facilities.append(at)
    return unique(facilities), unique(cells)


def unique(parts: list[Ints]) -> Ints:
    return np.unique(np.concatenate(parts)) if parts else NOTHING[0]


def follow(structure: Structure, live: Live, change: Change) -> Touched:
    """Makes the change and brings E and F to the new greatest fixed point."""
    effective, works = live.effective.copy(), live.works.copy()
    facilities, cells = start_points(structure, live, change, up=True)
    rising, pinned, settled_up = spread(structure, live, facilities, cells, up=True)
    facilities, cells = start_points(structure, live, change, up=False)
    falling, _, settled_down = spread(structure, live, unique([facilities, pinned]), cells, up=False)
    moved = np.flatnonzero(effective != live.effective)
    moved_cells = np.flatnonzero(works != live.works)
    return Touched(
        moved, effective[moved], moved_cells, works[moved_cells], rising + falling, settled_up and settled_down
    )


def spread(structure: Structure, live: Live, facilities: Ints, cells: Ints, *, up: bool) -> tuple[int, Ints, bool]:
    """One pass in one direction. Gives evaluations, facilities put to their ceiling, and whether it settled."""
    better = np.maximum if up else np.minimum
    pinned = np.zeros(len(live.current), dtype=bool)
    evaluations, patience = 0, PATIENCE * (len(live.current) + 1)
    move_cells(structure, live, cells)
    # Whoever needs a changed cell is looked at even if the cell has not moved: in a cycle that is down it could.
    waiting = unique([facilities, needing(structure, cells)])
    while len(waiting) and evaluations < patience:
        if up:
            waiting = pin_loops(structure, waiting, pinned)
        evaluations += len(waiting)
        value = better(live.effective[waiting], own_value(structure, live, waiting, pinned, up=up))
        moved = np.abs(value - live.effective[waiting]) > STEP * live.nominal[waiting]
        live.effective[waiting[moved]] = value[moved]
        reached = np.unique(structure.fac_cell[ragged(structure.fac_ptr, waiting[moved])[0]])
        waiting = needing(structure, move_cells(structure, live, reached))
    return evaluations, np.flatnonzero(pinned), not len(waiting)


def pin_loops(structure: Structure, waiting: Ints, pinned: np.ndarray) -> Ints:
    """Adds the whole cycle of every waiting facility that is in a fully dependent one and not yet at its ceiling."""
    loops = np.unique(structure.loop[waiting[~pinned[waiting]]])
    loops = loops[loops >= 0]
    if not len(loops):
        return waiting
    members = structure.loop_fac[ragged(structure.loop_ptr, loops)[0]]
    pinned[members] = True
    return unique([waiting, members])


def own_value(structure: Structure, live: Live, facilities: Ints, pinned: np.ndarray, *, up: bool) -> Floats:
    """E of these facilities from the present F; C where pinned."""
    value = live.current[facilities].copy()
    position, ptr = ragged(structure.dep_ptr, facilities)
    has = np.flatnonzero(np.diff(ptr) > 0)
    if len(has):
        lost = 1 - structure.dep_strength[position] * (1 - live.works[structure.dep_cell[position]])
        bound = live.nominal[structure.dep_fac[position]] * lost + live.backup[position]
        held = np.minimum(value[has], np.minimum.reduceat(bound, ptr[has]))
        value[has] = np.where(pinned[facilities[has]] & up, value[has], held)
    return value


def move_cells(structure: Structure, live: Live, cells: Ints) -> Ints:
    """Brings F of these cells up to date and gives those that moved."""
    position, ptr = ragged(structure.cell_ptr, cells)
    source = structure.cell_fac[position]
    supply = live.given[cells].copy()
    filled = np.flatnonzero(np.diff(ptr) > 0)
    if len(filled):
        amount = structure.cell_weight[position] * live.per_load[source] * live.effective[source]
        supply[filled] += np.add.reduceat(amount, ptr[filled])
    value = np.minimum(live.cap[cells], supply)
    moved = np.abs(value - live.works[cells]) > STEP
    live.works[cells] = value
    return cells[moved]


def needing(structure: Structure, cells: Ints) -> Ints:
    """The facilities that need one of these cells."""
    return np.unique(structure.need_fac[ragged(structure.need_ptr, cells)[0]])
