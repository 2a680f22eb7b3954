"""Questions and answers of the API about files on their way in."""

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from crisis.lib.wire import STORABLE, In, Line, PageQuery, Source

Text = Annotated[str, Field(max_length=300, pattern=STORABLE)]


class ImportOut(Schema):
    """How far an import is; accepted + refused = done_rows, and = rows when it is finished."""

    id: int
    kind: str
    file: str
    state: str
    message: str
    rows: int | None
    done_rows: int
    accepted: int
    refused: int
    unchanged: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    stop_requested: bool


class ImportDetail(ImportOut):
    """With what was found in the file, what is chosen, and what would become of its rows. Questions stand in `summary`
    while the state is `asks`."""

    source: str
    inspection: dict[str, Any]
    layers: list[str]
    encoding: str
    mapping: dict[str, str]
    options: dict[str, Any]
    answers: dict[str, Any]
    uses: list[dict[str, Any]]
    summary: dict[str, Any]


class UndoImportIn(In):
    reason: Source


class UndoPreview(Schema):
    """Rows that would go, rows that would get their earlier values, and those left alone with why."""

    withdrawn: int
    put_back: int
    left: int
    rows_left: list[str]


class ChoiceIn(In):
    """What the columns mean, what is said about the whole file, answers to questions. What is not given stays."""

    source: Line = ""
    layers: list[Line] | None = Field(None, max_length=200)
    mapping: dict[Text, Text] | None = Field(None, max_length=500)
    options: dict[Text, Text] | None = Field(None, max_length=100)
    answers: dict[Source, Source] | None = Field(None, max_length=1_000)
    encoding: str | None = Field(None, max_length=40, pattern=STORABLE)


class RowOut(Schema):
    """A row that was not simply taken: its number in the file, why, the text as written."""

    row: int = Field(validation_alias="row_number")
    layer: str
    status: str
    code: str
    field: str
    written: str
    reason: str


class RowQuery(PageQuery):
    status: Literal["", "refused", "noted"] = ""


class SheetQuery(Schema):
    rows: Literal["all", "remarked", "refused"] = "remarked"
    kind: Literal["csv", "xlsx"] = Field("csv", alias="as")
