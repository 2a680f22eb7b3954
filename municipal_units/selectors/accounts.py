"""Accounts as the doors need them, and who has which right in a municipality."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q

from municipal_units.models import (
    AccessReview,
    ApiToken,
    Assignment,
    Invitation,
    Municipality,
    SafetySettings,
    User,
)
from municipal_units.permissions import NOBODY, Actor, actor_for

HAS_FACTOR = """
SELECT user_id FROM mfa_authenticator WHERE user_id = ANY (%s) AND type IN ('totp', 'webauthn')
"""
LAST_SESSION = """
SELECT user_id, max(last_seen_at) FROM usersessions_usersession WHERE user_id = ANY (%s) GROUP BY user_id
"""


def token_digest(secret: str) -> str:
    """What is kept of a token: its SHA-256. Tokens are long and random, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_behind(secret: str, *, now: datetime) -> ApiToken | None:
    """The token that is neither expired nor revoked, of an account that is active."""
    return (
        ApiToken.objects.select_related("user")
        .filter(digest=token_digest(secret), expires_at__gt=now, revoked_at__isnull=True, user__is_active=True)
        .first()
    )


def actor_of_token(secret: str, *, now: datetime, today: date) -> Actor:
    """Who a token speaks for: its owner, on a phone only in its municipality and for field work; else nobody."""
    token = token_behind(secret, now=now)
    return NOBODY if token is None else actor_for(token.user, today=today, device_of=token.municipality_id)


def town_of_invitation(secret: str) -> int | None:
    """The municipality an invitation leads to; its row is read inside that municipality's scope afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipal_units_town_of_invitation(%s)", [token_digest(secret)])
        (found,) = cursor.fetchone()
    return None if found is None else int(found)


def open_invitation(secret: str, *, now: datetime) -> Invitation | None:
    """The invitation behind a secret, while it can still be accepted."""
    return (
        Invitation.objects.select_related("municipality")
        .filter(digest=token_digest(secret), expires_at__gt=now, revoked_at=None, accepted_at=None)
        .first()
    )


def waiting_invitations(municipality: Municipality, *, now: datetime) -> list[Invitation]:
    found = Invitation.objects.filter(municipality=municipality, accepted_at=None, revoked_at=None)
    return list(found.filter(expires_at__gt=now).order_by("expires_at"))


@dataclass(frozen=True)
class AccessRow:
    """One assignment as the access review shows it."""

    assignment: Assignment
    places: list[str]
    last_seen: datetime | None
    has_second_factor: bool
    devices: int
    keys: int

    @property
    def is_stale(self) -> bool:
        return self.last_seen is None


def access_rows(municipality: Municipality, *, now: datetime) -> list[AccessRow]:
    """Everybody with a right here today, by role and name: who, narrowed to what, last seen when, until when."""
    today = now.date()
    assignments = (
        Assignment.objects.filter(municipality=municipality)
        .filter(Q(ends_on=None) | Q(ends_on__gte=today))
        .select_related("user")
        .prefetch_related("neighbourhoods")
        .order_by("role", "user__last_name", "user__first_name", "pk")
    )
    people = sorted({assignment.user_id for assignment in assignments})
    alive = Q(api_tokens__revoked_at=None, api_tokens__expires_at__gt=now)
    tokens = {
        row["pk"]: row
        for row in User.objects.filter(pk__in=people)
        .values("pk")
        .annotate(
            devices=Count("api_tokens", filter=alive & Q(api_tokens__municipality=municipality)),
            keys=Count("api_tokens", filter=alive & Q(api_tokens__municipality=None)),
            used=Max("api_tokens__last_used_at"),
        )
    }
    with connection.cursor() as cursor:
        cursor.execute(HAS_FACTOR, [people])
        secured = {pk for (pk,) in cursor.fetchall()}
        cursor.execute(LAST_SESSION, [people])
        sessions = dict(cursor.fetchall())
    rows = []
    for assignment in assignments:
        user, counted = assignment.user, tokens[assignment.user_id]
        seen = [moment for moment in (user.last_login, counted["used"], sessions.get(user.pk)) if moment]
        rows.append(
            AccessRow(
                assignment=assignment,
                places=[place.name for place in assignment.neighbourhoods.all()],
                last_seen=max(seen, default=None),
                has_second_factor=user.pk in secured,
                devices=counted["devices"],
                keys=counted["keys"],
            )
        )
    return rows


def safety_of(municipality: Municipality) -> SafetySettings:
    """What the municipality decided about its protection, or the defaults."""
    return SafetySettings.objects.filter(municipality=municipality).first() or SafetySettings(municipality=municipality)


def review_state(municipality: Municipality, *, now: datetime) -> dict[str, Any]:
    """When access was last gone through, and whether it is due again."""
    last = AccessReview.objects.filter(municipality=municipality).select_related("by").order_by("-at").first()
    every = timedelta(days=safety_of(municipality).review_every_days)
    return {"last": last, "due": last is None or last.at + every <= now, "every_days": every.days}
