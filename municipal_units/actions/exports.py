"""Taking data out is an action as well: who took which list, how many rows, as what."""

from django.db import transaction

from municipal_units.models import Event, Municipality
from municipal_units.permissions import Actor, Permission, require_somewhere


@transaction.atomic
def record_export(*, by: Actor, municipality: Municipality, table: str, rows: int, form: str) -> Event:
    """Refuses who may not take lists out; otherwise the audit line of an export, before its first byte leaves."""
    require_somewhere(by, Permission.EXPORT, municipality)
    return Event.objects.record(
        "export.made",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        shows={"table": table, "rows": rows, "form": form},
    )
