"""The unit is constituted here: its seats, who holds them and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid, NotFound
from municipal_units.actions.rows import Problems
from municipal_units.core.unit import COMMUNITY_OF, Community
from municipal_units.core.vocabulary import SeatCode
from municipal_units.models import Event, Mandate, Municipality, MunicipalUnit, Seat, User
from municipal_units.permissions import Actor, Permission, require

# The seats of the Burkina Faso units (municipal_units.md 1.1); a town adds its own.
FIRST_SEATS = tuple(SeatCode)[:9]


@dataclass(frozen=True, kw_only=True)
class SeatRow:
    """A seat by its sector or group. Host and displaced seats speak for their community unless said otherwise."""

    code: str
    title: str = ""
    community: str | None = None
    chairs: bool | None = None

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.word("code", self.code, SeatCode)
        problems.word("community", self.community or "", Community)
        problems.texts(Seat, {"title": self.title})
        return problems.error()


@transaction.atomic
def found_unit(
    *,
    by: Actor,
    municipality: Municipality,
    name: str,
    founded_on: date,
    legal_basis: str = "",
    seats: Sequence[SeatRow] = tuple(SeatRow(code=code) for code in FIRST_SEATS),
) -> MunicipalUnit:
    """The unit of a municipality with its seats, still empty. There is one per municipality."""
    require(by, Permission.EDIT_UNIT, municipality.pk)
    problems = Problems()
    problems.require("name", name.strip())
    problems.texts(MunicipalUnit, {"name": name, "legal_basis": legal_basis})
    if error := problems.error() or next((e for row in seats if (e := row.error())), None):
        raise error
    if MunicipalUnit.objects.filter(municipality=municipality).exists():
        raise Conflict("This municipality has a unit already. Change its seats instead.")
    unit = MunicipalUnit.objects.create(
        municipality=municipality, name=name.strip(), founded_on=founded_on, legal_basis=legal_basis
    )
    for row in seats:
        _new_seat(unit, row, founded_on)
    _tell(by, unit, {"founded": True, "seats": len(seats)})
    return unit


@transaction.atomic
def change_unit(
    *, by: Actor, unit: MunicipalUnit, name: str, legal_basis: str = "", meets_every_days: int = 90
) -> MunicipalUnit:
    require(by, Permission.EDIT_UNIT, unit.municipality_id)
    problems = Problems()
    problems.require("name", name.strip())
    problems.number("meets_every_days", meets_every_days, low=1, high=366)
    problems.texts(MunicipalUnit, {"name": name, "legal_basis": legal_basis})
    if error := problems.error():
        raise error
    unit.name, unit.legal_basis, unit.meets_every_days = name.strip(), legal_basis, meets_every_days
    unit.save(update_fields=["name", "legal_basis", "meets_every_days"])
    _tell(by, unit, {"changed": True})
    return unit


@transaction.atomic
def add_seat(*, by: Actor, unit: MunicipalUnit, row: SeatRow, created_on: date | None = None) -> Seat:
    require(by, Permission.EDIT_UNIT, unit.municipality_id)
    if error := row.error():
        raise error
    seat = _new_seat(unit, row, created_on or timezone.localdate())
    _tell(by, unit, {"seat": seat.code, "added": True})
    return seat


@transaction.atomic
def abolish_seat(*, by: Actor, seat: Seat, abolished_on: date) -> Seat:
    """The seat is there until the day before; who holds it leaves with it."""
    require(by, Permission.EDIT_UNIT, seat.municipality_id)
    if seat.abolished_on is not None:
        raise Conflict("This seat has been abolished already.")
    if abolished_on <= seat.created_on:
        raise _wrong("abolished_on", "This is not after the day the seat was created.")
    seat.abolished_on = abolished_on
    seat.save(update_fields=["abolished_on"])
    last = max(abolished_on - timedelta(days=1), seat.created_on)
    Mandate.objects.filter(seat=seat, ends_on=None, starts_on__lte=last).update(ends_on=last)
    _tell(by, seat.unit, {"seat": seat.code, "abolished": True})
    return seat


@transaction.atomic
def give_seat(
    *,
    by: Actor,
    seat: Seat,
    holder: str,
    starts_on: date,
    ends_on: date | None = None,
    woman: bool | None = None,
    organisation: str = "",
    account: User | None = None,
) -> Mandate:
    """Somebody takes a seat; who held it until then leaves the day before."""
    require(by, Permission.EDIT_UNIT, seat.municipality_id)
    problems = Problems()
    problems.require("holder", holder.strip())
    problems.texts(Mandate, {"holder": holder, "organisation": organisation})
    if ends_on is not None and ends_on < starts_on:
        problems.add("ends_on", "This is before the mandate begins.")
    if seat.abolished_on is not None and starts_on >= seat.abolished_on:
        problems.add("starts_on", f"The seat was abolished on {seat.abolished_on}.")
    if error := problems.error():
        raise error
    here = Mandate.objects.filter(seat=seat)
    if here.filter(starts_on__gte=starts_on).exists():
        raise _wrong("starts_on", "Somebody took this seat on that day or later. Give a later day.")
    before = here.filter(starts_on__lt=starts_on).order_by("-starts_on").first()
    if before and (before.ends_on is None or before.ends_on >= starts_on):
        before.ends_on = starts_on - timedelta(days=1)
        before.save(update_fields=["ends_on"])
    if account is not None and not account.assignments.filter(municipality_id=seat.municipality_id).exists():
        raise NotFound("There is no such account here.")
    mandate = Mandate.objects.create(
        municipality_id=seat.municipality_id,
        seat=seat,
        holder=holder.strip(),
        woman=woman,
        organisation=organisation,
        account=account,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    _tell(by, seat.unit, {"seat": seat.code, "taken": True, "from": starts_on.isoformat()})
    return mandate


@transaction.atomic
def end_mandate(*, by: Actor, seat: Seat, ends_on: date, because: str = "") -> Mandate:
    """The holder leaves; the seat is vacant from the next day."""
    require(by, Permission.EDIT_UNIT, seat.municipality_id)
    mandate = Mandate.objects.filter(seat=seat).order_by("-starts_on").first()
    if mandate is None or (mandate.ends_on is not None and mandate.ends_on <= ends_on):
        raise NotFound("Nobody holds this seat then.")
    if ends_on < mandate.starts_on:
        raise _wrong("ends_on", "This is before the mandate begins.")
    mandate.ends_on, mandate.ended_because = ends_on, because[:300]
    mandate.save(update_fields=["ends_on", "ended_because"])
    _tell(by, seat.unit, {"seat": seat.code, "vacant_from": (ends_on + timedelta(days=1)).isoformat()})
    return mandate


def _new_seat(unit: MunicipalUnit, row: SeatRow, created_on: date) -> Seat:
    community = COMMUNITY_OF.get(SeatCode(row.code), Community.NONE) if row.community is None else row.community
    chairs = row.code == SeatCode.MAYOR if row.chairs is None else row.chairs
    if chairs and unit.seats.filter(chairs=True, abolished_on=None).exists():
        raise Conflict("The unit has a chair already.")
    return Seat.objects.create(
        municipality_id=unit.municipality_id,
        unit=unit,
        code=row.code,
        title=row.title,
        community=str(community),
        chairs=chairs,
        position=unit.seats.count() + 1,
        created_on=created_on,
    )


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, fields=[FieldError(field, message)])


def _tell(by: Actor, unit: MunicipalUnit, shows: dict[str, object]) -> None:
    """Who holds a seat is read on the unit's page, not in the log."""
    Event.objects.record(
        "unit.changed", municipality_id=unit.municipality_id, by_id=by.user_id, subject=unit, shows=shows
    )
