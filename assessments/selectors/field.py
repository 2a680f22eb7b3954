"""What a phone takes along: forms, lists, visits, buildings, an outline of the town, and what a reviewer sent back."""

from datetime import datetime
from typing import Any

from django.contrib.gis.db.models import Extent
from django.db import connection
from django.utils import timezone

from assessments.core.forms.withdrawal import WITHIN_S
from assessments.models import FieldHolding, KeptAside, Submission
from assessments.selectors.forms import LISTS, listed_forms
from assessments.selectors.visits import open_visits
from municipal_units.models import Municipality, Neighbourhood, NeighbourhoodBoundary, User
from municipal_units.permissions import Actor

MOST_STRUCTURES = 5_000
OUTLINE_M = 60.0
COLOURS = ("#86194F", "#25608F", "#146A60", "#8A4B0F", "#5A3E8E", "#7A1F1F")


def field_pack(municipality: Municipality, *, actor: Actor, seal: dict[str, str]) -> dict[str, Any]:
    """Everything the field app shows without a network; `seal` is the public half of the town's sealing key."""
    person = User.objects.get(pk=actor.user_id or 0)
    places = narrowed_to(actor, municipality)
    return {
        "person": {"id": person.pk, "name": str(person)},
        "town": {"code": municipality.code, "name": municipality.name, "colour": colour_of(municipality)},
        "seal": seal,
        "forms": [form.definition for form in listed_forms(municipality) if not form.definition["collect_only"]],
        "lists": {
            name.removesuffix(".csv"): [
                {"name": code, "label": {"en": label}} for code, label in listed.rows(municipality)
            ]
            for name, listed in LISTS.items()
        },
        "visits": open_visits(municipality, person.pk),
        "structures": structures_of(municipality, places),
        "outline": outline_of(municipality),
        "returned": returned_to(municipality, person.pk),
        "take_back_s": WITHIN_S,
        "server_time": timezone.now().isoformat(),
    }


def colour_of(municipality: Municipality) -> str:
    """The same for a town on every phone, so that the wrong server is noticed."""
    return COLOURS[sum(municipality.code.encode()) % len(COLOURS)]


def narrowed_to(actor: Actor, municipality: Municipality) -> list[int]:
    """Neighbourhoods the person works in; empty for the whole town."""
    here = [grant for grant in actor.grants if grant.municipality_id == municipality.pk]
    if any(not grant.neighbourhood_ids for grant in here):
        return []
    return sorted({pk for grant in here for pk in grant.neighbourhood_ids})


def structures_of(municipality: Municipality, places: list[int]) -> list[tuple[int, float, float]]:
    """Number, longitude and latitude (five decimals, about a metre) of known buildings, at most MOST_STRUCTURES."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, round(ST_X(point)::numeric, 5)::float, round(ST_Y(point)::numeric, 5)::float
            FROM (
                SELECT id, ST_PointOnSurface(geom) AS point FROM damage_structure
                WHERE municipality_id = %s AND kind = 'building' AND (%s::bigint[] = '{}' OR neighbourhood_id = ANY(%s))
                ORDER BY id LIMIT %s
            ) AS building
            """,
            [municipality.pk, places, places, MOST_STRUCTURES],
        )
        return list(cursor.fetchall())


