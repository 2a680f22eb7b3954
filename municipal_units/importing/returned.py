"""The sender's own sheet back: every row as it came, with what became of it and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd

from crisis.lib.geo import read_chunks
from crisis.lib.options import TablePlaces
from crisis.lib.sheetwriter import own_sheet_back
from municipal_units.importing.columns import texts_of
from municipal_units.importing.contract import REFUSED
from municipal_units.importing.views import FileView
from municipal_units.models import ImportBatch, ImportRow

ACCEPTED = "accepted"
ALL, REMARKED = "all", "remarked"
ROWS_WANTED = (ALL, REMARKED, REFUSED)


@dataclass(frozen=True)
class Remark:
    """What became of one row, in words."""

    status: str
    reason: str


def write_back(target: BinaryIO, batch: ImportBatch, file: FileView, path: Path, *, xlsx: bool, rows: str) -> int:
    """Writes rows of all chosen layers with status and reason (`rows`: all, remarked or refused); gives how many
    refused ones there are."""
    remarks = remarks_of(batch)
    chunks = (
        chunk
        for layer in file.chosen(batch.layers)
        for chunk in layer_back(batch, file, path, layer.name, remarks, everything=rows == ALL)
    )
    own_sheet_back(target, chunks, xlsx=xlsx, refused_only=rows == REFUSED, status_words=(REFUSED,))
    return sum(remark.status == REFUSED for remark in remarks.values())


def remarks_of(batch: ImportBatch) -> dict[tuple[str, int], Remark]:
    """Refused and noted rows by layer and number; several notes on one row are joined."""
    remarks: dict[tuple[str, int], Remark] = {}
    rows = ImportRow.objects.filter(batch=batch).order_by("row_number", "pk")
    for layer, number, status, reason in rows.values_list("layer", "row_number", "status", "reason"):
        known = remarks.get((layer, number))
        refused = REFUSED in (status, known.status if known else "")
        text = f"{known.reason} {reason}" if known else reason
        remarks[(layer, number)] = Remark(REFUSED if refused else ACCEPTED, text)
    return remarks


def layer_back(
    batch: ImportBatch,
    file: FileView,
    path: Path,
    layer: str,
    remarks: dict[tuple[str, int], Remark],
    *,
    everything: bool,
) -> Iterator[tuple[pd.DataFrame, list[str], list[str]]]:
    """One layer in chunks. Map files have no line numbers, so theirs stand in a column of their own."""
    columns = list(file.column_names)
    srid = str(batch.options.get("srid") or "")
    is_table = file.kind in ("csv", "xlsx")
    for chunk in read_chunks(
        path,
        layer,
        filename=file.name,
        encoding=batch.encoding or None,
        source_srid=int(srid) if srid else 4326,
        places=TablePlaces() if is_table else None,
    ):
        numbers = (chunk.rows if chunk.sheet_rows is None else chunk.sheet_rows).tolist()
        found = [remarks.get((layer, number)) or remarks.get(("", number)) for number in numbers]
        empty = np.full(len(chunk), "", dtype=object)
        own = {name: texts_of(chunk.attributes[name]) if name in chunk.attributes else empty for name in columns}
        numbered = {} if is_table else {"layer": [layer] * len(chunk), "row": numbers}
        frame = pd.DataFrame({**numbered, **own}, dtype=object)
        wanted = [place for place, remark in enumerate(found) if everything or remark is not None]
        remarked = [found[place] or Remark(ACCEPTED, "") for place in wanted]
        yield frame.iloc[wanted], [remark.status for remark in remarked], [remark.reason for remark in remarked]
