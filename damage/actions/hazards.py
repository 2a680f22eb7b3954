"""Hazards are reported, confirmed and cleared here. A suspicion counts from the moment it is recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from damage.core.history import ACCEPTED, REJECTED
from damage.core.structures import OPEN_HAZARD, HazardClass, HazardConfidence, HazardType
from damage.models import Hazard, HazardStep
from municipal_units.actions.rows import Problems
from municipal_units.models import Event, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require, require_somewhere
from municipal_units.selectors.places import metres_outside, neighbourhoods_containing

FARTHEST_M = 10_000
OUTSIDE_M = 500  # how far outside of the outline something may still be ours (mechanics, Place)


@dataclass(frozen=True, kw_only=True)
class HazardRow:
    """One hazard: at `place`, or somewhere in a neighbourhood. `reach_m`: how far from the place it may lie."""

    kind: str
    observed_at: datetime
    place: Point | None = None
    neighbourhood_id: int | None = None
    reach_m: int = 0
    status: str = HazardClass.SUSPECTED.value
    confidence: str = HazardConfidence.REPORTED.value
    blocks_road: bool | None = None
    marked: bool | None = None
    written_place: str = ""
    note: str = ""
    source: str = ""
    fact_id: UUID | None = None
    reported_by_id: int | None = None

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.word("kind", self.kind, HazardType)
        problems.word("status", self.status, OPEN_HAZARD)
        problems.word("confidence", self.confidence, HazardConfidence)
        problems.number("reach_m", self.reach_m, high=FARTHEST_M)
        if self.place is None and self.neighbourhood_id is None:
            problems.add("neighbourhood", "Say where: a position, or at least the neighbourhood.")
        if self.observed_at > timezone.now() + timedelta(days=1):
            problems.add("observed_at", f"{self.observed_at:%Y-%m-%d %H:%M} lies in the future.")
        texts = {"written_place": self.written_place, "note": self.note, "source": self.source}
        problems.texts(Hazard, texts)
        return problems.error()


@transaction.atomic
def report_hazard(*, by: Actor, municipality: Municipality, row: HazardRow) -> Hazard:
    """A new suspicion, or a hazard that is confirmed already. The same `fact_id` again gives what is there."""
    require_somewhere(by, Permission.REPORT_HAZARDS, municipality)
    if error := row.error():
        raise error
    there = Hazard.objects.filter(municipality=municipality, fact_id=row.fact_id).first() if row.fact_id else None
    if there is not None:
        if (there.kind, there.observed_at) != (row.kind, row.observed_at):
            raise Conflict("This hazard was already sent with other content.")
        return there
    place = _neighbourhood(municipality, row)
    require(by, Permission.REPORT_HAZARDS, municipality.pk, neighbourhood_id=place)
    if row.status != HazardClass.SUSPECTED:
        require(by, Permission.EDIT_HAZARDS, municipality.pk, neighbourhood_id=place)
    hazard = Hazard.objects.create(
        municipality=municipality,
        neighbourhood_id=place,
        fact_id=row.fact_id,
        kind=row.kind,
        status=row.status,
        status_on=timezone.localdate(row.observed_at),
        confidence=row.confidence,
        geom=row.place,
        reach_m=row.reach_m,
        observed_at=row.observed_at,
        blocks_road=row.blocks_road,
        marked=row.marked,
        written_place=row.written_place.strip(),
        note=row.note.strip(),
        source=row.source.strip(),
        reported_by_id=row.reported_by_id or by.user_id,
    )
    _step(by, hazard, "")
    return hazard


@transaction.atomic
def change_hazard(*, by: Actor, hazard: Hazard, status: str, on: date, note: str) -> Hazard:
    """A hazard comes into another state. Whoever declares it gone needs the right to approve, a ground in words, and
    is not the one who reported it (four eyes), because works and people go there afterwards."""
    require(by, Permission.EDIT_HAZARDS, hazard.municipality_id, neighbourhood_id=hazard.neighbourhood_id)
    problems = Problems()
    problems.word("status", status, HazardClass)
    if on > timezone.localdate() + timedelta(days=1):
        problems.add("on", f"{on} lies in the future.")
    problems.texts(Hazard, {"note": note})
    if error := problems.error():
        raise error
    locked = Hazard.objects.select_for_update(of=("self",)).select_related("municipality").get(pk=hazard.pk)
    if locked.review_state == REJECTED:
        raise Conflict("This report was rejected. Accept it first.")
    if on < locked.status_on:
        message = f"It was {locked.status.replace('_', ' ')} on {locked.status_on} already."
        raise Invalid(message, fields=[FieldError("on", message)])
    if status == locked.status:
        return locked
    if status not in OPEN_HAZARD:
        require(by, Permission.APPROVE_HAZARDS, locked.municipality_id, neighbourhood_id=locked.neighbourhood_id)
        if not note.strip():
            message = "Say on what ground: who surveyed or cleared it, and the number of the certificate."
            raise Invalid(message, fields=[FieldError("note", message)])
        if locked.reported_by_id is not None and locked.reported_by_id == by.user_id:
            raise NotAllowed("You reported this yourself. Somebody else has to declare it gone.")
    locked.status, locked.status_on = status, on
    locked.save(update_fields=["status", "status_on"])
    _step(by, locked, note)
    return locked


@transaction.atomic
def judge_hazard(*, by: Actor, hazard: Hazard, rejected: bool) -> Hazard:
    """A reviewer says that a report was no hazard, or after all was one; a rejected one counts nowhere."""
    require(by, Permission.EDIT_HAZARDS, hazard.municipality_id, neighbourhood_id=hazard.neighbourhood_id)
    state = REJECTED if rejected else ACCEPTED
    if hazard.review_state != state:
        hazard.review_state = state
        hazard.save(update_fields=["review_state"])
        _tell(by, hazard)
    return hazard


def _neighbourhood(municipality: Municipality, row: HazardRow) -> int | None:
    """Where the position lies, else the neighbourhood that was said. Far outside the town it is somebody else's."""
    if row.place is None:
        if (
            row.neighbourhood_id is None
            or not Neighbourhood.objects.filter(municipality=municipality, pk=row.neighbourhood_id).exists()
        ):
            raise NotFound("There is no such neighbourhood here.")
        return row.neighbourhood_id
    spot: Sequence[tuple[float, float]] = [(row.place.x, row.place.y)]
    (inside,) = neighbourhoods_containing(municipality.pk, spot, [timezone.localdate()])
    (outside_m,) = metres_outside(municipality.pk, spot)
    if inside is None and outside_m is not None and outside_m > OUTSIDE_M:
        message = (
            f"This place lies {outside_m / 1000:.1f} km outside {municipality.name}. Check longitude and latitude."
        )
        raise Invalid(message, fields=[FieldError("lon", message)])
    return inside


def _step(by: Actor, hazard: Hazard, note: str) -> None:
    HazardStep.objects.create(
        municipality_id=hazard.municipality_id,
        hazard=hazard,
        status=hazard.status,
        on=hazard.status_on,
        note=note.strip(),
        recorded_by_id=by.user_id,
    )
    _tell(by, hazard)


def _tell(by: Actor, hazard: Hazard) -> None:
    """The event names no position: its readers get that from the map, as exactly as they may know it."""
    Event.objects.record(
        "hazard.recorded",
        municipality_id=hazard.municipality_id,
        by_id=by.user_id,
        subject=hazard,
        neighbourhood_id=hazard.neighbourhood_id,
        shows={
            "hazard": hazard.pk,
            "kind": hazard.kind,
            "status": hazard.status,
            "review_state": hazard.review_state,
            "neighbourhood": hazard.neighbourhood_id,
        },
    )
