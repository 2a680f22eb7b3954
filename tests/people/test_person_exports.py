"""Long lists with names leave only when a second person agreed, for a time, and everything about it is told."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from crisis.lib.errors import Conflict, Invalid, NotAllowed
from municipal_units.actions.accounts import assign
from municipal_units.actions.person_exports import answer_export, ask_export, open_households, take_export
from municipal_units.models import Event, Municipality, PersonAccess, PersonExport, SafetySettings, User
from municipal_units.permissions import Role, scope
from municipal_units.selectors.households import HouseholdFilter
from tests.conftest import acting
from tests.doors.test_api import TK
from tests.people.conftest import Register

ALL = HouseholdFilter()


@pytest.fixture
def two_at_most(tenkoro: Municipality, register: Register, ana: User) -> None:
    """Three households in a town that lets two leave without a second person."""
    for name in ("Awa Kaboré", "Moussa Zongo", "Salimata Barry"):
        register(name, phone="70112233" if name.startswith("Awa") else "")
    with scope(acting(ana)):
        SafetySettings.objects.create(municipality=tenkoro, most_taken_alone=2, export_hours=4)


@pytest.fixture
def asked(two_at_most: None, tenkoro: Municipality, ana: User) -> PersonExport:
    with scope(acting(ana)):
        return ask_export(by=acting(ana), municipality=tenkoro, wanted=ALL, purpose="verification")


def test_one_person_alone_takes_a_short_list_only(two_at_most: None, tenkoro: Municipality, ana: User) -> None:
    with scope(acting(ana)), pytest.raises(Invalid, match="a second person has to agree"):
        open_households(by=acting(ana), municipality=tenkoro, wanted=ALL, purpose="verification")
    with scope(acting(ana)):
        few = HouseholdFilter(group="refugee")
        assert list(open_households(by=acting(ana), municipality=tenkoro, wanted=few, purpose="verification")) == []
        with pytest.raises(Invalid, match="can be taken at once"):
            ask_export(by=acting(ana), municipality=tenkoro, wanted=few, purpose="verification")


def test_nobody_answers_their_own_request(asked: PersonExport, ana: User, ben: User, lea: User) -> None:
    with scope(acting(ana)):
        with pytest.raises(Conflict, match="yourself"):
            answer_export(by=acting(ana), export=asked, granted=True)
        with pytest.raises(Conflict, match="Nobody has granted"):
            take_export(by=acting(ana), export=asked)
        with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
            PersonExport.objects.filter(pk=asked.pk).update(decided_by=ana)
    with scope(acting(ben)), pytest.raises(NotAllowed):
        answer_export(by=acting(ben), export=asked, granted=True)
    with scope(acting(lea)), pytest.raises(Invalid, match="why not"):
        answer_export(by=acting(lea), export=asked, granted=False)


def test_a_granted_list_is_taken_by_who_asked_until_its_time_is_over(
    asked: PersonExport, tenkoro: Municipality, register: Register, ana: User, lea: User
) -> None:
    with scope(acting(lea)):
        granted = answer_export(by=acting(lea), export=asked, granted=True)
        with pytest.raises(NotAllowed):
            take_export(by=acting(lea), export=granted)
        assert not PersonAccess.objects.exists()
    register("Late Comer")
    other = User.objects.create(username="second", first_name="Second")
    assign(user=other, role=Role.COORDINATOR, municipality=tenkoro)
    with scope(acting(other)), pytest.raises(NotAllowed, match="Only who asked"):
        take_export(by=acting(other), export=granted)
    with scope(acting(ana)):
        names = [one["members"][0]["name"] for one in take_export(by=acting(ana), export=granted)]
        assert names == ["Awa Kaboré", "Moussa Zongo", "Salimata Barry"]  # nobody registered since
        look = PersonAccess.objects.get()
        assert (look.by, look.kind, look.purpose, look.households) == (ana, "export", "verification", 3)
        kinds = list(Event.objects.filter(kind__startswith="person_export").order_by("pk").values_list("kind", "by_id"))
        assert kinds == [
            ("person_export.asked", ana.pk),
            ("person_export.answered", lea.pk),
            ("person_export.taken", ana.pk),
        ]
        assert "Awa" not in str(list(Event.objects.values_list("shows", flat=True)))
        PersonExport.objects.filter(pk=asked.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        with pytest.raises(Conflict, match="time to take this list is over"):
            take_export(by=acting(ana), export=granted)


def test_the_same_through_the_api_and_the_page(
    asked: PersonExport, ana: User, lea: User, token_of: Callable[[User], str]
) -> None:
    coordinator = Client(headers={"Authorization": f"Bearer {token_of(ana)}"})
    lead = Client(headers={"Authorization": f"Bearer {token_of(lea)}"})
    (waiting,) = lead.get(f"{TK}/person-exports").json()["items"]
    assert (waiting["households"], waiting["may_answer"], waiting["may_take"]) == (3, True, False)
    one = f"{TK}/person-exports/{asked.uuid}"
    assert coordinator.post(f"{one}/sheet").status_code == 409
    assert lead.post(f"{one}/answer", {"granted": True}, content_type="application/json").status_code == 200
    assert lead.post(f"{one}/sheet").status_code == 403
    sheet = load_workbook(BytesIO(coordinator.post(f"{one}/sheet").getvalue())).active
    written = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert len(written) == 4
    assert "Awa Kaboré" in written[1]
    desk = Client()
    desk.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    page = desk.get("/m/TK/person-exports/").content.decode()
    assert "Take the list" in page
    assert "Awa" not in page
    taken = desk.post("/m/TK/person-exports/", {"do": "take", "export": str(asked.uuid)})
    assert taken["Cache-Control"] == "private, no-store"
    assert taken.getvalue()[:2] == b"PK"


def test_persons_are_corrected_on_the_page_and_opened_again_for_the_same_purpose(register: Register, ana: User) -> None:
    household = register("Awa Kaboré", size=1)
    desk = Client()
    desk.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    address = f"/m/TK/households/{household.uuid}/"
    assert "Awa Kabor" not in desk.get(address).content.decode()
    opened = desk.post(address, {"do": "open", "purpose": "correction"}).content.decode()
    assert "Awa Kaboré" in opened
    form = {"do": "add-member", "purpose": "correction", "name": "Issa Kaboré", "age": "9", "sex": "m"}
    assert desk.post(address, form).status_code == 302
    assert "Issa Kaboré" in desk.get(address).content.decode()
    assert "Issa Kaboré" not in desk.get(address).content.decode()  # once, not for the whole session
    with scope(acting(ana)):
        assert [look.purpose for look in PersonAccess.objects.all()] == ["correction"] * 2
        issa = household.members.get(is_head=False)
    gone = {"do": "remove-member", "purpose": "", "member": str(issa.pk), "reason": "moved_out", "size": "1"}
    assert desk.post(address, gone).status_code == 302
    history = desk.get(f"{address}history/").content.decode()
    assert "Moved out" in history
    assert "Issa" not in history
    log = desk.get("/m/TK/person-access/?kind=view").content.decode()
    assert "To correct it" in log
    assert "Awa" not in log
