"""Tension, incidents and evictions over HTTP, for the few the role matrix names."""

from typing import Any

from django.utils import timezone
from ninja import Query, Router, Status

from crisis.lib.disclosure import Audience
from crisis.lib.errors import NotFound
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from municipal_units.actions.evictions import EvictionRow, advance_eviction, open_eviction
from municipal_units.actions.protection import (
    IncidentRow,
    confirm_tension,
    do_task,
    place_of,
    record_tension,
    report_incident,
    require_area,
    verify_incident,
)
from municipal_units.api.asking import Asking
from municipal_units.models import TensionIncident, TensionRecord, UnitTask
from municipal_units.permissions import Permission, Role, require_somewhere
from municipal_units.schemas.protection import (
    EvictionIn,
    EvictionOut,
    EvictionTotals,
    IncidentIn,
    IncidentOut,
    RecordedOut,
    StageIn,
    SuggestionOut,
    TaskDone,
    TaskOut,
    TensionIn,
    TensionList,
    VerifyIn,
)
from municipal_units.selectors.places import municipality_for
from municipal_units.selectors.protection import (
    eviction_item,
    eviction_of,
    eviction_totals,
    evictions_for,
    incidents_for,
    tasks_of,
    tension_items,
    tension_suggestions,
)

router = Router(tags=["protection"])
TOWN = "/municipalities/{slug:code}"


@router.get(TOWN + "/tension", response=TensionList, operation_id="tension")
def tension(request: Asking, code: str) -> dict[str, Any]:
    """The level of each neighbourhood, critical first; for community representatives the level of their own area."""
    town = municipality_for(request.auth, code, Permission.VIEW_MASKED_TENSION)
    return {"items": tension_items(town, request.auth)}


@router.post(TOWN + "/tension", response={201: RecordedOut}, operation_id="record_tension")
def record(request: Asking, code: str, given: TensionIn) -> Status[TensionRecord]:
    town = municipality_for(request.auth, code, Permission.RECORD_TENSION)
    place = place_of(town, given.neighbourhood)
    made = record_tension(
        by=request.auth,
        neighbourhood=place,
        observed_on=given.observed_on,
        values={str(name): value for name, value in given.values.items()},
        note=given.note,
    )
    return Status(201, made)


@router.get(
    TOWN + "/neighbourhoods/{int:neighbourhood_id}/tension-suggestions",
    response=SuggestionOut,
    operation_id="tension_suggestions",
)
def suggestions(request: Asking, code: str, neighbourhood_id: int) -> dict[str, Any]:
    """What the registers already say of the indicators there."""
    town = municipality_for(request.auth, code, Permission.VIEW_TENSION)
    place = place_of(town, neighbourhood_id)
    require_area(request.auth, Permission.VIEW_TENSION, town, place.pk)
    return {"values": tension_suggestions(town, place, timezone.localdate())}


@router.post(TOWN + "/tension/{int:tension_id}/confirm", response=RecordedOut, operation_id="confirm_tension")
def confirm(request: Asking, code: str, tension_id: int) -> TensionRecord:
    """Somebody else than its author confirms a record."""
    town = municipality_for(request.auth, code, Permission.APPROVE_TENSION)
    found = TensionRecord.objects.select_related("municipality").filter(municipality=town, pk=tension_id).first()
    if found is None:
        raise NotFound("There is no such record here.")
    return confirm_tension(by=request.auth, record=found)


@router.get(TOWN + "/incidents", response=Page[IncidentOut], operation_id="incidents")
def incidents(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """Incidents, the newest received first; community representatives see their own reports."""
    town = municipality_for(request.auth, code, Permission.RECORD_TENSION)
    rows = incidents_for(town, request.auth)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__lt=after[0]) if after else rows
    return page(shown.order_by("-pk")[: query.limit + 1], limit=query.limit, count=rows.count(), key=["pk"])


@router.post(TOWN + "/incidents", response={201: IncidentOut}, operation_id="report_incident")
def report(request: Asking, code: str, given: IncidentIn) -> Status[TensionIncident]:
    town = municipality_for(request.auth, code, Permission.RECORD_TENSION)
    values = given.dict()
    place = place_of(town, values.pop("neighbourhood"))
    row = IncidentRow(fact_id=values.pop("instance_id"), **values)
    return Status(201, report_incident(by=request.auth, neighbourhood=place, row=row))


