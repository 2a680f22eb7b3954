"""The pages of the municipal unit: who sits, meetings with minutes, decisions with votes, proposed norms."""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from crisis.lib.errors import Invalid, NotFound, RepriseError
from crisis.pages.reading import amount_in, day_in, key_in, moment_in, whole_in
from crisis.pages.town import actor_of, town_context, town_page
from crisis.pages.words.unit import LINKS, SEATS, VOTES
from municipal_units.actions.decisions import Link, SeatVote, decide, propose_decision, withdraw_decision
from municipal_units.actions.meetings import (
    Present,
    call_meeting,
    cancel_meeting,
    change_meeting,
    close_meeting,
    record_attendance,
    write_minutes,
)
from municipal_units.actions.norm_proposals import approve_norm, propose_norm, reject_norm
from municipal_units.actions.unit import SeatRow, abolish_seat, add_seat, end_mandate, found_unit, give_seat
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import Decision, Meeting, Municipality, MunicipalUnit, NormProposal, Seat, User
from municipal_units.permissions import Permission
from municipal_units.selectors.norms import norms_at
from municipal_units.selectors.unit import (
    HELD,
    decision_item,
    decision_of,
    decisions_for,
    may_read_minutes,
    meeting_item,
    meeting_of,
    unit_item,
    unit_of,
)

ON_A_PAGE = 50
MOST_ACCOUNTS = 500
Doing = Callable[[HttpRequest, Any], None]


def answered(
    request: HttpRequest,
    municipality: Municipality,
    template: str,
    context: Callable[[], dict[str, Any]],
    doings: Mapping[str, Doing],
    thing: Any,
) -> HttpResponse:
    """A page whose forms come back to it: done and shown again, or the refusal above the page as it stands."""
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            doing = doings.get(request.POST.get("do", ""))
            if doing is None:
                raise Invalid(_("This page does not know what to do with that."))
            doing(request, thing)
            return redirect(request.get_full_path())
        except RepriseError as refusal:
            problem = refusal
    page = town_context(municipality, "unit") | context() | {"problem": problem, "given": request.POST}
    return render(request, template, page, status=problem.status if problem else 200)


TABS = (
    Permission.VIEW_UNIT,
    Permission.VIEW_MINUTES,
    Permission.VIEW_DECISIONS,
    Permission.GIVE_WEIGHTS,
    Permission.PROPOSE_NORMS,
    Permission.VIEW_MASKED_TENSION,
    Permission.RECORD_EVICTIONS,
    Permission.VIEW_HAZARDS,
)


def rights(request: HttpRequest, municipality: Municipality, *wanted: Permission) -> dict[str, bool]:
    """`may_...` for what the page asks, and for the tabs of the unit."""
    return {f"may_{right}": actor_of(request).may_somewhere(right, municipality.pk) for right in (*TABS, *wanted)}


# ---- the unit


