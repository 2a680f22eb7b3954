"""The page of one facility: state and causes, history, what it needs, whom it serves, and what if it stops."""

from collections.abc import Callable
from dataclasses import replace
from math import cos, radians
from typing import Any

from django.contrib.gis.db.models import Extent
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from assessments.selectors.network import facility_network
from assessments.selectors.what_if import SHARES, facility_what_if
from crisis.lib.errors import FieldError, Invalid, NotFound, RepriseError
from crisis.pages.drawing.network import network_drawing
from crisis.pages.reading import amount_in, day_in, percent_in, whole_in
from crisis.pages.situation import shape_of
from crisis.pages.town import actor_of, town_context, town_page
from crisis.pages.words import shared as words
from crisis.pages.words.facilities import CATCHMENT_METHODS, WEEKDAYS, asset_name
from municipal_units.actions.facilities import change_facility, register_facility, set_dependency
from municipal_units.actions.facility_links import CatchmentChoice, area_of, remove_dependency, set_catchment
from municipal_units.actions.facility_rows import DependencyRow, FacilityRow, StatusRow, row_of
from municipal_units.actions.facts import record_status, withdraw_statuses
from municipal_units.core.norms import DEMAND_UNITS
from municipal_units.core.opening_hours import hours_a_week, is_open, opening_spans
from municipal_units.core.vocabulary import ASSET_TYPES, ServiceDomain
from municipal_units.models import Facility, FacilityStatus, Municipality, NeighbourhoodBoundary
from municipal_units.permissions import Permission
from municipal_units.selectors.facilities import catchment_of, one_facility
from municipal_units.selectors.places import boundaries_on, neighbourhoods_on

HISTORY_SHOWN = 50
MAP_WIDTH = 600.0


@town_page(Permission.VIEW_FACILITIES)
def facility_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """Everything about one facility; forms of this page come back here, and a refusal is told above them."""
    facility = facility_here(municipality, pk)
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            DOINGS.get(request.POST.get("do", ""), unknown)(request, facility)
            return redirect("facility", municipality.code, pk)
        except RepriseError as refusal:
            problem = refusal
            facility = facility_here(municipality, pk)
    context = town_context(municipality, "facilities") | page_context(request, facility) | {"problem": problem}
    return render(request, "crisis/facility.html", context, status=problem.status if problem else 200)


@town_page(Permission.VIEW_PRIORITIES)
def what_if_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """What if it stops, or works again: a part of the page for the script, a page of its own without it."""
    facility = facility_here(municipality, pk)
    state = request.GET.get("state", "stopped")
    answer = facility_what_if(municipality, pk, state if state in SHARES else "stopped", actor=actor_of(request))
    context = town_context(municipality, "facilities") | {"facility": facility, "what_if": answer}
    part = "crisis/_what_if.html" if request.headers.get("X-Part") else "crisis/what_if.html"
    return render(request, part, context)


@town_page(Permission.EDIT_FACILITIES)
def facility_form(request: HttpRequest, municipality: Municipality, pk: int | None = None) -> HttpResponse:
    """The facility as a form; without `pk` a new one."""
    facility = facility_here(municipality, pk) if pk else None
    given = request.POST if request.method == "POST" else None
    problem: RepriseError | None = None
    if given is not None:
        try:
            row = row_in(given, row_of(facility) if facility else None)
            if facility:
                change_facility(by=actor_of(request), facility=facility, row=row)
            else:
                facility = register_facility(by=actor_of(request), municipality=municipality, row=row)
            return redirect("facility", municipality.code, facility.pk)
        except RepriseError as refusal:
            problem = refusal
    context = {
        "facility": facility,
        "given": given or form_values(facility),
        "problem": problem,
        "wrong": {error.field: error.message for error in problem.fields} if problem else {},
        "services": [str(code) for code in ServiceDomain],
        "asset_types": [
            (str(service), [(kind, asset_name(service, kind)) for kind in kinds])
            for service, kinds in ASSET_TYPES.items()
        ],
    }
    status = problem.status if problem else 200
    page = town_context(municipality, "facilities") | context
    return render(request, "crisis/facility_form.html", page, status=status)


# ---- what the forms of the page do


def report_state(request: HttpRequest, facility: Facility) -> None:
    form = request.POST
    observed_at = parse_datetime(form.get("observed_at", ""))
    if observed_at is None:
        raise Invalid(_("Say when it was seen."), fields=[FieldError("observed_at", _("Say when it was seen."))])
    row = StatusRow(
        facility_id=facility.pk,
        status=form.get("status", ""),
        causes=tuple(cause for cause in form.getlist("cause") if cause),
        measured_output=amount_in(form, "measured_output"),
        observed_at=timezone.make_aware(observed_at) if timezone.is_naive(observed_at) else observed_at,
        source=_("facility page"),
        note=form.get("note", "").strip(),
    )
    record_status(by=actor_of(request), municipality=facility.municipality, row=row)


