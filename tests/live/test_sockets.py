"""What a page's socket gets: a greeting, every event once and in order, and nothing for strangers."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.serving import Town

SCRIPT = """
from datetime import date
from tests.conftest import PASSWORD, make_town, person
from municipal_units.permissions import Role
from municipal_units.actions.accounts import create_token
from django.utils import timezone
tk = make_town("TK", "Tenkoro", -1.0, [("TK0101", "Wendou"), ("TK0102", "Pelga")])
bs = make_town("BS", "Barsalo", -2.0, [("BS0101", "Nord")])
for name, role, town in [("ana", Role.COORDINATOR, tk), ("paul", Role.PARTNER, tk), ("cleo", Role.COORDINATOR, bs)]:
    user = person(name, name.title(), role, town)
    print(name, create_token(user=user, name="test", now=timezone.now())[1])
"""
EVENT = """
from municipal_units.models import Event, Municipality
from municipal_units.permissions import scope, system_actor
for number in range({many}):
    with scope(system_actor(1, 2)):
        town = Municipality.objects.get(code="TK")
        Event.objects.record("{kind}", municipality_id=town.pk, shows={{"number": number}})
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[tuple[Town, dict[str, str]]]:
    folder: Path = tmp_path_factory.mktemp("town")
    with Town(folder) as town:
        out = town.manage("shell", "--no-imports", "-c", SCRIPT)
        tokens = dict(line.split() for line in out.splitlines() if line.split()[1:2] and " rp_" in line)
        town.start_server()
        yield town, tokens


@asynccontextmanager
async def follow(town: Town, token: str, code: str = "TK") -> AsyncIterator[ClientConnection]:
    url = f"ws://localhost:{town.port}/ws/live?municipality={code}"
    async with connect(url, subprotocols=[f"reprise.bearer.{token}"]) as socket:  # type: ignore[list-item]
        yield socket


async def receive(socket: ClientConnection) -> dict[str, object]:
    """The next message that is no heartbeat: on a slow machine one may come between two events."""
    while True:
        message: dict[str, object] = json.loads(await asyncio.wait_for(socket.recv(), 10))
        if message["type"] != "heartbeat":
            return message


def record(town: Town, kind: str = "work.changed", many: int = 1) -> None:
    town.manage("shell", "--no-imports", "-c", EVENT.format(kind=kind, many=many))


def test_a_reader_is_greeted_and_gets_every_event_in_order(town: tuple[Town, dict[str, str]]) -> None:
    place, tokens = town

    async def scenario() -> None:
        async with follow(place, tokens["ana"]) as ana, follow(place, tokens["paul"]) as paul:
            hello, _ = await receive(ana), await receive(paul)
            assert hello["type"] == "hello"
            await asyncio.to_thread(record, place, "work.changed", 20)
            await asyncio.to_thread(record, place, "import.finished")
            seen_by_ana = [await receive(ana) for _ in range(21)]
            seen_by_paul = [await receive(paul) for _ in range(21)]
        first = int(str(hello["seq"])) + 1
        assert [event["seq"] for event in seen_by_ana] == list(range(first, first + 21))
        assert [event["shows"] for event in seen_by_ana[:20]] == [{"number": n} for n in range(20)]
        assert seen_by_ana[20]["kind"] == "import.finished"
        assert seen_by_paul[20] == {"type": "event", "municipality": "TK", "seq": first + 20}

    asyncio.run(scenario())


@pytest.mark.parametrize("who", ["cleo", "nobody"])
def test_a_stranger_is_turned_away(town: tuple[Town, dict[str, str]], who: str) -> None:
    place, tokens = town

    async def scenario() -> None:
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            async with follow(place, tokens.get(who, "rp_wrong")) as socket:
                await receive(socket)

    asyncio.run(scenario())


@pytest.mark.parametrize("origin", [None, "http://elsewhere.example"])
def test_a_cookie_counts_only_from_our_own_pages(town: tuple[Town, dict[str, str]], origin: str | None) -> None:
    place, _ = town

    async def scenario() -> None:
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            async with connect(f"ws://localhost:{place.port}/ws/live?municipality=TK", origin=origin) as socket:  # type: ignore[arg-type]
                await receive(socket)

    asyncio.run(scenario())


def test_nothing_is_missed_when_the_server_is_killed(town: tuple[Town, dict[str, str]]) -> None:
    place, tokens = town

    async def scenario() -> None:
        async with follow(place, tokens["ana"]) as ana:
            hello = await receive(ana)
            await asyncio.to_thread(record, place, "work.changed", 3)
            before = [await receive(ana) for _ in range(3)]
            await asyncio.to_thread(place.kill_server)
            await asyncio.to_thread(record, place, "work.changed", 4)
            await asyncio.to_thread(place.start_server)
        async with follow(place, tokens["ana"]) as ana:
            again = await receive(ana)
            last = before[-1]["seq"]
            answer = httpx.get(
                f"{place.url}/api/v1/municipalities/TK/events",
                params={"after": str(last), "epoch": str(hello["epoch"])},
                headers={"Authorization": f"Bearer {tokens['ana']}"},
            ).json()
            assert again["epoch"] == hello["epoch"]
            assert not answer["reset"]
            assert [event["seq"] for event in answer["events"]] == [int(str(last)) + n for n in (1, 2, 3, 4)]
            assert answer["seq"] == again["seq"]

    asyncio.run(scenario())
