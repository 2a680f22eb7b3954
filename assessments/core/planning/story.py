"""What a plan means for the people: before and after, who gains, who stays behind, and why each work is in or out.

Codes and numbers only; sentences are made where they are read.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from assessments.core.case import Floats
from assessments.core.document_writing import plain_id
from assessments.core.index import index_of, index_weights
from assessments.core.local import LocalState
from assessments.core.planning.aims import index_by_group
from assessments.core.planning.evaluation import Workbench
from assessments.core.planning.rules import EXPLOSIVE_HAZARD
from assessments.core.ranking import noise_of

# Up to so many chosen works each one's own share of the gain is worked out by leaving it out.
LEFT_OUT_ONE_BY_ONE = 1_500
CURVE_POINTS = 60

Document = dict[str, Any]


def plan_story(bench: Workbench, works: Collection[int], *, starts: Mapping[int, int], low_share: float) -> Document:
    """Everything told about a plan: `before`, `after`, `places`, `curve`, `behind`, and one item per work. `starts` is
    the first period of every work that is finished in time; a chosen work without one does not fit the horizon."""
    chosen = bench.rules.sorted(works)
    before, after = bench.start.works, bench.point(chosen).works
    return {
        "before": state_of(bench, before),
        "after": state_of(bench, after),
        "places": places_of(bench, before, after),
        "groups": group_gains(bench, before, after),
        "curve": curve(bench, starts),
        "behind": behind(bench, after, low_share),
        "works": told_works(bench, chosen, starts),
    }


def counted(bench: Workbench, works: Floats) -> Floats:
    """F (N, S) with 1 where nobody needs the service."""
    return np.where(bench.case.demand > 0, works[:-1].reshape(bench.case.shape), 1.0)


def index_in(bench: Workbench, works: Floats) -> Floats:
    return index_of(index_weights(bench.case), counted(bench, works))


def state_of(bench: Workbench, works: Floats) -> Document:
    """The town: mean index by persons, by group, and per service the persons' mean share of need met."""
    case, index, share = bench.case, index_in(bench, works), counted(bench, works)
    services = {}
    for number, key in enumerate(case.service_ids):
        known = case.known[:, number] & (case.demand[:, number] > 0)
        services[str(key)] = mean(case.people[known], share[known, number])
    return {
        "city": mean(case.people[~np.isnan(index)], index[~np.isnan(index)]),
        "groups": {name: finite(value) for name, value in index_by_group(case, works).items()},
        "services": services,
    }


def mean(people: Floats, values: Floats) -> float | None:
    total = float(people.sum())
    return float((people * values).sum() / total) if total > 0 else None


def finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def places_of(bench: Workbench, before: Floats, after: Floats) -> list[Document]:
    """Per neighbourhood: people, index before and after, persons fully served more (by group: persons x rise)."""
    case = bench.case
    old, new = index_in(bench, before), index_in(bench, after)
    rise = np.nan_to_num(new - old)
    return [
        {
            "id": plain_id(key),
            "people": float(case.people[n]),
            "before": finite(old[n]),
            "after": finite(new[n]),
            "gain": float(case.people[n] * rise[n]),
            "groups": {
                group: float(case.population[n, g] * rise[n])
                for g, group in enumerate(case.group_ids)
                if case.population[n, g] > 0
            },
        }
        for n, key in enumerate(case.neighbourhood_ids)
    ]


def group_gains(bench: Workbench, before: Floats, after: Floats) -> Document:
    """Per group: persons, and persons fully served more."""
    case = bench.case
    rise = np.nan_to_num(index_in(bench, after) - index_in(bench, before))
    return {
        group: {
            "people": float(case.population[:, g].sum()),
            "gain": float((case.population[:, g] * rise).sum()),
        }
        for g, group in enumerate(case.group_ids)
    }


def curve(bench: Workbench, starts: Mapping[int, int]) -> list[Document]:
    """The town after each period, from 0 to the horizon (or the last work), a point wherever something is finished."""
    case = bench.case
    ends = {work: start + case.interventions[work].duration for work, start in starts.items()}
    last = max([case.limits.periods, *ends.values()])
    moments = sorted({0, last, *ends.values()})
    if len(moments) > CURVE_POINTS:
        moments = sorted({moments[round(i * (len(moments) - 1) / (CURVE_POINTS - 1))] for i in range(CURVE_POINTS)})
    return [
        {"period": moment, **state_of(bench, bench.point([work for work, end in ends.items() if end <= moment]).works)}
        for moment in moments
    ]


def behind(bench: Workbench, after: Floats, low_share: float) -> list[Document]:
    """Inhabited neighbourhoods that stay below `low_share`, lowest first, with what holds them back."""
    case, index, share = bench.case, index_in(bench, after), counted(bench, after)
    result: list[tuple[float, Document]] = []
    for n, key in enumerate(case.neighbourhood_ids):
        if case.people[n] <= 0 or index[n] >= low_share:
            continue
        known = case.known[n] & (case.demand[n] > 0) & (case.weight > 0)
        missing = np.where(known, case.weight * (1 - share[n]), -1.0)
        worst = int(missing.argmax())
        service = str(case.service_ids[worst]) if missing[worst] > 0 else ""
        value = finite(index[n])
        result.append((value if value is not None else 2.0, {"id": plain_id(key), "after": value, "service": service}))
    return [item for _, item in sorted(result, key=lambda pair: (pair[0], str(pair[1]["id"])))]


