"""The register of households is written here: registered, corrected, opened for a purpose, left, forgotten."""

import json
import uuid
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from crisis.lib.errors import Conflict, Invalid, NotAllowed, NotFound, RepriseError
from municipal_units.actions.duplicates import park_duplicates
from municipal_units.actions.household_rows import (
    CHANGEABLE,
    HouseholdRow,
    changed_row,
    digest_of,
    made_members,
    person_of,
    tokens_of,
)
from municipal_units.actions.rows import RowOutcome, RowState, refused, summary, the_one
from municipal_units.core.vocabulary import AccessPurpose
from municipal_units.models import (
    Event,
    Household,
    HouseholdMerge,
    Member,
    Municipality,
    Neighbourhood,
    PersonAccess,
    Site,
)
from municipal_units.models.sealed import key_ring
from municipal_units.permissions import Actor, Permission, require, require_somewhere
from municipal_units.selectors.households import one_household, persons

MOST_IDS_SHOWN = 500
CODE_LETTERS = 8
FORGOTTEN: dict[str, Any] = {"phone": "", "origin": "", "needs": []}


@transaction.atomic
def register_household(*, by: Actor, municipality: Municipality, row: HouseholdRow) -> Household:
    """One registration. Sent again it is the same household; the same id with other content is a conflict."""
    made = the_one(register_households(by=by, municipality=municipality, rows=[row]))
    return Household.objects.select_related("municipality", "neighbourhood").get(pk=made)


@transaction.atomic
def register_households(*, by: Actor, municipality: Municipality, rows: Sequence[HouseholdRow]) -> list[RowOutcome]:
    """Registrations from a phone, a form or a file: good ones go in, each other one says why not. Pairs that look
    alike are parked for a person to decide; nothing is merged by itself."""
    require_somewhere(by, Permission.REGISTER_HOUSEHOLDS, municipality)
    ring = key_ring()
    refusals = refusals_of(by, municipality, rows)
    fresh: dict[str, tuple[Household, HouseholdRow]] = {}
    for number, row in enumerate(rows):
        if number not in refusals:
            fresh.setdefault(row.instance_id, (_made(by, municipality, row, digest_of(row, ring)), row))
    # Two phones may send the same registration at the same moment: the second waits for the first and finds it there.
    Household.objects.bulk_create([made for made, _ in fresh.values()], batch_size=2_000, ignore_conflicts=True)
    known = Household.objects.filter(municipality=municipality, instance_id__in=list(fresh))
    there = {household.instance_id: household for household in known.defer("phone")}
    new = [(there[key], row) for key, (made, row) in fresh.items() if there[key].uuid == made.uuid]
    members = [member for household, row in new for member in made_members(household, row, ring)]
    Member.objects.bulk_create(members, batch_size=2_000)
    alike = park_duplicates(municipality, [household.pk for household, _ in new])
    outcomes = _outcomes(rows, refusals, there, {household.pk for household, _ in new}, alike, ring)
    tell(by, municipality, "household.registered", [household for household, _ in new], **summary(outcomes))
    return outcomes


def refusals_of(by: Actor, municipality: Municipality, rows: Sequence[HouseholdRow]) -> dict[int, RepriseError]:
    """Position -> why the row cannot be taken."""
    wanted = {row.neighbourhood_id for row in rows}
    here = Neighbourhood.objects.filter(municipality=municipality, pk__in=wanted).values_list("pk", flat=True)
    places = set(here)
    site_ids = {row.site_id for row in rows if row.site_id is not None}
    sites = dict(Site.objects.filter(municipality=municipality, pk__in=site_ids).values_list("pk", "neighbourhood_id"))
    found: dict[int, RepriseError] = {}
    for number, row in enumerate(rows):
        if error := row.error():
            found[number] = error
        elif row.neighbourhood_id not in places:
            found[number] = NotFound("There is no such neighbourhood here.")
        elif row.site_id is not None and sites.get(row.site_id) != row.neighbourhood_id:
            found[number] = NotFound("There is no such site in this neighbourhood.")
        else:
            try:
                place = row.neighbourhood_id
                require(by, Permission.REGISTER_HOUSEHOLDS, municipality.pk, neighbourhood_id=place)
            except NotAllowed as refusal:
                found[number] = refusal
    return found


