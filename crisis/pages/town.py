"""What the pages of a town share: who may look, whose town it is, what the bar and the scripts need."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language

from crisis.lib.errors import NotAllowed, NotFound
from crisis.pages.words import shared as words
from municipal_units.models import Municipality
from municipal_units.permissions import Actor, Permission, require_somewhere

View = Callable[..., HttpResponseBase]


def town_page(permission: Permission) -> Callable[[View], View]:
    """A page about one municipality: signed in, allowed there, and refused in words otherwise."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, code: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            actor = actor_of(request)
            municipality = Municipality.objects.filter(code=code, pk__in=actor.municipality_ids).first()
            if municipality is None:
                raise Http404
            try:
                require_somewhere(actor, permission, municipality)
                return view(request, municipality, **kwargs)
            except NotFound as missing:
                raise Http404(missing.message) from missing
            except NotAllowed as refusal:
                raise PermissionDenied(refusal.message) from refusal

        return answer

    return decorate


def actor_of(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def town_context(municipality: Municipality, section: str) -> dict[str, Any]:
    """What the base page needs: the town in the bar, which part of it is open, the words of the scripts."""
    local = getattr(municipality, f"name_{(get_language() or 'en')[:2]}", "")
    return {
        "municipality": municipality,
        "town_name": local or municipality.name,
        "section": section,
        "words": words.script_words(),
    }


def plain(value: Any) -> Any:
    """A cell nobody's spreadsheet runs as a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 403 page, with the sentence of the refusal."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)
