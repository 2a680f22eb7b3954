"""Two hundred made-up persons who go through every door of a running town, so that one can look where they come out."""

import json
import math
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.sync.client import connect

from tests.serving import Town

COUNT = 200
SYLLABLES = ("bado", "kiri", "lomu", "satu", "fanu", "gelo", "niwa", "dopi", "maru", "tevo")
FIRST = [f"Plant{one}qa" for one in SYLLABLES]
LAST = [f"Secr{one}{other}x" for one in SYLLABLES for other in SYLLABLES[:2]]
NAMES = [f"{FIRST[number % 10]} {LAST[number // 10]}" for number in range(COUNT)]
PHONES = [f"+226 61{number:03d} 987" for number in range(COUNT)]
COORDINATES = [f"13.{417_000 + number * 7},-0.{918_000 + number * 3}" for number in range(COUNT)]
BY_FORM, IN_LIST = range(100), range(100, 200)
SETUP = """
from django.utils import timezone
from municipal_units.actions.accounts import create_token
from municipal_units.models import User
for account in ("barsalo", "coordinator", "partner", "enumerator", "unit_lead"):
    print("token", account, create_token(user=User.objects.get(username=account), name="test", now=timezone.now())[1])
"""
LISTS: tuple[str, ...] = (
    "households", "duplicates", "events?after=0", "register/counts", "register/coverage", "person-access",
    "person-exports", "imports", "situation", "neighbourhoods", "facilities", "merges", "sites",
)  # fmt: skip
WAIT_S = 120


def needles() -> list[str]:
    """Everything to look for, as written and as it may have been rewritten on the way."""
    numbers = [phone.replace(" ", "") for phone in PHONES]
    halves = [half for pair in COORDINATES for half in pair.split(",")]
    parts = [*FIRST, *LAST]
    return [*NAMES, *parts, *(part.casefold() for part in parts), *PHONES, *numbers, *COORDINATES, *halves]


@dataclass
class Seen:
    """What the town said to those who may not know a person: answers, tiles and the frames of a socket, by where."""

    told: dict[str, str] = field(default_factory=dict)
    registered: int = 0

    def keep(self, where: str, content: str | bytes) -> None:
        text = content if isinstance(content, str) else content.decode("utf-8", "replace")
        self.told[where] = self.told.get(where, "") + text