def _made(by: Actor, municipality: Municipality, row: HouseholdRow, digest: str) -> Household:
    token = uuid.uuid4()
    household = Household(
        municipality=municipality,
        crisis_id=municipality.crisis_id,
        uuid=token,
        code=token.hex[:CODE_LETTERS].upper(),
        instance_id=row.instance_id,
        digest=digest,
        registered_on=row.registered_on,
        registered_by_id=by.user_id,
        keep_until=keep_until(municipality, row.registered_on),
        **{name: getattr(row, name) for name in CHANGEABLE},
    )
    household.needs = list(row.needs)
    return household


def keep_until(municipality: Municipality, last_contact: date) -> date:
    """The day on which names are forgotten, unless the household is met again before."""
    year, month = divmod(last_contact.month - 1 + municipality.household_keep_months, 12)
    last_day = monthrange(last_contact.year + year, month + 1)[1]
    return last_contact.replace(year=last_contact.year + year, month=month + 1, day=min(last_contact.day, last_day))


def _outcomes(
    rows: Sequence[HouseholdRow],
    refusals: Mapping[int, RepriseError],
    there: Mapping[str, Household],
    new: set[int],
    alike: Mapping[int, int],
    ring: Any,
) -> list[RowOutcome]:
    outcomes: list[RowOutcome] = []
    told: set[int] = set()
    for number, row in enumerate(rows):
        if number in refusals:
            outcomes.append(refused(refusals[number]))
            continue
        household = there[row.instance_id]
        if household.digest != digest_of(row, ring):
            message = "This registration is already there with other content. Correct the household instead."
            outcomes.append(refused(Conflict(message)))
        elif household.pk in new and household.pk not in told:
            told.add(household.pk)
            number_alike = alike.get(household.pk, 0)
            notes = (
                (f"Looks like {number_alike} household(s) already there; a person decides.",) if number_alike else ()
            )
            outcomes.append(RowOutcome(RowState.ADDED, household.pk, notes=notes))
        else:
            outcomes.append(RowOutcome(RowState.UNCHANGED, household.pk))
    return outcomes


@transaction.atomic
def open_household(*, by: Actor, household: Household, purpose: str) -> dict[str, Any]:
    """Everything known of a household, with its persons. Who looked, when and why is written down first."""
    log_access(by=by, municipality_id=household.municipality_id, kind="view", purpose=purpose, household=household)
    return one_household(household) | persons(household) | {"instance_id": household.instance_id}


def log_access(
    *,
    by: Actor,
    municipality_id: int,
    kind: str,
    purpose: str,
    household: Household | None = None,
    households: int = 1,
) -> PersonAccess:
    """Writes down that somebody looked at persons. A purpose is one of a list, so that no name gets in here."""
    if purpose not in set(AccessPurpose):
        message = f"Say what you need it for: {', '.join(AccessPurpose)}."
        raise Invalid(message)
    return PersonAccess.objects.create(
        municipality_id=municipality_id,
        household=household,
        by_id=by.user_id,
        kind=kind,
        purpose=purpose,
        households=households,
    )


@transaction.atomic
def change_household(*, by: Actor, household: Household, changes: Mapping[str, Any]) -> Household:
    """Corrects a household. Meeting it again also moves the day on which its names are forgotten."""
    correct_household(by=by, household=household, changes=changes)
    tell(by, household.municipality, "household.changed", [household])
    return household


def correct_household(*, by: Actor, household: Household, changes: Mapping[str, Any]) -> list[str]:
    """A correction as far as its own row goes, checked like a new registration; the names of what was different."""
    require_edit(by, household)
    told = {name: value for name, value in changes.items() if name != "left_on"}
    if unknown := sorted(set(told) - set(CHANGEABLE)):
        raise Invalid(f"This cannot be changed here: {', '.join(unknown)}.")
    row = changed_row(household, told)
    refusals = refusals_of(by, household.municipality, [row])
    if refusals:
        raise refusals[0]
    # Only what differs is written: a sealed value sealed anew would look like a change.
    before = {name: plain(getattr(household, name)) for name in CHANGEABLE}
    new = [name for name in CHANGEABLE if before[name] != plain(getattr(row, name))]
    for name in new:
        setattr(household, name, plain(getattr(row, name)))
    if "left_on" in changes and changes["left_on"] != household.left_on:
        refuse_leaving(household, changes["left_on"])
        household.left_on = changes["left_on"]
        new.append("left_on")
    meet_again(household)
    household.save(update_fields=[*new, "keep_until", "changed_at"])
    if {"phone", "origin"} & set(new):
        index_members(household)
    return new


