"""A file of damage as columns: which rows can be read, what each observation says, in the order in which they go in."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from crisis.lib.errors import Invalid
from crisis.lib.geo import read_chunks
from crisis.lib.inspection import Chunk
from crisis.lib.options import TablePlaces
from damage.actions.rows import Integers, Objects
from damage.core.structures import feature_keys, ordinals, point_keys, shape_keys
from municipal_units.importing.columns import moments_of, texts_of
from municipal_units.importing.contract import REFUSED, ImportContext, Question, RowNote, Unanswered

OCCASIONS = ("", "_2", "_3", "_4", "_5", "_6")
READ_ROWS = 50_000
LONGEST_ID = 90
NO_DATE = np.iinfo(np.int64).min
DETAILS = ("structure_type", "occupancy", "storeys", "dwelling_units", "floor_area_m2")


class Words:
    """Texts met so far, each with a small number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {"": 0}

    def encode(self, texts: Objects) -> Integers:
        codes, distinct = pd.factorize(texts)
        numbers = np.array([self.numbers.setdefault(str(text), len(self.numbers)) for text in distinct], dtype=np.int64)
        return numbers[codes]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(self.numbers)


@dataclass
class Sheet:
    """All rows of the chosen layers. Arrays by row: number shown to the sender, layer, place, key, written place.

    `value` and `moment`: one array per occasion (column pair): number of the written value; microseconds or NO_DATE.
    """

    number: Integers
    layer: Integers
    layers: tuple[str, ...]
    xy: np.ndarray[Any, np.dtype[np.float64]]
    wkb: Objects | None
    network: np.ndarray[Any, np.dtype[np.bool_]]
    key: Objects
    written: Integers
    written_places: tuple[str, ...]
    value: list[Integers]
    values: tuple[str, ...]
    moment: list[Integers]
    details: Objects | None
    refused: np.ndarray[Any, np.dtype[np.bool_]]
    notes: list[RowNote] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.number)

    def refuse(self, places: Any, code: str, reason: str, *, column: str = "", written: Any = None) -> None:
        """Refuses rows, each once; the first reason stands."""
        for place in np.atleast_1d(places):
            if self.refused[place]:
                continue
            self.refused[place] = True
            text = "" if written is None else str(written[place])
            self.notes.append(
                RowNote(
                    int(self.number[place]), REFUSED, code, reason.replace("{written}", text), column, text,
                    self.layers[self.layer[place]],
                )
            )  # fmt: skip


def read_sheet(context: ImportContext) -> Sheet:
    """Reads every chosen layer. Questions about how to read it (dates, decimals) stop it here."""
    values, places = Words(), Words()
    parts = [
        part
        for number, layer in enumerate(context.layers)
        for part in read_layer(context, layer.name, number, values, places)
    ]
    if not parts:
        raise Unanswered([Question("layers", "The file has no rows. Choose another layer or file.")])
    return joined(parts, values, places, tuple(layer.name for layer in context.layers))


@dataclass
class Part:
    """One chunk, read."""

    chunk: Chunk
    layer: int
    written: Integers
    value: list[Integers]
    moment: list[Integers]
    own_key: Objects | None
    details: Objects | None
    problems: list[tuple[int, str, str, str, str]]


def read_layer(context: ImportContext, name: str, number: int, values: Words, places: Words) -> Iterator[Part]:
    srid = context.option("srid")
    chunks = read_chunks(
        context.path,
        name,
        filename=context.file.name,
        encoding=context.encoding,
        source_srid=int(srid) if srid else None,
        chunk=READ_ROWS,
        places=table_places(context),
    )
    for chunk in chunks:
        yield read_part(context, chunk, number, values, places)


def table_places(context: ImportContext) -> TablePlaces | None:
    """The columns with coordinates, where they were chosen; None lets the reader find them."""
    if context.column("lon") and context.column("lat"):
        return TablePlaces(x=context.column("lon"), y=context.column("lat"))
    return TablePlaces(wkt=context.column("wkt")) if context.column("wkt") else None


