"""Services that hold each other up: the greatest and the least fixed point of functionality.md section 2.

    E[f]   = min(C[f], min over dependencies of K[f] (1 - δ (1 - F[n(f), s'])) + B)
    F[n,s] = min(1, l[n,s], sum over f of w[f,n] / load[f] * E[f]),   load[f] = sum over m of w[f,m] D[m,s(f)]

A cell is a pair (n, s), numbered n * S + s. One more cell at the end always works: it stands for the supports of
facilities that stand in no neighbourhood.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from assessments.core.case import Flags, Floats, Ints, PlanningCase

# Of what may still follow. Cells that few people share move more than the supports that are watched: the answer is good
# to 1e-9 or a little more.
TOLERANCE = 1e-11
MAX_SWEEPS = 1000
# Sweeps whose steps are at least added up before they are compared: longer than most loops of services are.
WINDOW = 8
RISK_DIFFERENCE = 1e-6
# Service units: less demand than this is none, so that its inverse stays a number.
NO_LOAD = 1e-100


class Structure(NamedTuple):
    """Who reaches and who needs whom. Pointer arrays start the rows of the arrays that follow them.

    By facility: its cells with catchment weight, and its dependencies (owner, cell needed, δ). By cell: its facilities,
    and the facilities that need it. `loop` numbers the fully dependent cycle a facility is in (-1: none), whose
    members are listed in rows by loop; only there more than one fixed point can exist.
    """

    services: int
    fac_ptr: Ints
    fac_cell: Ints
    fac_weight: Floats
    dep_ptr: Ints
    dep_fac: Ints
    dep_cell: Ints
    dep_strength: Floats
    cell_ptr: Ints
    cell_fac: Ints
    cell_weight: Floats
    need_ptr: Ints
    need_fac: Ints
    loop: Ints
    loop_ptr: Ints
    loop_fac: Ints


class Inputs(NamedTuple):
    """Everything that can change without changing who reaches whom.

    `per_load` is 1 / load, 0 for an idle facility; `cap` is min(1, l); `given` is 1 in cells without any provider that
    count as working when a facility needs them, else 0.
    """

    nominal: Floats
    current: Floats
    backup: Floats
    per_load: Floats
    cap: Floats
    given: Floats


class FixedPoint(NamedTuple):
    """Effective capacity E (F,), support F per cell (N * S + 1,), sweeps used, and whether they were enough."""

    effective: Floats
    works: Floats
    sweeps: int
    converged: bool


def pointer(owner: Ints, size: int) -> Ints:
    return np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=size)))).astype(np.int64)


def structure_of(case: PlanningCase) -> Structure:
    facilities, services = len(case.facility_ids), len(case.service_ids)
    cells = case.stated_known.size + 1
    owner, cell = case.links
    # Among equals the first id counts, whatever the order of the records.
    rank = np.argsort(np.argsort(np.array([str(key) for key in case.facility_ids], dtype=str)))
    by_cell = np.lexsort((rank[owner], cell))
    needing = np.repeat(np.arange(facilities), np.diff(case.depends_ptr))
    stands = case.stands_in[needing]
    needed = np.where(stands >= 0, stands * services + case.depends_service, cells - 1)
    by_needed = np.lexsort((needing, needed))
    loop = fully_dependent_loops(case, owner, cell, needing, needed, cells)
    members = np.flatnonzero(loop >= 0)
    members = members[np.argsort(loop[members], kind="stable")]
    return Structure(
        services=services,
        fac_ptr=case.catchment_ptr,
        fac_cell=cell,
        fac_weight=case.catchment_weight,
        dep_ptr=case.depends_ptr,
        dep_fac=needing,
        dep_cell=needed,
        dep_strength=case.depends_strength,
        cell_ptr=pointer(cell, cells),
        cell_fac=owner[by_cell],
        cell_weight=case.catchment_weight[by_cell],
        need_ptr=pointer(needed, cells),
        need_fac=needing[by_needed],
        loop=loop,
        loop_ptr=pointer(loop[members], int(loop.max(initial=-1)) + 1),
        loop_fac=members,
    )


def fully_dependent_loops(case: PlanningCase, owner: Ints, cell: Ints, needing: Ints, needed: Ints, cells: int) -> Ints:
    """Number of the cycle of hard dependencies each facility is in, -1 for most.

    A dependency is hard when nothing is left without it: K (1 - δ) = 0. Without a cycle of hard ones a service that
    works at the greatest fixed point also starts from nothing, and then a concave monotone map has one fixed point.
    Backup is left out of the test because it may be taken away again; that only costs time.
    """
    facilities = len(case.facility_ids)
    hard = case.depends_strength >= 1.0
    rows = np.concatenate((owner, facilities + needed[hard]))
    columns = np.concatenate((facilities + cell, needing[hard]))
    size = facilities + cells
    graph = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(size, size))
    count, label = connected_components(graph, directed=True, connection="strong")
    crowded = np.bincount(label, minlength=count) > 1
    inside = crowded[label[:facilities]]
    result = np.full(facilities, -1, dtype=np.int64)
    result[inside] = np.unique(label[:facilities][inside], return_inverse=True)[1]
    return result


def loads(case: PlanningCase) -> Floats:
    """Demand in the catchment of each facility, weighted: sum over n of w[f, n] D[n, s(f)]."""
    owner, cell = case.links
    demand = case.demand.ravel()[cell]
    weighted = np.bincount(owner, weights=case.catchment_weight * demand, minlength=len(case.facility_ids))
    return weighted.astype(np.float64)


def inverse(load: Floats) -> Floats:
    return np.divide(1.0, load, out=np.zeros_like(load), where=load > NO_LOAD)


def served(case: PlanningCase, per_load: Floats) -> Flags:
    """(N, S): at least one facility that is not idle reaches the place."""
    owner, cell = case.links
    active = cell[per_load[owner] > 0]
    return (np.bincount(active, minlength=case.stated_known.size) > 0).reshape(case.shape)


def inputs_of(case: PlanningCase, bound: str = "point") -> Inputs:
    """Numbers for the point, or with every uncertain input at its low ("lo") or high ("hi") end."""
    current, reach = {
        "point": (case.current, case.reach),
        "lo": (case.current_lo, case.reach_lo),
        "hi": (case.current_hi, case.reach_hi),
    }[bound]
    per_load = inverse(loads(case))
    # Nobody brings the service there. Where nobody needs it either, the gap is in the data and the support counts as
    # there; where data is missing it may be there or not.
    supported = (case.demand <= 0) | (~case.known if bound != "lo" else np.zeros(case.shape, dtype=bool))
    gap = ~served(case, per_load) & supported
    return Inputs(
        nominal=case.nominal,
        current=current,
        backup=case.depends_backup,
        per_load=per_load,
        cap=np.append(np.where(gap, 1.0, np.minimum(reach, 1.0)).ravel(), 1.0),
        given=np.append(gap.astype(np.float64).ravel(), 1.0),
    )


def greatest(structure: Structure, inputs: Inputs) -> FixedPoint:
    """From the top: services hold each other up once running."""
    return iterate(structure, inputs, inputs.cap)


def least(structure: Structure, inputs: Inputs) -> FixedPoint:
    """From nothing: what starts again by itself."""
    start = np.zeros_like(inputs.cap)
    start[-1] = 1.0
    return iterate(structure, inputs, start)


def iterate(structure: Structure, inputs: Inputs, start: Floats) -> FixedPoint:
    """Sweeps over the cells that some facility needs until they have settled, then all cells."""
    cells = len(start)
    has = np.flatnonzero(np.diff(structure.dep_ptr) > 0)
    starts = structure.dep_ptr[has]
    needing = structure.dep_fac
    slope = inputs.nominal[needing] * structure.dep_strength
    floor = inputs.nominal[needing] * (1 - structure.dep_strength) + inputs.backup
    ceiling = inputs.current[has]
    matrix = supply_matrix(structure, inputs, cells)
    support = np.flatnonzero(np.diff(structure.need_ptr) > 0)
    rows = matrix[support]
    position = np.zeros(cells, dtype=np.int64)
    position[support] = np.arange(len(support))
    needed = position[structure.dep_cell]
    cap, given = inputs.cap[support], inputs.given[support]
    effective = inputs.current.copy()
    works = start[support]
    sweeps, converged, steps = 0, False, [np.inf] * (2 * WINDOW)
    while not converged and sweeps < MAX_SWEEPS:
        if len(has):
            effective[has] = np.minimum(ceiling, np.minimum.reduceat(floor + slope * works[needed], starts))
        moved = np.minimum(cap, given + rows @ effective)
        steps.append(float(np.abs(moved - works).max(initial=0.0)))
        converged, works = settled(steps), moved
        sweeps += 1
    if len(has):
        effective[has] = np.minimum(ceiling, np.minimum.reduceat(floor + slope * works[needed], starts))
    return FixedPoint(effective, np.minimum(inputs.cap, inputs.given + matrix @ effective), sweeps, converged)


def ragged(ptr: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Positions of all entries of these rows, one row after the other, and the pointer array of that list."""
    length = ptr[rows + 1] - ptr[rows]
    start = np.concatenate(([0], np.cumsum(length))).astype(np.int64)
    return np.arange(start[-1]) + np.repeat(ptr[rows] - start[:-1], length), start


def settled(steps: list[float]) -> bool:
    """Neither the last step nor all that may follow it is above the tolerance: steps of a cycle shrink geometrically,
    and where they shrink slowly a small step alone says little. A loop through several facilities shrinks once a round
    and not in every sweep, so whole windows of steps are compared, longer ones the longer it takes."""
    if steps[-1] <= 0:
        return True
    window = max(WINDOW, len(steps) // 4)
    recent, before = sum(steps[-window:]), sum(steps[-2 * window : -window])
    return recent < before < np.inf and recent * recent / (before - recent) <= TOLERANCE


def supply_matrix(structure: Structure, inputs: Inputs, cells: int) -> sparse.csr_matrix:
    """a[f, n] with cells in rows: what one unit of effective capacity gives each cell."""
    data = structure.cell_weight * inputs.per_load[structure.cell_fac]
    return sparse.csr_matrix((data, structure.cell_fac, structure.cell_ptr), shape=(cells, len(inputs.current)))
