"""The pages people look at: the live map with its list, places, facilities and works."""

import csv
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.i18n import set_language

from assessments.selectors.functionality import neighbourhood_panel, situation
from assessments.selectors.planning import ranking
from crisis import words
from crisis.lib.errors import NotAllowed, NotFound
from municipal_units.models import Municipality, Neighbourhood
from municipal_units.permissions import Permission, require_somewhere
from municipal_units.selectors.facilities import facilities as facilities_of

View = Callable[..., HttpResponse]


def town_page(permission: Permission) -> Callable[[View], View]:
    """A page about one municipality: signed in, allowed there, and refused in words otherwise."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, code: str, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect(f"/accounts/login/?next={request.get_full_path()}")
            actor = request.actor  # type: ignore[attr-defined]
            municipality = Municipality.objects.filter(code=code, pk__in=actor.municipality_ids).first()
            if municipality is None:
                raise Http404
            try:
                require_somewhere(actor, permission, municipality)
                return view(request, municipality, **kwargs)
            except NotFound as missing:
                raise Http404(missing.message) from missing
            except NotAllowed as refusal:
                raise PermissionDenied(refusal.message) from refusal

        return answer

    return decorate


def home(request: HttpRequest) -> HttpResponse:
    """The map of the person's town; a choice where there are several; sign-in for everybody else."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    towns = Municipality.objects.filter(pk__in=request.actor.municipality_ids).order_by("name")  # type: ignore[attr-defined]
    if len(towns) == 1:
        return redirect("situation", code=towns[0].code)
    return render(request, "crisis/towns.html", {"towns": towns})


@town_page(Permission.VIEW_PRIORITIES)
def situation_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """List, map and panel. Everything but the drawing is in the HTML, chosen by the address, so it works alone."""
    town = situation(municipality)
    view = chosen_view(request, town)
    rows = arranged(town["neighbourhoods"], view)
    chosen = chosen_place(municipality, town, rows, view["place"])
    longest = max((row["short"] or 0 for row in rows), default=0) or 1
    context = {
        **town_context(municipality, "map"),
        "town": town,
        "view": view,
        "rows": [with_bar(row, longest) for row in rows],
        "ranked": sum(row["rank"] is not None for row in rows),
        "classes": counted_classes(rows),
        "stopped_services": list(dict.fromkeys(facility["service"] for facility in town["stopped"])),
        "sorts": words.SORTS,
        "place": chosen,
        "works": works_in_words(ranking(municipality), town["neighbourhoods"]),
        "page": {
            "code": municipality.code,
            "seq": town["seq"],
            "epoch": str(town["epoch"]),
            "as_of": str(town["as_of"]),
            "home": request.path,
        },
    }
    return render(request, "crisis/situation.html", context)


