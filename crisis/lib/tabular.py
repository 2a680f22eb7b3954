"""Reads CSV and XLSX tables as people send them: any separator, any encoding, titles above the header, HXL tags.

Every cell comes out as the text a person sees in it; meaning is given later, column by column (`cells`, `sheets`).
Row numbers: `rows` count data rows from 1, `sheet_rows` are the line numbers a spreadsheet program shows.
"""

import csv
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np
import openpyxl
import pandas as pd
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import InvalidFileException

from crisis.lib import zipguard
from crisis.lib.encoding import CHOICES, bom_encoding, guess_encoding, known_encoding
from crisis.lib.errors import TooLarge, Unreadable
from crisis.lib.inspection import EncodingChoice

DELIMITERS = (",", ";", "\t", "|")
HEAD_ROWS = 40
MOST_COLUMNS = 2000
MOST_XLSX_ROWS = 1_100_000
LONGEST_CELL = 1_000_000
HXL_TAG = re.compile(r"^\s*#[a-z][a-z0-9_]*(\s*[+ ]\s*[a-z][a-z0-9_]*)*\s*$", re.IGNORECASE)
# Control characters other than tab and line ends: more than a few, and it is no table.
NOT_TEXT = bytes(code for code in range(32) if code not in (9, 10, 13))
# What openpyxl raises in the middle of a damaged sheet.
BROKEN_SHEET = (
    ParseError,
    DefusedXmlException,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
    OverflowError,
)
csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True)
class TableLayout:
    """Where things are in one sheet. `header_row` is the spreadsheet's line number; columns are unique names.

    `hxl` holds the tag of each column when the sheet has an HXL row (never data). `above` counts title lines skipped.
    """

    sheet: str
    columns: tuple[str, ...]
    header_row: int
    first_row: int
    hxl: tuple[str, ...] = ()
    delimiter: str = ","
    encoding: str = "utf-8"
    encodings: tuple[EncodingChoice, ...] = ()

    @property
    def is_xlsx(self) -> bool:
        return self.delimiter == ""


@dataclass
class TableChunk:
    """Consecutive rows. `frame`: texts, "" for empty cells. `extra`: positions of rows with more cells than headers."""

    rows: np.ndarray[Any, np.dtype[np.int64]]
    sheet_rows: np.ndarray[Any, np.dtype[np.int64]]
    frame: pd.DataFrame
    extra: tuple[int, ...] = ()


def table_layouts(path: Path, *, xlsx: bool, encoding: str | None = None) -> tuple[TableLayout, ...]:
    """Layout of each sheet that has a header and is not hidden. A CSV file has one sheet, named after nothing ("")."""
    if xlsx:
        return tuple(xlsx_layouts(path))
    return (csv_layout(path, encoding),)


def read_table(path: Path, layout: TableLayout, chunk: int = 10_000) -> Iterator[TableChunk]:
    """Data rows after the header, empty lines left out (they are not rows, but keep their line numbers)."""
    rows = xlsx_rows(path, layout.sheet) if layout.is_xlsx else csv_rows(path, layout.encoding, layout.delimiter)
    numbered = ((number, row) for number, row in enumerate(rows, 1) if number >= layout.first_row and any(row))
    width, seen = len(layout.columns), 0
    while batch := list(islice(numbered, chunk)):
        extra = tuple(place for place, (_, row) in enumerate(batch) if len(row) > width and any(row[width:]))
        cells = [row if len(row) == width else [*row[:width], *[""] * (width - len(row))] for _, row in batch]
        frame = pd.DataFrame(cells, columns=list(layout.columns), dtype=object)
        rows_here = np.arange(seen + 1, seen + 1 + len(batch), dtype=np.int64)
        seen += len(batch)
        yield TableChunk(rows_here, np.array([number for number, _ in batch], dtype=np.int64), frame, extra)


# -- CSV ---------------------------------------------------------------------------------------------------------------


def csv_layout(path: Path, encoding: str | None) -> TableLayout:
    found, choices = csv_encoding(path, encoding)
    lines = head_lines(path, found)
    delimiter = sniff(lines)
    head = list(islice(csv_rows(path, found, delimiter), HEAD_ROWS))
    return layout_of("", head, delimiter=delimiter, encoding=found, encodings=choices)


