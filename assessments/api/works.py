"""Works over HTTP: proposed, listed, brought into another state."""

from collections.abc import Sequence
from typing import Any

from ninja import Query, Router, Status

from assessments.actions.planning import change_work_status, propose_work
from assessments.actions.relocation import set_relocation
from assessments.models import Intervention, InterventionAction, InterventionRequirement
from assessments.schemas.works import RelocationIn, WorkIn, WorkOut, WorkQuery, WorkStatusIn
from crisis.lib.errors import NotFound
from crisis.lib.wire import Page, decoded_cursor, page
from municipal_units.api.asking import Asking
from municipal_units.models import Municipality
from municipal_units.permissions import Permission
from municipal_units.selectors.places import municipality_for
from municipal_units.selectors.protection import eviction_of

router = Router(tags=["works"])
WORKS = "/municipalities/{slug:code}/works"


@router.get(WORKS, response=Page[WorkOut], operation_id="works")
def works(request: Asking, code: str, query: Query[WorkQuery]) -> dict[str, Any]:
    """The works of a municipality in the order of their codes."""
    town = municipality_for(request.auth, code, Permission.VIEW_WORKS)
    rows = Intervention.objects.filter(municipality=town)
    if query.status:
        rows = rows.filter(status=query.status)
    after = decoded_cursor(query.cursor, str)
    shown = rows.filter(code__gt=after[0]) if after else rows
    items = with_effects(list(shown.order_by("code")[: query.limit + 1]))
    return page(items, limit=query.limit, count=rows.count(), key=["code"])


@router.post(WORKS, response={201: WorkOut}, operation_id="propose_work")
def propose(request: Asking, code: str, work: WorkIn) -> Status[Intervention]:
    """A new work. The same again gives what is there; its code with other content is a conflict."""
    town = municipality_for(request.auth, code)
    made = propose_work(by=request.auth, municipality=town, row=work.row())
    return Status(201, with_effects([made])[0])


@router.get(WORKS + "/{int:work_id}", response=WorkOut, operation_id="work")
def one(request: Asking, code: str, work_id: int) -> Intervention:
    town = municipality_for(request.auth, code, Permission.VIEW_WORKS)
    return with_effects([work_of(town, work_id)])[0]


@router.post(WORKS + "/{int:work_id}/status", response=WorkOut, operation_id="change_work_status")
def status(request: Asking, code: str, work_id: int, change: WorkStatusIn) -> Intervention:
    """Brings a work into another state; suspending, rejecting and cancelling need a reason."""
    work = work_of(municipality_for(request.auth, code), work_id)
    change_work_status(by=request.auth, work=work, status=change.status, reason=change.reason)
    return with_effects([work])[0]


@router.post(WORKS + "/{int:work_id}/relocation", response=WorkOut, operation_id="set_relocation")
def relocation(request: Asking, code: str, work_id: int, given: RelocationIn) -> Intervention:
    """Whether people have to move for a work, and the eviction case that holds their safeguards."""
    town = municipality_for(request.auth, code)
    work = work_of(town, work_id)
    case = None if given.eviction_case is None else eviction_of(town, given.eviction_case, request.auth)
    set_relocation(by=request.auth, work=work, relocation=given.relocation, case=case)
    return with_effects([work])[0]


def work_of(town: Municipality, work_id: int) -> Intervention:
    found = Intervention.objects.filter(municipality=town, pk=work_id).first()
    if found is None:
        raise NotFound("There is no such work here.")
    return found


def with_effects(works: Sequence[Intervention]) -> list[Intervention]:
    """The works with their effects and the codes of what they require, in two queries."""
    ids = [work.pk for work in works]
    effects: dict[int, list[InterventionAction]] = {pk: [] for pk in ids}
    for effect in InterventionAction.objects.filter(intervention_id__in=ids).order_by("pk"):
        effects[effect.intervention_id].append(effect)
    required: dict[int, list[str]] = {pk: [] for pk in ids}
    links = InterventionRequirement.objects.filter(intervention_id__in=ids).order_by("required__code")
    for pk, code in links.values_list("intervention_id", "required__code"):
        required[pk].append(code)
    for work in works:
        work.effects, work.required_codes = effects[work.pk], required[work.pk]  # type: ignore[attr-defined]
    return list(works)