def told_works(bench: Workbench, chosen: Sequence[int], starts: Mapping[int, int]) -> list[Document]:
    """Chosen works in the order they begin, then the others by what they would add."""
    case = bench.case
    late = bench.case.limits.periods
    inside = sorted(chosen, key=lambda work: (starts.get(work, late), int(bench.rules.ids[work])))
    items = [
        item_of(bench, work, chosen=True, start=starts.get(work), **why_chosen(bench, work, chosen)) for work in inside
    ]
    outside = [work for work in range(len(case.interventions)) if work not in set(chosen)]
    told = [(why, work) for work, why in zip(outside, why_not(bench, outside, chosen), strict=True)]
    told.sort(key=lambda pair: (-(pair[0]["gain"] or 0.0), int(bench.rules.ids[pair[1]])))
    return items + [item_of(bench, work, chosen=False, start=None, **why) for why, work in told]


def item_of(
    bench: Workbench, work: int, *, chosen: bool, start: int | None, gain: float | None, reason: Document
) -> Document:
    item = bench.case.interventions[work]
    return {
        "id": plain_id(item.id),
        "chosen": chosen,
        "start": start,
        "periods": item.duration,
        "cost": item.cost,
        "gain": gain,
        "reason": reason,
    }


def why_chosen(bench: Workbench, work: int, chosen: Sequence[int]) -> Document:
    """The persons who would lose if this work (and what needs it) were left out, and where most of them live."""
    behind_it = [other for other in bench.rules.dependents[work] if other in set(chosen) and other != work]
    code = "mandatory" if work in bench.rules.forced else "needed_first" if behind_it else "restores"
    reason: Document = {"code": code, "works": ids_of(bench, behind_it)}
    if len(chosen) > LEFT_OUT_ONE_BY_ONE:
        return {"gain": None, "reason": reason}
    without = [other for other in chosen if other != work and other not in behind_it]
    all_done, less = bench.point(chosen).works, bench.point(without).works
    lost = bench.reached(chosen).person_functionality - bench.reached(without).person_functionality
    return {"gain": lost, "reason": {**reason, **most_in(bench, all_done - less)}}


def most_in(bench: Workbench, moved: Floats) -> Document:
    """The place and service where a difference of F is worth most."""
    worth = bench.aims.worth.cell * moved
    cell = int(worth[:-1].argmax()) if worth.size > 1 else 0
    if worth.size <= 1 or worth[cell] <= 0:
        return {}
    place, service = divmod(cell, len(bench.case.service_ids))
    return {
        "place": plain_id(bench.case.neighbourhood_ids[place]),
        "service": str(bench.case.service_ids[service]),
    }


def why_not(bench: Workbench, outside: Sequence[int], chosen: Sequence[int]) -> list[Document]:
    """For works not chosen: what they would add to the plan, and the first rule that keeps them out."""
    held, rules = set(chosen), bench.rules
    sets = [[other for other in rules.closures[work] if other not in held] for work in outside]
    state = LocalState(bench.case, structure=bench.structure, start=bench.start)
    alone = state.gains([list(rules.closures[work]) for work in outside], bench.effects)
    state.add_works(list(chosen), bench.effects)
    added = state.gains(sets, bench.effects)
    noise = noise_of(bench.case)
    return [
        {
            "gain": float(more),
            "reason": keeps_out(bench, work, needed, held, float(more), float(own), noise),
        }
        for work, needed, more, own in zip(outside, sets, added.tolist(), alone.tolist(), strict=True)
    ]


def keeps_out(
    bench: Workbench, work: int, needed: Sequence[int], held: set[int], more: float, own: float, noise: float
) -> Document:
    rules, items = bench.rules, bench.case.interventions
    if items[work].forbidden:
        return {"code": items[work].forbidden_because or "forbidden"}
    barred = [other for other in needed if items[other].forbidden]
    if barred:
        dangerous = any(items[other].forbidden_because == EXPLOSIVE_HAZARD for other in barred)
        code = "prerequisite_in_hazard" if dangerous else "prerequisite_forbidden"
        return {"code": code, "works": ids_of(bench, barred)}
    rivals = [other for members in rules.groups if set(members) & set(needed) for other in members if other in held]
    if rivals:
        return {"code": "instead", "works": ids_of(bench, rivals)}
    if more <= noise:
        return {"code": "covered" if own > noise else "no_gain"}
    cost = float(rules.cost[list(needed)].sum())
    for budget in rules.budgets:
        wanted = float(budget.cost[list(needed)].sum())
        left = budget.limit - float(budget.cost[sorted(held)].sum())
        if wanted > budget.limit:
            return {"code": "beyond_budget", "cost": cost, "fund": budget.fund, "limit": budget.limit}
        if wanted > left + 1e-9 * max(1.0, budget.limit):
            first = [other for other in needed if other != work]
            return {
                "code": "no_money_left", "cost": cost, "fund": budget.fund, "left": max(left, 0.0),
                "works": ids_of(bench, first),
            }  # fmt: skip
    return {"code": "not_proven"}


def ids_of(bench: Workbench, works: Sequence[int]) -> list[Any]:
    return [plain_id(bench.case.interventions[work].id) for work in works]
