"""Municipalities and neighbourhoods over HTTP."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from crisis.lib.wire import Day, Page, PageQuery, decoded_cursor, page
from municipal_units.api.asking import Asking
from municipal_units.models import Municipality
from municipal_units.permissions import Permission
from municipal_units.schemas.registers import MunicipalityOut, NeighbourhoodOut
from municipal_units.selectors.places import (
    municipality_for,
    municipality_item,
    neighbourhoods_geojson,
    neighbourhoods_on,
)

router = Router(tags=["places"])
METRES_PER_DEGREE = 111_195


class NeighbourhoodQuery(PageQuery):
    at: Day | None = None


class OutlineQuery(Schema):
    at: Day | None = None
    tolerance_m: float = Field(10, ge=0, le=10_000)


@router.get("/municipalities", response=Page[MunicipalityOut], operation_id="municipalities")
def municipalities(request: Asking, query: Query[PageQuery]) -> dict[str, Any]:
    """The municipalities the asker has any business in."""
    mine = Municipality.objects.filter(pk__in=request.auth.municipality_ids)
    after = decoded_cursor(query.cursor, str)
    rows = mine.select_related("crisis").order_by("code")
    rows = rows.filter(code__gt=after[0]) if after else rows
    items = [municipality_item(town, request.auth) for town in rows[: query.limit + 1]]
    return page(items, limit=query.limit, count=mine.count(), key=["code"])


@router.get("/municipalities/{slug:code}", response=MunicipalityOut, operation_id="municipality")
def municipality(request: Asking, code: str) -> dict[str, Any]:
    return municipality_item(municipality_for(request.auth, code), request.auth)


@router.get(
    "/municipalities/{slug:code}/neighbourhoods", response=Page[NeighbourhoodOut], operation_id="neighbourhoods"
)
def neighbourhoods(request: Asking, code: str, query: Query[NeighbourhoodQuery]) -> dict[str, Any]:
    """The neighbourhoods of a day (today), in the order of their ids."""
    town = municipality_for(request.auth, code, Permission.VIEW_PLACES)
    here = neighbourhoods_on(town, query.at or timezone.localdate())
    after = decoded_cursor(query.cursor, int)
    rows = here.filter(pk__gt=after[0]) if after else here
    return page(rows.order_by("pk")[: query.limit + 1], limit=query.limit, count=here.count(), key=["pk"])


@router.get(
    "/municipalities/{slug:code}/neighbourhoods.geojson",
    operation_id="neighbourhoods_geojson",
    openapi_extra={"responses": {200: {"description": "GeoJSON", "content": {"application/geo+json": {}}}}},
)
def geojson(request: Asking, code: str, query: Query[OutlineQuery]) -> HttpResponse:
    """Outlines of a day as GeoJSON, simplified by at most `tolerance_m` metres."""
    town = municipality_for(request.auth, code, Permission.VIEW_PLACES)
    day = query.at or timezone.localdate()
    text = neighbourhoods_geojson(town, on=day, tolerance_deg=query.tolerance_m / METRES_PER_DEGREE)
    return HttpResponse(text, content_type="application/geo+json")
