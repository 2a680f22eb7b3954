"""Whom each facility reaches: stated shares, else a drawn area, else distance in zones (mechanics D5)."""

from typing import Any

import numpy as np
import pandas as pd
from django.db import connection

from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import CatchmentShare, Municipality
from municipal_units.selectors.norms import Norms

EARTH_RADIUS_M = 6_371_008.8

# The share of a neighbourhood inside a drawn area: by its buildings where they are known, else by surface.
AREAS_SQL = """
SELECT f.id AS facility, b.neighbourhood_id AS neighbourhood,
    CASE WHEN s.buildings > 0 THEN s.inside::float8 / s.buildings
        ELSE ST_Area(ST_Intersection(f.catchment_area, b.geom)) / nullif(ST_Area(b.geom), 0) END AS weight
FROM municipal_units_facility f
JOIN municipal_units_neighbourhoodboundary b ON b.municipality_id = f.municipality_id
    AND ST_Intersects(b.geom, f.catchment_area)
    AND b.valid_from <= %(day)s AND (b.valid_to IS NULL OR b.valid_to > %(day)s)
LEFT JOIN LATERAL (
    SELECT count(*) AS buildings, count(*) FILTER (WHERE ST_Intersects(s.geom, f.catchment_area)) AS inside
    FROM damage_structure s
    WHERE s.municipality_id = f.municipality_id AND s.neighbourhood_id = b.neighbourhood_id AND s.kind = 'building'
) s ON true
WHERE f.municipality_id = %(municipality)s AND f.catchment_area IS NOT NULL AND f.id = ANY(%(facilities)s)
"""


def catchment_frame(
    municipality: Municipality, *, facilities: pd.DataFrame, places: pd.DataFrame, norms: Norms
) -> pd.DataFrame:
    """Links facility, neighbourhood, weight (0-1, above 0). `facilities` as from `condition.facilities_frame`;
    `places` has id, lon, lat (the point people go from; NaN where no boundary is known).

    A facility reaches at least the place it stands in, if only by its outermost zone. Roads serve their own
    neighbourhood unless a share is stated (mechanics D11). Links stay inside the municipality.
    """
    stated = pd.DataFrame.from_records(
        list(
            CatchmentShare.objects.filter(municipality=municipality).values_list("facility", "neighbourhood", "share")
        ),
        columns=["facility", "neighbourhood", "weight"],
    )
    stated["facility"] = stated["facility"].astype(str)
    rest = facilities[~facilities["id"].isin(stated["facility"])]
    drawn = _drawn(municipality, rest[rest["has_area"]], norms)
    rest = rest[~rest["has_area"]]
    roads = rest["service"] == ServiceDomain.ROAD_ACCESS
    own = rest[roads & rest["neighbourhood"].notna()]
    at_home = pd.DataFrame({"facility": own["id"], "neighbourhood": own["neighbourhood"], "weight": 1.0})
    links = [stated, drawn, at_home, _by_distance(rest[~roads], places, norms)]
    frame = pd.concat([part for part in links if len(part)] or [stated], ignore_index=True)
    frame = frame[(frame["weight"] > 0) & frame["neighbourhood"].isin(places["id"])]
    return frame.astype({"facility": str, "neighbourhood": "int64", "weight": float}).reset_index(drop=True)


def _drawn(municipality: Municipality, facilities: pd.DataFrame, norms: Norms) -> pd.DataFrame:
    if facilities.empty:
        return pd.DataFrame(columns=["facility", "neighbourhood", "weight"])
    values: dict[str, Any] = {
        "municipality": municipality.pk,
        "day": norms.day,
        "facilities": [int(pk) for pk in facilities["id"]],
    }
    with connection.cursor() as cursor:
        cursor.execute(AREAS_SQL, values)
        frame = pd.DataFrame.from_records(cursor.fetchall(), columns=["facility", "neighbourhood", "weight"])
    return frame.astype({"facility": str})


def _by_distance(facilities: pd.DataFrame, places: pd.DataFrame, norms: Norms) -> pd.DataFrame:
    """Zones of equal width up to the facility's own distance, else its service's maximum, over the straight line times
    the detour."""
    parts = []
    place_ids = places["id"].to_numpy()
    kinds = ["service", "asset_type", "catchment_m"]
    for (service, asset_type, own), group in facilities.groupby(kinds, sort=True, dropna=False):
        limit = norms.catchment_m(str(service), str(asset_type)) if own != own else float(str(own))
        ids = group["id"].to_numpy()
        if limit is None:
            parts.append(_links(ids, place_ids, np.ones((len(ids), len(place_ids)))))
            continue
        walked = norms.detour * distances_m(group, places)
        weights = zone_weights(walked, limit, norms.zone_weights)
        home = group["neighbourhood"].to_numpy()[:, None] == place_ids[None, :]
        weights = np.where(home, np.maximum(weights, norms.zone_weights[-1]), weights)
        parts.append(_links(ids, place_ids, weights))
    return (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["facility", "neighbourhood", "weight"])
    )


def zone_weights(distance_m: np.ndarray, limit_m: float, weights: tuple[float, ...]) -> np.ndarray:
    """The weight of the zone each distance falls in; 0 beyond the limit or where the distance is not known."""
    edges = limit_m * np.arange(1, len(weights) + 1) / len(weights)
    zone = np.searchsorted(edges, np.nan_to_num(distance_m, nan=np.inf) - 1e-9)
    return np.append(np.asarray(weights), 0.0)[zone]


def distances_m(facilities: pd.DataFrame, places: pd.DataFrame) -> np.ndarray:
    """Great-circle distances in metres, facilities in rows and places in columns; both frames have lon, lat."""
    lon, lat = (np.radians(facilities[name].to_numpy(float))[:, None] for name in ("lon", "lat"))
    place_lon, place_lat = (np.radians(places[name].to_numpy(float))[None, :] for name in ("lon", "lat"))
    half = np.sin((lat - place_lat) / 2) ** 2 + np.cos(lat) * np.cos(place_lat) * np.sin((lon - place_lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def _links(facilities: np.ndarray, places: np.ndarray, weights: np.ndarray) -> pd.DataFrame:
    row, column = np.nonzero(weights > 0)
    return pd.DataFrame({"facility": facilities[row], "neighbourhood": places[column], "weight": weights[row, column]})
