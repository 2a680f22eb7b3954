"""Vector tiles: one table of layers and one view. A tile is one SQL statement; scope and rights come before it."""

import hashlib
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.urls import path
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from crisis.lib.errors import NotFound, NotSignedIn, RepriseError, problem
from damage.core.grading import ORDERED
from municipal_units.permissions import Actor, Permission, require

DEEPEST_ZOOM = 22
REVISION = 1  # raise it when a layer's SQL changes: every browser then fetches anew
CONTENT_TYPE = "application/vnd.mapbox-vector-tile"
IMPORTS = "import.finished"

# %(…)s are bound by the driver; the envelope is the constant side, so the index on geom_3857 is walked under row
# security (geometry_overlaps is leakproof). The buffer is 64 of the 4096 units of a tile.
ENVELOPE = "ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int)"
SEARCHED = "ST_TileEnvelope(%(z)s::int, %(x)s::int, %(y)s::int, margin => 0.015625)"
UNITS = "4096, 64, true"
# The sum keeps this condition out of the index on municipality: reading all 300,000 entries of a town to intersect them
# with the few of a tile cost 28 ms against 1 ms (the planner multiplies it with the same condition of row security).
OURS = "municipality_id + 0 = %(municipality)s"


@dataclass(frozen=True)
class Layer:
    """What a layer shows to whom: `rows` gives id, geom and its attributes; `changed_by` names the events that make its
    tiles out of date; below `from_zoom` it is empty."""

    permission: Permission
    changed_by: tuple[str, ...]
    rows: str
    from_zoom: int = 0
    crowded: str = ""
    crowded_below_zoom: int = 0

    def sql(self, name: str, zoom: int) -> str:
        rows = self.crowded if zoom < self.crowded_below_zoom else self.rows
        return f"SELECT ST_AsMVT(tile, '{name}', 4096, 'geom', 'id') FROM ({rows}) AS tile WHERE geom IS NOT NULL"


NEIGHBOURHOODS = f"""
SELECT place.id, place.pcode, place.name, coalesce(nullif(place.name_fr, ''), place.name) AS name_fr,
    coalesce(nullif(place.name_ar, ''), place.name) AS name_ar,
    ST_AsMVTGeom(boundary.geom_3857, {ENVELOPE}, {UNITS}) AS geom
FROM municipal_units_neighbourhoodboundary AS boundary
JOIN municipal_units_neighbourhood AS place ON place.id = boundary.neighbourhood_id
WHERE boundary.municipality_id = %(municipality)s AND boundary.geom_3857 && {SEARCHED}
    AND boundary.valid_from <= %(day)s AND (boundary.valid_to IS NULL OR boundary.valid_to > %(day)s)
"""
# Far out an outline need not be finer than half a pixel of a 512 pixel tile (4 of 4096 units).
NEIGHBOURHOODS_FAR = NEIGHBOURHOODS.replace(
    "ST_AsMVTGeom(boundary.geom_3857,",
    "ST_AsMVTGeom(ST_Simplify(boundary.geom_3857, 40075016.686 / 2 ^ %(z)s::int / 1024, true),",
)

GRADES = "ARRAY[" + ", ".join(f"'{grade.value}'" for grade in ORDERED) + "]::varchar[]"
STRUCTURES = f"""
SELECT id, current_grade AS grade, array_position({GRADES}, current_grade) - 1 AS grade_ord, kind,
    ST_AsMVTGeom(geom_3857, {ENVELOPE}, {UNITS}) AS geom
FROM damage_structure
WHERE {OURS} AND geom_3857 && {SEARCHED}
"""
# Where buildings are smaller than the marks, one mark per four pixels stands for all of them, with the worst grade
# there and how many they are.
STRUCTURES_CROWDED = f"""
SELECT id, grade, grade_ord, kind, number, ST_AsMVTGeom(geom_3857, {ENVELOPE}, {UNITS}) AS geom
FROM (
    SELECT DISTINCT ON (cell) id, grade, grade_ord, kind, geom_3857, count(*) OVER (PARTITION BY cell) AS number
    FROM (
        SELECT id, current_grade AS grade, array_position({GRADES}, current_grade) - 1 AS grade_ord, kind, geom_3857,
            ST_SnapToGrid(ST_Centroid(geom_3857), 40075016.686 / 2 ^ %(z)s::int / 128) AS cell
        FROM damage_structure
        WHERE {OURS} AND geom_3857 && {SEARCHED}
    ) AS placed
    ORDER BY cell, grade_ord DESC NULLS LAST, id
) AS worst
"""

