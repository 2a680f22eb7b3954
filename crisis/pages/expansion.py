"""Service expansion as pages: need against capacity, arrival scenarios, a new facility tried on the map and kept."""

import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from assessments.actions.arrivals import Expected, remove_arrivals, write_arrivals
from assessments.actions.expansion import Proposal, propose_expansion
from assessments.selectors.arrivals import arrivals_here, arrivals_of
from assessments.selectors.expansion import Question, norms_of_service, service_needs
from assessments.selectors.new_facility import Site, new_facility_effect
from crisis.lib.errors import FieldError, Invalid, NotAllowed, NotFound, RepriseError
from crisis.pages.drawing.plans import SHAPE_CLASS, TEXT_CLASS, TownMap, town_map
from crisis.pages.plans import MILLION, crews_of
from crisis.pages.reading import amount_in, key_in, key_of, percent_in
from crisis.pages.town import actor_of, town_context, town_page
from crisis.pages.words.expansion import GROUP_CHOICES, PHASES, UNITS, VERDICT_SHAPES, VERDICTS
from crisis.pages.words.facilities import asset_name
from crisis.pages.words.plans import GROUPS
from municipal_units.core.norms import DEMAND_UNITS
from municipal_units.core.vocabulary import ASSET_TYPES, ServiceDomain
from municipal_units.models import Facility, Municipality
from municipal_units.permissions import Permission
from municipal_units.selectors.capacity import conversions_of
from municipal_units.selectors.places import neighbourhoods_on

FIRST_SERVICE = ServiceDomain.WATER.value
NOT_TOLD: dict[str, Any] = {"share": None, "class": ""}
ROWS_SHOWN, MOVED_SHOWN, DOTS_SHOWN, EMPTY_ROWS = 60, 40, 300, 3


@town_page(Permission.EDIT_PLANS)
@require_GET
def expansion_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """One service: where it is too small for the people there are, and for those who may come."""
    context = question_context(request.GET, municipality, request)
    problem: RepriseError | None = None
    try:
        told = service_needs(municipality, question_in(request.GET), actor=actor_of(request))
    except (NotAllowed, NotFound):
        raise
    except RepriseError as refusal:
        problem, told = refusal, None
    if told:
        drawing = town_map(municipality)
        places = told["places"]
        shown = places if request.GET.get("all") else places[:ROWS_SHOWN]
        context |= {
            "told": told,
            "rows": [{**place, "built_of": built_of(place["then"]["missing"], told["modules"])} for place in shown],
            "more": len(places) - len(shown),
            "map": drawing,
            "shapes_now": shapes_of(drawing, places, lambda place: place["now"]),
            "shapes_then": shapes_of(drawing, places, lambda place: place["then"]),
            "sum_built_of": built_of(told["then"]["missing"], told["modules"]),
            "sites": [{**site, "built_of": built_of(site["size"], told["modules"])} for site in told["sites"]],
        }
    page = town_context(municipality, "plans") | context | {"problem": problem}
    return render(request, "crisis/expansion.html", page, status=problem.status if problem else 200)


@town_page(Permission.EDIT_PLANS)
def new_facility_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """A facility put on the map, by a click or from the list: who gains what. Sent with a code it is kept as a work."""
    given = request.POST if request.method == "POST" else request.GET
    problem: RepriseError | None = None
    effect: dict[str, Any] | None = None
    try:
        if request.method == "POST":
            work = propose_expansion(
                by=actor_of(request),
                municipality=municipality,
                question=question_in(given),
                site=site_in(given),
                proposal=proposal_in(given),
            )
            return redirect(f"{request.path}?{urlencode({'kept': work.code, 'service': given.get('service', '')})}")
        if given.get("capacity"):
            effect = new_facility_effect(municipality, question_in(given), site_in(given), actor=actor_of(request))
    except NotAllowed:
        raise
    except RepriseError as refusal:
        problem = refusal
    if request.method == "POST" and problem:
        effect = tried_again(request, municipality)
    drawing = town_map(municipality)
    service = service_in(given)
    context = town_context(municipality, "plans") | question_context(given, municipality, request)
    context |= {
        "given": given,
        "effect": effect,
        "moved": [place for place in effect["places"] if place["moved"]] if effect else [],
        "most_moved": MOVED_SHOWN,
        "problem": problem,
        "kept": given.get("kept", ""),
        "map": drawing,
        "dots": dots_of(drawing, municipality, service),
        "spot": drawing.at(effect["lon"], effect["lat"]) if effect else None,
        "shapes_before": shapes_of(drawing, effect["places"], before_of)
        if effect
        else shapes_of(drawing, [], before_of),
        "shapes_after": shapes_of(drawing, effect["places"], after_of) if effect else [],
        "places": neighbourhoods_on(municipality, timezone.localdate()).order_by("name"),
        "kinds": [(kind, asset_name(service, kind)) for kind in ASSET_TYPES[ServiceDomain(service)]],
        "units": units_of(municipality, service),
        "own_unit": DEMAND_UNITS[ServiceDomain(service)],
        "crews": crews_of(municipality),
        "group_rows": [{**row, "name": GROUPS.get(row["group"], row["group"])} for row in effect["groups"]]
        if effect
        else [],
    }
    part = "crisis/_new_facility.html" if request.headers.get("X-Part") else "crisis/expansion_new.html"
    return render(request, part, context, status=problem.status if problem else 200)