def csv_encoding(path: Path, wanted: str | None) -> tuple[str, tuple[EncodingChoice, ...]]:
    """The encoding of the whole file, checked against every byte of it."""
    with path.open("rb") as file:
        head = file.read(65_536)
        if bom_encoding(head) is None and len(head.translate(None, NOT_TEXT)) < 0.99 * len(head):
            raise Unreadable("The file is not a table of text. Save it as CSV or XLSX.")
        odd_lines = [line for line in io.BytesIO(head) if not line.isascii()]
        file.seek(0)
        for line in file:
            if len(odd_lines) >= 3000:
                break
            if not line.isascii():
                odd_lines.append(line)
    declared = wanted or bom_encoding(head)
    if declared in ("utf-16", "utf-8-sig"):
        return declared, ()
    best, choices = guess_encoding(odd_lines, declared=declared)
    candidates = [wanted] if wanted else [best, *(choice.code for choice in choices)]
    for code in candidates:
        if whole_file_decodes(path, code):
            return code, choices
    if wanted:
        raise Unreadable(f"The file cannot be read as {CHOICES.get(wanted, wanted)}. Choose another encoding.")
    raise Unreadable("The letters of the file cannot be read in any known encoding. Save it as CSV UTF-8.")


def whole_file_decodes(path: Path, code: str) -> bool:
    try:
        with path.open(encoding=known_encoding(code), newline="") as text:
            while text.read(1 << 22):
                pass
    except UnicodeError:
        return False
    return True


def head_lines(path: Path, encoding: str) -> list[str]:
    with path.open(encoding=encoding, newline="") as text:
        return text.read(65_536).splitlines()[:HEAD_ROWS]


def sniff(lines: Sequence[str]) -> str:
    """The separator that gives the most rows of one common width above one; commas win ties."""
    if lines and (named := re.fullmatch(r"\ufeff?sep=(.)\s*", lines[0])):
        return named[1]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        common = max(set(widths), key=widths.count, default=1)
        score = widths.count(common) / max(len(widths), 1) * min(common, 50) if common > 1 else 0.0
        if score > best_score + 1e-9:
            best, best_score = delimiter, score
    return best


def csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    number = 0
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else known_encoding(encoding), newline="") as text:
        try:
            for row in csv.reader(text, delimiter=delimiter):
                number += 1
                if number == 1 and len(row) == 1 and row[0].casefold().startswith("sep="):
                    row = [""]
                yield [cell.strip() for cell in row]
        except csv.Error as broken:
            raise Unreadable(
                f"After line {number} a quotation mark is opened and never closed, or a cell is longer than a million "
                "letters. Correct that line."
            ) from broken
        except UnicodeError as odd:
            raise Unreadable(f"After line {number} the letters do not fit the encoding. Choose another one.") from odd


# -- XLSX --------------------------------------------------------------------------------------------------------------


def workbook(path: Path) -> Any:
    """Opened read-only with the values formulas had when the file was saved."""
    with zipguard.opened(path) as archive:
        refuse_document_types(archive)
    try:
        # From memory, because openpyxl judges a path by its ending, and stored files have none.
        return openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, KeyError, ValueError, TypeError, AttributeError, OSError) as broken:
        raise damaged_workbook() from broken
    except (ParseError, DefusedXmlException, zipfile.BadZipFile, zlib.error, EOFError) as broken:
        raise damaged_workbook() from broken


def damaged_workbook() -> Unreadable:
    return Unreadable("The workbook is damaged or not an .xlsx. Open it in a spreadsheet program and save it as .xlsx.")


def refuse_document_types(archive: zipfile.ZipFile) -> None:
    for member in archive.infolist():
        if member.filename.casefold().endswith((".xml", ".rels")):
            with archive.open(member) as part:
                if b"<!" in part.read(4096).replace(b"<!--", b""):
                    raise Unreadable("The workbook declares document types or entities. Save it again as .xlsx.")


