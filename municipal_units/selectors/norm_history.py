"""What the norms of a municipality have been: rows are never changed, so the rows themselves are the history."""

from typing import Any

from municipal_units.models import Municipality, Norm
from municipal_units.permissions import Actor, Permission

SAME = ("kind", "service", "key", "unit", "phase")


def norm_history(municipality: Municipality, *, actor: Actor) -> list[dict[str, Any]]:
    """Every row, newest first, with the value it followed and who set it (for those who may read the audit log)."""
    names = actor.may(Permission.EDIT_NORMS, municipality.pk) or actor.may(Permission.VIEW_AUDIT, municipality.pk)
    before: dict[tuple[str, ...], float] = {}
    steps = []
    for norm in Norm.objects.filter(municipality=municipality).select_related("recorded_by").order_by("pk"):
        same = tuple(getattr(norm, name) for name in SAME)
        steps.append(
            {
                **dict(zip(SAME, same, strict=True)),
                "value": norm.value,
                "before": before.get(same),
                "valid_from": norm.valid_from.isoformat(),
                "source": norm.source,
                "at": norm.recorded_at,
                "actor": str(norm.recorded_by) if names and norm.recorded_by else "",
            }
        )
        before[same] = norm.value
    return steps[::-1]
