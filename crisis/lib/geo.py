"""Any map file in, checked rows out: `inspect_file` says what a file is, `read_chunks` reads one layer of it.

GeoJSON (also line by line), GeoPackage, zipped shapefiles, FlatGeobuf, KML and KMZ, CSV and XLSX. Only files on this
machine; what a file is, is decided by its first bytes; nothing in it is followed and nothing is repaired.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from types import ModuleType

from crisis.lib import layers_gdal, layers_json, layers_kml, layers_table
from crisis.lib.crs import WGS84, Crs, crs_from_text
from crisis.lib.encoding import known_encoding
from crisis.lib.errors import Invalid, NotFound
from crisis.lib.inspection import Chunk, EncodingChoice, FileInspection, FileKind, LayerInfo, Note
from crisis.lib.options import ReadOptions, TablePlaces
from crisis.lib.sources import Part, opened
from crisis.lib.zipguard import DEFAULT_LIMITS, ArchiveLimits

READERS: dict[FileKind, ModuleType] = {
    FileKind.GEOJSON: layers_json,
    FileKind.GEOJSONSEQ: layers_json,
    FileKind.GPKG: layers_gdal,
    FileKind.SHAPEFILE: layers_gdal,
    FileKind.FLATGEOBUF: layers_gdal,
    FileKind.KML: layers_kml,
    FileKind.CSV: layers_table,
    FileKind.XLSX: layers_table,
}


def inspect_file(
    path: Path,
    *,
    filename: str = "",
    encoding: str | None = None,
    places: TablePlaces | None = None,
    limits: ArchiveLimits = DEFAULT_LIMITS,
) -> FileInspection:
    """What the file holds: layers with counts, columns, sample values, coordinate system, encoding and questions.

    `filename` is the sender's name for it. Raises Unreadable, Unsupported or TooLarge with a sentence for the sender,
    never an error of a library.
    """
    options = ReadOptions(encoding=encoding and known_encoding(encoding), places=places, limits=limits)
    with opened(path, filename or path.name, limits) as (kind, parts):
        layers, notes = [], []
        for part in parts:
            found, remarks = READERS[part.kind].inspect(part, options)
            layers += found
            notes += remarks
        used, choices = encoding_of(parts, options)
    for layer in layers:
        notes += questions(layer)
    return FileInspection(kind, filename or path.name, tuple(layers), used, choices, tuple(notes))


def questions(layer: LayerInfo) -> Iterator[Note]:
    if layer.geometry != "None" and not layer.crs_name:
        message = "The layer does not say which coordinate system it is in. Choose it."
        yield Note("no_crs", message, layer.name, asks=True)
    if not layer.features:
        yield Note("no_rows", "The layer has no rows.", layer.name)


def encoding_of(parts: list[Part], options: ReadOptions) -> tuple[str, tuple[EncodingChoice, ...]]:
    """The encoding used and the others that could be chosen; of several layers, the one with most choices speaks."""
    if parts[0].kind is FileKind.CSV:
        layout = layers_table.layouts(parts[0], options)[0]
        return layout.encoding, layout.encodings
    shapes = [part.shape for part in parts if part.shape]
    if not shapes:
        return "", ()
    speaking = max(shapes, key=lambda shape: len(shape.encodings))
    return options.encoding or speaking.encoding, speaking.encodings


def read_chunks(
    path: Path,
    layer: str = "",
    *,
    filename: str = "",
    encoding: str | None = None,
    source_srid: int | None = None,
    target_srid: int = 4326,
    chunk: int = 10_000,
    allowed: Collection[str] | None = None,
    places: TablePlaces | None = None,
    limits: ArchiveLimits = DEFAULT_LIMITS,
) -> Iterator[Chunk]:
    """Rows of one layer (the first when `layer` is empty) in order, as many as the file has, good and refused.

    `source_srid` is the answer to `no_crs`; what a map file declares always wins. `allowed`: kinds of shape wanted, of
    Point, LineString and Polygon.
    """
    options = ReadOptions(
        encoding and known_encoding(encoding), source_srid, target_srid, chunk, allowed, places, limits
    )
    with opened(path, filename or path.name, limits) as (_, parts):
        part, info = find_layer(parts, layer, options)
        crs = declared_crs(part, info, options)
        yield from READERS[part.kind].read(part, info, crs, options)


def find_layer(parts: list[Part], name: str, options: ReadOptions) -> tuple[Part, LayerInfo]:
    for part in parts:
        # A shapefile's layer is named after its part: no need to look into the others.
        if name and part.shape and part.name != name:
            continue
        for info in READERS[part.kind].outline(part, options):
            if not name or info.name == name:
                return part, info
    raise NotFound(f"The file has no layer '{name[:60]}'. Choose one of its layers.")


def declared_crs(part: Part, info: LayerInfo, options: ReadOptions) -> Crs:
    if info.geometry == "None":
        return WGS84
    answered = part.kind in (FileKind.CSV, FileKind.XLSX) and options.source_srid is not None
    if info.crs is not None and not answered:
        return info.crs
    if options.source_srid is None:
        raise Invalid(f"Layer '{info.name[:60]}' does not say its coordinate system. Choose it.")
    chosen = crs_from_text(f"EPSG:{options.source_srid}")
    assert chosen is not None
    return chosen
