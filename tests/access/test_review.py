"""The access review: who has which right here, ended with one click, due again every quarter."""

from datetime import timedelta

from django.utils import timezone

from municipal_units.models import AccessReview, Assignment, Municipality, User
from municipal_units.permissions import scope
from municipal_units.selectors.accounts import review_state
from tests.conftest import acting
from tests.doors.test_account_page import page_of


def test_the_page_lists_everybody_with_a_right_and_nobody_else(
    tenkoro: Municipality, ana: User, ben: User, cleo: User
) -> None:
    page = page_of(ana).get("/m/TK/people/").content.decode()
    assert "Ana Sawadogo" in page
    assert "Ben Traore" in page
    assert "Cleo" not in page
    assert [one["name"] for one in page_of(ana).get("/api/v1/municipalities/TK/people").json()["items"]] == [
        "Ana Sawadogo",
        "Ben Traore",
    ]


def test_one_click_ends_access_at_once(tenkoro: Municipality, ana: User, ben: User) -> None:
    held, his = Assignment.objects.get(user=ben), page_of(ben)
    assert his.get("/m/TK/facilities/").status_code == 200
    assert page_of(ana).post(f"/m/TK/people/{held.pk}/end").status_code == 302
    assert his.get("/m/TK/facilities/").status_code == 404
    assert "Ben Traore" not in page_of(ana).get("/m/TK/people/").content.decode()


def test_a_coordinator_cannot_lock_herself_out(tenkoro: Municipality, ana: User) -> None:
    held = Assignment.objects.get(user=ana)
    assert page_of(ana).post(f"/m/TK/people/{held.pk}/end").status_code == 403
    assert acting(ana).grants


def test_the_review_is_due_every_quarter(tenkoro: Municipality, ana: User) -> None:
    now, client = timezone.now(), page_of(ana)
    assert "due to be gone through" in client.get("/m/TK/people/").content.decode()
    assert client.post("/m/TK/people/reviewed").status_code == 302
    assert "due to be gone through" not in client.get("/m/TK/people/").content.decode()
    with scope(acting(ana)):
        assert AccessReview.objects.get().people == 1
        assert not review_state(tenkoro, now=now + timedelta(days=91))["due"]
        assert review_state(tenkoro, now=now + timedelta(days=93))["due"]
