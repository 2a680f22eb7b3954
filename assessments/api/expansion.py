"""Service expansion over HTTP: needs against capacity, arrival scenarios, a new facility tried and kept."""

from typing import Any

from ninja import Query, Router, Status

from assessments.actions.arrivals import remove_arrivals, write_arrivals
from assessments.actions.expansion import propose_expansion
from assessments.api.works import with_effects
from assessments.models import Intervention
from assessments.schemas.expansion import (
    ArrivalsIn,
    ArrivalsOut,
    NewFacilityOut,
    NormOut,
    ProposalIn,
    QuestionIn,
    ServiceNeedsOut,
    SiteIn,
)
from assessments.schemas.works import WorkOut
from assessments.selectors.arrivals import arrivals_here, arrivals_item, arrivals_of
from assessments.selectors.expansion import norms_of_service, service_needs
from assessments.selectors.new_facility import new_facility_effect
from crisis.lib.wire import Word
from municipal_units.api.asking import Asking
from municipal_units.permissions import Permission
from municipal_units.selectors.places import municipality_for

router = Router(tags=["expansion"])
TOWN = "/municipalities/{slug:code}"
EXPANSION, ARRIVALS = TOWN + "/expansion", TOWN + "/arrivals"


@router.get(EXPANSION, response=ServiceNeedsOut, operation_id="service_needs", by_alias=True)
def needs(request: Asking, code: str, query: Query[QuestionIn]) -> dict[str, Any]:
    """Need of everybody present against capacity and reach, place by place; what an expansion would have to give."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    return service_needs(town, query.question(), actor=request.auth)


@router.get(EXPANSION + "/norms", response=list[NormOut], operation_id="expansion_norms")
def norms(request: Asking, code: str, service: Word = "water") -> list[dict[str, Any]]:
    """The norms a service can be planned for, one per phase in which they differ."""
    return norms_of_service(municipality_for(request.auth, code, Permission.EDIT_PLANS), service)


@router.get(EXPANSION + "/new-facility", response=NewFacilityOut, operation_id="new_facility_effect")
def effect(request: Asking, code: str, query: Query[SiteIn]) -> dict[str, Any]:
    """What one more facility would change, for every group and place. Nothing is written."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    return new_facility_effect(town, query.question(), query.site(), actor=request.auth)


@router.post(EXPANSION + "/proposals", response={201: WorkOut}, operation_id="propose_expansion")
def propose(request: Asking, code: str, wish: ProposalIn) -> Status[Intervention]:
    """Keeps it: a facility that is not open yet, and the work that builds it."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    made = propose_expansion(
        by=request.auth, municipality=town, question=wish.question(), site=wish.site(), proposal=wish.proposal()
    )
    return Status(201, with_effects([made])[0])


@router.get(ARRIVALS, response=list[ArrivalsOut], operation_id="arrivals")
def list_arrivals(request: Asking, code: str) -> list[dict[str, Any]]:
    """Arrival scenarios: who is expected where."""
    return arrivals_of(municipality_for(request.auth, code, Permission.EDIT_PLANS), actor=request.auth)


@router.post(ARRIVALS, response={201: ArrivalsOut}, operation_id="make_arrivals")
def make(request: Asking, code: str, wish: ArrivalsIn) -> Status[dict[str, Any]]:
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    made = write_arrivals(by=request.auth, municipality=town, name=wish.name, source=wish.source, rows=wish.expected())
    return Status(201, arrivals_item(made))


@router.put(ARRIVALS + "/{int:arrivals_id}", response=ArrivalsOut, operation_id="change_arrivals")
def change(request: Asking, code: str, arrivals_id: int, wish: ArrivalsIn) -> dict[str, Any]:
    """The scenario as it is from now on; plans already made keep the rows they had."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    scenario = arrivals_here(town, arrivals_id)
    rows = wish.expected()
    return arrivals_item(
        write_arrivals(
            by=request.auth, municipality=town, name=wish.name, source=wish.source, rows=rows, scenario=scenario
        )
    )


@router.delete(ARRIVALS + "/{int:arrivals_id}", response={204: None}, operation_id="remove_arrivals")
def remove(request: Asking, code: str, arrivals_id: int) -> Status[None]:
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    remove_arrivals(by=request.auth, scenario=arrivals_here(town, arrivals_id))
    return Status(204, None)
