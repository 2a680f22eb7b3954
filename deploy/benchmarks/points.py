"""Writes a GeoPackage of damage points. usage: python -m deploy.benchmarks.points FILE COUNT"""

import sys
from pathlib import Path

import numpy as np
import pyogrio
import shapely

from deploy.benchmarks.square_town import SIDE


def write_points(path: Path, count: int) -> None:
    """A GeoPackage as a satellite analyst would send it: a point, an id, a class, a date and a place name."""
    rng = np.random.default_rng(5)
    points = shapely.points(
        -1 + rng.random(count) * SIDE * 0.004 - 0.002, 13 + rng.random(count) * SIDE * 0.004 - 0.002
    )
    columns = {
        "SiteID": np.array([f"S{number:07d}" for number in range(count)], dtype=object),
        "Main_Damage_Site_Class": rng.integers(1, 4, count).astype(np.int32),
        "Neighborhood": np.array([f"Place {number}" for number in rng.integers(1, 1000, count)], dtype=object),
    }
    pyogrio.raw.write(
        path,
        shapely.to_wkb(points),
        list(columns.values()),
        list(columns),
        layer="damage",
        driver="GPKG",
        geometry_type="Point",
        crs="EPSG:4326",
    )


if __name__ == "__main__":
    write_points(Path(sys.argv[1]), int(sys.argv[2]))
