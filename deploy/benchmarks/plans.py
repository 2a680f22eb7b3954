"""Plans: seconds to the first answer and to a proven gap, beside a plain programme, the greedy and a reference solve.

Gaps are relative to the gain. The reference is one fixed knapsack solved by the same solver in the same minute: a busy
machine shows there. `REPRISE_BENCH_LARGE=1` adds 10,000 neighbourhoods with 50,000 works, `REPRISE_BENCH_SHELBY=FOLDER`
the restoration of the Shelby County networks.
"""

import dataclasses
import json
import os
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from assessments.core.case import PlanningCase
from assessments.core.planning.evaluation import workbench
from assessments.core.planning.greedy import greedy
from assessments.core.planning.optimiser import portfolio
from assessments.core.planning.rows import programme
from assessments.core.planning.schedule import schedule
from assessments.core.planning.solver import Effort, maximise
from assessments.core.planning.solving import Progress
from assessments.core.planning.towns import realistic_case
from deploy.benchmarks import restoration

SEEDS = range(1, 10)
PLAIN_S = 20.0


def run() -> list[dict[str, Any]]:
    """Rows for the table of `deploy/bench`."""
    warm()
    rows = [medium(seed) for seed in SEEDS]
    rows.append(calendar())
    if os.environ.get("REPRISE_BENCH_LARGE"):
        rows.append(large())
    if folder := os.environ.get("REPRISE_BENCH_SHELBY"):
        rows.append(shelby(Path(folder)))
    return rows


def warm() -> None:
    """Compiles what is compiled at first use: a worker does so once."""
    greedy(workbench(realistic_case(np.random.default_rng(0), neighbourhoods=100, works=500)))


def reference_s() -> float:
    """Seconds of a fixed solve: 40 knapsacks over 200 things."""
    random = np.random.default_rng(1)
    weight, value = random.integers(1, 100, (40, 200)).astype(float), random.integers(1, 100, 200).astype(float)
    began = time.monotonic()
    maximise(value, sparse.csr_matrix(weight), weight.sum(axis=1) / 4, np.zeros(200), np.ones(200), integers=200,
             effort=Effort(0.02, 60.0))  # fmt: skip
    return time.monotonic() - began


def medium(seed: int) -> dict[str, Any]:
    case = realistic_case(np.random.default_rng(seed), neighbourhoods=1_000, works=5_000)
    reference = reference_s()
    plan = portfolio(case, clock=time.monotonic, gap=0.01, time_s=60)
    first = next(stage for stage in plan.stages if stage.stage == "first")
    plain, found, plain_s = plainly(case)
    return {
        "what": f"portfolio 1,000 / {len(case.interventions):,}, seed {seed} (reference solve {reference:.2f} s)",
        "ours": f"first answer {first.seconds:.2f} s, gap {plan.gap:.2%} proven in {plan.seconds:.1f} s",
        "peer": f"plain programme after {plain_s:.0f} s: relaxation {plain / plan.value.objective - 1:.1%} above, plan "
        f"{1 - found / plan.bound:.1%} below the bound; greedy {1 - first.gain / plan.bound:.1%} below",
        "ratio": round(plan.seconds / reference, 2),
        "target": "first under 1 s, at most 1 % within 10 s",
        "met": first.seconds < 1 and plan.gap <= 0.01 and plan.seconds <= 10,
    }


def plainly(case: PlanningCase) -> tuple[float, float, float]:
    """The programme without tightening: its relaxation, its plan and its seconds."""
    bench = workbench(case)
    rows = programme(bench, (), np.flatnonzero(bench.rules.allowed), plain=True)
    parts = rows.objective, rows.matrix, rows.upper, rows.low, rows.high
    relaxed = maximise(*parts, integers=0, effort=Effort(0.0, PLAIN_S))
    began = time.monotonic()
    solved = maximise(*parts, integers=rows.integers, effort=Effort(0.01, PLAIN_S))
    gain = 0.0 if solved.x is None else bench.gain(rows.chosen(solved.x))
    return relaxed.bound * rows.unit, gain, time.monotonic() - began


def calendar() -> dict[str, Any]:
    case = realistic_case(np.random.default_rng(1), neighbourhoods=1_000, works=900, budget_share=0.5)
    case = dataclasses.replace(case, limits=dataclasses.replace(case.limits, budget_total=None))
    reference = reference_s()
    plan = schedule(case, clock=time.monotonic, gap=0.01, time_s=180)
    listed = next(stage for stage in plan.stages if stage.stage == "list rule")
    return {
        "what": f"schedule 1,000 / {len(case.interventions)} works, 12 periods (reference solve {reference:.2f} s)",
        "ours": f"gap {plan.gap:.2%} in {plan.seconds:.0f} s",
        "peer": f"list rule {1 - listed.gain / plan.value.objective:.1%} below in {listed.seconds:.1f} s",
        "ratio": round(plan.seconds / reference, 1),
        "target": "at most 1 % within 180 s",
        "met": plan.gap <= 0.01 and plan.seconds <= 180,
    }


def large() -> dict[str, Any]:
    case = realistic_case(np.random.default_rng(1), neighbourhoods=10_000, works=50_000)
    reference = reference_s()
    told: list[Progress] = []

    def watch(progress: Progress) -> bool:
        told.append(progress)
        return False

    plan = portfolio(case, clock=time.monotonic, gap=0.01, time_s=360, watch=watch)
    useful = next((one.seconds for one in told if one.gain >= 0.97 * plan.bound), float("inf"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {
        "what": f"portfolio 10,000 / {len(case.interventions):,} (reference solve {reference:.2f} s)",
        "ours": f"within 3 % of the bound after {useful:.0f} s, gap {plan.gap:.2%} in {plan.seconds:.0f} s, "
        f"{memory:.1f} GB",
        "peer": f"greedy {1 - next(one.gain for one in told if one.stage == 'first') / plan.bound:.1%} below the bound",
        "ratio": round(plan.seconds / reference, 1),
        "target": "within 3 % in 90 s, at most 1 % within 360 s, under 3 GB",
        "met": useful <= 90 and plan.gap <= 0.01 and memory < 3,
    }


def shelby(folder: Path) -> dict[str, Any]:
    compared = restoration.compare(folder, seed=1, time_s=60.0)
    return {
        "what": f"Shelby County: {compared.works} repairs, {compared.facilities} nodes, {compared.periods} periods",
        "ours": f"area gained {compared.ours:.4g} (gap {compared.gap:.2%})",
        "peer": f"most damaged first {compared.most_damaged:.4g}, cheapest first {compared.cheapest:.4g}",
        "ratio": round(compared.ours / max(compared.most_damaged, compared.cheapest), 3),
        "target": "better than both",
        "met": compared.ours > max(compared.most_damaged, compared.cheapest),
    }


if __name__ == "__main__":
    print(*(json.dumps(row) for row in run()), sep="\n")
