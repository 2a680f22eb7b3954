"""Pages that tell who changed what, when, by which door and why, and that undo, delete and restore."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from assessments.selectors.history import KEPT, deleted_records
from crisis.lib.errors import Invalid, RepriseError
from crisis.pages.town import actor_of, town_context, town_page
from crisis.pages.words.unit import word
from municipal_units.actions.history import delete_record, restore_record, undo_change
from municipal_units.models import Municipality
from municipal_units.permissions import Permission
from municipal_units.selectors.history import Kept, history_of, reach_of, record_of
from municipal_units.selectors.norm_history import norm_history

SECTIONS = {"facility": "facilities", "neighbourhood": "neighbourhoods", "work": "works"}
TITLES = {
    "tension": gettext_lazy("Tension, record"),
    "incident": gettext_lazy("Incident"),
    "eviction": gettext_lazy("Eviction, case"),
    "norm-proposal": gettext_lazy("Proposed norm or weight"),
}
BACK = {
    "seat": ("unit", gettext_lazy("Seats")),
    "tension": ("tension", gettext_lazy("Tension")),
    "incident": ("tension", gettext_lazy("Tension")),
    "eviction": ("evictions", gettext_lazy("Evictions")),
    "norm-proposal": ("norm_proposals", gettext_lazy("Weights and norms")),
}
DOORS = {
    "page": gettext_lazy("on a page"),
    "program": gettext_lazy("by a program"),
    "phone": gettext_lazy("from a phone"),
    "import": gettext_lazy("from a file"),
}
HAPPENED = {
    "facility.registered": gettext_lazy("Registered"),
    "facility.changed": gettext_lazy("Changed"),
    "facility.status_changed": gettext_lazy("State reported"),
    "facility.deleted": gettext_lazy("Deleted"),
    "facility.restored": gettext_lazy("Restored"),
    "dependency.changed": gettext_lazy("What it needs was changed"),
    "catchment.changed": gettext_lazy("Whom it serves was changed"),
    "work.proposed": gettext_lazy("Proposed"),
    "work.changed": gettext_lazy("Changed"),
    "work.deleted": gettext_lazy("Deleted"),
    "work.restored": gettext_lazy("Restored"),
    "boundary.changed": gettext_lazy("Boundary changed"),
    "unit.changed": gettext_lazy("Changed"),
    "tension.recorded": gettext_lazy("Recorded"),
    "incident.recorded": gettext_lazy("Recorded"),
    "eviction.recorded": gettext_lazy("Recorded"),
    "norms.proposed": gettext_lazy("Proposed"),
    "norms.answered": gettext_lazy("Answered"),
}
FIELDS = {
    "code": gettext_lazy("Code"),
    "name": gettext_lazy("Name"),
    "name_fr": gettext_lazy("Name in French"),
    "name_ar": gettext_lazy("Name in Arabic"),
    "service": gettext_lazy("Service"),
    "asset_type": gettext_lazy("Kind"),
    "neighbourhood": gettext_lazy("Neighbourhood"),
    "geom": gettext_lazy("Position"),
    "stated_capacity": gettext_lazy("Capacity as stated"),
    "capacity_unit": gettext_lazy("Unit"),
    "capacity": gettext_lazy("Capacity"),
    "capacity_source": gettext_lazy("Source of the capacity"),
    "status": gettext_lazy("State"),
    "status_reason": gettext_lazy("Reason"),
    "cost": gettext_lazy("Cost"),
    "currency": gettext_lazy("Currency"),
    "duration_days": gettext_lazy("Days"),
    "phase": gettext_lazy("Phase"),
    "crew": gettext_lazy("Crew"),
    "strength": gettext_lazy("Lost without it"),
    "backup_share": gettext_lazy("Backup carries"),
    "share": gettext_lazy("Share"),
    "valid_to": gettext_lazy("Valid to"),
    "valid_from": gettext_lazy("Valid from"),
    "source": gettext_lazy("Source"),
    "opening_hours": gettext_lazy("Opening hours"),
    "opened_on": gettext_lazy("Opened on"),
    "closed_on": gettext_lazy("Closed on"),
    "deleted_at": pgettext_lazy("field", "Deleted"),
    "add": gettext_lazy("Adds"),
    "facility": gettext_lazy("Facility"),
    "values": gettext_lazy("Figures"),
    "note": gettext_lazy("Note"),
    "confirmed_by": gettext_lazy("Confirmed by"),
    "verification": gettext_lazy("How sure"),
    "verified_by": gettext_lazy("Looked into by"),
    "stage": gettext_lazy("Stage"),
    "stage_on": gettext_lazy("Since"),
    "safeguards": gettext_lazy("Safeguards"),
    "notice_days": gettext_lazy("Days of notice"),
    "deadline": gettext_lazy("They have to leave by"),
    "follow_up_due": gettext_lazy("Look again on"),
    "holder": gettext_lazy("Holder"),
    "ends_on": gettext_lazy("Until"),
    "abolished_on": gettext_lazy("Abolished on"),
    "decided_by": gettext_lazy("Decided by"),
    "decided_at": gettext_lazy("Decided"),
    "answer": gettext_lazy("Answer"),
    "relocation": gettext_lazy("People have to move"),
}
PARTS = {
    "dependency": gettext_lazy("Needs"),
    "mandate": gettext_lazy("Mandate"),
    "catchmentshare": gettext_lazy("Serves"),
    "neighbourhoodboundary": gettext_lazy("Boundary"),
    "interventionaction": gettext_lazy("Effect"),
    "interventionrequirement": gettext_lazy("Requires"),
}


def history_page(request: HttpRequest, code: str, kind: str, pk: int) -> HttpResponseBase:
    """One record's changes; a form on each that may be undone."""
    if kind not in KEPT:
        raise Http404
    return town_page(KEPT[kind].view)(_history_page)(request, code=code, kept=KEPT[kind], pk=pk)


