"""Saving and removing the views of a list, from the list itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from crisis.lib.errors import Invalid
from crisis.pages.reading import key_in
from crisis.pages.town import actor_of, town_page
from municipal_units.actions.views import remove_view, save_view
from municipal_units.models import Municipality
from municipal_units.permissions import Permission
from municipal_units.selectors.views import LISTS, view_of

# Where each list is.
PAGES = {name: name for name in LISTS} | {"rounds": "population_rounds"}


@town_page(Permission.FOLLOW_EVENTS)
@require_POST
def views_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Keeps or removes a view and goes back to the list; one that cannot be kept is not, and the list says nothing."""
    actor, form = actor_of(request), request.POST
    page = form.get("page", "")
    if form.get("do") == "remove":
        remove_view(by=actor, view=view_of(municipality, actor, key_in(form, "view") or 0))
        return redirect(PAGES.get(page, "facilities"), municipality.code)
    name, query = form.get("name", ""), form.get("query", "")
    try:
        view = save_view(
            by=actor, municipality=municipality, page=page, name=name, query=query, shared=bool(form.get("shared"))
        )
    except Invalid:
        return redirect(PAGES.get(page, "facilities"), municipality.code)
    return redirect(f"{reverse(PAGES[page], args=[municipality.code])}?{view.query}")


urlpatterns = [path("m/<slug:code>/views/", views_page, name="saved_views")]
