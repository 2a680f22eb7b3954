"""What a household and its persons were before: kept sealed, told without persons, undone, and forgotten with them."""

import pytest
from django.db import ProgrammingError, connection, transaction

from crisis.lib.errors import Conflict, Invalid, NotAllowed
from municipal_units.actions.household_rows import MemberRow
from municipal_units.actions.households import change_household, forget_persons
from municipal_units.actions.members import add_member, change_member, member_of, remove_member, undo_household_change
from municipal_units.actions.merging import merge_households, unmerge_households
from municipal_units.actions.searching import search_households
from municipal_units.models import Household, Member, Municipality, User
from municipal_units.permissions import scope, system_actor
from municipal_units.selectors.history import HOUSEHOLDS, Change, history_of
from tests.conftest import acting
from tests.people.conftest import Register


def changes(household: Household, user: User) -> list[Change]:
    return history_of(HOUSEHOLDS, Household.objects.get(pk=household.pk), actor=acting(user))


def versions_as_text() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT string_agg(v::text, ' ') FROM municipal_units_householdversion v), '')"
            " || coalesce((SELECT string_agg(v::text, ' ') FROM municipal_units_memberversion v), '')"
        )
        return str(cursor.fetchone()[0])


def test_members_are_added_corrected_and_taken_out(register: Register, ana: User, ben: User) -> None:
    household = register("Awa Kaboré", size=1)
    with scope(acting(ben)), pytest.raises(NotAllowed):
        add_member(by=acting(ben), household=household, row=MemberRow(name="Issa Kaboré"))
    with scope(acting(ana)):
        issa = add_member(by=acting(ana), household=household, row=MemberRow(name="Issa Kaboré", birth_year=2015))
        assert Household.objects.get(pk=household.pk).size == 2
        change_member(by=acting(ana), member=issa, changes={"name": "Moussa Kaboré", "is_head": True})
        heads = Member.objects.filter(household=household, is_head=True)
        assert [head.name for head in heads] == ["Moussa Kaboré"]
        with pytest.raises(Invalid, match="head of the household"):
            remove_member(by=acting(ana), member=heads.get(), reason="moved_out")
        awa = Member.objects.get(household=household, is_head=False)
        with pytest.raises(Invalid, match="Say why"):
            remove_member(by=acting(ana), member=awa, reason="because of Awa")
        remove_member(by=acting(ana), member=awa, reason="moved_out", size=1)
        assert Household.objects.get(pk=household.pk).size == 1
        found = search_households(
            by=acting(ana), municipality=household.municipality, text="Moussa", purpose="assistance"
        )
        assert [row["code"] for row in found] == [household.code]
        assert not search_households(
            by=acting(ana), municipality=household.municipality, text="Awa", purpose="assistance"
        )


def test_the_history_tells_who_and_what_and_no_person(register: Register, ana: User) -> None:
    household = register("Salimata Kaboré", phone="70112233", size=3)
    with scope(acting(ana), door="page"):
        change_household(by=acting(ana), household=household, changes={"phone": "76554433", "size": 4})
    with scope(acting(ana), door="page"):
        member = member_of(household, household.members.get().pk)
        change_member(by=acting(ana), member=member, changes={"name": "Salimata Zongo"})
    with scope(acting(ana)):
        renamed, corrected, registered = changes(household, ana)
        assert [(f.name, f.sealed, f.before, f.after) for f in renamed.fields] == [("name", True, "", "")]
        told = {field.name: field for field in corrected.fields}
        assert (told["size"].before, told["size"].after) == ("3", "4")
        assert told["phone"].sealed
        assert (corrected.actor, corrected.door, registered.events) == (str(ana), "page", ["household.registered"])
        assert "Salimata" not in str([renamed, corrected])
        assert "7011" not in str([renamed, corrected])
        assert "s1:k1:" in versions_as_text()
        assert "Salimata" not in versions_as_text()


def test_a_value_sealed_again_is_no_change(register: Register, ana: User) -> None:
    household = register("Awa Kaboré", phone="70112233")
    with scope(acting(ana)):
        change_household(by=acting(ana), household=household, changes={"phone": "70112233", "size": 5})
        assert versions_as_text() == ""


