"""Phones by the hundred: threads that send over real sockets, cut themselves off, and write every receipt down."""

import io
import json
import os
import random
import socket
import threading
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from PIL import Image

from tests.serving import Town

CONNECTIONS = 16
MAKE_TOWN = """
from django.utils import timezone
from municipal_units.actions.accounts import add_device, assign, create_account
from municipal_units.models import Municipality
from municipal_units.permissions import Role, actor_for, scope, system_actor
from tests.conftest import make_town
town = make_town("TK", "Tenkoro", -1.0, [("TK0101", "Wendou"), ("TK0102", "Pelga"), ("TK0103", "Forage")])
ben = create_account(username="ben", name="Ben Traore", password="a long enough password 42")
assign(user=ben, role=Role.ENUMERATOR, municipality=town)
actor = actor_for(ben, today=timezone.localdate())
with scope(actor):
    print("KEY " + add_device(by=actor, municipality=town, user=ben, name="phone", now=timezone.now())[1])
"""


def make_town(town: Town) -> str:
    """A small town in the database of a server; the key of a phone in it."""
    told = town.manage("shell", "-c", MAKE_TOWN)
    return next(line.removeprefix("KEY ") for line in told.splitlines() if line.startswith("KEY "))


@dataclass(frozen=True)
class Filled:
    """A filled form with one photo."""

    instance_id: str
    photo: bytes

    @property
    def xml(self) -> bytes:
        # Spread so that each is a building of its own.
        n = int(self.instance_id[-6:], 16)
        place = f"{13.0 + (n % 997) / 1e5:.6f} {-1.0 + (n % 2897) / 1e5:.6f} 0 5"
        return (
            f'<data id="damage_rapid" version="2026112001"><observed_at>2026-11-19T10:00:00Z</observed_at>'
            f"<place>{place}</place><grade>heavy</grade><habitability>unknown</habitability><occupied>no</occupied>"
            f"<explosives>no</explosives><photo>p.jpg</photo>"
            f"<meta><instanceID>{self.instance_id}</instanceID></meta></data>"
        ).encode()

    def body(self, *, with_photo: bool) -> tuple[bytes, str]:
        files = {"xml_submission_file": ("f.xml", self.xml, "text/xml")}
        if with_photo:
            files["p.jpg"] = ("p.jpg", self.photo, "image/jpeg")
        request = httpx.Request("POST", "http://x/", files=files, data={} if with_photo else {"*isIncomplete*": "yes"})
        return request.read(), request.headers["content-type"]


def filled(dice: random.Random) -> Filled:
    picture = io.BytesIO()
    Image.new("RGB", (32, 32), (dice.randrange(256), dice.randrange(256), dice.randrange(256))).save(picture, "JPEG")
    return Filled(f"uuid:{uuid.UUID(int=dice.getrandbits(128), version=4)}", picture.getvalue())


@dataclass
class Phones:
    """Sends to one server. Receipts go to a file that is synced before they count."""

    town: Town
    key: str
    receipts: Path
    statuses: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def address(self) -> str:
        return f"/key/{self.key}/submission"

    def post(self, client: httpx.Client, form: Filled, *, with_photo: bool = True) -> dict[str, object] | None:
        content, kind = form.body(with_photo=with_photo)
        try:
            answer = client.post(self.town.url + self.address, content=content, headers={"content-type": kind})
        except httpx.TransportError:
            return None
        with self.lock:
            self.statuses.append(answer.status_code)
            if answer.status_code not in (201, 202):
                return None
            receipt: dict[str, object] = json.loads(answer.headers["X-Reprise-Receipt"])
            with self.receipts.open("a") as file:
                file.write(json.dumps(receipt) + "\n")
                file.flush()
                os.fsync(file.fileno())
        return receipt

    def cut(self, form: Filled, share: float) -> None:
        """Sends a part of the request and hangs up."""
        content, kind = form.body(with_photo=True)
        head = (
            f"POST {self.address} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        ).encode()
        try:
            with socket.create_connection(("localhost", self.town.port), timeout=5) as phone:
                phone.sendall((head + content)[: int(len(head + content) * share)])
        except OSError:
            return

    def send_all(self, deliveries: Iterable[tuple[Filled, bool, float]]) -> None:
        """(form, with photo, share of the request that gets through: 1 is whole), over sixteen connections."""
        with httpx.Client(timeout=60) as client, ThreadPoolExecutor(CONNECTIONS) as pool:

            def deliver(delivery: tuple[Filled, bool, float]) -> None:
                form, with_photo, share = delivery
                if share < 1:
                    self.cut(form, share)
                else:
                    self.post(client, form, with_photo=with_photo)

            list(pool.map(deliver, deliveries))