FACILITIES = f"""
SELECT facility.id, facility.code, facility.service, coalesce(latest.status, 'unknown') AS status,
    ST_AsMVTGeom(facility.geom_3857, {ENVELOPE}, {UNITS}) AS geom
FROM municipal_units_facility AS facility
LEFT JOIN LATERAL (
    SELECT status FROM municipal_units_facilitystatus AS seen
    WHERE seen.municipality_id = facility.municipality_id AND seen.facility_id = facility.id
        AND seen.review_state <> 'rejected' AND (NOT %(accepted_only)s OR seen.review_state = 'accepted')
    ORDER BY seen.observed_at DESC, seen.id DESC LIMIT 1
) AS latest ON true
WHERE facility.municipality_id = %(municipality)s AND facility.geom_3857 && {SEARCHED}
"""

LAYERS: dict[str, Layer] = {
    "neighbourhoods": Layer(
        Permission.VIEW_PLACES,
        ("boundary.changed", IMPORTS),
        NEIGHBOURHOODS,
        crowded=NEIGHBOURHOODS_FAR,
        crowded_below_zoom=12,
    ),
    "structures": Layer(
        Permission.VIEW_DAMAGE,
        ("damage.assessed", "damage.reviewed", "structure.changed", "boundary.changed", IMPORTS),
        STRUCTURES,
        from_zoom=12,
        crowded=STRUCTURES_CROWDED,
        crowded_below_zoom=14,
    ),
    "facilities": Layer(
        Permission.VIEW_FACILITIES,
        ("facility.registered", "facility.changed", "facility.status_changed", IMPORTS),
        FACILITIES,
    ),
}

# The newest number among the kinds of events that change a layer: a few steps down one index each.
VERSION = """
SELECT town.id, town.accepted_facts_only, counter.epoch, (
    SELECT max(newest.seq) FROM unnest(%(kinds)s::varchar[]) AS kind, LATERAL (
        SELECT seq FROM municipal_units_event AS event
        WHERE event.municipality_id = town.id AND event.kind = kind AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1
    ) AS newest
)
FROM municipal_units_municipality AS town
LEFT JOIN municipal_units_eventcounter AS counter ON counter.municipality_id = town.id
WHERE town.code = %(code)s AND town.id = ANY(%(ids)s)
"""


def tile(request: HttpRequest, code: str, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """One tile of one layer, or 304 when the reader has it already."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        return answer(request, actor, code, layer, z, x, y)
    except RepriseError as refusal:
        response = JsonResponse(problem(refusal), status=refusal.status, content_type="application/problem+json")
        response["Cache-Control"] = "private, no-store"
        return response


def answer(request: HttpRequest, actor: Actor, code: str, name: str, z: int, x: int, y: int) -> HttpResponse:
    if actor.user_id is None:
        raise NotSignedIn()
    layer = LAYERS.get(name)
    if layer is None or z > DEEPEST_ZOOM or x >= 2**z or y >= 2**z:
        raise NotFound("There is no such tile.")
    cursor = binary_cursor()
    town = cursor.execute(
        VERSION, {"kinds": list(layer.changed_by), "code": code, "ids": list(actor.municipality_ids)}
    ).fetchone()
    if town is None:
        raise NotFound("There is no such place, or it is not yours to see.")
    municipality_id, accepted_only, epoch, seq = town
    if not actor.may_somewhere(layer.permission, municipality_id):
        require(actor, layer.permission, municipality_id)
    day = timezone.localdate()
    etag = version_tag(epoch, seq, day, accepted_only, sorted(actor.roles_in(municipality_id)))
    if etag in request.headers.get("If-None-Match", ""):
        return kept_private(HttpResponseNotModified(), etag)
    body = b""
    if z >= layer.from_zoom:
        values = {
            "municipality": municipality_id,
            "z": z,
            "x": x,
            "y": y,
            "day": day,
            "accepted_only": accepted_only,
        }
        row = cursor.execute(layer.sql(name, z), values).fetchone()
        body = bytes(row[0]) if row and row[0] else b""
    return kept_private(HttpResponse(body, content_type=CONTENT_TYPE), etag)


def binary_cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    """A cursor of the driver itself, bound and prepared by the server: plans are made once per connection, and a tile
    arrives as bytes, not as a text of hexadecimal digits. Django's own cursors never prepare, whatever is set here."""
    connection.ensure_connection()
    driver = connection.connection
    driver.prepare_threshold = 0
    cursor = psycopg.Cursor(driver)
    cursor.format = psycopg.pq.Format.BINARY
    return cursor


def version_tag(*parts: object) -> str:
    """An ETag of everything a tile depends on: data, rights, day and our own SQL."""
    text = "/".join(str(part) for part in (REVISION, *parts))
    return f'"{hashlib.blake2b(text.encode(), digest_size=9).hexdigest()}"'


def kept_private(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie", "Authorization"])
    return response


urlpatterns = [path("tiles/<slug:code>/<slug:layer>/<int:z>/<int:x>/<int:y>.mvt", tile, name="tile")]
