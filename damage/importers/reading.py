"""A file of damage as columns: which rows can be read, what each observation says, in the order in which they go in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from crisis.lib.errors import Invalid
from crisis.lib.geo import read_chunks
from crisis.lib.inspection import Chunk
from crisis.lib.options import TablePlaces
from damage.actions.rows import Booleans, Floats, Integers, Objects
from damage.core.presets import NETWORKS
from damage.importers.identity import Names, names_of
from municipal_units.importing.columns import moments_of, texts_of
from municipal_units.importing.contract import REFUSED, ImportContext, Question, RowNote, Unanswered

OCCASIONS = ("", "_2", "_3", "_4", "_5", "_6")
READ_ROWS = 50_000
LONGEST_WORD = 200
MOST_SITE_WORDS = 1_000
NO_DATE = np.iinfo(np.int64).min
Problem = tuple[int, str, str, str, str]  # position, code, sentence, column, text
DETAILS = ("structure_type", "occupancy", "storeys", "dwelling_units", "floor_area_m2")


class Words:
    """Texts met so far, each with a small number. A column with more than `most` of them is no list of words (it may
    be an id): what comes after is 0, as if nothing were said."""

    def __init__(self, most: int = 2**31) -> None:
        self.most = most
        self.numbers: dict[str, int] = {"": 0}

    def encode(self, texts: Objects) -> Integers:
        codes, distinct = pd.factorize(texts)
        known = [self.numbers.setdefault(str(text)[:LONGEST_WORD], len(self.numbers)) for text in distinct]
        return np.array(known, dtype=np.int32)[codes]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(self.numbers)


@dataclass
class Sheet:
    """All rows of the chosen layers, as arrays by row; nothing else of the file is kept in memory.

    `value` and `moment`: one array per occasion (column pair): number of the written value; microseconds or NO_DATE.
    `site`: number of what the file calls the place's kind. `xy` is a point inside where `wkb` holds a shape.
    """

    number: Integers
    layer: Integers
    layers: tuple[str, ...]
    xy: Floats
    wkb: Objects | None
    network: Booleans
    names: Names
    written: Integers
    written_places: tuple[str, ...]
    site: Integers
    sites: tuple[str, ...]
    value: list[Integers]
    values: tuple[str, ...]
    moment: list[Integers]
    details: Objects | None
    refused: Booleans
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
    words = Vocabulary(Words(), Words(), Words(MOST_SITE_WORDS))
    parts = [
        part for number, layer in enumerate(context.layers) for part in read_layer(context, layer.name, number, words)
    ]
    if not parts:
        raise Unanswered([Question("layers", "The file has no rows. Choose another layer or file.")])
    return joined(parts, words, tuple(layer.name for layer in context.layers))


@dataclass(frozen=True)
class Vocabulary:
    """Texts of the whole file that rows share."""

    values: Words
    places: Words
    sites: Words


@dataclass
class Part:
    """What is kept of one chunk. `wkb` holds the shapes that are not single points, None if there are none."""

    number: Integers
    layer: int
    xy: Floats
    wkb: Objects | None
    network: Booleans
    written: Integers
    site: Integers
    value: list[Integers]
    moment: list[Integers]
    own_id: Objects | None
    details: Objects | None
    problems: list[Problem]

    def __len__(self) -> int:
        return len(self.number)


def read_layer(context: ImportContext, name: str, number: int, words: Vocabulary) -> Iterator[Part]:
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
    network = context.batch.preset == "copernicus_ems" and NETWORKS.search(name) is not None
    for chunk in chunks:
        yield read_part(context, chunk, number, words, network=network)


def table_places(context: ImportContext) -> TablePlaces | None:
    """The columns with coordinates, where they were chosen; None lets the reader find them."""
    if context.column("lon") and context.column("lat"):
        return TablePlaces(x=context.column("lon"), y=context.column("lat"))
    return TablePlaces(wkt=context.column("wkt")) if context.column("wkt") else None


def read_part(context: ImportContext, chunk: Chunk, layer: int, words: Vocabulary, *, network: bool) -> Part:
    frame = chunk.attributes
    order = context.answers.get("date_order") or None
    first = int(chunk.rows[0]) if len(chunk) else 0
    problems = [(p.row - first, p.code, p.message, p.column, "") for p in chunk.problems]
    value, moment = [], []
    for occasion in OCCASIONS:
        column = context.column(f"value{occasion}")
        if not column or column not in frame:
            continue
        value.append(words.values.encode(texts_of(frame[column])))
        moment.append(moments(context, frame, f"observed_at{occasion}", order, problems))
    if not value:
        value.append(np.zeros(len(chunk), dtype=np.int32))
        moment.append(np.full(len(chunk), NO_DATE))
    wkb, lines = shapes_of(chunk)
    id_column = context.column("key")
    return Part(
        number=chunk.rows if chunk.sheet_rows is None else chunk.sheet_rows,
        layer=layer,
        xy=chunk.xy,
        wkb=wkb,
        network=lines | network,
        written=encoded(frame, context.column("written_place"), words.places),
        site=encoded(frame, context.column("site"), words.sites),
        value=value,
        moment=moment,
        own_id=texts_of(frame[id_column]) if id_column and id_column in frame else None,
        details=details_of(context, frame, problems),
        problems=problems,
    )


def encoded(frame: pd.DataFrame, column: str, words: Words) -> Integers:
    if not column or column not in frame:
        return np.zeros(len(frame), dtype=np.int32)
    if len(words.numbers) > words.most:
        return np.zeros(len(frame), dtype=np.int32)
    return words.encode(texts_of(frame[column]))


def moments(
    context: ImportContext,
    frame: pd.DataFrame,
    use: str,
    order: str | None,
    problems: list[Problem],
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


def details_of(context: ImportContext, frame: pd.DataFrame, problems: list[Problem]) -> Objects | None:
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


def joined(parts: list[Part], words: Vocabulary, layers: tuple[str, ...]) -> Sheet:
    """One sheet from all chunks, with the rows that cannot be read refused, and with their names."""
    xy = np.concatenate([part.xy for part in parts])
    placeless = np.isnan(xy[:, 0])
    if placeless.all() and not any(part.problems for part in parts):
        raise Invalid("The file says no places. Choose the columns with longitude and latitude, or send a map file.")
    moment = occasions([part.moment for part in parts], NO_DATE)
    wkb = (
        together([part.wkb if part.wkb is not None else np.full(len(part), None, dtype=object) for part in parts])
        if any(part.wkb is not None for part in parts)
        else None
    )
    sheet = Sheet(
        number=together([part.number for part in parts]),
        layer=np.repeat(np.array([part.layer for part in parts], dtype=np.int16), [len(part) for part in parts]),
        layers=layers,
        xy=xy,
        wkb=wkb,
        network=together([part.network for part in parts]),
        names=names_of(
            xy, wkb, together([part.own_id for part in parts]) if all_have(parts, "own_id") else None, moment[0]
        ),
        written=together([part.written for part in parts]),
        written_places=words.places.texts,
        site=together([part.site for part in parts]),
        sites=words.sites.texts,
        value=occasions([part.value for part in parts], 0),
        values=words.values.texts,
        moment=moment,
        details=together([part.details for part in parts]) if all_have(parts, "details") else None,
        refused=np.zeros(len(xy), dtype=bool),
    )
    first = 0
    for part in parts:
        for place, code, message, column, text in part.problems:
            sheet.refuse(first + place, code, message, column=column, written={first + place: text})
        first += len(part)
    sheet.refuse(np.flatnonzero(placeless), "null_geometry", "The row has no place. Give it a shape or coordinates.")
    return sheet


def together(columns: Sequence[Any]) -> Any:
    return np.concatenate(columns)


def all_have(parts: list[Part], name: str) -> bool:
    return all(getattr(part, name) is not None for part in parts)


def occasions(columns: list[list[Integers]], empty: int) -> list[Integers]:
    """Occasions side by side; a layer without one of them has it empty."""
    most = max(len(column) for column in columns)
    return [
        np.concatenate([c[n] if n < len(c) else np.full(len(c[0]), empty, dtype=c[0].dtype) for c in columns])
        for n in range(most)
    ]


def shapes_of(chunk: Chunk) -> tuple[Objects | None, Booleans]:
    """Shapes that are not single points keep their WKB and get a point inside for joining; lines are network assets."""
    network = np.zeros(len(chunk), dtype=bool)
    places = np.flatnonzero(np.isnan(chunk.xy[:, 0]))
    places = places[[shape is not None for shape in chunk.wkb[places]]]
    if not len(places):
        return None, network
    shapes = np.asarray(shapely.force_2d(shapely.from_wkb(chunk.wkb[places])), dtype=object)
    lines = shapely.get_dimensions(shapes) == 1
    wkb = np.full(len(chunk), None, dtype=object)
    wkb[places] = shapely.to_wkb(shapes, byte_order=1)
    chunk.xy[places] = shapely.get_coordinates(points_inside(shapes, lines))
    network[places] = lines
    return wkb, network


def points_inside(shapes: Objects, lines: Booleans) -> Objects:
    """A point that stands for each shape: the middle of a line's first part, else one inside the area."""
    inside: Objects = np.asarray(shapely.point_on_surface(shapes), dtype=object)
    first_parts = shapely.get_geometry(shapes[lines], 0)
    inside[lines] = shapely.line_interpolate_point(first_parts, 0.5, normalized=True)
    return inside
