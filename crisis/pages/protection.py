"""The pages of tension and evictions: for the few the role matrix names, without names, without a map."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.actions.relocation import set_relocation
from assessments.models import Intervention
from crisis.lib.disclosure import Audience
from crisis.lib.errors import NotFound, RepriseError
from crisis.pages.reading import amount_in, day_in, whole_in
from crisis.pages.town import actor_of, town_context, town_page
from crisis.pages.unit import answered, rights
from crisis.pages.words.unit import (
    ACTORS,
    ANSWERS,
    EVICTION_CAUSES,
    INCIDENTS,
    INDICATORS,
    LEVEL_SHAPES,
    RELOCATIONS,
    SAFEGUARDS,
    STAGES,
    TENURES,
    VERIFICATIONS,
)
from municipal_units.actions.evictions import EvictionRow, advance_eviction, open_eviction
from municipal_units.actions.protection import (
    IncidentRow,
    confirm_tension,
    do_task,
    place_of,
    record_tension,
    report_incident,
    verify_incident,
)
from municipal_units.core.evictions import AFTER_CARRIED_OUT, CaseStage
from municipal_units.models import EvictionCase, Municipality, TensionIncident, TensionRecord, UnitTask
from municipal_units.permissions import Permission
from municipal_units.selectors.protection import (
    eviction_item,
    eviction_of,
    eviction_totals,
    evictions_for,
    incidents_for,
    places_for,
    tasks_of,
    tension_items,
    tension_suggestions,
)

ON_A_PAGE = 50


@town_page(Permission.VIEW_MASKED_TENSION)
def tension_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Levels by neighbourhood, incidents, and what the unit has to do about tense places."""
    actor = actor_of(request)

    def context() -> dict[str, Any]:
        wanted = (Permission.VIEW_TENSION, Permission.RECORD_TENSION, Permission.EDIT_TENSION)
        may = rights(request, municipality, *wanted, Permission.APPROVE_TENSION, Permission.DO_TASKS)
        places = places_for(actor, municipality, Permission.RECORD_TENSION)
        chosen = request.GET.get("place", "")
        place = places.filter(pk=int(chosen)).first() if chosen.isdecimal() else None
        known = tension_suggestions(municipality, place, timezone.localdate()) if place else {}
        return {
            "items": [item | {"shape": LEVEL_SHAPES[item["level"]]} for item in tension_items(municipality, actor)],
            "incidents": incidents_for(municipality, actor)[:ON_A_PAGE],
            "tasks": tasks_of(municipality)[:ON_A_PAGE] if may["may_do_tasks"] else [],
            "places": places,
            "place": place,
            "indicators": [(code, label, known.get(code)) for code, label in INDICATORS.items()],
            "incident_kinds": INCIDENTS,
            "verifications": VERIFICATIONS,
            "me": actor.user_id,
            "today": timezone.localdate().isoformat(),
            "tab": "tension",
            **may,
        }

    return answered(request, municipality, "crisis/tension.html", context, TENSION_DOINGS, municipality)


def do_tension(request: HttpRequest, municipality: Municipality) -> None:
    form = request.POST
    values = {code: value for code in INDICATORS if (value := amount_in(form, code)) is not None}
    record_tension(
        by=actor_of(request),
        neighbourhood=place_of(municipality, whole_in(form, "place")),
        observed_on=day_in(form, "observed_on") or timezone.localdate(),
        values=values,
        note=form.get("note", ""),
    )


def do_confirm(request: HttpRequest, municipality: Municipality) -> None:
    found = TensionRecord.objects.select_related("municipality").filter(municipality=municipality)
    record = found.filter(pk=whole_in(request.POST, "record")).first()
    if record is None:
        raise NotFound(_("There is no such record here."))
    confirm_tension(by=actor_of(request), record=record)


def do_incident(request: HttpRequest, municipality: Municipality) -> None:
    form = request.POST
    row = IncidentRow(
        kind=form.get("kind", ""),
        occurred_on=day_in(form, "occurred_on") or timezone.localdate(),
        lethal=form.get("lethal") == "on",
        account=form.get("account", ""),
        source=form.get("source", ""),
    )
    place = place_of(municipality, whole_in(form, "place"))
    report_incident(by=actor_of(request), neighbourhood=place, row=row)


def do_verify(request: HttpRequest, municipality: Municipality) -> None:
    found = TensionIncident.objects.select_related("municipality").filter(municipality=municipality)
    incident = found.filter(pk=whole_in(request.POST, "incident")).first()
    if incident is None:
        raise NotFound(_("There is no such incident here."))
    verify_incident(by=actor_of(request), incident=incident, verification=request.POST.get("verification", ""))


def do_do_task(request: HttpRequest, municipality: Municipality) -> None:
    task = UnitTask.objects.filter(municipality=municipality, pk=whole_in(request.POST, "task")).first()
    if task is None:
        raise NotFound(_("There is no such task here."))
    chosen, note = request.POST.get("chosen", ""), request.POST.get("note", "")
    do_task(by=actor_of(request), task=task, chosen=chosen, note=note)