def test_a_removed_person_comes_back_with_name_and_index(register: Register, ana: User) -> None:
    household = register("Awa Kaboré", size=2, others=(MemberRow(name="Issa Kaboré", birth_year=2015),))
    with scope(acting(ana)):
        issa = household.members.get(is_head=False)
        number = issa.pk
        remove_member(by=acting(ana), member=issa, reason="mistake", size=1)
    with scope(acting(ana)):
        add_member(by=acting(ana), household=household, row=MemberRow(name="Zenabo Kaboré"))
        removal = next(change for change in changes(household, ana) if change.reason == "mistake")
        assert removal.may_be_undone
        assert removal.id
    with scope(acting(ana)), pytest.raises(Conflict, match="changed again since"):
        undo_household_change(by=acting(ana), household=household, change=removal.id, reason="It was right")
    with scope(acting(ana)):
        # the size follows whoever was added since: she is taken out again first
        zenabo = household.members.order_by("-pk")[0]
        remove_member(by=acting(ana), member=zenabo, reason="listed_twice", size=1)
    with scope(acting(ana)):
        undo_household_change(by=acting(ana), household=household, change=removal.id, reason="It was right")
        assert sorted(m.name or "" for m in household.members.all()) == ["Awa Kaboré", "Issa Kaboré"]
        assert Member.objects.get(pk=number).tokens
        assert Household.objects.get(pk=household.pk).size == 2


def test_a_merge_is_taken_back_in_its_own_way(register: Register, ana: User) -> None:
    kept, absorbed = register("Awa Kaboré", birth_year=1985), register("Awa Kabore", birth_year=1985, size=6)
    with scope(acting(ana)):
        merge = merge_households(by=acting(ana), kept=kept, absorbed=absorbed, take=["size"])
        merged = changes(kept, ana)[0]
        assert merged.id
        assert not merged.may_be_undone
    with scope(acting(ana)):
        with pytest.raises(Conflict, match="page of duplicates"):
            undo_household_change(by=acting(ana), household=kept, change=merged.id, reason="no")
        unmerge_households(by=acting(ana), merge=merge)


def test_forgetting_reaches_what_was_before_and_what_was_merged(
    register: Register, ana: User, tenkoro: Municipality
) -> None:
    kept = register("Awa Kaboré", birth_year=1985, phone="70112233", origin="Djibo")
    absorbed = register("Awa Kabore", birth_year=1985, phone="76000000", origin="Dori")
    with scope(acting(ana)):
        change_household(by=acting(ana), household=kept, changes={"phone": "71717171", "needs": ("disability",)})
    with scope(acting(ana)):
        added = add_member(by=acting(ana), household=kept, row=MemberRow(name="Issa Kaboré"))
        remove_member(by=acting(ana), member=added, reason="mistake")
        kept.refresh_from_db()
        merge = merge_households(by=acting(ana), kept=kept, absorbed=absorbed, take=["phone", "origin"])
    with scope(acting(ana)):
        forget_persons(by=acting(ana), household=Household.objects.get(pk=kept.pk))
        assert not Member.objects.exclude(name="").exists()
        assert not Household.objects.exclude(phone="").exists()
        assert "s1:" not in versions_as_text()
        for word in ("Djibo", "Dori", "disability"):
            assert word not in versions_as_text()
        merge.refresh_from_db()
        assert "7011" not in merge.before
        assert "Djibo" not in merge.before
        forgotten = changes(kept, ana)[0]
        assert forgotten.events == ["household.forgotten"]
        assert not forgotten.may_be_undone


def test_versions_are_wiped_only_where_the_household_itself_says_nothing(register: Register, ana: User) -> None:
    household = register("Awa Kaboré", phone="70112233")
    with scope(acting(ana)):
        change_household(by=acting(ana), household=household, changes={"phone": "71717171"})
        with connection.cursor() as cursor:
            cursor.execute("SELECT municipal_units_forget_versions(%s)", [[household.pk]])
            assert cursor.fetchone() == (0,)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute("UPDATE municipal_units_householdversion SET phone = ''")
        assert "s1:" in versions_as_text()


def test_another_town_sees_no_version_and_wipes_none(register: Register, ana: User, barsalo: Municipality) -> None:
    household = register("Awa Kaboré", phone="70112233")
    with scope(acting(ana)):
        change_household(by=acting(ana), household=household, changes={"phone": "", "origin": ""})
    with scope(system_actor(barsalo.pk)), connection.cursor() as cursor:
        assert versions_as_text() == ""
        cursor.execute("SELECT municipal_units_forget_versions(%s)", [[household.pk]])
        assert cursor.fetchone() == (0,)