def plant(town: Town) -> Seen:
    """Registers half of them one by one and brings half in a list, then does what people do in a working week."""
    out = town.manage("shell", "--no-imports", "-c", SETUP, role="reprise_owner")
    tokens = dict(line.split()[1:3] for line in out.splitlines() if line.startswith("token "))
    seen = Seen()
    clients = {
        name: httpx.Client(base_url=town.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        for name, token in tokens.items()
    }
    try:
        address = f"ws://localhost:{town.port}/ws/live?municipality=BS"
        with connect(address, subprotocols=[f"reprise.bearer.{tokens['barsalo']}"]) as socket:  # type: ignore[list-item]
            work(clients["barsalo"], seen)
            listen(socket, seen)
        for name, client in clients.items():
            look(client, name, "BS" if name == "barsalo" else "TK", seen)
    finally:
        for client in clients.values():
            client.close()
    return seen


def work(client: httpx.Client, seen: Seen) -> None:
    """A coordinator registers, is refused, corrects, searches, imports, decides and takes a sheet."""
    base = "/api/v1/municipalities/BS"
    place = client.get(f"{base}/neighbourhoods").json()["items"][0]
    for number in BY_FORM:
        answer = client.post(f"{base}/households", json=household(place["id"], number))
        assert answer.status_code == 201, answer.text
        seen.keep("receipts", answer.text)
    seen.keep("refusals", client.post(f"{base}/households", json=household(place["id"], 1) | {"size": 0}).text)
    client.post(f"{base}/households", json=household(place["id"], 2) | {"group": NAMES[2]})
    client.get(f"{base}/households?q={PHONES[3]}")  # what an address holds is in no log
    (found,) = client.post(f"{base}/households/search", json={"text": NAMES[4], "purpose": "assistance"}).json()[:1]
    assert found["head"] == NAMES[4]
    one = f"{base}/households/{found['uuid']}"
    member = client.post(f"{one}/open", json={"purpose": "correction"}).json()["members"][0]
    assert client.patch(f"{one}/members/{member['id']}", json={"name": NAMES[5]}).status_code == 200
    assert client.post(f"{one}/members", json={"name": NAMES[6], "sex": "f"}).status_code == 201
    client.patch(one, json={"phone": PHONES[7], "size": 9})
    seen.keep("history", client.get(f"{one}/history").text)
    bring_list(client, base, place["name"], seen)
    pairs = client.get(f"{base}/duplicates").json()["items"]
    if pairs:
        keep = pairs[0]["first"]["uuid"]
        client.post(f"{base}/duplicates/{pairs[0]['id']}/merge", json={"keep": keep, "take": ["phone"]})
    client.post(f"{base}/households/sheet", json={"purpose": "verification"})
    seen.registered = client.get(f"{base}/households").json()["count"]


def household(place: int, number: int) -> dict[str, Any]:
    return {
        "instance_id": f"uuid:planted-{number}",
        "neighbourhood": place,
        "group": "idp",
        "size": 5,
        "members": [{"name": NAMES[number], "sex": "f", "birth_year": 1950 + number % 50, "is_head": True}],
        "phone": PHONES[number],
        "consent_on": "2026-11-12",
        "registered_on": "2026-11-12",
    }


def bring_list(client: httpx.Client, base: str, place: str, seen: Seen) -> None:
    """A list as it comes from an organisation, with a column of coordinates that nobody asked for."""
    lines = ["Own number,Name,Phone,People in the household,Name of the place,Group,GPS"]
    lines += [f'P-{n},{NAMES[n]},{PHONES[n]},4,{place},idp,"{COORDINATES[n]}"' for n in IN_LIST]
    lines += [f'P-{n},{NAMES[n]},{PHONES[n]},many,{place},{NAMES[n]},"{COORDINATES[n]}"' for n in BY_FORM]
    content = "\n".join(lines).encode()
    batch = client.post(f"{base}/imports", data={"kind": "households"}, files={"file": ("list.csv", content)}).json()
    one = f"{base}/imports/{batch['id']}"
    said = {"source": "Planted", "options": {"consent_on": "2026-11-01", "legal_basis": "consent"}}
    seen.keep("import", client.patch(one, json=said).text)
    seen.keep("import", client.post(f"{one}/check").text)
    assert client.post(f"{one}/confirm").status_code == 200
    until = time.monotonic() + WAIT_S
    while (state := client.get(one).json())["state"] in ("queued", "running") and time.monotonic() < until:
        time.sleep(0.5)
    assert state["state"] == "finished", state
    assert state["accepted"] == len(IN_LIST), state
    seen.keep("import", json.dumps(state))
    seen.keep("import", client.get(f"{one}/rows").text)


def listen(socket: Any, seen: Seen) -> None:
    """Every frame that the coordinator's own socket got meanwhile."""
    try:
        while True:
            seen.keep("socket", socket.recv(timeout=3))
    except TimeoutError:
        return


def look(client: httpx.Client, name: str, code: str, seen: Seen) -> None:
    """What lists, events, tiles and figures say, without a purpose stated."""
    base = f"/api/v1/municipalities/{code}"
    for each in LISTS:
        seen.keep(f"{name} {each}", client.get(f"{base}/{each}").text)
    spot = client.get(f"{base}/neighbourhoods.geojson").json()["features"][0]["geometry"]["coordinates"]
    while isinstance(spot[0], list):
        spot = spot[0]
    lon, lat = spot[:2]
    for layer in ("neighbourhoods", "facilities", "structures", "hazards"):
        for zoom in (8, 12, 15):
            x, y = tile_at(lon, lat, zoom)
            answer = client.get(f"/tiles/{code}/{layer}/{zoom}/{x}/{y}.mvt")
            seen.keep(f"{name} tiles", answer.content if answer.status_code == 200 else b"")


def tile_at(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    across = 2**zoom
    north = math.asinh(math.tan(math.radians(lat)))
    return int((lon + 180) / 360 * across), int((1 - north / math.pi) / 2 * across)
