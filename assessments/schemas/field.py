"""What the field app and the server say to each other."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from crisis.lib.wire import Moment

Device = Annotated[str, Field(min_length=1, max_length=100)]
Short = Annotated[str, Field(max_length=200)]


class ReceiptOut(Schema):
    """The phone deletes a record only for a receipt that names it (`instance_id`) and its XML (`sha256`).
    `missing`: photos the record names that have not arrived yet; `files`: the hash of each that has."""

    state: str
    receipt: UUID
    form_id: str
    version: str
    instance_id: str
    sha256: str
    received_at: datetime
    files: dict[str, str]
    missing: list[str]
    reason: str
    detail: str


class ReceiptsOut(Schema):
    receipts: list[ReceiptOut]


class HeldIn(Schema):
    instance_id: Annotated[str, Field(min_length=1, max_length=200)]
    form_id: Short
    title: Short = ""
    place: Short = ""
    state: Annotated[str, Field(max_length=20)]
    at: Moment


class HoldingsIn(Schema):
    device: Device
    records: list[HeldIn]


class HoldingsOut(Schema):
    """`missing`: records another phone of this person said it held, and that never arrived."""

    missing: list[dict[str, Any]]


class PackOut(Schema):
    """All the field app needs without a network."""

    person: dict[str, Any]
    town: dict[str, Any]
    seal: dict[str, str]
    forms: list[dict[str, Any]]
    lists: dict[str, list[dict[str, Any]]]
    visits: list[dict[str, Any]]
    structures: list[tuple[int, float, float]]
    outline: dict[str, Any]
    returned: list[dict[str, Any]]
    take_back_s: int
    server_time: datetime


class HeldByPhoneOut(Schema):
    """A record that a phone says it has and that has not come."""

    instance_id: str
    person: str
    device: str
    form_id: str
    title: str
    place: str
    state: str
    changed_at: datetime
    told_at: datetime
    is_missing: bool
    explanation: str
    explained_by: str
    explained_at: datetime | None


class ExplanationIn(Schema):
    instance_id: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(max_length=1000)]


class ExplainedOut(Schema):
    explained: int
