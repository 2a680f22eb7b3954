"""How far a set of candidate works can move every service and facility, and bounds on that by the works alone.

functionality.md section 6, "formulation that scales": increments above a fixed point (F0, E0), the room up to the fixed
point with every candidate done (F1, E1; monotone, so valid), and what one work can add to a row clipped to its room.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from assessments.core.case import Flags, Floats, Ints
from assessments.core.dependencies import FixedPoint, Inputs, ragged, supply_matrix
from assessments.core.planning.evaluation import Workbench

# Room smaller than this share of a service, or of K, is none.
NO_ROOM = 1e-9
# How often the supply is followed upstream for the bounds by works alone.
DEPTH = 1


@dataclass(frozen=True, eq=False)
class Span:
    """What lies between two states. `cells` and `facilities` are those that can move and matter, `works` the
    candidates; rooms and slacks are per entry of these lists, in units of F and of E. `supply` is what a unit of E of
    each facility gives each cell."""

    inputs: Inputs
    low: FixedPoint
    high: FixedPoint
    cells: Ints
    facilities: Ints
    works: Ints
    room_f: Floats
    room_e: Floats
    supply: sparse.csr_matrix
    supply_slack: Floats
    local_slack: Floats
    capacity_slack: Floats
    capacity_adds: sparse.csr_matrix
    local_adds: sparse.csr_matrix
    supports: "Supports"


@dataclass(frozen=True, eq=False)
class Supports:
    """The dependencies of the facilities of a span that can bind: owner (place in `Span.facilities`), cell (place in
    `Span.cells`, -1 where it cannot move), K δ, slack above E0, and what works add by backup."""

    owner: Ints
    cell: Ints
    slope: Floats
    slack: Floats
    adds: sparse.csr_matrix


@dataclass(frozen=True, eq=False)
class Bounds:
    """Increments are at most `constant` + `works` @ y. Where a bound cannot bind the constant is the whole room."""

    constant: Floats
    works: sparse.csr_matrix


def span_of(bench: Workbench, base: Sequence[int], candidates: Ints, *, high: FixedPoint | None = None) -> Span:
    structure, aims = bench.structure, bench.aims
    inputs, low = bench.done(base), bench.point(base)
    high = bench.point([*base, *candidates.tolist()]) if high is None else high
    room_f, room_e = high.works - low.works, high.effective - low.effective
    wanted = (aims.worth.cell > 0) | aims.worth.in_weakest | (aims.soft.rate > 0) | (aims.hard.rate > 0)
    cells = np.flatnonzero((room_f > NO_ROOM) & (wanted | (np.diff(structure.need_ptr) > 0)))
    facilities = np.flatnonzero(room_e > NO_ROOM * np.maximum(inputs.nominal, 1e-12))
    matrix = supply_matrix(structure, inputs, len(low.works))
    adds = [part.tocsr() for part in adds_of(bench, candidates)]
    return Span(
        inputs=inputs,
        low=low,
        high=high,
        cells=cells,
        facilities=facilities,
        works=candidates,
        room_f=room_f[cells],
        room_e=room_e[facilities],
        supply=matrix[cells][:, facilities].tocsr(),
        supply_slack=np.maximum((inputs.given + matrix @ low.effective - low.works)[cells], 0.0),
        local_slack=np.maximum((inputs.cap - low.works)[cells], 0.0),
        capacity_slack=np.maximum((inputs.current - low.effective)[facilities], 0.0),
        capacity_adds=adds[0][facilities],
        local_adds=adds[2][cells],
        supports=supports_of(bench, inputs, low, cells, facilities, room_e, adds[1]),
    )


def adds_of(bench: Workbench, candidates: Ints) -> list[sparse.csr_matrix]:
    """What the candidates (columns) add, by kind of effect: to facilities, to dependencies, to cells."""
    effects, structure = bench.effects, bench.structure
    owner = np.repeat(np.arange(len(effects.ptr) - 1), np.diff(effects.ptr))
    column = np.full(len(effects.ptr) - 1, -1, dtype=np.int64)
    column[candidates] = np.arange(len(candidates))
    parts = []
    for kind, size in enumerate((len(bench.inputs.current), len(structure.dep_fac), len(bench.inputs.cap))):
        mine = (effects.kind == kind) & (column[owner] >= 0)
        entries = (effects.add[mine], (effects.at[mine], column[owner[mine]]))
        parts.append(sparse.csr_matrix(entries, shape=(size, len(candidates))))
    return parts


def supports_of(
    bench: Workbench,
    inputs: Inputs,
    low: FixedPoint,
    cells: Ints,
    facilities: Ints,
    room_e: Floats,
    backups: sparse.csr_matrix,
) -> Supports:
    structure = bench.structure
    position, ptr = ragged(structure.dep_ptr, facilities)
    owner = np.repeat(np.arange(len(facilities)), np.diff(ptr))
    number = np.full(len(low.works), -1, dtype=np.int64)
    number[cells] = np.arange(len(cells))
    slope = (inputs.nominal[structure.dep_fac] * structure.dep_strength)[position]
    cell = structure.dep_cell[position]
    holds = inputs.nominal[structure.dep_fac[position]] - slope * (1 - low.works[cell]) + inputs.backup[position]
    slack = np.maximum(holds - low.effective[facilities][owner], 0.0)
    binds = np.flatnonzero(slack < room_e[facilities][owner])
    return Supports(owner[binds], number[cell[binds]], slope[binds], slack[binds], backups[position[binds]])


def fitted(constant: Floats, works: sparse.csr_matrix, room: Floats) -> Bounds:
    """A bound cut to the room: every coefficient to what is left of it, no works where it cannot bind."""
    constant = np.clip(constant, 0.0, room)
    result = sparse.csr_matrix(works, copy=True)
    result.sum_duplicates()
    result.data = np.minimum(result.data, np.repeat(room - constant, np.diff(result.indptr)))
    result.eliminate_zeros()
    return Bounds(constant, result)


def rows_times(block: sparse.csr_matrix, factor: Floats) -> sparse.csr_matrix:
    return sparse.diags(factor).dot(block).tocsr()


@dataclass(frozen=True, eq=False)
class WorkBounds:
    """The bounds by works alone: of cells by their own reach and by what can be supplied; of facilities by their own
    capacity; of facilities by every support that can bind (rows as in `Supports`)."""

    reach: Bounds
    supplied: Bounds
    capacity: Bounds
    supported: Bounds


def work_bounds(span: Span, depth: int = DEPTH) -> WorkBounds:
    reach = fitted(span.local_slack, span.local_adds, span.room_f)
    capacity = fitted(span.capacity_slack, span.capacity_adds, span.room_e)
    facility = capacity
    everything, own = np.arange(len(span.cells)), np.arange(len(span.facilities))
    for step in range(depth):
        supplied = fitted(
            span.supply_slack + span.supply @ facility.constant, span.supply @ facility.works, span.room_f
        )
        supported = supported_by(span, tightest([reach, supplied], [everything] * 2, len(span.cells)))
        if step + 1 < depth:
            facility = tightest([capacity, supported], [own, span.supports.owner], len(span.facilities))
    return WorkBounds(reach, supplied, capacity, supported)


def supported_by(span: Span, cell: Bounds) -> Bounds:
    """Bounds of facilities by their supports, from bounds of the cells they need."""
    supports = span.supports
    moves: Flags = supports.cell >= 0
    slope = np.where(moves, supports.slope, 0.0)
    if not len(span.cells):
        return fitted(supports.slack, supports.adds, span.room_e[supports.owner])
    at = np.where(moves, supports.cell, 0)
    works = rows_times(cell.works[at], slope) + supports.adds
    return fitted(supports.slack + slope * cell.constant[at], works, span.room_e[supports.owner])


def tightest(bounds: Sequence[Bounds], owners: Sequence[Ints], size: int) -> Bounds:
    """Per owner the bound that leaves least without any work; the first among equals."""
    constant = np.concatenate([one.constant for one in bounds])
    owner = np.concatenate(list(owners))
    order = np.lexsort((np.arange(len(owner)), constant, owner))
    first = np.append(True, np.diff(owner[order]) > 0)[: len(order)]
    rows = order[first]
    if len(rows) != size:
        raise ValueError("Every owner needs a bound.")
    return Bounds(constant[rows], sparse.vstack([one.works for one in bounds], format="csr")[rows])
