"""The register of households: who may, what is kept sealed, who looked, and what is sent twice."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from crisis.lib.errors import Conflict, Invalid, Locked, NotAllowed, NotFound
from crisis.lib.sealing import read_ring
from municipal_units.actions.household_rows import MemberRow
from municipal_units.actions.households import (
    change_household,
    forget_overdue,
    forget_persons,
    open_household,
    record_leaving,
    register_household,
)
from municipal_units.actions.searching import search_households
from municipal_units.models import Event, Household, Member, Municipality, Neighbourhood, PersonAccess, User
from municipal_units.permissions import scope
from municipal_units.selectors.households import HouseholdFilter, household_items, household_of
from tests.conftest import acting
from tests.people.conftest import Register, row


def test_partners_leads_and_strangers_are_refused(
    tenkoro: Municipality, wendou: Neighbourhood, paul: User, lea: User, cleo: User
) -> None:
    for user, refusal in ((paul, NotAllowed), (lea, NotAllowed), (cleo, NotFound)):
        with scope(acting(user)), pytest.raises(refusal):
            register_household(by=acting(user), municipality=tenkoro, row=row(wendou))


def test_names_and_phones_are_sealed_in_the_database(register: Register, ana: User) -> None:
    household = register("Salimata Kaboré", phone="+226 70 11 22 33")
    with scope(acting(ana)), connection.cursor() as cursor:
        cursor.execute(
            "SELECT h::text || m::text FROM municipal_units_household h JOIN municipal_units_member m"
            " ON m.household_id = h.id"
        )
        (written,) = cursor.fetchone()
        assert "s1:k1:" in written
        for secret in ("Salimata", "Kabor", "70 11", "70112233"):
            assert secret not in written
        seen = open_household(by=acting(ana), household=household, purpose="assistance")
    assert seen["phone"] == "+226 70 11 22 33"
    assert seen["members"][0]["name"] == "Salimata Kaboré"


def test_a_sealed_value_moved_to_another_column_cannot_be_opened(register: Register, ana: User) -> None:
    household = register("Salimata Kaboré")
    with scope(acting(ana)), connection.cursor() as cursor:
        cursor.execute("UPDATE municipal_units_household SET phone = (SELECT name FROM municipal_units_member LIMIT 1)")
        with pytest.raises(Locked, match="changed, or sealed elsewhere"):
            Household.objects.get(pk=household.pk)


def test_every_look_at_persons_is_written_down_with_its_purpose(register: Register, ana: User) -> None:
    household = register()
    with scope(acting(ana)):
        with pytest.raises(Invalid, match="what you need it for"):
            open_household(by=acting(ana), household=household, purpose="curiosity")
        open_household(by=acting(ana), household=household, purpose="referral")
        seen = PersonAccess.objects.get()
        assert (seen.by, seen.household, seen.kind, seen.purpose) == (ana, household, "view", "referral")


def test_the_list_and_the_event_hold_no_person(register: Register, tenkoro: Municipality, ana: User) -> None:
    register("Salimata Kaboré", phone="70112233")
    with scope(acting(ana)):
        items = household_items(tenkoro, acting(ana), now=timezone.now(), wanted=HouseholdFilter())
        event = Event.objects.get(kind="household.registered")
    assert len(items) == 1
    assert "Salimata" not in str(items) + str(event.shows)
    assert "70112233" not in str(items) + str(event.shows)


def test_without_the_key_file_lists_work_and_persons_stay_shut(
    register: Register, tenkoro: Municipality, ana: User, wendou: Neighbourhood, tmp_path: Path
) -> None:
    household = register()
    with override_settings(KEYS_FILE=tmp_path / "none.json"), scope(acting(ana)):
        assert household_items(tenkoro, acting(ana), now=timezone.now(), wanted=HouseholdFilter())
        found = household_of(tenkoro, acting(ana), household.uuid, now=timezone.now())
        with pytest.raises(Locked):
            open_household(by=acting(ana), household=found, purpose="assistance")
        with pytest.raises(Locked):
            register_household(by=acting(ana), municipality=tenkoro, row=row(wendou))
        with pytest.raises(Locked):
            search_households(by=acting(ana), municipality=tenkoro, text="Awa", purpose="assistance")


def test_the_same_registration_is_taken_once_and_another_under_its_id_is_a_conflict(
    tenkoro: Municipality, wendou: Neighbourhood, ana: User
) -> None:
    sent = row(wendou, instance_id="uuid:1")
    with scope(acting(ana)):
        first = register_household(by=acting(ana), municipality=tenkoro, row=sent)
        again = register_household(by=acting(ana), municipality=tenkoro, row=sent)
        assert first.pk == again.pk
        assert (Household.objects.count(), Member.objects.count()) == (1, 1)
        with pytest.raises(Conflict):
            register_household(
                by=acting(ana), municipality=tenkoro, row=row(wendou, "Another Name", instance_id="uuid:1")
            )


def test_an_enumerator_sees_and_corrects_their_own_for_a_day(
    register: Register, tenkoro: Municipality, ana: User, ben: User
) -> None:
    mine, other = register(by=ben), register("Moussa Zongo", by=ana)
    now, actor = timezone.now(), acting(ben)
    with scope(actor):
        listed = household_items(tenkoro, actor, now=now, wanted=HouseholdFilter())
        assert [item["uuid"] for item in listed] == [mine.uuid]
        change_household(by=actor, household=mine, changes={"size": 7})
        with pytest.raises(NotFound):
            household_of(tenkoro, actor, other.uuid, now=now)
        with pytest.raises(NotFound):
            household_of(tenkoro, actor, mine.uuid, now=now + timedelta(hours=25))
        with pytest.raises(NotAllowed):
            change_household(by=actor, household=other, changes={"size": 7})


def test_a_household_is_found_in_any_spelling_and_by_phone(
    register: Register, tenkoro: Municipality, ana: User
) -> None:
    kept = register("محمد أحمد", phone="+226 70 11 22 33")
    register("Salimata Kaboré")
    with scope(acting(ana)):
        for text in ("Mohamed Ahmed", "mouhammed ahmad", "محمد", "70112233", "0022670112233"):
            found = search_households(by=acting(ana), municipality=tenkoro, text=text, purpose="assistance")
            assert [item["uuid"] for item in found] == [kept.uuid], text
        assert search_households(by=acting(ana), municipality=tenkoro, text="Zongo", purpose="assistance") == []
        assert PersonAccess.objects.filter(kind="search").count() == 6


def test_consent_or_another_ground_is_needed(tenkoro: Municipality, wendou: Neighbourhood, ana: User) -> None:
    with scope(acting(ana)), pytest.raises(Invalid, match="agreed") as refusal:
        register_household(by=acting(ana), municipality=tenkoro, row=row(wendou, consent_on=None))
    assert [field.field for field in refusal.value.fields] == ["consent_on"]


def test_a_refused_name_is_not_repeated_in_the_refusal(tenkoro: Municipality, wendou: Neighbourhood, ana: User) -> None:
    with scope(acting(ana)), pytest.raises(Invalid) as refusal:
        register_household(by=acting(ana), municipality=tenkoro, row=row(wendou, "Secretname\x00"))
    assert "Secretname" not in str(refusal.value)


def test_disability_is_a_lot_of_difficulty_in_one_of_six(register: Register, ana: User) -> None:
    some = MemberRow(name="Issa", wg=(1, 2, 2, 1, 1, 1))
    lots = MemberRow(name="Ali", wg=(1, 1, 3, None, 1, 1))
    household = register("Awa", others=(some, lots))
    with scope(acting(ana)):
        seen = open_household(by=acting(ana), household=household, purpose="assistance")
    assert [member["disability"] for member in seen["members"]] == [None, False, True]


def test_forgetting_wipes_the_persons_and_keeps_the_count(register: Register, tenkoro: Municipality, ana: User) -> None:
    household = register("Salimata Kaboré", phone="70112233", origin="Djibo")
    with scope(acting(ana)):
        forgotten = forget_persons(by=acting(ana), household=household)
        assert (forgotten.size, forgotten.phone, forgotten.origin) == (5, "", "")
        assert list(Member.objects.values_list("name", "tokens")) == [("", [])]
        assert search_households(by=acting(ana), municipality=tenkoro, text="Salimata", purpose="assistance") == []


def test_names_go_when_their_time_is_over(register: Register, tenkoro: Municipality, ana: User) -> None:
    household = register()
    with scope(acting(ana)):
        before = forget_overdue(by=acting(ana), municipality=tenkoro, today=household.keep_until)
        after = forget_overdue(by=acting(ana), municipality=tenkoro, today=household.keep_until + timedelta(days=1))
    assert (before, after) == (0, 1)


def test_who_left_stays_in_the_register_and_leaves_the_list(
    register: Register, tenkoro: Municipality, ana: User
) -> None:
    household = register()
    with scope(acting(ana)):
        record_leaving(by=acting(ana), household=household, left_on=timezone.localdate())
        present = household_items(tenkoro, acting(ana), now=timezone.now(), wanted=HouseholdFilter())
        left = household_items(tenkoro, acting(ana), now=timezone.now(), wanted=HouseholdFilter(state="left"))
    assert (present, len(left)) == ([], 1)


@pytest.mark.django_db(transaction=True)
def test_turning_the_keys_seals_everything_anew(register: Register, ana: User, key_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(key_file.read_bytes())
    path.chmod(0o600)
    with override_settings(KEYS_FILE=path):
        household = register("Salimata Kaboré", phone="70112233")
        call_command("rotate_keys")
        ring = read_ring(path)
        assert ring is not None
        assert list(ring.keys) == ["k2"]
        with scope(acting(ana)):
            found = Household.objects.get(pk=household.pk)
            assert open_household(by=acting(ana), household=found, purpose="assistance")["phone"] == "70112233"
            with connection.cursor() as cursor:
                cursor.execute("SELECT name FROM municipal_units_member")
                assert cursor.fetchone()[0].startswith("s1:k2:")
            assert search_households(
                by=acting(ana), municipality=household.municipality, text="Salimata", purpose="assistance"
            )


def test_a_key_file_others_may_read_is_refused(key_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "open.json"
    path.write_bytes(key_file.read_bytes())
    path.chmod(0o644)
    with pytest.raises(Locked, match="chmod 600"):
        read_ring(path)
