"""Decides what a file is by its first bytes, and unpacks archives into readable parts."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crisis.lib import shapefile, zipguard
from crisis.lib.drivers import local_file
from crisis.lib.encoding import bom_encoding
from crisis.lib.errors import Unreadable, Unsupported
from crisis.lib.inspection import FileKind
from crisis.lib.zipguard import DEFAULT_LIMITS, ArchiveLimits

OTHER_DATA = {".geojson", ".json", ".gpkg", ".fgb", ".kml", ".csv", ".tsv"}


@dataclass(frozen=True)
class Part:
    """One readable thing: the file itself or an unpacked member of it. `encoding` only where bytes need one."""

    kind: FileKind
    path: Path
    name: str
    member: str = ""
    shape: shapefile.ShapefileLayer | None = None


@contextmanager
def opened(path: Path, filename: str, limits: ArchiveLimits = DEFAULT_LIMITS) -> Iterator[tuple[FileKind, list[Part]]]:
    """The parts of a file, unpacked to a folder that lives as long as the block."""
    stem = PurePosixPath(filename.replace("\\", "/")).stem or "file"
    kind = kind_of(path, filename)
    if kind is not None:
        yield kind, [Part(kind, path, stem)]
        return
    with tempfile.TemporaryDirectory(prefix="reprise-") as folder, zipguard.opened(path, limits) as archive:
        names = archive.namelist()
        if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
            yield FileKind.XLSX, [Part(FileKind.XLSX, path, stem)]
            return
        if any(".gdb/" in name.casefold() for name in names):
            raise Unsupported("This is a file geodatabase. Export its layers as GeoPackage and send that.")
        members = zipguard.extract(archive, Path(folder), is_data, limits)
        parts = unpacked_parts(members, Path(folder))
        if not parts:
            raise Unsupported(
                "The archive holds no map or table. Zip the .shp, .dbf, .shx and .prj together, or send the file."
            )
        yield parts[0].kind, parts


def is_data(name: str) -> bool:
    base = PurePosixPath(name.replace("\\", "/"))
    if base.name.startswith(".") or "__MACOSX" in base.parts:
        return False
    return base.suffix.casefold() in shapefile.PARTS | OTHER_DATA


def unpacked_parts(members: dict[str, Path], folder: Path) -> list[Part]:
    shapes = shapefile.layers_of(members, folder)
    if shapes:
        return [Part(FileKind.SHAPEFILE, shape.shp, shape.name, shape.member, shape) for shape in shapes]
    parts = []
    for member, path in members.items():
        if PurePosixPath(member).suffix.casefold() in shapefile.PARTS:
            continue
        kind = kind_of(path, member)
        if kind is not None:
            parts.append(Part(kind, path, PurePosixPath(member).stem, member))
    kinds = {part.kind for part in parts}
    if len(kinds) > 1:
        raise Unsupported("The archive mixes kinds of files. Send one kind at a time.")
    return parts


def kind_of(path: Path, filename: str) -> FileKind | None:
    """Kind by the first bytes; None for a zip archive. The extension only tells CSV from other text."""
    local_file(path)
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\0 \r\n\t"):
        raise Unreadable("The file is empty. Send it again.")
    for magic, sentence in REFUSED_MAGIC.items():
        if head.startswith(magic):
            raise Unsupported(sentence)
    if head.startswith(b"SQLite format 3\0"):
        return FileKind.GPKG
    if head.startswith(b"fgb\x03fgb"):
        return FileKind.FLATGEOBUF
    suffix = PurePosixPath(filename).suffix.casefold()
    if head.startswith(b"PK\x03\x04") or suffix in (".zip", ".kmz", ".xlsx", ".xlsm"):
        return None
    return text_kind(head, suffix)


REFUSED_MAGIC = {
    b"\xd0\xcf\x11\xe0": "This is an old or password-protected Office file. Save it as .xlsx without a password.",
    b"\x00\x00'\n": "A .shp alone is not enough. Zip the .shp, .dbf, .shx and .prj together and send the zip.",
    b"%PDF": "This is a PDF, not data. Ask its author for the map or table behind it.",
    b"\x1f\x8b": "This is a compressed file (.gz). Unpack it first, or zip it.",
    b"Rar!": "This is a .rar archive. Unpack it and zip the files.",
    b"7z\xbc\xaf": "This is a .7z archive. Unpack it and zip the files.",
    b"\x89PNG": "This is a picture, not data. Ask its author for the map or table behind it.",
    b"\xff\xd8\xff": "This is a picture, not data. Ask its author for the map or table behind it.",
    b"II*\x00": "This is an image map (TIFF). Only points, lines and areas are read here.",
    b"MM\x00*": "This is an image map (TIFF). Only points, lines and areas are read here.",
}


def text_kind(head: bytes, suffix: str) -> FileKind:
    encoding = bom_encoding(head)
    start = head.decode(encoding or "utf-8", "ignore").lstrip("\ufeff \r\n\t\x00")
    if start.startswith("\x1e"):
        return FileKind.GEOJSONSEQ
    if start.startswith(("{", "[")):
        return FileKind.GEOJSONSEQ if suffix in (".geojsonl", ".geojsons", ".ndjson", ".jsonl") else FileKind.GEOJSON
    if start.startswith("<"):
        if re.search(r"<(\w+:)?kml[\s>]", start):
            return FileKind.KML
        if re.search(r"<!doctype html|<html", start, re.IGNORECASE):
            raise Unreadable("This is a web page, not data: the download did not work. Download the file again.")
        raise Unsupported("This XML is not KML. Send GeoJSON, GeoPackage, a zipped shapefile, KML, CSV or XLSX.")
    if suffix in (".geojson", ".json", ".kml", ".gpkg", ".fgb"):
        raise Unreadable(f"The file is named {suffix} but its content is something else. Export it again.")
    return FileKind.CSV
