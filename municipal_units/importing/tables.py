"""Importers whose rows become row objects: a declared sheet, read whole, each good row handed to a bulk action."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from crisis.lib.cells import NumberStyle
from crisis.lib.errors import Invalid, RepriseError, TooLarge
from crisis.lib.geo import read_chunks
from crisis.lib.inspection import Chunk
from crisis.lib.options import TablePlaces
from crisis.lib.sheets import Choice, Column, ParsedSheet, Sheet, Style
from municipal_units.actions.rows import RowOutcome, RowState
from municipal_units.importing.columns import texts_of
from municipal_units.importing.contract import (
    NOTED,
    REFUSED,
    ColumnUse,
    Counted,
    ImportContext,
    Importer,
    Portion,
    Question,
    RowNote,
    Suggestion,
    Unanswered,
)
from municipal_units.importing.views import FileView, LayerView

MOST_ROWS = 200_000
PLACE_USES = (
    ColumnUse("lon", "Longitude, or x"),
    ColumnUse("lat", "Latitude, or y"),
    ColumnUse("wkt", "Shape as text (WKT)"),
)


@dataclass
class Row:
    """One readable row: what its cells mean (empty cells are None), its shape, and where the sender finds it."""

    number: int
    layer: str
    values: dict[str, Any]
    wkb: bytes | None
    xy: tuple[float, float] | None

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None else str(value)

    def number_of(self, name: str) -> float | None:
        value = self.values.get(name)
        return None if value is None else float(value)


@dataclass
class Table:
    """The good rows of a file and the notes on the others."""

    rows: list[Row] = field(default_factory=list)
    notes: list[RowNote] = field(default_factory=list)
    refused: int = 0


class TableImporter(Importer):
    """Subclasses declare `sheet` and implement `take_rows`."""

    sheet: ClassVar[Sheet]
    needs_shapes: ClassVar[bool] = False
    may_have_shapes: ClassVar[bool] = False
    portion_rows: ClassVar[int] = MOST_ROWS

    @property
    def uses(self) -> tuple[ColumnUse, ...]:  # type: ignore[override]
        own = tuple(
            ColumnUse(column.name, column.label, column.aliases, column.required, column.help)
            for column in self.sheet.columns
        )
        return (*own, *PLACE_USES) if self.may_have_shapes or self.needs_shapes else own

    def suggest(self, file: FileView, remembered: Mapping[str, str]) -> Suggestion:
        """The layers that hold most of the declared columns, read by their headings."""
        matches = {layer.name: self.sheet.match(layer.column_names) for layer in file.layers if layer.rows}
        best = max((len(found) for found in matches.values()), default=0)
        chosen = [name for name, found in matches.items() if len(found) == best][:1]
        mapping = {**matches.get(chosen[0] if chosen else "", {}), **remembered}
        return Suggestion(layers=tuple(chosen), mapping=mapping, options=self.proposed_options(file))

    def proposed_options(self, file: FileView) -> dict[str, Any]:
        return {}

    def portions(self, context: ImportContext, *, skip_rows: int = 0) -> Iterator[Portion]:
        table = read_table(self, context)
        if skip_rows < table.refused or not table.rows:
            yield Portion(table.refused, lambda dry_run: Counted(refused=table.refused, notes=table.notes))
        for first in range(max(0, skip_rows - table.refused), len(table.rows), self.portion_rows):
            chosen = table.rows[first : first + self.portion_rows]
            yield Portion(len(chosen), lambda dry_run, chosen=chosen: self.take_rows(context, chosen))  # type: ignore[misc]

    def take_rows(self, context: ImportContext, rows: Sequence[Row]) -> Counted:
        """Hands the rows to the action and says what became of each."""
        raise NotImplementedError


def read_table(importer: TableImporter, context: ImportContext) -> Table:
    """Reads all chosen layers. Columns that can be read in two ways stop it with a question."""
    table = Table()
    for layer in context.layers:
        read_layer(importer, context, layer, table)
    return table


def read_layer(importer: TableImporter, context: ImportContext, layer: LayerView, table: Table) -> None:
    srid = context.option("srid")
    chunks = list(
        read_chunks(
            context.path,
            layer.name,
            filename=context.file.name,
            encoding=context.encoding,
            source_srid=int(srid) if srid else None,
            allowed=importer.shapes,
            places=places_of(importer, context),
        )
    )
    if sum(len(chunk) for chunk in chunks) + len(table.rows) > MOST_ROWS:
        raise TooLarge(f"At most {MOST_ROWS:,} rows of this kind are read at once. Send the file in parts.")
    if not chunks:
        return
    frame = pd.concat([chunk.attributes for chunk in chunks], ignore_index=True)
    numbers = np.concatenate([c.rows if c.sheet_rows is None else c.sheet_rows for c in chunks])
    if importer.needs_shapes:
        refuse_placeless(chunks)
    parsed = parse(importer, context, frame, numbers)
    reasons = dict[int, RowNote]()
    first = 0
    for chunk in chunks:
        for problem in chunk.problems:
            place = first + problem.row - int(chunk.rows[0])
            reasons.setdefault(place, refusal(layer, numbers, place, problem.code, problem.message, problem.column))
        first += len(chunk)
    for error in parsed.errors:
        note = refusal(layer, numbers, error.position, "bad_cell", error.message, error.label)
        reasons.setdefault(error.position, replace(note, written=error.text))
    values = plain_values(parsed)
    wkb = np.concatenate([chunk.wkb for chunk in chunks])
    xy = np.concatenate([chunk.xy for chunk in chunks])
    for place in range(len(frame)):
        if place in reasons:
            continue
        point = None if np.isnan(xy[place, 0]) else (float(xy[place, 0]), float(xy[place, 1]))
        shape = None if wkb[place] is None else bytes(wkb[place])
        table.rows.append(Row(int(numbers[place]), layer.name, values[place], shape, point))
    table.notes += [reasons[place] for place in sorted(reasons)]
    table.refused += len(reasons)


def refuse_placeless(chunks: Sequence[Chunk]) -> None:
    """A whole file without places is one mistake, not one per row."""
    if not any((chunk.wkb != None).any() or chunk.problems for chunk in chunks):  # noqa: E711 (compares elements)
        raise Invalid("The file says no places. Choose the columns with longitude and latitude, or send a map file.")


def places_of(importer: TableImporter, context: ImportContext) -> TablePlaces | None:
    """Which columns say where; none for kinds without places, so that empty coordinates refuse nothing."""
    if not (importer.needs_shapes or importer.may_have_shapes):
        return TablePlaces()
    if context.column("lon") and context.column("lat"):
        return TablePlaces(x=context.column("lon"), y=context.column("lat"))
    return TablePlaces(wkt=context.column("wkt")) if context.column("wkt") else None


def refusal(layer: LayerView, numbers: Any, place: int, code: str, message: str, column: str) -> RowNote:
    return RowNote(int(numbers[place]), REFUSED, code, message, column, layer=layer.name)


def parse(importer: TableImporter, context: ImportContext, frame: pd.DataFrame, numbers: Any) -> ParsedSheet:
    """The declared columns of the frame, with the answers given for words, decimals and dates."""
    mapping = {c.name: context.column(c.name) for c in importer.sheet.columns if context.column(c.name) in frame}
    cells = {column: texts_of(frame[column]) for column in dict.fromkeys(mapping.values())}
    texts = pd.DataFrame(cells, index=pd.RangeIndex(len(frame)), dtype=object)
    for column in importer.sheet.columns:
        if column.name in mapping and isinstance(column.parse, Choice):
            header = mapping[column.name]
            texts[header] = [context.answers.get(text, text) for text in texts[header]]
    style = importer.sheet.evidence(texts, mapping) if len(texts.columns) else Style()
    if decimal := context.answers.get("decimal"):
        style = replace(style, number=NumberStyle(decimal))
    if order := context.answers.get("date_order"):
        style = replace(style, date_order=order)
    parsed = importer.sheet.parse(texts, mapping, sheet_rows=numbers, style=style)
    ask(importer, parsed)
    return parsed


def ask(importer: TableImporter, parsed: ParsedSheet) -> None:
    questions = []
    for question in parsed.questions:
        column: Column = importer.sheet.column(question.column)
        if column.numeric:
            choices = ((",", "The comma marks decimals"), (".", "The comma marks thousands"))
            questions.append(Question("decimal", f"{question.header}: {question.message}", choices, question.header))
        else:
            choices = (("dmy", "Day first"), ("mdy", "Month first"))
            questions.append(Question("date_order", f"{question.header}: {question.message}", choices, question.header))
    if questions:
        raise Unanswered(list({question.key: question for question in questions}.values()))


def plain_values(parsed: ParsedSheet) -> list[dict[str, Any]]:
    """Per row the values as plain Python, None where the cell is empty."""
    columns = {}
    for name in parsed.values.columns:
        column = parsed.values[name]
        if pd.api.types.is_datetime64_dtype(column.dtype):
            columns[name] = [None if pd.isna(value) else value.to_pydatetime() for value in column]
        else:
            columns[name] = [
                None if value is None or value == "" or isinstance(value, float) and np.isnan(value) else value
                for value in column.to_numpy(dtype=object)
            ]
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)] or [
        {} for _ in range(len(parsed.good))
    ]


def stable_code(error: RepriseError) -> str:
    """The code of the first wrong field where it says more than the error itself."""
    named = error.fields[0].code if error.fields else "invalid"
    return error.code if named == "invalid" else named


def counted(context: ImportContext, rows: Sequence[Row], outcomes: Sequence[RowOutcome]) -> Counted:
    """What the action said about each row, as figures and notes; fields get back the headings of the file."""
    total = Counted()
    for row, outcome in zip(rows, outcomes, strict=True):
        if outcome.state is RowState.REFUSED and outcome.error is not None:
            total.refused += 1
            name = outcome.error.fields[0].field if outcome.error.fields else ""
            column = context.column(name) or name
            total.notes.append(
                RowNote(
                    row.number, REFUSED, outcome.error.code, outcome.error.message, column, row.text(name), row.layer
                )
            )
            continue
        total.new += outcome.state is RowState.ADDED
        if outcome.state is RowState.ADDED and outcome.pk is not None:
            total.new_ids.append(outcome.pk)
        total.changed += outcome.state is RowState.CHANGED
        total.unchanged += outcome.state is RowState.UNCHANGED
        total.notes += [RowNote(row.number, NOTED, "remark", text, layer=row.layer) for text in outcome.notes]
    return total
