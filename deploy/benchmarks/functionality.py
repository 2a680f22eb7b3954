"""10,000 neighbourhoods, ten services, 50,000 facilities: the full fixed point beside bare sweeps; one change alone."""

import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from assessments.core.dependencies import Inputs, Structure, greatest, inputs_of, structure_of, supply_matrix
from assessments.core.local import LocalState
from assessments.core.synthetic import made_up_case

SEED = 1
REPEATS = 7


def median_s(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def bare_sweep(structure: Structure, inputs: Inputs) -> Callable[[], object]:
    """One sweep over everything and nothing else: sparse matrix times vector, then the smallest of each segment."""
    matrix = supply_matrix(structure, inputs, len(inputs.cap))
    has = np.flatnonzero(np.diff(structure.dep_ptr) > 0)
    starts, works = structure.dep_ptr[has], inputs.cap.copy()
    slope = inputs.nominal[structure.dep_fac] * structure.dep_strength
    floor = inputs.nominal[structure.dep_fac] * (1 - structure.dep_strength) + inputs.backup
    effective = inputs.current.copy()

    def sweep() -> object:
        effective[has] = np.minimum.reduceat(floor + slope * works[structure.dep_cell], starts)
        return matrix @ effective

    return sweep


def run() -> list[dict[str, Any]]:
    """Rows for the table of `deploy/bench`."""
    case = made_up_case(np.random.default_rng(SEED), neighbourhoods=10_000, facilities=50_000)
    structure, inputs = structure_of(case), inputs_of(case)
    sweep = median_s(bare_sweep(structure, inputs))
    point = greatest(structure, inputs)
    full = median_s(lambda: greatest(structure, inputs))
    changes = one_change(case, structure)
    return [
        {
            "what": f"greatest fixed point, {len(case.current):,} facilities, {len(structure.fac_cell):,} catchments",
            "ours": f"{full * 1000:.1f} ms in {point.sweeps} sweeps",
            "peer": f"{point.sweeps} bare sweeps of {sweep * 1000:.2f} ms = {point.sweeps * sweep * 1000:.1f} ms",
            "ratio": round(full / (point.sweeps * sweep), 2),
            "target": "at most 3",
            "met": full <= 3 * point.sweeps * sweep,
        },
        {
            "what": "one changed facility, followed locally (1,000 random ones)",
            "ours": f"mean {np.mean(changes) * 1e6:.0f} us, p99 {np.quantile(changes, 0.99) * 1e6:.0f} us",
            "peer": f"the full fixed point {full * 1000:.1f} ms",
            "ratio": round(float(np.mean(changes)) / full, 5),
            "target": "mean under 1 ms",
            "met": bool(np.mean(changes) < 0.001),
        },
    ]


def one_change(case: Any, structure: Structure) -> list[float]:
    """Seconds for each of 1,000 changes of one facility's capacity and back; compiled beforehand."""
    state = LocalState(case, structure=structure)
    random = np.random.default_rng(SEED)
    state.change_facility(0, current=float(case.current[0]) * 0.5)
    state.change_facility(0, current=float(case.current[0]))
    times = []
    for facility in random.integers(0, len(case.current), 1_000):
        began = time.perf_counter()
        state.change_facility(int(facility), current=float(case.nominal[facility]) * random.random())
        times.append(time.perf_counter() - began)
        state.change_facility(int(facility), current=float(case.current[facility]))
    return times


if __name__ == "__main__":
    print(*(json.dumps(row) for row in run()), sep="\n")
