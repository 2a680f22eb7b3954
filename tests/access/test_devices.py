"""Phones in the field: one municipality, field work only, fourteen days, refused from the moment they are revoked."""

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from municipal_units.actions.accounts import add_device, assign, end_access
from municipal_units.models import ApiToken, Assignment, Municipality, User
from municipal_units.permissions import FIELD_RIGHTS, Permission, Role, scope
from municipal_units.selectors.accounts import actor_of_token
from tests.conftest import acting
from tests.doors.test_account_page import page_of
from tests.doors.test_api import Asker


def phone_of(user: User, town: Municipality) -> tuple[ApiToken, str]:
    with scope(acting(user)):
        return add_device(by=acting(user), municipality=town, user=user, name="Phone 3", now=timezone.now())


def test_the_code_is_shown_once_and_only_its_digest_kept(tenkoro: Municipality, ana: User, ben: User) -> None:
    held = Assignment.objects.get(user=ben)
    answer = page_of(ana).post(f"/m/TK/people/{held.pk}/phone")
    secret = re.findall(r"rd_[\w-]{43}", answer.content.decode())[0]
    assert "data:image/svg+xml" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    token = ApiToken.objects.get()
    assert token.digest != secret
    assert timedelta(days=13) < token.expires_at - timezone.now() <= timedelta(days=14)
    assert Asker(secret).get("/api/v1/me")["username"] == "ben"


def test_a_phone_works_in_one_town_for_field_work_only(tenkoro: Municipality, barsalo: Municipality, ben: User) -> None:
    assign(user=ben, role=Role.COORDINATOR, municipality=tenkoro)
    assign(user=ben, role=Role.ENUMERATOR, municipality=barsalo)
    _, secret = phone_of(ben, tenkoro)
    now = timezone.now()
    actor = actor_of_token(secret, now=now, today=now.date())
    assert actor.municipality_ids == {tenkoro.pk}
    assert {right for right in Permission if actor.may(right, tenkoro.pk)} <= FIELD_RIGHTS
    assert actor.may(Permission.ASSESS_DAMAGE, tenkoro.pk)
    Asker(secret).get("/api/v1/municipalities/BS", 404)
    Asker(secret).get("/api/v1/municipalities/TK/people", 403)


def test_a_revoked_phone_is_refused_at_its_next_request(tenkoro: Municipality, ana: User, ben: User) -> None:
    token, secret = phone_of(ben, tenkoro)
    assert page_of(ana).post(f"/account/phones/{token.pk}/revoke").status_code == 302
    Asker(secret).get("/api/v1/me", 401)


def test_ending_access_ends_the_phones_too(tenkoro: Municipality, ana: User, ben: User) -> None:
    _, secret = phone_of(ben, tenkoro)
    held = Assignment.objects.get(user=ben)
    with scope(acting(ana)):
        end_access(by=acting(ana), municipality=tenkoro, assignment_id=held.pk, now=timezone.now())
    Asker(secret).get("/api/v1/me", 401)
    assert not acting(ben).grants


def test_nobody_makes_the_phone_of_an_office_account(tenkoro: Municipality, ana: User, lea: User, paul: User) -> None:
    for user in (lea, paul):
        held = Assignment.objects.get(user=user)
        answer = page_of(ana).post(f"/m/TK/people/{held.pk}/phone")
        assert answer.status_code == 403
    assert not ApiToken.objects.exists()


def test_a_phone_manages_no_access(tenkoro: Municipality, ben: User, ana: User) -> None:
    token, secret = phone_of(ben, tenkoro)
    assert page_of(ben).post(f"/account/phones/{token.pk}/revoke").status_code == 302
    assert Client().get("/account/phones/", headers={"Authorization": f"Bearer {secret}"}).status_code == 302
