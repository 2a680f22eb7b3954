"""Damage as screens, tiles, reports and the planning case need it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
from django.db import connection
from django.db.models import Case, Count, QuerySet, When
from django.utils import timezone

from damage.core.grading import DamageGrade
from damage.core.history import HAS_ISSUES, REJECTED
from damage.core.structures import EXPLOSIVE, OPEN_HAZARD
from damage.models import DamageAssessment, Hazard, HazardStep, Structure
from municipal_units.models import Municipality
from municipal_units.permissions import Actor
from municipal_units.selectors.places import names_of


def damage_feature(structure: Structure) -> dict[str, Any]:
    """A structure with the grade that counts now, as a GeoJSON Feature: the same in answer, event and tile."""
    grade = DamageGrade(structure.current_grade)
    return {
        "type": "Feature",
        "id": structure.pk,
        "geometry": {
            "type": structure.geom.geom_type,
            "coordinates": rounded(structure.geom.coords),
        },
        "properties": {
            "id": structure.pk,
            "kind": structure.kind,
            "grade": grade.value,
            "grade_ord": grade.ordinal,
            "method": structure.current_method,
            "observed_at": structure.current_observed_at.isoformat() if structure.current_observed_at else None,
            "neighbourhood": structure.neighbourhood_id,
            "facility": structure.facility_id,
        },
    }


def rounded(coordinates: Any) -> Any:
    """Coordinates to six decimals (a decimetre), nested as deep as they come."""
    if isinstance(coordinates, float):
        return round(coordinates, 6)
    return [rounded(part) for part in coordinates]


def damage_by_grade(municipality: Municipality, *, neighbourhood_id: int | None = None) -> dict[str, int]:
    """Structures by the grade that counts now, every grade named, whole municipality or one neighbourhood."""
    structures = Structure.objects.filter(municipality=municipality)
    if neighbourhood_id is not None:
        structures = structures.filter(neighbourhood_id=neighbourhood_id)
    counted = dict(structures.values_list("current_grade").annotate(count=Count("pk")))
    return {grade.value: counted.get(grade.value, 0) for grade in DamageGrade}


def damage_by_neighbourhood_frame(municipality: Municipality) -> pd.DataFrame:
    """Columns: neighbourhood_id (0 outside all), grade, structures."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(neighbourhood_id, 0), current_grade, count(*) FROM damage_structure"
            " WHERE municipality_id = %s GROUP BY 1, 2 ORDER BY 1, 2",
            [municipality.pk],
        )
        return pd.DataFrame(cursor.fetchall(), columns=["neighbourhood_id", "grade", "structures"])


def structure_frame(municipality: Municipality) -> pd.DataFrame:
    """Every structure for the planning case. Columns: id, neighbourhood_id and facility_id (0 if none), kind, grade,
    grade_high ("" if none), dwelling_units and floor_area_m2 (NaN unknown), habitability ("" not said), observed_at."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.id, coalesce(s.neighbourhood_id, 0), coalesce(s.facility_id, 0), s.kind, s.current_grade,
                s.current_grade_high, s.dwelling_units::float8, s.floor_area_m2, coalesce(a.habitability, ''),
                s.current_observed_at
            FROM damage_structure AS s
            LEFT JOIN damage_damageassessment AS a ON a.id = s.current_assessment_id
            WHERE s.municipality_id = %s ORDER BY s.id
            """,
            [municipality.pk],
        )
        columns = [
            "id",
            "neighbourhood_id",
            "facility_id",
            "kind",
            "grade",
            "grade_high",
            "dwelling_units",
            "floor_area_m2",
            "habitability",
            "observed_at",
        ]
        return pd.DataFrame(cursor.fetchall(), columns=columns)


def assessments_to_review(
    municipality: Municipality, *, neighbourhood_id: int | None = None
) -> QuerySet[DamageAssessment]:
    """Observations a person should look at, oldest first; `review_reason` says why."""
    waiting = DamageAssessment.objects.filter(municipality=municipality, review_state=HAS_ISSUES)
    if neighbourhood_id is not None:
        waiting = waiting.filter(neighbourhood_id=neighbourhood_id)
    return waiting.select_related("structure", "neighbourhood", "product").order_by("received_at", "pk")


# ---- hazards


def hazards_of(
    municipality: Municipality, *, status: str = "open", neighbourhood_id: int | None = None
) -> QuerySet[Hazard]:
    """Hazards that were not rejected, explosive first, then the latest. `status`: open, gone, all or one of them."""
    rows = Hazard.objects.filter(municipality=municipality).exclude(review_state=REJECTED)
    if status == "open":
        rows = rows.filter(status__in=OPEN_HAZARD)
    elif status == "gone":
        rows = rows.exclude(status__in=OPEN_HAZARD)
    elif status != "all":
        rows = rows.filter(status=status)
    if neighbourhood_id is not None:
        rows = rows.filter(neighbourhood_id=neighbourhood_id)
    explosive = Case(When(kind__in=EXPLOSIVE, then=0), default=1)
    return rows.select_related("neighbourhood").order_by(explosive, "-status_on", "-pk")


