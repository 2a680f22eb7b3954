"""A planning case written as the document it can be read from again: same numbers, same answer."""

import math
from typing import Any

import numpy as np

from assessments.core.case import EVERYBODY, Effect, Id, Intervention, PlanningCase
from assessments.core.uncertainty import ORIGINS
from assessments.core.works import EffectKind


def case_document(case: PlanningCase) -> dict[str, Any]:
    """Plain lists, objects, texts and numbers, ready for `json.dumps(..., allow_nan=False)`."""
    limits = case.limits
    document: dict[str, Any] = {
        "name": case.name,
        "beta": case.beta,
        "services": [service_item(case, number) for number in range(len(case.service_ids))],
        "neighbourhoods": [neighbourhood_item(case, number) for number in range(len(case.neighbourhood_ids))],
        "facilities": [facility_item(case, number) for number in range(len(case.facility_ids))],
        "interventions": [intervention_item(case, work) for work in case.interventions],
        "budget_total": limits.budget_total,
        "budgets": dict(limits.budgets),
        "periods": limits.periods,
        "crews": dict(limits.crews),
    }
    if limits.budgets_by_period:
        document["budgets_by_period"] = {fund: list(row) for fund, row in limits.budgets_by_period.items()}
    if limits.period_days:
        document["period_days"] = list(limits.period_days)
    if limits.group_weight:
        document["group_weight"] = dict(limits.group_weight)
    if limits.soft_floor is not None:
        document["soft_floor"] = dict(limits.soft_floor)
    if limits.floors:
        document["floors"] = dict(limits.floors)
    return document


def plain_id(key: Id) -> Id:
    return key if isinstance(key, str) else int(key)


def service_item(case: PlanningCase, number: int) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": plain_id(case.service_ids[number]),
        "weight": float(case.weight[number]),
        "essential": bool(case.essential[number]),
    }
    norms = {group: float(q) for group, q in zip(case.group_ids, case.norm[:, number], strict=True) if not np.isnan(q)}
    if norms:
        same = len(set(norms.values())) == 1 and len(norms) == len(case.group_ids)
        item["norm"] = next(iter(norms.values())) if same else norms
    return item


def neighbourhood_item(case: PlanningCase, number: int) -> dict[str, Any]:
    people = {group: float(count) for group, count in zip(case.group_ids, case.population[number], strict=True)}
    item: dict[str, Any] = {
        "id": plain_id(case.neighbourhood_ids[number]),
        "population": people[EVERYBODY] if list(people) == [EVERYBODY] else people,
        "equity": float(case.equity[number]),
    }
    names = [str(key) for key in case.service_ids]
    demand = {s: float(d) for s, d in zip(names, case.explicit_demand[number], strict=True) if not math.isnan(d)}
    local = {s: float(reach) for s, reach in zip(names, case.reach[number], strict=True) if reach != 1}
    unknown = [
        plain_id(key) for key, known in zip(case.service_ids, case.stated_known[number], strict=True) if not known
    ]
    if demand:
        item["demand"] = demand
    if local:
        item["local"] = local
    if unknown:
        item["unknown"] = unknown
    if not math.isnan(case.return_population[number]):
        item["return_population"] = float(case.return_population[number])
    return item


def facility_item(case: PlanningCase, number: int) -> dict[str, Any]:
    place = int(case.stands_in[number])
    links = range(int(case.catchment_ptr[number]), int(case.catchment_ptr[number + 1]))
    needs = range(int(case.depends_ptr[number]), int(case.depends_ptr[number + 1]))
    item: dict[str, Any] = {
        "id": plain_id(case.facility_ids[number]),
        "service": plain_id(case.service_ids[case.service_of[number]]),
        "nbhd": plain_id(case.neighbourhood_ids[place]) if place >= 0 else None,
        "nominal": float(case.nominal[number]),
        "current": None if case.undetermined[number] else float(case.current[number]),
        "status": str(ORIGINS[case.origin[number]]),
        "capacity_interval": [float(case.current_lo[number]), float(case.current_hi[number])],
        "catchment": {
            str(case.neighbourhood_ids[case.catchment_place[link]]): float(case.catchment_weight[link])
            for link in links
        },
        "depends": {
            str(case.service_ids[case.depends_service[need]]): float(case.depends_strength[need]) for need in needs
        },
    }
    backup = {
        str(case.service_ids[case.depends_service[need]]): float(case.depends_backup[need])
        for need in needs
        if case.depends_backup[need] > 0
    }
    return {**item, "backup": backup} if backup else item


def intervention_item(case: PlanningCase, work: Intervention) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": plain_id(work.id),
        "cost": work.cost,
        "duration": work.duration,
        "crew": work.crew,
        "fund": work.fund,
        "requires": [plain_id(case.interventions[other].id) for other in work.requires],
        "group": work.group,
        "actions": [action_item(case, effect) for effect in work.effects],
    }
    optional: dict[str, tuple[Any, Any]] = {
        "crew_units": (work.crew_units, 1),
        "mandatory": (work.mandatory, False),
        "forbidden": (work.forbidden, False),
        "forbidden_because": (work.forbidden_because, ""),
        "earliest": (work.earliest, 0),
        "latest": (work.latest, None),
        "costs": (dict(work.costs), {}),
    }
    return item | {key: value for key, (value, usual) in optional.items() if value != usual}


def action_item(case: PlanningCase, effect: Effect) -> dict[str, Any]:
    item: dict[str, Any] = {"type": str(effect.kind)}
    if effect.kind == EffectKind.LOCAL:
        item["nbhd"] = plain_id(case.neighbourhood_ids[effect.target])
    else:
        item["facility"] = plain_id(case.facility_ids[effect.target])
    if effect.kind != EffectKind.CAPACITY:
        item["service"] = plain_id(case.service_ids[effect.service])
    return {**item, "add": effect.add}
