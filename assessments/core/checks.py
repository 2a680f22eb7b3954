"""Refusing wrong values of a case by name, never half accepting them: shared by the document and the frames."""

import math
from collections.abc import Hashable, Iterable
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from assessments.core.case import Flags, Floats, Ints
from crisis.lib.errors import FieldError, Invalid

LONGEST_SHOWN = 40
# Nothing a town counts comes near; sums and products of such numbers stay finite.
LARGEST = 1e18


def refuse(field: str, what: str, code: str = "invalid") -> NoReturn:
    """Ends the reading with a sentence that begins with the name of the field."""
    message = f"{field} {what}."
    raise Invalid(message, fields=[FieldError(field, message, code)])


def shown(value: object) -> str:
    """A wrong value as it may stand in a sentence."""
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    return f" of at least {low:g}" if low is not None else ""


def number(value: object, field: str, *, low: float | None = 0.0, high: float | None = None) -> float:
    """A finite number within bounds. Booleans and texts are none."""
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    if fits:
        try:
            result = float(value)  # type: ignore[arg-type]
        except OverflowError:
            result = math.inf
        if abs(result) <= LARGEST and (low is None or result >= low) and (high is None or result <= high):
            return result
    refuse(field, f"must be a finite number{bounds(low, high)}, but is {shown(value)}")


def whole(value: object, field: str, *, low: int = 0) -> int:
    """A whole number of at least `low`; 2.0 counts as one."""
    result = number(value, field, low=low)
    if result != int(result):
        refuse(field, f"must be a whole number of at least {low}, but is {shown(value)}")
    return int(result)


class Table:
    """One input frame: its name in sentences, its rows' names, and columns given out as checked arrays."""

    def __init__(self, name: str, frame: pd.DataFrame, key: str | tuple[str, ...], columns: Iterable[str]) -> None:
        self.name, self.frame = name, frame
        self.keys = (key,) if isinstance(key, str) else key
        unexpected = [column for column in frame.columns if column not in set(columns)]
        if unexpected:
            refuse(f"{name}.{unexpected[0]}", f"is no column of {name}; known are {', '.join(columns)}")
        for needed in self.keys:
            if needed not in frame.columns:
                refuse(f"{name}.{needed}", "is missing")

    def __len__(self) -> int:
        return len(self.frame)

    def field(self, row: int, column: str) -> str:
        names = ", ".join(str(column[row]) for column in self.key_columns)
        return f"{self.name}[{names}].{column}"

    @cached_property
    def key_columns(self) -> list[list[Any]]:
        """The keys as lists: names of rows are asked for often, and a frame is slow to ask."""
        return [self.frame[key].tolist() for key in self.keys]

    def values(self, column: str) -> list[Any]:
        """The column as plain Python values; None where it is missing."""
        if column not in self.frame.columns:
            return [None] * len(self)
        series = self.frame[column]
        missing = series.isna().to_numpy()
        return [None if empty else value for value, empty in zip(series.tolist(), missing, strict=True)]

    def ids(self) -> tuple[Any, ...]:
        """The key column: texts or whole numbers, each once (7 and "7" are the same)."""
        key, seen = self.keys[0], set()
        found = self.values(key)
        for row, value in enumerate(found):
            if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
                refuse(f"{self.name}[row {row}].{key}", f"must be a text or a whole number, but is {shown(value)}")
            if str(value) in seen:
                refuse(self.field(row, key), f"is there twice: {shown(value)}", "duplicate")
            seen.add(str(value))
        return tuple(found)

    def numbers(
        self,
        column: str,
        *,
        low: float | None = 0.0,
        high: float | None = None,
        default: float | None = None,
        may_be_missing: bool = False,
    ) -> Floats:
        """A column of finite numbers within bounds. NaN stays where it may be missing, else becomes the default."""
        if column not in self.frame.columns:
            if default is None and not may_be_missing and len(self):
                refuse(self.field(0, column), "is missing")
            return np.full(len(self), np.nan if default is None else default)
        given = self.frame[column]
        result = pd.to_numeric(given, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan).copy()
        empty = given.isna().to_numpy()
        wrong = ~(np.abs(result) <= LARGEST) & ~(empty & (may_be_missing or default is not None))
        if low is not None:
            wrong |= result < low
        if high is not None:
            wrong |= result > high
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            refuse(
                self.field(row, column),
                f"must be a finite number{bounds(low, high)}, but is {shown(given.iloc[row])}",
            )
        if default is not None:
            result[empty] = default
        return result

    def flags(self, column: str, *, default: bool) -> Flags:
        if column not in self.frame.columns:
            return np.full(len(self), default)
        return np.array([default if value is None else bool(value) for value in self.values(column)], dtype=bool)

    def positions(self, column: str, ids: dict[str, int], what: str, *, missing: int | None = None) -> Ints:
        """Numbers of the things the column names; `missing` stands for an empty value where that is allowed."""
        if column not in self.frame.columns:
            if missing is None and len(self):
                refuse(self.field(0, column), "is missing")
            return np.full(len(self), -1 if missing is None else missing, dtype=np.int64)
        codes, uniques = pd.factorize(self.frame[column], use_na_sentinel=True)
        places = np.array([ids.get(name_of(value), -2) for value in uniques] + [-3], dtype=np.int64)
        found = places[codes]
        if missing is not None:
            found[found == -3] = missing
        wrong = found <= -2
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            refuse(
                self.field(row, column),
                f"names {what} {shown(self.frame[column].iloc[row])}, which is not in the case",
                "unknown",
            )
        return found

    def once(self, *numbers: Ints) -> None:
        """Refuses a second row for the same combination of numbers."""
        doubled = pd.DataFrame(dict(enumerate(numbers))).duplicated().to_numpy()
        if doubled.any():
            row = int(np.flatnonzero(doubled)[0])
            refuse(self.field(row, self.keys[-1]), "is there twice", "duplicate")


def name_of(value: Hashable) -> str:
    """How an id is compared: whole numbers read as floats (7.0, from a column with gaps) are 7."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
