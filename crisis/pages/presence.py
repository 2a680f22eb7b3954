"""The pages of people present: counts with what does not add up, two counts beside each other, movements and stock."""

import uuid
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from crisis.lib.errors import Invalid, NotFound, RepriseError
from crisis.pages.households import people_context
from crisis.pages.reading import count_in, day_in
from crisis.pages.town import actor_of, town_page
from municipal_units.actions.movements import MovementRow, record_movement, reject_movement
from municipal_units.actions.population import review_round, supersede_round
from municipal_units.models import Movement, Municipality, Neighbourhood, PopulationRound
from municipal_units.permissions import Permission
from municipal_units.selectors.movements import movements_of, stock_by_place
from municipal_units.selectors.population import PRESENT_GROUPS, people_present, present_by_place
from municipal_units.selectors.rounds import compared_rounds, figures_of, rounds_of

ROUNDS_ON_A_PAGE = 50
MOVEMENTS_ON_A_PAGE = 100
PERIOD_DAYS = 30


@town_page(Permission.RECORD_POPULATION)
def rounds_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Who counts as present, by which count and with what doubt; all counts; two of them beside each other."""
    rounds = rounds_of(municipality)
    chosen = [pk for pk in asked(request) if pk.isdecimal() and len(pk) < 18]
    both = list(rounds.filter(pk__in=chosen).order_by("observed_on", "pk"))
    older, newer = both if len(both) == 2 else (None, None)
    present = people_present(municipality, as_of=timezone.localdate())
    context = {
        **by_place(municipality, present),
        "rounds": Paginator(rounds, ROUNDS_ON_A_PAGE).get_page(request.GET.get("page")),
        "older": older,
        "newer": newer,
        "compared": compared_rounds(older, newer) if older and newer else [],
    }
    return render(request, "crisis/rounds.html", people_context(municipality, "rounds") | context)


def by_place(municipality: Municipality, present: pd.DataFrame) -> dict[str, Any]:
    """`places`: one row per place with its groups side by side, sorted by name; `town`: their sums; `groups`: those
    that occur; `present`: the figures behind them, one per place and group."""
    names = dict(Neighbourhood.objects.filter(municipality=municipality).values_list("pk", "name"))
    figures = [row | {"place": names.get(row["neighbourhood"], "")} for row in known(present)]
    figures.sort(key=lambda row: (row["place"].casefold(), row["neighbourhood"], row["group"]))
    together = present_by_place(present)
    sums = {row["neighbourhood"]: row for row in known(together.reset_index())}
    places = [
        sums[place] | {"place": names.get(place, ""), "counts": counts_of(of_place), "flags": flags_of(of_place)}
        for place, of_place in ((key, list(rows)) for key, rows in groupby(figures, itemgetter("neighbourhood")))
    ]
    town = known(together.sum(min_count=1).to_frame().T)[0]
    return {
        "present": figures,
        "places": places,
        "town": town,
        "groups": [g for g in PRESENT_GROUPS if town[g] is not None],
    }


def counts_of(figures: list[dict[str, Any]]) -> list[tuple[str, date]]:
    """The counts that the figures of a place come from, newest first: name and day."""
    found = {(row["round"], row["observed_on"]) for row in figures if row["round"]}
    return sorted(found, key=itemgetter(1), reverse=True)


def flags_of(figures: list[dict[str, Any]]) -> list[str]:
    return sorted({flag for row in figures for flag in row["flags"]})


def asked(request: HttpRequest) -> tuple[str, str]:
    return request.GET.get("older", ""), request.GET.get("newer", "")


def known(present: Any) -> list[dict[str, Any]]:
    """The rows of `people_present` as templates read them: a missing number is None."""
    rows: list[dict[str, Any]] = present.astype(object).where(present.notna(), None).to_dict("records")
    return rows


@town_page(Permission.RECORD_POPULATION)
def round_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """One count as written, with everything in it that does not add up; reviewed here by somebody else."""
    counted = rounds_of(municipality).filter(pk=pk).first()
    if counted is None:
        raise NotFound(_("There is no such count here."))
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            review_in(request, municipality, counted)
            return redirect("population_round", municipality.code, pk)
        except RepriseError as refusal:
            problem = refusal
    figures = figures_of(counted)
    context = {
        "round": counted,
        "figures": figures,
        "flagged": sum(bool(figure.flags) for figure in figures),
        "problem": problem,
        "own": counted.recorded_by_id is not None and counted.recorded_by_id == actor_of(request).user_id,
        "newer": rounds_of(municipality)
        .filter(observed_on__gte=counted.observed_on, superseded_by=None)
        .exclude(pk=pk),
    }
    page = people_context(municipality, "rounds") | context
    return render(request, "crisis/round.html", page, status=problem.status if problem else 200)


def review_in(request: HttpRequest, municipality: Municipality, counted: PopulationRound) -> None:
    form, actor = request.POST, actor_of(request)
    wish = form.get("do", "")
    if wish in ("accept", "reject"):
        review_round(by=actor, counted=counted, accepted=wish == "accept", reason=form.get("reason", "")[:300])
    elif wish == "supersede":
        newer = rounds_of(municipality).filter(pk=count_in(form, "by") or 0).first()
        if newer is None:
            raise Invalid(_("Choose the newer count."))
        supersede_round(by=actor, counted=counted, by_round=newer)
    else:
        raise Invalid(_("This page does not know that button."))


@town_page(Permission.RECORD_POPULATION)
def movements_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Who came and left, and the stock that makes: closing = opening + came - left, per neighbourhood."""
    problem: RepriseError | None = None
    given = request.POST if request.method == "POST" else QueryDict()
    if request.method == "POST":
        try:
            take_movement(request, municipality)
            return redirect("movements", municipality.code)
        except RepriseError as refusal:
            problem = refusal
    start, end = period(request)
    kind = request.GET.get("kind", "")
    stock = stock_by_place(municipality, start=start, end=end)
    listed = movements_of(municipality, kind=kind)
    context = {
        "stock": stock,
        "came": sum(row["came"] for row in stock),
        "left": sum(row["left"] for row in stock),
        "start": start,
        "end": end,
        "kind": kind,
        "sheet": Paginator(listed, MOVEMENTS_ON_A_PAGE).get_page(request.GET.get("page")),
        "places": Neighbourhood.objects.filter(municipality=municipality, retired_on=None).order_by("name"),
        "problem": problem,
        "wrong": {field.field: field.message for field in problem.fields} if problem else {},
        "given": given,
        "instance_id": given.get("instance_id") or f"uuid:{uuid.uuid4()}",
        "today": timezone.localdate(),
    }
    page = people_context(municipality, "movements") | context
    return render(request, "crisis/movements.html", page, status=problem.status if problem else 200)