def _history_page(request: HttpRequest, municipality: Municipality, kept: Kept, pk: int) -> HttpResponse:
    actor = actor_of(request)
    record: Any = record_of(kept, municipality, pk, actor=actor)
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            _do(request, kept, record)
            return redirect(request.path)
        except RepriseError as refusal:
            problem = refusal
    context = {
        "kept": kept,
        "record": record,
        "named": named(kept, record),
        "back": BACK.get(kept.word),
        "deleted_at": getattr(record, "deleted_at", None),
        "changes": history_of(kept, record, actor=actor),
        "may_edit": actor.may(kept.edit, municipality.pk, **reach_of(record)),
        "problem": problem,
        "doors": DOORS,
        "happened": HAPPENED,
        "fields": FIELDS,
        "parts": PARTS,
    }
    status = problem.status if problem else 200
    page = town_context(municipality, SECTIONS.get(kept.word, "unit")) | context
    return render(request, "crisis/history.html", page, status=status)


def named(kept: Kept, record: Any) -> dict[str, Any]:
    """The record as its page calls it; those of the unit and of protection have no name of their own."""
    if kept.word == "seat":
        return {"name": record.title or word(record.code, "seat"), "names": {}}
    if hasattr(record, "name_fr"):
        return {"name": record.name, "names": {"fr": record.name_fr, "ar": record.name_ar}}
    where = getattr(record, "neighbourhood", None)
    return {"name": f"{TITLES[kept.word]} {record.pk}" + (f", {where.name}" if where else ""), "names": {}}


def _do(request: HttpRequest, kept: Kept, record: Any) -> None:
    actor, reason = actor_of(request), request.POST.get("reason", "")[:300]
    match request.POST.get("do"):
        case "undo":
            try:
                change = UUID(request.POST.get("change", ""))
            except ValueError:
                raise Invalid(_("Choose the change to undo.")) from None
            undo_change(by=actor, kept=kept, record=record, change=change, reason=reason)
            messages.success(request, _("Undone. The old values are in force again."), extra_tags="done")
        case "delete":
            delete_record(by=actor, kept=kept, record=record, reason=reason)
            messages.success(request, _("Deleted. It can be restored for 30 days."), extra_tags="done")
        case "restore":
            restore_record(by=actor, kept=kept, record=record, reason=reason)
            messages.success(request, _("Restored."), extra_tags="done")
        case _:
            raise Invalid(_("Choose what to do."))


@town_page(Permission.VIEW_PLACES)
def deleted_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """What was deleted lately and can be restored."""
    context = {"rows": deleted_records(municipality, actor=actor_of(request))}
    return render(request, "crisis/deleted.html", town_context(municipality, "") | context)


@town_page(Permission.VIEW_NORMS)
def norm_history_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Every value of every norm, with who set it and why."""
    context = {"steps": norm_history(municipality, actor=actor_of(request))}
    return render(request, "crisis/norm_history.html", town_context(municipality, "") | context)


urlpatterns = [
    path("m/<slug:code>/history/norms/", norm_history_page, name="norm_history"),
    path("m/<slug:code>/history/<slug:kind>/<int:pk>/", history_page, name="history"),
    path("m/<slug:code>/deleted/", deleted_page, name="deleted"),
]