def read_part(context: ImportContext, chunk: Chunk, layer: int, values: Words, places: Words) -> Part:
    frame = chunk.attributes
    order = context.answers.get("date_order") or None
    problems: list[tuple[int, str, str, str, str]] = []
    value, moment = [], []
    for occasion in OCCASIONS:
        column = context.column(f"value{occasion}")
        if not column or column not in frame:
            continue
        value.append(values.encode(texts_of(frame[column])))
        moment.append(moments(context, frame, f"observed_at{occasion}", order, problems))
    if not value:
        value.append(np.zeros(len(chunk), dtype=np.int64))
        moment.append(np.full(len(chunk), NO_DATE))
    key_column = context.column("key")
    return Part(
        chunk=chunk,
        layer=layer,
        written=encoded(frame, context.column("written_place"), places),
        value=value,
        moment=moment,
        own_key=texts_of(frame[key_column]) if key_column in frame and key_column else None,
        details=details_of(context, frame, problems),
        problems=problems,
    )


def encoded(frame: pd.DataFrame, column: str, words: Words) -> Integers:
    if not column or column not in frame:
        return np.zeros(len(frame), dtype=np.int64)
    texts = texts_of(frame[column])
    return words.encode(np.array([text[:200] for text in texts], dtype=object))


def moments(
    context: ImportContext,
    frame: pd.DataFrame,
    use: str,
    order: str | None,
    problems: list[tuple[int, str, str, str, str]],
) -> Integers:
    """Microseconds since 1970 per row; NO_DATE where the cell is empty."""
    column = context.column(use)
    if not column or column not in frame:
        return np.full(len(frame), NO_DATE)
    parsed = moments_of(frame[column], order)
    if parsed.question:
        raise Unanswered(
            [
                Question(
                    "date_order",
                    f"{column}: {parsed.question}",
                    (("dmy", "Day first"), ("mdy", "Month first")),
                    column=column,
                )
            ]
        )
    texts = texts_of(frame[column]) if parsed.errors else None
    problems += [(place, "bad_date", message, column, str(texts[place])) for place, message in parsed.errors.items()]  # type: ignore[index]
    missing = np.isnat(parsed.values)
    return np.where(missing, NO_DATE, parsed.values.astype("datetime64[us]").astype(np.int64))


def details_of(
    context: ImportContext, frame: pd.DataFrame, problems: list[tuple[int, str, str, str, str]]
) -> Objects | None:
    """What the file says about the building itself, as small dictionaries."""
    columns = {name: context.column(name) for name in DETAILS if context.column(name) in frame and context.column(name)}
    if not columns:
        return None
    details = np.array([{} for _ in range(len(frame))], dtype=object)
    for name, column in columns.items():
        texts = texts_of(frame[column])
        for place in np.flatnonzero(texts != ""):
            text = texts[place]
            if name in ("structure_type", "occupancy"):
                details[place][name] = text[:40]
            elif text.replace(".", "", 1).isdigit():
                details[place][name] = float(text) if name == "floor_area_m2" else int(float(text))
            else:
                problems.append((int(place), "bad_number", f"'{text[:40]}' is not a number.", column, text))
    return details


