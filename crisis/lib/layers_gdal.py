"""GeoPackage, shapefile and FlatGeobuf as layers, streamed through GDAL's Arrow road."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

from crisis.lib.chunks import distinct_samples, make_chunk, no_shapes
from crisis.lib.crs import Crs, crs_from_text
from crisis.lib.drivers import local_file, refuse_active_geopackage, restrict_gdal
from crisis.lib.encoding import known_encoding
from crisis.lib.errors import RepriseError, Unreadable
from crisis.lib.geometry import Checked, check_points, check_shapes, quiet
from crisis.lib.inspection import Chunk, ColumnInfo, FileKind, LayerInfo, Note
from crisis.lib.options import ReadOptions
from crisis.lib.shapefile import deleted_records
from crisis.lib.sources import Part

POINT_BYTES = 21
# Name of the column with the shapes; no attribute can be called so.
SHAPE = "\0shape"
POINT_HEAD = np.frombuffer(b"\x01\x01\x00\x00\x00", dtype=np.uint8)
# Whole numbers with gaps stay whole numbers.
NULLABLE = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


def guarded(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Calls GDAL; its errors become a sentence, its warnings are dropped (our own checks say what matters)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call(*args, **kwargs)
    except RepriseError:
        raise
    # UnboundLocalError: pyogrio 0.13 forgets a case in reading the system of a damaged file.
    except (RuntimeError, ValueError, OSError, UnboundLocalError, pa.ArrowException) as failure:
        raise unreadable() from failure


def unreadable() -> Unreadable:
    return Unreadable("The layer is damaged, cut off or written in other letters than stated. Export it again.")


def prepare(part: Part) -> str:
    """The path for GDAL, after the file was found harmless."""
    restrict_gdal()
    if part.kind is FileKind.GPKG:
        refuse_active_geopackage(part.path)
    return local_file(part.path)


def inspect(part: Part, options: ReadOptions) -> tuple[list[LayerInfo], list[Note]]:
    path = prepare(part)
    layers = []
    for name, geometry in guarded(pyogrio.list_layers, path):
        info = guarded(
            pyogrio.read_info, path, layer=str(name), force_feature_count=True, encoding=encoding_for(part, options)
        )
        head = next(batches(part, str(name), options, 50), None)
        shown = (
            pd.DataFrame(columns=list(info["fields"]))
            if head is None
            else guarded(attributes_of, head, info["fields"])[0]
        )
        columns = tuple(
            ColumnInfo(str(field), column_kind(shown[field]), distinct_samples(shown[field].dropna()))
            for field in info["fields"]
        )
        layers.append(
            LayerInfo(
                layer_name(part, str(name)),
                records_of(part, int(info["features"])),
                base_kind(geometry),
                layer_crs(part, info["crs"]),
                columns,
                part.member,
            )
        )
    notes = []
    if part.shape and part.shape.encodings and not part.shape.declared and not options.encoding:
        message = f"The file does not say how its letters are written; {part.shape.encodings[0].label} fits best."
        notes.append(Note("encoding_guessed", message, part.name))
    return layers, notes


def records_of(part: Part, counted: int) -> int:
    """Rows of a layer. GDAL also counts records that a table marks as deleted; nobody sees those."""
    return counted if part.shape is None else counted - deleted_records(part.path.with_suffix(".dbf"))


def outline(part: Part, options: ReadOptions) -> list[LayerInfo]:
    return inspect(part, options)[0]


def layer_name(part: Part, name: str) -> str:
    return part.name if part.kind is FileKind.SHAPEFILE else name


def encoding_for(part: Part, options: ReadOptions) -> str | None:
    """Only shapefiles have a question of letters; the others are UTF-8 by definition."""
    if part.shape is None:
        return None
    return known_encoding(options.encoding or part.shape.encoding)


def base_kind(geometry_type: Any) -> str:
    """`2.5D MultiPolygon`, `Measured Point` and the like by their plain kind; None for tables."""
    if geometry_type is None:
        return "None"
    return next((kind for kind in ("Point", "LineString", "Polygon") if kind in str(geometry_type)), "Mixed")


def column_kind(series: pd.Series) -> str:
    kind = str(series.dtype).casefold()
    for mark, word in (("datetime", "datetime"), ("int", "integer"), ("float", "number"), ("bool", "boolean")):
        if mark in kind:
            return word
    filled = series.dropna()
    return "date" if len(filled) and type(filled.iloc[0]).__name__ == "date" else "text"


def layer_crs(part: Part, declared: str | None) -> Crs | None:
    """The system of a layer; of a shapefile the .prj text is judged before GDAL's reading of it is believed."""
    if part.shape is None:
        return crs_from_text(declared)
    if not part.shape.has_crs:
        return None
    crs_from_text(part.path.with_suffix(".prj").read_text("utf-8", "replace"))
    return crs_from_text(declared)