def xlsx_layouts(path: Path) -> list[TableLayout]:
    book = workbook(path)
    try:
        layouts = []
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            head = list(islice(cell_rows(sheet), HEAD_ROWS))
            if any(any(row) for row in head):
                layouts.append(layout_of(sheet.title, head, delimiter="", encoding=""))
    finally:
        book.close()
    if not layouts:
        raise Unreadable("The workbook has no visible sheet with rows. Put the table on a visible sheet.")
    return layouts


def xlsx_rows(path: Path, sheet: str) -> Iterator[list[str]]:
    book = workbook(path)
    try:
        if sheet not in book.sheetnames:
            raise Unreadable(f"The workbook has no sheet '{sheet[:40]}'. Choose one of its sheets.")
        for number, row in enumerate(cell_rows(book[sheet]), 1):
            if number > MOST_XLSX_ROWS:
                raise TooLarge("The sheet has more rows than a spreadsheet can hold. Send it as CSV.")
            yield row
    finally:
        book.close()


def cell_rows(sheet: Any) -> Iterator[list[str]]:
    # The stored extent of a sheet is often wrong (one cell, or a million empty rows): read what is there instead.
    sheet.reset_dimensions()
    try:
        for row in sheet.iter_rows(values_only=True):
            if len(row) > MOST_COLUMNS and any(value is not None for value in row[MOST_COLUMNS:]):
                raise TooLarge(f"The sheet has more than {MOST_COLUMNS} columns. Send only those that are needed.")
            cells = [cell_text(value) for value in row[:MOST_COLUMNS]]
            while cells and not cells[-1]:
                cells.pop()
            yield cells
    except BROKEN_SHEET as broken:
        raise damaged_workbook() from broken


def cell_text(value: Any) -> str:
    """The text of a cell; dates in ISO form, whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return str(value)


# -- layout ------------------------------------------------------------------------------------------------------------


def layout_of(
    sheet: str,
    head: Sequence[Sequence[str]],
    *,
    delimiter: str,
    encoding: str,
    encodings: tuple[EncodingChoice, ...] = (),
) -> TableLayout:
    tags = next((place for place, row in enumerate(head) if is_hxl(row)), None)
    if tags is not None:
        above = [place for place in range(tags) if any(head[place])]
        header = above[-1] if above else tags
        names = head[header]
    else:
        header = header_place(head)
        names = head[header] if head else []
    if not any(names):
        raise Unreadable("The table is empty: it has no header. Put the column names in the first row.")
    columns = unique_names(names, max((len(row) for row in head[header:]), default=0) if tags is None else len(names))
    first = (tags if tags is not None else header) + 2
    hxl = tuple(head[tags]) + ("",) * (len(columns) - len(head[tags])) if tags is not None else ()
    return TableLayout(sheet, columns, header + 1, first, hxl, delimiter, encoding, encodings)


def is_hxl(row: Sequence[str]) -> bool:
    """HXL 1.1: at least one tag, and every filled cell of the row is a tag."""
    filled = [cell for cell in row if cell]
    return bool(filled) and all(HXL_TAG.match(cell) for cell in filled)


def header_place(head: Sequence[Sequence[str]]) -> int:
    """The first row that is about as wide as the table and holds words, not numbers; lines above are titles."""
    widths = [sum(bool(cell) for cell in row) for row in head]
    widest = max(widths, default=0)
    for place, row in enumerate(head):
        filled = [cell for cell in row if cell]
        worded = sum(not re.fullmatch(r"[-+\d.,\s/:%]+", cell) for cell in filled)
        if len(filled) >= max(1, 0.6 * widest) and worded >= 0.6 * len(filled):
            return place
    return next((place for place, width in enumerate(widths) if width), 0)


def unique_names(names: Sequence[str], width: int) -> tuple[str, ...]:
    """Header texts on one line each; nameless columns get their letter, repeated names a number."""
    seen: dict[str, int] = {}
    unique = []
    padded = [*names, *[""] * max(0, min(width, MOST_COLUMNS) - len(names))]
    while len(padded) > len(names) and not padded[-1] and width <= len(names):
        padded.pop()
    for place, name in enumerate(padded):
        text = " ".join(name.split()) or f"column {column_letter(place)}"
        seen[text] = seen.get(text, 0) + 1
        unique.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return tuple(unique)


def column_letter(place: int) -> str:
    """0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
