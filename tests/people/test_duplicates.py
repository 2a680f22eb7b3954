"""Households that may be one: found in every spelling, parked, merged by a person and taken apart without loss."""

from typing import Any

import pytest

from crisis.lib.errors import Conflict, NotAllowed
from municipal_units.actions.duplicates import keep_apart
from municipal_units.actions.household_rows import MemberRow
from municipal_units.actions.households import change_household
from municipal_units.actions.merging import merge_households, unmerge_households
from municipal_units.models import DuplicatePair, Household, Member, Municipality, User
from municipal_units.permissions import scope
from tests.conftest import acting
from tests.people.conftest import Register

SPELLINGS = [
    ("Mohamed Ould Ahmed", "محمد احمد"),
    ("Fatimata Ouédraogo", "Fatoumata Wedraogo"),
    ("Mahamat Saleh", "محمد صالح"),
    ("Aïssata Traoré", "AISSATA TRAORE"),
    ("Youssouf Diallo", "Yusuf Diallo"),
    ("Abdallah Hassan", "عبدالله حسن"),
]
OTHERS = [("Mariam Traoré", "Moussa Traoré"), ("Issa Sawadogo", "Issa Zongo"), ("Awa Barry", "Adama Barry")]


@pytest.mark.parametrize(("one", "other"), SPELLINGS)
def test_spellings_of_one_name_are_parked_as_a_pair(register: Register, ana: User, one: str, other: str) -> None:
    first = register(one, birth_year=1985, origin="Djibo")
    second = register(other, birth_year=1986, origin="Djibo")
    with scope(acting(ana)):
        pair = DuplicatePair.objects.get()
        assert (pair.first, pair.second, pair.state) == (first, second, "open")
        assert {"name", "age", "origin"} <= set(pair.reasons)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_different_people_are_not_parked(register: Register, ana: User, one: str, other: str) -> None:
    register(one, birth_year=1985, origin="Djibo")
    register(other, birth_year=1986, origin="Djibo")
    with scope(acting(ana)):
        assert not DuplicatePair.objects.exists()


def test_the_same_phone_and_a_like_name_are_as_good_as_certain(register: Register, ana: User) -> None:
    register("Awa Kaboré", phone="+226 70 11 22 33")
    register("Hawa Kabore", phone="70112233")
    with scope(acting(ana)):
        pair = DuplicatePair.objects.get()
    assert pair.score >= 0.97
    assert "phone" in pair.reasons


def test_only_a_coordinator_decides(register: Register, ana: User, ben: User, lea: User) -> None:
    first, second = register("Awa Kaboré", birth_year=1985), register("Awa Kabore", birth_year=1985)
    for user in (ben, lea):
        with scope(acting(user)):
            with pytest.raises(NotAllowed):
                merge_households(by=acting(user), kept=first, absorbed=second)
            with pytest.raises(NotAllowed):
                keep_apart(by=acting(user), pair=DuplicatePair.objects.get())


def everything() -> list[Any]:
    """All that the register holds, sealed texts opened, without the times of writing."""
    homes = [
        {**{f.name: getattr(h, f.attname) for f in Household._meta.concrete_fields}, "changed_at": None}
        for h in Household.objects.order_by("pk")
    ]
    members = [
        {f.name: getattr(m, f.attname) for f in Member._meta.concrete_fields} for m in Member.objects.order_by("pk")
    ]
    return [homes, members, list(DuplicatePair.objects.values_list("first_id", "second_id", "state"))]


def test_a_merge_taken_back_leaves_everything_as_it_was(register: Register, ana: User) -> None:
    child, cousin = MemberRow(name="Issa", birth_year=2015), MemberRow(name="Zenabo", birth_year=1999)
    kept = register("Awa Kaboré", birth_year=1985, size=2, others=(child,), phone="70112233", origin="Djibo")
    absorbed = register(
        "Hawa Kabore",
        birth_year=1985,
        size=6,
        others=(child, cousin),
        phone="76000000",
        origin="Djibo",
        intention="undecided",
    )
    actor = acting(ana)
    with scope(actor):
        before = everything()
        take = ("phone", "intention", "neighbourhood_id", "size")
        merge = merge_households(by=actor, kept=kept, absorbed=absorbed, take=take)
        merged = Household.objects.get(pk=kept.pk)
        assert (merged.phone, merged.size, merged.intention) == ("76000000", 6, "undecided")
        assert sorted(m.name for m in merged.members.all()) == ["Awa Kaboré", "Issa", "Zenabo"]
        assert Household.objects.get(pk=absorbed.pk).merged_into == kept
        unmerge_households(by=actor, merge=merge)
        assert everything() == before
        with pytest.raises(Conflict, match="taken back already"):
            unmerge_households(by=actor, merge=merge)


def test_what_was_corrected_after_a_merge_stays_when_it_is_taken_back(register: Register, ana: User) -> None:
    kept, absorbed = register("Awa Kaboré", birth_year=1985), register("Awa Kabore", birth_year=1985, size=6)
    actor = acting(ana)
    with scope(actor):
        merge = merge_households(by=actor, kept=kept, absorbed=absorbed, take=["size"])
        change_household(by=actor, household=Household.objects.get(pk=kept.pk), changes={"size": 9})
        unmerge_households(by=actor, merge=merge)
        assert Household.objects.get(pk=kept.pk).size == 9


def test_a_pair_said_to_be_different_is_not_asked_about_again(
    register: Register, tenkoro: Municipality, ana: User
) -> None:
    register("Awa Kaboré", birth_year=1985)
    second = register("Awa Kabore", birth_year=1985)
    actor = acting(ana)
    with scope(actor):
        keep_apart(by=actor, pair=DuplicatePair.objects.get())
        change_household(by=actor, household=second, changes={"origin": "Djibo"})
        assert list(DuplicatePair.objects.values_list("state", flat=True)) == ["different"]


def test_an_absorbed_household_is_neither_listed_nor_counted_nor_merged_again(
    register: Register, tenkoro: Municipality, ana: User
) -> None:
    kept, absorbed = register("Awa Kaboré", birth_year=1985), register("Awa Kabore", birth_year=1985)
    third = register("Awa Kabore", birth_year=1985)
    actor = acting(ana)
    with scope(actor):
        merge_households(by=actor, kept=kept, absorbed=absorbed)
        with pytest.raises(Conflict):
            merge_households(by=actor, kept=third, absorbed=absorbed)
