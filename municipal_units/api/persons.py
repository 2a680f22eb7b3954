"""The persons of households, who looked at them, and lists that leave with names, over HTTP."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from django.utils import timezone
from ninja import Query, Router, Status

from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from municipal_units.actions.household_bulk import BulkOutcome, change_households, undo_households
from municipal_units.actions.members import (
    add_member,
    change_member,
    member_of,
    remove_member,
    undo_household_change,
)
from municipal_units.actions.person_exports import (
    answer_export,
    ask_export,
    open_households,
    take_export,
    withdraw_export,
)
from municipal_units.api.asking import Asking
from municipal_units.importers.households import households_sheet
from municipal_units.models import Household, Municipality
from municipal_units.permissions import Permission
from municipal_units.schemas.history import UndoIn
from municipal_units.schemas.people import HouseholdDetail, MemberIn, SheetIn
from municipal_units.schemas.persons import (
    AccessOut,
    AccessQuery,
    BulkIn,
    BulkOut,
    ExportAnswerIn,
    ExportAskIn,
    ExportOut,
    HouseholdHistoryOut,
    MemberChange,
    RemovalIn,
)
from municipal_units.selectors.history import HOUSEHOLDS as KEPT
from municipal_units.selectors.history import history_of
from municipal_units.selectors.households import HouseholdFilter, household_of, one_household
from municipal_units.selectors.person_access import (
    access_item,
    accesses,
    export_item,
    export_of,
    exports_asked,
)
from municipal_units.selectors.places import municipality_for

router = Router(tags=["households"])
TOWN = "/municipalities/{slug:code}"
ONE = TOWN + "/households/{uuid:household_id}"
EXPORTS = TOWN + "/person-exports"
EXPORT = EXPORTS + "/{uuid:export_id}"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
A_SHEET: dict[str, Any] = {"responses": {200: {"description": "A sheet", "content": {SHEET_TYPE: {}}}}}


@router.post(TOWN + "/households/bulk", response=BulkOut, operation_id="change_households")
def bulk(request: Asking, code: str, asked: BulkIn) -> BulkOutcome:
    """The same correction to many households; each is checked by itself, and all of it can be undone."""
    town = municipality_for(request.auth, code, Permission.EDIT_HOUSEHOLDS)
    return change_households(
        by=request.auth,
        municipality=town,
        households=asked.households,
        changes=asked.changes.changes(),
        reason=asked.reason,
    )


@router.post(TOWN + "/households/bulk/undo", response=BulkOut, operation_id="undo_households")
def undo_bulk(request: Asking, code: str, asked: UndoIn) -> BulkOutcome:
    """Takes a change of many back; households that somebody has worked on since are named and left."""
    town = municipality_for(request.auth, code, Permission.EDIT_HOUSEHOLDS)
    return undo_households(by=request.auth, municipality=town, change=asked.change, reason=asked.reason)


@router.post(ONE + "/members", response={201: HouseholdDetail}, operation_id="add_member")
def add(request: Asking, code: str, household_id: UUID, member: MemberIn) -> Status[dict[str, Any]]:
    """One more person is listed."""
    household = here(request, code, household_id)
    add_member(by=request.auth, household=household, row=member.row())
    return Status(201, one_household(here(request, code, household_id)))


@router.patch(ONE + "/members/{int:member_id}", response=HouseholdDetail, operation_id="change_member")
def change(request: Asking, code: str, household_id: UUID, member_id: int, changes: MemberChange) -> dict[str, Any]:
    """Corrects what is known of a person."""
    household = here(request, code, household_id)
    change_member(by=request.auth, member=member_of(household, member_id), changes=changes.changes())
    return one_household(here(request, code, household_id))


@router.post(ONE + "/members/{int:member_id}/remove", response=HouseholdDetail, operation_id="remove_member")
def remove(request: Asking, code: str, household_id: UUID, member_id: int, asked: RemovalIn) -> dict[str, Any]:
    """Takes a person out of the list for a reason; for 30 days that can be undone."""
    member = member_of(here(request, code, household_id), member_id)
    remove_member(by=request.auth, member=member, reason=asked.reason, size=asked.size)
    return one_household(here(request, code, household_id))


@router.get(ONE + "/history", response=HouseholdHistoryOut, operation_id="household_history")
def history(request: Asking, code: str, household_id: UUID) -> dict[str, Any]:
    """Who changed what of a household, when and why. That a name changed is told, names are not."""
    municipality_for(request.auth, code, Permission.VIEW_HOUSEHOLDS)
    return told(request, here(request, code, household_id))


@router.post(ONE + "/history/undo", response=HouseholdHistoryOut, operation_id="undo_household_change")
def undo(request: Asking, code: str, household_id: UUID, asked: UndoIn) -> dict[str, Any]:
    """Writes back what one change replaced, removed persons included."""
    municipality_for(request.auth, code, Permission.EDIT_HOUSEHOLDS)
    household = here(request, code, household_id)
    undone = undo_household_change(by=request.auth, household=household, change=asked.change, reason=asked.reason)
    return told(request, undone)


def told(request: Asking, household: Household) -> dict[str, Any]:
    changes = history_of(KEPT, household, actor=request.auth)
    return {"household": household.uuid, "code": household.code, "items": changes}


def here(request: Asking, code: str, household_id: UUID) -> Household:
    town = municipality_for(request.auth, code, Permission.REGISTER_HOUSEHOLDS)
    return household_of(town, request.auth, household_id, now=timezone.now())


@router.post(TOWN + "/households/sheet", operation_id="household_sheet", openapi_extra=A_SHEET)
def household_sheet(request: Asking, code: str, asked: SheetIn) -> FileResponse:
    """Households with their persons as the sheet they can be imported with. More than 200 at once leave only when a
    second person agreed (`person-exports`)."""
    town = municipality_for(request.auth, code, Permission.VIEW_HOUSEHOLDS)
    wanted = HouseholdFilter(group=asked.group, neighbourhood=asked.neighbourhood, site=asked.site)
    opened = open_households(by=request.auth, municipality=town, wanted=wanted, purpose=asked.purpose)
    return sheet(town, opened)


def sheet(town: Municipality, opened: Any) -> FileResponse:
    content = households_sheet(town, opened)
    return FileResponse(content, as_attachment=True, filename=f"{town.code}-households.xlsx", content_type=SHEET_TYPE)


@router.get(TOWN + "/person-access", response=Page[AccessOut], operation_id="person_access")
def access(request: Asking, code: str, query: Query[AccessQuery]) -> dict[str, Any]:
    """Who looked at persons, when and why, newest first."""
    town = municipality_for(request.auth, code, Permission.VIEW_HOUSEHOLDS)
    log = accesses(town, kind=query.kind, purpose=query.purpose)
    after = decoded_cursor(query.cursor, int)
    rows = log.filter(pk__lt=after[0]) if after else log
    items = [access_item(row) for row in rows[: query.limit + 1]]
    return page(items, limit=query.limit, count=log.count(), key=["id"])


@router.get(EXPORTS, response=Page[ExportOut], operation_id="person_exports")
def exports(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """Requests to take long lists with names, newest first."""
    town = municipality_for(request.auth, code, Permission.GRANT_EXPORTS)
    asked = exports_asked(town, request.auth)
    after = decoded_cursor(query.cursor, int)
    rows = asked.filter(pk__lt=after[0]) if after else asked
    items = [export_item(row, request.auth, now=timezone.now()) for row in rows[: query.limit + 1]]
    return page(items, limit=query.limit, count=asked.count(), key=["id"])


@router.post(EXPORTS, response={201: ExportOut}, operation_id="ask_person_export")
def ask(request: Asking, code: str, asked: ExportAskIn) -> Status[dict[str, Any]]:
    """Asks to take more than 200 households with their names. Somebody else has to agree."""
    town = municipality_for(request.auth, code, Permission.VIEW_HOUSEHOLDS)
    wanted = HouseholdFilter(group=asked.group, neighbourhood=asked.neighbourhood, site=asked.site)
    made = ask_export(by=request.auth, municipality=town, wanted=wanted, purpose=asked.purpose)
    return Status(201, export_item(made, request.auth, now=timezone.now()))


@router.post(EXPORT + "/answer", response=ExportOut, operation_id="answer_person_export")
def answer(request: Asking, code: str, export_id: UUID, said: ExportAnswerIn) -> dict[str, Any]:
    """Grants or refuses a request of somebody else."""
    town = municipality_for(request.auth, code, Permission.GRANT_EXPORTS)
    export = export_of(town, request.auth, export_id)
    answered = answer_export(by=request.auth, export=export, granted=said.granted, answer=said.answer)
    return export_item(answered, request.auth, now=timezone.now())


@router.post(EXPORT + "/withdraw", response=ExportOut, operation_id="withdraw_person_export")
def withdraw(request: Asking, code: str, export_id: UUID) -> dict[str, Any]:
    """Takes one's own request back, also after it was granted."""
    town = municipality_for(request.auth, code, Permission.VIEW_HOUSEHOLDS)
    withdrawn = withdraw_export(by=request.auth, export=export_of(town, request.auth, export_id))
    return export_item(withdrawn, request.auth, now=timezone.now())


@router.post(EXPORT + "/sheet", operation_id="person_export_sheet", openapi_extra=A_SHEET)
def take(request: Asking, code: str, export_id: UUID) -> FileResponse:
    """The granted list, for who asked for it, until the grant ends."""
    town = municipality_for(request.auth, code, Permission.VIEW_HOUSEHOLDS)
    return sheet(town, take_export(by=request.auth, export=export_of(town, request.auth, export_id)))
