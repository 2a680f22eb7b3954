"""Vector tiles: one table of layers and one view. A tile is one SQL statement; scope and rights come before it."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import Executor
from dataclasses import dataclass
from time import monotonic
from typing import Any

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.http.request import split_domain_port, validate_host
from django.urls import path
from django.utils import timezone

from crisis.lib.errors import NotFound, NotSignedIn, RepriseError, problem
from damage.core.grading import ORDERED
from damage.core.structures import EXPLOSIVE, OPEN_HAZARD, SQUARE_ZOOM, SQUARES
from municipal_units.permissions import Actor, Permission, require

DEEPEST_ZOOM = 22
REVISION = 2  # raise it when a layer's SQL changes: every browser then fetches anew
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
    """What a layer shows to whom. `rows` gives id, geom and attributes, from a zoom on, nearest first; below the last
    one the layer is empty. `changed_by` names the events that make its tiles out of date."""

    permission: Permission
    changed_by: tuple[str, ...]
    rows: tuple[tuple[int, str], ...]

    def sql(self, name: str, zoom: int) -> str | None:
        """The statement of a tile of this zoom; None where there is nothing to show."""
        # Rows without a geometry (outside after clipping) are left out by ST_AsMVT; a condition here would clip twice.
        rows = next((rows for first, rows in self.rows if zoom >= first), None)
        return rows and f"SELECT ST_AsMVT(tile, '{name}', 4096, 'geom', 'id') FROM ({rows}) AS tile"


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
GRADED = f"id, current_grade AS grade, array_position({GRADES}, current_grade) - 1 AS grade_ord"


def squares(axis: str) -> str:
    """The columns or rows of squares (tiles of SQUARE_ZOOM) in a tile, or the one around it."""
    nearer, farther = f"greatest({SQUARE_ZOOM} - %(z)s::int, 0)", f"greatest(%(z)s::int - {SQUARE_ZOOM}, 0)"
    first, after = f"%({axis})s::bigint << {nearer}", f"(%({axis})s::bigint + 1 << {nearer}) - 1"
    return f"generate_series({first} >> {farther}, {after} >> {farther})"


# A point stands in one square and so in one tile: no map draws a mark of the buffer. The numbers of the squares are
# made before the structures are looked at, so that row security lets the index answer.
POINTS = f"""
damage_structure WHERE {OURS} AND square = ANY (ARRAY(
    SELECT across * {SQUARES} + down FROM {squares("x")} AS across, {squares("y")} AS down))
"""
SHAPES = f"damage_structure WHERE {OURS} AND square IS NULL AND geom_3857 && {SEARCHED}"
SHAPES_SHOWN = f"SELECT {GRADED}, ST_AsMVTGeom(geom_3857, {ENVELOPE}, {UNITS}) AS geom FROM {SHAPES}"
# Squares lie wholly inside a tile, so their points need no clipping; nearer than a square they do.
STRUCTURES = f"""
SELECT {GRADED}, ST_AsMVTGeom(geom_3857, {ENVELOPE}, 4096, 0, false) AS geom FROM {POINTS}
UNION ALL {SHAPES_SHOWN}
"""
STRUCTURES_NEAR = f"""
SELECT {GRADED}, ST_AsMVTGeom(geom_3857, {ENVELOPE}, {UNITS}) AS geom FROM {POINTS} AND geom_3857 && {SEARCHED}
UNION ALL {SHAPES_SHOWN}
"""
# Where buildings are smaller than the marks, one mark per four pixels stands for all of them, with the worst grade
# there and how many they are.
STRUCTURES_CROWDED = f"""
SELECT id, grade, grade_ord, number, ST_AsMVTGeom(geom_3857, {ENVELOPE}, {UNITS}) AS geom
FROM (
    SELECT DISTINCT ON (cell) id, grade, grade_ord, geom_3857, count(*) OVER (PARTITION BY cell) AS number
    FROM (
        SELECT {GRADED}, geom_3857,
            ST_SnapToGrid(ST_Centroid(geom_3857), 40075016.686 / 2 ^ %(z)s::int / 128) AS cell
        FROM (SELECT * FROM {POINTS} UNION ALL SELECT * FROM {SHAPES}) AS standing
    ) AS placed
    ORDER BY cell, grade_ord DESC NULLS LAST, id
) AS worst
"""

# Where a facility is said to be: for readers from outside the municipality, sensitive ones stand on a coarse grid, and
# are looked for there too, so that the tile in which they truly are does not give them away. The wider box is a value
# by itself (a sub-select): written into the condition, its CASE would keep the index from use under row security.
TOLD = "municipal_units_told_point(facility.geom_3857, facility.municipality_id, facility.service)"
FACILITIES = f"""
SELECT facility.id, facility.code, facility.service, coalesce(latest.status, 'unknown') AS status,
    ST_AsMVTGeom({TOLD}, {ENVELOPE}, {UNITS}) AS geom
