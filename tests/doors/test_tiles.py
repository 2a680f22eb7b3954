"""Tiles as a map reads them: decoded, for every role, and not sent twice."""

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mapbox_vector_tile
import psycopg
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.gis.geos import Point
from django.core.asgi import get_asgi_application
from django.db import close_old_connections, connection, connections
from django.test import Client
from django.utils import timezone

from crisis import tiles
from damage.actions.hazards import HazardRow, report_hazard
from damage.actions.submit import submit_damage
from deploy.benchmarks.http_tiles import tile_of
from municipal_units.actions.accounts import assign, create_account, create_token, revoke_token
from municipal_units.actions.facilities import register_facility
from municipal_units.actions.facility_rows import FacilityRow, StatusRow
from municipal_units.actions.facts import record_status
from municipal_units.models import Facility, Municipality, User
from municipal_units.permissions import Role, scope, system_actor
from municipal_units.selectors.facilities import FACILITIES_SQL
from tests.conftest import OWNER, acting

PLACE = (-0.985, 13.005)  # in Pelga, the middle one of the three squares
# Boundaries are everybody's; the buildings of others are not the enumerator's; live points are not the public's.
SHUT = {
    "neighbourhoods": set(),
    "structures": {Role.ENUMERATOR, Role.PUBLIC},
    "facilities": {Role.PUBLIC},
    "hazards": {Role.ENUMERATOR, Role.COMMUNITY_REP},
}
# In conflict, as a new town is, the public learns of no hazard.
SILENT = {("hazards", Role.PUBLIC)}


def path_of(layer: str, zoom: int = 14, code: str = "TK") -> str:
    x, y = tile_of(*PLACE, zoom)
    return f"/tiles/{code}/{layer}/{zoom}/{x}/{y}.mvt"


