"""One change of a record, as the API tells it."""

from datetime import datetime
from uuid import UUID

from ninja import Schema

from crisis.lib.wire import In, Source


class FieldChangeOut(Schema):
    """`sealed`: a name or phone changed; what it was is told nowhere."""

    name: str
    before: str
    after: str
    part: str
    title: str
    sealed: bool


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


class UndoIn(In):
    """Which change, as the history names it, and why it is undone."""

    change: UUID
    reason: Source