FROM municipal_units_facility AS facility
LEFT JOIN LATERAL (
    SELECT status FROM municipal_units_facilitystatus AS seen
    WHERE seen.municipality_id = facility.municipality_id AND seen.facility_id = facility.id
        AND seen.review_state <> 'rejected' AND (NOT %(accepted_only)s OR seen.review_state = 'accepted')
    ORDER BY seen.observed_at DESC, seen.id DESC LIMIT 1
) AS latest ON true
WHERE facility.municipality_id = %(municipality)s
    AND facility.geom_3857 && (SELECT ST_Expand({SEARCHED}, municipal_units_coarseness(%(municipality)s)))
    AND {TOLD} && {SEARCHED}
"""

# The area in which an open hazard may lie, with the safety distance around it; without a position, its neighbourhood.
# In conflict it is not told to who may only see hazards buffered. A town has few open ones: no index is walked.
HAZARDS = f"""
SELECT hazard.id, CASE WHEN %(named)s THEN hazard.kind END AS kind, hazard.status,
    hazard.kind = ANY (ARRAY{sorted(map(str, EXPLOSIVE))}::varchar[]) AS explosive,
    ST_AsMVTGeom(coalesce(damage_hazard_area(hazard.geom_3857, hazard.reach_m, town.id, %(named)s),
        boundary.geom_3857), {ENVELOPE}, {UNITS}) AS geom
FROM damage_hazard AS hazard
JOIN municipal_units_municipality AS town ON town.id = hazard.municipality_id
LEFT JOIN municipal_units_neighbourhoodboundary AS boundary
    ON hazard.geom IS NULL AND boundary.municipality_id = town.id
    AND boundary.neighbourhood_id = hazard.neighbourhood_id
    AND boundary.valid_from <= %(day)s AND (boundary.valid_to IS NULL OR boundary.valid_to > %(day)s)
WHERE hazard.municipality_id = %(municipality)s AND hazard.review_state <> 'rejected'
    AND hazard.status = ANY (ARRAY{sorted(map(str, OPEN_HAZARD))}::varchar[])
    AND (%(named)s OR NOT town.conflict_mode)
