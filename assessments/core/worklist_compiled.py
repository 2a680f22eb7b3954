"""Following changes through the dependencies, compiled: the fast twin of `worklist`, equal in result.

Imported only through `engine`, because loading numba takes half a second and the first compilation several.
Written for the compiler: plain loops over the arrays of `Structure` and `Live`.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from assessments.core.case import Flags, Floats, Ints
from assessments.core.dependencies import Structure
from assessments.core.index import Worth
from assessments.core.worklist import PATIENCE, STEP, Change, Live, Touched, start_points


class Scratch(NamedTuple):
    """Room for one change: a ring of waiting facilities; which facilities and cells have been touched since the epoch
    began (mark = epoch; list), with their values before (by facility, by cell). `tally`: facilities touched, cells
    touched, facilities pinned, epoch, evaluations, settled. `step` and `patience` are handed over because compiled code
    that is kept on disk would not notice a change of a constant elsewhere."""

    ring: Ints
    waiting: Flags
    fac_mark: Ints
    fac_list: Ints
    fac_before: Floats
    cell_mark: Ints
    cell_list: Ints
    cell_before: Floats
    pinned: Flags
    pin_list: Ints
    tally: Ints
    step: float
    patience: int


def scratch_for(structure: Structure) -> Scratch:
    facilities, cells = len(structure.fac_ptr) - 1, len(structure.cell_ptr) - 1
    return Scratch(
        ring=np.zeros(facilities + 1, dtype=np.int64),
        waiting=np.zeros(facilities, dtype=np.bool_),
        fac_mark=np.zeros(facilities, dtype=np.int64),
        fac_list=np.zeros(facilities, dtype=np.int64),
        fac_before=np.zeros(facilities),
        cell_mark=np.zeros(cells, dtype=np.int64),
        cell_list=np.zeros(cells, dtype=np.int64),
        cell_before=np.zeros(cells),
        pinned=np.zeros(facilities, dtype=np.bool_),
        pin_list=np.zeros(facilities, dtype=np.int64),
        tally=np.zeros(6, dtype=np.int64),
        step=STEP,
        patience=PATIENCE,
    )


def follow(structure: Structure, live: Live, scratch: Scratch, change: Change) -> Touched:
    """Makes the change and brings E and F to the new greatest fixed point."""
    begin(scratch)
    facilities, cells = start_points(structure, live, change, up=True)
    if len(facilities) or len(cells):
        spread(structure, live, scratch, facilities, cells, True)
    facilities, cells = start_points(structure, live, change, up=False)
    pins = scratch.tally[2]
    if pins or len(facilities) or len(cells):
        spread(structure, live, scratch, np.append(facilities, scratch.pin_list[:pins]), cells, False)
    touched, moved = scratch.tally[0], scratch.tally[1]
    facilities, cells = scratch.fac_list[:touched].copy(), scratch.cell_list[:moved].copy()
    return Touched(
        facilities=facilities,
        effective_before=scratch.fac_before[facilities],
        cells=cells,
        works_before=scratch.cell_before[cells],
        evaluations=int(scratch.tally[4]),
        settled=bool(scratch.tally[5]),
    )


def compiled(function: Any) -> Any:
    """Compiled at the first call and kept on disk; without a place to keep it, compiled anew in every process."""
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return njit(nogil=True)(function)


@compiled
def begin(scratch: Scratch) -> None:
    for k in range(scratch.tally[2]):
        scratch.pinned[scratch.pin_list[k]] = False
    scratch.tally[0] = 0
    scratch.tally[1] = 0
    scratch.tally[2] = 0
    scratch.tally[3] += 1
    scratch.tally[4] = 0
    scratch.tally[5] = 1


@compiled
def own_value(structure: Structure, live: Live, f: int) -> float:
    value = live.current[f]
    for d in range(structure.dep_ptr[f], structure.dep_ptr[f + 1]):
        lost = 1.0 - structure.dep_strength[d] * (1.0 - live.works[structure.dep_cell[d]])
        bound = live.nominal[f] * lost + live.backup[d]
        value = min(value, bound)
    return value


@compiled
def cell_value(structure: Structure, live: Live, c: int) -> float:
    supply = live.given[c]
    for k in range(structure.cell_ptr[c], structure.cell_ptr[c + 1]):
        f = structure.cell_fac[k]
        supply += structure.cell_weight[k] * live.per_load[f] * live.effective[f]
    return min(live.cap[c], supply)


@compiled
def touch_cell(live: Live, scratch: Scratch, c: int) -> None:
    if scratch.cell_mark[c] != scratch.tally[3]:
        scratch.cell_mark[c] = scratch.tally[3]
        scratch.cell_list[scratch.tally[1]] = c
        scratch.cell_before[c] = live.works[c]
        scratch.tally[1] += 1


@compiled
def spread(structure: Structure, live: Live, scratch: Scratch, facilities: Ints, cells: Ints, up: bool) -> None:
    size = len(scratch.ring)
    head, tail = 0, 0
    for f in facilities:
        if not scratch.waiting[f]:
            scratch.waiting[f] = True
            scratch.ring[tail] = f
            tail = (tail + 1) % size
    for c in cells:
        touch_cell(live, scratch, c)
        live.works[c] = cell_value(structure, live, c)
        # Whoever needs a changed cell is looked at even if the cell has not moved: in a cycle that is down it could.
        for k in range(structure.need_ptr[c], structure.need_ptr[c + 1]):
            g = structure.need_fac[k]
            if not scratch.waiting[g]:
                scratch.waiting[g] = True
                scratch.ring[tail] = g
                tail = (tail + 1) % size
    patience = scratch.patience * size
    while head != tail:
        f = scratch.ring[head]
        head = (head + 1) % size
        scratch.waiting[f] = False
        if patience == 0:
            scratch.tally[5] = 0
            continue
        patience -= 1
        scratch.tally[4] += 1
        loop = structure.loop[f]
        if up and loop >= 0 and not scratch.pinned[f]:
            for k in range(structure.loop_ptr[loop], structure.loop_ptr[loop + 1]):
                g = structure.loop_fac[k]
                scratch.pinned[g] = True
                scratch.pin_list[scratch.tally[2]] = g
                scratch.tally[2] += 1
                if g != f and not scratch.waiting[g]:
                    scratch.waiting[g] = True
                    scratch.ring[tail] = g
                    tail = (tail + 1) % size
        if up:
            value = live.current[f] if scratch.pinned[f] else own_value(structure, live, f)
            value = max(value, live.effective[f])
        else:
            value = min(own_value(structure, live, f), live.effective[f])
        if abs(value - live.effective[f]) <= scratch.step * live.nominal[f]:
            continue
        if scratch.fac_mark[f] != scratch.tally[3]:
            scratch.fac_mark[f] = scratch.tally[3]
            scratch.fac_list[scratch.tally[0]] = f
            scratch.fac_before[f] = live.effective[f]
            scratch.tally[0] += 1
        live.effective[f] = value
        for k in range(structure.fac_ptr[f], structure.fac_ptr[f + 1]):
            c = structure.fac_cell[k]
            touch_cell(live, scratch, c)
            if structure.need_ptr[c] == structure.need_ptr[c + 1]:
                continue
            works = cell_value(structure, live, c)
            moved = abs(works - live.works[c]) > scratch.step
            live.works[c] = works
            if moved:
                for m in range(structure.need_ptr[c], structure.need_ptr[c + 1]):
                    g = structure.need_fac[m]
                    if not scratch.waiting[g]:
                        scratch.waiting[g] = True
                        scratch.ring[tail] = g
                        tail = (tail + 1) % size
    for k in range(scratch.tally[1]):
        c = scratch.cell_list[k]
        live.works[c] = cell_value(structure, live, c)


@compiled
def put_back(live: Live, scratch: Scratch) -> None:
    for k in range(scratch.tally[0]):
        f = scratch.fac_list[k]
        live.effective[f] = scratch.fac_before[f]
    for k in range(scratch.tally[1]):
        c = scratch.cell_list[k]
        live.works[c] = scratch.cell_before[c]


@compiled
def gained(structure: Structure, live: Live, scratch: Scratch, worth: Worth, places: Ints) -> float:
    """Person-functionality gained by what has been touched. `places` is a mark per place, as `cell_mark`."""
    total = 0.0
    epoch = scratch.tally[3]
    for k in range(scratch.tally[1]):
        c = scratch.cell_list[k]
        total += worth.cell[c] * (live.works[c] - scratch.cell_before[c])
    for k in range(scratch.tally[1]):
        c = scratch.cell_list[k]
        if not worth.in_weakest[c]:
            continue
        n = c // structure.services
        if places[n] == epoch:
            continue
        places[n] = epoch
        after, before = 1.0, 1.0
        for other in range(n * structure.services, (n + 1) * structure.services):
            if worth.in_weakest[other]:
                touched = scratch.cell_mark[other] == epoch
                after = min(after, live.works[other])
                before = min(before, scratch.cell_before[other] if touched else live.works[other])
        total += worth.weakest[n] * (after - before)
    return total


@compiled
def gains_of(
    structure: Structure,
    live: Live,
    scratch: Scratch,
    worth: Worth,
    set_ptr: Ints,
    set_work: Ints,
    effect_ptr: Ints,
    effect_kind: Ints,
    effect_at: Ints,
    effect_add: Floats,
) -> Floats:
    """Gain of each set of works alone. Kinds: 0 capacity (facility), 1 backup (dependency), 2 local (cell)."""
    gains = np.zeros(len(set_ptr) - 1)
    places = np.zeros(len(worth.weakest), dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    longest = 0
    for j in range(len(set_ptr) - 1):
        length = 0
        for k in range(set_ptr[j], set_ptr[j + 1]):
            length += effect_ptr[set_work[k] + 1] - effect_ptr[set_work[k]]
        longest = max(longest, length)
    facilities = np.zeros(longest, dtype=np.int64)
    cells = np.zeros(longest, dtype=np.int64)
    before = np.zeros(longest)
    order = np.zeros(longest, dtype=np.int64)
    for j in range(len(set_ptr) - 1):
        begin(scratch)
        n_fac, n_cell, done = 0, 0, 0
        for k in range(set_ptr[j], set_ptr[j + 1]):
            for e in range(effect_ptr[set_work[k]], effect_ptr[set_work[k] + 1]):
                at = effect_at[e]
                order[done] = e
                if effect_kind[e] == 0:
                    before[done] = live.current[at]
                    live.current[at] = min(live.nominal[at], live.current[at] + effect_add[e])
                    facilities[n_fac] = at
                    n_fac += 1
                elif effect_kind[e] == 1:
                    before[done] = live.backup[at]
                    live.backup[at] += effect_add[e]
                    facilities[n_fac] = structure.dep_fac[at]
                    n_fac += 1
                else:
                    before[done] = live.cap[at]
                    live.cap[at] = min(1.0, live.cap[at] + effect_add[e])
                    cells[n_cell] = at
                    n_cell += 1
                done += 1
        spread(structure, live, scratch, facilities[:n_fac], cells[:n_cell], True)
        pins = scratch.tally[2]
        if pins:
            spread(structure, live, scratch, scratch.pin_list[:pins].copy(), none, False)
        gains[j] = gained(structure, live, scratch, worth, places)
        put_back(live, scratch)
        for back in range(done - 1, -1, -1):
            e = order[back]
            if effect_kind[e] == 0:
                live.current[effect_at[e]] = before[back]
            elif effect_kind[e] == 1:
                live.backup[effect_at[e]] = before[back]
            else:
                live.cap[effect_at[e]] = before[back]
    return gains
