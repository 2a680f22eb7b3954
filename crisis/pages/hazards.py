"""The page of hazards: what is open and where, reported and cleared here, as exactly as the reader may know it."""

from typing import Any

from django.contrib.gis.geos import Point
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from crisis.lib.errors import NotFound
from crisis.pages.reading import amount_in, count_in, day_in, key_in, moment_in, unreadable, whole_in
from crisis.pages.town import actor_of, town_page
from crisis.pages.unit import answered, rights
from crisis.pages.words.unit import HAZARD_SHAPES, HAZARD_STATES, HAZARD_SURENESS, HAZARDS
from damage.actions.hazards import HazardRow, change_hazard, report_hazard
from damage.models import Hazard
from damage.selectors import hazard_items, hazards_of, places_under_suspicion
from municipal_units.models import Municipality
from municipal_units.permissions import Permission
from municipal_units.selectors.places import names_of, neighbourhoods_on

ON_A_PAGE = 50
SHOWN = ("open", "gone", "all")
YES_NO = {"yes": True, "no": False}


@town_page(Permission.VIEW_HAZARDS)
def hazards_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Open hazards first; a form to report one, and one per hazard to say what has become of it."""
    actor = actor_of(request)

    def context() -> dict[str, Any]:
        chosen = request.GET.get("status", "open")
        status = chosen if chosen in SHOWN else "open"
        place = key_in(request.GET, "place")
        sheet = Paginator(hazards_of(municipality, status=status, neighbourhood_id=place), ON_A_PAGE)
        shown = sheet.get_page(request.GET.get("page"))
        items = hazard_items(list(shown), actor)
        suspected = places_under_suspicion(municipality)
        places = neighbourhoods_on(municipality, timezone.localdate()).order_by("name", "pk")
        return {
            "sheet": shown,
            "items": [item | {"shape": HAZARD_SHAPES[item["status"]]} for item in items],
            "status": status,
            "place": place,
            "suspected": [{"names": names_of(one)} for one in places if one.pk in suspected],
            "places": places,
            "kinds": HAZARDS,
            "states": HAZARD_STATES,
            "sureness": HAZARD_SURENESS,
            "generalised": any(item["generalised"] for item in items),
            "now": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
            "today": timezone.localdate().isoformat(),
            "tab": "hazards",
            **rights(
                request,
                municipality,
                Permission.REPORT_HAZARDS,
                Permission.EDIT_HAZARDS,
                Permission.APPROVE_HAZARDS,
            ),
        }

    return answered(request, municipality, "crisis/hazards.html", context, DOINGS, municipality)


def do_report(request: HttpRequest, municipality: Municipality) -> None:
    form = request.POST
    lon, lat = amount_in(form, "lon"), amount_in(form, "lat")
    if (lon is None) != (lat is None):
        raise unreadable("lon", _("A place needs both longitude and latitude."))
    row = HazardRow(
        kind=form.get("kind", ""),
        observed_at=moment_in(form, "observed_at"),
        place=None if lon is None or lat is None else Point(lon, lat, srid=4326),
        neighbourhood_id=key_in(form, "place"),
        reach_m=count_in(form, "reach_m") or 0,
        status=form.get("status", "") or "suspected",
        confidence=form.get("confidence", "") or "reported",
        blocks_road=YES_NO.get(form.get("blocks_road", "")),
        marked=YES_NO.get(form.get("marked", "")),
        written_place=form.get("written_place", ""),
        note=form.get("note", ""),
        source=form.get("source", ""),
    )
    report_hazard(by=actor_of(request), municipality=municipality, row=row)


def do_change(request: HttpRequest, municipality: Municipality) -> None:
    form = request.POST
    found = Hazard.objects.select_related("municipality").filter(municipality=municipality)
    hazard = found.filter(pk=whole_in(form, "hazard")).first()
    if hazard is None:
        raise NotFound(_("There is no such hazard here."))
    change_hazard(
        by=actor_of(request),
        hazard=hazard,
        status=form.get("status", ""),
        on=day_in(form, "on") or timezone.localdate(),
        note=form.get("note", ""),
    )


DOINGS = {"report": do_report, "change": do_change}
urlpatterns = [path("m/<slug:code>/hazards/", hazards_page, name="hazards")]
