"""The unit over HTTP: seats and holders, meetings with minutes, decisions with votes, proposals of norms."""

from dataclasses import asdict
from typing import Any

from django.utils import timezone
from ninja import Query, Router, Status

from crisis.lib.errors import NotFound
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from municipal_units.actions import decisions, meetings, norm_proposals, unit
from municipal_units.api.asking import Asking
from municipal_units.models import Meeting, Municipality, NormProposal, Seat
from municipal_units.permissions import Permission, require_somewhere
from municipal_units.schemas.unit import (
    AbolishIn,
    AnswerIn,
    AttendanceIn,
    BecauseIn,
    DecideIn,
    DecisionIn,
    DecisionOut,
    DecisionQuery,
    EndIn,
    HolderIn,
    MeetingHead,
    MeetingIn,
    MeetingOut,
    MinutesIn,
    NormProposalIn,
    NormProposalOut,
    SeatIn,
    SeatOut,
    UnitChange,
    UnitIn,
    UnitOut,
)
from municipal_units.selectors.places import municipality_for
from municipal_units.selectors.unit import (
    decision_item,
    decision_of,
    decisions_for,
    may_read_minutes,
    meeting_item,
    meeting_of,
    seat_items,
    unit_item,
    unit_of,
)

router = Router(tags=["unit"])
TOWN = "/municipalities/{slug:code}"
MEETING = TOWN + "/meetings/{int:meeting_id}"
DECISION = TOWN + "/decisions/{int:decision_id}"
PROPOSAL = TOWN + "/norm-proposals/{int:proposal_id}"


@router.get(TOWN + "/unit", response=UnitOut, operation_id="unit")
def the_unit(request: Asking, code: str) -> dict[str, Any]:
    """The unit with its seats, who holds them, and whether it is balanced."""
    town = municipality_for(request.auth, code, Permission.VIEW_UNIT)
    return told(unit_item(unit_of(town), timezone.localdate()))


@router.post(TOWN + "/unit", response={201: UnitOut}, operation_id="found_unit")
def found(request: Asking, code: str, given: UnitIn) -> Status[dict[str, Any]]:
    town = municipality_for(request.auth, code, Permission.EDIT_UNIT)
    values = given.dict()
    seats = values.pop("seats")
    if seats is not None:
        values["seats"] = [unit.SeatRow(**seat) for seat in seats]
    made = unit.found_unit(by=request.auth, municipality=town, **values)
    return Status(201, told(unit_item(made, timezone.localdate())))


@router.patch(TOWN + "/unit", response=UnitOut, operation_id="change_unit")
def change(request: Asking, code: str, given: UnitChange) -> dict[str, Any]:
    town = municipality_for(request.auth, code, Permission.EDIT_UNIT)
    made = unit.change_unit(by=request.auth, unit=unit_of(town), **given.dict())
    return told(unit_item(made, timezone.localdate()))


@router.post(TOWN + "/unit/seats", response={201: SeatOut}, operation_id="add_seat")
def add_seat(request: Asking, code: str, given: SeatIn) -> Status[dict[str, Any]]:
    town = municipality_for(request.auth, code, Permission.EDIT_UNIT)
    seat = unit.add_seat(by=request.auth, unit=unit_of(town), row=unit.SeatRow(**given.dict()))
    return Status(201, one_seat(seat))


@router.post(TOWN + "/unit/seats/{int:seat_id}/holder", response=SeatOut, operation_id="give_seat")
def give(request: Asking, code: str, seat_id: int, given: HolderIn) -> dict[str, Any]:
    """Somebody takes the seat; who held it until then leaves the day before."""
    seat = seat_of(municipality_for(request.auth, code, Permission.EDIT_UNIT), seat_id)
    unit.give_seat(by=request.auth, seat=seat, **given.dict())
    return one_seat(seat)


@router.post(TOWN + "/unit/seats/{int:seat_id}/vacate", response=SeatOut, operation_id="end_mandate")
def vacate(request: Asking, code: str, seat_id: int, given: EndIn) -> dict[str, Any]:
    seat = seat_of(municipality_for(request.auth, code, Permission.EDIT_UNIT), seat_id)
    unit.end_mandate(by=request.auth, seat=seat, **given.dict())
    return one_seat(seat)


@router.post(TOWN + "/unit/seats/{int:seat_id}/abolish", response={204: None}, operation_id="abolish_seat")
def abolish(request: Asking, code: str, seat_id: int, given: AbolishIn) -> Status[None]:
    seat = seat_of(municipality_for(request.auth, code, Permission.EDIT_UNIT), seat_id)
    unit.abolish_seat(by=request.auth, seat=seat, **given.dict())
    return Status(204, None)


