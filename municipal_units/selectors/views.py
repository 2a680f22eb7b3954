"""Saved views: which lists have them, and whose a reader may use."""

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from crisis.lib.errors import NotFound
from municipal_units.models import Municipality, SavedView
from municipal_units.permissions import Actor, Permission

# The lists that keep views, and the right each list itself needs.
LISTS: Mapping[str, Permission] = {
    "households": Permission.REGISTER_HOUSEHOLDS,
    "facilities": Permission.VIEW_FACILITIES,
    "works": Permission.VIEW_WORKS,
    "rounds": Permission.RECORD_POPULATION,
    "movements": Permission.RECORD_POPULATION,
    "person_access": Permission.VIEW_HOUSEHOLDS,
}


def views_of(town: Municipality, actor: Actor, *, page: str = "") -> QuerySet[SavedView]:
    """The reader's own views and the shared ones, of lists the reader may see; own ones first."""
    pages = [name for name, right in LISTS.items() if actor.may_somewhere(right, town.pk) and page in ("", name)]
    visible = Q(owner_id=actor.user_id) | Q(shared=True)
    found = SavedView.objects.filter(visible, municipality=town, page__in=pages).select_related("owner")
    return found.order_by("page", "shared", "name", "pk")


def view_of(town: Municipality, actor: Actor, view_id: int) -> SavedView:
    found = views_of(town, actor).filter(pk=view_id).first()
    if found is None:
        raise NotFound("There is no such view, or it is not shared with you.")
    return found
