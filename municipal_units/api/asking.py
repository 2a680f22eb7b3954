"""Who asks: the request as handlers get it after sign-in."""

from django.http import HttpRequest

from municipal_units.permissions import Actor


class Asking(HttpRequest):
    """A request whose asker is known; `by_token` when a token was sent instead of a session."""

    auth: Actor
    by_token: bool = False