@town_page(Permission.VIEW_UNIT)
def unit_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Seats with holders and vacancies, balance, what it works by; without a unit the form that creates it."""
    unit = MunicipalUnit.objects.select_related("municipality").filter(municipality=municipality).first()
    today = timezone.localdate()

    def context() -> dict[str, Any]:
        return {
            "unit": unit_item(unit, today) if unit else None,
            "seat_codes": SEATS,
            "today": today.isoformat(),
            "tab": "unit",
            **(may := rights(request, municipality, Permission.EDIT_UNIT)),
            "accounts": accounts_here(municipality)[:MOST_ACCOUNTS] if may["may_edit_unit"] else [],
        }

    return answered(request, municipality, "crisis/unit.html", context, UNIT_DOINGS, municipality)


def do_found(request: HttpRequest, municipality: Municipality) -> None:
    form = request.POST
    founded_on = day_in(form, "founded_on")
    if founded_on is None:
        raise Invalid(_("Give the day it was created."))
    found_unit(
        by=actor_of(request),
        municipality=municipality,
        name=form.get("name", ""),
        founded_on=founded_on,
        legal_basis=form.get("legal_basis", "").strip(),
    )


def do_add_seat(request: HttpRequest, municipality: Municipality) -> None:
    row = SeatRow(code=request.POST.get("code", ""), title=request.POST.get("title", "").strip())
    add_seat(by=actor_of(request), unit=unit_of(municipality), row=row)


def do_give_seat(request: HttpRequest, municipality: Municipality) -> None:
    form = request.POST
    give_seat(
        by=actor_of(request),
        seat=seat_of(municipality, whole_in(form, "seat")),
        holder=form.get("holder", ""),
        organisation=form.get("organisation", "").strip(),
        woman={"yes": True, "no": False}.get(form.get("woman", "")),
        starts_on=day_in(form, "starts_on") or timezone.localdate(),
        ends_on=day_in(form, "ends_on"),
        account=accounts_here(municipality).filter(pk=key_in(form, "account") or 0).first(),
    )


def accounts_here(municipality: Municipality) -> QuerySet[User]:
    """Accounts with a role here: a seat whose holder has one answers from their own phone."""
    return User.objects.filter(assignments__municipality=municipality).distinct().order_by("first_name", "username")


def do_vacate(request: HttpRequest, municipality: Municipality) -> None:
    form = request.POST
    end_mandate(
        by=actor_of(request),
        seat=seat_of(municipality, whole_in(form, "seat")),
        ends_on=day_in(form, "ends_on") or timezone.localdate(),
        because=form.get("because", "").strip(),
    )


def do_abolish(request: HttpRequest, municipality: Municipality) -> None:
    seat = seat_of(municipality, whole_in(request.POST, "seat"))
    abolish_seat(by=actor_of(request), seat=seat, abolished_on=timezone.localdate())


UNIT_DOINGS: dict[str, Doing] = {
    "found": do_found,
    "add_seat": do_add_seat,
    "give_seat": do_give_seat,
    "vacate": do_vacate,
    "abolish": do_abolish,
}


def seat_of(municipality: Municipality, pk: int) -> Seat:
    found = Seat.objects.select_related("unit", "unit__municipality").filter(municipality=municipality, pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such seat here."))
    return found


# ---- meetings


@town_page(Permission.VIEW_MINUTES)
def meetings_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Every meeting, the newest first; a new one is called here."""
    member = actor_of(request).may_somewhere(Permission.VIEW_MEETINGS, municipality.pk)
    rows = Meeting.objects.filter(municipality=municipality)
    if not member:
        rows = rows.filter(minutes_for_partners=True, status=HELD)
    present = Count("attendances", filter=Q(attendances__present=True), distinct=True)
    rows = rows.annotate(present=present, points=Count("agenda", distinct=True)).order_by("-held_at", "-pk")

    def context() -> dict[str, Any]:
        return {
            "sheet": Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page")),
            "has_unit": MunicipalUnit.objects.filter(municipality=municipality).exists(),
            "tab": "meetings",
            **rights(request, municipality, Permission.HOLD_MEETINGS),
        }

    return answered(request, municipality, "crisis/meetings.html", context, {"call": do_call}, municipality)


def do_call(request: HttpRequest, municipality: Municipality) -> None:
    call_meeting(by=actor_of(request), unit=unit_of(municipality), **meeting_in(request))


def meeting_in(request: HttpRequest) -> dict[str, Any]:
    form = request.POST
    return {
        "held_at": moment_in(form, "held_at"),
        "title": form.get("title", ""),
        "place": form.get("place", ""),
        "agenda": [line.strip() for line in form.get("agenda", "").splitlines() if line.strip()],
    }


@town_page(Permission.VIEW_MINUTES)
def meeting_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """One meeting: who was there, what was said, what was decided; printed it is the minutes."""
    meeting = meeting_of(municipality, pk)
    if not may_read_minutes(actor_of(request), meeting):
        raise NotFound(_("There is no such meeting here."))

    def context() -> dict[str, Any]:
        fresh = meeting_of(municipality, pk)
        wanted = (Permission.EDIT_MEETINGS, Permission.PROPOSE_DECISIONS)
        may = rights(request, municipality, *wanted)
        return {
            "meeting": meeting_item(fresh, with_minutes=True),
            "held_at": f"{timezone.localtime(fresh.held_at):%Y-%m-%dT%H:%M}",
            "agenda_text": "\n".join(item.title for item in fresh.agenda.order_by("position")),
            "is_open": fresh.status == "planned",
            "may_change": may["may_edit_meetings"] and fresh.status == "planned",
            "unit_name": fresh.unit.name,
            "tab": "meetings",
            **may,
        }

    return answered(request, municipality, "crisis/meeting.html", context, MEETING_DOINGS, meeting)


