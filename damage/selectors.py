"""Damage as screens, tiles, reports and the planning case need it."""

from typing import Any

import pandas as pd
from django.db import connection
from django.db.models import Count, QuerySet

from damage.core.grading import DamageGrade
from damage.core.history import HAS_ISSUES
from damage.models import DamageAssessment, Structure
from municipal_units.models import Municipality


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
