"""Where a second factor is required, office roles open nothing without one; wrong passwords lock the door."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client, override_settings
from django.utils import timezone

from crisis import live
from municipal_units.actions.accounts import assign, create_token
from municipal_units.models import Municipality, User
from municipal_units.permissions import OFFICE_ROLES, Role
from tests.conftest import PASSWORD, acting
from tests.doors.test_account_page import page_of
from tests.doors.test_api import Asker

REQUIRED = override_settings(SECOND_FACTOR_REQUIRED=True)


@REQUIRED
@pytest.mark.parametrize("role", Role)
def test_office_roles_open_nothing_without_a_second_factor(tenkoro: Municipality, role: Role) -> None:
    user = User.objects.create(username="somebody")
    assign(user=user, role=role, municipality=tenkoro)
    client, (_, secret) = page_of(user), create_token(user=user, name="key", now=timezone.now())
    shut = role in OFFICE_ROLES
    assert bool(acting(user).grants) == (not shut)
    assert client.get("/api/v1/municipalities/TK").status_code == (403 if shut else 200)
    assert Client().get("/tiles/TK/neighbourhoods/0/0/0.mvt").status_code == 401
    assert client.get("/tiles/TK/neighbourhoods/0/0/0.mvt").status_code == (302 if shut else 200)
    nobody: dict[str, object] = {"headers": [], "query_string": b""}
    followed = live.who_follows(nobody, secret, "TK")[1]
    assert (followed is not None) == (not shut and role is not Role.PUBLIC)
    page = client.get("/m/TK/facilities/")
    if shut:
        assert page["Location"] == "/accounts/2fa/"
        assert "a stolen password is not enough" in client.get("/accounts/2fa/").content.decode()
        told = Asker(secret).get("/api/v1/me", 403)
        assert "second factor" in told["detail"]
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    assert acting(user).grants
    assert "a stolen password is not enough" not in client.get("/accounts/2fa/").content.decode()


@REQUIRED
def test_recovery_codes_alone_are_no_second_factor(tenkoro: Municipality, ana: User) -> None:
    Authenticator.objects.create(user=ana, type="recovery_codes", data={"seed": "x", "used_mask": 0})
    assert not acting(ana).grants


def test_the_demonstration_asks_for_none(tenkoro: Municipality, ana: User) -> None:
    assert acting(ana).grants


def test_signing_in_asks_for_the_second_factor_once_it_is_there(tenkoro: Municipality, ana: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ana, secret)
    client = Client()
    answer = client.post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/api/v1/me").status_code == 401


def test_five_wrong_passwords_lock_the_name_for_everybody(tenkoro: Municipality, ana: User, ben: User) -> None:
    for _ in range(5):
        Client().post("/accounts/login/", {"login": "ana", "password": "wrong"})
    told = Client().post("/accounts/login/", {"login": "ana", "password": PASSWORD})
    assert b"Too many failed" in told.content
    assert Client().post("/accounts/login/", {"login": "ben", "password": PASSWORD}).status_code == 302


def test_the_session_list_shows_and_ends_other_sessions(tenkoro: Municipality, ana: User) -> None:
    here, there = Client(headers={"user-agent": "Office browser"}), Client(headers={"user-agent": "Lost laptop"})
    for client in (here, there):
        assert client.post("/accounts/login/", {"login": "ana", "password": PASSWORD}).status_code == 302
    page = here.get("/accounts/sessions/").content.decode()
    assert "Office browser" in page
    assert "Lost laptop" in page
    here.post("/accounts/sessions/")
    assert there.get("/api/v1/me").status_code == 401
    assert here.get("/api/v1/me").status_code == 200
