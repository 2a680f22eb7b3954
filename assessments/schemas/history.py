"""Questions and answers of the API about who changed what, and undoing it."""

from datetime import datetime

from ninja import Schema

from crisis.lib.wire import In, Source
from municipal_units.schemas.history import ChangeOut


class HistoryOut(Schema):
    kind: str
    id: int
    name: str
    deleted_at: datetime | None
    items: list[ChangeOut]


class DeletedOut(Schema):
    kind: str
    id: int
    code: str
    name: str
    deleted_at: datetime


class DeletedListOut(Schema):
    items: list[DeletedOut]


class ReasonIn(In):
    reason: Source


class NormStepOut(Schema):
    """One value a norm had; the newest of a norm that has begun is in force."""

    kind: str
    service: str
    key: str
    unit: str
    phase: str
    value: float
    before: float | None
    valid_from: str
    source: str
    at: datetime
    actor: str


class NormHistoryOut(Schema):
    items: list[NormStepOut]