def client_of(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def decoded(answer: Any, layer: str) -> dict[int, dict[str, Any]]:
    """Properties of the features by id; an empty tile has no layer."""
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    if not answer.content:
        return {}
    features = mapbox_vector_tile.decode(answer.content)[layer]["features"]
    return {feature["id"]: feature["properties"] for feature in features}


@pytest.fixture
def town(tenkoro: Municipality, ana: User) -> Municipality:
    """Tenkoro with one borehole, three damaged houses within a few metres of each other and a suspected shell."""
    actor = acting(ana)
    with scope(actor):
        row = FacilityRow(code="F-07", name="Borehole", service="water", lon=PLACE[0], lat=PLACE[1])
        register_facility(by=actor, municipality=tenkoro, row=row)
        for number, grade in enumerate(["D1", "D5", "D3"]):
            submit_damage(
                by=actor,
                municipality=tenkoro,
                instance_id=uuid.uuid4(),
                place=Point(PLACE[0] + number * 0.0001, PLACE[1], srid=4326),
                source_scale="ems98",
                source_value=grade,
                method="rapid_field",
                observed_at=timezone.now(),
            )
        suspicion = HazardRow(kind="uxo", observed_at=timezone.now(), place=Point(*PLACE, srid=4326))
        report_hazard(by=actor, municipality=tenkoro, row=suspicion)
    return tenkoro


@pytest.fixture
def as_ana(ana: User, token_of: Callable[[User], str]) -> Client:
    return client_of(token_of(ana))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("layer", tiles.LAYERS)
def test_each_role_gets_the_tiles_of_its_own_town_only(
    town: Municipality, barsalo: Municipality, role: Role, layer: str, token_of: Callable[[User], str]
) -> None:
    user = create_account(username="somebody", password="a long enough password 42")
    assign(user=user, role=role, municipality=town)
    client = client_of(token_of(user))
    answer = client.get(path_of(layer))
    assert answer.status_code == (403 if role in SHUT[layer] else 200)
    assert client.get(path_of(layer, code="BS")).status_code == 404
    assert (
        client.get(path_of(layer, code="XX")).content.replace(b"XX", b"BS")
        == client.get(path_of(layer, code="BS")).content
    )
    if answer.status_code == 200:
        assert bool(decoded(answer, layer)) == ((layer, role) not in SILENT)
        assert answer["Cache-Control"] == "private, no-cache"
    else:
        assert answer["Cache-Control"] == "private, no-store"


def test_nobody_gets_no_tile(town: Municipality) -> None:
    answer = Client().get(path_of("structures"))
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_a_tile_holds_what_the_map_needs_and_nothing_else(town: Municipality, as_ana: Client) -> None:
    (borehole,) = decoded(as_ana.get(path_of("facilities")), "facilities").values()
    assert borehole == {"code": "F-07", "service": "water", "status": "unknown"}
    places = decoded(as_ana.get(path_of("neighbourhoods")), "neighbourhoods")
    assert {place["name"] for place in places.values()} >= {"Pelga", "Forage"}
    assert set(next(iter(places.values()))) == {"pcode", "name", "name_fr", "name_ar"}
    grades = sorted(s["grade"] for s in decoded(as_ana.get(path_of("structures", 16)), "structures").values())
    assert grades == ["destroyed", "heavy", "slight"]
    (first, *_) = decoded(as_ana.get(path_of("structures", 16)), "structures").values()
    assert set(first) == {"grade", "grade_ord"}


def test_where_marks_would_cover_each_other_the_worst_one_stands_for_all(town: Municipality, as_ana: Client) -> None:
    marks = list(decoded(as_ana.get(path_of("structures", 12)), "structures").values())
    assert len(marks) < 3
    assert sum(mark["number"] for mark in marks) == 3
    assert max(marks, key=lambda mark: mark["number"])["grade"] == "destroyed"
    assert as_ana.get(path_of("structures", 11)).content == b""


def test_a_neighbourhood_keeps_its_place_at_every_zoom(town: Municipality, as_ana: Client) -> None:
    for zoom in range(6, 22, 3):
        assert decoded(as_ana.get(path_of("neighbourhoods", zoom)), "neighbourhoods")


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/TK/people/14/1/1.mvt",
        "/tiles/TK/structures/23/1/1.mvt",
        "/tiles/TK/structures/3/8/0.mvt",
        "/tiles/TK/structures/14/99999999999999999999/0.mvt",
    ],
)
def test_tiles_that_cannot_be_are_not_found(town: Municipality, as_ana: Client, path: str) -> None:
    assert as_ana.get(path).status_code == 404


def test_a_tile_is_not_made_again_for_who_has_it(
    town: Municipality,
    as_ana: Client,
    ana: User,
    numbered: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbered()
    tags = {layer: as_ana.get(path_of(layer))["ETag"] for layer in tiles.LAYERS}
    asked: list[str] = []

    def listening(sql: str, values: dict[str, Any]) -> Any:
        asked.append(sql)
        return tiles.binary_cursor().execute(sql, values).fetchone()

    monkeypatch.setattr(tiles, "one_row", listening)
    answer = as_ana.get(path_of("facilities"), headers={"If-None-Match": tags["facilities"]})
    assert (answer.status_code, answer.content) == (304, b"")
    assert not [sql for sql in asked if "ST_AsMVT" in sql]
    with scope(acting(ana)):
        row = StatusRow(facility_id=Facility.objects.get().pk, status="not_functional", observed_at=timezone.now())
        record_status(by=acting(ana), municipality=town, row=row)
        numbered()
    fresh = as_ana.get(path_of("facilities"), headers={"If-None-Match": tags["facilities"]})
    assert fresh.status_code == 200
    assert next(iter(decoded(fresh, "facilities").values()))["status"] == "not_functional"
    for layer in ("structures", "neighbourhoods"):
        assert as_ana.get(path_of(layer), headers={"If-None-Match": tags[layer]}).status_code == 304


def test_a_tile_of_one_role_is_no_tile_of_another(
    town: Municipality, as_ana: Client, paul: User, token_of: Callable[[User], str]
) -> None:
    mine = as_ana.get(path_of("structures"))["ETag"]
    assert client_of(token_of(paul)).get(path_of("structures"), headers={"If-None-Match": mine}).status_code == 200


# -- the short way, beside Django's


class Server:
    """The short way before Django's, which counts how often it was needed."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.calls = 0
        self.application = tiles.with_short_way(self.django, pool)

    async def django(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls += 1
        await sync_to_async(close_old_connections)()
        await get_asgi_application()(scope, receive, send)

    def ask(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of a GET."""
        told: dict[str, Any] = {"body": b""}
        named = {"Host": "testserver", **headers}
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
        }

        async def receive() -> dict[str, Any]:
            if told.get("asked"):
                await asyncio.Event().wait()
            told["asked"] = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                told.update(message)
            else:
                told["body"] += message.get("body", b"")

        async_to_sync(self.application)(scope, receive, send)
        given = {name.decode().title(): value.decode() for name, value in told["headers"]}
        return told["status"], given, told["body"]


