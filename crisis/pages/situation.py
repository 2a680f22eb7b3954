"""The pages people look at: the live map with its list, places, facilities and works."""

import csv
from datetime import UTC, datetime, time
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.contrib.gis.db.models import Extent
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.i18n import set_language

from assessments.selectors.doubt import to_assess_first
from assessments.selectors.functionality import neighbourhood_panel, situation
from assessments.selectors.planning import ranking
from crisis.lib.errors import NotFound
from crisis.listing import arranged, chosen_view, counted_classes, ranked_count, with_bars, works_in_words
from crisis.pages.drawing.curves import drawn_curve
from crisis.pages.town import actor_of, plain, town_context, town_page
from crisis.pages.words import shared as words
from damage.selectors import hazard_items, hazards_of
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import EventCounter, Municipality, Neighbourhood, NeighbourhoodBoundary
from municipal_units.permissions import Permission
from municipal_units.selectors.facilities import facility_items
from municipal_units.selectors.needs import latest_needs, need_items

STATE_ORDER = ("out", "part", "ok", "unk")
FACILITIES_ON_A_PAGE = 200
MOST_FACILITIES = 20_000


def home(request: HttpRequest) -> HttpResponse:
    """The map of the person's town, the field app for those who only report; a choice where there are several towns."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    actor = actor_of(request)
    towns = Municipality.objects.filter(pk__in=actor.municipality_ids).order_by("name")
    if len(towns) == 1:
        only_reports = actor.may_somewhere(Permission.FILL_FORMS, towns[0].pk) and not actor.may_somewhere(
            Permission.VIEW_PRIORITIES, towns[0].pk
        )
        if only_reports:
            return redirect("field")
        return redirect("situation", code=towns[0].code)
    return render(request, "crisis/towns.html", {"towns": towns})


@town_page(Permission.VIEW_PRIORITIES)
def situation_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """List, map and panel. Everything but the drawing is in the HTML, chosen by the address, so it works alone."""
    at = asked_moment(request)
    town = situation(municipality, actor=actor_of(request), at=at)
    view = chosen_view(request.GET, town)
    rows = arranged(town["neighbourhoods"], view)
    names = {place["id"]: place["name"] for place in rows}
    chosen = view["place"] if view["place"] in names else next(iter(names), None)
    context = {
        "town": town,
        "view": view,
        "rows": with_bars(rows),
        "ranked": ranked_count(rows),
        "classes": counted_classes(rows),
        "services": essential_and_other(town),
        "stopped_services": list(dict.fromkeys(facility["service"] for facility in town["stopped"])),
        "sorts": words.SORTS,
        "place": panel_of(request, municipality, chosen) if chosen else None,
        **ranked_works(request, municipality),
        "page": {
            "code": municipality.code,
            "seq": town["seq"],
            "epoch": str(town["epoch"]),
            "as_of": str(town["as_of"]),
            "home": request.path,
            "at": town["at"].date().isoformat() if town["at"] else "",
            "extent": extent_of_places(municipality) or town["municipality"]["bbox"],
            "hazards": actor_of(request).may_somewhere(Permission.VIEW_HAZARDS, municipality.pk),
        },
    }
    return render(request, "crisis/situation.html", town_context(municipality, "map") | context)


@town_page(Permission.VIEW_PRIORITIES)
def panel(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """The panel of one place, to be put beside the map."""
    town = situation(municipality, actor=actor_of(request), at=asked_moment(request))
    context = {
        "place": panel_of(request, municipality, pk),
        "ranked": ranked_count(town["neighbourhoods"]),
        "services": essential_and_other(town),
    }
    return render(request, "crisis/_panel.html", town_context(municipality, "map") | context)


@town_page(Permission.VIEW_PRIORITIES)
def works_list(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """The ranked works, to be put beside the map."""
    context = ranked_works(request, municipality)
    return render(request, "crisis/_works_list.html", town_context(municipality, "map") | context)


@town_page(Permission.VIEW_PRIORITIES)
def neighbourhood_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """Everything known about one place, to be read and printed for a meeting."""
    town = situation(municipality, actor=actor_of(request))
    context = {
        "town": town,
        "average": 1 - town["beta"],
        "ranked": ranked_count(town["neighbourhoods"]),
        "place": panel_of(request, municipality, pk),
        "first": to_assess_first(municipality, actor=actor_of(request), neighbourhood=pk)["items"],
        **said_here(request, municipality, pk),
    }
    return render(request, "crisis/neighbourhood.html", town_context(municipality, "neighbourhoods") | context)


def said_here(request: HttpRequest, municipality: Municipality, pk: int) -> dict[str, Any]:
    """Reported needs and open hazards of a place, for those who may know of them."""
    actor = actor_of(request)
    found: dict[str, Any] = {}
    if actor.may_somewhere(Permission.VIEW_POPULATION, municipality.pk):
        found["needs"] = need_items(latest_needs(municipality, pk), municipality, actor)
        found["may_view_population"] = True
    if actor.may_somewhere(Permission.VIEW_HAZARDS, municipality.pk):
        found["hazards"] = hazard_items(list(hazards_of(municipality, neighbourhood_id=pk)), actor)
    return found


@town_page(Permission.VIEW_PRIORITIES)
def neighbourhoods_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Every place in one table, sorted and filtered by the address."""
    town = situation(municipality, actor=actor_of(request))
    view = chosen_view(request.GET, town)
    context = {"town": town, "view": view, "rows": arranged(town["neighbourhoods"], view), "sorts": words.SORTS}
    return render(request, "crisis/neighbourhoods.html", town_context(municipality, "neighbourhoods") | context)


