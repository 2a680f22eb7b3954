"""Every request runs as somebody, inside that somebody's scope; errors leave nothing behind."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect
from django.utils import timezone

from crisis.lib.errors import Busy, NotAllowed, problem, problem_headers
from crisis.openrosa import openrosa_actor
from municipal_units.permissions import NOBODY, Actor, actor_for, scope
from municipal_units.selectors.accounts import actor_of_token

logger = logging.getLogger(__name__)
COMPRESSED = ("text/", "application/json", "application/geo+json", "application/problem+json")
UNSCOPED_PATHS = ("/static/", "/healthz", "/readyz")


class ScopeMiddleware:
    """Sets `request.actor` from the session or a Bearer token and opens its scope around the view.

    The transaction commits before the first byte of the answer leaves; an answer of 400 or above rolls it back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(UNSCOPED_PATHS):
            return self.get_response(request)
        try:
            return self.in_scope(request)
        except (OperationalError, InterfaceError):
            logger.exception("the database did not answer")
            connection.close()
            return unready()

    def in_scope(self, request: HttpRequest) -> HttpResponse:
        request.actor = actor_of(request)  # type: ignore[attr-defined]
        actor: Actor = request.actor  # type: ignore[attr-defined]
        with scope(actor, statement_timeout_ms=settings.STATEMENT_TIMEOUT_MS, door=door_of(request)):
            response = self.get_response(request)
            if response.status_code >= 400:
                transaction.set_rollback(True)
        return response


def unready() -> HttpResponse:
    """The database went away: nothing was changed, and programs and phones know when to come back."""
    error = Busy("The database is not there just now; nothing was changed. Try again in a moment.", retry_after_s=5)
    response = JsonResponse(problem(error), status=error.status, content_type="application/problem+json")
    for name, value in problem_headers(error).items():
        response[name] = value
    return response


def actor_of(request: HttpRequest) -> Actor:
    """The person behind a request. A token, when given, counts alone: a wrong one makes nobody, not the session."""
    if (sender := openrosa_actor(request)) is not None:
        return sender
    today = timezone.localdate()
    header = request.headers.get("Authorization", "")
    if header.lower().startswith("bearer "):
        request.by_token = True  # type: ignore[attr-defined]
        return actor_of_token(header[7:].strip(), now=timezone.now(), today=today)
    if request.user.is_authenticated:
        return actor_for(request.user, today=today)
    return NOBODY


class SecondFactorMiddleware:
    """Brings whoever lacks a required second factor to the page where it is set up. The rights of office roles are
    empty until then (`actor_for`), so nothing depends on this door: it only says why."""

    FREE = ("/accounts/", "/account/", "/invitation/", "/static/", "/help/", "/language", "/healthz", "/readyz")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = getattr(request, "actor", NOBODY)
        if not actor.needs_second_factor or request.path.startswith(self.FREE):
            return self.get_response(request)
        if request.path.startswith("/api/") or getattr(request, "by_token", False):
            why = NotAllowed("Set up a second factor on your account page first; your role needs one here.")
            return JsonResponse(
                problem(why, instance=request.path), status=403, content_type="application/problem+json"
            )
        return redirect("mfa_index")


def door_of(request: HttpRequest) -> str:
    """Through what a change came, as its history says it."""
    if getattr(request, "by_token", False):
        return "program"
    return "phone" if request.path.startswith("/field") else "page"


class CompressTextMiddleware(GZipMiddleware):
    """Pages, scripts and JSON go compressed, a sixth of their size; tiles and files go as they are, because their
    bytes hardly shrink and their speed counts."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith(COMPRESSED):
            return response
        return super().process_response(request, response)
