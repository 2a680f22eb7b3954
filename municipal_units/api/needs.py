"""Reported needs over HTTP."""

from typing import Any

from ninja import Query, Router, Status

from crisis.lib.wire import Page, decoded_cursor, page
from municipal_units.actions.needs import NeedRow, record_need
from municipal_units.api.asking import Asking
from municipal_units.models import NeedReport
from municipal_units.permissions import Permission
from municipal_units.schemas.needs import NeedIn, NeedOut, NeedQuery, NeedReceipt
from municipal_units.selectors.needs import need_items, need_reports
from municipal_units.selectors.places import municipality_for

router = Router(tags=["population"])
TOWN = "/municipalities/{slug:code}"


@router.get(TOWN + "/needs", response=Page[NeedOut], operation_id="needs")
def needs(request: Asking, code: str, query: Query[NeedQuery]) -> dict[str, Any]:
    """What groups of people said they need, in the order in which the reports came."""
    town = municipality_for(request.auth, code, Permission.VIEW_POPULATION)
    rows = need_reports(town, neighbourhood_id=query.neighbourhood)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__gt=after[0]) if after else rows
    items = need_items(shown[: query.limit + 1], town, request.auth)
    return page(items, limit=query.limit, count=rows.count(), key=["id"])


@router.post(TOWN + "/needs", response={201: NeedReceipt}, operation_id="record_need")
def record(request: Asking, code: str, given: NeedIn) -> Status[NeedReport]:
    """A report of needs. Sent again, the answer is the same and nothing is added."""
    town = municipality_for(request.auth, code)
    values = given.dict()
    row = NeedRow(
        fact_id=values.pop("instance_id"),
        neighbourhood_id=values.pop("neighbourhood"),
        needs=tuple(values.pop("needs")),
        **values,
    )
    return Status(201, record_need(by=request.auth, municipality=town, row=row))
