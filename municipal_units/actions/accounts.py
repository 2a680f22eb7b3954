"""Accounts, assignments and tokens are made here."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from municipal_units.models import ApiToken, Assignment, Municipality, Neighbourhood, User
from municipal_units.permissions import Role
from municipal_units.selectors.accounts import token_digest


@transaction.atomic
def create_account(
    *, username: str, password: str, name: str = "", email: str = "", organisation: str = "", is_demo: bool = False
) -> User:
    """An account without rights; `assign` gives them."""
    first, _, last = name.partition(" ")
    user = User(
        username=username, email=email, first_name=first, last_name=last, organisation=organisation, is_demo=is_demo
    )
    user.set_password(password)
    user.save()
    return user


@transaction.atomic
def assign(
    *,
    user: User,
    role: Role,
    municipality: Municipality,
    neighbourhoods: list[Neighbourhood] | None = None,
    services: list[str] | None = None,
) -> Assignment:
    """Give a person a role in a municipality, optionally narrowed to neighbourhoods and services."""
    assignment, _ = Assignment.objects.get_or_create(user=user, role=role, municipality=municipality)
    assignment.services = services or []
    assignment.save(update_fields=["services"])
    assignment.neighbourhoods.set(neighbourhoods or [])
    return assignment


def create_token(*, user: User, name: str, now: datetime, days: int = 90) -> tuple[ApiToken, str]:
    """A new API token and its secret; the secret is shown once and never stored."""
    secret = "rp_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, digest=token_digest(secret), expires_at=now + timedelta(days=days)
    )
    return token, secret


def revoke_token(*, token: ApiToken, now: datetime) -> ApiToken:
    """The token stops working at once."""
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    return token
