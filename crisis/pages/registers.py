"""Pages around the register of households: sites, how complete it is, who looked at persons, lists that leave."""

import io
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crisis.lib.errors import Invalid, NotAllowed, NotFound, RepriseError
from crisis.lib.sheetwriter import write_csv
from crisis.lib.wire import decoded_cursor, encoded_cursor
from crisis.pages.households import names_in, never_kept, people_context
from crisis.pages.reading import count_in, day_in, key_in, key_of
from crisis.pages.town import actor_of, town_page
from municipal_units.actions.coverage import state_coverage
from municipal_units.actions.person_exports import (
    answer_export,
    ask_export,
    open_households,
    take_export,
    withdraw_export,
)
from municipal_units.actions.population import SiteRow, record_site
from municipal_units.importers.households import households_sheet
from municipal_units.models import Municipality, Neighbourhood, Site
from municipal_units.permissions import Permission, require_somewhere
from municipal_units.selectors.accounts import safety_of
from municipal_units.selectors.households import HouseholdFilter
from municipal_units.selectors.person_access import (
    KINDS,
    access_item,
    accesses,
    export_item,
    export_of,
    exports_asked,
    people_who_looked,
)
from municipal_units.selectors.register import coverage_items, site_items

LOOKS_ON_A_PAGE = 100
REQUESTS_SHOWN = 100
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@town_page(Permission.RECORD_POPULATION)
def sites_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Places that host displaced people: what they are, how many they hold, how full they are; added and corrected."""
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            site = record_site(by=actor_of(request), municipality=municipality, row=site_in(request.POST, municipality))
            messages.success(request, _("%(name)s is saved.") % {"name": site.name}, extra_tags="done")
            return redirect("sites", municipality.code)
        except RepriseError as refusal:
            problem = refusal
    editing = Site.objects.filter(municipality=municipality, pk=key_of(request.GET.get("site", "")) or 0).first()
    context = people_context(municipality, "sites") | {
        "sites": site_items(municipality),
        "places": Neighbourhood.objects.filter(municipality=municipality, retired_on=None).order_by("name"),
        "problem": problem,
        "wrong": {field.field: field.message for field in problem.fields} if problem else {},
        "given": request.POST if problem else given_of(editing),
        "editing": editing,
        "may_count": actor_of(request).may_somewhere(Permission.COUNT_HOUSEHOLDS, municipality.pk),
        "today": timezone.localdate(),
    }
    return render(request, "crisis/sites.html", context, status=problem.status if problem else 200)


def site_in(form: QueryDict, municipality: Municipality) -> SiteRow:
    return SiteRow(
        code=form.get("code", "").strip()[:80],
        name=form.get("name", "").strip(),
        neighbourhood_id=key_in(form, "neighbourhood") or 0,
        shelter_type=form.get("shelter_type", "unknown"),
        capacity=count_in(form, "capacity"),
        opened_on=day_in(form, "opened_on"),
        closed_on=day_in(form, "closed_on"),
    )


def given_of(site: Site | None) -> dict[str, Any]:
    """A site as its form shows it."""
    if site is None:
        return {}
    days = {
        name: day.isoformat() if day else ""
        for name, day in (("opened_on", site.opened_on), ("closed_on", site.closed_on))
    }
    plain = {"code": site.code, "name": site.name, "shelter_type": site.shelter_type}
    capacity = "" if site.capacity is None else str(site.capacity)
    return plain | days | {"neighbourhood": str(site.neighbourhood_id), "capacity": capacity}


@town_page(Permission.COUNT_HOUSEHOLDS)
def coverage_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Where the register holds everybody of a group: only there it stands for the people present."""
    actor = actor_of(request)
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            state_in(request, municipality)
            messages.success(request, _("Your word is kept. It counts from its day on."), extra_tags="done")
            return redirect("register_coverage", municipality.code)
        except NotAllowed:
            raise
        except RepriseError as refusal:
            problem = refusal
    context = people_context(municipality, "coverage") | {
        "rows": coverage_items(municipality),
        "places": Neighbourhood.objects.filter(municipality=municipality, retired_on=None).order_by("name"),
        "may_state": actor.may_somewhere(Permission.EDIT_HOUSEHOLDS, municipality.pk),
        "problem": problem,
        "given": request.POST if problem else {},
        "today": timezone.localdate(),
    }
    return render(request, "crisis/register_coverage.html", context, status=problem.status if problem else 200)


def state_in(request: HttpRequest, municipality: Municipality) -> None:
    form = request.POST
    require_somewhere(actor_of(request), Permission.EDIT_HOUSEHOLDS, municipality)
    place = Neighbourhood.objects.filter(municipality=municipality, pk=key_in(form, "neighbourhood") or 0).first()
    if place is None:
        raise NotFound(_("Choose a place."))
    state_coverage(
        by=actor_of(request),
        neighbourhood=place,
        group=form.get("group", ""),
        complete=form.get("complete") == "yes",
        stated_on=day_in(form, "stated_on") or timezone.localdate(),
    )


