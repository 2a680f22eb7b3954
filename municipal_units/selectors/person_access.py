"""Who looked at persons, and who asked to take lists with names: without a person in either."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from crisis.lib.errors import NotFound
from municipal_units.core.vocabulary import AccessPurpose
from municipal_units.models import Municipality, PersonAccess, PersonExport, User
from municipal_units.permissions import Actor, Permission, require_somewhere

KINDS = ("view", "search", "export", "compare")


def accesses(town: Municipality, *, kind: str = "", purpose: str = "", by: int | None = None) -> QuerySet[PersonAccess]:
    """Looks at persons, newest first; narrowed where a kind, a purpose or a person is named."""
    log = PersonAccess.objects.filter(municipality=town).select_related("by", "household").order_by("-pk")
    if kind in KINDS:
        log = log.filter(kind=kind)
    if purpose in set(AccessPurpose):
        log = log.filter(purpose=purpose)
    return log.filter(by_id=by) if by is not None else log


def people_who_looked(town: Municipality) -> dict[int, str]:
    """Everybody who is in the log, to narrow it to one of them."""
    ids = PersonAccess.objects.filter(municipality=town, by__isnull=False).values("by").distinct()
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids).order_by("username")}


def access_item(row: PersonAccess) -> dict[str, Any]:
    at: datetime = row.at
    return {
        "id": row.pk,
        "at": at,
        "by": str(row.by) if row.by else "",
        "kind": row.kind,
        "purpose": row.purpose,
        "households": row.households,
        "household": row.household.uuid if row.household else None,
        "code": row.household.code if row.household else "",
    }


def exports_asked(town: Municipality, actor: Actor) -> QuerySet[PersonExport]:
    """Requests for lists with names, newest first, for those who may grant them."""
    require_somewhere(actor, Permission.GRANT_EXPORTS, town)
    people = ("asked_by", "decided_by", "neighbourhood", "site", "municipality")
    return PersonExport.objects.filter(municipality=town).select_related(*people).order_by("-pk")


def export_of(town: Municipality, actor: Actor, export_id: Any) -> PersonExport:
    found = exports_asked(town, actor).filter(uuid=export_id).first()
    if found is None:
        raise NotFound("There is no such request here.")
    return found


def export_item(export: PersonExport, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """A request as pages and the API show it, with what the asker may do about it."""
    own = actor.user_id is not None and actor.user_id == export.asked_by_id
    over = export.state == "granted" and export.expires_at is not None and export.expires_at <= now
    return {
        "id": export.pk,
        "uuid": export.uuid,
        "purpose": export.purpose,
        "group": export.group,
        "neighbourhood": export.neighbourhood_id,
        "place": export.neighbourhood.name if export.neighbourhood else "",
        "site": export.site_id,
        "site_name": export.site.name if export.site else "",
        "households": export.households,
        "state": "expired" if over else export.state,
        "asked_at": export.asked_at,
        "asked_by": str(export.asked_by),
        "decided_at": export.decided_at,
        "decided_by": str(export.decided_by) if export.decided_by else "",
        "answer": export.answer,
        "expires_at": export.expires_at,
        "taken_at": export.taken_at,
        "may_answer": export.state == "asked" and not own,
        "may_take": export.state == "granted" and own and not over,
        "may_withdraw": export.state in ("asked", "granted") and own and not over,
    }
