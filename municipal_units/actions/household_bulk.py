"""Many households changed at once: each one checked like a single correction, all told as one change, undone as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import FieldError, Invalid, NotFound, RepriseError
from municipal_units.actions.households import correct_household, tell
from municipal_units.actions.members import undo_household_change
from municipal_units.models import Event, Household, Municipality
from municipal_units.permissions import Actor, Permission, noting, require_somewhere
from municipal_units.selectors.households import visible_households

CHANGED_AT_ONCE = frozenset(
    {"group", "stock_class", "shelter_type", "intention", "intention_on", "neighbourhood_id", "site_id", "left_on"}
)
MOST_AT_ONCE = 200


@dataclass
class BulkOutcome:
    """`change` names what was done, for undoing; codes of the households changed, and of those refused with why."""

    change: UUID | None = None
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


@transaction.atomic
def change_households(
    *, by: Actor, municipality: Municipality, households: Sequence[UUID], changes: Mapping[str, Any], reason: str
) -> BulkOutcome:
    """The same correction to many. A household it does not fit stays as it is and is named with why."""
    require_somewhere(by, Permission.EDIT_HOUSEHOLDS, municipality)
    if not reason.strip():
        raise Invalid("Say why.", fields=[FieldError("reason", "Say why.")])
    if unknown := sorted(set(changes) - CHANGED_AT_ONCE):
        raise Invalid(f"This cannot be changed for many at once: {', '.join(unknown)}.")
    if not changes:
        raise Invalid("Choose what to change.")
    if not 0 < len(set(households)) <= MOST_AT_ONCE:
        raise Invalid(f"Choose between 1 and {MOST_AT_ONCE} households.")
    outcome, done = BulkOutcome(), []
    with noting(reason=reason.strip()):
        for household in _locked(municipality, by, households):
            try:
                with transaction.atomic():
                    new = correct_household(by=by, household=household, changes=changes)
            except RepriseError as refusal:
                outcome.refused.append((household.code, refusal.message))
                continue
            (outcome.changed if new else outcome.unchanged).append(household.code)
            done += [household] if new else []
    if done:
        event = tell(by, municipality, "household.changed", done, refused=len(outcome.refused))
        outcome.change = _context_of(event)
    return outcome


@transaction.atomic
def undo_households(*, by: Actor, municipality: Municipality, change: UUID, reason: str) -> BulkOutcome:
    """Takes a change of many back. Households that somebody has worked on since stay as they are and are named."""
    require_somewhere(by, Permission.EDIT_HOUSEHOLDS, municipality)
    told = Event.objects.filter(municipality=municipality, kind="household.changed", context=change)
    named = {UUID(one) for event in told for one in event.shows.get("households", ())}
    if not named:
        raise NotFound("There is no such change here.")
    outcome = BulkOutcome(change=change)
    for household in _locked(municipality, by, list(named)):
        try:
            with transaction.atomic():
                undo_household_change(by=by, household=household, change=change, reason=reason)
            outcome.changed.append(household.code)
        except RepriseError as refusal:
            outcome.refused.append((household.code, refusal.message))
    return outcome


def _locked(municipality: Municipality, by: Actor, households: Sequence[UUID]) -> list[Household]:
    """Those of them the actor may see, held in the order of their ids."""
    visible = visible_households(municipality, by, now=timezone.now()).filter(uuid__in=set(households))
    rows = visible.select_for_update(of=("self",)).select_related("municipality", "neighbourhood").order_by("pk")
    return list(rows)


def _context_of(event: Event | None) -> UUID | None:
    if event is None:
        return None
    event.refresh_from_db(fields=["context"])
    found: UUID | None = event.context
    return found
