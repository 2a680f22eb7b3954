"""Flows of people are recorded here: who came, left, returned, moved on or was evicted."""

from dataclasses import dataclass, fields
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, Invalid, NotFound
from municipal_units.actions.rows import Problems
from municipal_units.core.vocabulary import (
    Confidence,
    DisplacementReason,
    EstimationMethod,
    MovementType,
    PopulationGroup,
)
from municipal_units.models import Event, Movement, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require

COMING = frozenset({MovementType.ARRIVAL, MovementType.RETURN, MovementType.BIRTH})
GOING = frozenset({MovementType.DEPARTURE, MovementType.EVICTION, MovementType.DEATH})


@dataclass(frozen=True, kw_only=True)
class MovementRow:
    """One flow. `origin_id` and `destination_id` are neighbourhoods of the town; the texts name what lies outside."""

    instance_id: str
    kind: str
    group: str
    happened_on: date
    individuals: int
    origin_id: int | None = None
    destination_id: int | None = None
    origin_text: str = ""
    destination_text: str = ""
    households: int | None = None
    reason: str = ""
    method: str = EstimationMethod.EVENT_TRACKING.value
    confidence: str = Confidence.MEDIUM.value
    source: str = ""

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.require("instance_id", self.instance_id.strip())
        problems.word("kind", self.kind, MovementType)
        problems.word("group", self.group, PopulationGroup)
        problems.word("reason", self.reason, DisplacementReason, blank=True)
        problems.word("method", self.method, EstimationMethod)
        problems.word("confidence", self.confidence, Confidence)
        problems.number("individuals", self.individuals, low=1)
        problems.number("households", self.households, high=self.individuals)
        if self.happened_on > timezone.localdate() + timedelta(days=1):
            problems.add("happened_on", f"{self.happened_on} lies in the future.")
        if self.kind in COMING and self.destination_id is None:
            problems.add("destination", "Say in which neighbourhood they arrived.")
        if self.kind in GOING and self.origin_id is None:
            problems.add("origin", "Say which neighbourhood they left.")
        if self.kind == MovementType.SECONDARY_DISPLACEMENT and self.origin_id is None and self.destination_id is None:
            problems.add("origin", "Say which neighbourhood they left, or where they went.")
        if self.origin_id is not None and self.origin_id == self.destination_id:
            problems.add("destination", "They are where they were. Nothing moved between neighbourhoods.")
        texts = ("instance_id", "origin_text", "destination_text", "source")
        problems.texts(Movement, {name: getattr(self, name) for name in texts})
        return problems.error()


@transaction.atomic
def record_movement(*, by: Actor, municipality: Municipality, row: MovementRow) -> Movement:
    """A flow of people. The same again is what is there; the same id with other content is a conflict."""
    place = row.destination_id or row.origin_id
    require(by, Permission.RECORD_POPULATION, municipality.pk, neighbourhood_id=place)
    if error := row.error():
        raise error
    ends = {end for end in (row.origin_id, row.destination_id) if end is not None}
    if Neighbourhood.objects.filter(municipality=municipality, pk__in=ends).count() < len(ends):
        raise NotFound("There is no such neighbourhood here.")
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    made = Movement(municipality=municipality, crisis_id=municipality.crisis_id, recorded_by_id=by.user_id, **values)
    before = Movement.objects.filter(municipality=municipality, instance_id=row.instance_id).first()
    if before is None:
        Movement.objects.bulk_create([made], ignore_conflicts=True)
        found = Movement.objects.get(municipality=municipality, instance_id=row.instance_id)
    else:
        found = before
    if any(getattr(found, name) != value for name, value in values.items()):
        raise Conflict("This report is already there with other content. Send a correction under a new id.")
    if before is None and not Event.objects.filter(subject_type="movement", subject_id=found.pk).exists():
        _event(by, found)
    return found


@transaction.atomic
def reject_movement(*, by: Actor, movement: Movement, rejected: bool) -> Movement:
    """Somebody who approves counts takes a wrong report out of the sums, or puts it back."""
    require(by, Permission.APPROVE_POPULATION, movement.municipality_id)
    movement.review_state = "rejected" if rejected else "accepted"
    movement.save(update_fields=["review_state"])
    _event(by, movement)
    return movement


def _event(by: Actor, movement: Movement) -> None:
    """That something moved, where, and in which direction; never how many, because a family must not be recognised."""
    Event.objects.record(
        "movement.recorded",
        municipality_id=movement.municipality_id,
        by_id=by.user_id,
        subject=movement,
        neighbourhood_id=movement.destination_id or movement.origin_id,
        shows={
            "movement": movement.pk,
            "kind": movement.kind,
            "group": movement.group,
            "origin": movement.origin_id,
            "destination": movement.destination_id,
            "happened_on": movement.happened_on.isoformat(),
            "state": movement.review_state,
        },
    )
