"""Everything that can be refused, once: code, HTTP status and a sentence for the person who can put it right.

The API and the pages turn these into answers in one place (`problem`). A message says what was wrong, with which value,
and what to do; it never holds a person's data, SQL or a path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one value. `field` is its name or dotted path; `code` is stable, `message` is for people."""

    field: str
    message: str
    code: str = "invalid"


class RepriseError(Exception):
    """A refusal that a person can do something about. Subclasses only set the four class values."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "This cannot be done"
    default: ClassVar[str] = "Something in the request is wrong. Look at it again."

    def __init__(
        self, message: str = "", *, fields: Sequence[FieldError] = (), retry_after_s: int | None = None
    ) -> None:
        self.message = message or self.default
        self.fields = tuple(fields)
        self.retry_after_s = retry_after_s
        super().__init__(self.message)


class NotSignedIn(RepriseError):
    code, status = "not_signed_in", 401
    title = "Sign in first"
    default = "Sign in, or send a valid token."


class NotAllowed(RepriseError):
    code, status = "not_allowed", 403
    title = "Your role does not allow this"
    default = "Your role does not allow this here. Ask the coordinator of the municipality."


class NotFound(RepriseError):
    """Also the answer for what exists but may not be seen: the two must look alike."""

    code, status = "not_found", 404
    title = "Not found"
    default = "There is nothing here under this address, or you may not see it."


class Conflict(RepriseError):
    code, status = "conflict", 409
    title = "This is already there with other content"
    default = "The same thing was already recorded with other values. Read it again, then send a correction."


class Gone(RepriseError):
    code, status = "gone", 410
    title = "No longer there"
    default = "This was withdrawn or has expired. Ask for a new one."


class Outdated(RepriseError):
    code, status = "outdated", 412
    title = "Somebody changed this meanwhile"
    default = "Somebody changed this after you opened it. Read it again and repeat your change."


class TooLarge(RepriseError):
    code, status = "too_large", 413
    title = "Too large"
    default = "This is larger than allowed. Send it in parts."


class Unsupported(RepriseError):
    code, status = "unsupported", 415
    title = "This kind of file is not read here"
    default = "Send GeoJSON, GeoPackage, a zipped shapefile, FlatGeobuf, KML, CSV or XLSX."


class Invalid(RepriseError):
    code, status = "invalid", 422
    title = "Some values are not right"
    default = "Some values are not right. Correct them and send again."


class Unreadable(RepriseError):
    """A file that cannot be read as what it claims to be."""

    code, status = "unreadable", 422
    title = "The file cannot be read"
    default = "The file is damaged or incomplete. Save it again and send it once more."


class TooMany(RepriseError):
    code, status = "too_many", 429
    title = "Too many requests"
    default = "Too many requests in a short time. Wait a little and try again."


class Locked(RepriseError):
    """Personal data cannot be opened: the keys are kept elsewhere and are not here."""

    code, status = "locked", 503
    title = "Personal data is locked"
    default = (
        "The key file is not on this server, so nothing about persons is shown. Whoever runs it can bring it back."
    )


class Busy(RepriseError):
    code, status = "busy", 503
    title = "Busy just now"
    default = "The server is busy with something that comes first. Try again in a moment."


ERRORS: tuple[type[RepriseError], ...] = (
    NotSignedIn,
    NotAllowed,
    NotFound,
    Conflict,
    Gone,
    Outdated,
    TooLarge,
    Unsupported,
    Invalid,
    Unreadable,
    TooMany,
    Busy,
    Locked,
)


def problem(error: RepriseError, *, instance: str = "") -> dict[str, Any]:
    """The body of an `application/problem+json` answer (RFC 9457)."""
    body: dict[str, Any] = {
        "type": f"urn:reprise:problem:{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
    }
    if instance:
        body["instance"] = instance
    if error.fields:
        body["fields"] = [{"field": f.field, "message": f.message, "code": f.code} for f in error.fields]
    return body


def problem_headers(error: RepriseError) -> dict[str, str]:
    """Headers that belong to the refusal."""
    return {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}


# What PostgreSQL's refusals mean (SQLSTATE, appendix A of its manual).
DATABASE_REFUSALS: Mapping[str, tuple[type[RepriseError], str]] = {
    "23505": (Conflict, "The same thing is already recorded. Open it instead of sending it again."),
    "23P01": (Conflict, "This overlaps in time with what is already recorded. Change the dates."),
    "23503": (Conflict, "This refers to something that is not there, or is still used by something else."),
    "23514": (Invalid, "A value is outside what is possible here. Correct it and send again."),
    "23502": (Invalid, "A required value is missing. Fill it in and send again."),
    "22001": (Invalid, "A text is too long. Shorten it and send again."),
    "22003": (Invalid, "A number is too large. Correct it and send again."),
    "22021": (Invalid, "A text holds characters that cannot be stored, such as a null byte. Remove them."),
    "42501": (NotAllowed, NotAllowed.default),
    "57014": (Busy, "This took too long and was stopped; nothing was changed. Ask for less at a time."),
    "55P03": (Busy, Busy.default),
    "40001": (Busy, Busy.default),
    "40P01": (Busy, Busy.default),
}


@dataclass(frozen=True)
class Refusal:
    """The sentence for one named constraint, given by the app that made it."""

    message: str
    error: type[RepriseError] | None = None
    fields: tuple[str, ...] = field(default=())


def from_database(failure: BaseException, refusals: Mapping[str, Refusal] | None = None) -> RepriseError | None:
    """Translates a database refusal by constraint name, else by SQLSTATE; None when it is not a refusal but a fault."""
    cause = failure.__cause__ if getattr(failure, "sqlstate", None) is None else failure
    known = DATABASE_REFUSALS.get(getattr(cause, "sqlstate", None) or "")
    if known is None:
        return None
    error, message = known
    named = (refusals or {}).get(getattr(getattr(cause, "diag", None), "constraint_name", None) or "")
    if named is None:
        return error(message)
    fields = [FieldError(name, named.message) for name in named.fields]
    return (named.error or error)(named.message, fields=fields)
