"""Imports as pages and the API show them."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from municipal_units.models import ImportBatch, Municipality
from municipal_units.permissions import Actor, Permission

# Kinds, in the order in which a new town needs them, and the right each takes beside that of importing.
KINDS: dict[str, tuple[str, Permission]] = {
    "boundaries": ("Neighbourhood boundaries", Permission.EDIT_PLACES),
    "population": ("People present", Permission.RECORD_POPULATION),
    "households": ("Households", Permission.REGISTER_HOUSEHOLDS),
    "facilities": ("Facilities", Permission.EDIT_FACILITIES),
    "damage": ("Damage", Permission.ASSESS_DAMAGE),
    "housing": ("Dwellings", Permission.REVIEW_DAMAGE),
    "interventions": ("Works", Permission.EDIT_WORKS),
}
assert set(KINDS) == set(settings.IMPORTERS)


def importable_kinds(actor: Actor, municipality: Municipality) -> list[dict[str, str]]:
    """The kinds of file this person may bring in."""
    return [
        {"code": code, "label": label}
        for code, (label, permission) in KINDS.items()
        if actor.may(permission, municipality.pk)
    ]


PERSONAL = {"households"}


def visible_batches(actor: Actor, municipality: Municipality) -> QuerySet[ImportBatch]:
    """The imports somebody may look into: lists of persons only with the right to register them."""
    found = ImportBatch.objects.filter(municipality=municipality)
    hidden = [kind for kind in PERSONAL if not actor.may_somewhere(KINDS[kind][1], municipality.pk)]
    return found.exclude(kind__in=hidden)


def import_state(batch: ImportBatch) -> dict[str, Any]:
    """How far an import is; accepted + refused = done_rows, and = rows when it is finished."""
    return {
        "id": batch.pk,
        "kind": batch.kind,
        "file": batch.file.name,
        "state": batch.state,
        "message": batch.message,
        "rows": batch.rows,
        "done_rows": batch.done_rows,
        "accepted": batch.accepted,
        "refused": batch.refused,
        "unchanged": batch.unchanged,
        "created_at": batch.created_at.isoformat(),
        "started_at": batch.started_at.isoformat() if batch.started_at else None,
        "finished_at": batch.finished_at.isoformat() if batch.finished_at else None,
        "stop_requested": batch.stop_requested,
    }
