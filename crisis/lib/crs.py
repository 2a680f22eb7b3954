"""Coordinate reference systems as files declare them, and the way from them to ours."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
from pyproj.exceptions import CRSError

from crisis.lib.errors import Unreadable

LONGEST = 32_000
# Parts of a definition that make PROJ open files: never followed.
REACHES_OUT = re.compile(
    r"nadgrids\s*=\s*(?!@null)|geoidgrids|\binit\s*=|parameterfile|file\s*=|/vsi|://", re.IGNORECASE
)
AUTHORITY = re.compile(r"(?:^|[/:])(EPSG|OGC|ESRI|IGNF)(?:[/:]+[\w.]*)?[/:]+(\w+)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Crs:
    """A declared system. `definition` is what pyproj understands; `srid` is None when it has no EPSG number."""

    definition: str
    srid: int | None
    name: str


WGS84 = Crs("EPSG:4326", 4326, "WGS 84")


def crs_from_text(text: str | None) -> Crs | None:
    """Reads an authority code, URN or WKT. None: nothing is declared. Raises Unreadable when it makes no sense."""
    text = (text or "").strip("\0 \r\n\t\ufeff")
    if not text:
        return None
    if len(text) > LONGEST or REACHES_OUT.search(text):
        raise Unreadable("The coordinate system refers to files or addresses. Export the layer again in EPSG:4326.")
    return _known(text)


@lru_cache(maxsize=256)
def _known(text: str) -> Crs:
    named = AUTHORITY.search(text)
    wanted = f"{named[1].upper()}:{named[2]}" if named else text
    if wanted in ("OGC:CRS84", "OGC:84", "EPSG:4326"):
        return WGS84
    try:
        system = pyproj.CRS.from_user_input(wanted)
    except CRSError as unknown:
        raise Unreadable(
            f"The coordinate system '{text[:60]}' is not known. Export the layer again in EPSG:4326."
        ) from unknown
    srid = system.to_epsg(min_confidence=70)
    if srid == 4326 or system == pyproj.CRS.from_epsg(4326):
        return WGS84
    return Crs(wanted, srid, system.name)


@lru_cache(maxsize=64)
def _transformer(source: str, target_srid: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, f"EPSG:{target_srid}", always_xy=True)


def to_target(crs: Crs, target_srid: int, xy: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Coordinates (n, 2), x east and y north whatever the system's own axis order; infinite where it does not reach."""
    if crs.srid == target_srid or not len(xy):
        return xy
    x, y = _transformer(crs.definition, target_srid).transform(xy[:, 0], xy[:, 1])
    return np.column_stack([x, y])
