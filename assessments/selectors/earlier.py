"""Earlier days: which moments can be asked for, and how the index of a place moved since."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from assessments.models import FunctionalityRun, FunctionalityScore
from crisis.lib.disclosure import Audience
from crisis.lib.errors import NotAllowed
from municipal_units.models import Municipality, Neighbourhood
from municipal_units.permissions import Actor
from municipal_units.selectors.disclosure import audience_of

MOST_POINTS = 400


def earlier(municipality: Municipality, at: datetime | None, *, actor: Actor) -> datetime | None:
    """The moment asked for, None for now. Only the own municipality looks back: two published pictures compared tell
    others more than either of them does (reliability.md 4)."""
    if at is None or at >= timezone.now():
        return None
    if audience_of(actor, municipality) != Audience.OWN:
        raise NotAllowed("Earlier days are shown inside the municipality only.")
    return at


def first_known(municipality: Municipality) -> datetime | None:
    """The first computation there was: as far back as one can look."""
    return (
        FunctionalityRun.objects.filter(municipality=municipality)
        .order_by("seq", "id")
        .values_list("as_of", flat=True)
        .first()
    )


def recovery_curve(
    municipality: Municipality, neighbourhood: Neighbourhood, *, until: datetime | None = None
) -> list[dict[str, Any]]:
    """The index of a place at every moment it changed, oldest first, at most the last 400 changes."""
    scores = FunctionalityScore.objects.filter(municipality=municipality, neighbourhood=neighbourhood, service="")
    if until is not None:
        scores = scores.filter(run__as_of__lte=until)
    points = scores.order_by("-run_id").values_list("run__as_of", "value")[:MOST_POINTS]
    return [{"at": at, "value": value} for at, value in reversed(points)]
