"""Visits: what to assess first, sending people there, and how far they are."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from assessments.actions.doubt import ask_ranking
from assessments.actions.visits import (
    CHOSEN,
    PLANNED,
    PROPOSED,
    Goal,
    field_people,
    plan_visits,
    set_team,
    set_visit_state,
)
from assessments.api.visits import person_named, team_named, visit_here
from assessments.selectors.doubt import to_assess_first
from assessments.selectors.visits import teams_of, visits_board
from crisis.lib.errors import FieldError, Invalid, RepriseError
from crisis.pages.drawing.plans import town_map
from crisis.pages.drawing.visits import marked
from crisis.pages.reading import count_in, day_in, key_in, whole_in
from crisis.pages.town import actor_of, town_context, town_page
from crisis.pages.words import visits as words
from damage.models import Structure
from municipal_units.models import EventCounter, Facility, Municipality, Neighbourhood
from municipal_units.permissions import Permission

PERSON, TEAM = "person:", "team:"


@town_page(Permission.REVIEW_FORMS)
def visits_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Map and list of visits with their progress, what to assess first, and the form to send somebody."""
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            return do_with_visits(request, municipality)
        except RepriseError as refusal:
            problem = refusal
    counter = EventCounter.objects.get(municipality=municipality)
    context = board_of(municipality) | {
        "first": to_assess_first(municipality, actor=actor_of(request)),
        "places": Neighbourhood.objects.filter(municipality=municipality, retired_on=None).order_by("name"),
        "chosen_place": key_in(request.GET, "place"),
        "wanted": request.POST if problem else request.GET,
        "people": field_people(municipality),
        "teams": teams_of(municipality),
        "forms": words.FORMS,
        "problem": problem,
        "page": {"code": municipality.code, "seq": counter.seq, "epoch": str(counter.epoch)},
    }
    status = problem.status if problem else 200
    return render(request, "crisis/visits.html", town_context(municipality, "reports") | context, status=status)


@town_page(Permission.REVIEW_FORMS)
@require_GET
def board(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Map and list alone, to be put in place when something moved."""
    context = town_context(municipality, "reports") | board_of(municipality)
    return render(request, "crisis/_visits_board.html", context)


@town_page(Permission.REVIEW_FORMS)
@require_GET
def first(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """What to assess first, alone."""
    context = {
        "first": to_assess_first(municipality, actor=actor_of(request)),
        "people": field_people(municipality),
        "teams": teams_of(municipality),
    }
    return render(request, "crisis/_visits_first.html", town_context(municipality, "reports") | context)


def board_of(municipality: Municipality) -> dict[str, Any]:
    told, drawing = visits_board(municipality), town_map(municipality)
    return {
        "visits": told["items"],
        "sums": told["sums"],
        "all": sum(told["sums"].values()),
        "map": drawing,
        "marks": marked(drawing, told["items"]),
        "states": words.STATES,
        "shapes": words.SHAPES,
        "bar": words.BAR,
    }


def do_with_visits(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    actor, form = actor_of(request), request.POST
    wish = form.get("do", "")
    if wish in ("plan", "propose"):
        who = form.get("who", "")
        plan_visits(
            by=actor,
            municipality=municipality,
            goals=goals_in(form, municipality),
            assigned_to=person_named(municipality, who.removeprefix(PERSON) if who.startswith(PERSON) else ""),
            team=team_named(municipality, who.removeprefix(TEAM) if who.startswith(TEAM) else ""),
            due_on=day_in(form, "due_on"),
            reason=form.get("reason", ""),
            origin=PROPOSED if wish == "propose" else CHOSEN,
        )
    elif wish in ("call_off", "again"):
        visit = visit_here(municipality, whole_in(form, "visit"))
        set_visit_state(by=actor, visit=visit, state=PLANNED if wish == "again" else "cancelled")
    elif wish == "team":
        people = [person for name in form.getlist("people") if (person := person_named(municipality, name)) is not None]
        set_team(by=actor, municipality=municipality, name=form.get("name", ""), people=people)
    elif wish == "ask":
        ask_ranking(
            by=actor,
            municipality=municipality,
            first_places=count_in(form, "first_places"),
            seed=count_in(form, "seed"),
        )
    else:
        raise Invalid(_("This page does not know that button."))
    return redirect("visits", municipality.code)


def goals_in(form: QueryDict, municipality: Municipality) -> list[Goal]:
    """Where to go: a facility or a neighbourhood chosen in a list, and codes of facilities or numbers of buildings."""
    goals = []
    if facility := key_in(form, "facility"):
        goals += [Goal(facility=found) for found in Facility.objects.filter(municipality=municipality, pk=facility)]
    if place := key_in(form, "neighbourhood"):
        places = Neighbourhood.objects.filter(municipality=municipality, pk=place)
        goals += [Goal(neighbourhood=found, form=form.get("form", "")) for found in places]
    codes = [code for part in form.get("codes", "").replace(";", ",").split(",") if (code := part.strip())]
    goals += [goal_named(municipality, code) for code in codes]
    if not goals:
        message = _("Write the code of a facility or the number of a building, or choose a neighbourhood.")
        raise Invalid(message, fields=[FieldError("codes", message)])
    return goals


def goal_named(municipality: Municipality, code: str) -> Goal:
    facility = Facility.objects.filter(municipality=municipality, code__iexact=code).first()
    if facility is not None:
        return Goal(facility=facility)
    number = code.upper().removeprefix("B-")
    if number.isascii() and number.isdecimal() and len(number) < 18:
        structure = Structure.objects.filter(municipality=municipality, pk=int(number)).first()
        if structure is not None:
            return Goal(structure=structure)
    message = _("There is no facility and no building %(code)s here.") % {"code": code[:40]}
    raise Invalid(message, fields=[FieldError("codes", message)])


urlpatterns = [
    path("m/<slug:code>/visits/", visits_page, name="visits"),
    path("m/<slug:code>/visits/board", board, name="visits_board"),
    path("m/<slug:code>/visits/first", first, name="visits_first"),
]