def do_change(request: HttpRequest, meeting: Meeting) -> None:
    change_meeting(by=actor_of(request), meeting=meeting, **meeting_in(request))


def do_attendance(request: HttpRequest, meeting: Meeting) -> None:
    form = request.POST
    seats = {
        int(pk): Present(form.get(f"present_{pk}") == "on", form.get(f"name_{pk}", ""))
        for pk in form.getlist("seat")
        if pk.isdecimal()
    }
    record_attendance(by=actor_of(request), meeting=meeting, seats=seats)


def do_minutes(request: HttpRequest, meeting: Meeting) -> None:
    form = request.POST
    points = {
        int(name.removeprefix("point_")): form[name]
        for name in form
        if name.startswith("point_") and name.removeprefix("point_").isdecimal()
    }
    write_minutes(
        by=actor_of(request),
        meeting=meeting,
        minutes=form.get("minutes", ""),
        points=points,
        for_partners=form.get("for_partners") == "on",
    )


def do_close(request: HttpRequest, meeting: Meeting) -> None:
    close_meeting(by=actor_of(request), meeting=meeting)


def do_cancel(request: HttpRequest, meeting: Meeting) -> None:
    cancel_meeting(by=actor_of(request), meeting=meeting)


MEETING_DOINGS: dict[str, Doing] = {
    "change": do_change,
    "attendance": do_attendance,
    "minutes": do_minutes,
    "close": do_close,
    "cancel": do_cancel,
}


# ---- decisions


@town_page(Permission.VIEW_DECISIONS)
def decisions_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Every decision with its number, the newest first; a new one is proposed here."""
    rows = decisions_for(municipality, actor_of(request)).order_by("-number")

    def context() -> dict[str, Any]:
        wanted = (Permission.PROPOSE_DECISIONS, Permission.VIEW_MEETINGS)
        return {
            "sheet": Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page")),
            "has_unit": MunicipalUnit.objects.filter(municipality=municipality).exists(),
            "meetings": Meeting.objects.filter(municipality=municipality).exclude(status="cancelled")[:ON_A_PAGE],
            "link_kinds": LINKS,
            "open_proposals": NormProposal.objects.filter(municipality=municipality, status="proposed")[:ON_A_PAGE],
            "adopted": Decision.objects.filter(municipality=municipality, status="adopted").order_by("-number"),
            "chosen_meeting": request.GET.get("meeting", ""),
            "tab": "decisions",
            **rights(request, municipality, *wanted),
        }

    return answered(request, municipality, "crisis/decisions.html", context, {"propose": do_propose}, municipality)


def do_propose(request: HttpRequest, municipality: Municipality) -> None:
    form = request.POST
    links = [Link("norm_proposal", pk) for pk in form.getlist("norm_proposal")]
    if form.get("reference", "").strip():
        links.append(Link(form.get("kind", ""), form["reference"], form.get("link_title", "").strip()))
    meeting, replaces = form.get("meeting", ""), form.get("replaces", "")
    propose_decision(
        by=actor_of(request),
        unit=unit_of(municipality),
        title=form.get("title", ""),
        text=form.get("text", ""),
        meeting=meeting_of(municipality, int(meeting)) if meeting.isdecimal() else None,
        links=links,
        replaces=decision_of(municipality, int(replaces)) if replaces.isdecimal() else None,
    )


@town_page(Permission.VIEW_DECISIONS)
def decision_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """One decision: text, quorum, votes, dissent in its own words, what it approves, both signatures."""
    actor = actor_of(request)
    if not decisions_for(municipality, actor).filter(pk=pk).exists():
        raise NotFound(_("There is no such decision here."))
    decision = decision_of(municipality, pk)
    member = actor.may_somewhere(Permission.VIEW_MEETINGS, municipality.pk)

    def context() -> dict[str, Any]:
        fresh = decision_of(municipality, pk)
        meetings = Meeting.objects.filter(unit=fresh.unit, held_at__lte=timezone.now()).exclude(status="cancelled")
        chosen = request.GET.get("meeting", "")
        meeting = meetings.filter(pk=int(chosen)).first() if chosen.isdecimal() else fresh.meeting
        meeting = meeting or meetings.order_by("-held_at").first()
        may = rights(request, municipality, Permission.APPROVE_DECISIONS)
        own = fresh.proposed_by_id is not None and fresh.proposed_by_id == actor.user_id
        is_open = fresh.status == "proposed"
        return {
            "decision": decision_item(fresh, with_votes=member),
            "meeting": meeting_item(meeting, with_minutes=False) if meeting and is_open else None,
            "decided_in": fresh.meeting,
            "meetings": meetings.order_by("-held_at")[:ON_A_PAGE],
            "replaces": fresh.replaces,
            "votes": VOTES,
            "is_open": is_open,
            "own": own,
            "may_decide": may["may_approve_decisions"] and is_open and not own,
            "may_withdraw": is_open and (own or may["may_approve_decisions"]),
            "unit_name": fresh.unit.name,
            "tab": "decisions",
            **may,
        }

    return answered(request, municipality, "crisis/decision.html", context, DECISION_DOINGS, decision)


def do_decide(request: HttpRequest, decision: Decision) -> None:
    form = request.POST
    votes = {
        int(pk): SeatVote(form[f"vote_{pk}"], form.get(f"words_{pk}", ""))
        for pk in form.getlist("seat")
        if pk.isdecimal() and form.get(f"vote_{pk}")
    }
    meeting = meeting_of(decision.unit.municipality, whole_in(form, "meeting"))
    decide(by=actor_of(request), decision=decision, meeting=meeting, votes=votes, dissent=form.get("dissent", ""))


def do_withdraw(request: HttpRequest, decision: Decision) -> None:
    withdraw_decision(by=actor_of(request), decision=decision, because=request.POST.get("because", ""))


DECISION_DOINGS: dict[str, Doing] = {"decide": do_decide, "withdraw": do_withdraw}


# ---- norms by two


@town_page(Permission.PROPOSE_NORMS)
def norm_proposals_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Weights in force, and changes that wait for another pair of eyes."""
    norms = norms_at(municipality, timezone.localdate())

    def context() -> dict[str, Any]:
        rows = NormProposal.objects.filter(municipality=municipality).select_related("proposed_by", "decision")
        return {
            "sheet": Paginator(rows.order_by("-pk"), ON_A_PAGE).get_page(request.GET.get("page")),
            "weights": [(str(code), norms.weights.get(code), norms.demand.get(code)) for code in ServiceDomain],
            "me": actor_of(request).user_id,
            "tab": "norms",
            **rights(request, municipality, Permission.APPROVE_NORMS),
        }

    return answered(request, municipality, "crisis/norm_proposals.html", context, NORM_DOINGS, municipality)


