"""What JSON questions and answers share: words the database can keep, numbers that are numbers, pages of a list."""

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

from ninja import Field, Schema
from pydantic import AwareDatetime, ConfigDict

from crisis.lib.errors import FieldError, Invalid

# A null byte is a character for JSON and none for PostgreSQL.
STORABLE = r"^[^\x00]*$"
Word = Annotated[str, Field(max_length=80, pattern=STORABLE)]
Line = Annotated[str, Field(max_length=200, pattern=STORABLE)]
Source = Annotated[str, Field(max_length=300, pattern=STORABLE)]
Note = Annotated[str, Field(max_length=4_000, pattern=STORABLE)]

Number = Annotated[float, Field(allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
# The years in which an observation of a living town can lie; others are typing mistakes.
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 1, 1))]
Moment = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC))]


class In(Schema):
    """A question: a name nobody knows is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid")


class FieldProblem(Schema):
    field: str
    message: str
    code: str


class Problem(Schema):
    """A refusal (RFC 9457, application/problem+json)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str | None = None
    fields: list[FieldProblem] | None = None


class PageQuery(Schema):
    """How much of a list: `cursor` is the `next` of the page before."""

    limit: int = Field(100, ge=1, le=1_000)
    cursor: str = Field("", max_length=600, pattern=STORABLE)


Item = TypeVar("Item")


class Page(Schema, Generic[Item]):
    """Part of a list; `next` is null on the last page, `count` the length of the whole list."""

    items: list[Item]
    next: str | None
    count: int


def page(items: Iterable[Any], *, limit: int, count: int, key: Sequence[str]) -> dict[str, Any]:
    """A page from up to `limit` + 1 items: the one too many only says that there is a next page, which begins after
    the last item shown, recognised by its `key` attributes or entries."""
    found = list(items)
    shown, following = found[:limit], None
    if len(found) > limit:
        last = shown[-1]
        following = encoded_cursor(*[last[name] if isinstance(last, dict) else getattr(last, name) for name in key])
    return {"items": shown, "next": following, "count": count}


def encoded_cursor(*values: Any) -> str:
    text = json.dumps([value.isoformat() if isinstance(value, date) else value for value in values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded_cursor(cursor: str, *kinds: Any) -> tuple[Any, ...] | None:
    """The values a cursor holds, None at the beginning. `kinds` are their types: str, int, date or datetime."""
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise ValueError
        return tuple(_read(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, TypeError, RecursionError, binascii.Error):
        message = "This is no cursor of this list. Begin again without one."
        raise Invalid(message, fields=[FieldError("cursor", message)]) from None


def _read(value: Any, kind: Any) -> Any:
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    if type(value) is not kind or (kind is str and "\x00" in value) or (kind is int and abs(value) >= 2**63):
        raise ValueError
    if kind is str:
        value.encode()
    return value
