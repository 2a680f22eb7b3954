"""What the command line prints about plans and schedules: one JSON document, numbers unrounded."""

import math
from collections.abc import Sequence
from typing import Any

from assessments.core.answers import selected
from assessments.core.case import PlanningCase
from assessments.core.document_writing import plain_id
from assessments.core.planning.optimiser import portfolio
from assessments.core.planning.schedule import Schedule, schedule
from assessments.core.planning.solving import Clock, Portfolio, Watch


def plan_answer(
    case: PlanningCase, *, clock: Clock, gap: float, time_s: float, watch: Watch | None = None
) -> dict[str, Any]:
    """The answer of `plan CASE.json`."""
    return plan_document(case, portfolio(case, clock=clock, gap=gap, time_s=time_s, watch=watch))


def plan_document(case: PlanningCase, plan: Portfolio) -> dict[str, Any]:
    """`gain` is the rise of person-functionality and `bound` the most it could be. Where equity rules make something
    else the aim, `bound` and `gap` are of `objective`, the rise of that aim, which is then given too; `floor_shortfall`
    is the smallest total shortfall below the hard floors, in persons times share."""
    document: dict[str, Any] = {
        "selected": [plain_id(case.interventions[work].id) for work in plan.works],
        "person_functionality": plan.value.person_functionality,
        "gain": plan.value.gain,
        "bound": plan.bound,
        "gap": finite(plan.gap),
        "cost": plan.value.cost,
        "seconds": plan.seconds,
        "status": str(plan.status),
    }
    limits = case.limits
    if any(limits.group_weight.values()) or limits.soft_floor is not None:
        document |= {"objective": plan.value.objective, "shortfall": plan.value.short}
    if limits.floors:
        document["floor_shortfall"] = plan.floor_short
    return document


def finite(value: float) -> float | None:
    """JSON has no infinity: a gap over no gain at all is null."""
    return value if math.isfinite(value) else None


def schedule_answer(
    case: PlanningCase,
    select: Sequence[str] = (),
    *,
    clock: Clock,
    gap: float,
    time_s: float,
    watch: Watch | None = None,
) -> dict[str, Any]:
    """The answer of `schedule CASE.json [--select i1,i2]`: with a selection, of those works and no others."""
    only = selected(case, select) if select else None
    return schedule_document(case, schedule(case, clock=clock, gap=gap, time_s=time_s, watch=watch, only=only))


def schedule_document(case: PlanningCase, plan: Schedule) -> dict[str, Any]:
    """As `plan_document`, of all works done, and `start` and `area`. `bound` is the most the area could be and `gap`
    what is missing to it over what the calendar adds to the area of doing nothing."""
    value = plan.value
    document: dict[str, Any] = {
        "selected": [plain_id(case.interventions[work].id) for work in value.start],
        "person_functionality": value.value.person_functionality,
        "gain": value.value.gain,
        "start": {str(case.interventions[work].id): period for work, period in value.start.items()},
        "area": value.area,
        "bound": plan.bound,
        "gap": finite(plan.gap),
        "cost": value.value.cost,
        "seconds": plan.seconds,
        "status": str(plan.status),
    }
    if any(case.limits.group_weight.values()) or case.limits.soft_floor is not None:
        document["objective"] = value.objective
    return document