@pytest.fixture
def server() -> Iterator[Server]:
    tiles.remembered.clear()
    with ThreadPoolExecutor(1) as pool:
        yield Server(pool)
        pool.submit(connections.close_all).result()
    tiles.remembered.clear()


@pytest.mark.django_db(transaction=True)
def test_the_short_way_tells_what_django_tells(
    town: Municipality, server: Server, ana: User, token_of: Callable[[User], str]
) -> None:
    bearer = {"Authorization": f"Bearer {token_of(ana)}"}
    for layer in tiles.LAYERS:
        tiles.remembered.clear()
        before = server.calls
        long, short = server.ask(path_of(layer), **bearer), server.ask(path_of(layer), **bearer)
        assert server.calls == before + 1
        assert (short[0], short[2]) == (long[0], long[2])
        assert (short[0], bool(short[2])) == (200, True)
        for name in ("Etag", "Cache-Control", "Content-Type", "Content-Length", "X-Content-Type-Options"):
            assert short[1][name] == long[1][name]
        again = server.ask(path_of(layer), **bearer, **{"If-None-Match": short[1]["Etag"]})
        assert (again[0], again[2]) == (304, b"")
        assert server.calls == before + 1


@pytest.mark.django_db(transaction=True)
def test_the_short_way_knows_nobody_for_long(
    town: Municipality, barsalo: Municipality, server: Server, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, secret = create_token(user=ana, name="map", now=timezone.now())
    bearer = {"Authorization": f"Bearer {secret}"}
    assert server.ask(path_of("structures"))[0] == 401
    assert server.ask(path_of("structures"), **bearer)[0] == 200
    assert server.ask(path_of("structures", code="BS"), **bearer)[0] == 404
    assert server.ask(path_of("people"), **bearer)[0] == 404
    assert server.ask(path_of("structures"), **bearer, Host="evil.example")[0] == 400
    assert server.ask(path_of("structures"), Authorization=f"Bearer {secret}x")[0] == 401
    assert server.ask(path_of("structures"), Cookie="sessionid=unknown")[0] == 401
    revoke_token(token=token, now=timezone.now())
    later = time.monotonic() + tiles.REMEMBERED_S
    monkeypatch.setattr(tiles, "monotonic", lambda: later)
    assert server.ask(path_of("structures"), **bearer)[0] == 401
    assert tiles.REMEMBERED_S <= 60


@pytest.mark.django_db(transaction=True)
def test_a_session_takes_the_short_way_too(town: Municipality, server: Server, ana: User) -> None:
    client = Client()
    client.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    cookie = f"theme=wall; sessionid={client.session.session_key}"
    assert [server.ask(path_of("facilities"), Cookie=cookie)[0] for _ in range(3)] == [200, 200, 200]
    assert server.calls == 1


@pytest.mark.django_db(transaction=True)
def test_the_short_way_leaves_no_scope_behind(town: Municipality, ana: User) -> None:
    _, secret = create_token(user=ana, name="map", now=timezone.now())
    actor = acting(ana)
    path = tiles.PATH.fullmatch(path_of("structures"))
    assert path is not None
    found = tiles.short_answer(actor, path, {"HTTP_AUTHORIZATION": f"Bearer {secret}"})
    assert found is not None
    assert found.body
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('reprise.municipalities', true), count(*) FROM damage_structure")
        left, rows = cursor.fetchone()
    assert (left or "", rows) == ("", 0)


# -- indexes under row security, as the web role


@pytest.fixture
def crowded_town(town: Municipality) -> Municipality:
    """20,000 structures and 2,000 facilities over a tenth of a degree, with statistics as autovacuum leaves them."""
    with scope(system_actor(town.pk)), connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(
            """
            INSERT INTO damage_structure (municipality_id, kind, geom, structure_type, occupancy, written_place,
                current_grade, current_grade_high, current_method)
            SELECT %s, 'building', ST_SetSRID(ST_MakePoint(-1 + random() / 10, 13 + random() / 10), 4326), '', '', '',
                'heavy', '', '' FROM generate_series(1, 20000)
            """,
            [town.pk],
        )
        cursor.execute(
            """
            INSERT INTO municipal_units_facility (municipality_id, code, name, name_fr, name_ar, service, asset_type,
                geom, capacity_unit, capacity_source, capacity_status, written_place, source, source_key,
                opening_hours)
            SELECT %s, 'X-' || n, md5(n::text), '', '', 'water', '',
                ST_SetSRID(ST_MakePoint(-1 + random() / 10, 13 + random() / 10), 4326), '', '', 'observed', '', '', '',
                ''
            FROM generate_series(1, 20000) AS n
            """,
            [town.pk],
        )
        cursor.execute(
            """
            INSERT INTO municipal_units_facilitystatus (municipality_id, facility_id, status, causes, observed_at,
                received_at, method, confidence, review_state, source, note)
            SELECT municipality_id, id, 'minimal', '{}', now() - n * interval '1 day', now(), 'facility_report',
                'medium', 'received', '', '' FROM municipal_units_facility, generate_series(1, 3) AS n
            """
        )
    settings = connection.settings_dict
    with psycopg.connect(host=settings["HOST"], dbname=settings["NAME"], user=OWNER, autocommit=True) as owner:
        owner.execute("ANALYZE")
    return town


def plan_of(town: Municipality, sql: str, values: Any) -> str:
    with scope(system_actor(town.pk)), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("reprise_web",)
        cursor.execute("EXPLAIN " + sql, values)
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_tiles_searches_and_containment_walk_their_index_under_row_security(crowded_town: Municipality) -> None:
    x, y = tile_of(*PLACE, 16)
    values = {
        "municipality": crowded_town.pk,
        "z": 16,
        "x": x,
        "y": y,
        "day": timezone.localdate(),
        "accepted_only": False,
    }
    walked = {
        "structures": (
            "structure_square",
            "Index Cond: (square = ANY",
            "structure_shapes",
            "Index Cond: (geom_3857 &&",
        ),
        "facilities": ("facility_geom_3857", "Index Cond: (geom_3857 &&"),
    }
    for layer, parts in walked.items():
        sql = tiles.LAYERS[layer].sql(layer, 16)
        assert sql is not None
        plan = plan_of(crowded_town, sql, values)
        assert all(part in plan for part in parts), plan
        assert "structure_place_grade" not in plan, plan
    search = plan_of(crowded_town, "SELECT id FROM municipal_units_facility WHERE name ILIKE %s", ["%c4ca4238a0b9%"])
    assert "facility_name_search" in search, search
    containment = plan_of(
        crowded_town,
        "SELECT id FROM municipal_units_facility WHERE ST_Intersects(geom_3857, ST_MakeEnvelope(%s, %s, %s, %s, 3857))",
        [-110_000, 1_458_000, -109_900, 1_458_100],
    )
    assert "facility_geom_3857" in containment, containment


@pytest.mark.django_db(transaction=True)
def test_a_list_of_facilities_finds_each_latest_status_by_index(crowded_town: Municipality) -> None:
    values = {"municipality": crowded_town.pk, "accepted_only": False}
    plan = plan_of(crowded_town, FACILITIES_SQL + " ORDER BY f.code, f.id LIMIT 100", values)
    assert "Seq Scan on municipal_units_facilitystatus" not in plan, plan
