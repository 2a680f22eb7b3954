"""Municipalities, neighbourhoods and where they lie."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
from django.db import connection
from django.db.models import Q, QuerySet

from crisis.lib.errors import NotFound
from municipal_units.models import Facility, Municipality, Neighbourhood, NeighbourhoodBoundary
from municipal_units.permissions import Actor, Permission, require_somewhere


def municipality_for(actor: Actor, code: str, permission: Permission | None = None) -> Municipality:
    """The municipality with this code, if the actor has any business there; otherwise it does not exist. With
    `permission`: refused in words to whoever does not hold that right anywhere in it."""
    found = Municipality.objects.select_related("crisis").filter(code=code, pk__in=actor.municipality_ids).first()
    if found is None:
        raise NotFound("There is no such place, or it is not yours to see.")
    if permission is not None:
        require_somewhere(actor, permission, found)
    return found


def municipality_item(municipality: Municipality, actor: Actor) -> dict[str, Any]:
    """One municipality as every page, answer and map gets it. `bbox` is [west, south, east, north] in degrees."""
    crisis = municipality.crisis
    roles = sorted(role.value for role in actor.roles_in(municipality.pk))
    return {
        "id": municipality.pk,
        "code": municipality.code,
        "name": municipality.name,
        "names": names_of(municipality),
        "crisis": {"id": crisis.pk, "name": crisis.name, "started_on": crisis.started_on} if crisis else None,
        "bbox": extent_of(municipality),
        "role": roles[0] if roles else "system" if actor.is_system else None,
        "roles": roles,
        "currency": municipality.currency,
    }


def names_of(place: Municipality | Neighbourhood | Facility) -> dict[str, str]:
    """The name in each language, the first one where there is no other."""
    return {"en": place.name, "fr": place.name_fr or place.name, "ar": place.name_ar or place.name}


def extent_of(municipality: Municipality) -> list[float] | None:
    """West, south, east, north of the outline, else of the neighbourhoods; None for a town not drawn yet."""
    if municipality.outline is not None:
        return [round(value, 6) for value in municipality.outline.extent]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(geom) e"
            " FROM municipal_units_neighbourhoodboundary WHERE municipality_id = %s AND valid_to IS NULL) x",
            [municipality.pk],
        )
        row = cursor.fetchone()
    return None if row is None or row[0] is None else [round(value, 6) for value in row]


def boundaries_on(municipality: Municipality, day: date) -> QuerySet[NeighbourhoodBoundary]:
    """The boundary versions valid on a day."""
    return NeighbourhoodBoundary.objects.filter(municipality=municipality, valid_from__lte=day).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=day)
    )


def neighbourhoods_on(municipality: Municipality, day: date) -> QuerySet[Neighbourhood]:
    """Neighbourhoods that have not been retired by a day, drawn or not."""
    return Neighbourhood.objects.filter(municipality=municipality).filter(
        Q(retired_on__isnull=True) | Q(retired_on__gt=day)
    )


def neighbourhoods_containing(
    municipality_id: int, places: Sequence[tuple[float, float]], days: Sequence[date]
) -> list[int | None]:
    """For each (lon, lat) the neighbourhood that contained it on its day, None outside all of them.

    A point on a shared border belongs to the neighbourhood with the lower id.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT found.neighbourhood_id
            FROM unnest(%s::float8[], %s::float8[], %s::date[]) WITH ORDINALITY AS place(lon, lat, day, number)
            LEFT JOIN LATERAL (
                SELECT neighbourhood_id FROM municipal_units_neighbourhoodboundary AS boundary
                WHERE municipality_id = %s AND valid_from <= day AND (valid_to IS NULL OR valid_to > day)
                    AND ST_Covers(boundary.geom, ST_SetSRID(ST_MakePoint(lon, lat), 4326))
                ORDER BY neighbourhood_id LIMIT 1
            ) AS found ON true
            ORDER BY number
            """,
            [[lon for lon, _ in places], [lat for _, lat in places], list(days), municipality_id],
        )
        return [row[0] for row in cursor.fetchall()]


def metres_outside(municipality_id: int, places: Sequence[tuple[float, float]]) -> list[float | None]:
    """For each (lon, lat) how many metres it lies outside the outline: 0 inside, None where none is drawn."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT ST_Distance(town.outline::geography, ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography)
            FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS place(lon, lat, number)
            LEFT JOIN municipal_units_municipality AS town ON town.id = %s
            ORDER BY number
            """,
            [[lon for lon, _ in places], [lat for _, lat in places], municipality_id],
        )
        return [row[0] for row in cursor.fetchall()]


def neighbourhoods_frame(municipality: Municipality, *, on: date) -> pd.DataFrame:
    """Columns: id, pcode, local_code, name, name_fr, name_ar, lon and lat of a point inside (degrees), area_m2."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT n.id, n.pcode, n.local_code, n.name, n.name_fr, n.name_ar,
                ST_X(ST_PointOnSurface(b.geom)) AS lon, ST_Y(ST_PointOnSurface(b.geom)) AS lat,
                ST_Area(b.geom::geography) AS area_m2
            FROM municipal_units_neighbourhood n
            LEFT JOIN municipal_units_neighbourhoodboundary b
                ON b.neighbourhood_id = n.id AND b.valid_from <= %s AND (b.valid_to IS NULL OR b.valid_to > %s)
            WHERE n.municipality_id = %s AND (n.retired_on IS NULL OR n.retired_on > %s)
            ORDER BY n.pcode, n.local_code, n.id
            """,
            [on, on, municipality.pk, on],
        )
        columns = [column.name for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=columns)


def neighbourhoods_geojson(municipality: Municipality, *, on: date, tolerance_deg: float = 0.0) -> str:
    """The neighbourhoods of a day as a GeoJSON text, made by the database; outlines simplified by `tolerance_deg`."""
    shape = "ST_SimplifyPreserveTopology(b.geom, %s)" if tolerance_deg > 0 else "b.geom"
    parameters: list[Any] = [tolerance_deg] if tolerance_deg > 0 else []
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(json_build_object(
                'type', 'Feature', 'id', n.id,
                'geometry', ST_AsGeoJSON({shape}, 6)::json,
                'properties', json_build_object(
                    'id', n.id, 'pcode', n.pcode, 'local_code', n.local_code, 'name', n.name,
                    'name_fr', coalesce(nullif(n.name_fr, ''), n.name),
                    'name_ar', coalesce(nullif(n.name_ar, ''), n.name),
                    'valid_from', b.valid_from, 'source', b.source)
            ) ORDER BY n.pcode, n.id), '[]'::json))::text
            FROM municipal_units_neighbourhoodboundary b
            JOIN municipal_units_neighbourhood n ON n.id = b.neighbourhood_id
            WHERE b.municipality_id = %s AND b.valid_from <= %s AND (b.valid_to IS NULL OR b.valid_to > %s)
            """,
            [*parameters, municipality.pk, on, on],
        )
        (text,) = cursor.fetchone() or ("",)
    return str(text)