@town_page(Permission.VIEW_HOUSEHOLDS)
def person_access_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Who looked at persons, when and what for; nobody's name but the looker's."""
    kind, purpose = request.GET.get("kind", ""), request.GET.get("purpose", "")
    by = key_of(request.GET.get("by", ""))
    log = accesses(municipality, kind=kind, purpose=purpose, by=by)
    after = decoded_cursor(request.GET.get("after", ""), int)
    found = [access_item(row) for row in (log.filter(pk__lt=after[0]) if after else log)[: LOOKS_ON_A_PAGE + 1]]
    shown = found[:LOOKS_ON_A_PAGE]
    context = people_context(municipality, "access") | {
        "rows": shown,
        "count": log.count(),
        "next": encoded_cursor(shown[-1]["id"]) if len(found) > LOOKS_ON_A_PAGE else "",
        "begun": bool(after),
        "kind": kind if kind in KINDS else "",
        "purpose": purpose,
        "by": by,
        "people": people_who_looked(municipality),
        "filtered": bool(kind or purpose or by),
    }
    return never_kept(render(request, "crisis/person_access.html", context))


@town_page(Permission.VIEW_HOUSEHOLDS)
@require_POST
def person_access_sheet(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """The whole log as it is narrowed on the screen, as CSV."""
    log = accesses(municipality, kind=request.GET.get("kind", ""), purpose=request.GET.get("purpose", ""))
    columns = ("at", "by", "kind", "purpose", "households", "code")
    content = io.BytesIO()
    items = (access_item(row) for row in log.iterator(chunk_size=2_000))
    write_csv(content, columns, ([item["at"].isoformat(), *(item[name] for name in columns[1:])] for item in items))
    response = HttpResponse(content.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{municipality.code}-person-access.csv"'
    return never_kept(response)


@town_page(Permission.GRANT_EXPORTS)
def person_exports_page(request: HttpRequest, municipality: Municipality) -> HttpResponseBase:
    """Lists with names: short ones taken at once, long ones asked for, answered by somebody else, taken in time."""
    actor, now = actor_of(request), timezone.now()
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            sheet = do_export(request, municipality)
            return sheet or redirect("person_exports", municipality.code)
        except RepriseError as refusal:
            problem = refusal
    context = people_context(municipality, "exports") | {
        "requests": [export_item(row, actor, now=now) for row in exports_asked(municipality, actor)[:REQUESTS_SHOWN]],
        "may_ask": actor.may_somewhere(Permission.VIEW_HOUSEHOLDS, municipality.pk),
        "most": safety_of(municipality).most_taken_alone,
        "hours": safety_of(municipality).export_hours,
        "places": names_in(municipality),
        "sites": Site.objects.filter(municipality=municipality).order_by("name"),
        "problem": problem,
        "given": request.POST if problem else {},
    }
    page = render(request, "crisis/person_exports.html", context, status=problem.status if problem else 200)
    return never_kept(page)


def do_export(request: HttpRequest, municipality: Municipality) -> HttpResponseBase | None:
    """One press of a button; a sheet where one is taken."""
    actor, form = actor_of(request), request.POST
    wish = form.get("do", "")
    if wish in ("now", "ask"):
        wanted = HouseholdFilter(
            group=form.get("group", ""), neighbourhood=key_in(form, "neighbourhood"), site=key_in(form, "site")
        )
        purpose = form.get("purpose", "")
        if wish == "now":
            return sheet_of(
                municipality, open_households(by=actor, municipality=municipality, wanted=wanted, purpose=purpose)
            )
        ask_export(by=actor, municipality=municipality, wanted=wanted, purpose=purpose)
        messages.success(
            request, _("Asked. Somebody else has to agree before the list can be taken."), extra_tags="done"
        )
        return None
    try:
        export = export_of(municipality, actor, UUID(form.get("export", "")))
    except ValueError:
        raise Invalid(_("This page does not know that button.")) from None
    if wish == "take":
        return sheet_of(municipality, take_export(by=actor, export=export))
    if wish in ("grant", "refuse"):
        answer_export(by=actor, export=export, granted=wish == "grant", answer=form.get("answer", ""))
    elif wish == "withdraw":
        withdraw_export(by=actor, export=export)
    else:
        raise Invalid(_("This page does not know that button."))
    return None


def sheet_of(municipality: Municipality, opened: Any) -> HttpResponseBase:
    content = households_sheet(municipality, opened)
    name = f"{municipality.code}-households.xlsx"
    response = FileResponse(content, as_attachment=True, filename=name, content_type=SHEET_TYPE)
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [
    path("m/<slug:code>/sites/", sites_page, name="sites"),
    path("m/<slug:code>/register/coverage/", coverage_page, name="register_coverage"),
    path("m/<slug:code>/person-access/", person_access_page, name="person_access"),
    path("m/<slug:code>/person-access.csv", person_access_sheet, name="person_access_sheet"),
    path("m/<slug:code>/person-exports/", person_exports_page, name="person_exports"),
]