@router.get(TOWN + "/meetings", response=Page[MeetingHead], operation_id="meetings")
def all_meetings(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """The meetings, the newest first; partners see those whose minutes they may read."""
    town = municipality_for(request.auth, code, Permission.VIEW_MINUTES)
    rows = Meeting.objects.filter(municipality=town)
    if not request.auth.may_somewhere(Permission.VIEW_MEETINGS, town.pk):
        rows = rows.filter(minutes_for_partners=True, status="held")
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__lt=after[0]) if after else rows
    return page(shown.order_by("-pk")[: query.limit + 1], limit=query.limit, count=rows.count(), key=["pk"])


@router.post(TOWN + "/meetings", response={201: MeetingOut}, operation_id="call_meeting")
def call(request: Asking, code: str, given: MeetingIn) -> Status[dict[str, Any]]:
    town = municipality_for(request.auth, code, Permission.HOLD_MEETINGS)
    return Status(201, one_meeting(meetings.call_meeting(by=request.auth, unit=unit_of(town), **given.dict())))


@router.get(MEETING, response=MeetingOut, operation_id="meeting")
def meeting(request: Asking, code: str, meeting_id: int) -> dict[str, Any]:
    found = meeting_of(municipality_for(request.auth, code, Permission.VIEW_MINUTES), meeting_id)
    if not may_read_minutes(request.auth, found):
        raise NotFound("There is no such meeting here.")
    return one_meeting(found)


@router.put(MEETING, response=MeetingOut, operation_id="change_meeting")
def another(request: Asking, code: str, meeting_id: int, given: MeetingIn) -> dict[str, Any]:
    found = meeting_of(municipality_for(request.auth, code, Permission.EDIT_MEETINGS), meeting_id)
    return one_meeting(meetings.change_meeting(by=request.auth, meeting=found, **given.dict()))


@router.put(MEETING + "/attendance", response=MeetingOut, operation_id="record_attendance")
def attendance(request: Asking, code: str, meeting_id: int, given: AttendanceIn) -> dict[str, Any]:
    found = meeting_of(municipality_for(request.auth, code, Permission.EDIT_MEETINGS), meeting_id)
    seats = {row.seat: meetings.Present(row.present, row.name) for row in given.seats}
    return one_meeting(meetings.record_attendance(by=request.auth, meeting=found, seats=seats))


@router.put(MEETING + "/minutes", response=MeetingOut, operation_id="write_minutes")
def minutes(request: Asking, code: str, meeting_id: int, given: MinutesIn) -> dict[str, Any]:
    found = meeting_of(municipality_for(request.auth, code, Permission.EDIT_MEETINGS), meeting_id)
    return one_meeting(meetings.write_minutes(by=request.auth, meeting=found, **given.dict()))


@router.post(MEETING + "/close", response=MeetingOut, operation_id="close_meeting")
def close(request: Asking, code: str, meeting_id: int) -> dict[str, Any]:
    found = meeting_of(municipality_for(request.auth, code, Permission.EDIT_MEETINGS), meeting_id)
    return one_meeting(meetings.close_meeting(by=request.auth, meeting=found))


@router.post(MEETING + "/cancel", response=MeetingOut, operation_id="cancel_meeting")
def cancel(request: Asking, code: str, meeting_id: int) -> dict[str, Any]:
    found = meeting_of(municipality_for(request.auth, code, Permission.EDIT_MEETINGS), meeting_id)
    return one_meeting(meetings.cancel_meeting(by=request.auth, meeting=found))


@router.get(TOWN + "/decisions", response=Page[DecisionOut], operation_id="decisions")
def all_decisions(request: Asking, code: str, query: Query[DecisionQuery]) -> dict[str, Any]:
    """Decisions, the newest first. Proposals are shown to members of the unit."""
    town = municipality_for(request.auth, code, Permission.VIEW_DECISIONS)
    rows = decisions_for(town, request.auth)
    if query.status:
        rows = rows.filter(status=query.status)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(number__lt=after[0]) if after else rows
    voters = request.auth.may_somewhere(Permission.VIEW_MEETINGS, town.pk)
    items = [decision_item(row, with_votes=voters) for row in shown.order_by("-number")[: query.limit + 1]]
    return page(items, limit=query.limit, count=rows.count(), key=["number"])


