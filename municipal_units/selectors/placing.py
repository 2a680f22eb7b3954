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
        Places are sorted from west to east once per block, so that a polygon is asked about those beside it only.
        """
        found = np.zeros(len(xy), dtype=np.int64)
        if not len(self.polygons):
            return found
        shapely.prepare(self.polygons)
        # Written from the highest id to the lowest, so the lowest one stays.
        highest_first = np.argsort(-self.neighbourhood_ids, kind="stable")
        bounds = shapely.bounds(self.polygons)
        for start in range(0, len(xy), BLOCK):
            block = xy[start : start + BLOCK]
            from_west = np.argsort(block[:, 0], kind="stable")
            x, y = block[from_west, 0], block[from_west, 1]
            day = days[start : start + BLOCK][from_west]
            west, east = np.searchsorted(x, bounds[:, 0]), np.searchsorted(x, bounds[:, 2], side="right")
            south, north = y.min(), y.max()
            for number in highest_first[(west < east)[highest_first]]:
                _, low, _, high = bounds[number]
                if high < south or low > north:
                    continue
                some = np.arange(west[number], east[number])
                some = some[(y[some] >= low) & (y[some] <= high)]
                some = some[(self.valid_from[number] <= day[some]) & (day[some] < self.valid_to[number])]
                inside = some[shapely.intersects_xy(self.polygons[number], x[some], y[some])]
                found[start + from_west[inside]] = self.neighbourhood_ids[number]
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
