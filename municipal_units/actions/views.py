"""Filters of a list are kept under a name, for oneself or for everybody who sees that list."""

from urllib.parse import parse_qsl, urlencode

from django.db import transaction

from crisis.lib.errors import FieldError, Invalid, NotAllowed, NotFound
from municipal_units.models import Event, Municipality, SavedView
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.views import LISTS

PLACE_IN_LIST = frozenset({"after", "page", "cursor"})
LONGEST_NAME, LONGEST_QUERY = 80, 500
MOST_VIEWS = 50


@transaction.atomic
def save_view(
    *, by: Actor, municipality: Municipality, page: str, name: str, query: str, shared: bool = False
) -> SavedView:
    """Keeps filters and order as they stand in the address, not the place in the list; a view of one's own with that
    name is replaced."""
    if page not in LISTS:
        raise NotFound(f"'{page[:20]}' is no list with views. Known: {', '.join(LISTS)}.")
    require_somewhere(by, LISTS[page], municipality)
    if by.user_id is None:
        raise NotAllowed("Only a person has views.")
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise Invalid("Give it a name of at most 80 characters.", fields=[FieldError("name", "Give it a name.")])
    kept = [(key, value) for key, value in parse_qsl(query.lstrip("?")[:2_000]) if key not in PLACE_IN_LIST]
    told = urlencode(kept)
    if len(told) > LONGEST_QUERY or "\x00" in told or "%00" in told:
        raise Invalid("These filters are too long to be kept.")
    own = SavedView.objects.filter(municipality=municipality, owner_id=by.user_id, page=page)
    if own.exclude(name=name).count() >= MOST_VIEWS:
        raise Invalid(f"You have {MOST_VIEWS} views of this list. Remove one first.")
    view, _ = SavedView.objects.update_or_create(
        municipality=municipality,
        owner_id=by.user_id,
        page=page,
        name=name,
        defaults={"query": told, "shared": shared},
    )
    _tell(by, "view.saved", view)
    return view


@transaction.atomic
def remove_view(*, by: Actor, view: SavedView) -> None:
    """Its owner removes a view; a shared one also whoever leads the unit's settings."""
    own = by.user_id is not None and by.user_id == view.owner_id
    if not own and not (view.shared and by.may(Permission.EDIT_UNIT, view.municipality_id)):
        raise NotAllowed("Only who made this view can remove it.")
    _tell(by, "view.removed", view)
    view.delete()


def _tell(by: Actor, kind: str, view: SavedView) -> None:
    """Which list and whether it is shared; names of views are their owners' own words and stay out of the log."""
    shows = {"view": view.pk, "page": view.page, "shared": view.shared}
    Event.objects.record(kind, municipality_id=view.municipality_id, by_id=by.user_id, subject=view, shows=shows)
