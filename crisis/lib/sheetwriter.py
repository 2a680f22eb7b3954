"""Writes CSV and XLSX that no spreadsheet program will execute, and gives senders their own sheet back with reasons.

A text that a program might take for a formula gets an apostrophe in CSV (T17 of the threat list); in XLSX every text is
written as a text, so nothing needs to be added.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from itertools import chain
from math import isnan
from typing import Any, BinaryIO

import pandas as pd
import xlsxwriter

from crisis.lib.sheets import Sheet

# = + - @ and their full-width forms, after spaces or a byte-order mark; tab and line ends at the start.
FORMULA_START = re.compile("^(?:[\\s\u00a0\ufeff\u200b]*[=+\\-@＝＋－＠]|[\t\r\n])")
PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d+)?|\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?)(?:[eE][+-]?\d{1,3})?%?")
STATUS, REASON = "import status", "import reason"
MOST_XLSX_ROWS = 1_048_576
LONGEST_XLSX_CELL = 32_767


def safe(text: str) -> str:
    """The text as it may stand in a CSV cell. Numbers stay numbers, also negative ones."""
    if FORMULA_START.match(text) and not PLAIN_NUMBER.fullmatch(text.strip()):
        return "'" + text
    return text


def restored(text: str) -> str:
    """The text before `safe`: a sheet that comes back is read as it was."""
    return text[1:] if text[:1] == "'" and FORMULA_START.match(text[1:]) else text


def shown(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    return value if isinstance(value, str) else str(value)


def write_csv(target: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """UTF-8 with a byte-order mark, which spreadsheet programs need to read other letters than English."""
    text = TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([safe(name) for name in header])
    writer.writerows([safe(shown(value)) for value in row] for row in rows)
    text.flush()
    text.detach()


def write_xlsx(
    target: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[Any]], *, sheet: str = "Sheet1"
) -> None:
    """Texts as texts and numbers as numbers; never a formula, never a link."""
    options = {
        "in_memory": False,
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(target, options)
    page = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", sheet)[:31] or "Sheet1")
    bold = book.add_format({"bold": True})
    for place, name in enumerate(header):
        page.write_string(0, place, name[:LONGEST_XLSX_CELL], bold)
    for number, row in enumerate(rows, 1):
        if number >= MOST_XLSX_ROWS:
            break
        for place, value in enumerate(row):
            write_cell(page, number, place, value)
    page.freeze_panes(1, 0)
    book.close()


def write_cell(page: Any, row: int, place: int, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or isnan(value):
        if text := shown(value):
            page.write_string(row, place, text[:LONGEST_XLSX_CELL])
    elif abs(value) < 1e15:
        page.write_number(row, place, value)
    else:
        page.write_string(row, place, str(value))


def own_sheet_back(
    target: BinaryIO,
    chunks: Iterable[tuple[pd.DataFrame, Sequence[str], Sequence[str]]],
    *,
    xlsx: bool = False,
    refused_only: bool = False,
    status_words: Sequence[str] = ("refused",),
) -> None:
    """The sender's own columns in their own order, then a status and a reason per row.

    `chunks`: (rows as they came, status per row, reason per row), all with the same columns. With `refused_only`, rows
    whose status is in `status_words` alone: what has to be corrected and sent again.
    """
    source = iter(chunks)
    first = next(source, None)
    columns = [str(name) for name in first[0].columns] if first is not None else []
    header = [*columns, fresh(STATUS, columns), fresh(REASON, columns)]

    (write_xlsx if xlsx else write_csv)(
        target, header, rows_back(first, source, status_words if refused_only else None)
    )


def rows_back(first: Any, rest: Iterable[Any], wanted: Sequence[str] | None) -> Iterable[list[Any]]:
    for frame, statuses, reasons in chain([] if first is None else [first], rest):
        for cells, status, reason in zip(frame.to_numpy(dtype=object), statuses, reasons, strict=True):
            if wanted is None or status in wanted:
                yield [*cells, status, reason]


def fresh(name: str, taken: Sequence[str]) -> str:
    """A sheet that comes back twice already has our columns."""
    while name in taken:
        name += " (new)"
    return name


def template(target: BinaryIO, sheet: Sheet, *, xlsx: bool = True) -> None:
    """An empty sheet to fill in: labels as header, an example row, and in XLSX a second sheet with the help."""
    header = [column.label for column in sheet.columns]
    example = [column.example for column in sheet.columns]
    rows = [example] if any(example) else []
    if not xlsx:
        write_csv(target, header, rows)
        return
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    page, notes = book.add_worksheet(sheet.label[:31]), book.add_worksheet("Help")
    for place, column in enumerate(sheet.columns):
        page.write_string(0, place, column.label + (" *" if column.required else ""), bold)
        if column.example:
            page.write_string(1, place, column.example)
        page.set_column(place, place, max(12, min(40, len(column.label) + 4)))
        notes.write_string(place, 0, column.label, bold)
        notes.write_string(place, 1, ("Required. " if column.required else "") + column.help)
    notes.set_column(0, 0, 30)
    notes.set_column(1, 1, 100)
    page.freeze_panes(1, 0)
    book.close()
