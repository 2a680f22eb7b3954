"""KML folders as layers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from crisis.lib import kml
from crisis.lib.chunks import column_info, common_kind, gather, make_chunk
from crisis.lib.crs import WGS84, Crs
from crisis.lib.errors import Unreadable
from crisis.lib.geometry import check_shapes
from crisis.lib.inspection import Chunk, LayerInfo, Note
from crisis.lib.options import ReadOptions
from crisis.lib.sources import Part


@dataclass
class Folder:
    count: int = 0
    kinds: set[str] = field(default_factory=set)
    samples: dict[str, list[Any]] = field(default_factory=dict)


def inspect(part: Part, options: ReadOptions) -> tuple[list[LayerInfo], list[Note]]:
    found = kml.Found()
    folders: dict[str, Folder] = {}
    for placemark in kml.placemarks(part.path, found):
        folder = folders.setdefault(placemark.layer, Folder())
        folder.count += 1
        if placemark.shape is not None:
            folder.kinds.add(placemark.shape.geom_type)
        gather(folder.samples, [placemark.values])
    if not folders:
        raise Unreadable("The KML file holds no placemarks. If it only links to another file, send that file.")
    layers = [
        LayerInfo(
            name,
            folder.count,
            common_kind(folder.kinds),
            WGS84,
            tuple(column_info(column, values) for column, values in folder.samples.items()),
            part.member,
        )
        for name, folder in folders.items()
    ]
    message = f"{found.links} links and overlays lead out of the file; none was followed."
    return layers, [Note("links_ignored", message)] if found.links else []


def outline(part: Part, options: ReadOptions) -> list[LayerInfo]:
    return inspect(part, options)[0]


def read(part: Part, layer: LayerInfo, crs: Crs, options: ReadOptions) -> Iterator[Chunk]:
    wanted = (placemark for placemark in kml.placemarks(part.path) if placemark.layer == layer.name)
    first = 1
    while batch := list(islice(wanted, options.chunk)):
        attributes = pd.DataFrame(
            {name: [placemark.values.get(name, "") for placemark in batch] for name in layer.column_names},
            index=range(len(batch)),
            dtype=object,
        )
        shapes = np.empty(len(batch), dtype=object)
        shapes[:] = [placemark.shape for placemark in batch]
        checked = check_shapes(
            shapes,
            WGS84,
            options.target_srid,
            missing=np.array([placemark.shape is None for placemark in batch], dtype=bool),
            allowed=options.allowed,
            known={place: placemark.trouble for place, placemark in enumerate(batch) if placemark.trouble},
        )
        yield make_chunk(layer.name, first, attributes, checked)
        first += len(batch)
