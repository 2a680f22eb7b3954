"""What an importer declares, what it is given, and what it says about the rows.

An importer turns a file into portions; a portion ends in the same action as the phone. The machinery around it
(`actions/imports.py`) counts, commits, notes and resumes, and is the same for every kind.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from crisis.lib.errors import FieldError, Invalid
from municipal_units.importing.views import FileView, LayerView
from municipal_units.models import Crisis, ImportBatch, ImportSource, Municipality
from municipal_units.permissions import Actor, Permission

REFUSED, NOTED = "refused", "noted"
CHOOSE = ("", "choose")
MOST_LISTED = 20_000  # remarks of one kind that are listed row by row; refused rows are all listed


@dataclass(frozen=True)
class ColumnUse:
    """Something a column of the file may mean. `words`: headings it is known by (compared without case and accents)."""

    name: str
    label: str
    words: tuple[str, ...] = ()
    required: bool = False
    help: str = ""


@dataclass(frozen=True)
class Option:
    """Something the sender says about the whole file. `kind`: text, date, choice, flag or number."""

    name: str
    label: str
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False
    help: str = ""


@dataclass(frozen=True)
class Question:
    """What has to be answered before rows can be read; `key` is where the answer goes in `answers`.

    `choices`: value and label; the empty value means "leave these rows out".
    """

    key: str
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    column: str = ""
    value: str = ""
    rows: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "text": self.text,
            "choices": [{"value": value, "label": label} for value, label in self.choices],
            "column": self.column,
            "value": self.value,
            "rows": self.rows,
        }


class Unanswered(Invalid):
    """The file holds something that a person has to explain first."""

    code, title = "unanswered", "Something has to be answered first"

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = tuple(questions)
        super().__init__(
            " ".join(question.text for question in questions[:3]),
            fields=[FieldError(f"answers.{question.key}", question.text, "unanswered") for question in questions],
        )


@dataclass(frozen=True)
class RowNote:
    """A row that was refused, or accepted with something worth knowing. `row` is the number the sender sees."""

    row: int
    status: str
    code: str
    reason: str
    field: str = ""
    written: str = ""
    layer: str = ""


@dataclass
class Counted:
    """What became of the rows of a portion; the four figures add up to its rows.

    `unlisted`: remarks that are counted by code but no longer listed one by one, because very many rows share them.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    notes: list[RowNote] = field(default_factory=list)
    unlisted: Counter[str] = field(default_factory=Counter)
    # Of kinds whose imports can be undone as a whole: the new rows, and facts appended to others.
    new_ids: list[int] = field(default_factory=list)
    report_ids: list[int] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.new + self.changed + self.unchanged + self.refused


@dataclass(frozen=True)
class Withdrawn:
    """What undoing an import did: rows taken out, rows with their old values again, rows left alone with why."""

    withdrawn: int = 0
    put_back: int = 0
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Portion:
    """Some rows, and the call that takes them (with True: only says what would happen).

    `write`: where several portions may be written at the same moment, writes this one and gives what counts its rows;
    that is called in the order of portions. Portions without it are taken one after the other.
    """

    rows: int
    take: Callable[[bool], Counted]
    write: Callable[[], Callable[[], Counted]] | None = None


@dataclass(frozen=True)
class ImportContext:
    """Everything an importer may look at."""

    by: Actor
    municipality: Municipality
    batch: ImportBatch
    path: Path
    file: FileView
    layers: tuple[LayerView, ...]
    mapping: Mapping[str, str]
    answers: Mapping[str, str]
    options: Mapping[str, Any]
    source: ImportSource
    crisis: Crisis | None
    today: date

    @property
    def encoding(self) -> str | None:
        return self.batch.encoding or None

    def column(self, use: str) -> str:
        """The file's column for a use, "" when none was chosen."""
        return self.mapping.get(use, "")

    def option(self, name: str) -> str:
        value = self.options.get(name)
        return "" if value is None else str(value).strip()


@dataclass(frozen=True)
class Suggestion:
    """What the machine makes of a file before anybody was asked: layers to read, columns, options, preset."""

    preset: str = ""
    layers: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Importer:
    """One kind of file. Subclasses declare and implement `portions`; they are listed in settings.IMPORTERS."""

    kind: ClassVar[str]
    label: ClassVar[str]
    permission: ClassVar[Permission]
    uses: ClassVar[tuple[ColumnUse, ...]]
    options: ClassVar[tuple[Option, ...]] = ()
    shapes: ClassVar[Collection[str] | None] = None
    personal: ClassVar[bool] = False  # names persons: no samples are kept, remarks repeat nothing, few may look
    looks_first: ClassVar[bool] = False  # `Portion.take(True)` can tell without writing; others are taken back

    def suggest(self, file: FileView, remembered: Mapping[str, str]) -> Suggestion:
        raise NotImplementedError

    def portions(self, context: ImportContext, *, skip_rows: int = 0) -> Iterator[Portion]:
        """The rows of the file in a fixed order, without the first `skip_rows`, which are already taken."""
        raise NotImplementedError

    def afterwards(self, context: ImportContext) -> dict[str, Any]:
        """What must follow a finished import; its result is added to the summary."""
        return {}

    def withdraw(self, *, by: Actor, batch: ImportBatch) -> Withdrawn:
        """Takes back what the import of this batch wrote, by new changes."""
        raise Invalid(
            f"An import of {self.label.lower()} cannot be undone as a whole. Import the earlier file again, or reject"
            " what it brought where that is reviewed."
        )

    def uses_for(self, file: FileView) -> tuple[ColumnUse, ...]:
        """The uses offered for this file."""
        return self.uses