def take_back_state(request: HttpRequest, facility: Facility) -> None:
    pk = whole_in(request.POST, "status_id")
    withdraw_statuses(by=actor_of(request), municipality=facility.municipality, status_ids=[pk])


def say_need(request: HttpRequest, facility: Facility) -> None:
    form = request.POST
    since = parse_datetime(form.get("backup_since", ""))
    row = DependencyRow(
        facility_id=facility.pk,
        service=form.get("service", ""),
        strength=percent_in(form, "strength") or 0.0,
        backup_share=percent_in(form, "backup_share") or 0.0,
        hours_backup=amount_in(form, "hours_backup"),
        backup_since=timezone.make_aware(since) if since and timezone.is_naive(since) else since,
        source=form.get("source", "").strip(),
        observed_on=timezone.localdate(),
    )
    set_dependency(by=actor_of(request), municipality=facility.municipality, row=row)


def drop_need(request: HttpRequest, facility: Facility) -> None:
    remove_dependency(by=actor_of(request), facility=facility, service=request.POST.get("service", ""))


def say_catchment(request: HttpRequest, facility: Facility) -> None:
    form = request.POST
    shares = {
        int(name.removeprefix("share_")): share
        for name in form
        if name.startswith("share_") and (share := percent_in(form, name)) and name.removeprefix("share_").isdecimal()
    }
    corners = form.get("corners", "").strip()
    method = form.get("method", "")
    choice = CatchmentChoice(
        method=method,
        distance_m=amount_in(form, "distance_m"),
        shares=shares,
        area=area_of(corners_as_geojson(corners)) if corners and method == "drawn" else None,
        source=form.get("source", "").strip(),
    )
    set_catchment(by=actor_of(request), facility=facility, choice=choice)


def unknown(request: HttpRequest, facility: Facility) -> None:
    raise Invalid(_("This page does not know what to do with that."))


DOINGS: dict[str, Callable[[HttpRequest, Facility], None]] = {
    "state": report_state,
    "take_back": take_back_state,
    "need": say_need,
    "no_need": drop_need,
    "catchment": say_catchment,
}


# ---- what the page shows


def page_context(request: HttpRequest, facility: Facility) -> dict[str, Any]:
    municipality, actor = facility.municipality, actor_of(request)

    def may(permission: Permission) -> bool:
        place = facility.neighbourhood_id
        return actor.may(permission, municipality.pk, neighbourhood_id=place, service=facility.service)

    row = one_facility(municipality, facility.pk)
    network = facility_network(municipality, facility.pk)
    seen = (
        FacilityStatus.objects.filter(facility=facility).select_related("recorded_by").order_by("-observed_at", "-pk")
    )
    may_edit = may(Permission.EDIT_FACILITIES)
    return {
        "facility": facility,
        "row": row | {"shape": shape_of(row["status"])},
        "network": network,
        "drawing": network_drawing(row, network, mirrored=get_language_bidi()),
        "history": [
            {
                "status": status,
                "shape": shape_of(status.status),
                "may_take_back": status.review_state != "rejected"
                and (may_edit or (status.recorded_by_id == actor.user_id and actor.user_id is not None)),
            }
            for status in seen.order_by("-observed_at", "-pk")[:HISTORY_SHOWN]
        ],
        "catchment": catchment_of(facility),
        "reached": {place["neighbourhood"]: place["share"] for place in network["reaches"]},
        "places": list(neighbourhoods_on(municipality, timezone.localdate()).order_by("name")),
        "plan": town_plan(facility, (row["lon"], row["lat"])),
        "hours": week_of(facility.opening_hours),
        "open_now": is_open(facility.opening_hours, timezone.localtime()),
        "hours_a_week": hours_a_week(facility.opening_hours),
        "may_record": may(Permission.RECORD_STATUS),
        "may_edit": may_edit,
        "may_set_needs": may(Permission.EDIT_NORMS),
        "may_ask": actor.may_somewhere(Permission.VIEW_PRIORITIES, municipality.pk),
        "services": [str(code) for code in ServiceDomain],
        "statuses": words.STATUS_CHOICES,
        "causes": words.CAUSES,
        "methods": CATCHMENT_METHODS,
        "asset": asset_name(facility.service, facility.asset_type),
        "unit": DEMAND_UNITS[ServiceDomain(facility.service)],
        "now": f"{timezone.localtime():%Y-%m-%dT%H:%M}",
    }


def week_of(text: str) -> list[dict[str, Any]]:
    """The days of a week with their hours, for a table."""
    spans = opening_spans(text)
    if not spans:
        return []
    return [
        {
            "day": name,
            "spans": [f"{clock(span.start)}–{clock(span.end)}" for span in spans if span.day == number],
        }
        for number, name in enumerate(WEEKDAYS)
    ]


