"""Saved views of lists, over HTTP."""

from typing import Any

from ninja import Query, Router, Schema, Status

from crisis.lib.wire import In, Source, Word
from municipal_units.actions.views import remove_view, save_view
from municipal_units.api.asking import Asking
from municipal_units.models import SavedView
from municipal_units.permissions import Permission
from municipal_units.selectors.places import municipality_for
from municipal_units.selectors.views import view_of, views_of

router = Router(tags=["lists"])
VIEWS = "/municipalities/{slug:code}/views"


class ViewQuery(Schema):
    page: Word = ""


class ViewIn(In):
    """`page` is the list; `query` its filters and order as in its address, without the place in it."""

    page: Word
    name: Word
    query: Source = ""
    shared: bool = False


class ViewOut(Schema):
    id: int
    page: str
    name: str
    query: str
    shared: bool
    owner: str

    @staticmethod
    def resolve_owner(view: Any) -> str:
        return str(view.owner)


@router.get(VIEWS, response=list[ViewOut], operation_id="saved_views")
def views(request: Asking, code: str, query: Query[ViewQuery]) -> list[SavedView]:
    """One's own views and the shared ones, of lists one may see."""
    town = municipality_for(request.auth, code, Permission.FOLLOW_EVENTS)
    return list(views_of(town, request.auth, page=query.page))


@router.post(VIEWS, response={201: ViewOut}, operation_id="save_view")
def save(request: Asking, code: str, view: ViewIn) -> Status[SavedView]:
    """Keeps filters under a name; the same name again replaces one's own."""
    town = municipality_for(request.auth, code, Permission.FOLLOW_EVENTS)
    return Status(201, save_view(by=request.auth, municipality=town, **view.dict()))


@router.delete(VIEWS + "/{int:view_id}", response={204: None}, operation_id="remove_view")
def remove(request: Asking, code: str, view_id: int) -> Status[None]:
    town = municipality_for(request.auth, code, Permission.FOLLOW_EVENTS)
    remove_view(by=request.auth, view=view_of(town, request.auth, view_id))
    return Status(204, None)