def tried_again(request: HttpRequest, municipality: Municipality) -> dict[str, Any] | None:
    """The effect beside a refused proposal, so that nothing has to be typed twice; None where the site is refused."""
    try:
        return new_facility_effect(
            municipality, question_in(request.POST), site_in(request.POST), actor=actor_of(request)
        )
    except RepriseError:
        return None


@town_page(Permission.EDIT_PLANS)
def arrivals_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Arrival scenarios: read, written, changed and taken away."""
    problem: RepriseError | None = None
    actor = actor_of(request)
    if request.method == "POST":
        try:
            change_arrivals(request, municipality)
            return redirect("arrivals", municipality.code)
        except (NotAllowed, NotFound):
            raise
        except RepriseError as refusal:
            problem = refusal
    scenarios = arrivals_of(municipality, actor=actor)
    wanted = key_of(request.GET.get("edit", ""))
    chosen = next((one for one in scenarios if one["id"] == wanted), None)
    places = list(neighbourhoods_on(municipality, timezone.localdate()).order_by("name"))
    rows = posted_rows(request.POST) if problem else [row_values(row) for row in chosen["rows"]] if chosen else []
    names = {place.pk: place for place in places}
    context = town_context(municipality, "plans") | {
        "scenarios": [
            {**one, "rows": [{**row, "place": names.get(row["neighbourhood"]), "from": names.get(row["leaving"])}
                             for row in one["rows"]]}
            for one in scenarios
        ],
        "chosen": chosen,
        "form": request.POST if problem else chosen or {},
        "rows": [*rows, *[{}] * EMPTY_ROWS],
        "places": places,
        "groups": GROUP_CHOICES,
        "problem": problem,
    }  # fmt: skip
    return render(request, "crisis/arrivals.html", context, status=problem.status if problem else 200)


# ---- what was asked


def service_in(given: QueryDict) -> str:
    service = given.get("service", FIRST_SERVICE)
    return service if service in set(ServiceDomain) else FIRST_SERVICE


def question_in(given: QueryDict) -> Question:
    return Question(
        service=service_in(given),
        phase=given.get("phase", "") or "emergency",
        target=percent_in(given, "target") or 1.0,
        arrivals=key_in(given, "arrivals"),
    )


def site_in(given: QueryDict) -> Site:
    return Site(
        asset_type=given.get("asset_type", ""),
        capacity=amount_in(given, "capacity"),
        unit=given.get("unit", ""),
        lon=amount_in(given, "lon"),
        lat=amount_in(given, "lat"),
        neighbourhood=key_in(given, "place"),
        only_here=given.get("serves") == "place",
        independent=bool(given.get("independent")),
    )


def proposal_in(given: QueryDict) -> Proposal:
    cost, days = amount_in(given, "cost"), amount_in(given, "days")
    wrong = [
        FieldError(name, message)
        for name, message, missing in (
            ("code", _("Give it a code."), not given.get("code", "").strip()),
            ("name", _("Give it a name."), not given.get("name", "").strip()),
            ("cost", _("Say what it costs."), cost is None),
            ("days", _("Say how many days it takes."), not days or days < 1),
        )
        if missing
    ]
    if wrong:
        raise Invalid(fields=wrong)
    return Proposal(
        code=given.get("code", ""),
        name=given.get("name", ""),
        cost=(cost or 0.0) * MILLION,
        duration_days=math.ceil(days or 1),
        crew=given.get("crew", ""),
        crew_units=int(amount_in(given, "crew_units") or 1),
    )


def question_context(given: QueryDict, municipality: Municipality, request: HttpRequest) -> dict[str, Any]:
    """What the form of the question offers, and what was chosen."""
    service = service_in(given)
    return {
        "service": service,
        "services": [str(code) for code in ServiceDomain],
        "norms": norms_of_service(municipality, service),
        "phase": given.get("phase", "emergency"),
        "target": given.get("target", "") or "100",
        "arrivals": arrivals_of(municipality, actor=actor_of(request)),
        "chosen_arrivals": key_of(given.get("arrivals", "")),
        "phases": PHASES,
        "unit_words": UNITS,
        "verdicts": VERDICTS,
        "verdict_shapes": VERDICT_SHAPES,
    }


# ---- arrival scenarios from the form


def change_arrivals(request: HttpRequest, municipality: Municipality) -> None:
    actor, form = actor_of(request), request.POST
    pk = key_in(form, "scenario")
    scenario = arrivals_here(municipality, pk) if pk else None
    if form.get("do") == "remove" and scenario:
        remove_arrivals(by=actor, scenario=scenario)
        return
    write_arrivals(
        by=actor,
        municipality=municipality,
        name=form.get("name", ""),
        source=form.get("source", ""),
        rows=[expected_in(row) for row in posted_rows(form) if row["amount"]],
        scenario=scenario,
    )


def posted_rows(form: QueryDict) -> list[dict[str, str]]:
    names = ("group", "place", "amount", "leaving")
    columns = [form.getlist(name) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=False)]


def row_values(row: Mapping[str, Any]) -> dict[str, str]:
    amount = f"{row['share'] * 100:+g} %" if row["share"] is not None else f"{row['persons']:+g}"
    return {
        "group": row["group"],
        "place": str(row["neighbourhood"] or ""),
        "amount": amount,
        "leaving": str(row["leaving"] or ""),
    }


def expected_in(row: Mapping[str, str]) -> Expected:
    """A row of the form: `+20 %` is a share of those there now, `+300` are persons."""
    text = row["amount"].replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", ".").replace("−", "-")
    share = text.endswith(("%", "٪"))
    try:
        value = float(text.rstrip("%٪"))
    except ValueError:
        message = _("'%(text)s' is no change. Write +20 %% or +300.") % {"text": row["amount"][:20]}
        raise Invalid(message, fields=[FieldError("amount", message)]) from None
    return Expected(
        group=row["group"],
        neighbourhood_id=key_of(row["place"]),
        share=value / 100 if share else None,
        persons=None if share else value,
        leaving_id=key_of(row["leaving"]),
    )


# ---- what is shown


def built_of(size: float | None, modules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A size in things one can build: so many taps, or so many hand pumps. At most two, the most usual ones."""
    if not size:
        return []
    counted = [{"unit": one["unit"], "count": math.ceil(size / one["gives"] - 1e-9)} for one in modules]
    seen: dict[str, dict[str, Any]] = {}
    for one in counted:
        seen.setdefault(one["unit"], one)
    return list(seen.values())[:2]


