"""Structures and damage over HTTP."""

from typing import Any

from django.contrib.gis.geos import Point
from ninja import Query, Router, Status

from crisis.lib.errors import FieldError, Invalid, NotFound
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from damage.actions.hazards import HazardRow, change_hazard, report_hazard
from damage.actions.housing import HousingStockRow, record_housing_stock
from damage.actions.submit import review_damage, submit_damage
from damage.models import DamageAssessment, Hazard, HousingStock, Structure
from damage.schemas import (
    AssessmentOut,
    AssessmentQuery,
    DamageIn,
    DamageReceipt,
    HazardIn,
    HazardOut,
    HazardQuery,
    HazardReceipt,
    HazardStateIn,
    HousingIn,
    HousingOut,
    ReviewIn,
    StructureOut,
    StructureQuery,
)
from damage.selectors import assessments_to_review, damage_feature, hazard_items, hazards_of
from municipal_units.api.asking import Asking
from municipal_units.permissions import Permission
from municipal_units.selectors.places import municipality_for
from municipal_units.selectors.receipts import event_of

router = Router(tags=["damage"])
TOWN = "/municipalities/{slug:code}"


@router.post(TOWN + "/damage", response={201: DamageReceipt}, operation_id="submit_damage")
def submit(request: Asking, code: str, damage: DamageIn) -> Status[DamageAssessment]:
    """One observation of damage. Sent again, the answer is the same and nothing is added."""
    town = municipality_for(request.auth, code, Permission.ASSESS_DAMAGE)
    values = damage.dict()
    if values["structure"] is not None and not Structure.objects.filter(municipality=town, pk=values["structure"]):
        message = "There is no such structure here."
        raise Invalid(message, fields=[FieldError("structure", message, "unknown")])
    place = Point(values.pop("lon"), values.pop("lat"), srid=4326)
    made = submit_damage(by=request.auth, municipality=town, place=place, **values)
    made.event = event_of(made)  # type: ignore[attr-defined]
    made.feature = damage_feature(made.structure)  # type: ignore[attr-defined]
    return Status(201, made)


@router.get(TOWN + "/damage", response=Page[AssessmentOut], operation_id="assessments")
def assessments(request: Asking, code: str, query: Query[AssessmentQuery]) -> dict[str, Any]:
    """Observations in the order in which they came; with `review` those that wait for a person."""
    town = municipality_for(request.auth, code, Permission.VIEW_DAMAGE)
    rows = assessments_to_review(town) if query.review else DamageAssessment.objects.filter(municipality=town)
    if query.structure is not None:
        rows = rows.filter(structure_id=query.structure)
    if query.neighbourhood is not None:
        rows = rows.filter(neighbourhood_id=query.neighbourhood)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__gt=after[0]) if after else rows
    return page(shown.order_by("pk")[: query.limit + 1], limit=query.limit, count=rows.count(), key=["pk"])


@router.post(TOWN + "/damage/{int:assessment_id}/review", response=AssessmentOut, operation_id="review_damage")
def review(request: Asking, code: str, assessment_id: int, verdict: ReviewIn) -> DamageAssessment:
    """A person accepts or rejects an observation; a rejected one never counts."""
    town = municipality_for(request.auth, code)
    seen = DamageAssessment.objects.select_related("municipality", "structure").filter(municipality=town)
    found = seen.filter(pk=assessment_id).first()
    if found is None:
        raise NotFound("There is no such observation here.")
    return review_damage(by=request.auth, assessment=found, state=verdict.state, reason=verdict.reason)


@router.get(TOWN + "/structures", response=Page[StructureOut], operation_id="structures")
def structures(request: Asking, code: str, query: Query[StructureQuery]) -> dict[str, Any]:
    """Structures with the grade that counts now."""
    town = municipality_for(request.auth, code, Permission.VIEW_DAMAGE)
    rows = Structure.objects.filter(municipality=town)
    if query.neighbourhood is not None:
        rows = rows.filter(neighbourhood_id=query.neighbourhood)
    if query.grade:
        rows = rows.filter(current_grade=query.grade)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__gt=after[0]) if after else rows
    features = [damage_feature(structure) for structure in shown.order_by("pk")[: query.limit + 1]]
    return page(features, limit=query.limit, count=rows.count(), key=["id"])


@router.get(TOWN + "/housing-stock", response=Page[HousingOut], operation_id="housing_stocks")
def housing_stocks(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """Dwellings per neighbourhood as counted or estimated, in the order in which they were recorded."""
    town = municipality_for(request.auth, code, Permission.VIEW_DAMAGE)
    rows = HousingStock.objects.filter(municipality=town)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__gt=after[0]) if after else rows
    return page(shown.order_by("pk")[: query.limit + 1], limit=query.limit, count=rows.count(), key=["pk"])


@router.post(TOWN + "/housing-stock", response={201: HousingOut}, operation_id="record_housing_stock")
def housing_stock(request: Asking, code: str, stock: HousingIn) -> Status[HousingStock]:
    """The dwellings of a neighbourhood. The same place, day and source again replaces the number."""
    town = municipality_for(request.auth, code)
    values = stock.dict()
    row = HousingStockRow(neighbourhood_id=values.pop("neighbourhood"), **values)
    return Status(201, record_housing_stock(by=request.auth, municipality=town, row=row))


@router.get(TOWN + "/hazards", response=Page[HazardOut], operation_id="hazards")
def hazards(request: Asking, code: str, query: Query[HazardQuery]) -> dict[str, Any]:
    """Hazards, the newest received first. Outside the own municipality they stand on a coarse grid in conflict."""
    town = municipality_for(request.auth, code, Permission.VIEW_HAZARDS)
    rows = hazards_of(town, status=str(query.status), neighbourhood_id=query.neighbourhood)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__lt=after[0]) if after else rows
    found = list(shown.order_by("-pk")[: query.limit + 1])
    return page(hazard_items(found, request.auth), limit=query.limit, count=rows.count(), key=["id"])


@router.post(TOWN + "/hazards", response={201: HazardReceipt}, operation_id="report_hazard")
def hazard(request: Asking, code: str, given: HazardIn) -> Status[Hazard]:
    """Something dangerous. Sent again, the answer is the same and nothing is added."""
    town = municipality_for(request.auth, code, Permission.REPORT_HAZARDS)
    values = given.dict()
    lon, lat = values.pop("lon"), values.pop("lat")
    if (lon is None) != (lat is None):
        message = "A place needs both longitude and latitude."
        raise Invalid(message, fields=[FieldError("lon", message)])
    row = HazardRow(
        fact_id=values.pop("instance_id"),
        neighbourhood_id=values.pop("neighbourhood"),
        place=None if lon is None else Point(lon, lat, srid=4326),
        **values,
    )
    return Status(201, report_hazard(by=request.auth, municipality=town, row=row))


@router.post(TOWN + "/hazards/{int:hazard_id}/status", response=HazardReceipt, operation_id="change_hazard")
def hazard_status(request: Asking, code: str, hazard_id: int, given: HazardStateIn) -> Hazard:
    """Confirmed, cleared or released. Who reported it does not declare it gone."""
    town = municipality_for(request.auth, code, Permission.EDIT_HAZARDS)
    found = Hazard.objects.select_related("municipality").filter(municipality=town, pk=hazard_id).first()
    if found is None:
        raise NotFound("There is no such hazard here.")
    return change_hazard(by=request.auth, hazard=found, status=given.status, on=given.on, note=given.note)
