"""The API: sign-in, routers, and one table that turns every refusal into an answer (RFC 9457)."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.db import Error as DatabaseFailure
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import URLPattern, URLResolver, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.security import APIKeyCookie, HttpBearer

from assessments import api as assessments_api
from crisis import live
from crisis.lib.errors import (
    ERRORS,
    FieldError,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RepriseError,
    TooLarge,
    from_database,
    problem,
    problem_headers,
)
from crisis.lib.wire import Problem
from damage import api as damage_api
from municipal_units import api as municipal_units_api
from municipal_units.permissions import Actor

logger = logging.getLogger(__name__)
PROBLEM_JSON = "application/problem+json"


class Token(HttpBearer):
    """A token made on the account page. The middleware has looked it up; a wrong one is nobody."""

    openapi_name = "token"

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        return known(request) if getattr(request, "by_token", False) else None


class Session(APIKeyCookie):
    """The cookie of a signed-in page. What changes something needs its CSRF token as well."""

    param_name = settings.SESSION_COOKIE_NAME
    openapi_name = "session"

    def __call__(self, request: HttpRequest) -> Actor | None:
        if getattr(request, "by_token", False) or known(request) is None:
            return None
        return super().__call__(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        return known(request)


def known(request: HttpRequest) -> Actor | None:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor if actor.user_id is not None else None


class RepriseAPI(NinjaAPI):
    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        """The OpenAPI document, with the refusal every operation can answer."""
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        refusal = {"description": "A refusal that says what to do", "content": content}
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"]["default"] = refusal
        schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= schema.pop("$defs", {}) | {"Problem": schema}
        return document


api = RepriseAPI(
    title="Reprise",
    version="1",
    description="Everything the pages do. Lists go on with `cursor`; refusals are problem details.",
    auth=[Token(), Session()],
    docs_url=None,  # the reader's page would load its scripts from elsewhere
    openapi_url="/openapi.json",
    urls_namespace="api",
)
for router in (*municipal_units_api.ROUTERS, damage_api.router, *assessments_api.ROUTERS, live.router):
    api.add_router("", router)


def refuse(request: HttpRequest, error: RepriseError) -> HttpResponse:
    response = JsonResponse(problem(error, instance=request.path), status=error.status, content_type=PROBLEM_JSON)
    response["Cache-Control"] = "private, no-store"
    for name, value in problem_headers(error).items():
        response[name] = value
    return response


@api.exception_handler(RepriseError)
def refused(request: HttpRequest, error: RepriseError) -> HttpResponse:
    return refuse(request, error)


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = refuse(request, NotSignedIn())
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ObjectDoesNotExist)
@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Exception) -> HttpResponse:
    return refuse(request, NotFound())


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Which value of the question is wrong, by its name; the parts of the request that hold it are left out."""
    fields = [
        FieldError(".".join(str(part) for part in wrong["loc"][names_before(wrong["loc"]) :]), wrong["msg"])
        for wrong in error.errors
    ]
    return refuse(request, Invalid(fields=fields))


def names_before(loc: tuple[Any, ...]) -> int:
    """`body.facility.code` is told as `code`, `query.limit` as `limit`."""
    if len(loc) > 2 and loc[0] in ("body", "form", "file"):
        return 2
    return 1 if len(loc) > 1 else 0


@api.exception_handler(DatabaseFailure)
@api.exception_handler(psycopg.Error)
def refused_by_database(request: HttpRequest, error: Exception) -> HttpResponse:
    refusal = from_database(error)
    if refusal is None and "NUL" in str(error):
        refusal = Invalid("A text holds a null byte. Remove it.")
    return refuse(request, refusal) if refusal else broken(request, error)


@api.exception_handler(RequestDataTooBig)
@api.exception_handler(TooManyFilesSent)
def too_large(request: HttpRequest, error: Exception) -> HttpResponse:
    return refuse(request, TooLarge())


@api.exception_handler(MultiPartParserError)
@api.exception_handler(SuspiciousOperation)
@api.exception_handler(UnreadablePostError)
def unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return refuse(request, RepriseError("The body cannot be read as what its Content-Type says."))


@api.exception_handler(HttpError)
def by_status(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the framework refuses by itself: a body that is no JSON, a missing CSRF token, a method not known."""
    known = next((kind for kind in ERRORS if kind.status == error.status_code), Invalid)
    if known is NotAllowed:
        return refuse(request, NotAllowed("The page's CSRF token is missing or old. Reload the page and try again."))
    return refuse(request, known(str(error)))


@api.exception_handler(Exception)
def broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """Our own fault: written down loudly, told briefly."""
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    body = {
        "type": "urn:reprise:problem:fault",
        "title": "Something went wrong inside",
        "status": 500,
        "detail": "Nothing was changed. Try again; if it happens again, tell who runs this server when it happened.",
        "code": "fault",
        "instance": request.path,
    }
    return JsonResponse(body, status=500, content_type=PROBLEM_JSON)


@csrf_exempt
def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """An address below the API that is none."""
    return refuse(request, NotFound("There is nothing at this address. /api/v1/openapi.json lists what there is."))


def told_as_problem(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The framework answers a method it does not know in plain text; programs get it like every other refusal."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        refusal = refuse(request, WrongMethod(f"This address does not take {request.method}."))
        refusal["Allow"] = response["Allow"]
        return refusal

    return answer


class WrongMethod(RepriseError):
    code, status, title = "wrong_method", 405, "This cannot be done at this address"


def urls() -> tuple[list[URLPattern | URLResolver], str, str]:
    """The addresses of the API; every answer below them is one a program can read."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        if pattern.callback is not None:
            pattern.callback = told_as_problem(pattern.callback)
    return [*patterns, re_path(r"^(?P<rest>[\s\S]+)$", nowhere)], app_name, namespace
