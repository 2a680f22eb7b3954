"""Among plans that are worth the same, the cheaper one; and no work that adds nothing."""

import numpy as np
from scipy import sparse

from assessments.core.local import LocalState
from assessments.core.planning.evaluation import Workbench
from assessments.core.planning.rows import programme
from assessments.core.planning.solver import Effort, maximise
from assessments.core.planning.solving import EQUAL, SHORT_EQUAL, Task, ordered
from assessments.core.ranking import noise_of
from assessments.core.worklist import Change, no_change


def cheapest(task: Task) -> None:
    """Offers the least costly plan among those as good as the best (small cases: it is a solve of its own)."""
    bench = task.bench
    candidates = ordered(bench, np.flatnonzero(bench.rules.allowed))
    cost = bench.rules.cost[candidates]
    if not cost.any():
        return
    rows = programme(bench, (), candidates)
    kept = bench.before.hard - bench.reached(task.plan).hard
    floors = [
        (rows.objective, task.gain / rows.unit, EQUAL),
        (rows.hard_worth, kept / rows.unit, SHORT_EQUAL),
    ]
    matrix, upper = rows.matrix, rows.upper
    for worth, least, tolerance in floors:
        if worth.any():
            matrix = sparse.vstack([matrix, sparse.csr_matrix(-worth)], format="csr")
            upper = np.append(upper, -least + tolerance * max(1.0, abs(least)))
    price = np.concatenate([-cost / cost.max(), np.zeros(rows.continuous)])
    begin = rows.solution(task.plan, bench.point(task.plan))
    outcome = maximise(
        price, matrix, upper, rows.low, rows.high,
        integers=rows.integers, effort=Effort(0.0, max(0.1, task.left)), start=begin,
    )  # fmt: skip
    if outcome.x is not None:
        task.offer(rows.chosen(outcome.x), "cheapest")


def pruned(bench: Workbench, works: tuple[int, ...]) -> tuple[int, ...]:
    """The plan without works whose absence changes nothing, the dearest left out first; what is mandatory and what
    others in the plan need stays."""
    if not bench.aims.plain:
        return pruned_slowly(bench, works)
    state = LocalState(bench.case, structure=bench.structure, start=bench.start)
    state.worth = bench.aims.worth
    state.add_works(works, bench.effects)
    held, noise, sharing = dict.fromkeys(works), noise_of(bench.case), adding_to(bench, works)
    for work in dearest_first(bench, works):
        if needed(bench, held, work):
            continue
        present, without = inputs_without(bench, state, held, work, sharing)
        touched = state.follow(without)
        if state.gain(touched) < -noise:
            state.put_back(touched, present)
        else:
            del held[work]
    return tuple(held)


Sharing = dict[tuple[int, int], dict[int, float]]


def adding_to(bench: Workbench, works: tuple[int, ...]) -> Sharing:
    """What the works add to each input, by kind of effect and position."""
    effects = bench.effects
    result: Sharing = {}
    for work in works:
        for entry in range(int(effects.ptr[work]), int(effects.ptr[work + 1])):
            at = result.setdefault((int(effects.kind[entry]), int(effects.at[entry])), {})
            at[work] = at.get(work, 0.0) + float(effects.add[entry])
    return result


def inputs_without(
    bench: Workbench, state: LocalState, held: dict[int, None], work: int, sharing: Sharing
) -> tuple[Change, Change]:
    """The inputs a work adds to: as they are, and as they were with only the others held."""
    effects, inputs = bench.effects, bench.inputs
    entries = range(int(effects.ptr[work]), int(effects.ptr[work + 1]))
    own = {(int(effects.kind[entry]), int(effects.at[entry])) for entry in entries}
    arrays = [("current", inputs.current, inputs.nominal), ("backup", inputs.backup, None), ("cap", inputs.cap, None)]
    present, without = no_change(), no_change()
    for kind, (name, base, most) in enumerate(arrays):
        at = np.array(sorted(position for one, position in own if one == kind), dtype=np.int64)
        rest = [
            base[position]
            + sum(add for other, add in sharing[kind, position].items() if other in held and other != work)
            for position in at.tolist()
        ]
        ceiling = most[at] if most is not None else np.full(len(at), np.inf if kind == 1 else 1.0)
        present = present._replace(**{name: (at, getattr(state.live, name)[at])})
        without = without._replace(**{name: (at, np.minimum(np.array(rest, dtype=np.float64), ceiling))})
    return present, without


def pruned_slowly(bench: Workbench, works: tuple[int, ...]) -> tuple[int, ...]:
    """The same by full computations, for aims that are not a plain sum."""
    held = dict.fromkeys(works)
    if len(held) > 400:
        return works
    for work in dearest_first(bench, works):
        rest = [other for other in held if other != work]
        best = bench.reached(list(held))
        if not needed(bench, held, work):
            reached = bench.reached(rest)
            same = reached.objective >= best.objective - noise_of(bench.case)
            if same and reached.hard <= best.hard + noise_of(bench.case):
                del held[work]
    return tuple(held)


def dearest_first(bench: Workbench, works: tuple[int, ...]) -> list[int]:
    """Later works before their prerequisites, then by cost."""
    depth = {work: len(bench.rules.closures[work]) for work in works}
    return sorted(works, key=lambda it: (-depth[it], -bench.rules.cost[it], -int(bench.rules.ids[it])))


def needed(bench: Workbench, held: dict[int, None], work: int) -> bool:
    return work in bench.rules.forced or any(other in held and other != work for other in bench.rules.dependents[work])