@router.post(TOWN + "/decisions", response={201: DecisionOut}, operation_id="propose_decision")
def propose(request: Asking, code: str, given: DecisionIn) -> Status[dict[str, Any]]:
    town = municipality_for(request.auth, code, Permission.PROPOSE_DECISIONS)
    made = decisions.propose_decision(
        by=request.auth,
        unit=unit_of(town),
        title=given.title,
        text=given.text,
        meeting=meeting_of(town, given.meeting) if given.meeting else None,
        links=[decisions.Link(**link.dict()) for link in given.links],
        replaces=decision_of(town, given.replaces) if given.replaces else None,
    )
    return Status(201, decision_item(made, with_votes=True))


@router.get(DECISION, response=DecisionOut, operation_id="decision")
def decision(request: Asking, code: str, decision_id: int) -> dict[str, Any]:
    town = municipality_for(request.auth, code, Permission.VIEW_DECISIONS)
    if not decisions_for(town, request.auth).filter(pk=decision_id).exists():
        raise NotFound("There is no such decision here.")
    voters = request.auth.may_somewhere(Permission.VIEW_MEETINGS, town.pk)
    return decision_item(decision_of(town, decision_id), with_votes=voters)


@router.post(DECISION + "/decide", response=DecisionOut, operation_id="decide")
def decide(request: Asking, code: str, decision_id: int, given: DecideIn) -> dict[str, Any]:
    """The votes are recorded and the quorum is tested; not by whoever proposed it."""
    town = municipality_for(request.auth, code, Permission.APPROVE_DECISIONS)
    made = decisions.decide(
        by=request.auth,
        decision=decision_of(town, decision_id),
        meeting=meeting_of(town, given.meeting),
        votes={row.seat: decisions.SeatVote(row.vote, row.words) for row in given.votes},
        dissent=given.dissent,
    )
    return decision_item(made, with_votes=True)


@router.post(DECISION + "/withdraw", response=DecisionOut, operation_id="withdraw_decision")
def withdraw(request: Asking, code: str, decision_id: int, given: BecauseIn) -> dict[str, Any]:
    town = municipality_for(request.auth, code, Permission.PROPOSE_DECISIONS)
    found = decision_of(town, decision_id)
    return decision_item(
        decisions.withdraw_decision(by=request.auth, decision=found, because=given.because), with_votes=True
    )


@router.get(TOWN + "/norm-proposals", response=Page[NormProposalOut], operation_id="norm_proposals")
def proposals(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """Changes of norms and weights that were proposed, the newest first."""
    town = municipality_for(request.auth, code, Permission.PROPOSE_NORMS)
    rows = NormProposal.objects.filter(municipality=town)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__lt=after[0]) if after else rows
    return page(shown.order_by("-pk")[: query.limit + 1], limit=query.limit, count=rows.count(), key=["pk"])


@router.post(TOWN + "/norm-proposals", response={201: NormProposalOut}, operation_id="propose_norm")
def propose_norm(request: Asking, code: str, given: NormProposalIn) -> Status[NormProposal]:
    town = municipality_for(request.auth, code)
    return Status(201, norm_proposals.propose_norm(by=request.auth, municipality=town, **given.dict()))


@router.post(PROPOSAL + "/answer", response=NormProposalOut, operation_id="answer_norm_proposal")
def answer(request: Asking, code: str, proposal_id: int, given: AnswerIn) -> NormProposal:
    """Approved by somebody else than its author, or rejected with a reason."""
    town = municipality_for(request.auth, code)
    require_somewhere(request.auth, Permission.APPROVE_NORMS, town)
    found = NormProposal.objects.select_related("municipality").filter(municipality=town, pk=proposal_id).first()
    if found is None:
        raise NotFound("There is no such proposal here.")
    act = norm_proposals.approve_norm if given.approve else norm_proposals.reject_norm
    return act(by=request.auth, proposal=found, answer=given.answer)


def seat_of(town: Municipality, seat_id: int) -> Seat:
    found = Seat.objects.select_related("unit", "unit__municipality").filter(municipality=town, pk=seat_id).first()
    if found is None:
        raise NotFound("There is no such seat here.")
    return found


def one_seat(seat: Seat) -> dict[str, Any]:
    return next(item for item in seat_items(seat.unit, timezone.localdate()) if item["id"] == seat.pk)


def one_meeting(found: Meeting) -> dict[str, Any]:
    return told(meeting_item(found, with_minutes=True))


def told(item: dict[str, Any]) -> dict[str, Any]:
    """The same with what was counted as plain values."""
    return item | {name: asdict(item[name]) for name in ("balance", "quorum") if name in item}