@router.post(TOWN + "/incidents/{int:incident_id}/verification", response=IncidentOut, operation_id="verify_incident")
def verify(request: Asking, code: str, incident_id: int, given: VerifyIn) -> TensionIncident:
    town = municipality_for(request.auth, code, Permission.EDIT_TENSION)
    found = TensionIncident.objects.select_related("municipality").filter(municipality=town, pk=incident_id).first()
    if found is None:
        raise NotFound("There is no such incident here.")
    return verify_incident(by=request.auth, incident=found, verification=given.verification)


@router.get(TOWN + "/evictions", response=Page[EvictionOut], operation_id="evictions")
def evictions(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """Cases, the newest received first; who may only report sees their own."""
    town = municipality_for(request.auth, code, Permission.RECORD_EVICTIONS)
    rows = evictions_for(town, request.auth)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__lt=after[0]) if after else rows
    items = [eviction_item(case) for case in shown.order_by("-pk")[: query.limit + 1]]
    return page(items, limit=query.limit, count=rows.count(), key=["id"])


@router.post(TOWN + "/evictions", response={201: EvictionOut}, operation_id="open_eviction")
def open_case(request: Asking, code: str, given: EvictionIn) -> Status[dict[str, Any]]:
    town = municipality_for(request.auth, code, Permission.RECORD_EVICTIONS)
    values = given.dict()
    place = place_of(town, values.pop("neighbourhood"))
    values["safeguards"] = {str(name): str(answer) for name, answer in values["safeguards"].items()}
    row = EvictionRow(fact_id=values.pop("instance_id"), **values)
    return Status(201, eviction_item(open_eviction(by=request.auth, neighbourhood=place, row=row)))


@router.get(TOWN + "/evictions/totals", response=EvictionTotals, operation_id="eviction_totals")
def totals(request: Asking, code: str) -> dict[str, Any]:
    """The indicators of the whole municipality; rounded for partners, and without ratios of few cases."""
    town = municipality_for(request.auth, code, Permission.VIEW_EVICTION_TOTALS)
    own = request.auth.roles_in(town.pk) & {Role.COORDINATOR, Role.UNIT_LEAD}
    partner = Role.PARTNER in request.auth.roles_in(town.pk)
    return eviction_totals(town, Audience.OWN if own else Audience.PARTNER if partner else Audience.PUBLIC)


@router.get(TOWN + "/evictions/{int:eviction_id}", response=EvictionOut, operation_id="eviction")
def case(request: Asking, code: str, eviction_id: int) -> dict[str, Any]:
    town = municipality_for(request.auth, code, Permission.RECORD_EVICTIONS)
    return eviction_item(eviction_of(town, eviction_id, request.auth))


@router.post(TOWN + "/evictions/{int:eviction_id}/stages", response=EvictionOut, operation_id="advance_eviction")
def advance(request: Asking, code: str, eviction_id: int, given: StageIn) -> dict[str, Any]:
    town = municipality_for(request.auth, code, Permission.EDIT_EVICTIONS)
    values = given.dict()
    values["safeguards"] = {str(name): str(answer) for name, answer in values["safeguards"].items()}
    return eviction_item(advance_eviction(by=request.auth, case=eviction_of(town, eviction_id, request.auth), **values))


@router.get(TOWN + "/tasks", response=Page[TaskOut], operation_id="tasks")
def tasks(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """What the unit has to do, in the order in which it came."""
    town = municipality_for(request.auth, code, Permission.DO_TASKS)
    rows = tasks_of(town)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__gt=after[0]) if after else rows
    return page(shown.order_by("pk")[: query.limit + 1], limit=query.limit, count=rows.count(), key=["pk"])


@router.post(TOWN + "/tasks/{int:task_id}/done", response=TaskOut, operation_id="do_task")
def done(request: Asking, code: str, task_id: int, given: TaskDone) -> UnitTask:
    town = municipality_for(request.auth, code)
    require_somewhere(request.auth, Permission.DO_TASKS, town)
    found = UnitTask.objects.filter(municipality=town, pk=task_id).first()
    if found is None:
        raise NotFound("There is no such task here.")
    return do_task(by=request.auth, task=found, **given.dict())
