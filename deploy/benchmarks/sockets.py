"""One event to 1,000 open sockets, four times a second, beside a bare `websockets` broadcast of the same bytes."""

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.types.json import Jsonb
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.serving import ROOT, Town, free_port

HERE = Path(__file__).parent
COUNT, EVERY_S, SECONDS = 1000, 0.25, 12.0
SETUP = """
from tests.conftest import make_town, person
from municipal_units.permissions import Role
from municipal_units.actions.accounts import create_token
from django.utils import timezone
town = make_town("TK", "Tenkoro", -1.0, [("TK0101", "Wendou"), ("TK0102", "Pelga")])
user = person("ana", "Ana Sawadogo", Role.COORDINATOR, town)
print("token", create_token(user=user, name="bench", now=timezone.now())[1])
"""


class Recorder:
    """Writes events as an action does: one transaction, the number stamped inside COMMIT."""

    def __init__(self, town: Town) -> None:
        self.connection = psycopg.connect(
            host=town.environment("")["REPRISE_DB_HOST"], dbname=town.name, user="reprise_web"
        )

    def record(self) -> None:
        with self.connection.transaction():
            self.connection.execute("SELECT set_config('reprise.municipalities', '{1}', true)")
            shows = {"t": time.time(), "facility": 12, "status": "not_functional", "causes": ["no_power"]}
            self.connection.execute(
                "INSERT INTO municipal_units_event (uuid, municipality_id, kind, at, subject_type, service, shows)"
                " VALUES (gen_random_uuid(), 1, 'facility.status_changed', now(), '', '', %s)",
                [Jsonb(shows)],
            )


def clients(port: int, path: str, subprotocol: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, str(HERE / "socket_clients.py"), str(port), path, str(COUNT), str(SECONDS + 3), subprotocol],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready", "the readers could not connect"
    return process


def result(process: "subprocess.Popen[str]") -> dict[str, Any]:
    out, _ = process.communicate(timeout=120)
    return json.loads(out.splitlines()[-1])


def ours(town: Town, token: str) -> dict[str, Any]:
    readers = clients(town.port, "/ws/live?municipality=TK", f"reprise.bearer.{token}")
    recorder = Recorder(town)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        recorder.record()
        time.sleep(EVERY_S)
    return result(readers)


def peer(length: int) -> dict[str, Any]:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, str(HERE / "bare_broadcast.py"), str(port), str(EVERY_S), str(length)], stdin=subprocess.PIPE
    )
    time.sleep(1.5)
    try:
        readers = clients(port, "/", "")
        assert server.stdin is not None
        server.stdin.write(b"go\n")
        server.stdin.flush()
        time.sleep(SECONDS)
        server.kill()
        return result(readers)
    finally:
        server.kill()


async def follower(town: Town, token: str, seen: list[int], stop: asyncio.Event) -> None:
    """A page in miniature: applies each number once, asks for what it missed, comes back when cut off."""
    last, epoch = 0, ""
    url = f"ws://localhost:{town.port}/ws/live?municipality=TK"
    async with httpx.AsyncClient(base_url=town.url, headers={"Authorization": f"Bearer {token}"}) as http:
        while not stop.is_set():
            try:
                async with connect(url, subprotocols=[f"reprise.bearer.{token}"]) as socket:  # type: ignore[list-item]
                    while not stop.is_set():
                        try:
                            message = json.loads(await asyncio.wait_for(socket.recv(), 1))
                        except TimeoutError:
                            continue
                        if message["type"] == "hello" and not epoch:
                            last, epoch = message["seq"], message["epoch"]
                        elif message["seq"] > last + 1 or (message["type"] == "hello" and message["seq"] > last):
                            missed = (
                                await http.get(
                                    "/api/v1/municipalities/TK/events", params={"after": last, "epoch": epoch}
                                )
                            ).json()
                            fresh = [event["seq"] for event in missed["events"] if event["seq"] > last]
                            seen.extend(fresh)
                            last = max([last, *fresh])
                        elif message["type"] == "event" and message["seq"] > last:
                            last = message["seq"]
                            seen.append(last)
            except (OSError, ConnectionClosed, httpx.TransportError, json.JSONDecodeError):
                await asyncio.sleep(0.2 + random.random() * 0.3)


async def killed_and_restarted(town: Town, token: str, count: int = 50) -> dict[str, Any]:
    """Kill the server process in the middle of the events; afterwards every follower holds every number once."""
    stop = asyncio.Event()
    seen: list[list[int]] = [[] for _ in range(count)]
    tasks = [asyncio.create_task(follower(town, token, numbers, stop)) for numbers in seen]
    await asyncio.sleep(3)
    recorder = Recorder(town)
    for number in range(60):
        await asyncio.to_thread(recorder.record)
        await asyncio.sleep(0.1)
        if number == 20:
            await asyncio.to_thread(town.kill_server)
        if number == 40:
            await asyncio.to_thread(town.start_server)
    await asyncio.sleep(4)
    stop.set()
    await asyncio.gather(*tasks)
    return {
        "followers": count,
        "events": 60,
        "lost": sum(60 - len(set(numbers)) for numbers in seen),
        "doubled": sum(len(numbers) - len(set(numbers)) for numbers in seen),
        "out_of_order": sum(numbers != sorted(numbers) for numbers in seen),
    }


def run() -> list[dict[str, Any]]:
    """Rows for the table of `deploy/bench`."""
    with tempfile.TemporaryDirectory() as folder, Town(Path(folder)) as town:
        token = town.manage("shell", "--no-imports", "-c", SETUP).split("token ")[1].split()[0]
        town.start_server()
        mine = ours(town, token)
        bare = peer(length=330)
        restart = asyncio.run(killed_and_restarted(town, token))
    return [
        {
            "what": f"{COUNT} sockets, 4 events a second: p99 from commit to socket",
            "ours": f"{mine['p99_ms']} ms (p50 {mine['p50_ms']})",
            "peer": f"bare websockets broadcast {bare['p99_ms']} ms (p50 {bare['p50_ms']})",
            "ratio": round(mine["p99_ms"] / bare["p99_ms"], 2),
            "target": "at most 2",
            "met": mine["p99_ms"] <= 2 * bare["p99_ms"],
        },
        {
            "what": "lost or doubled at those sockets",
            "ours": f"{mine['lost']} lost, {mine['doubled']} doubled of {mine['messages']} x {mine['clients']}",
            "peer": "",
            "ratio": "",
            "target": "none",
            "met": mine["lost"] == mine["doubled"] == 0,
        },
        {
            "what": "the same across a killed and restarted server",
            "ours": f"{restart['lost']} lost, {restart['doubled']} doubled, {restart['out_of_order']} out of order",
            "peer": "",
            "ratio": "",
            "target": "none",
            "met": restart["lost"] == restart["doubled"] == restart["out_of_order"] == 0,
        },
    ]


if __name__ == "__main__":
    os.chdir(ROOT)
    for row in run():
        print(json.dumps(row))
