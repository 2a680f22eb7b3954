"""Sheets declared once: template, matching of headers, reading of cells and the sheet sent back follow from it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from crisis.lib.cells import (
    NumberStyle,
    Parsed,
    Texts,
    by_distinct,
    fold,
    number_evidence,
    number_style,
    parse_dates,
    parse_numbers,
    read_flag,
)


@dataclass(frozen=True)
class Style:
    """How the whole file writes numbers and dates; None where its own columns have to decide."""

    number: NumberStyle | None = None
    date_order: str | None = None


Parser = Callable[[Texts, Style], Parsed]


@dataclass(frozen=True)
class Column:
    """One column of a sheet. `aliases`: other headers, in any language; HXL tags begin with '#'."""

    name: str
    label: str
    parse: Parser
    required: bool = False
    help: str = ""
    aliases: tuple[str, ...] = ()
    example: str = ""
    numeric: bool = False


@dataclass(frozen=True)
class CellError:
    """What is wrong with one cell. `position` counts from 0 in the frame; `row` is the line the sender sees."""

    position: int
    row: int
    column: str
    label: str
    text: str
    message: str

    @property
    def sentence(self) -> str:
        return f"Row {self.row}: {self.message}"


@dataclass(frozen=True)
class ColumnQuestion:
    """A column that may be read in two ways; nothing of it is used until somebody says which."""

    column: str
    header: str
    message: str


@dataclass
class ParsedSheet:
    """`values`: one column per declared name found in the file. `good`: rows without any error."""

    values: pd.DataFrame
    good: np.ndarray[Any, np.dtype[np.bool_]]
    errors: list[CellError] = field(default_factory=list)
    questions: list[ColumnQuestion] = field(default_factory=list)

    def reasons(self) -> np.ndarray[Any, Any]:
        """Per row, everything that is wrong with it in words; "" for good rows."""
        reasons = np.full(len(self.good), "", dtype=object)
        for error in self.errors:
            reasons[error.position] = f"{reasons[error.position]} {error.label}: {error.message}".strip()
        return reasons


@dataclass(frozen=True)
class Sheet:
    """A kind of table that can be brought in: its columns in the order of the template."""

    name: str
    label: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def match(self, headers: Sequence[str], hxl: Sequence[str] = ()) -> dict[str, str]:
        """Declared name -> header of the file, for every column recognised by name, label, alias or HXL tag."""
        wanted = {fold(word): column.name for column in self.columns for word in words_of(column)}
        tags = {hxl_key(word): column.name for column in self.columns for word in column.aliases if word[:1] == "#"}
        found: dict[str, str] = {}
        for place, header in enumerate(headers):
            tag = hxl_key(hxl[place]) if place < len(hxl) and hxl[place] else None
            name = wanted.get(fold(header)) or (tags.get(tag) if tag else None)
            if name is not None:
                found.setdefault(name, header)
        return found

    def missing(self, mapping: Mapping[str, str]) -> list[Column]:
        """Required columns nobody has mapped."""
        return [column for column in self.columns if column.required and not mapping.get(column.name)]

    def evidence(self, frame: pd.DataFrame, mapping: Mapping[str, str], *, semicolons: bool = False) -> Style:
        """How the file writes numbers, judged over all its number columns together."""
        found = [
            number_evidence(texts_of(frame, mapping[c.name])) for c in self.columns if c.numeric and c.name in mapping
        ]
        point, comma, unclear = (any(part) for part in zip(*found, strict=True)) if found else (False, False, False)
        return Style(number=number_style((point, comma, unclear), semicolons=semicolons))

    def parse(
        self,
        frame: pd.DataFrame,
        mapping: Mapping[str, str] | None = None,
        *,
        sheet_rows: Sequence[int] | np.ndarray[Any, Any] | None = None,
        style: Style = Style(),
        answers: Mapping[str, Style] | None = None,
    ) -> ParsedSheet:
        """Reads all mapped columns of a frame of texts. `answers`: what a person said about single columns."""
        chosen = dict(mapping) if mapping is not None else self.match(list(frame.columns))
        rows = np.arange(2, len(frame) + 2) if sheet_rows is None else np.asarray(sheet_rows)
        parsed = ParsedSheet(pd.DataFrame(index=frame.index), np.ones(len(frame), bool))
        for column in self.columns:
            header = chosen.get(column.name)
            if not header:
                continue
            texts = texts_of(frame, header)
            result = column.parse(texts, (answers or {}).get(column.name, style))
            parsed.values[column.name] = result.values
            if result.question:
                parsed.questions.append(ColumnQuestion(column.name, header, result.question))
            wrong = dict(result.errors)
            if column.required:
                wrong |= {int(place): "This is required. Fill it in." for place in np.flatnonzero(texts == "")}
            parsed.errors += [
                CellError(place, int(rows[place]), column.name, header, str(texts[place]), wrong[place])
                for place in sorted(wrong)
            ]
            parsed.good[list(wrong)] = False
        parsed.errors.sort(key=lambda error: error.position)
        return parsed


def words_of(column: Column) -> Iterable[str]:
    return (column.name, column.label, *(alias for alias in column.aliases if alias[:1] != "#"))


def hxl_key(tag: str) -> tuple[str, frozenset[str]]:
    """HXL attributes have no order: #adm2+code+origin is #adm2 +origin +code."""
    head, *attributes = tag.replace("+", " +").split()
    return head.casefold(), frozenset(
        attribute.strip("+").casefold() for attribute in attributes if attribute.strip("+")
    )


