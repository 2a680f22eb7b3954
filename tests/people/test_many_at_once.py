"""Many households changed at once: each checked by itself, told as one change, taken back as one."""

from datetime import date

import pytest
from django.test import Client

from crisis.lib.errors import Invalid, NotAllowed, NotFound
from municipal_units.actions.household_bulk import change_households, undo_households
from municipal_units.actions.households import change_household
from municipal_units.actions.views import remove_view, save_view
from municipal_units.models import Event, Household, Municipality, SavedView, User
from municipal_units.permissions import scope
from municipal_units.selectors.views import views_of
from tests.conftest import acting
from tests.people.conftest import Register


def test_each_row_is_checked_and_the_whole_is_undone(
    register: Register, tenkoro: Municipality, ana: User, ben: User
) -> None:
    early = register("Awa Kaboré", arrived_on=date(2026, 9, 1))
    late = register("Moussa Zongo", arrived_on=date(2026, 11, 10))
    both = [early.uuid, late.uuid]
    with scope(acting(ben)), pytest.raises(NotAllowed):
        change_households(by=acting(ben), municipality=tenkoro, households=both, changes={"group": "idp"}, reason="x")
    gone = {"left_on": date(2026, 11, 1), "shelter_type": "rented"}
    with scope(acting(ana), door="page"):
        with pytest.raises(Invalid, match="Say why"):
            change_households(by=acting(ana), municipality=tenkoro, households=both, changes=gone, reason=" ")
        with pytest.raises(Invalid, match="many at once: phone"):
            change_households(
                by=acting(ana), municipality=tenkoro, households=both, changes={"phone": ""}, reason="test"
            )
        done = change_households(
            by=acting(ana), municipality=tenkoro, households=both, changes=gone, reason="camp closed"
        )
    assert done.changed == [early.code]
    assert [(code, "before it arrived" in why) for code, why in done.refused] == [(late.code, True)]
    assert done.change is not None
    with scope(acting(ana)):
        late.refresh_from_db()
        assert (late.left_on, late.shelter_type) == (None, "unknown")  # the refused one changed in nothing
        assert Event.objects.filter(kind="household.changed").count() == 1
        assert Household.objects.get(pk=early.pk).left_on == date(2026, 11, 1)
    with scope(acting(ana)):
        back = undo_households(by=acting(ana), municipality=tenkoro, change=done.change, reason="it stays open")
        assert back.changed == [early.code]
        early.refresh_from_db()
        assert (early.left_on, early.shelter_type) == (None, "unknown")


def test_what_somebody_worked_on_since_is_left_and_named(register: Register, tenkoro: Municipality, ana: User) -> None:
    first, second = register("Awa Kaboré"), register("Moussa Zongo")
    with scope(acting(ana)):
        ids = [first.uuid, second.uuid]
        done = change_households(
            by=acting(ana), municipality=tenkoro, households=ids, changes={"shelter_type": "rented"}, reason="survey"
        )
    with scope(acting(ana)):
        change_household(
            by=acting(ana), household=Household.objects.get(pk=second.pk), changes={"shelter_type": "hotel"}
        )
    assert done.change is not None
    with scope(acting(ana)):
        back = undo_households(by=acting(ana), municipality=tenkoro, change=done.change, reason="wrong survey")
        assert (back.changed, [code for code, _ in back.refused]) == ([first.code], [second.code])
        assert Household.objects.get(pk=second.pk).shelter_type == "hotel"


def test_the_page_changes_the_chosen_rows_and_takes_it_back(register: Register, ana: User) -> None:
    household = register("Awa Kaboré")
    desk = Client()
    desk.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    assert f'value="{household.uuid}"' in desk.get("/m/TK/households/").content.decode()
    form = {"household": str(household.uuid), "shelter_type": "rented", "reason": "survey"}
    page = desk.post("/m/TK/households/bulk", form)
    assert page.status_code == 200
    assert "1 household was changed" in page.content.decode()
    assert desk.post("/m/TK/households/bulk", form | {"household": []}).status_code == 422
    change = page.context["outcome"].change
    again = desk.post("/m/TK/households/bulk", {"do": "undo", "change": str(change), "reason": "wrong"})
    assert "as it was" in again.content.decode()


def test_a_view_is_kept_shared_and_removed(tenkoro: Municipality, ana: User, lea: User, paul: User) -> None:
    with scope(acting(ana)):
        kept = {"by": acting(ana), "municipality": tenkoro, "page": "facilities"}
        save_view(**kept, name="Stopped", query="?state=out&page=3", shared=True)  # type: ignore[arg-type]
        save_view(**kept, name="Mine", query="service=water")  # type: ignore[arg-type]
        save_view(**kept, name="Mine", query="service=power")  # type: ignore[arg-type]
        assert dict(SavedView.objects.values_list("name", "query")) == {"Stopped": "state=out", "Mine": "service=power"}
        assert "Mine" not in str(list(Event.objects.values_list("shows", flat=True)))
    with scope(acting(paul)):
        (shared,) = views_of(tenkoro, acting(paul))
        assert shared.name == "Stopped"
        with pytest.raises(NotAllowed):
            remove_view(by=acting(paul), view=shared)
        with pytest.raises(NotAllowed):
            save_view(by=acting(paul), municipality=tenkoro, page="households", name="x", query="")
        with pytest.raises(NotFound):
            save_view(by=acting(paul), municipality=tenkoro, page="nothing", name="x", query="")
    with scope(acting(lea)):
        remove_view(by=acting(lea), view=shared)
        assert not views_of(tenkoro, acting(lea)).exists()


def test_a_view_from_its_list_and_back(tenkoro: Municipality, ana: User) -> None:
    desk = Client()
    desk.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    form = {"page": "households", "name": "In schools", "query": "shelter=school_building&after=x"}
    assert desk.post("/m/TK/views/", form)["Location"] == "/m/TK/households/?shelter=school_building"
    page = desk.get("/m/TK/households/?shelter=school_building").content.decode()
    assert "In schools" in page
    assert 'aria-current="true"' in page