@town_page(Permission.VIEW_PRIORITIES)
def neighbourhoods_csv(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """The list as a sheet: the same rows, order and numbers as on the screen."""
    town = situation(municipality, actor=actor_of(request))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{municipality.code}-neighbourhoods.csv"'
    response.write("\ufeff")
    sheet = csv.writer(response)
    services = [service["code"] for service in town["services"]]
    columns = ["rank", "pcode", "name", "index", "lo", "hi", "coverage", "class", "people", "hosts", "displaced"]
    columns += ["returnees", "short"]
    sheet.writerow([*columns, *services, "reason"])
    rows = arranged(town["neighbourhoods"], chosen_view(request.GET, town))
    for row in (row for row in rows if not row["left_out"]):
        shares = [(row["services"].get(code) or {}).get("f") for code in services]
        reason = (row["why"] or {}).get("text")
        sheet.writerow([plain(value) for value in [*(row[column] for column in columns), *shares, reason]])
    return response


@town_page(Permission.VIEW_FACILITIES)
def facilities_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Facilities with state, cause and age, stopped ones first; filters live in the address."""
    wanted = {key: request.GET.get(key, "").strip() for key in ("service", "state", "q", "place")}
    here = int(wanted["place"]) if wanted["place"].isdecimal() else None
    found = facility_items(
        municipality, service=wanted["service"], q=wanted["q"], neighbourhood_id=here, limit=MOST_FACILITIES
    )
    places = dict(Neighbourhood.objects.filter(municipality=municipality).values_list("id", "name"))
    actor = actor_of(request)
    rows = [
        row
        | {
            "shape": shape_of(row["status"]),
            "place": places.get(row["neighbourhood"], ""),
            "may_record": actor.may(
                Permission.RECORD_STATUS,
                municipality.pk,
                neighbourhood_id=row["neighbourhood"],
                service=row["service"],
            ),
        }
        for row in found
    ]
    rows.sort(key=lambda row: (STATE_ORDER.index(row["shape"]), row["code"]))
    shapes = [row["shape"] for row in rows]
    context = {
        "sheet": Paginator(
            [row for row in rows if wanted["state"] in ("", row["shape"])], FACILITIES_ON_A_PAGE
        ).get_page(request.GET.get("page")),
        "sums": {shape: shapes.count(shape) for shape in STATE_ORDER},
        "all": len(rows),
        "wanted": wanted,
        "place_name": places.get(here, "") if here else "",
        "services": [str(code) for code in ServiceDomain],
        "states": {"out": _("Stopped"), "part": _("Partly"), "ok": _("Works"), "unk": _("Not known")},
        "statuses": words.STATUS_CHOICES,
        "causes": words.CAUSES,
        "may_add": actor_of(request).may_somewhere(Permission.EDIT_FACILITIES, municipality.pk),
        "may_record": actor_of(request).may_somewhere(Permission.RECORD_STATUS, municipality.pk),
    }
    return render(request, "crisis/facilities.html", town_context(municipality, "facilities") | context)


@town_page(Permission.VIEW_WORKS)
def works_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Works by what they gain for their money, each with its reason; not a plan, and the page says so."""
    counter = EventCounter.objects.get(municipality=municipality)
    context = ranked_works(request, municipality) | {
        "first": to_assess_first(municipality, actor=actor_of(request)),
        "page": {"code": municipality.code, "seq": counter.seq, "epoch": str(counter.epoch)},
    }
    return render(request, "crisis/works.html", town_context(municipality, "works") | context)


def keys_page(request: HttpRequest) -> HttpResponse:
    return render(request, "crisis/keys.html")


def panel_of(request: HttpRequest, municipality: Municipality, pk: int) -> dict[str, Any]:
    place = Neighbourhood.objects.filter(municipality=municipality, pk=pk).first()
    if place is None:
        raise NotFound(_("This place is not known here. It may have been split or merged."))
    panel = neighbourhood_panel(municipality, place, actor=actor_of(request), at=asked_moment(request))
    return panel | {"curve_drawn": drawn_curve(panel["curve"], until=panel["at"] or timezone.now())}


def asked_moment(request: HttpRequest) -> datetime | None:
    """The end of the day in `?at=`; anything that is no day is taken as now."""
    day = parse_date(request.GET.get("at", "")[:10]) if request.GET.get("at", "")[:10].count("-") == 2 else None
    return datetime.combine(day, time.max, tzinfo=UTC) if day else None


def extent_of_places(municipality: Municipality) -> tuple[float, ...] | None:
    """West, south, east, north of the neighbourhoods of today: what the map shows first. The outline may be wider."""
    boundaries = NeighbourhoodBoundary.objects.filter(municipality=municipality, valid_to=None)
    return boundaries.aggregate(extent=Extent("geom"))["extent"]


def essential_and_other(town: dict[str, Any]) -> dict[str, list[str]]:
    """The services a panel shows openly, those without which nobody can return, and the others."""
    found: dict[str, list[str]] = {"essential": [], "other": []}
    for service in town["services"]:
        found["essential" if service["essential"] else "other"].append(service["code"])
    return found


def ranked_works(request: HttpRequest, municipality: Municipality) -> dict[str, Any]:
    """The works in words, and how sure their order is."""
    names = dict(Neighbourhood.objects.filter(municipality=municipality).values_list("id", "name"))
    ranked = ranking(municipality, actor=actor_of(request))
    return {"works": works_in_words(ranked, names), "doubt": ranked["doubt"]}


def shape_of(status: str) -> str:
    return words.STATUS_SHAPES.get(status, "unk")


urlpatterns = [
    path("", home, name="home"),
    path("language", set_language, name="set_language"),
    path("help/keys", keys_page, name="keys"),
    path("m/<slug:code>/", situation_page, name="situation"),
    path("m/<slug:code>/neighbourhoods/", neighbourhoods_page, name="neighbourhoods"),
    path("m/<slug:code>/neighbourhoods.csv", neighbourhoods_csv, name="neighbourhoods_csv"),
    path("m/<slug:code>/neighbourhoods/<int:pk>/", neighbourhood_page, name="neighbourhood"),
    path("m/<slug:code>/neighbourhoods/<int:pk>/panel", panel, name="panel"),
    path("m/<slug:code>/facilities/", facilities_page, name="facilities"),
    path("m/<slug:code>/works/", works_page, name="works"),
    path("m/<slug:code>/works/list", works_list, name="works_list"),
]
