"""Funds and the works they pay for, over HTTP."""

from typing import Any

from ninja import Router, Status

from assessments.actions.plans_funding import register_fund, set_funding
from assessments.api.works import work_of
from assessments.models import Fund
from assessments.schemas.plans import FundIn, FundingIn, FundingOut, FundOut
from assessments.selectors.plans_funding import fund_item, funding, funds_of
from crisis.lib.errors import NotFound
from municipal_units.api.asking import Asking
from municipal_units.models import Municipality
from municipal_units.permissions import Permission
from municipal_units.selectors.places import municipality_for

router = Router(tags=["plans"])
FUNDS = "/municipalities/{slug:code}/funds"


@router.get(FUNDS, response=FundingOut, operation_id="funding")
def list_funding(request: Asking, code: str) -> dict[str, Any]:
    """Funds with what is left, works with what is missing, and the gap per sector."""
    town = municipality_for(request.auth, code, Permission.VIEW_WORKS)
    return funding(town, actor=request.auth)


@router.post(FUNDS, response={201: FundOut}, operation_id="register_fund")
def register(request: Asking, code: str, fund: FundIn) -> Status[dict[str, Any]]:
    """A new fund, or the known one with this code as it is now."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    made = register_fund(by=request.auth, municipality=town, **fund.dict())
    return Status(201, next(fund_item(one) for one in funds_of(town) if one.pk == made.pk))


@router.put(FUNDS + "/{int:fund_id}/works/{int:work_id}", response=FundOut, operation_id="set_funding")
def set_part(request: Asking, code: str, fund_id: int, work_id: int, part: FundingIn) -> dict[str, Any]:
    """Sets a part of a fund aside for a work; 0 takes it back."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    fund, work = fund_here(town, fund_id), work_of(town, work_id)
    set_funding(by=request.auth, fund=fund, work=work, amount=part.amount)
    return next(fund_item(one) for one in funds_of(town) if one.pk == fund.pk)


def fund_here(town: Municipality, fund_id: int) -> Fund:
    found = Fund.objects.select_related("municipality").filter(municipality=town, pk=fund_id).first()
    if found is None:
        raise NotFound("There is no such fund here.")
    return found
