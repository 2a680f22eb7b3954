"""Questions and answers of the API about who changed what, and undoing it."""

from datetime import datetime
from uuid import UUID

from ninja import Schema

from crisis.lib.wire import In, Source


class FieldChangeOut(Schema):
    name: str
    before: str
    after: str
    part: str
    title: str


class ChangeOut(Schema):
    """One action on a record: `id` names it for undoing, `door` says how it came (page, program, phone, job)."""

    id: UUID | None
    at: datetime
    actor: str
    door: str
    reason: str
    events: list[str]
    fields: list[FieldChangeOut]
    may_be_undone: bool


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


class UndoIn(In):
    change: UUID
    reason: Source


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
