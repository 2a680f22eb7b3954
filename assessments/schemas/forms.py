"""Questions and answers of the API about field forms."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

from crisis.lib.wire import In, Latitude, Longitude, Note, PageQuery, Word


class RecordIn(Schema):
    """One filled form as our app sends it. `answers` go by path of the question ("/grade"), everything as text: numbers
    in digits, moments as ISO 8601, positions as "lat lon altitude accuracy", several choices with blanks between,
    photos by the name under which the file is sent."""

    model_config = ConfigDict(extra="ignore")

    form_id: str = Field(max_length=200)
    version: str = Field("", max_length=200)
    instance_id: str = Field(max_length=200)
    replaces: str = Field("", max_length=200)
    answers: dict[str, str] = Field(max_length=2_000)
    device: str = Field("", max_length=200)


class SubmissionReceipt(Schema):
    """True once it arrives: the record survives a power cut. `record_sha256` is of the text sent as `record`, so a
    phone knows that this is the answer to its question and not a page of some other network. `missing`: files named
    in the answers that are not here yet. `state` kept_aside: taken, but a supervisor looks at it (`reason`)."""

    state: Literal["stored", "kept_aside", "withdrawn"]
    receipt: UUID
    form_id: str
    version: str
    instance_id: str
    record_sha256: str
    sha256: str
    received_at: datetime
    files: dict[str, str]
    missing: list[str]
    complete: bool
    reason: str
    detail: str


class FormOut(Schema):
    id: int
    form_id: str
    version: str
    title: str
    home: str
    state: str
    md5: str
    is_standard: bool
    collect_only: list[str]
    published_at: datetime


class FormDetail(FormOut):
    """With the JSON form (assessments/core/forms/compiler.py says what is in it)."""

    definition: dict[str, Any]


class FormPreview(Schema):
    form_id: str
    version: str
    title: str
    home: str
    definition: dict[str, Any]
    warnings: list[str]


class FormStateIn(In):
    state: Literal["open", "closed"]


class MineOut(Schema):
    """One of the asker's own records with what became of it."""

    id: int
    receipt: UUID
    form_id: str
    title: str
    instance_id: str
    subject: str
    place_code: str
    received_at: datetime
    observed_at: datetime | None
    review_state: str
    review_reason: str
    reviewed_at: datetime | None
    complete: bool
    missing: list[str]


class FactOut(Schema):
    kind: str
    path: str
    fact_id: UUID
    row_id: int | None
    state: str
    problem: str


class FileOut(Schema):
    id: int
    name: str
    sha256: str
    size: int


class SubmissionOut(MineOut):
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    neighbourhood: int | None
    submitted_by: str
    door: str
    is_current: bool
    problems: list[dict[str, Any]]
    headline: str
    duplicates: int


class SubmissionDetail(SubmissionOut):
    """`before`: the answers of the record it replaces. `others`: other records about the same building."""

    answers: dict[str, str]
    before: dict[str, str] | None
    facts: list[FactOut]
    files: list[FileOut]
    others: list[dict[str, Any]]


class SubmissionQuery(PageQuery):
    state: Literal["", "waiting", "received", "has_issues", "accepted", "rejected", "withdrawn"] = "waiting"
    form: Word = ""
    neighbourhood: int | None = Field(None, ge=1, le=2**63 - 1)


class ReviewIn(In):
    """`lon` and `lat` put a report without a position on the map."""

    state: Literal["accepted", "has_issues", "rejected"]
    reason: Note = ""
    lon: Longitude | None = None
    lat: Latitude | None = None


class KeptAsideOut(Schema):
    id: int
    receipt: UUID
    form_id: str = Field(validation_alias="form_id_text")
    version: str
    instance_id: str
    reason: str
    detail: str
    submission: int | None = Field(None, validation_alias="submission_id")
    received_at: datetime
    settled_at: datetime | None
    outcome: str


class SettleIn(In):
    take: bool


class ExportQuery(Schema):
    form: Word = "damage_rapid"