"""

LAYERS: dict[str, Layer] = {
    "neighbourhoods": Layer(
        Permission.VIEW_PLACES,
        ("boundary.changed", IMPORTS),
        ((12, NEIGHBOURHOODS), (0, NEIGHBOURHOODS_FAR)),
    ),
    "structures": Layer(
        Permission.VIEW_DAMAGE,
        ("damage.assessed", "damage.reviewed", "structure.changed", "boundary.changed", IMPORTS),
        ((SQUARE_ZOOM + 1, STRUCTURES_NEAR), (14, STRUCTURES), (12, STRUCTURES_CROWDED)),
    ),
    "facilities": Layer(
        Permission.VIEW_FACILITIES,
        ("facility.registered", "facility.changed", "facility.status_changed", "safety.changed", IMPORTS),
        ((0, FACILITIES),),
    ),
    "hazards": Layer(
        Permission.VIEW_BUFFERED_HAZARDS, ("hazard.recorded", "boundary.changed", "safety.changed"), ((0, HAZARDS),)
    ),
}

# The newest number among the kinds of events that change a layer: a few steps down one index each.
VERSION = """
SELECT town.id, town.accepted_facts_only, counter.epoch::text || town.conflict_mode, (
    SELECT max(newest.seq) FROM unnest(%(kinds)s::varchar[]) AS wanted(name), LATERAL (
        SELECT seq FROM municipal_units_event AS event
        WHERE event.municipality_id = town.id AND event.kind = wanted.name AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1
    ) AS newest
)
FROM municipal_units_municipality AS town
LEFT JOIN municipal_units_eventcounter AS counter ON counter.municipality_id = town.id
WHERE town.code = %(code)s AND town.id = ANY(%(ids)s)
"""


Run = Callable[[str, dict[str, Any]], tuple[Any, ...] | None]


@dataclass(frozen=True)
class Answer:
    """A tile, or None where the reader has it already."""

    etag: str
    body: bytes | None


def tile(request: HttpRequest, code: str, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """One tile of one layer, or 304 when the reader has it already."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        found = answer(one_row, actor, code, layer, (z, x, y), request.headers.get("If-None-Match", ""))
    except RepriseError as refusal:
        response = JsonResponse(problem(refusal), status=refusal.status, content_type="application/problem+json")
        response["Cache-Control"] = "private, no-store"
        return response
    remember(request.META, actor)
    if found.body is None:
        return HttpResponseNotModified(headers=headers_of(found))
    return HttpResponse(found.body, headers=headers_of(found))


def answer(run: Run, actor: Actor, code: str, name: str, place: tuple[int, int, int], known_tag: str) -> Answer:
    """May they? -> has it changed? -> the tile. `run` gives the first row of a statement within the actor's scope."""
    z, x, y = place
    if actor.user_id is None:
        raise NotSignedIn()
    layer = LAYERS.get(name)
    if layer is None or z > DEEPEST_ZOOM or x >= 2**z or y >= 2**z:
        raise NotFound("There is no such tile.")
    town = run(VERSION, {"kinds": list(layer.changed_by), "code": code, "ids": sorted(actor.municipality_ids)})
    if town is None:
        raise NotFound("There is no such place, or it is not yours to see.")
    municipality_id, accepted_only, epoch, seq = town
    if not actor.may_somewhere(layer.permission, municipality_id):
        require(actor, layer.permission, municipality_id)
    day = timezone.localdate()
    etag = version_tag(epoch, seq, day, accepted_only, sorted(actor.roles_in(municipality_id)))
    if etag in known_tag:
        return Answer(etag, None)
    sql = layer.sql(name, z)
    if sql is None:
        return Answer(etag, b"")
    values = {"municipality": municipality_id, "z": z, "x": x, "y": y, "day": day, "accepted_only": accepted_only}
    values["named"] = actor.may_somewhere(Permission.VIEW_HAZARDS, municipality_id)
    row = run(sql, values)
    return Answer(etag, bytes(row[0]) if row and row[0] else b"")