def do_propose_norm(request: HttpRequest, municipality: Municipality) -> None:
    form = request.POST
    service, kind = form.get("service", ""), form.get("kind", "")
    there = norms_at(municipality, timezone.localdate())
    same = next((row for row in there.rows if row.kind == kind and row.service == service), None)
    propose_norm(
        by=actor_of(request),
        municipality=municipality,
        kind=kind,
        service=service,
        key=same.key if same else "",
        unit=same.unit if same else "",
        phase=same.phase if same else "",
        value=amount_in(form, "value") or 0.0,
        source=form.get("source", "").strip(),
        reason=form.get("reason", ""),
        valid_from=day_in(form, "valid_from"),
    )


def do_answer(request: HttpRequest, municipality: Municipality) -> None:
    form = request.POST
    proposal = NormProposal.objects.select_related("municipality").filter(municipality=municipality)
    found = proposal.filter(pk=whole_in(form, "proposal")).first()
    if found is None:
        raise NotFound(_("There is no such proposal here."))
    act = approve_norm if form.get("answer") == "approve" else reject_norm
    act(by=actor_of(request), proposal=found, answer=form.get("because", ""))


NORM_DOINGS: dict[str, Doing] = {"propose": do_propose_norm, "answer": do_answer}


urlpatterns = [
    path("m/<slug:code>/unit/", unit_page, name="unit"),
    path("m/<slug:code>/unit/meetings/", meetings_page, name="meetings"),
    path("m/<slug:code>/unit/meetings/<int:pk>/", meeting_page, name="meeting"),
    path("m/<slug:code>/unit/decisions/", decisions_page, name="decisions"),
    path("m/<slug:code>/unit/decisions/<int:pk>/", decision_page, name="decision"),
    path("m/<slug:code>/unit/norms/", norm_proposals_page, name="norm_proposals"),
]
