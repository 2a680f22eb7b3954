"""Two registrations of one household become one, and can be taken apart again exactly as they were."""

import json
from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, Invalid, NotFound
from municipal_units.actions.duplicates import decide, people_of, same_persons
from municipal_units.actions.household_rows import CHANGEABLE
from municipal_units.actions.households import index_members
from municipal_units.models import DuplicatePair, Event, Household, HouseholdMerge, Member
from municipal_units.permissions import Actor, Permission, require

DAYS = frozenset({"arrived_on", "intention_on", "consent_on"})


@transaction.atomic
def merge_households(*, by: Actor, kept: Household, absorbed: Household, take: Collection[str] = ()) -> HouseholdMerge:
    """The absorbed household leaves the register; `take` names the values that the kept one takes over from it.

    Its members move to the kept one, except those who are listed there already. Everything replaced is remembered.
    """
    require(by, Permission.MERGE_HOUSEHOLDS, kept.municipality_id, neighbourhood_id=kept.neighbourhood_id)
    require(by, Permission.MERGE_HOUSEHOLDS, absorbed.municipality_id, neighbourhood_id=absorbed.neighbourhood_id)
    kept, absorbed = locked(kept, absorbed)
    if kept.municipality_id != absorbed.municipality_id or kept.pk == absorbed.pk:
        raise Invalid("Choose two households of one town.")
    if kept.merged_into_id is not None or absorbed.merged_into_id is not None:
        raise Conflict("One of the two was merged in the meantime. Reload the page.")
    if unknown := sorted(set(take) - set(CHANGEABLE)):
        raise Invalid(f"This cannot be taken over: {', '.join(unknown)}.")
    wanted = set(take) | ({"site_id"} if "neighbourhood_id" in take else set())
    wanted.add("size")  # members who move in may make it larger, also where it is not taken over
    before: dict[str, Any] = {"values": values_of(kept, wanted)}
    moved = moved_members(kept, absorbed)
    before["heads"] = list(Member.objects.filter(pk__in=moved, is_head=True).values_list("pk", flat=True))
    Member.objects.filter(pk__in=moved).update(household=kept, is_head=False)
    for name in wanted - ({"size"} - set(take)):
        setattr(kept, name, getattr(absorbed, name))
    kept.size = max(kept.size, kept.members.count())
    before["taken"] = values_of(kept, wanted)
    kept.save(update_fields=[*wanted, "changed_at"])
    if {"phone", "origin"} & wanted:
        index_members(kept)
    absorbed.merged_into = kept
    absorbed.save(update_fields=["merged_into", "changed_at"])
    merge = HouseholdMerge.objects.create(
        municipality_id=kept.municipality_id,
        kept=kept,
        absorbed=absorbed,
        before=json.dumps(before, default=str),
        moved_members=moved,
        by_id=by.user_id,
    )
    for pair in pairs_of(kept, absorbed):
        decide(pair, "merged", by)
    _event(by, "household.merged", kept, absorbed)
    return merge


def moved_members(kept: Household, absorbed: Household) -> list[int]:
    """Members of the absorbed household who are not listed in the kept one yet."""
    people = people_of({kept.pk, absorbed.pk}, with_ids=True)
    mine, theirs = dict(people.get(kept.pk, [])), dict(people.get(absorbed.pk, []))
    same = same_persons(mine, theirs, least=kept.municipality.duplicate_threshold)
    everybody = absorbed.members.order_by("pk").values_list("pk", flat=True)
    return [pk for pk in everybody if pk not in same and not (pk not in theirs and mine)]


@transaction.atomic
def unmerge_households(*, by: Actor, merge: HouseholdMerge) -> HouseholdMerge:
    """Takes a merge back: both households as they were before it. What was corrected on the kept one since then
    stays corrected, because that was not the merge's doing."""
    require(by, Permission.MERGE_HOUSEHOLDS, merge.municipality_id, neighbourhood_id=merge.kept.neighbourhood_id)
    kept, absorbed = locked(merge.kept, merge.absorbed)
    merge = HouseholdMerge.objects.select_for_update().get(pk=merge.pk)
    if merge.undone_at is not None:
        raise Conflict("This merge was taken back already.")
    if kept.merged_into_id is not None:
        raise Conflict("The kept household was merged into a third one since. Take that merge back first.")
    before = json.loads(merge.before)
    back = []
    for name, value in before["values"].items():
        if plain(getattr(kept, name)) == before["taken"][name]:
            setattr(kept, name, read_back(name, value))
            back.append(name)
    moved = Member.objects.filter(pk__in=merge.moved_members, household=kept)
    heads = set(before["heads"])
    for member in moved:
        member.household, member.is_head = absorbed, member.pk in heads
        member.save(update_fields=["household", "is_head"])
    kept.save(update_fields=[*back, "changed_at"])
    absorbed.merged_into = None
    absorbed.save(update_fields=["merged_into", "changed_at"])
    index_members(kept)
    index_members(absorbed)
    merge.undone_at, merge.undone_by_id = timezone.now(), by.user_id
    merge.save(update_fields=["undone_at", "undone_by"])
    for pair in pairs_of(kept, absorbed):
        decide(pair, "open", by)
    _event(by, "household.unmerged", kept, absorbed)
    return merge


def locked(*households: Household) -> tuple[Household, Household]:
    """The two rows, locked in the order of their ids so that two people cannot block each other."""
    rows = Household.objects.select_for_update(of=("self",)).select_related("municipality").order_by("pk")
    found = {row.pk: row for row in rows.filter(pk__in=[one.pk for one in households])}
    if len(found) != len({one.pk for one in households}):
        raise NotFound("One of the two households is not there any more.")
    first, second = households
    return found[first.pk], found[second.pk]


def pairs_of(one: Household, other: Household) -> list[DuplicatePair]:
    first, second = sorted((one.pk, other.pk))
    return list(DuplicatePair.objects.filter(first_id=first, second_id=second))


def values_of(household: Household, names: Collection[str]) -> dict[str, Any]:
    return {name: plain(getattr(household, name)) for name in sorted(names)}


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def read_back(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name in DAYS and value is not None else value


def _event(by: Actor, kind: str, kept: Household, absorbed: Household) -> None:
    same = kept.neighbourhood_id == absorbed.neighbourhood_id
    Event.objects.record(
        kind,
        municipality_id=kept.municipality_id,
        by_id=by.user_id,
        subject=kept,
        neighbourhood_id=kept.neighbourhood_id if same else None,
        shows={"kept": str(kept.uuid), "absorbed": str(absorbed.uuid)},
    )
