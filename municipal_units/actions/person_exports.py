"""Lists with names leave: short ones at once, long ones only when a second person agrees; every time written down."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed
from municipal_units.actions.households import log_access
from municipal_units.core.vocabulary import AccessPurpose
from municipal_units.models import Event, Household, Municipality, PersonExport
from municipal_units.models.sealed import key_ring
from municipal_units.permissions import Actor, Permission, require, require_somewhere
from municipal_units.selectors.accounts import safety_of
from municipal_units.selectors.households import HouseholdFilter, one_household, persons, visible_households

ASKED, GRANTED, REFUSED, WITHDRAWN = "asked", "granted", "refused", "withdrawn"
PORTION = 1_000
LONGEST_ANSWER = 300


@transaction.atomic
def open_households(
    *, by: Actor, municipality: Municipality, wanted: HouseholdFilter, purpose: str
) -> Iterator[dict[str, Any]]:
    """A short list of households with their persons, as a sheet takes them; written down as one export."""
    require_somewhere(by, Permission.VIEW_HOUSEHOLDS, municipality)
    visible = visible_households(municipality, by, now=timezone.now()).filter(wanted.where())
    count, most = visible.count(), safety_of(municipality).most_taken_alone
    if count > most:
        message = f"These are {count} households with their names, more than {most}."
        raise Invalid(f"{message} Choose one place or group, or ask for the list: a second person has to agree.")
    key_ring()
    log_access(by=by, municipality_id=municipality.pk, kind="export", purpose=purpose, households=count)
    return _opened(visible)


@transaction.atomic
def ask_export(*, by: Actor, municipality: Municipality, wanted: HouseholdFilter, purpose: str) -> PersonExport:
    """Asks to take a long list with names. Nothing leaves before somebody else agreed."""
    require_somewhere(by, Permission.VIEW_HOUSEHOLDS, municipality)
    if by.user_id is None:
        raise NotAllowed("Only a person can ask for this.")
    if purpose not in set(AccessPurpose):
        raise Invalid(f"Say what you need it for: {', '.join(AccessPurpose)}.")
    count = visible_households(municipality, by, now=timezone.now()).filter(wanted.where()).count()
    if count <= (most := safety_of(municipality).most_taken_alone):
        raise Invalid(f"These are {count} households; up to {most} can be taken at once.")
    if PersonExport.objects.filter(municipality=municipality, asked_by_id=by.user_id, state=ASKED).exists():
        raise Conflict("You have asked for a list already. Wait for the answer, or withdraw it.")
    asked = PersonExport.objects.create(
        municipality=municipality,
        purpose=purpose,
        group=wanted.group,
        neighbourhood_id=wanted.neighbourhood,
        site_id=wanted.site,
        households=count,
        asked_by_id=by.user_id,
    )
    _tell(by, "person_export.asked", asked)
    return asked


@transaction.atomic
def answer_export(*, by: Actor, export: PersonExport, granted: bool, answer: str = "") -> PersonExport:
    """Somebody else grants or refuses. Whoever grants sees no person by it; whoever asked can never be the one."""
    require(by, Permission.GRANT_EXPORTS, export.municipality_id)
    export = _locked(export)
    if by.user_id is None or by.user_id == export.asked_by_id:
        raise Conflict("You asked for this list yourself. Somebody else has to answer.")
    if export.state != ASKED:
        raise Conflict("This was answered or withdrawn already.")
    if not granted and not answer.strip():
        raise Invalid("Say why not.", fields=[FieldError("answer", "Say why not.")])
    if len(answer) > LONGEST_ANSWER:
        raise Invalid("This is too long.", fields=[FieldError("answer", "This is too long.")])
    export.state, export.answer = GRANTED if granted else REFUSED, answer.strip()
    export.decided_by_id, export.decided_at = by.user_id, timezone.now()
    if granted:
        export.expires_at = export.decided_at + timedelta(hours=safety_of(export.municipality).export_hours)
    export.save(update_fields=["state", "answer", "decided_by", "decided_at", "expires_at"])
    _tell(by, "person_export.answered", export)
    return export


@transaction.atomic
def withdraw_export(*, by: Actor, export: PersonExport) -> PersonExport:
    """Who asked needs it no longer; also a granted list is closed by this."""
    require_somewhere(by, Permission.VIEW_HOUSEHOLDS, export.municipality)
    export = _locked(export)
    if by.user_id != export.asked_by_id:
        raise NotAllowed("Only who asked for it can withdraw it.")
    if export.state not in (ASKED, GRANTED):
        raise Conflict("This was refused or withdrawn already.")
    export.state = WITHDRAWN
    export.save(update_fields=["state"])
    _tell(by, "person_export.answered", export)
    return export


@transaction.atomic
def take_export(*, by: Actor, export: PersonExport) -> Iterator[dict[str, Any]]:
    """The granted list, for who asked for it and as long as the grant lasts: the households registered when it was
    asked for, as far as they are still here."""
    require_somewhere(by, Permission.VIEW_HOUSEHOLDS, export.municipality)
    export, now = _locked(export), timezone.now()
    if by.user_id != export.asked_by_id:
        raise NotAllowed("Only who asked for this list can take it.")
    if export.state != GRANTED or export.expires_at is None:
        raise Conflict("Nobody has granted this list.")
    if export.expires_at <= now:
        raise Conflict("The time to take this list is over. Ask again.")
    key_ring()
    wanted = HouseholdFilter(group=export.group, neighbourhood=export.neighbourhood_id, site=export.site_id)
    there = Q(registered_at__lte=export.asked_at) & wanted.where()
    visible = visible_households(export.municipality, by, now=now).filter(there)
    log_access(
        by=by,
        municipality_id=export.municipality_id,
        kind="export",
        purpose=export.purpose,
        households=visible.count(),
    )
    export.taken_at = export.taken_at or now
    export.save(update_fields=["taken_at"])
    _tell(by, "person_export.taken", export)
    return _opened(visible)


def _opened(visible: Any) -> Iterator[dict[str, Any]]:
    """Households with their persons, portion by portion, so that a long list takes no long statement."""
    last = 0
    while portion := list(visible.filter(pk__gt=last).prefetch_related("members").order_by("pk")[:PORTION]):
        last = portion[-1].pk
        yield from (_told(one) for one in portion)


def _told(household: Household) -> dict[str, Any]:
    more = {"reason": household.reason, "consent_on": household.consent_on}
    return one_household(household) | more | persons(household)


def _locked(export: PersonExport) -> PersonExport:
    rows = PersonExport.objects.select_for_update(of=("self",)).select_related("municipality")
    return rows.get(pk=export.pk)


def _tell(by: Actor, kind: str, export: PersonExport) -> None:
    """How many households, what for and what became of it; never who is in it."""
    Event.objects.record(
        kind,
        municipality_id=export.municipality_id,
        by_id=by.user_id,
        subject=export,
        neighbourhood_id=export.neighbourhood_id,
        shows={
            "export": str(export.uuid),
            "households": export.households,
            "purpose": export.purpose,
            "state": export.state,
        },
    )