def units_of(municipality: Municipality, service: str) -> list[str]:
    conversions = conversions_of(municipality, on=timezone.localdate())
    own = DEMAND_UNITS[ServiceDomain(service)]
    found = {unit for kind in ("", *ASSET_TYPES[ServiceDomain(service)]) for unit in conversions.units(service, kind)}
    return [own, *sorted(unit for unit in found if unit.casefold() != own.casefold())]


def before_of(place: Mapping[str, Any]) -> dict[str, Any]:
    return {"share": place["before"], "class": place["class_before"]}


def after_of(place: Mapping[str, Any]) -> dict[str, Any]:
    return {"share": place["after"], "class": place["class_after"]}


def shapes_of(drawing: TownMap, places: Sequence[Mapping[str, Any]], part: Any) -> list[dict[str, Any]]:
    """Each outline with the class and the share to print in it; without places only the outlines."""
    by_id = {place["id"]: (place, part(place)) for place in places}
    shapes = []
    for outline in drawing.outlines:
        place, told = by_id.get(outline.place, (None, NOT_TOLD))
        shapes.append(
            {
                "outline": outline,
                "place": place,
                "share": told["share"],
                "shape": SHAPE_CLASS.get(told["class"], "nnd" if places else "blank"),
                "text": TEXT_CLASS.get(told["class"], "t0"),
            }
        )
    return shapes


def dots_of(drawing: TownMap, municipality: Municipality, service: str) -> list[dict[str, Any]]:
    """The facilities there are, as points of the drawing."""
    found = Facility.objects.filter(municipality=municipality, service=service).order_by("-capacity", "pk")
    return [{"at": drawing.at(one.geom.x, one.geom.y), "name": one.name} for one in found[:DOTS_SHOWN]]


urlpatterns = [
    path("m/<slug:code>/expansion/", expansion_page, name="expansion"),
    path("m/<slug:code>/expansion/new", new_facility_page, name="expansion_new"),
    path("m/<slug:code>/expansion/arrivals", arrivals_page, name="arrivals"),
]
