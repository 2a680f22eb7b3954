"""The page of safety settings: what is told outside, changed at once where it protects more, by two where less."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crisis.lib.errors import Invalid, NotFound, RepriseError
from crisis.pages.reading import count_in, whole_in
from crisis.pages.town import actor_of, town_context, town_page
from municipal_units.actions.safety import change_safety, decide_safety
from municipal_units.core.safety import SETTINGS
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import Municipality, SafetyProposal
from municipal_units.permissions import Permission
from municipal_units.selectors.safety import safety_in_force, safety_proposals

MOST_SHOWN = 50
LABELS: dict[str, tuple[str | Promise, str | Promise]] = {
    "conflict_mode": (
        gettext_lazy("Conflict mode"),
        gettext_lazy("Sensitive places are told on a coarse grid, hazards not to the public, pictures later."),
    ),
    "publish_weekly": (
        gettext_lazy("Publish every week by itself"),
        gettext_lazy("The worker makes the public picture once it is due."),
    ),
    "grid_m": (gettext_lazy("Grid for sensitive places, metres"), gettext_lazy("At least 1,000.")),
    "hazard_buffer_m": (gettext_lazy("Safety distance around hazards, metres"), gettext_lazy("At least 200.")),
    "publication_delay_hours": (
        gettext_lazy("Pictures are shown after, hours"),
        gettext_lazy("In conflict mode; at least 72."),
    ),
    "review_every_days": (gettext_lazy("Look through all access every, days"), gettext_lazy("From 7 to 366.")),
    "partner_threshold": (gettext_lazy("Partners: no counts below"), gettext_lazy("At least 5.")),
    "partner_base": (gettext_lazy("Partners: rounded to"), gettext_lazy("At least 5.")),
    "public_threshold": (gettext_lazy("Public: no counts below"), gettext_lazy("At least 10.")),
    "public_base": (gettext_lazy("Public: rounded to"), gettext_lazy("At least 5.")),
    "sensitive_services": (gettext_lazy("Services whose places are sensitive"), ""),
}


@town_page(Permission.PUBLISH)
def safety_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Every setting with its bounds; changes that wait for a second person, and those made before."""
    problem: RepriseError | None = None
    if request.method == "POST":
        try:
            do(request, municipality)
            return redirect(request.path)
        except RepriseError as refusal:
            problem = refusal
            municipality.refresh_from_db()
    values = safety_in_force(municipality)
    changes = list(safety_proposals(municipality)[:MOST_SHOWN])
    context: dict[str, Any] = {
        "switches": [field(name, values) for name in LABELS if SETTINGS[name].kind == "switch"],
        "numbers": [field(name, values) for name in LABELS if SETTINGS[name].kind == "number"],
        "services": [str(service) for service in ServiceDomain],
        "sensitive": values["sensitive_services"],
        "waiting": [change_item(one) for one in changes if one.status == "proposed"],
        "earlier": [change_item(one) for one in changes if one.status != "proposed"],
        "me": actor_of(request).user_id,
        "problem": problem,
    }
    page = town_context(municipality, "safety") | context
    return render(request, "crisis/safety.html", page, status=problem.status if problem else 200)


def field(name: str, values: dict[str, Any]) -> dict[str, Any]:
    label, hint = LABELS[name]
    setting = SETTINGS[name]
    return {
        "name": name,
        "label": label,
        "hint": hint,
        "value": values[name],
        "least": setting.least,
        "most": setting.most,
    }


def change_item(change: SafetyProposal) -> dict[str, Any]:
    """A change with its settings in words, each with what it was before."""
    parts = [
        {"name": name, "label": LABELS[name][0], "before": change.before.get(name), "after": value}
        for name, value in change.values.items()
    ]
    return {"change": change, "parts": parts}


def do(request: HttpRequest, municipality: Municipality) -> None:
    form, actor = request.POST, actor_of(request)
    if form.get("do") == "change":
        values: dict[str, Any] = {}
        for name, setting in SETTINGS.items():
            if setting.kind == "switch":
                values[name] = form.get(name) == "on"
            elif setting.kind == "services":
                values[name] = form.getlist(name)
            elif (number := count_in(form, name)) is not None:
                values[name] = number
        change_safety(by=actor, municipality=municipality, values=values, reason=form.get("reason", ""))
    elif form.get("do") in ("approve", "reject"):
        found = SafetyProposal.objects.filter(municipality=municipality, pk=whole_in(form, "change")).first()
        if found is None:
            raise NotFound(_("There is no such change here."))
        decide_safety(by=actor, proposal=found, approve=form["do"] == "approve")
    else:
        raise Invalid(_("This page does not know what to do with that."))


urlpatterns = [path("m/<slug:code>/safety", safety_page, name="safety")]
