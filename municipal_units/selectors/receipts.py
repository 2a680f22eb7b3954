"""What a sender gets in the hand: the event that tells of their fact."""

from typing import Any
from uuid import UUID

from django.db.models import Model

from municipal_units.models import Event


def event_of(subject: Model) -> UUID | None:
    """The first event about a row, which is the one of its recording; None when it came with many others."""
    return (
        Event.objects.filter(subject_id=subject.pk, subject_type=subject._meta.model_name or "")
        .order_by("id")
        .values_list("uuid", flat=True)
        .first()
    )


def receipt(item: dict[str, Any], subject: Model) -> dict[str, Any]:
    """An answer with its receipt."""
    return item | {"event": event_of(subject)}