def outline_of(municipality: Municipality) -> dict[str, Any]:
    """Today's neighbourhoods, simplified to about OUTLINE_M, as rings of [longitude, latitude]."""
    today = NeighbourhoodBoundary.objects.filter(municipality=municipality, valid_to=None)
    extent = today.aggregate(extent=Extent("geom"))["extent"]
    if extent is None:
        return {"bbox": None, "places": []}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT place.id, ST_AsGeoJSON(
                ST_Multi(ST_Transform(ST_SimplifyPreserveTopology(boundary.geom_3857, %s), 4326)), 5
            )::json -> 'coordinates'
            FROM municipal_units_neighbourhoodboundary AS boundary
            JOIN municipal_units_neighbourhood AS place ON place.id = boundary.neighbourhood_id
            WHERE boundary.municipality_id = %s AND boundary.valid_to IS NULL
            """,
            [OUTLINE_M, municipality.pk],
        )
        rings = {place: [ring for polygon in shape for ring in polygon] for place, shape in cursor.fetchall()}
    names = dict(Neighbourhood.objects.filter(pk__in=rings).values_list("pk", "name"))
    places = [{"name": names[place], "rings": found} for place, found in sorted(rings.items())]
    return {"bbox": list(extent), "places": places}


def returned_to(municipality: Municipality, user_id: int) -> list[dict[str, Any]]:
    """Records of this person that a reviewer sent back and that have not been corrected, with form, place and time."""
    rows = Submission.objects.filter(
        municipality=municipality,
        submitted_by_id=user_id,
        review_state__in=("has_issues", "rejected"),
        is_current=True,
    ).select_related("form", "neighbourhood", "reviewed_by")
    return [
        {
            "instance_id": row.instance_id,
            "form_id": row.form.form_id,
            "title": row.form.title,
            "place": row.neighbourhood.name if row.neighbourhood else "",
            "at": (row.reviewed_at or row.received_at).isoformat(),
            "reviewer": str(row.reviewed_by) if row.reviewed_by else "",
            "reason": row.review_reason,
            "answers": {path: value for path, value in row.answers.items() if not path.startswith("/meta/")},
        }
        for row in rows.order_by("-reviewed_at")
    ]


def missing_records(municipality: Municipality, *, user_id: int, device: str) -> list[dict[str, Any]]:
    """What another phone of this person, or this one before its storage was cleared, said it held and never sent."""
    mine = FieldHolding.objects.filter(municipality=municipality, user_id=user_id, explained_at=None)
    held = mine.exclude(device=device)
    arrived = arrived_of(municipality, list(held.values_list("instance_id", flat=True)))
    return [
        {"instance_id": row.instance_id, "title": row.title, "place": row.place, "at": row.changed_at.isoformat()}
        for row in held.order_by("changed_at")
        if row.instance_id not in arrived
    ]


def arrived_of(municipality: Municipality, ids: list[str]) -> set[str]:
    """Which of these records the town has, taken or kept aside."""
    here = {"municipality": municipality, "instance_id__in": ids}
    taken = Submission.objects.filter(**here).values_list("instance_id", flat=True)
    return set(taken) | set(KeptAside.objects.filter(**here).values_list("instance_id", flat=True))


def held_by_phones(municipality: Municipality) -> list[dict[str, Any]]:
    """Every record a phone says it has and that has not come, the longest silent phones first.

    `is_missing`: the same person told from another phone since, so this one was replaced or its storage cleared;
    `told_at` is when the phone was last heard of."""
    held = list(FieldHolding.objects.filter(municipality=municipality).select_related("user", "explained_by"))
    arrived = arrived_of(municipality, [row.instance_id for row in held])
    newest: dict[tuple[int, str], datetime] = {}
    for row in held:
        key = (row.user_id, row.device)
        newest[key] = max(newest.get(key, row.told_at), row.told_at)
    return [
        {
            "instance_id": row.instance_id,
            "person": str(row.user),
            "device": row.device,
            "form_id": row.form_id_text,
            "title": row.title,
            "place": row.place,
            "state": row.state,
            "changed_at": row.changed_at,
            "told_at": row.told_at,
            "is_missing": any(
                user == row.user_id and device != row.device and told > row.told_at
                for (user, device), told in newest.items()
            ),
            "explanation": row.explanation,
            "explained_by": str(row.explained_by) if row.explained_by else "",
            "explained_at": row.explained_at,
        }
        for row in sorted(held, key=lambda row: (row.explained_at is not None, row.told_at))
        if row.instance_id not in arrived
    ]