def joined(parts: list[Part], values: Words, places: Words, layers: tuple[str, ...]) -> Sheet:
    """One sheet from all chunks, with keys, and with the rows that the reader itself could not take refused."""
    chunks = [part.chunk for part in parts]
    sizes = [len(chunk) for chunk in chunks]
    xy = np.concatenate([chunk.xy for chunk in chunks])
    wkb, network = shapes_of(chunks, xy)
    placeless = np.isnan(xy[:, 0])
    if placeless.all() and not any(chunk.problems for chunk in chunks):
        raise Invalid("The file says no places. Choose the columns with longitude and latitude, or send a map file.")
    sheet = Sheet(
        number=np.concatenate([chunk.rows if chunk.sheet_rows is None else chunk.sheet_rows for chunk in chunks]),
        layer=np.repeat([part.layer for part in parts], sizes),
        layers=layers,
        xy=xy,
        wkb=wkb,
        network=network,
        key=np.full(len(xy), "", dtype=object),
        written=np.concatenate([part.written for part in parts]),
        written_places=places.texts,
        value=occasions([part.value for part in parts], 0),
        values=values.texts,
        moment=occasions([part.moment for part in parts], NO_DATE),
        details=np.concatenate([part.details for part in parts]) if all_have(parts, "details") else None,
        refused=np.zeros(len(xy), dtype=bool),
    )
    first = 0
    for part, size in zip(parts, sizes, strict=True):
        for problem in part.chunk.problems:
            place = first + problem.row - int(part.chunk.rows[0])
            sheet.refuse(place, problem.code, problem.message, column=problem.column)
        for place, code, message, column, text in part.problems:
            written = {first + place: text}
            sheet.refuse(first + place, code, message, column=column, written=written)
        first += size
    sheet.refuse(np.flatnonzero(placeless), "null_geometry", "The row has no place. Give it a shape or coordinates.")
    own = np.concatenate([part.own_key for part in parts]) if all_have(parts, "own_key") else None
    sheet.key = keys_of(sheet, own)
    return sheet


def all_have(parts: list[Part], name: str) -> bool:
    return all(getattr(part, name) is not None for part in parts)


def occasions(columns: list[list[Integers]], empty: int) -> list[Integers]:
    """Occasions side by side; a layer without one of them has it empty."""
    most = max(len(column) for column in columns)
    return [
        np.concatenate([c[n] if n < len(c) else np.full(len(c[0]), empty, dtype=np.int64) for c in columns])
        for n in range(most)
    ]


def shapes_of(chunks: list[Chunk], xy: Any) -> tuple[Objects | None, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Shapes that are not single points keep their WKB and get a point inside for joining; lines are network assets."""
    network = np.zeros(len(xy), dtype=bool)
    shaped = [np.isnan(chunk.xy[:, 0]) & np.array([shape is not None for shape in chunk.wkb]) for chunk in chunks]
    if not any(mask.any() for mask in shaped):
        return None, network
    wkb = np.full(len(xy), None, dtype=object)
    first = 0
    for chunk, mask in zip(chunks, shaped, strict=True):
        places = np.flatnonzero(mask)
        shapes = shapely.from_wkb(chunk.wkb[places])
        lines = shapely.get_dimensions(shapes) == 1
        xy[first + places] = shapely.get_coordinates(points_inside(shapes, lines))
        wkb[first + places] = shapely.to_wkb(shapely.force_2d(shapes), byte_order=1)
        network[first + places] = lines
        first += len(chunk)
    return wkb, network


def points_inside(shapes: Objects, lines: Objects) -> Objects:
    """A point that stands for each shape: the middle of a line's first part, else one inside the area."""
    inside: Objects = np.asarray(shapely.point_on_surface(shapes), dtype=object)
    first_parts = shapely.get_geometry(shapes[lines], 0)
    inside[lines] = shapely.line_interpolate_point(first_parts, 0.5, normalized=True)
    return inside


def keys_of(sheet: Sheet, own: Objects | None) -> Objects:
    """How the product names each structure: the file's own id, else its place and which of the equals it is."""
    keys = point_keys(sheet.xy)
    if sheet.wkb is not None:
        shaped = np.array([shape is not None for shape in sheet.wkb], dtype=bool)
        keys[shaped] = shape_keys(sheet.wkb[shaped])
    keys[sheet.refused] = ""
    keys = feature_keys(keys, ordinals(keys, sheet.moment[0]))
    if own is None:
        return keys
    return np.where(own != "", np.array([own_key(text) for text in own], dtype=object), keys)


def own_key(text: str) -> str:
    """The file's id as a key; one that is too long to store is replaced by its hash."""
    return f"id:{text}" if len(text) <= LONGEST_ID else f"idh:{hashlib.blake2b(text.encode()).hexdigest()[:64]}"
