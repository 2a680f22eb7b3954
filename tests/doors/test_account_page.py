"""The page where keys are made and revoked."""

import re
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from municipal_units.actions.accounts import create_token
from municipal_units.models import ApiToken, Municipality, User
from tests.doors.test_api import Asker


def page_of(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_the_secret_of_a_new_key_is_shown_once_and_works(tenkoro: Municipality, ana: User) -> None:
    client = page_of(ana)
    answer = client.post("/account/tokens/", {"name": "Map on the wall", "days": "14"})
    (secret,) = re.findall(r"rp_[\w-]{43}", answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    assert Asker(secret).get("/api/v1/me")["username"] == "ana"
    again = client.get("/account/tokens/").content.decode()
    assert "Map on the wall" in again
    assert secret not in again
    assert ApiToken.objects.get().digest not in again


def test_a_key_is_revoked_by_its_owner_only(tenkoro: Municipality, ana: User, ben: User) -> None:
    token, secret = create_token(user=ana, name="phone", now=timezone.now())
    assert page_of(ben).post(f"/account/tokens/{token.pk}/revoke").status_code == 404
    assert Asker(secret).get("/api/v1/me")["username"] == "ana"
    assert page_of(ana).post(f"/account/tokens/{token.pk}/revoke").status_code == 302
    Asker(secret).get("/api/v1/me", 401)
    assert page_of(ana).get(f"/account/tokens/{token.pk}/revoke").status_code == 405


def test_a_key_needs_a_name_and_a_known_lifetime(tenkoro: Municipality, ana: User) -> None:
    client = page_of(ana)
    for form in ({"name": " ", "days": "14"}, {"name": "x" * 101, "days": "14"}, {"name": "x", "days": "100000"}):
        answer = client.post("/account/tokens/", form)
        assert answer.status_code == 422
        assert b'role="alert"' in answer.content
    assert not ApiToken.objects.exists()


def test_a_key_of_a_closed_account_opens_nothing(tenkoro: Municipality, ana: User) -> None:
    token, secret = create_token(user=ana, name="phone", now=timezone.now())
    assert token.expires_at - timezone.now() > timedelta(days=89)
    User.objects.filter(pk=ana.pk).update(is_active=False)
    Asker(secret).get("/api/v1/me", 401)
