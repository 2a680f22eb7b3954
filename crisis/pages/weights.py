"""How much each service counts: the meeting screen on which seats answer, see how far apart they are, and agree."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from assessments.actions.weights import agree_weights, answer_weighing, open_weighing
from assessments.api.weights import seat_here, step
from assessments.selectors.weights import OPEN, SHOWN, effect_of, session_item, session_of, sessions_for
from crisis.lib.errors import Invalid, NotAllowed, NotFound, RepriseError
from crisis.pages.access import qr_code
from crisis.pages.drawing.strips import strip_of
from crisis.pages.reading import amount_in, whole_in
from crisis.pages.town import actor_of, town_context, town_page
from crisis.pages.unit import rights
from crisis.templatetags.reprise import number, quantity
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import EventCounter, Meeting, Municipality
from municipal_units.permissions import Permission
from municipal_units.selectors.norms import norms_at
from municipal_units.selectors.unit import PLANNED, meeting_of

POINTS = "points-"
STEPS = ("show", "again", "drop", "propose", "approve")
MOST = 100
SMALL = 0.1  # units per person below which people are counted for one unit


@town_page(Permission.GIVE_WEIGHTS)
def weighings_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Every weighing of services; a new one is opened for a meeting that is not closed."""
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            return opened(request, municipality)
        except (NotAllowed, NotFound):
            raise
        except RepriseError as refusal:
            problem = refusal
    rows = sessions_for(municipality, actor_of(request)).order_by("-pk")[:MOST]
    open_meetings = Meeting.objects.filter(municipality=municipality, status=PLANNED).order_by("-held_at")
    norms = norms_at(municipality, timezone.localdate())
    context = {
        "rows": rows,
        "meetings": open_meetings[:MOST],
        "chosen_meeting": request.GET.get("meeting", ""),
        "services": [(str(code), norms.weights.get(code, 0.0)) for code in ServiceDomain if code in norms.weights],
        "problem": problem,
        "tab": "weights",
        **rights(request, municipality, Permission.HOLD_MEETINGS),
    }
    context = town_context(municipality, "unit") | context
    return render(request, "crisis/weighings.html", context, status=problem.status if problem else 200)


