"""Visits as the phone and the coordinator see them."""

from typing import Any

from django.db.models import QuerySet

from assessments.models import Visit
from municipal_units.models import Municipality


def visits_of(municipality: Municipality) -> QuerySet[Visit]:
    return Visit.objects.filter(municipality=municipality).select_related("facility", "assigned_to")


def visit_item(visit: Visit) -> dict[str, Any]:
    return {
        "id": visit.pk,
        "title": visit.title,
        "reason": visit.reason,
        "form_id": visit.form_id_text,
        "facility": visit.facility.code if visit.facility else None,
        "structure": visit.structure_id,
        "neighbourhood": visit.neighbourhood_id,
        "lon": visit.geom.x if visit.geom else None,
        "lat": visit.geom.y if visit.geom else None,
        "origin": visit.origin,
        "value": visit.value,
        "state": visit.state,
        "assigned_to": visit.assigned_to.username if visit.assigned_to else "",
    }