def hazard_items(hazards: Sequence[Hazard], actor: Actor) -> list[dict[str, Any]]:
    """Hazards as a reader may know them: the own municipality exactly; others, in conflict, the middle of a coarse
    square, and none of the words that would say where it is."""
    told = told_places([hazard.pk for hazard in hazards])
    steps: dict[int, list[dict[str, Any]]] = {hazard.pk: [] for hazard in hazards}
    written = HazardStep.objects.filter(hazard__in=steps).select_related("recorded_by").order_by("on", "pk")
    for step in written:
        steps[step.hazard_id].append(
            {"status": step.status, "on": step.on, "note": step.note, "by": str(step.recorded_by or "")}
        )
    items = []
    for hazard in hazards:
        lon, lat, coarse = told.get(hazard.pk, (None, None, False))
        near = not coarse
        items.append(
            {
                "id": hazard.pk,
                "neighbourhood": hazard.neighbourhood_id,
                "names": names_of(hazard.neighbourhood) if hazard.neighbourhood else None,
                "kind": hazard.kind,
                "explosive": hazard.kind in EXPLOSIVE,
                "status": hazard.status,
                "status_on": hazard.status_on,
                "open": hazard.status in OPEN_HAZARD,
                "confidence": hazard.confidence,
                "observed_at": hazard.observed_at,
                "lon": lon,
                "lat": lat,
                "reach_m": hazard.reach_m,
                "generalised": coarse,
                "blocks_road": hazard.blocks_road,
                "marked": hazard.marked,
                "written_place": hazard.written_place if near else "",
                "note": hazard.note if near else "",
                "source": hazard.source if near else "",
                "steps": steps[hazard.pk] if near else [],
                "own_report": actor.user_id is not None and hazard.reported_by_id == actor.user_id,
            }
        )
    return items


def told_places(hazards: Sequence[int]) -> dict[int, tuple[float | None, float | None, bool]]:
    """Longitude, latitude and whether that is a coarse square, by hazard, as the reader of this scope is told."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT hazard.id, ST_X(told.place), ST_Y(told.place),
                NOT municipal_units_own_town(municipality_id)
                    AND municipal_units_coarse_cell(municipality_id, NULL) IS NOT NULL
            FROM damage_hazard AS hazard CROSS JOIN LATERAL (
                SELECT municipal_units_told_place(geom, geom_3857, municipality_id, NULL) AS place
            ) AS told
            WHERE hazard.id = ANY(%s)
            """,
            [list(hazards)],
        )
        return {pk: (lon, lat, coarse) for pk, lon, lat, coarse in cursor.fetchall()}


def places_under_suspicion(municipality: Municipality, *, on: date | None = None) -> set[int]:
    """Neighbourhoods in which an explosive hazard may lie: as their boundaries run on the day, and where a report
    names no position, the neighbourhood it names."""
    day = on or timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT DISTINCT coalesce(boundary.neighbourhood_id, hazard.neighbourhood_id)
            FROM damage_hazard AS hazard
            LEFT JOIN municipal_units_neighbourhoodboundary AS boundary
                ON boundary.municipality_id = hazard.municipality_id
                AND boundary.valid_from <= %(day)s AND (boundary.valid_to IS NULL OR boundary.valid_to > %(day)s)
                AND boundary.geom && {AROUND}
                AND ST_DWithin(boundary.geom::geography, hazard.geom::geography, hazard.reach_m)
            WHERE {SUSPECTED}
            """,
            {"day": day, **_suspected(municipality)},
        )
        return {place for (place,) in cursor.fetchall() if place is not None}


def facilities_under_suspicion(municipality: Municipality) -> set[int]:
    """Facilities within the safety distance of an explosive hazard, in whichever neighbourhood they stand."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT DISTINCT facility.id
            FROM damage_hazard AS hazard
            LEFT JOIN municipal_units_safetysettings AS safety ON safety.municipality_id = hazard.municipality_id
            JOIN municipal_units_facility AS facility ON facility.municipality_id = hazard.municipality_id
                AND ST_DWithin(facility.geom::geography, hazard.geom::geography,
                    hazard.reach_m + coalesce(safety.hazard_buffer_m, 200))
            WHERE {SUSPECTED}
            """,
            _suspected(municipality),
        )
        return {pk for (pk,) in cursor.fetchall()}


# A box a little larger than the reach, in degrees: it spares measuring far away boundaries.
AROUND = "ST_Expand(hazard.geom, (hazard.reach_m + 100) / 100000.0 / greatest(cos(radians(ST_Y(hazard.geom))), 0.1))"
SUSPECTED = (
    "hazard.municipality_id = %(town)s AND hazard.review_state <> %(rejected)s"
    " AND hazard.kind = ANY(%(explosive)s) AND hazard.status = ANY(%(open)s)"
)


def _suspected(municipality: Municipality) -> dict[str, Any]:
    return {
        "town": municipality.pk,
        "rejected": REJECTED,
        "explosive": [str(kind) for kind in EXPLOSIVE],
        "open": [str(status) for status in OPEN_HAZARD],
    }
