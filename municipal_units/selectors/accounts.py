"""Accounts as the doors need them."""

import hashlib
from datetime import datetime

from municipal_units.models import ApiToken, User


def token_digest(secret: str) -> str:
    """What is kept of a token: its SHA-256. Tokens are long and random, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def owner_of_token(secret: str, *, now: datetime) -> User | None:
    """The active account behind a token that is neither expired nor revoked."""
    token = (
        ApiToken.objects.select_related("user")
        .filter(digest=token_digest(secret), expires_at__gt=now, revoked_at__isnull=True, user__is_active=True)
        .first()
    )
    return token.user if token else None
