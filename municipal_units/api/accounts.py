"""The asker's own account and tokens. Tokens are managed from a signed-in page only, never with a token."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router, Status

from crisis.lib.errors import NotAllowed, NotFound
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from municipal_units.actions.accounts import create_token, revoke_token
from municipal_units.api.asking import Asking
from municipal_units.models import ApiToken, Municipality, User
from municipal_units.schemas.registers import MeOut, NewTokenOut, TokenIn, TokenOut

router = Router(tags=["account"])


@router.get("/me", response=MeOut, operation_id="me")
def me(request: Asking) -> dict[str, Any]:
    """Who the server takes the asker for, and with which roles where."""
    user = asker(request)
    codes = dict(Municipality.objects.filter(pk__in=request.auth.municipality_ids).values_list("pk", "code"))
    return {
        "username": user.username,
        "name": user.get_full_name(),
        "organisation": user.organisation,
        "language": user.language,
        "by_token": getattr(request, "by_token", False),
        "grants": [
            {
                "municipality": codes[grant.municipality_id],
                "role": grant.role.value,
                "neighbourhoods": sorted(grant.neighbourhood_ids),
                "services": sorted(grant.services),
            }
            for grant in request.auth.grants
        ],
    }


@router.get("/tokens", response=Page[TokenOut], operation_id="tokens")
def tokens(request: Asking, query: Query[PageQuery]) -> dict[str, Any]:
    """The asker's tokens, newest first; their secrets are not kept."""
    mine = ApiToken.objects.filter(user=signed_in(request), municipality=None)
    after = decoded_cursor(query.cursor, int)
    rows = mine.filter(pk__lt=after[0]) if after else mine
    return page(rows.order_by("-pk")[: query.limit + 1], limit=query.limit, count=mine.count(), key=["pk"])


@router.post("/tokens", response={201: NewTokenOut}, operation_id="create_token")
def create(request: Asking, token: TokenIn) -> Status[ApiToken]:
    """A new token; its secret is in this answer and nowhere else."""
    made, secret = create_token(user=signed_in(request), name=token.name, now=timezone.now(), days=token.days)
    made.secret = secret  # type: ignore[attr-defined]
    return Status(201, made)


@router.delete("/tokens/{int:token_id}", response={204: None}, operation_id="revoke_token")
def revoke(request: Asking, token_id: int) -> HttpResponse:
    """The token stops working at once."""
    found = ApiToken.objects.filter(
        user=signed_in(request), pk=token_id, municipality=None, revoked_at__isnull=True
    ).first()
    if found is None:
        raise NotFound("There is no such token, or it was revoked before.")
    revoke_token(token=found, now=timezone.now())
    return HttpResponse(status=204)


def signed_in(request: Asking) -> User:
    if getattr(request, "by_token", False):
        raise NotAllowed("Tokens are made and revoked on the account page, after signing in.")
    return asker(request)


def asker(request: Asking) -> User:
    assert request.auth.user_id is not None, "the API knows nobody without an account"
    return User.objects.get(pk=request.auth.user_id)
