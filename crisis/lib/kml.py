"""Reads the placemarks of a KML file; follows nothing it links to.

Our own reader because KML may point to other files and addresses (NetworkLink, overlays, styles): those are named in a
note and left alone. Document types and entities are refused by defusedxml.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import numpy as np
import shapely
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]

from crisis.lib.errors import TooLarge, Unreadable
from crisis.lib.geometry import quiet

MOST_ELEMENTS = 20_000_000
DEEPEST = 60
LONGEST_BYTES = 200_000_000


@dataclass
class Placemark:
    """`layer`: name of the folder it lies in. `shape` None: it has none; `trouble` says why it cannot be read."""

    layer: str
    values: dict[str, str]
    shape: Any = None
    trouble: tuple[str, str] | None = None


@dataclass
class Found:
    links: int = 0
    names: list[str] = field(default_factory=list)


def local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def placemarks(path: Path, found: Found | None = None) -> Iterator[Placemark]:
    """Placemarks in the order of the file. `found` collects what was seen and not followed."""
    if path.stat().st_size > LONGEST_BYTES:
        raise TooLarge("The KML file is larger than 200 MB. Send the layer as GeoPackage.")
    try:
        yield from walk(path, found or Found())
    except (ParseError, UnicodeError, LookupError) as broken:
        raise Unreadable("The KML file is not well-formed XML. Export it again.") from broken
    except DefusedXmlException as hostile:
        raise Unreadable("The KML file declares a document type or entities. Export it again without.") from hostile


def walk(path: Path, found: Found) -> Iterator[Placemark]:
    stack: list[Element] = []
    folders: list[str] = []
    elements = 0
    with path.open("rb") as file:
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            tag = local(element.tag)
            if event == "start":
                elements += 1
                stack.append(element)
                if len(stack) > DEEPEST or elements > MOST_ELEMENTS:
                    raise Unreadable("The KML file is nested too deeply or has too many parts. Send it as GeoPackage.")
                if tag in ("Folder", "Document"):
                    folders.append("")
                continue
            stack.pop()
            if tag == "name" and folders and stack and local(stack[-1].tag) in ("Folder", "Document"):
                folders[-1] = (element.text or "").strip()
            elif tag in ("Folder", "Document"):
                folders.pop()
            elif tag in ("NetworkLink", "Link", "GroundOverlay"):
                found.links += tag != "Link"
            if tag == "Placemark":
                yield read_placemark(element, next((name for name in reversed(folders) if name), "KML"))
            if not any(local(parent.tag) == "Placemark" for parent in stack) and stack and tag != "name":
                stack[-1].remove(element)


def read_placemark(element: Element, layer: str) -> Placemark:
    placemark = Placemark(layer, {})
    shapes = []
    try:
        for child in element:
            tag = local(child.tag)
            if tag in ("name", "description", "address"):
                placemark.values[tag] = text_of(child)
            elif tag == "ExtendedData":
                placemark.values.update(extended(child))
            elif tag in ("TimeStamp", "TimeSpan"):
                placemark.values.update({local(part.tag): text_of(part) for part in child})
            elif tag in SHAPES:
                with quiet():
                    shapes.append(SHAPES[tag](child))
            elif tag in ("Model", "Track", "MultiTrack"):
                placemark.trouble = (
                    "unknown_kind",
                    f"A {tag} is no shape that is read here. Draw a point, line or area.",
                )
    except (ValueError, shapely.errors.GEOSException):
        placemark.trouble = ("unreadable_geometry", "The coordinates cannot be read. Write 'longitude,latitude' pairs.")
    placemark.shape = shapes[0] if shapes else None
    return placemark


def text_of(element: Element) -> str:
    return "".join(element.itertext()).strip()


def extended(element: Element) -> dict[str, str]:
    """`Data` with a `value`, and `SimpleData` inside `SchemaData`."""
    values = {}
    for part in element.iter():
        name = part.get("name")
        if name and local(part.tag) == "Data":
            values[name] = next((text_of(child) for child in part if local(child.tag) == "value"), "")
        elif name and local(part.tag) == "SimpleData":
            values[name] = text_of(part)
    return values


def coordinates_in(element: Element) -> np.ndarray[Any, Any]:
    """Positions (n, 2) of the first `coordinates` below; altitude is left out."""
    text = next((part.text or "" for part in element.iter() if local(part.tag) == "coordinates"), "")
    positions = [position.split(",") for position in text.split()]
    if any(len(position) < 2 for position in positions):
        raise ValueError("a position needs two numbers")
    return np.array([[float(part) for part in position[:2]] for position in positions], dtype=float).reshape(-1, 2)


def point(element: Element) -> Any:
    positions = coordinates_in(element)
    if len(positions) != 1:
        raise ValueError("a point has one position")
    return shapely.points(positions[0])


def line(element: Element) -> Any:
    return shapely.linestrings(coordinates_in(element))


def polygon(element: Element) -> Any:
    outer = [part for part in element if local(part.tag) == "outerBoundaryIs"]
    inner = [part for part in element if local(part.tag) == "innerBoundaryIs"]
    if len(outer) != 1:
        raise ValueError("an area has one outline")
    return shapely.polygons(coordinates_in(outer[0]), holes=[coordinates_in(part) for part in inner] or None)


def several(element: Element) -> Any:
    """Parts of one kind become the multi shape of that kind; mixed parts a collection, refused later in words."""
    parts = [SHAPES[local(part.tag)](part) for part in element if local(part.tag) in SHAPES]
    kinds = {shape.geom_type for shape in parts}
    makers = {
        "Point": shapely.multipoints,
        "LineString": shapely.multilinestrings,
        "Polygon": shapely.multipolygons,
    }
    if len(kinds) == 1 and (kind := kinds.pop()) in makers:
        return makers[kind](parts)
    return shapely.geometrycollections(parts)


SHAPES: dict[str, Any] = {
    "Point": point,
    "LineString": line,
    "LinearRing": line,
    "Polygon": polygon,
    "MultiGeometry": several,
}
