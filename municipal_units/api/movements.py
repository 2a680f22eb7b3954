"""Flows of people, the stock they explain, and the sites that host them, over HTTP."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from ninja import Query, Router, Status

from crisis.lib.errors import Invalid, NotFound
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from municipal_units.actions.movements import MovementRow, record_movement, reject_movement
from municipal_units.actions.population import SiteRow, record_site
from municipal_units.api.asking import Asking
from municipal_units.models import Movement, Municipality, Site
from municipal_units.permissions import Permission
from municipal_units.schemas.people import (
    MovementIn,
    MovementOut,
    MovementQuery,
    MovementReviewIn,
    SiteIn,
    SiteOut,
    StockOut,
    StockQuery,
)
from municipal_units.selectors.movements import movements_of, stock_by_place
from municipal_units.selectors.places import municipality_for

router = Router(tags=["population"])
TOWN = "/municipalities/{slug:code}"
PERIOD_DAYS = 30


@router.get(TOWN + "/movements", response=Page[MovementOut], operation_id="movements")
def movements(request: Asking, code: str, query: Query[MovementQuery]) -> dict[str, Any]:
    """Reported flows, newest first."""
    town = municipality_for(request.auth, code, Permission.RECORD_POPULATION)
    found = movements_of(town, kind=query.kind, neighbourhood_id=query.neighbourhood)
    rows = found
    if after := decoded_cursor(query.cursor, date, int):
        rows = rows.filter(Q(happened_on__lt=after[0]) | Q(happened_on=after[0], pk__lt=after[1]))
    return page(rows[: query.limit + 1], limit=query.limit, count=found.count(), key=["happened_on", "pk"])


@router.post(TOWN + "/movements", response={201: MovementOut}, operation_id="record_movement")
def record(request: Asking, code: str, movement: MovementIn) -> Status[Movement]:
    """An arrival, departure, return, secondary displacement or eviction. Sent again, it is taken once."""
    town = municipality_for(request.auth, code)
    values = movement.dict()
    ends = {"origin_id": values.pop("origin"), "destination_id": values.pop("destination")}
    return Status(201, record_movement(by=request.auth, municipality=town, row=MovementRow(**values, **ends)))


@router.post(TOWN + "/movements/{int:movement_id}/review", response=MovementOut, operation_id="review_movement")
def review(request: Asking, code: str, movement_id: int, asked: MovementReviewIn) -> Movement:
    """Takes a wrong report out of the sums, or puts it back; the report itself stays."""
    town = municipality_for(request.auth, code, Permission.APPROVE_POPULATION)
    return reject_movement(by=request.auth, movement=movement_of(town, movement_id), rejected=asked.rejected)


@router.get(TOWN + "/stock", response=list[StockOut], operation_id="population_stock")
def stock(request: Asking, code: str, query: Query[StockQuery]) -> list[dict[str, Any]]:
    """closing = opening + came - left, per neighbourhood, beside what was counted at the end."""
    town = municipality_for(request.auth, code, Permission.RECORD_POPULATION)
    end = query.end or timezone.localdate()
    start = query.start or end - timedelta(days=PERIOD_DAYS)
    if end < start:
        raise Invalid("The period ends before it begins.")
    return stock_by_place(town, start=start, end=end, group=query.group)


@router.get(TOWN + "/sites", response=Page[SiteOut], operation_id="sites")
def sites(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """Places that host displaced people, in the order of their codes."""
    town = municipality_for(request.auth, code, Permission.RECORD_POPULATION)
    there = Site.objects.filter(municipality=town)
    after = decoded_cursor(query.cursor, str)
    rows = there.filter(code__gt=after[0]) if after else there
    return page(rows.order_by("code")[: query.limit + 1], limit=query.limit, count=there.count(), key=["code"])


@router.post(TOWN + "/sites", response={201: SiteOut}, operation_id="record_site")
def site(request: Asking, code: str, told: SiteIn) -> Status[Site]:
    """A site, or what is new about one with the same code."""
    town = municipality_for(request.auth, code)
    values = told.dict()
    row = SiteRow(neighbourhood_id=values.pop("neighbourhood"), **values)
    return Status(201, record_site(by=request.auth, municipality=town, row=row))


def movement_of(town: Municipality, movement_id: int) -> Movement:
    found = Movement.objects.filter(municipality=town, pk=movement_id).first()
    if found is None:
        raise NotFound("There is no such report here.")
    return found