TENSION_DOINGS = {
    "tension": do_tension,
    "confirm": do_confirm,
    "incident": do_incident,
    "verify": do_verify,
    "task": do_do_task,
}


@town_page(Permission.RECORD_EVICTIONS)
def evictions_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Cases and indicators; who may only report sees their own cases. A new one is opened here."""
    actor = actor_of(request)
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            return redirect("eviction", municipality.code, do_open(request, municipality).pk)
        except RepriseError as refusal:
            problem = refusal
    may = rights(request, municipality, Permission.VIEW_EVICTIONS)
    context = {
        "sheet": Paginator(evictions_for(municipality, actor), ON_A_PAGE).get_page(request.GET.get("page")),
        "totals": eviction_totals(municipality, Audience.OWN) if may["may_view_evictions"] else None,
        "places": places_for(actor, municipality, Permission.RECORD_EVICTIONS),
        "stages": STAGES,
        "today": timezone.localdate().isoformat(),
        "tab": "evictions",
        "problem": problem,
        "given": request.POST,
        **choices(),
        **may,
    }
    page = town_context(municipality, "unit") | context
    return render(request, "crisis/evictions.html", page, status=problem.status if problem else 200)


def do_open(request: HttpRequest, municipality: Municipality) -> EvictionCase:
    form = request.POST
    row = EvictionRow(
        stage=form.get("stage", ""),
        on=day_in(form, "on") or timezone.localdate(),
        households=whole_or_none(request, "households") or 0,
        actor_type=form.get("actor_type", ""),
        cause=form.get("cause", ""),
        tenure=form.get("tenure", ""),
        notice_days=whole_or_none(request, "notice_days"),
        deadline=day_in(form, "deadline"),
        follow_up_due=day_in(form, "follow_up_due"),
        safeguards=safeguards_in(request),
        women=whole_or_none(request, "women"),
        men=whole_or_none(request, "men"),
        children=whole_or_none(request, "children"),
        displaced_households=whole_or_none(request, "displaced_households"),
        note=form.get("note", ""),
    )
    place = place_of(municipality, whole_in(form, "place"))
    return open_eviction(by=actor_of(request), neighbourhood=place, row=row)


@town_page(Permission.RECORD_EVICTIONS)
def eviction_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """One case: its stages, safeguards, and what follows from them by rule."""
    actor = actor_of(request)
    case = eviction_of(municipality, pk, actor)

    def context() -> dict[str, Any]:
        item = eviction_item(eviction_of(municipality, pk, actor))
        done = CaseStage.CARRIED_OUT in {step["stage"] for step in item["stages"]}
        return {
            "item": item,
            "place": case.neighbourhood,
            "next_stages": {code: label for code, label in STAGES.items() if not done or code in AFTER_CARRIED_OUT},
            "today": timezone.localdate().isoformat(),
            "tab": "evictions",
            "works": Intervention.objects.filter(municipality=municipality, eviction_case=case).order_by("code"),
            "relocations": RELOCATIONS,
            **choices(),
            **rights(request, municipality, Permission.EDIT_EVICTIONS, Permission.EDIT_WORKS),
        }

    return answered(
        request, municipality, "crisis/eviction.html", context, {"advance": do_advance, "works": do_link}, case
    )


def do_advance(request: HttpRequest, case: EvictionCase) -> None:
    form = request.POST
    advance_eviction(
        by=actor_of(request),
        case=case,
        stage=form.get("stage", ""),
        on=day_in(form, "on") or timezone.localdate(),
        note=form.get("note", ""),
        safeguards=safeguards_in(request),
        notice_days=whole_or_none(request, "notice_days"),
        deadline=day_in(form, "deadline"),
        follow_up_due=day_in(form, "follow_up_due"),
    )


def do_link(request: HttpRequest, case: EvictionCase) -> None:
    """A work these households have to move for."""
    code = request.POST.get("work", "").strip()
    work = Intervention.objects.filter(municipality=case.municipality, code=code).first()
    if work is None:
        raise NotFound(_("There is no work with this code here."))
    relocation = request.POST.get("relocation", "")
    set_relocation(by=actor_of(request), work=work, relocation=relocation, case=case)


def choices() -> dict[str, Any]:
    return {
        "actors": ACTORS,
        "causes": EVICTION_CAUSES,
        "tenures": TENURES,
        "safeguards": SAFEGUARDS,
        "answers": ANSWERS,
    }


def safeguards_in(request: HttpRequest) -> dict[str, str]:
    form = request.POST
    return {name: form[f"safeguard_{name}"] for name in SAFEGUARDS if form.get(f"safeguard_{name}")}


def whole_or_none(request: HttpRequest, name: str) -> int | None:
    value = amount_in(request.POST, name)
    return None if value is None else int(value)


urlpatterns = [
    path("m/<slug:code>/unit/tension/", tension_page, name="tension"),
    path("m/<slug:code>/unit/evictions/", evictions_page, name="evictions"),
    path("m/<slug:code>/unit/evictions/<int:pk>/", eviction_page, name="eviction"),
]