@town_page(Permission.VIEW_PRIORITIES)
def panel(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """The panel of one place, to be put beside the map."""
    place = neighbourhood_panel(municipality, neighbourhood_of(municipality, pk))
    ranked = sum(row["rank"] is not None for row in situation(municipality)["neighbourhoods"])
    context = {**town_context(municipality, "map"), "place": place, "ranked": ranked}
    return render(request, "crisis/_panel.html", context)


@town_page(Permission.VIEW_PRIORITIES)
def neighbourhood_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """Everything known about one place, to be read and printed for a meeting."""
    town = situation(municipality)
    context = {
        **town_context(municipality, "neighbourhoods"),
        "town": town,
        "ranked": sum(row["rank"] is not None for row in town["neighbourhoods"]),
        "place": neighbourhood_panel(municipality, neighbourhood_of(municipality, pk)),
    }
    return render(request, "crisis/neighbourhood.html", context)


@town_page(Permission.VIEW_PRIORITIES)
def neighbourhoods_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    town = situation(municipality)
    view = chosen_view(request, town)
    rows = arranged(town["neighbourhoods"], view)
    context = {**town_context(municipality, "neighbourhoods"), "town": town, "view": view, "rows": rows}
    return render(request, "crisis/neighbourhoods.html", {**context, "sorts": words.SORTS})


@town_page(Permission.VIEW_PRIORITIES)
def neighbourhoods_csv(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """The list as a sheet: the same rows, order and numbers as on the screen."""
    town = situation(municipality)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{municipality.code}-neighbourhoods.csv"'
    response.write("\ufeff")
    sheet = csv.writer(response)
    codes = [service["code"] for service in town["services"]]
    sheet.writerow(
        ["rank", "pcode", "name", "functionality", "lo", "hi", "coverage", "class", "people", "hosts", "displaced"]
        + ["returnees", "people_short_of_services", *codes, "reason"]
    )
    rows = arranged(town["neighbourhoods"], chosen_view(request, town))
    for row in (row for row in rows if not row["left_out"]):
        keys = ("rank", "pcode", "name", "index", "lo", "hi", "coverage", "class", "people", "hosts", "displaced")
        shares = [row["services"].get(code, {}).get("f") for code in codes]
        sheet.writerow(
            [plain(row[key]) for key in keys]
            + [plain(row["returnees"]), plain(row["short"]), *map(plain, shares), plain((row["why"] or {}).get("text"))]
        )
    return response


@town_page(Permission.VIEW_FACILITIES)
def facilities_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Facilities with state, cause and age; filters live in the address."""
    everything = facilities_of(municipality)
    wanted = {key: request.GET.get(key, "") for key in ("service", "state", "q")}
    rows = [row for row in everything if facility_wanted(row, wanted)]
    shapes = [words.STATUS_SHAPES.get(row["status"], "unk") for row in everything]
    context = {
        **town_context(municipality, "facilities"),
        "rows": sorted(
            rows, key=lambda row: (STATE_ORDER.index(words.STATUS_SHAPES.get(row["status"], "unk")), row["code"])
        ),
        "sums": {shape: shapes.count(shape) for shape in STATE_ORDER},
        "all": len(everything),
        "wanted": wanted,
        "services": sorted({row["service"] for row in everything}),
        "states": {"out": _("Stopped"), "part": _("Partly"), "ok": _("Works"), "unk": _("Not known")},
        "statuses": words.STATUSES,
        "causes": words.CAUSES,
        "may_record": request.actor.may_somewhere(Permission.RECORD_STATUS, municipality.pk),  # type: ignore[attr-defined]
    }
    return render(request, "crisis/facilities.html", context)


@town_page(Permission.VIEW_WORKS)
def works_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Works by what they gain for their money, each with its reason; not a plan, and the page says so."""
    works = works_in_words(ranking(municipality), municipality.neighbourhoods.values("id", "name"))
    return render(request, "crisis/works.html", {**town_context(municipality, "works"), "works": works})


def keys_page(request: HttpRequest) -> HttpResponse:
    return render(request, "crisis/keys.html")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", {"reason": str(exception)}, status=403)


# ---- what the pages share

STATE_ORDER = ("out", "part", "ok", "unk")


def town_context(municipality: Municipality, section: str) -> dict[str, Any]:
    """What the base page needs: the town in the bar and which part of it is open."""
    local = getattr(municipality, f"name_{(get_language() or 'en')[:2]}", "")
    return {
        "municipality": municipality,
        "town_name": local or municipality.name,
        "section": section,
        "words": words.script_words(),
    }


def neighbourhood_of(municipality: Municipality, pk: int) -> Neighbourhood:
    place = Neighbourhood.objects.filter(municipality=municipality, pk=pk).first()
    if place is None:
        raise NotFound(_("This place is not known here. It may have been split or merged."))
    return place


def chosen_view(request: HttpRequest, town: dict[str, Any]) -> dict[str, Any]:
    """What the address asks for; anything unknown in it falls back to the plain view."""
    asked = request.GET
    layers = {service["code"] for service in town["services"]}
    return {
        "layer": asked.get("layer", "") if asked.get("layer") in layers else "",
        "sort": asked["sort"] if asked.get("sort") in words.SORTS else "short",
        "q": asked.get("q", "").strip(),
        "hide": {code for code in asked.get("hide", "").split(",") if code},
        "place": int(asked["place"]) if asked.get("place", "").isdecimal() else None,
        "list": "works" if asked.get("list") == "works" else "places",
        "view": "table" if asked.get("view") == "table" else "map",
    }


def arranged(places: list[dict[str, Any]], view: dict[str, Any]) -> list[dict[str, Any]]:
    """All places in the order and with the values the view asks for, those it leaves out marked `left_out`;
    `list.js` follows the same rules."""
    needle = view["q"].casefold()
    rows = [{**place, **layer_value(place, view["layer"])} for place in places]
    for row in rows:
        text = " ".join([row["name"], row["pcode"], *row["names"].values()]).casefold()
        row["left_out"] = needle not in text or row["shown_class"] in view["hide"]
    order: dict[str, Callable[[dict[str, Any]], Any]] = {
        "short": lambda row: (row["rank"] is None, row["rank"] or 0),
        "value": lambda row: (row["value"] is None, row["value"] or 0),
        "people": lambda row: (row["people"] is None, -(row["people"] or 0)),
        "change": lambda row: -abs((row["index"] or 0) - (row["previous_index"] or row["index"] or 0)),
        "name": lambda row: row["name"].casefold(),
    }
    return sorted(rows, key=lambda row: (order[view["sort"]](row), row["rank"] is None, row["rank"] or 0, row["id"]))


def layer_value(place: dict[str, Any], layer: str) -> dict[str, Any]:
    """Value and class of a place in the chosen layer: the whole index or one service."""
    if not layer or place["class"] == "withheld":
        return {"value": place["index"], "shown_class": place["class"]}
    value = place["services"].get(layer, {}).get("f")
    return {"value": value, "shown_class": words.class_code(value)}


def with_bar(row: dict[str, Any], longest: float) -> dict[str, Any]:
    """The explanation bar: length against the longest, at most three services named, the rest together."""
    short, parts = row["short"] or 0, row["parts"][:3]
    shares = [{"service": part["service"], "share": part["people"] / short} for part in parts] if short else []
    rest = 1 - sum(part["share"] for part in shares)
    return {**row, "bar": shares, "bar_rest": rest if shares and rest > 0.005 else 0, "bar_length": short / longest}


def counted_classes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The legend: every class with its range in shown numbers and how many places are in it."""
    codes = [row["shown_class"] for row in rows]
    return [{**cut, "count": codes.count(cut["code"])} for cut in words.class_ranges()]


def chosen_place(
    municipality: Municipality, town: dict[str, Any], rows: list[dict[str, Any]], pk: int | None
) -> dict[str, Any] | None:
    """The panel's place: the one in the address, else the first of the list."""
    known = {row["id"] for row in town["neighbourhoods"]}
    wanted = pk if pk in known else (rows[0]["id"] if rows else None)
    return neighbourhood_panel(municipality, neighbourhood_of(municipality, wanted)) if wanted is not None else None


def works_in_words(ranked: dict[str, Any], places: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The ranking with its breakdown in the names of places, largest part first, and what is counted with each work."""
    names = {place["id"]: place["name"] for place in places}
    rows = []
    for work in ranked["items"]:
        parts = [{**part, "place": names.get(part["n"], "")} for part in [*work["breakdown"], *work["weakest"]]]
        others = [code for code in work["closure"] if code != work["code"]]
        rows.append({**work, "parts": sorted(parts, key=lambda part: -part["gain"])[:8], "closure_codes": others})
    return {"items_list": rows, "note": ranked["note"]}


def facility_wanted(row: dict[str, Any], wanted: dict[str, str]) -> bool:
    text = f"{row['code']} {row['name']} {(row.get('neighbourhood') or {}).get('name', '')}".casefold()
    return (
        (not wanted["service"] or row["service"] == wanted["service"])
        and (not wanted["state"] or words.STATUS_SHAPES.get(row["status"], "unk") == wanted["state"])
        and wanted["q"].strip().casefold() in text
    )


def plain(value: Any) -> Any:
    """A cell nobody's spreadsheet runs as a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value


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
]