def one_row(sql: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
    return binary_cursor().execute(sql, values).fetchone()


def binary_cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    """A cursor of the driver itself, bound and prepared by the server: plans are made once per connection, and a tile
    arrives as bytes, not as a text of hexadecimal digits. Django's own cursors never prepare, whatever is set here."""
    connection.ensure_connection()
    driver = connection.connection
    driver.prepare_threshold = 0
    cursor = psycopg.Cursor(driver)
    cursor.format = psycopg.pq.Format.BINARY
    return cursor


def headers_of(found: Answer) -> dict[str, str]:
    kept = {"ETag": found.etag, "Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
    return kept if found.body is None else {"Content-Type": CONTENT_TYPE, **kept}


def version_tag(*parts: object) -> str:
    """An ETag of everything a tile depends on: data, rights, day and our own SQL."""
    text = "/".join(str(part) for part in (REVISION, *parts))
    return f'"{hashlib.blake2b(text.encode(), digest_size=9).hexdigest()}"'


# -- the short way: whoever got a tile a moment ago needs no session, account, assignments and middleware for the next.

REMEMBERED_S = 5.0  # a revoked token, a sign-out or a changed role is noticed after so many seconds at the latest
MOST_REMEMBERED = 5_000
remembered: dict[str, tuple[float, Actor]] = {}
PATH = re.compile(r"/tiles/([-\w]{1,40})/([-\w]{1,40})/(\d{1,2})/(\d{1,8})/(\d{1,8})\.mvt", re.ASCII)
COOKIE = re.compile(rf"(?:^|;\s*){re.escape(settings.SESSION_COOKIE_NAME)}=([^;]+)")
Meta = Mapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
SCOPE = (
    "SELECT set_config('reprise.municipalities', %s, true), set_config('reprise.exact', %s, true),"
    " set_config('statement_timeout', %s, true)"
)
NEEDED = {b"authorization", b"cookie", b"host", b"if-none-match"}


def with_short_way(application: Asgi, pool: Executor) -> Asgi:
    """The same application; tiles for remembered readers are answered before Django, by the threads of `pool`.
    Everything else, and every refusal, goes Django's way, so that there is one place that says no."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        found = None
        if scope["path"].startswith("/tiles/") and scope["method"] == "GET":
            meta = meta_of(scope)
            actor, place = recall(meta), PATH.fullmatch(scope["path"])
            if actor is not None and place is not None and host_allowed(meta):
                loop = asyncio.get_running_loop()
                found = await loop.run_in_executor(pool, short_answer, actor, place, meta)
        if found is None:
            await application(scope, receive, send)
            return
        headers = headers_of(found) | {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
        if found.body is not None:
            headers["Content-Length"] = str(len(found.body))
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 304 if found.body is None else 200, "headers": raw})
        await send({"type": "http.response.body", "body": found.body or b""})

    return answering


def meta_of(scope: Scope) -> dict[str, str]:
    """The headers the short way looks at, under the names WSGI gives them."""
    return {
        "HTTP_" + name.decode().upper().replace("-", "_"): value.decode("latin-1")
        for name, value in scope["headers"]
        if name in NEEDED
    }


def short_answer(actor: Actor, path: re.Match[str], meta: Meta) -> Answer | None:
    """A tile within the actor's scope, two statements per round trip; None where Django has to say no."""
    code, layer, z, x, y = path.groups()

    def in_scope(sql: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
        # What stands between two synchronisation points of a pipeline is one transaction: the scope holds for the
        # statement after it and for nothing else. Without it row security shows nothing.
        scope, rows = binary_cursor(), binary_cursor()
        with connection.connection.pipeline():
            scope.execute(SCOPE, [scoped_to, exact, str(settings.STATEMENT_TIMEOUT_MS)])
            rows.execute(sql, values)
        return rows.fetchone()

    scoped_to, exact = (
        "{" + ",".join(map(str, sorted(ids))) + "}" for ids in (actor.municipality_ids, actor.exact_municipality_ids)
    )
    try:
        connection.close_if_unusable_or_obsolete()
        place = (int(z), int(x), int(y))
        return answer(in_scope, actor, code, layer, place, meta.get("HTTP_IF_NONE_MATCH", ""))
    except RepriseError:
        return None
    except (psycopg.Error, DatabaseError):
        connection.close()
        return None


def remember(meta: Meta, actor: Actor) -> None:
    key = credential(meta)
    if key:
        if len(remembered) >= MOST_REMEMBERED:
            remembered.clear()
        remembered[key] = (monotonic() + REMEMBERED_S, actor)


def recall(meta: Meta) -> Actor | None:
    until, actor = remembered.get(credential(meta) or "", (0.0, None))
    return actor if monotonic() < until else None


def credential(meta: Meta) -> str | None:
    """What the reader shows to be known: the token if one is sent, else the session."""
    if header := meta.get("HTTP_AUTHORIZATION", ""):
        return f"token {header}"
    session = COOKIE.search(meta.get("HTTP_COOKIE", ""))
    return f"session {session[1]}" if session else None


def host_allowed(meta: Meta) -> bool:
    host, _ = split_domain_port(meta.get("HTTP_HOST", ""))
    return bool(host) and validate_host(host, settings.ALLOWED_HOSTS)


urlpatterns = [path("tiles/<slug:code>/<slug:layer>/<int:z>/<int:x>/<int:y>.mvt", tile, name="tile")]
