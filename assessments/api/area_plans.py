"""Plans of neighbourhoods over HTTP."""

from typing import Any

from ninja import Router, Status

from assessments.actions.area_plans import agree_area_plan, put_to_vote, write_area_plan
from assessments.models import AreaPlan
from assessments.schemas.area_plans import (
    AreaAgreementIn,
    AreaComparisonOut,
    AreaPlanIn,
    AreaPlanOut,
    AreaPlanRow,
    AreaVoteIn,
)
from assessments.selectors.area_plans import (
    area_plan_here,
    area_plan_item,
    area_plan_of,
    area_plans_of,
    compared_versions,
)
from crisis.lib.errors import NotFound
from municipal_units.api.asking import Asking
from municipal_units.models import Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission
from municipal_units.selectors.places import municipality_for
from municipal_units.selectors.unit import decision_of

router = Router(tags=["area plans"])
TOWN = "/municipalities/{slug:code}"
HERE = TOWN + "/neighbourhoods/{int:neighbourhood_id}/area-plan"
PLAN = TOWN + "/area-plans/{int:area_plan_id}"


@router.get(TOWN + "/area-plans", response=list[AreaPlanRow], operation_id="area_plans")
def area_plans(request: Asking, code: str) -> list[dict[str, Any]]:
    """Every neighbourhood with its newest version; the public sees agreed ones."""
    return area_plans_of(municipality_for(request.auth, code, Permission.VIEW_APPROVED_PLANS), actor=request.auth)


@router.get(HERE, response=AreaPlanOut, operation_id="area_plan")
def area_plan(request: Asking, code: str, neighbourhood_id: int, version: int | None = None) -> dict[str, Any]:
    town = municipality_for(request.auth, code, Permission.VIEW_APPROVED_PLANS)
    return area_plan_item(wanted(town, neighbourhood_id, request.auth, version), actor=request.auth)


@router.post(HERE, response={201: AreaPlanOut}, operation_id="write_area_plan")
def write(request: Asking, code: str, neighbourhood_id: int, given: AreaPlanIn) -> Status[dict[str, Any]]:
    """A new version beside the figures of today."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    made = write_area_plan(by=request.auth, neighbourhood=place_of(town, neighbourhood_id), **given.dict())
    return Status(201, area_plan_item(made, actor=request.auth))


@router.get(HERE + "/compare", response=AreaComparisonOut, operation_id="compare_area_plans")
def compare(
    request: Asking, code: str, neighbourhood_id: int, older: int | None = None, newer: int | None = None
) -> dict[str, Any]:
    """What was written differently in two versions, and how the figures moved: ?older=1&newer=3; without, the newest
    and the one before it."""
    town = municipality_for(request.auth, code, Permission.VIEW_APPROVED_PLANS)
    after = wanted(town, neighbourhood_id, request.auth, newer)
    before = wanted(town, neighbourhood_id, request.auth, older or max(1, after.version - 1))
    return compared_versions(before, after, actor=request.auth)


@router.post(PLAN + "/vote", response={201: dict[str, int]}, operation_id="put_area_plan_to_vote")
def to_vote(request: Asking, code: str, area_plan_id: int, wish: AreaVoteIn) -> Status[dict[str, int]]:
    """Proposes a decision that agrees this version."""
    town = municipality_for(request.auth, code, Permission.PROPOSE_DECISIONS)
    plan = area_plan_of(town, area_plan_id, actor=request.auth)
    return Status(201, {"decision": put_to_vote(by=request.auth, plan=plan, **wish.dict()).pk})


@router.post(PLAN + "/agree", response=AreaPlanOut, operation_id="agree_area_plan")
def agree(request: Asking, code: str, area_plan_id: int, given: AreaAgreementIn) -> dict[str, Any]:
    """Records that an adopted decision agrees this version; its votes are the signatures."""
    town = municipality_for(request.auth, code, Permission.APPROVE_PLANS)
    plan = area_plan_of(town, area_plan_id, actor=request.auth)
    agree_area_plan(by=request.auth, plan=plan, decision=decision_of(town, given.decision))
    return area_plan_item(area_plan_of(town, area_plan_id, actor=request.auth), actor=request.auth)


def wanted(town: Municipality, neighbourhood_id: int, actor: Actor, version: int | None) -> AreaPlan:
    found = area_plan_here(town, place_of(town, neighbourhood_id).pk, actor=actor, version=version)
    if found is None:
        raise NotFound("This neighbourhood has no plan yet.")
    return found


def place_of(town: Municipality, neighbourhood_id: int) -> Neighbourhood:
    found = Neighbourhood.objects.select_related("municipality").filter(municipality=town, pk=neighbourhood_id).first()
    if found is None:
        raise NotFound("There is no such neighbourhood here.")
    return found
