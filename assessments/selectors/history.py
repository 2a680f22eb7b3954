"""Every register that keeps its history, by its word in addresses: those of the municipality, and the works."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from assessments.models import Intervention, InterventionAction, InterventionRequirement
from crisis.lib.errors import NotFound
from municipal_units.models import Municipality
from municipal_units.permissions import Actor, Permission, showing_deleted
from municipal_units.selectors.history import (
    EVICTIONS,
    FACILITIES,
    INCIDENTS,
    NEIGHBOURHOODS,
    PROPOSALS,
    SEATS,
    TENSION,
    Kept,
    Part,
    reach_of,
)

WORKS = Kept(
    "work",
    Intervention,
    Permission.VIEW_WORKS,
    Permission.EDIT_WORKS,
    changed="work.changed",
    shown="works",
    deleted="work.deleted",
    restored="work.restored",
    parts=(
        Part(InterventionAction, "intervention", "kind"),
        Part(InterventionRequirement, "intervention", "required"),
    ),
)
KEPT: dict[str, Kept] = {
    kept.word: kept for kept in (FACILITIES, NEIGHBOURHOODS, WORKS, SEATS, TENSION, INCIDENTS, EVICTIONS, PROPOSALS)
}


def kept_as(word: str) -> Kept:
    if word not in KEPT:
        raise NotFound(f"'{word[:40]}' is no register with a history. Known: {', '.join(KEPT)}.")
    return KEPT[word]


def deleted_records(municipality: Municipality, *, actor: Actor) -> list[dict[str, Any]]:
    """What was deleted in the last 30 days and may be restored by the actor, newest first."""
    since = timezone.now() - timedelta(days=settings.UNDO_DAYS)
    found = []
    with showing_deleted():
        for kept in (FACILITIES, WORKS):
            rows: Any = kept.model._default_manager.filter(municipality=municipality, deleted_at__gte=since)
            found += [
                {"kind": kept.word, "id": row.pk, "code": row.code, "name": row.name, "deleted_at": row.deleted_at}
                for row in rows
                if actor.may(kept.edit, municipality.pk, **reach_of(row))
            ]
    return sorted(found, key=lambda row: row["deleted_at"], reverse=True)