def clock(minutes: int) -> str:
    return "24:00" if minutes == 24 * 60 else f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def town_plan(facility: Facility, told: tuple[float, float]) -> dict[str, Any] | None:
    """The neighbourhoods as SVG paths, the facility where it is told to be and its drawn area; None where no
    boundary is known. One unit is the same length both ways: degrees of longitude are
    squeezed by the cosine of the latitude."""
    boundaries = boundaries_on(facility.municipality, timezone.localdate()).select_related("neighbourhood")
    extent = NeighbourhoodBoundary.objects.filter(pk__in=boundaries).aggregate(extent=Extent("geom"))["extent"]
    if extent is None:
        return None
    west, south, east, north = (
        min(extent[0], told[0]),
        min(extent[1], told[1]),
        max(extent[2], told[0]),
        max(extent[3], told[1]),
    )
    pad = 0.03 * max(east - west, north - south, 1e-4)
    west, south, east, north = west - pad, south - pad, east + pad, north + pad
    squeeze = cos(radians((south + north) / 2))
    scale = MAP_WIDTH / ((east - west) * squeeze)

    def at(lon: float, lat: float) -> str:
        return f"{(lon - west) * squeeze * scale:.1f},{(north - lat) * scale:.1f}"

    def outline(geom: Any) -> str:
        polygons = geom if geom.geom_type == "MultiPolygon" else [geom]
        return "".join(f"M{' '.join(at(*corner[:2]) for corner in ring)}Z" for polygon in polygons for ring in polygon)

    area = facility.catchment_area
    return {
        "width": MAP_WIDTH,
        "height": (north - south) * scale,
        "west": west,
        "north": north,
        "squeeze": squeeze,
        "scale": scale,
        "places": [{"id": boundary.neighbourhood_id, "path": outline(boundary.geom)} for boundary in boundaries],
        "area": outline(area) if area is not None else "",
        "corners": corners_of(facility),
        "spot": at(told[0], told[1]).split(","),
    }


def corners_of(facility: Facility) -> str:
    """The outer ring of a simple drawn area, one corner per line, to be changed by hand."""
    area = facility.catchment_area
    if area is None or len(area) != 1:
        return ""
    return "\n".join(f"{lon:.6f}, {lat:.6f}" for lon, lat in area[0][0][:-1])


def corners_as_geojson(text: str) -> str:
    """GeoJSON as it was pasted, or corners written as lines of longitude and latitude."""
    if text.lstrip().startswith("{"):
        return text
    corners = []
    for number, line in enumerate(filter(str.strip, text.splitlines()), start=1):
        parts = line.replace(";", ",").split(",")
        try:
            lon, lat = (float(part) for part in parts)
        except ValueError:
            message = _("Line %(n)s is no corner. Write longitude, latitude: -1.0921, 13.0914") % {"n": number}
            raise Invalid(message, fields=[FieldError("corners", message)]) from None
        corners.append([lon, lat])
    if len(corners) < 3:
        raise Invalid(_("An area needs three corners or more."))
    ring = ",".join(f"[{lon!r},{lat!r}]" for lon, lat in [*corners, corners[0]])
    return f'{{"type":"Polygon","coordinates":[[{ring}]]}}'


def facility_here(municipality: Municipality, pk: int) -> Facility:
    found = Facility.objects.select_related("municipality", "neighbourhood").filter(municipality=municipality, pk=pk)
    if (facility := found.first()) is None:
        raise NotFound(_("There is no such facility here."))
    return facility


# ---- forms as rows

TEXTS = ("code", "name", "name_fr", "name_ar", "service", "asset_type", "unit", "capacity_source", "opening_hours")


def form_values(facility: Facility | None) -> dict[str, Any]:
    if facility is None:
        return {"source": _("entered by hand")}
    row = row_of(facility)
    numbers = {"capacity": row.capacity, "lon": row.lon, "lat": row.lat}
    days = {"opened_on": row.opened_on, "closed_on": row.closed_on}
    return {name: getattr(row, name) for name in (*TEXTS, "source")} | {
        **{name: "" if value is None else f"{value:.12g}" for name, value in numbers.items()},
        **{name: value.isoformat() if value else "" for name, value in days.items()},
    }


def row_in(form: QueryDict, before: FacilityRow | None) -> FacilityRow:
    """The row a form describes; what the form does not ask stays as it was."""
    given: dict[str, Any] = {name: form.get(name, "").strip() for name in TEXTS}
    given |= {name: amount_in(form, name) for name in ("capacity", "lon", "lat")}
    given |= {name: day_in(form, name) for name in ("opened_on", "closed_on")}
    for name in ("lon", "lat"):
        if given[name] is None:
            raise Invalid(_("Give the place in degrees."), fields=[FieldError(name, _("Give the place in degrees."))])
    return replace(before, **given) if before else FacilityRow(**given, source=form.get("source", "").strip())


urlpatterns = [
    path("m/<slug:code>/facilities/new", facility_form, name="facility_new"),
    path("m/<slug:code>/facilities/<int:pk>/", facility_page, name="facility"),
    path("m/<slug:code>/facilities/<int:pk>/edit", facility_form, name="facility_edit"),
    path("m/<slug:code>/facilities/<int:pk>/what-if", what_if_page, name="facility_what_if"),
]
