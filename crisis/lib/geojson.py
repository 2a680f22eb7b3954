"""Reads GeoJSON (RFC 7946) and GeoJSON text sequences row by row, strictly and without holding the file in memory.

Our own reader, not GDAL's: it keeps every attribute as written (GDAL turns texts into dates), counts rows as the file
does, and says in words what is wrong with a row instead of dropping its shape.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from crisis.lib.crs import WGS84, Crs, crs_from_text
from crisis.lib.encoding import bom_encoding
from crisis.lib.errors import Unreadable
from crisis.lib.geojson_shapes import SHAPES

STEP = 1 << 22
LONGEST_FEATURE = 64_000_000
SPACE = re.compile(r"[\s\x1e]*")
SEPARATOR = re.compile(r"[\s\x1e,]*")
TRAILING_CRS = re.compile(r'\]\s*,\s*"crs"\s*:\s*')
decode = json.JSONDecoder().raw_decode


@dataclass
class Header:
    """What stands around the features."""

    kind: str = ""
    crs: Crs | None = WGS84
    name: str = ""
    has_features: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


class Reader:
    """Decodes values one after the other from a text stream, reading on as needed."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.text = ""
        self.at = 0
        self.ended = False

    def more(self) -> bool:
        """Reads on; False at the end of the file."""
        try:
            block = self.stream.read(max(STEP, len(self.text) - self.at))
        except UnicodeError as broken:
            raise Unreadable("The file is not written in UTF-8. Save it again as UTF-8.") from broken
        self.text, self.at = self.text[self.at :] + block, 0
        self.ended = not block
        return not self.ended

    def peek(self, skip: re.Pattern[str] = SPACE) -> str:
        """The next character that matters, or "" at the end."""
        while True:
            self.at = skip.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def expect(self, letter: str, where: str) -> None:
        if self.peek() != letter:
            raise broken_json(where)
        self.at += 1

    def value(self, where: str) -> Any:
        """One JSON value. A value cut off by the end of the block is tried again with more of the file."""
        while True:
            try:
                found, end = decode(self.text, self.at)
            except RecursionError as deep:
                raise Unreadable("The file is nested too deeply. Export it again from your GIS program.") from deep
            except ValueError as broken:
                if len(self.text) - self.at > LONGEST_FEATURE or not self.more():
                    raise broken_json(where) from broken
                continue
            # A number at the end of the block may go on in the next.
            if end == len(self.text) and not self.ended and not isinstance(found, dict | list) and self.more():
                continue
            self.at = end
            return found


def broken_json(where: str) -> Unreadable:
    return Unreadable(f"The file is not complete JSON {where}. Export it again from your GIS program.")


def open_text(path: Path) -> TextIO:
    with path.open("rb") as head:
        encoding = bom_encoding(head.read(4)) or "utf-8"
    return path.open(encoding=encoding, newline="")


def read_features(path: Path, *, sequence: bool = False) -> tuple[Header, Iterator[Any]]:
    """Header and the raw decoded features. A bare feature or shape is a collection of one.

    Header values that follow the features are complete only when the iterator is used up, except the coordinate system,
    which is looked up at the file's end beforehand.
    """
    reader = Reader(open_text(path))
    header = Header()
    if sequence:
        header.kind, header.has_features = "FeatureCollection", True
        return header, sequence_of(reader)
    reader.expect("{", "at its beginning")
    single: dict[str, Any] = {}
    while (letter := reader.peek(SEPARATOR)) == '"':
        key = reader.value("at its beginning")
        reader.expect(":", f"after '{str(key)[:40]}'")
        if key == "features" and reader.peek() == "[":
            reader.at += 1
            settle_header(header, single)
            if "crs" not in single:
                set_crs(header, trailing_crs(path))
            header.has_features = True
            return header, features_of(reader, header, single)
        if reader.peek() == "":
            raise broken_json(f"after '{str(key)[:40]}'")
        single[str(key)] = reader.value(f"in '{str(key)[:40]}'")
    if letter != "}":
        raise broken_json("at its end")
    settle_header(header, single)
    return header, bare(header, single)


def settle_header(header: Header, members: dict[str, Any]) -> None:
    header.kind = members["type"] if isinstance(members.get("type"), str) else ""
    header.name = members["name"] if isinstance(members.get("name"), str) else ""
    if "crs" in members:
        set_crs(header, members)


def set_crs(header: Header, members: dict[str, Any]) -> None:
    """The `crs` member of the older GeoJSON; RFC 7946 files have none and are in WGS 84."""
    if "crs" not in members:
        return
    declared = members["crs"]
    if declared is None:
        header.crs = None
        return
    properties = declared.get("properties") if isinstance(declared, dict) else None
    if not isinstance(properties, dict) or declared.get("type") not in ("name", "EPSG"):
        raise Unreadable("The 'crs' of the file is not a named coordinate system. Export the layer in EPSG:4326.")
    code = properties.get("name", properties.get("code"))
    header.crs = crs_from_text(f"EPSG:{code}" if declared["type"] == "EPSG" else str(code))


def trailing_crs(path: Path) -> dict[str, Any]:
    """A `crs` written after the features, within the last 8 kB of the file."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8192))
        tail = file.read().decode("utf-8", "ignore")
    found = list(TRAILING_CRS.finditer(tail))
    try:
        return {"crs": decode(tail, found[-1].end())[0]} if found else {}
    except ValueError:
        return {}


def features_of(reader: Reader, header: Header, members: dict[str, Any]) -> Iterator[Any]:
    number = 0
    while (letter := reader.peek(SEPARATOR)) != "]":
        if letter == "":
            raise broken_json(f"after feature {number}")
        # The common case by itself: the whole feature is in the block already.
        try:
            feature, reader.at = decode(reader.text, reader.at)
        except (ValueError, RecursionError):
            feature = reader.value(f"in feature {number + 1}")
        number += 1
        yield feature
    reader.at += 1
    while reader.peek(SEPARATOR) == '"':
        key = reader.value("after the features")
        reader.expect(":", "after the features")
        reader.peek()
        members[str(key)] = reader.value("after the features")
    if reader.peek() != "}":
        raise broken_json("at its end")
    settle_header(header, {key: value for key, value in members.items() if key != "crs"})
    require_collection(header)


def require_collection(header: Header) -> None:
    if header.kind != "FeatureCollection":
        raise Unreadable(
            f"The 'type' of the file is {kind_written(header)}. It must be 'FeatureCollection', spelled like this."
        )


def bare(header: Header, members: dict[str, Any]) -> Iterator[Any]:
    """A file that is one feature or one shape, or is not GeoJSON at all."""
    if header.kind == "Feature":
        return iter([members])
    if header.kind in SHAPES:
        return iter([{"type": "Feature", "properties": {}, "geometry": members}])
    if header.kind == "Topology":
        raise Unreadable("The file is TopoJSON. Export it as GeoJSON.")
    if "features" in members or header.kind == "FeatureCollection":
        require_collection(header)
        raise Unreadable("The file has no list of 'features'. Export it again from your GIS program.")
    if "coordinates" in members:
        raise Unreadable(
            "The shape has no 'type', or one that does not exist. It must be one of " + ", ".join(SHAPES) + "."
        )
    raise Unreadable(f"The file is JSON but not GeoJSON: its 'type' is {kind_written(header)}.")


def kind_written(header: Header) -> str:
    return f"'{header.kind[:40]}'" if header.kind else "missing"


def sequence_of(reader: Reader) -> Iterator[Any]:
    number = 0
    while reader.peek(SEPARATOR):
        number += 1
        yield reader.value(f"in line {number}")