def texts_of(frame: pd.DataFrame, header: str) -> Texts:
    """A column as texts, whatever the reader gave: missing values are empty, numbers as written."""
    column = frame[header]
    values = column.to_numpy(dtype=object)
    texts = np.full(len(values), "", dtype=object)
    filled = np.flatnonzero(column.notna().to_numpy())
    texts[filled] = [value.strip() if isinstance(value, str) else str(value) for value in values[filled]]
    return texts


# -- parsers -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """Any text up to a length."""

    longest: int = 200

    def __call__(self, texts: Texts, style: Style) -> Parsed:
        lengths = np.array([len(text) for text in texts], dtype=int)
        message = f"The text is longer than {self.longest} letters. Shorten it."
        return Parsed(texts, {int(place): message for place in np.flatnonzero(lengths > self.longest)})


@dataclass(frozen=True)
class Code:
    """An identifier: always text, so that leading zeros stay. What a spreadsheet turned into a number is refused."""

    longest: int = 60

    def __call__(self, texts: Texts, style: Style) -> Parsed:
        return Parsed(*by_distinct(texts, self.read))

    def read(self, text: str) -> str:
        if len(text) > self.longest:
            raise ValueError(f"The code is longer than {self.longest} letters. Shorten it.")
        mantissa, mark, exponent = text.upper().partition("E+")
        if mark and exponent.isdigit() and mantissa.replace(".", "").replace(",", "").isdigit():
            raise ValueError(f"'{text}' is a code that a spreadsheet turned into a number. Format the column as text.")
        return text


@dataclass(frozen=True)
class Number:
    """A number, within bounds where there are some. Values are floats, NaN where empty or wrong."""

    low: float | None = None
    high: float | None = None
    whole: bool = False

    def __call__(self, texts: Texts, style: Style) -> Parsed:
        parsed = parse_numbers(texts, style.number)
        values = parsed.values.copy()
        with np.errstate(invalid="ignore"):
            if self.low is not None:
                refuse(parsed, texts, values < self.low, f"at least {self.low:g}")
            if self.high is not None:
                refuse(parsed, texts, values > self.high, f"at most {self.high:g}")
            if self.whole:
                refuse(parsed, texts, np.isfinite(values) & (values != np.floor(values)), "a whole number")
        return parsed


def refuse(parsed: Parsed, texts: Texts, bad: Texts, wanted: str) -> None:
    for place in np.flatnonzero(bad):
        parsed.errors[int(place)] = f"{texts[place]} must be {wanted}. Correct it."
        parsed.values[place] = np.nan


@dataclass(frozen=True)
class Date:
    """A date or a moment (datetime64[s]); impossible and ambiguous ones are explained."""

    def __call__(self, texts: Texts, style: Style) -> Parsed:
        return parse_dates(texts, style.date_order)


@dataclass(frozen=True)
class Flag:
    """Yes or no in the three languages."""

    def __call__(self, texts: Texts, style: Style) -> Parsed:
        return Parsed(*by_distinct(texts, read_flag))


@dataclass(frozen=True)
class Choice:
    """One of some codes, or several of them. `words`: code or other word (any language) -> code."""

    words: Mapping[str, str]
    several: bool = False

    def __call__(self, texts: Texts, style: Style) -> Parsed:
        known = {fold(word): code for word, code in self.words.items()} | {fold(c): c for c in self.words.values()}
        return Parsed(*by_distinct(texts, lambda text: self.read(text, known)))

    def read(self, text: str, known: Mapping[str, str]) -> Any:
        if not self.several:
            return self.one(text, known)
        parts = [part for part in text.replace(";", ",").replace("|", ",").split(",") if part.strip()]
        if len(parts) == 1 and fold(parts[0]) not in known:
            parts = text.split()
        return tuple(dict.fromkeys(self.one(part, known) for part in parts))

    def one(self, text: str, known: Mapping[str, str]) -> str:
        code = known.get(fold(text))
        if code is None:
            choices = sorted(set(self.words.values()))
            shown = ", ".join(choices[:12]) + (" ..." if len(choices) > 12 else "")
            raise ValueError(f"'{text[:40]}' is not one of {shown}. Choose one of them.")
        return code
