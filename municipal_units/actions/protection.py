"""Tension and incidents are recorded here. Nothing is enforced by itself: at `tense` the unit gets a task."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from municipal_units.actions.rows import Problems
from municipal_units.core.tension import (
    INDICATORS,
    TENSE_OPTIONS,
    IncidentKind,
    TensionIndicator,
    TensionLevel,
    Verification,
)
from municipal_units.models import (
    Event,
    Municipality,
    Neighbourhood,
    TensionIncident,
    TensionRecord,
    UnitTask,
)
from municipal_units.permissions import Actor, Permission, require
from municipal_units.selectors.protection import open_tension_tasks, own_area, tension_on

TENSE = frozenset({TensionLevel.TENSE, TensionLevel.CRITICAL})
TASK_DAYS = {TensionLevel.TENSE: 14, TensionLevel.CRITICAL: 3}
HIGHEST = 1_000_000.0


@dataclass(frozen=True, kw_only=True)
class IncidentRow:
    """One incident. `account` is what happened, without names of persons or groups."""

    kind: str
    occurred_on: date
    lethal: bool = False
    account: str = ""
    source: str = ""
    fact_id: UUID | None = None

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.word("kind", self.kind, IncidentKind)
        if self.occurred_on > timezone.localdate() + timedelta(days=1):
            problems.add("occurred_on", f"{self.occurred_on} lies in the future.")
        problems.texts(TensionIncident, {"account": self.account, "source": self.source})
        return problems.error()


@transaction.atomic
def record_tension(
    *,
    by: Actor,
    neighbourhood: Neighbourhood,
    observed_on: date,
    values: Mapping[str, float],
    note: str = "",
) -> TensionRecord:
    """What was seen of tension in a place. A newer record counts from its day; older ones stay."""
    municipality = neighbourhood.municipality
    require_area(by, Permission.RECORD_TENSION, municipality, neighbourhood.pk)
    problems = Problems()
    for name, value in values.items():
        problems.word("values", name, TensionIndicator)
        if name in set(TensionIndicator):
            problems.number(name, value, low=INDICATORS[TensionIndicator(name)].least, high=HIGHEST)
    if not values:
        problems.add("values", "Give at least one figure.")
    if observed_on > timezone.localdate() + timedelta(days=1):
        problems.add("observed_on", f"{observed_on} lies in the future.")
    problems.texts(TensionRecord, {"note": note})
    if error := problems.error():
        raise error
    record = TensionRecord.objects.create(
        municipality=municipality,
        neighbourhood=neighbourhood,
        observed_on=observed_on,
        values={str(name): float(value) for name, value in values.items()},
        note=note.strip(),
        recorded_by_id=by.user_id,
    )
    _tell("tension.recorded", by, municipality, neighbourhood.pk, record.pk)
    return record


@transaction.atomic
def confirm_tension(*, by: Actor, record: TensionRecord) -> TensionRecord:
    """Somebody other than its author confirms a record (four eyes)."""
    require(by, Permission.APPROVE_TENSION, record.municipality_id, neighbourhood_id=record.neighbourhood_id)
    if record.recorded_by_id is not None and record.recorded_by_id == by.user_id:
        raise NotAllowed("You recorded this yourself. Somebody else has to confirm it.")
    if record.confirmed_by_id is not None:
        raise Conflict("This record is confirmed already.")
    record.confirmed_by_id = by.user_id
    record.save(update_fields=["confirmed_by"])
    _tell("tension.recorded", by, record.municipality, record.neighbourhood_id, record.pk)
    return record


@transaction.atomic
def report_incident(*, by: Actor, neighbourhood: Neighbourhood, row: IncidentRow) -> TensionIncident:
    """An incident, unverified at first. The same `fact_id` again gives what is there."""
    municipality = neighbourhood.municipality
    require_area(by, Permission.RECORD_TENSION, municipality, neighbourhood.pk)
    if error := row.error():
        raise error
    there = TensionIncident.objects.filter(municipality=municipality, fact_id=row.fact_id).first()
    if row.fact_id is not None and there is not None:
        if (there.kind, there.occurred_on, there.neighbourhood_id) != (row.kind, row.occurred_on, neighbourhood.pk):
            raise Conflict("This incident was already sent with other content.")
        return there
    incident = TensionIncident.objects.create(
        municipality=municipality,
        neighbourhood=neighbourhood,
        fact_id=row.fact_id,
        kind=row.kind,
        occurred_on=row.occurred_on,
        lethal=row.lethal,
        account=row.account.strip(),
        source=row.source.strip(),
        recorded_by_id=by.user_id,
    )
    _tell("incident.recorded", by, municipality, neighbourhood.pk, incident.pk)
    return incident


@transaction.atomic
def verify_incident(*, by: Actor, incident: TensionIncident, verification: str) -> TensionIncident:
    """How sure it is that it happened. A dismissed one counts nowhere and stays readable."""
    require(by, Permission.EDIT_TENSION, incident.municipality_id, neighbourhood_id=incident.neighbourhood_id)
    problems = Problems()
    problems.word("verification", verification, Verification)
    if error := problems.error():
        raise error
    own = incident.recorded_by_id is not None and incident.recorded_by_id == by.user_id
    if own and verification == Verification.VERIFIED:
        raise NotAllowed("You reported this yourself. Somebody else has to verify it.")
    incident.verification, incident.verified_by_id = verification, by.user_id
    incident.save(update_fields=["verification", "verified_by"])
    _tell("incident.recorded", by, incident.municipality, incident.neighbourhood_id, incident.pk)
    return incident


@transaction.atomic
def do_task(*, by: Actor, task: UnitTask, chosen: str, note: str) -> UnitTask:
    """What the unit did about it: one of the options, in its own words."""
    require(by, Permission.DO_TASKS, task.municipality_id)
    if task.status != "open":
        raise Conflict("This task is done already.")
    if chosen not in task.options:
        message = f"Choose one of: {', '.join(task.options)}."
        raise Invalid(message, fields=[FieldError("chosen", message)])
    if not note.strip():
        message = "Say what was done."
        raise Invalid(message, fields=[FieldError("note", message)])
    task.status, task.chosen, task.note = "done", chosen, note.strip()
    task.done_at, task.done_by_id = timezone.now(), by.user_id
    task.save(update_fields=["status", "chosen", "note", "done_at", "done_by"])
    _tell_task(by, task)
    return task


def require_area(by: Actor, permission: Permission, municipality: Municipality, place: int) -> None:
    """The right there; a community representative acts in the neighbourhoods of their assignment only."""
    require(by, permission, municipality.pk, neighbourhood_id=place)
    area = own_area(by, municipality, permission)
    if area is not None and place not in area:
        raise NotAllowed("Your assignment does not cover this neighbourhood.")


def place_of(municipality: Municipality, pk: int) -> Neighbourhood:
    found = Neighbourhood.objects.select_related("municipality").filter(municipality=municipality, pk=pk).first()
    if found is None:
        raise NotFound("There is no such neighbourhood here.")
    return found


def _tell(kind: str, by: Actor, municipality: Municipality, place: int, pk: int) -> None:
    """The event, and a task where the place is tense now. Neither figures nor accounts leave the register."""
    _, tension = tension_on(municipality, timezone.localdate()).get(place, (None, None))
    level = tension.level if tension else TensionLevel.INSUFFICIENT
    Event.objects.record(
        kind,
        municipality_id=municipality.pk,
        by_id=by.user_id,
        neighbourhood_id=place,
        shows={"id": pk, "neighbourhood": place, "level": str(level)},
    )
    if level in TENSE and not open_tension_tasks(municipality, place).exists():
        due = timezone.localdate() + timedelta(days=TASK_DAYS[level])
        task = UnitTask.objects.create(
            municipality=municipality,
            neighbourhood_id=place,
            because="tension",
            options=list(TENSE_OPTIONS),
            due_on=due,
        )
        _tell_task(by, task)


def _tell_task(by: Actor, task: UnitTask) -> None:
    Event.objects.record(
        "task.changed",
        municipality_id=task.municipality_id,
        by_id=by.user_id,
        subject=task,
        neighbourhood_id=task.neighbourhood_id,
        shows={"task": task.pk, "status": task.status, "because": task.because, "due_on": task.due_on.isoformat()},
    )
