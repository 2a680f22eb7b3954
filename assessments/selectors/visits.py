"""Visits as the phone, the coordinator's map and the page of visits see them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from assessments.core.routes import walking_order
from assessments.models import FieldTeam, Visit
from assessments.selectors.forms import place_code
from municipal_units.models import Municipality
from municipal_units.selectors.places import names_of

OPEN_STATES = ("planned", "under_way")
STATES = ("planned", "under_way", "done", "refused", "inaccessible", "cancelled")
# On the map and in the sums: all that was not called off, and the closed ones of so many days.
SHOWN_DAYS = 14
MOST_SHOWN = 500


def visits_of(municipality: Municipality) -> QuerySet[Visit]:
    related = ("facility", "assigned_to", "team", "neighbourhood")
    return Visit.objects.filter(municipality=municipality).select_related(*related)


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
        "team": visit.team.name if visit.team else "",
        "due_on": visit.due_on,
        "note": visit.note,
        "said_at": visit.said_at,
        "closed_at": visit.closed_at,
        "submission": visit.submission_id,
    }


def lately(municipality: Municipality) -> QuerySet[Visit]:
    """Open visits, and those closed within SHOWN_DAYS that were not called off."""
    since = timezone.now() - timedelta(days=SHOWN_DAYS)
    closed = Q(closed_at__gte=since) & ~Q(state="cancelled")
    return visits_of(municipality).filter(Q(state__in=OPEN_STATES) | closed)


def visits_board(municipality: Municipality) -> dict[str, Any]:
    """How far the visits are: sums by state, and each visit with who goes, open ones first, the nearest due day
    first."""
    rows = list(lately(municipality).order_by("due_on", "pk")[:MOST_SHOWN])
    rows.sort(key=lambda visit: (STATES.index(visit.state), visit.due_on or date.max, visit.pk))
    today = timezone.localdate()
    items = [
        visit_item(visit)
        | {
            "place": names_of(visit.neighbourhood) if visit.neighbourhood else None,
            "who": str(visit.assigned_to) if visit.assigned_to else visit.team.name if visit.team else "",
            "is_late": visit.state in OPEN_STATES and visit.due_on is not None and visit.due_on < today,
        }
        for visit in rows
    ]
    return {"items": items, "sums": sums_of(items)}


def sums_of(items: Iterable[dict[str, Any]]) -> dict[str, int]:
    counted = Counter(item["state"] for item in items)
    return {state: counted[state] for state in STATES if state != "cancelled"}


def visits_here(municipality: Municipality, neighbourhood_id: int) -> dict[str, int]:
    """How far the visits of one neighbourhood are: number by state, empty ones left out."""
    states = lately(municipality).filter(neighbourhood_id=neighbourhood_id).values_list("state", flat=True)
    counted = Counter(states)
    return {state: counted[state] for state in STATES if counted[state]}


def open_visits(municipality: Municipality, user_id: int) -> list[dict[str, Any]]:
    """Open visits of a person, of the person's teams, and of nobody in particular, in the order of a walk."""
    wanted = Q(assigned_to_id=user_id) | Q(team__members__user_id=user_id) | Q(assigned_to=None, team=None)
    rows = list(visits_of(municipality).filter(wanted, state__in=OPEN_STATES).distinct().order_by("pk"))
    return [
        {
            "id": visit.pk,
            "title": visit.title,
            "names": names_of(visit.facility) if visit.facility else None,
            "reason": visit.reason,
            "form_id": visit.form_id_text,
            "place": visit.neighbourhood.name if visit.neighbourhood else "",
            "place_code": place_code(visit.neighbourhood) if visit.neighbourhood else "",
            "structure": visit.structure_id,
            "facility": visit.facility.code if visit.facility else None,
            "is_area": visit.facility_id is None and visit.structure_id is None,
            "state": visit.state,
            "due_on": visit.due_on.isoformat() if visit.due_on else None,
            "lon": visit.geom.x if visit.geom else None,
            "lat": visit.geom.y if visit.geom else None,
        }
        for visit in as_a_walk(rows)
    ]


def as_a_walk(visits: Sequence[Visit]) -> list[Visit]:
    """Without anybody's position: the visits with one from end to end, then those without."""
    placed = [visit for visit in visits if visit.geom is not None]
    walk = walking_order([(visit.geom.x, visit.geom.y) for visit in placed if visit.geom is not None])
    return [placed[number] for number in walk] + [visit for visit in visits if visit.geom is None]


def teams_of(municipality: Municipality) -> list[dict[str, Any]]:
    teams = FieldTeam.objects.filter(municipality=municipality).prefetch_related("members__user").order_by("name")
    return [
        {
            "id": team.pk,
            "name": team.name,
            "people": [{"username": one.user.username, "name": str(one.user)} for one in team.members.all()],
        }
        for team in teams
    ]