def period(request: HttpRequest) -> tuple[date, date]:
    """The days the address asks about; the last thirty where it asks nothing readable."""
    today = timezone.localdate()
    try:
        end = day_in(request.GET, "end") or today
        start = day_in(request.GET, "start") or end - timedelta(days=PERIOD_DAYS)
    except Invalid:
        return today - timedelta(days=PERIOD_DAYS), today
    return (start, end) if start <= end else (end, start)


def take_movement(request: HttpRequest, municipality: Municipality) -> None:
    form, actor = request.POST, actor_of(request)
    if form.get("do") in ("reject", "restore"):
        movement = Movement.objects.filter(municipality=municipality, pk=count_in(form, "movement") or 0).first()
        if movement is None:
            raise NotFound(_("There is no such report here."))
        reject_movement(by=actor, movement=movement, rejected=form["do"] == "reject")
        return
    row = MovementRow(
        instance_id=form.get("instance_id", "")[:200],
        kind=form.get("kind", ""),
        group=form.get("group", ""),
        happened_on=day_in(form, "happened_on") or timezone.localdate(),
        individuals=count_in(form, "individuals") or 0,
        households=count_in(form, "households"),
        origin_id=count_in(form, "origin"),
        destination_id=count_in(form, "destination"),
        origin_text=form.get("origin_text", "")[:200],
        destination_text=form.get("destination_text", "")[:200],
        reason=form.get("reason", ""),
        source=form.get("source", "")[:300],
    )
    record_movement(by=actor, municipality=municipality, row=row)


urlpatterns = [
    path("m/<slug:code>/present/", rounds_page, name="population_rounds"),
    path("m/<slug:code>/present/counts/<int:pk>/", round_page, name="population_round"),
    path("m/<slug:code>/present/movements/", movements_page, name="movements"),
]
