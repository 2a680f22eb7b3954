"""What a file turned out to be: shapes shared by everything that reads files."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from crisis.lib.crs import Crs


class FileKind(StrEnum):
    GEOJSON = "geojson"
    GEOJSONSEQ = "geojsonseq"
    GPKG = "gpkg"
    SHAPEFILE = "shapefile"
    FLATGEOBUF = "flatgeobuf"
    KML = "kml"
    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True)
class ColumnInfo:
    """A column as the file has it. `kind`: text, integer, number, date, datetime, boolean or json."""

    name: str
    kind: str
    samples: tuple[str, ...] = ()


@dataclass(frozen=True)
class EncodingChoice:
    """One way to read the file's letters, with a piece of its own text read that way."""

    code: str
    label: str
    sample: str


@dataclass(frozen=True)
class Note:
    """Something a person should know or answer; `code` is stable. `asks` when reading waits for the answer."""

    code: str
    message: str
    layer: str = ""
    asks: bool = False


@dataclass(frozen=True)
class LayerInfo:
    """`geometry`: Point, LineString, Polygon, Mixed or None (no shapes at all). `crs` None: nothing is declared.

    `features` is None where counting would mean reading the whole file (`outline`). `member`: its name in the archive.
    """

    name: str
    features: int | None
    geometry: str
    crs: Crs | None
    columns: tuple[ColumnInfo, ...] = ()
    member: str = ""
    header_row: int | None = None

    @property
    def srid(self) -> int | None:
        """EPSG number; None when nothing is declared or the system has no number."""
        return self.crs.srid if self.crs else None

    @property
    def crs_name(self) -> str:
        return self.crs.name if self.crs else ""

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class FileInspection:
    """Everything the import screen shows before a row is read."""

    kind: FileKind
    filename: str
    layers: tuple[LayerInfo, ...]
    encoding: str = ""
    encodings: tuple[EncodingChoice, ...] = ()
    notes: tuple[Note, ...] = ()

    def layer(self, name: str) -> LayerInfo | None:
        return next((layer for layer in self.layers if layer.name == name), None)


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one row. `row` counts data rows from 1; `sheet_row` is the line a spreadsheet shows."""

    row: int
    code: str
    message: str
    column: str = ""
    sheet_row: int | None = None


@dataclass
class Chunk:
    """Some consecutive rows of a layer, all arrays equally long.

    `attributes` holds the file's own columns, unrepaired. `wkb` is two-dimensional WKB in the target system, None where
    the row is refused or has no place. `xy` (n, 2) is filled (else NaN) for rows that are single points.
    `problems` are reasons to refuse (each row named there has ok = False). `counts` says what was noticed but accepted.
    """

    layer: str
    rows: np.ndarray[Any, np.dtype[np.int64]]
    sheet_rows: np.ndarray[Any, np.dtype[np.int64]] | None
    attributes: pd.DataFrame
    wkb: np.ndarray[Any, Any]
    xy: np.ndarray[Any, np.dtype[np.float64]]
    ok: np.ndarray[Any, np.dtype[np.bool_]]
    problems: Sequence[RowProblem] = ()
    counts: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def reasons(self) -> np.ndarray[Any, Any]:
        """Per row, what is wrong in words; empty for good rows."""
        reasons = np.full(len(self), "", dtype=object)
        first = int(self.rows[0]) if len(self) else 0
        for problem in self.problems:
            place = problem.row - first
            reasons[place] = f"{reasons[place]} {problem.message}".strip()
        return reasons
