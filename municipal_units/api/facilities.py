"""Facilities, what is seen of them and what they need, over HTTP."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ninja import Query, Router, Status

from crisis.lib.errors import NotFound
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from municipal_units.actions.facilities import (
    change_facility,
    register_facility,
    set_dependency,
    state_catchment_share,
)
from municipal_units.actions.facility_links import (
    CatchmentChoice,
    area_of,
    remove_dependency,
    set_catchment,
)
from municipal_units.actions.facility_rows import CatchmentRow, DependencyRow, ReachRow, StatusRow, row_of
from municipal_units.actions.facts import bulk_record_status, record_reach, record_status, withdraw_statuses
from municipal_units.actions.rows import RowOutcome, RowState
from municipal_units.api.asking import Asking
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import (
    CatchmentShare,
    Dependency,
    Event,
    Facility,
    FacilityStatus,
    LocalReach,
    Municipality,
)
from municipal_units.permissions import Permission
from municipal_units.schemas.facilities import (
    CatchmentAnswer,
    CatchmentSetIn,
    StatusesIn,
    StatusesReceipt,
    WithdrawIn,
    WithdrawnOut,
)
from municipal_units.schemas.registers import (
    CatchmentIn,
    CatchmentOut,
    DependencyIn,
    DependencyOut,
    FacilityChange,
    FacilityIn,
    FacilityOut,
    FacilityQuery,
    ReachIn,
    ReachOut,
    StatusIn,
    StatusOut,
    StatusReceipt,
)
from municipal_units.selectors.facilities import catchment_of, facility_count, facility_items, one_facility
from municipal_units.selectors.places import municipality_for
from municipal_units.selectors.receipts import event_of

router = Router(tags=["facilities"])
TOWN = "/municipalities/{slug:code}"
ONE = TOWN + "/facilities/{int:facility_id}"


@router.get(TOWN + "/facilities", response=Page[FacilityOut], operation_id="facilities")
def facilities(request: Asking, code: str, query: Query[FacilityQuery]) -> dict[str, Any]:
    """Facilities with their latest status, in the order of their codes."""
    town = municipality_for(request.auth, code, Permission.VIEW_FACILITIES)
    wanted = {
        "service": query.service,
        "status": query.status,
        "q": query.q.strip(),
        "neighbourhood_id": query.neighbourhood,
    }
    after = decoded_cursor(query.cursor, str, int)
    items = facility_items(town, **wanted, after=after, limit=query.limit + 1)  # type: ignore[arg-type]
    return page(items, limit=query.limit, count=facility_count(town, **wanted), key=["code", "id"])  # type: ignore[arg-type]


@router.post(TOWN + "/facilities", response={201: FacilityOut}, operation_id="register_facility")
def register(request: Asking, code: str, facility: FacilityIn) -> Status[dict[str, Any]]:
    """A new facility. The same again gives what is there; its code with other content is a conflict."""
    town = municipality_for(request.auth, code)
    made = register_facility(by=request.auth, municipality=town, row=facility.row())
    return Status(201, one_facility(town, made.pk))


@router.get(ONE, response=FacilityOut, operation_id="facility")
def facility(request: Asking, code: str, facility_id: int) -> dict[str, Any]:
    return one_facility(municipality_for(request.auth, code, Permission.VIEW_FACILITIES), facility_id)


@router.patch(ONE, response=FacilityOut, operation_id="change_facility")
def change(request: Asking, code: str, facility_id: int, changes: FacilityChange) -> dict[str, Any]:
    town = municipality_for(request.auth, code)
    there = facility_of(town, facility_id)
    given = {name: value for name, value in changes.dict(exclude_unset=True).items() if may_be_empty(name, value)}
    change_facility(by=request.auth, facility=there, row=replace(row_of(there), **given))
    return one_facility(town, there.pk)


@router.get(ONE + "/status", response=Page[StatusOut], operation_id="facility_statuses")
def statuses(request: Asking, code: str, facility_id: int, query: Query[PageQuery]) -> dict[str, Any]:
    """Everything observed of a facility, newest received first."""
    town = municipality_for(request.auth, code, Permission.VIEW_FACILITIES)
    seen = FacilityStatus.objects.filter(facility=facility_of(town, facility_id))
    after = decoded_cursor(query.cursor, int)
    rows = seen.filter(pk__lt=after[0]) if after else seen
    return page(rows.order_by("-pk")[: query.limit + 1], limit=query.limit, count=seen.count(), key=["pk"])


@router.post(ONE + "/status", response={201: StatusReceipt}, operation_id="record_status")
def status(request: Asking, code: str, facility_id: int, seen: StatusIn) -> Status[FacilityStatus]:
    """An observation of a facility. Sent again, the answer is the same and nothing is added."""
    town = municipality_for(request.auth, code)
    values = seen.dict() | {"causes": tuple(seen.causes)}
    row = StatusRow(facility_id=facility_id, fact_id=values.pop("instance_id"), **values)
    made = record_status(by=request.auth, municipality=town, row=row)
    made.event = event_of(made)  # type: ignore[attr-defined]
    return Status(201, made)


@router.put(ONE + "/dependencies/{service}", response=DependencyOut, operation_id="set_dependency")
def dependency(request: Asking, code: str, facility_id: int, service: ServiceDomain, need: DependencyIn) -> Dependency:
    """What the facility needs from a service; strength 0 says that it does not need it."""
    town = municipality_for(request.auth, code)
    row = DependencyRow(facility_id=facility_id, service=service, **need.dict())
    return set_dependency(by=request.auth, municipality=town, row=row)


@router.delete(ONE + "/dependencies/{service}", response={204: None}, operation_id="remove_dependency")
def no_dependency(request: Asking, code: str, facility_id: int, service: ServiceDomain) -> Status[None]:
    """Nothing is known any more about a need for this service."""
    town = municipality_for(request.auth, code)
    remove_dependency(by=request.auth, facility=facility_of(town, facility_id), service=service)
    return Status(204, None)


@router.put(ONE + "/catchment", response=CatchmentAnswer, operation_id="set_catchment")
def whole_catchment(request: Asking, code: str, facility_id: int, wanted: CatchmentSetIn) -> dict[str, Any]:
    """Whom the facility serves from now on: by distance, by stated shares or by a drawn area."""
    town = municipality_for(request.auth, code)
    values = wanted.dict()
    area = values.pop("area")
    choice = CatchmentChoice(**values, area=area_of(json.dumps(area)) if area else None)
    return catchment_of(set_catchment(by=request.auth, facility=facility_of(town, facility_id), choice=choice))


@router.get(ONE + "/catchment-method", response=CatchmentAnswer, operation_id="catchment")
def method_of_catchment(request: Asking, code: str, facility_id: int) -> dict[str, Any]:
    """How it is known whom the facility serves, and what follows from it."""
    town = municipality_for(request.auth, code, Permission.VIEW_FACILITIES)
    return catchment_of(facility_of(town, facility_id))


@router.get(ONE + "/catchment", response=Page[CatchmentOut], operation_id="catchment_shares")
def catchment(request: Asking, code: str, facility_id: int, query: Query[PageQuery]) -> dict[str, Any]:
    """The stated shares of neighbourhoods that a facility serves."""
    town = municipality_for(request.auth, code, Permission.VIEW_FACILITIES)
    stated = CatchmentShare.objects.filter(facility=facility_of(town, facility_id))
    after = decoded_cursor(query.cursor, int)
    rows = stated.filter(neighbourhood_id__gt=after[0]) if after else stated
    key = ["neighbourhood_id"]
    return page(rows.order_by(*key)[: query.limit + 1], limit=query.limit, count=stated.count(), key=key)


@router.put(ONE + "/catchment/{int:neighbourhood_id}", response=CatchmentOut, operation_id="state_catchment_share")
def share(request: Asking, code: str, facility_id: int, neighbourhood_id: int, stated: CatchmentIn) -> CatchmentShare:
    """A stated share; it wins over drawn areas and distance."""
    town = municipality_for(request.auth, code)
    row = CatchmentRow(facility_id=facility_id, neighbourhood_id=neighbourhood_id, **stated.dict())
    return state_catchment_share(by=request.auth, municipality=town, row=row)


@router.post(TOWN + "/statuses", response={201: StatusesReceipt}, operation_id="record_statuses")
def statuses_of_many(request: Asking, code: str, seen: StatusesIn) -> Status[dict[str, Any]]:
    """Observations of several facilities in one go, one event for all of them."""
    town = municipality_for(request.auth, code)
    rows = []
    for status in seen.statuses:
        values = status.dict() | {"causes": tuple(status.causes)}
        rows.append(StatusRow(facility_id=values.pop("facility"), fact_id=values.pop("instance_id"), **values))
    outcomes = bulk_record_status(by=request.auth, municipality=town, rows=rows)
    return Status(201, statuses_receipt(town, rows, outcomes))


@router.post(TOWN + "/statuses/withdraw", response=WithdrawnOut, operation_id="withdraw_statuses")
def withdraw(request: Asking, code: str, wanted: WithdrawIn) -> dict[str, int]:
    """Takes observations back. They stay on record and no longer count."""
    town = municipality_for(request.auth, code)
    taken = withdraw_statuses(by=request.auth, municipality=town, status_ids=wanted.statuses, reason=wanted.reason)
    return {"withdrawn": len(taken)}


@router.get(TOWN + "/reach", response=Page[ReachOut], operation_id="reaches")
def reaches(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """How far services were seen to get, newest received first."""
    town = municipality_for(request.auth, code, Permission.VIEW_FACILITIES)
    seen = LocalReach.objects.filter(municipality=town)
    after = decoded_cursor(query.cursor, int)
    rows = seen.filter(pk__lt=after[0]) if after else seen
    return page(rows.order_by("-pk")[: query.limit + 1], limit=query.limit, count=seen.count(), key=["pk"])


@router.post(TOWN + "/reach", response={201: ReachOut}, operation_id="record_reach")
def reach(request: Asking, code: str, seen: ReachIn) -> Status[LocalReach]:
    town = municipality_for(request.auth, code)
    values = seen.dict()
    row = ReachRow(neighbourhood_id=values.pop("neighbourhood"), **values)
    return Status(201, record_reach(by=request.auth, municipality=town, row=row))


def facility_of(town: Municipality, facility_id: int) -> Facility:
    found = Facility.objects.select_related("municipality").filter(municipality=town, pk=facility_id).first()
    if found is None:
        raise NotFound("There is no such facility here.")
    return found


def statuses_receipt(town: Municipality, rows: Sequence[StatusRow], outcomes: Sequence[RowOutcome]) -> dict[str, Any]:
    """What became of each observation. The newest event is the one of this call, whose transaction is still open."""
    added = [outcome.pk for outcome in outcomes if outcome.state == RowState.ADDED]
    told = Event.objects.filter(municipality=town, kind="facility.status_changed").order_by("-pk")
    return {
        "recorded": added,
        "refused": sum(outcome.state == RowState.REFUSED for outcome in outcomes),
        "outcomes": [
            {
                "facility": row.facility_id,
                "state": outcome.state,
                "id": outcome.pk,
                "problem": outcome.error.message if outcome.error else "",
            }
            for row, outcome in zip(rows, outcomes, strict=True)
        ],
        "event": told.values_list("uuid", flat=True).first() if added else None,
    }


def may_be_empty(name: str, value: Any) -> bool:
    """A null says "not known" of a capacity or a day; of anything else it says nothing."""
    return value is not None or name in ("capacity", "opened_on", "closed_on")
