"""Everything the planning case is made of, read from the registers: at once, or only what a fact has changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
import pandas as pd
from django.db import connection

from assessments.selectors.catchment import catchment_frame
from assessments.selectors.condition import facilities_frame, width_of_age
from assessments.selectors.housing import housing_frame
from assessments.selectors.needs import dependencies_frame
from assessments.selectors.works import Works, registered_works
from municipal_units.models import LocalReach, Municipality
from municipal_units.selectors.norms import Norms, norms_at
from municipal_units.selectors.population import people_present

# The point people go from: the middle of their buildings where these are known, else a point on the surface.
PLACES_SQL = """
SELECT n.id, coalesce(s.lon, ST_X(p.point)) AS lon, coalesce(s.lat, ST_Y(p.point)) AS lat
FROM municipal_units_neighbourhood n
LEFT JOIN municipal_units_neighbourhoodboundary b ON b.neighbourhood_id = n.id AND b.municipality_id = n.municipality_id
    AND b.valid_from <= %(day)s AND (b.valid_to IS NULL OR b.valid_to > %(day)s)
LEFT JOIN LATERAL (SELECT ST_PointOnSurface(b.geom) AS point) p ON true
LEFT JOIN (
    SELECT neighbourhood_id, avg((ST_XMin(geom) + ST_XMax(geom)) / 2) AS lon,
        avg((ST_YMin(geom) + ST_YMax(geom)) / 2) AS lat
    FROM damage_structure WHERE municipality_id = %(municipality)s AND kind = 'building' GROUP BY 1
) s ON s.neighbourhood_id = n.id
WHERE n.municipality_id = %(municipality)s AND (n.retired_on IS NULL OR n.retired_on > %(day)s)
ORDER BY n.id
"""


@dataclass(frozen=True)
class Facts:
    """What the registers say, as tables; columns as their selectors document them."""

    municipality: Municipality
    as_of: datetime
    norms: Norms
    points: pd.DataFrame
    present: pd.DataFrame
    facilities: pd.DataFrame
    links: pd.DataFrame
    reach: pd.DataFrame
    housing: pd.DataFrame
    dependencies: pd.DataFrame
    works: Works


def read_facts(municipality: Municipality, *, as_of: datetime) -> Facts:
    """About a dozen statements, aggregated by the database."""
    norms = norms_at(municipality, as_of.date())
    points = places_frame(municipality, as_of.date())
    facilities = facilities_frame(municipality, norms=norms, as_of=as_of)
    return Facts(
        municipality=municipality,
        as_of=as_of,
        norms=norms,
        points=points,
        present=people_present(municipality, as_of=as_of.date()),
        facilities=facilities,
        links=catchment_frame(municipality, facilities=facilities, places=points, norms=norms),
        reach=reach_frame(municipality, as_of),
        housing=housing_frame(municipality, norms=norms, day=as_of.date()),
        dependencies=dependencies_frame(municipality),
        works=registered_works(municipality),
    )


def with_facilities_seen(facts: Facts, ids: Sequence[int], *, as_of: datetime) -> Facts:
    """After reports on these facilities or damage to their buildings: their condition read again."""
    seen = facilities_frame(facts.municipality, norms=facts.norms, as_of=as_of, only=ids).set_index("id")
    facilities = facts.facilities.set_index("id")
    facilities = pd.concat([facilities.drop(seen.index), seen]).loc[facilities.index]
    return replace(facts, facilities=facilities.reset_index())


def with_people_counted(facts: Facts, *, as_of: datetime) -> Facts:
    return replace(facts, present=people_present(facts.municipality, as_of=as_of.date()))


def with_reach_seen(facts: Facts, *, as_of: datetime) -> Facts:
    return replace(facts, reach=reach_frame(facts.municipality, as_of))


def with_housing_seen(facts: Facts, *, as_of: datetime) -> Facts:
    return replace(facts, housing=housing_frame(facts.municipality, norms=facts.norms, day=as_of.date()))


def with_works_changed(facts: Facts) -> Facts:
    return replace(facts, works=registered_works(facts.municipality))


def places_frame(municipality: Municipality, day: date) -> pd.DataFrame:
    """Neighbourhoods that exist on a day: id, lon, lat of the point people go from (NaN: no boundary known)."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES_SQL, {"municipality": municipality.pk, "day": day})
        frame = pd.DataFrame.from_records(cursor.fetchall(), columns=["id", "lon", "lat"])
    return frame.astype({"id": "int64", "lon": float, "lat": float})


def reach_frame(municipality: Municipality, as_of: datetime) -> pd.DataFrame:
    """The latest observation of how far each service gets: neighbourhood, service, share, lo, hi, observed_at."""
    rows = (
        LocalReach.objects.filter(municipality=municipality, observed_at__lte=as_of)
        .order_by("neighbourhood", "service", "-observed_at", "-id")
        .distinct("neighbourhood", "service")
        .values_list("neighbourhood", "service", "share", "observed_at")
    )
    frame = pd.DataFrame.from_records(list(rows), columns=["neighbourhood", "service", "share", "observed_at"])
    width = np.array([width_of_age((as_of - seen).days) for seen in frame["observed_at"]], float)
    frame["share"] = frame["share"].astype(float)
    frame["lo"] = frame["share"] * (1 - width)
    frame["hi"] = np.minimum(1.0, frame["share"] * (1 + width))
    return frame
