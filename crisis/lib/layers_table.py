"""CSV and XLSX sheets as layers: places come from two coordinate columns or from one with WKT."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from crisis.lib.cells import NumberStyle, fold, number_evidence, number_style, parse_numbers
from crisis.lib.chunks import distinct_samples, make_chunk, no_shapes
from crisis.lib.crs import WGS84, Crs
from crisis.lib.geometry import MESSAGES, Checked, check_points, check_shapes, quiet
from crisis.lib.inspection import Chunk, ColumnInfo, FileKind, LayerInfo, Note
from crisis.lib.options import ReadOptions, TablePlaces
from crisis.lib.sources import Part
from crisis.lib.tabular import TableChunk, TableLayout, read_table, table_layouts

X_NAMES = {"lon", "long", "lng", "longitude", "x", "point x", "gps longitude", "longitude deg", "خط الطول", "boylam"}
Y_NAMES = {"lat", "latitude", "y", "point y", "gps latitude", "latitude deg", "خط العرض", "enlem"}
WKT_NAMES = {"wkt", "geometry", "geom", "the geom", "shape wkt"}


def layouts(part: Part, options: ReadOptions) -> tuple[TableLayout, ...]:
    return table_layouts(part.path, xlsx=part.kind is FileKind.XLSX, encoding=options.encoding)


def inspect(part: Part, options: ReadOptions) -> tuple[list[LayerInfo], list[Note]]:
    layers, notes = [], []
    for layout in layouts(part, options):
        name = layout.sheet or part.name
        count, columns = count_rows(part, layout)
        layers.append(replace(outline_of(part, layout, options), features=count, columns=columns))
        if layout.hxl:
            notes.append(Note("hxl", "The row of HXL tags was recognised and is not counted as data.", name))
        if layout.header_row > 1:
            message = f"The column names stand in row {layout.header_row}; the rows above are left out."
            notes.append(Note("header_moved", message, name))
    return layers, notes


def outline(part: Part, options: ReadOptions) -> list[LayerInfo]:
    return [outline_of(part, layout, options) for layout in layouts(part, options)]


def outline_of(part: Part, layout: TableLayout, options: ReadOptions) -> LayerInfo:
    places = options.places or find_places(layout)
    kind = "Mixed" if places.wkt else "Point" if places.x else "None"
    crs = WGS84 if kind == "Mixed" or (places.x and looks_like_degrees(part, layout, places)) else None
    columns = tuple(ColumnInfo(name, "text") for name in layout.columns)
    return LayerInfo(layout.sheet or part.name, None, kind, crs, columns, part.member, layout.header_row)


def looks_like_degrees(part: Part, layout: TableLayout, places: TablePlaces) -> bool:
    """Columns called x and y may be metres of some grid: then the system is asked for."""
    head = next(read_table(part.path, layout, 1000), None)
    if head is None:
        return True
    style = NumberStyle(places.decimal or decimal_of(head, places))
    texts = np.concatenate([head.frame[name].to_numpy(dtype=object) for name in (places.x, places.y)])
    values = parse_numbers(texts, style).values
    return not (np.abs(values[np.isfinite(values)]) > 360).mean() > 0.5 if np.isfinite(values).any() else True


def count_rows(part: Part, layout: TableLayout) -> tuple[int, tuple[ColumnInfo, ...]]:
    count, infos = 0, tuple(ColumnInfo(name, "text") for name in layout.columns)
    for chunk in read_table(part.path, layout):
        if not count:
            head = chunk.frame.head(50)
            infos = tuple(
                ColumnInfo(name, text_kind(head[name].to_numpy()), distinct_samples(head[name]))
                for name in layout.columns
            )
        count += len(chunk.rows)
    return count, infos


def text_kind(texts: np.ndarray[Any, Any]) -> str:
    """A hint for the screen only: number when all filled cells read as numbers."""
    filled = texts[texts != ""]
    if not len(filled):
        return "text"
    style = number_style(number_evidence(filled)) or NumberStyle()
    return "text" if parse_numbers(filled, style).errors else "number"


def find_places(layout: TableLayout) -> TablePlaces:
    """Columns that say where, by name or by HXL tag; empty when there are none."""
    tags = [set(tag.replace("+", " ").split()) for tag in layout.hxl] or [set()] * len(layout.columns)
    x = pick(layout.columns, X_NAMES) or tagged(layout.columns, tags, "lon")
    y = pick(layout.columns, Y_NAMES) or tagged(layout.columns, tags, "lat")
    if x and y:
        return TablePlaces(x=x, y=y)
    return TablePlaces(wkt=pick(layout.columns, WKT_NAMES))


def pick(columns: Sequence[str], names: set[str]) -> str:
    return next((column for column in columns if fold(column) in names), "")


def tagged(columns: Sequence[str], tags: Sequence[set[str]], attribute: str) -> str:
    return next((name for name, tag in zip(columns, tags, strict=False) if "#geo" in tag and attribute in tag), "")


def read(part: Part, layer: LayerInfo, crs: Crs, options: ReadOptions) -> Iterator[Chunk]:
    layout = next(found for found in layouts(part, options) if (found.sheet or part.name) == layer.name)
    places = options.places or find_places(layout)
    for table in read_table(part.path, layout, options.chunk):
        if places.x and not places.decimal:
            places = replace(places, decimal=decimal_of(table, places))
        checked = checked_table(table, places, crs, options)
        extra = [
            (place, "extra_cells", "The row has more cells than there are column names.", "") for place in table.extra
        ]
        yield make_chunk(
            layer.name, int(table.rows[0]), table.frame, checked, sheet_rows=table.sheet_rows, problems=extra
        )


def decimal_of(table: TableChunk, places: TablePlaces) -> str:
    """Coordinates never need grouping, so a doubtful comma (37,157) is a decimal one."""
    texts = np.concatenate([table.frame[places.x].to_numpy(), table.frame[places.y].to_numpy()])
    point, comma, unclear = number_evidence(texts)
    return "," if (comma or unclear) and not point else "."


def checked_table(table: TableChunk, places: TablePlaces, crs: Crs, options: ReadOptions) -> Checked:
    if places.wkt:
        texts = table.frame[places.wkt].to_numpy(dtype=object, copy=True)
        empty = texts == ""
        texts[empty] = None
        with quiet():
            shapes: Any = shapely.from_wkt(texts, on_invalid="ignore")
        return check_shapes(shapes, crs, options.target_srid, missing=empty, allowed=options.allowed)
    if not places.x:
        return no_shapes(len(table.rows))
    return checked_columns(table, places, crs, options)


def checked_columns(table: TableChunk, places: TablePlaces, crs: Crs, options: ReadOptions) -> Checked:
    style = NumberStyle(places.decimal or ".")
    columns = [table.frame[name].to_numpy(dtype=object) for name in (places.x, places.y)]
    parsed = [parse_numbers(column, style, what="coordinate") for column in columns]
    missing = (columns[0] == "") | (columns[1] == "")
    wrong = {**parsed[1].errors, **parsed[0].errors}
    usable = ~missing
    usable[list(wrong)] = False
    xy = np.column_stack([parsed[0].values, parsed[1].values]).astype(np.float64)
    some = check_points(xy[usable], crs, options.target_srid)
    where = np.flatnonzero(usable)
    whole = no_shapes(len(usable))
    whole.ok[~usable] = False
    whole.ok[where], whole.wkb[where], whole.xy[where] = some.ok, some.wkb, some.xy
    whole.counts = some.counts
    whole.problems = {int(where[place]): problem for place, problem in some.problems.items()}
    whole.problems |= {int(place): ("null_geometry", MESSAGES["null_geometry"]) for place in np.flatnonzero(missing)}
    whole.problems |= {place: ("not_a_number", message) for place, message in wrong.items()}
    return whole
