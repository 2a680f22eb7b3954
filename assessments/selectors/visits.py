"""Visits as the phone and the coordinator see them."""

from typing import Any

from django.db.models import Q, QuerySet

from assessments.models import Visit
from municipal_units.models import Municipality


def visits_of(municipality: Municipality) -> QuerySet[Visit]:
    return Visit.objects.filter(municipality=municipality).select_related("facility", "assigned_to")


def visits_for(municipality: Municipality, user_id: int | None) -> QuerySet[Visit]:
    """Open visits of one person, and those that belong to nobody in particular."""
    return visits_of(municipality).filter(Q(assigned_to_id=user_id) | Q(assigned_to=None), state="open")


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


def in_walking_order(visits: list[Visit], lon: float | None, lat: float | None) -> list[Visit]:
    """Nearest next, from where the person stands; without a position in the order of planning. Degrees of longitude
    are shortened nowhere: within a town the order is the same for walking."""
    if lon is None or lat is None:
        return visits
    rest = [visit for visit in visits if visit.geom is not None]
    route = []
    here = (lon, lat)
    while rest:
        nearest = min(rest, key=lambda v: (v.geom.x - here[0]) ** 2 + (v.geom.y - here[1]) ** 2)  # type: ignore[union-attr]
        rest.remove(nearest)
        route.append(nearest)
        assert nearest.geom is not None
        here = (nearest.geom.x, nearest.geom.y)
    return route + [visit for visit in visits if visit.geom is None]