def refuse_leaving(household: Household, left_on: date | None) -> None:
    if left_on is not None and household.arrived_on is not None and left_on < household.arrived_on:
        raise Invalid("It cannot leave before it arrived.")


def plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def meet_again(household: Household) -> None:
    """Whoever was met again is kept for the whole time again."""
    household.keep_until = max(household.keep_until, keep_until(household.municipality, timezone.localdate()))


def index_members(household: Household) -> None:
    """Writes the blind index of a household's members anew, after a name, phone or place of origin changed."""
    ring = key_ring()
    for member in household.members.all():
        phone = household.phone if member.is_head else ""
        person = person_of(member.name or "", member.sex, member.birth_year, phone or "", household.origin)
        member.tokens = tokens_of(person, ring, household.municipality_id)
        member.save(update_fields=["tokens"])
    park_duplicates(household.municipality, [household.pk])


def require_edit(by: Actor, household: Household) -> None:
    """Who sees a household as its registrar may correct it; everybody else needs the right to edit."""
    town, place = household.municipality_id, household.neighbourhood_id
    own = household.registered_by_id == by.user_id and by.user_id is not None
    if own and by.may(Permission.EDIT_OWN_HOUSEHOLDS, town, neighbourhood_id=place):
        return
    require(by, Permission.EDIT_HOUSEHOLDS, town, neighbourhood_id=place)


@transaction.atomic
def record_leaving(*, by: Actor, household: Household, left_on: date | None) -> Household:
    """The household left the town on this day (None: it is here after all). Its row stays."""
    require_edit(by, household)
    refuse_leaving(household, left_on)
    household.left_on = left_on
    household.save(update_fields=["left_on", "changed_at"])
    tell(by, household.municipality, "household.changed", [household])
    return household


@transaction.atomic
def forget_persons(*, by: Actor, household: Household) -> Household:
    """Names, phone and index are wiped, the counts stay: on a person's own request, or when the time is over."""
    require(by, Permission.DELETE_HOUSEHOLDS, household.municipality_id, neighbourhood_id=household.neighbourhood_id)
    _forget(household)
    tell(by, household.municipality, "household.forgotten", [household])
    return household


def _forget(household: Household) -> None:
    """The household and every one that was merged into it, what they held before, and what merges remember."""
    everybody = [household.pk]
    for pk in everybody:
        everybody += Household.objects.filter(merged_into_id=pk).values_list("pk", flat=True)
    Member.objects.filter(household_id__in=everybody).update(name="", tokens=[])
    Household.objects.filter(pk__in=everybody).update(phone="", origin="", needs=[])
    for merge in HouseholdMerge.objects.filter(Q(kept_id__in=everybody) | Q(absorbed_id__in=everybody)):
        remembered = json.loads(merge.before or "{}")
        for values in (remembered.get("values", {}), remembered.get("taken", {})):
            values.update({name: empty for name, empty in FORGOTTEN.items() if name in values})
        merge.before = json.dumps(remembered)
        merge.save(update_fields=["before"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipal_units_forget_versions(%s)", [everybody])
    household.refresh_from_db()


@transaction.atomic
def forget_overdue(*, by: Actor, municipality: Municipality, today: date) -> int:
    """Forgets the persons of every household whose time is over; how many there were."""
    require(by, Permission.DELETE_HOUSEHOLDS, municipality.pk)
    over = Household.objects.filter(municipality=municipality, keep_until__lt=today)
    named = Member.objects.filter(household=OuterRef("pk")).exclude(name="")
    overdue = list(over.filter(~Q(phone="") | Exists(named)))
    for household in overdue:
        _forget(household)
    if overdue:
        tell(by, municipality, "household.forgotten", overdue)
    return len(overdue)


def tell(
    by: Actor, municipality: Municipality, kind: str, households: Sequence[Household], **sums: int
) -> Event | None:
    """Says which registrations are meant, by id, never who: more people read the log."""
    if not households:
        return None
    places = sorted({household.neighbourhood_id for household in households})
    return Event.objects.record(
        kind,
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=households[0] if len(households) == 1 else None,
        neighbourhood_id=places[0] if len(places) == 1 else None,
        shows={"households": [str(household.uuid) for household in households[:MOST_IDS_SHOWN]], **sums},
    )
