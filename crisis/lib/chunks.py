"""Turns raw columns and checked shapes into the chunks that importers read."""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from crisis.lib.geometry import Checked
from crisis.lib.inspection import Chunk, ColumnInfo, RowProblem

# PostgreSQL cannot store these: the null byte and halves of surrogate pairs.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
SAMPLES = 5
# What was noticed in accepted rows, said once per layer.
NOTICES = {
    "no_properties": "{count} features have no properties.",
    "id_ignored": "The id of {count} features is neither text nor number and was left aside.",
    "bbox_ignored": "The bounding box of {count} shapes is wrong and was left aside.",
    "bare_shape": "{count} shapes are not wrapped in a feature and have no attributes.",
    "height_dropped": "{count} shapes carry heights or measures, which are not kept.",
    "single_part": "{count} points are written as lists of one point.",
    "null_island": "{count} points lie at 0, 0, which usually means that the device had no position.",
}


def notice(code: str, count: int) -> str:
    """The sentence for one of `Chunk.counts`."""
    return NOTICES[code].format(count=count)


def no_shapes(count: int) -> Checked:
    """For rows of a table without places: all good, none with a shape."""
    return Checked(np.full(count, None, dtype=object), np.full((count, 2), np.nan), np.ones(count, bool))


def make_chunk(
    layer: str,
    first_row: int,
    attributes: pd.DataFrame,
    checked: Checked,
    *,
    sheet_rows: np.ndarray[Any, Any] | None = None,
    problems: Sequence[tuple[int, str, str, str]] = (),
) -> Chunk:
    """`problems` beside those of the shapes: (position, code, message, column)."""
    count = len(attributes)
    found = [(place, code, message, "") for place, (code, message) in checked.problems.items()]
    found += [*problems, *unstorable(attributes)]
    found.sort(key=lambda problem: problem[0])
    for place, *_ in found:
        checked.ok[place] = False
        checked.wkb[place] = None
    listed = [
        RowProblem(first_row + place, code, message, column, None if sheet_rows is None else int(sheet_rows[place]))
        for place, code, message, column in found
    ]
    rows = np.arange(first_row, first_row + count, dtype=np.int64)
    return Chunk(layer, rows, sheet_rows, attributes, checked.wkb, checked.xy, checked.ok, listed, checked.counts)


def unstorable(attributes: pd.DataFrame) -> list[tuple[int, str, str, str]]:
    """Cells with characters no database takes. One search per column first: they are rare."""
    found = []
    for name in attributes.columns:
        column = attributes[name]
        if not (column.dtype == object or str(column.dtype) in ("str", "string")):
            continue
        texts = column.to_list()
        try:
            joined = "".join(texts)
        except TypeError:
            texts = [value if isinstance(value, str) else "" for value in texts]
            joined = "".join(texts)
        if UNSTORABLE.search(joined):
            message = f"'{name}' holds characters that cannot be stored. Remove them."
            bad = [place for place, text in enumerate(texts) if UNSTORABLE.search(text)]
            found += [(place, "bad_characters", message, str(name)) for place in bad]
    return found


# -- what columns hold, for the import screen --------------------------------------------------------------------------

JSON_KINDS = {str: "text", bool: "boolean", int: "integer", float: "number"}


def gather(samples: dict[str, list[Any]], properties: Iterable[dict[str, Any]]) -> None:
    """Collects column names over all rows and the first values of each."""
    rows = list(properties)
    for name in dict.fromkeys(name for row in rows for name in row):
        values = samples.setdefault(name, [])
        if len(values) < 50:
            values += list(islice((row[name] for row in rows if row.get(name) is not None), 50 - len(values)))


def column_info(name: str, values: Sequence[Any]) -> ColumnInfo:
    kinds = {JSON_KINDS.get(type(value), "json") for value in values}
    kind = "number" if kinds == {"integer", "number"} else kinds.pop() if len(kinds) == 1 else "text"
    return ColumnInfo(name, kind, distinct_samples(values))


def distinct_samples(values: Iterable[Any]) -> tuple[str, ...]:
    texts = (as_text(value)[:60] for value in values)
    return tuple(islice(dict.fromkeys(text for text in texts if text), SAMPLES))


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def common_kind(kinds: Collection[str]) -> str:
    """Point, LineString or Polygon when all shapes are of that kind, else Mixed; None when there is none."""
    bases = {kind.removeprefix("Multi") for kind in kinds}
    return (bases.pop() if len(bases) == 1 else "Mixed" if bases else "None").replace("GeometryCollection", "Mixed")
