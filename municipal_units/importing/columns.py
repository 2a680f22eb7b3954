"""Columns of a file and what they mean: guesses from headings, texts and moments from whatever type a file has."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from crisis.lib.cells import Parsed, fold, parse_dates
from municipal_units.importing.contract import ColumnUse
from municipal_units.importing.views import FileView

Texts = np.ndarray[Any, Any]


def guess_columns(uses: Sequence[ColumnUse], file: FileView, remembered: Mapping[str, str]) -> dict[str, str]:
    """For each use the column that was chosen last time for this source, else one whose heading says so.

    A column gets one meaning only; the order of the words and of the uses decides.
    """
    names = file.column_names
    chosen = {use: column for use, column in remembered.items() if column in names}
    taken = set(chosen.values())
    folded = {fold(name): name for name in reversed(names)}
    for use in uses:
        if use.name in remembered:
            continue
        for word in use.words:
            column = folded.get(fold(word))
            if column is not None and column not in taken:
                chosen[use.name] = column
                taken.add(column)
                break
    return chosen


def texts_of(column: "pd.Series[Any]") -> Texts:
    """Any column as texts, "" where it is empty; whole numbers without a decimal point."""
    codes, distinct = pd.factorize(column)
    words = np.array([as_text(value) for value in distinct] + [""], dtype=object)
    return words[codes]


def as_text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)) and float(value).is_integer() and abs(float(value)) < 1e15:
        return str(int(value))
    if isinstance(value, pd.Timestamp):
        return value.isoformat() if value.time() != dt.time() else value.date().isoformat()
    return str(value).strip()


def moments_of(column: "pd.Series[Any]", order: str | None) -> Parsed:
    """datetime64[s], UTC where the file says so; `order` (dmy, mdy) answers for columns that can be read both ways."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return Parsed(column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[s]"))
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return Parsed(column.to_numpy(dtype="datetime64[s]"))
    return parse_dates(texts_of(column), order)
