"""Meetings of the unit: called, attended, minuted, closed. A closed meeting is read only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid
from municipal_units.actions.rows import Problems
from municipal_units.models import AgendaItem, Attendance, Event, Meeting, MunicipalUnit
from municipal_units.permissions import Actor, Permission, require
from municipal_units.selectors.unit import CANCELLED, HELD, PLANNED, quorum_at, seats_on

MOST_ITEMS = 60


@dataclass(frozen=True)
class Present:
    """Whether a seat was there, and by whom if not by its holder."""

    present: bool
    name: str = ""


@transaction.atomic
def call_meeting(
    *,
    by: Actor,
    unit: MunicipalUnit,
    held_at: datetime,
    title: str = "",
    place: str = "",
    agenda: Sequence[str] = (),
) -> Meeting:
    """A meeting with its agenda. One that has been is entered in the same way, with the day it was held."""
    require(by, Permission.HOLD_MEETINGS, unit.municipality_id)
    _check(title, place, agenda, held_at)
    meeting = Meeting.objects.create(
        municipality_id=unit.municipality_id,
        unit=unit,
        title=title.strip(),
        held_at=held_at,
        place=place.strip(),
        called_by_id=by.user_id,
    )
    _write_agenda(meeting, agenda)
    _tell(by, meeting)
    return meeting


@transaction.atomic
def change_meeting(
    *, by: Actor, meeting: Meeting, held_at: datetime, title: str = "", place: str = "", agenda: Sequence[str] = ()
) -> Meeting:
    """Another day, place or agenda; what was minuted to a point that stays is kept."""
    require(by, Permission.EDIT_MEETINGS, meeting.municipality_id)
    _open(meeting)
    _check(title, place, agenda, held_at)
    meeting.title, meeting.place, meeting.held_at = title.strip(), place.strip(), held_at
    meeting.save(update_fields=["title", "place", "held_at"])
    said = {item.title: item.minutes for item in meeting.agenda.all()}
    meeting.agenda.all().delete()
    _write_agenda(meeting, agenda, said)
    _tell(by, meeting)
    return meeting


@transaction.atomic
def record_attendance(*, by: Actor, meeting: Meeting, seats: Mapping[int, Present]) -> Meeting:
    """Who was there, by seat; a vacant seat cannot be."""
    require(by, Permission.EDIT_MEETINGS, meeting.municipality_id)
    _open(meeting)
    day = timezone.localtime(meeting.held_at).date()
    there = {seat.pk: seat for seat in seats_on(meeting.unit, day)}
    if not set(seats) <= set(there):
        raise Invalid("Some of these seats were not there on the day of the meeting.")
    for pk, present in seats.items():
        name = present.name.strip()[:200]
        Attendance.objects.update_or_create(
            meeting=meeting,
            seat_id=pk,
            defaults={"municipality_id": meeting.municipality_id, "present": present.present, "name": name},
        )
    _tell(by, meeting)
    return meeting


@transaction.atomic
def write_minutes(
    *, by: Actor, meeting: Meeting, minutes: str, points: Mapping[int, str], for_partners: bool = False
) -> Meeting:
    """What was said, as a whole and by point of the agenda (position -> text)."""
    require(by, Permission.EDIT_MEETINGS, meeting.municipality_id)
    _open(meeting)
    meeting.minutes, meeting.minutes_for_partners = minutes.strip(), for_partners
    meeting.save(update_fields=["minutes", "minutes_for_partners"])
    for item in meeting.agenda.all():
        if item.position in points:
            item.minutes = points[item.position].strip()
            item.save(update_fields=["minutes"])
    _tell(by, meeting)
    return meeting


@transaction.atomic
def close_meeting(*, by: Actor, meeting: Meeting) -> Meeting:
    """The minutes are final: attendance and text are read only from now on."""
    require(by, Permission.EDIT_MEETINGS, meeting.municipality_id)
    _open(meeting)
    if meeting.held_at > timezone.now():
        raise Invalid("The meeting has not been held yet. Change its time first.")
    if not meeting.attendances.exists():
        raise Invalid("Record who was there before the minutes are closed.")
    meeting.status, meeting.closed_at, meeting.closed_by_id = HELD, timezone.now(), by.user_id
    meeting.save(update_fields=["status", "closed_at", "closed_by"])
    _tell(by, meeting)
    return meeting


@transaction.atomic
def cancel_meeting(*, by: Actor, meeting: Meeting) -> Meeting:
    require(by, Permission.EDIT_MEETINGS, meeting.municipality_id)
    _open(meeting)
    if meeting.decisions.exclude(status="proposed").exists():
        raise Conflict("Something was decided in this meeting. It cannot be cancelled.")
    meeting.status = CANCELLED
    meeting.save(update_fields=["status"])
    _tell(by, meeting)
    return meeting


def _open(meeting: Meeting) -> None:
    if meeting.status != PLANNED:
        raise Conflict("This meeting is closed. Correct it with a note in the next one.")


def _check(title: str, place: str, agenda: Sequence[str], held_at: datetime) -> None:
    problems = Problems()
    if held_at.tzinfo is None:
        problems.add("held_at", "This needs a time zone.")
    if len(agenda) > MOST_ITEMS:
        problems.add("agenda", f"At most {MOST_ITEMS} points.")
    problems.texts(Meeting, {"title": title, "place": place})
    for point in agenda:
        problems.texts(AgendaItem, {"title": point})
    if error := problems.error():
        raise error
    if len({point.strip() for point in agenda}) != len(agenda):
        message = "A point stands twice on the agenda."
        raise Invalid(message, fields=[FieldError("agenda", message)])


def _write_agenda(meeting: Meeting, agenda: Sequence[str], said: Mapping[str, str] | None = None) -> None:
    points = [point.strip() for point in agenda if point.strip()]
    AgendaItem.objects.bulk_create(
        AgendaItem(
            municipality_id=meeting.municipality_id,
            meeting=meeting,
            position=number,
            title=point,
            minutes=(said or {}).get(point, ""),
        )
        for number, point in enumerate(points, start=1)
    )


def _tell(by: Actor, meeting: Meeting) -> None:
    quorum = quorum_at(meeting)
    Event.objects.record(
        "meeting.changed",
        municipality_id=meeting.municipality_id,
        by_id=by.user_id,
        subject=meeting,
        shows={
            "meeting": meeting.pk,
            "status": meeting.status,
            "held_at": meeting.held_at.isoformat(),
            "present": quorum.present,
            "quorum": quorum.reached,
        },
    )