def opened(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    session = open_weighing(
        by=actor_of(request),
        meeting=meeting_of(municipality, whole_in(request.POST, "meeting")),
        services=request.POST.getlist("service"),
        blind=request.POST.get("blind") == "on",
    )
    return redirect("weighing", municipality.code, session.pk)


@town_page(Permission.GIVE_WEIGHTS)
def weighing_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """One weighing: the same page on a phone, on the shared screen and, afterwards, as a record."""
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            return do_with_weighing(request, municipality, pk)
        except (NotAllowed, NotFound):
            raise
        except RepriseError as refusal:
            problem = refusal
    counter = EventCounter.objects.get(municipality=municipality)
    address = request.build_absolute_uri(reverse("weighing", args=(municipality.code, pk)))
    context = board_context(request, municipality, pk) | {
        "problem": problem,
        "given": request.POST if problem else QueryDict(),
        "qr": qr_code(address),
        "address": address,
        "page": {
            "code": municipality.code,
            "seq": counter.seq,
            "epoch": str(counter.epoch),
            "as_of": timezone.now().isoformat(),
            "weighing": pk,
        },
    }
    context = town_context(municipality, "unit") | context
    return render(request, "crisis/weighing.html", context, status=problem.status if problem else 200)


@town_page(Permission.GIVE_WEIGHTS)
@require_GET
def board_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """The part of the page that changes while others answer."""
    context = town_context(municipality, "unit") | board_context(request, municipality, pk)
    return render(request, "crisis/_weighing_board.html", context)


@town_page(Permission.GIVE_WEIGHTS)
@require_GET
def effect_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """What the values in the address would change, to be put beside them."""
    session = session_of(municipality, pk, actor=actor_of(request))
    try:
        told: dict[str, Any] | None = effect_of(session, points_in(request.GET), actor=actor_of(request))
        problem = None
    except Invalid as refusal:
        told, problem = None, refusal
    context = town_context(municipality, "unit") | {"effect": told, "problem": problem}
    return render(request, "crisis/_weighing_effect.html", context)


def board_context(request: HttpRequest, municipality: Municipality, pk: int) -> dict[str, Any]:
    actor = actor_of(request)
    found = session_of(municipality, pk, actor=actor)
    session = session_item(found, actor=actor)
    agreed, mirrored = session["agreed"].get("points", {}), get_language_bidi()
    mine = [seat for seat in session["seats"] if seat["mine"] and not seat["vacant"]]
    may = rights(request, municipality, Permission.HOLD_MEETINGS, Permission.APPROVE_NORMS)
    lead, is_open = may["may_hold_meetings"], session["state"] == OPEN
    shared = [seat for seat in session["seats"] if not seat["vacant"] and not seat["absent"]]
    return {
        "session": session,
        "services": [
            service
            | {
                "swing": swing_sentence(service["norm"], service["unit"]),
                "strip": strip_of(service, agreed.get(service["service"]), mirrored=mirrored),
                "value": agreed.get(service["service"], session["suggested"].get(service["service"])),
                "weight": session["agreed"].get("weights", {}).get(service["service"]),
                "mine": session["mine"].get(mine[0]["seat"], {}).get(service["service"]) if mine else None,
            }
            for service in session["services"]
        ],
        "kept_share": sum(session["kept"].values()),
        "answered": sum(seat["answered"] for seat in session["seats"]),
        "spoken": sum(seat["answered"] or seat["kept_from"] is not None for seat in session["seats"]),
        "held": sum(not seat["vacant"] for seat in session["seats"]),
        "my_seat": mine[0] if mine and is_open else None,
        "shared_seats": shared if lead and is_open else [],
        "may_lead": lead,
        "may_agree": lead and session["state"] == SHOWN,
        "may_approve": may["may_approve_norms"]
        and bool(session["proposals"])
        and session["approved_at"] is None
        and actor.user_id != found.proposed_by_id,
        "tab": "weights",
        **may,
    }


def swing_sentence(norm: float | None, unit: str) -> str:
    """From the worst to the need met, in units people can picture: small norms turned round."""
    if norm is None or not norm > 0:
        return ""
    per_person = unit.removesuffix("/person")
    if norm < SMALL and per_person != unit:
        return _("from nothing to one {unit} for {n} people").format(unit=per_person, n=number(1 / norm))
    return _("from nothing to {norm} {unit}").format(norm=quantity(norm), unit=unit)


def points_in(form: QueryDict) -> dict[str, float]:
    """The values of the fields points-water and so on, within 0 and 100."""
    found = {name.removeprefix(POINTS): amount_in(form, name) for name in form if name.startswith(POINTS)}
    return {code: min(100.0, max(0.0, value)) for code, value in found.items() if value is not None}


def do_with_weighing(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    actor, form = actor_of(request), request.POST
    session, wish = session_of(municipality, pk, actor=actor), form.get("do", "")
    if wish == "answer":
        seat = seat_here(municipality, whole_in(form, "seat"))
        answer_weighing(by=actor, session=session, seat=seat, points=points_in(form), words=form.get("words", ""))
    elif wish == "agree":
        agree_weights(
            by=actor,
            session=session,
            points=points_in(form),
            dissent=form.get("dissent", ""),
            name=form.get("name", "")[:120],
        )
    elif wish in STEPS:
        step(actor, session, wish, because=form.get("because", ""))
    else:
        raise Invalid(_("This page does not know that button."))
    return redirect("weighing", municipality.code, pk)


urlpatterns = [
    path("m/<slug:code>/unit/weights/", weighings_page, name="weighings"),
    path("m/<slug:code>/unit/weights/<int:pk>/", weighing_page, name="weighing"),
    path("m/<slug:code>/unit/weights/<int:pk>/board", board_page, name="weighing_board"),
    path("m/<slug:code>/unit/weights/<int:pk>/effect", effect_page, name="weighing_effect"),
]
