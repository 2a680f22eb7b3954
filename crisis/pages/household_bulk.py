"""Many households changed at once, from their list; what became of each, and the way back."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crisis.lib.errors import Invalid, RepriseError
from crisis.pages.households import never_kept, people_context
from crisis.pages.reading import day_in, key_in
from crisis.pages.town import actor_of, town_page
from municipal_units.actions.household_bulk import BulkOutcome, change_households, undo_households
from municipal_units.models import Municipality
from municipal_units.permissions import Permission

FIELDS = ("shelter_type", "group", "stock_class", "intention")


@town_page(Permission.EDIT_HOUSEHOLDS)
@require_POST
def bulk_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Changes the chosen rows, or takes such a change back, and tells what became of each."""
    actor, form = actor_of(request), request.POST
    outcome, problem = BulkOutcome(), None
    undone = form.get("do") == "undo"
    reason = form.get("reason", "")[:300]
    try:
        if undone:
            change = ids_in(form, "change")[0]
            outcome = undo_households(by=actor, municipality=municipality, change=change, reason=reason)
        else:
            chosen, changes = ids_in(form, "household"), changes_in(form)
            outcome = change_households(
                by=actor, municipality=municipality, households=chosen, changes=changes, reason=reason
            )
    except RepriseError as refusal:
        problem = refusal
    context = people_context(municipality, "households") | {"outcome": outcome, "undone": undone, "problem": problem}
    page = render(request, "crisis/household_bulk.html", context, status=problem.status if problem else 200)
    return never_kept(page)


def ids_in(form: QueryDict, name: str) -> list[UUID]:
    try:
        found = [UUID(text) for text in form.getlist(name)]
    except ValueError:
        raise Invalid(_("This page does not know what to do with that.")) from None
    if not found:
        raise Invalid(_("Choose at least one household."))
    return found


def changes_in(form: QueryDict) -> dict[str, Any]:
    """What is not chosen stays as it is."""
    changes: dict[str, Any] = {name: form[name] for name in FIELDS if form.get(name)}
    if "intention" in changes:
        changes["intention_on"] = timezone.localdate()
    if place := key_in(form, "to_neighbourhood"):
        changes |= {"neighbourhood_id": place, "site_id": key_in(form, "to_site")}
    if left_on := day_in(form, "left_on"):
        changes["left_on"] = left_on
    return changes


urlpatterns = [path("m/<slug:code>/households/bulk", bulk_page, name="household_bulk")]
