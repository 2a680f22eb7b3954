"""Which neighbourhood each of very many places lies in, and how far outside the municipality the others are."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import MultiPolygon
from django.db import connection

METRES_PER_DEGREE = 111_320.0
BLOCK = 50_000
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class PlaceIndex:
    """All boundary versions of one municipality, ready for joining; days are counted from 1970-01-01."""

    polygons: np.ndarray[Any, Any]
    neighbourhood_ids: np.ndarray[Any, np.dtype[np.int64]]
    valid_from: np.ndarray[Any, np.dtype[np.int64]]
    valid_to: np.ndarray[Any, np.dtype[np.int64]]
    outline: shapely.Geometry | None

    def neighbourhoods(
        self, xy: np.ndarray[Any, np.dtype[np.float64]], days: np.ndarray[Any, np.dtype[np.int64]]
    ) -> np.ndarray[Any, np.dtype[np.int64]]:
        """For each (lon, lat) the neighbourhood whose boundary valid on its day covers it, 0 outside all of them.

        A point on a shared border belongs to the neighbourhood with the lower id, as in `neighbourhoods_containing`.
        The tree is built on the points, so that every polygon is prepared once per block and not once per point.
        """
        found = np.zeros(len(xy), dtype=np.int64)
        if not len(self.polygons):
            return found
        for start in range(0, len(xy), BLOCK):
            block = slice(start, start + BLOCK)
            tree = shapely.STRtree(shapely.points(xy[block]))
            polygon, point = tree.query(self.polygons, predicate="covers")
            day = days[block][point]
            valid = (self.valid_from[polygon] <= day) & (day < self.valid_to[polygon])
            polygon, point = polygon[valid], point[valid]
            # Written from the highest id to the lowest, so the lowest one stays.
            order = np.argsort(-self.neighbourhood_ids[polygon], kind="stable")
            found[start + point[order]] = self.neighbourhood_ids[polygon[order]]
        return found

    def metres_outside(self, xy: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """For each (lon, lat) about how many metres it lies outside the outline: 0 inside or when none is drawn.

        Measured on a plane through the place's own latitude: right to a percent within some tens of kilometres.
        """
        distance = np.zeros(len(xy))
        if self.outline is None or not len(xy):
            return distance
        shapely.prepare(self.outline)
        out = np.flatnonzero(~shapely.intersects_xy(self.outline, xy[:, 0], xy[:, 1]))
        for place in out:
            lon, lat = xy[place]
            nearest = shapely.shortest_line(self.outline, shapely.Point(lon, lat))
            (edge_lon, edge_lat), _ = nearest.coords
            east = (lon - edge_lon) * np.cos(np.radians((lat + edge_lat) / 2))
            distance[place] = np.hypot(east, lat - edge_lat) * METRES_PER_DEGREE
        return distance


def place_index(municipality_id: int, outline: MultiPolygon | None) -> PlaceIndex:
    """Reads every boundary version of the municipality once; keep it for the length of one import."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_AsBinary(geom), neighbourhood_id, valid_from, valid_to"
            " FROM municipal_units_neighbourhoodboundary WHERE municipality_id = %s ORDER BY neighbourhood_id, id",
            [municipality_id],
        )
        rows = cursor.fetchall()
    return PlaceIndex(
        polygons=shapely.from_wkb([bytes(row[0]) for row in rows]),
        neighbourhood_ids=np.array([row[1] for row in rows], dtype=np.int64),
        valid_from=np.array([day_number(row[2]) for row in rows], dtype=np.int64),
        valid_to=np.array([NEVER if row[3] is None else day_number(row[3]) for row in rows], dtype=np.int64),
        outline=None if outline is None else shapely.from_wkb(bytes(outline.wkb)),
    )


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days
