"""The persons of a household: added, corrected, taken out for a reason; and changes of a household undone."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from crisis.lib.errors import Conflict, FieldError, Invalid, NotFound
from municipal_units.actions.history import undo_change
from municipal_units.actions.household_rows import LARGEST_HOUSEHOLD, MemberRow, check_member
from municipal_units.actions.households import index_members, meet_again, require_edit, tell
from municipal_units.actions.rows import Problems
from municipal_units.core.vocabulary import RemovalReason
from municipal_units.models import Household, Member
from municipal_units.models.sealed import key_ring
from municipal_units.permissions import Actor, noting, require
from municipal_units.selectors.history import HOUSEHOLDS, reach_of

VALUES = tuple(each.name for each in fields(MemberRow))


@transaction.atomic
def add_member(*, by: Actor, household: Household, row: MemberRow) -> Member:
    """One more person is listed. A household that was said to be smaller grows by it."""
    require_edit(by, household)
    household = _locked(household)
    refuse_wrong(row)
    listed = household.members.count()
    if listed >= LARGEST_HOUSEHOLD:
        raise Invalid(f"A household lists at most {LARGEST_HOUSEHOLD} people.")
    if row.is_head:
        household.members.filter(is_head=True).update(is_head=False)
    member = Member.objects.create(
        municipality_id=household.municipality_id, household=household, **_values(row) | {"name": row.name.strip()}
    )
    _follow(by, household, "household.member_added", size=max(household.size, listed + 1))
    return member


@transaction.atomic
def change_member(*, by: Actor, member: Member, changes: Mapping[str, Any]) -> Member:
    """Corrects what is known of a person. Only what differs is written."""
    require_edit(by, member.household)
    household = _locked(member.household)
    if unknown := sorted(set(changes) - set(VALUES)):
        raise Invalid(f"This cannot be changed here: {', '.join(unknown)}.")
    key_ring()  # without it the present name could not be told from an empty one
    row = MemberRow(**{name: changes.get(name, getattr(member, name)) for name in VALUES})
    refuse_wrong(row)
    if member.is_head and not row.is_head:
        raise Invalid("Choose another head; then this one is head no longer.", fields=[FieldError("is_head", "")])
    if row.is_head and not member.is_head:
        household.members.filter(is_head=True).update(is_head=False)
    new = [name for name, value in _values(row).items() if getattr(member, name) != value]
    for name in new:
        setattr(member, name, _values(row)[name])
    if new:
        member.save(update_fields=new)
    _follow(by, household, "household.member_changed", size=household.size)
    return member


@transaction.atomic
def remove_member(*, by: Actor, member: Member, reason: str, size: int | None = None) -> Household:
    """Takes a person out of the list; for 30 days that can be undone. `size`: how many people the household has now,
    as it was where nothing is said."""
    require_edit(by, member.household)
    household = _locked(member.household)
    if reason not in set(RemovalReason):
        message = f"Say why: {', '.join(RemovalReason)}."
        raise Invalid(message, fields=[FieldError("reason", message)])
    if member.is_head and household.members.count() > 1:
        raise Invalid("This is the head of the household. Choose another head first.")
    size = household.size if size is None else size
    if not max(1, household.members.count() - 1) <= size <= LARGEST_HOUSEHOLD:
        message = "Fewer people than are listed, or more than a household can have."
        raise Invalid(message, fields=[FieldError("size", message)])
    with noting(reason=reason):
        member.delete()
        _follow(by, household, "household.member_removed", size=size)
    return household


@transaction.atomic
def undo_household_change(*, by: Actor, household: Household, change: UUID, reason: str) -> Household:
    """Writes back what one change of a household or its persons replaced, then looks whether it still makes sense."""
    require(by, HOUSEHOLDS.edit, household.municipality_id, **reach_of(household))
    household = _locked(household)
    key_ring()
    try:
        with transaction.atomic():
            undo_change(by=by, kept=HOUSEHOLDS, record=household, change=change, reason=reason)
    except IntegrityError:
        raise Conflict("Another person is head of this household by now. Choose who it is, then try again.") from None
    if household.members.count() > household.size:
        raise Conflict("More people would be listed than the household has. Correct its size first.")
    index_members(household)
    return household


def member_of(household: Household, member_id: int) -> Member:
    """A person of this household; anything else is not there."""
    found = Member.objects.select_related("household__municipality").filter(household=household, pk=member_id).first()
    if found is None:
        raise NotFound("There is no such person in this household.")
    return found


def refuse_wrong(row: MemberRow) -> None:
    problems = Problems()
    check_member(problems, "", row)
    if not row.name.strip() and row.birth_year is None:
        problems.add("name", "Write a name or an age.")
    if error := problems.error():
        raise error


def _values(row: MemberRow) -> dict[str, Any]:
    return {name: list(row.wg) if name == "wg" else getattr(row, name) for name in VALUES}


def _locked(household: Household) -> Household:
    """The household as it is now, held until the end: two people at two desks wait for each other."""
    rows = Household.objects.select_for_update(of=("self",)).select_related("municipality")
    found = rows.filter(pk=household.pk, merged_into=None).first()
    if found is None:
        raise NotFound("This household was merged into another one. Reload the page.")
    return found


def _follow(by: Actor, household: Household, kind: str, *, size: int) -> None:
    """What a changed list of persons brings along: size, index, how long it is kept, and the event."""
    household.size = size
    meet_again(household)
    household.save(update_fields=["size", "keep_until", "changed_at"])
    index_members(household)
    tell(by, household.municipality, kind, [household])
