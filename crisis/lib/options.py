"""How a person wants a file read."""

from collections.abc import Collection
from dataclasses import dataclass

from crisis.lib.zipguard import DEFAULT_LIMITS, ArchiveLimits


@dataclass(frozen=True)
class TablePlaces:
    """Which columns of a table say where: two with coordinates, or one with WKT. `decimal` when it had to be asked."""

    x: str = ""
    y: str = ""
    wkt: str = ""
    decimal: str = ""


@dataclass(frozen=True)
class ReadOptions:
    """`source_srid` answers for layers that declare none. `allowed`: Point, LineString, Polygon; None for all three."""

    encoding: str | None = None
    source_srid: int | None = None
    target_srid: int = 4326
    chunk: int = 10_000
    allowed: Collection[str] | None = None
    places: TablePlaces | None = None
    limits: ArchiveLimits = DEFAULT_LIMITS

    def accepts(self, kind: str) -> bool:
        return self.allowed is None or kind in self.allowed
