"""Filled forms a second through Collect's door, beside a bare Django view that parses and inserts the same.

Both are served alike (one uvicorn process, eight threads) and measured in turns at sixteen connections. Ours checks
every rule of the form, asks who may, recognises the building, and syncs photo and rows before the receipt; the bare
view only writes the same rows.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.serving import ROOT, Town, free_port

CONNECTIONS, SECONDS, TURNS = 16, float(os.environ.get("REPRISE_BENCH_INTAKE_S", "6")), 2
WARM_S = 2.0
PHOTO_BYTES = 200 * 1024
SHARE, P99_S = 0.40, 1.0
WESTS = (-1.0, -0.5, 0.0, 0.5)
SETUP = """
from django.utils import timezone
from municipal_units.actions.accounts import add_device, assign, create_account
from municipal_units.permissions import Role, actor_for, scope
from tests.conftest import make_town
for number, west in enumerate((-1.0, -0.5, 0.0, 0.5)):
    town = make_town(f"T{number}", f"Town {number}", west, [(f"T{number}0{place}", f"P {place}") for place in range(3)])
    user = create_account(username=f"ben{number}", name="Ben", password="a long enough password 42")
    assign(user=user, role=Role.ENUMERATOR, municipality=town)
    actor = actor_for(user, today=timezone.localdate())
    with scope(actor):
        print("KEY " + add_device(by=actor, municipality=town, user=user, name="phone", now=timezone.now())[1])
"""


@dataclass
class Measured:
    """What several turns against one server gave. `cpu_s` is of its process only, not of the database."""

    sent: int = 0
    elapsed_s: float = 0.0
    cpu_s: float = 0.0
    times_s: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        return self.sent / self.elapsed_s

    @property
    def p99_s(self) -> float:
        return sorted(self.times_s)[int(len(self.times_s) * 0.99)]

    def __str__(self) -> str:
        cpu_ms = 1000 * self.cpu_s / max(1, self.sent)
        return f"{self.per_second:.0f}/s, p99 {1000 * self.p99_s:.0f} ms, {cpu_ms:.1f} ms of processor each"


def run() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, Town(Path(folder)) as town:
        told = town.manage("shell", "-c", SETUP).splitlines()
        keys = [line.removeprefix("KEY ") for line in told if line.startswith("KEY ")]
        towns = list(zip(WESTS, keys, strict=True))
        town.start_server()
        assert town.server is not None
        ours = (town.port, town.server.pid)
        with bare_server(town, Path(folder)) as bare:
            for server in (ours, bare):  # ours publishes the forms at its first request
                send(server, 4, towns, PHOTO_BYTES, WARM_S)
            for photo_bytes in (0, PHOTO_BYTES):
                for count in (len(towns), 1):
                    yield compared(ours, bare, towns[:count], photo_bytes)


def compared(ours: tuple[int, int], bare: tuple[int, int], towns: list[Any], photo_bytes: int) -> dict[str, Any]:
    mine, theirs = Measured(), Measured()
    for _ in range(TURNS):
        for server, measured in ((ours, mine), (bare, theirs)):
            one = send(server, CONNECTIONS, towns, photo_bytes, SECONDS)
            measured.sent += one.sent
            measured.elapsed_s += one.elapsed_s
            measured.cpu_s += one.cpu_s
            measured.times_s += one.times_s
            measured.statuses += one.statuses
    ratio = mine.per_second / theirs.per_second
    kind = "with a 200 KB photo" if photo_bytes else "without a photo"
    whole = set(mine.statuses) | set(theirs.statuses) == {"201"}
    return {
        "what": f"forms {kind}, {'in one town' if len(towns) == 1 else 'spread over four towns'}",
        "ours": str(mine) + ("" if whole else f", answers {dict(mine.statuses)} and {dict(theirs.statuses)}"),
        "peer": f"bare Django view: {theirs}",
        "ratio": round(ratio, 2),
        "target": f"at least {SHARE:g} of the bare view, p99 under {P99_S:g} s, every answer a receipt",
        "met": whole and ratio >= SHARE and mine.p99_s < P99_S,
    }


def send(server: tuple[int, int], connections: int, towns: list[Any], photo_bytes: int, seconds: float) -> Measured:
    port, pid = server
    named = [f"{west}:{key}" for west, key in towns]
    before = processor_s(pid)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("http_forms.py")), str(port), str(connections), str(seconds)]
        + [str(photo_bytes), str(random.getrandbits(48)), *named],
        capture_output=True,
        text=True,
        timeout=seconds + 90,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    told = json.loads(done.stdout)
    cpu_s = processor_s(pid) - before
    return Measured(told["sent"], told["elapsed_s"], cpu_s, told["times_s"], Counter(told["statuses"]))


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def bare_server(town: Town, folder: Path) -> Iterator[tuple[int, int]]:
    """Port and process of the bare view, on the same database."""
    port, files = free_port(), folder / "bare"
    files.mkdir()
    command = [sys.executable, "-m", "uvicorn", "deploy.benchmarks.bare_intake:app", "--port", str(port)]
    environment = town.environment("reprise_owner") | {"BARE_FILES": str(files)}
    with (folder / "bare.log").open("ab") as log:
        server = subprocess.Popen(
            [*command, "--no-access-log", "--lifespan", "off"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        for _ in range(100):
            try:
                httpx.get(f"http://localhost:{port}/", timeout=5)
                break
            except httpx.TransportError:
                if server.poll() is not None:
                    raise RuntimeError((folder / "bare.log").read_text()) from None
                time.sleep(0.1)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(10)