def batches(part: Part, name: str, options: ReadOptions, size: int) -> Iterator[Any]:
    """Arrow record batches with the geometry column renamed, if there is one."""
    stream = guarded(
        pyogrio.open_arrow,
        prepare(part),
        layer=name,
        encoding=encoding_for(part, options),
        batch_size=size,
        use_pyarrow=True,
    )
    meta, reader = guarded(stream.__enter__)
    try:
        while True:
            try:
                batch = guarded(reader.read_next_batch)
            except StopIteration:
                return
            yield guarded(rename_geometry, batch, meta)
    finally:
        stream.__exit__(None, None, None)


def rename_geometry(batch: Any, meta: dict[str, Any]) -> Any:
    # From a damaged FlatGeobuf GDAL may hand over offsets that run backwards: never touched before they are checked.
    for column in batch.columns:
        (column.view(pa.binary()) if pa.types.is_string(column.type) else column).validate(full=True)
    name = meta["geometry_name"] or "wkb_geometry"
    fields = set(meta["fields"])
    names = [SHAPE if column == name and column not in fields else column for column in batch.schema.names]
    return batch.rename_columns(names)


def attributes_of(batch: Any, fields: Any) -> tuple[pd.DataFrame, list[tuple[int, str, str, str]]]:
    """The columns, and (position, code, message, column) for cells whose letters are broken."""
    chosen = batch.select([str(field) for field in fields])
    problems: list[tuple[int, str, str, str]] = []
    for place, field in enumerate(chosen.schema):
        if pa.types.is_string(field.type) and not is_text(chosen.column(place)):
            texts, broken = readable(chosen.column(place))
            chosen = chosen.set_column(place, field.name, texts)
            message = f"The letters in '{field.name}' are broken. Write them again."
            problems += [(row, "bad_characters", message, field.name) for row in broken]
    return chosen.to_pandas(types_mapper=NULLABLE.get), problems


def is_text(column: Any) -> bool:
    """Arrow takes a file's word for it that texts are UTF-8; here every byte is checked."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def readable(column: Any) -> tuple[Any, list[int]]:
    raw = column.cast(pa.binary()).to_pylist()
    texts = [None if value is None else value.decode("utf-8", "replace") for value in raw]
    broken = [row for row, (value, text) in enumerate(zip(raw, texts, strict=True)) if text and text.encode() != value]
    return pa.array(texts, type=pa.string()), broken


def read(part: Part, layer: LayerInfo, crs: Crs, options: ReadOptions) -> Iterator[Chunk]:
    names = [str(name) for name, _ in guarded(pyogrio.list_layers, prepare(part))]
    name = next(name for name in names if layer_name(part, name) == layer.name)
    first = 1
    for batch in batches(part, name, options, options.chunk):
        attributes, problems = guarded(attributes_of, batch, layer.column_names)
        yield make_chunk(layer.name, first, attributes, checked_batch(batch, crs, options), problems=problems)
        first += len(attributes)
    # GDAL stops at a damaged record without a word: rows would be lost silently.
    if layer.features is not None and first - 1 != layer.features:
        raise Unreadable(
            f"The layer says it has {layer.features} rows, but {first - 1} can be read: it is damaged. Export it again."
        )


def checked_batch(batch: Any, crs: Crs, options: ReadOptions) -> Checked:
    if SHAPE not in batch.schema.names:
        return no_shapes(batch.num_rows)
    column = batch.column(SHAPE)
    xy = plain_points(column) if options.accepts("Point") else None
    if xy is not None:
        return check_points(xy, crs, options.target_srid)
    wkb = column.to_numpy(zero_copy_only=False)
    with quiet():
        shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    return check_shapes(
        np.asarray(shapes, dtype=object),
        crs,
        options.target_srid,
        missing=np.array([value is None for value in wkb], dtype=bool),
        allowed=options.allowed,
    )


def plain_points(column: Any) -> np.ndarray[Any, Any] | None:
    """Coordinates (n, 2) straight from the bytes when every shape is a plain little-endian point, else None."""
    if column.null_count or not len(column) or not pa.types.is_binary(column.type):
        return None
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    if not (np.diff(ends) == POINT_BYTES).all():
        return None
    cells = np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]].reshape(-1, POINT_BYTES)
    if not (cells[:, :5] == POINT_HEAD).all():
        return None
    return np.ascontiguousarray(cells[:, 5:]).view("<f8").astype(np.float64)
