"""Keeps a number of connections busy sending filled forms for some seconds; prints how many a second and times.

usage: python http_forms.py PORT CONNECTIONS SECONDS PHOTO_BYTES SEED WEST:KEY [WEST:KEY ...]
Each form is a building of its own in the town that begins at that longitude. Loopback only, bounded in time.
"""

import asyncio
import json
import random
import sys
import time
import uuid
from collections import Counter

BOUNDARY = b"form-7d1f0c"
HEAD = (
    b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=%s\r\n"
    b"Content-Length: %d\r\n\r\n"
)
XML_PART = (
    b'--%s\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="f.xml"\r\n'
    b"Content-Type: text/xml\r\n\r\n"
)
PHOTO_PART = (
    b'\r\n--%s\r\nContent-Disposition: form-data; name="p.jpg"; filename="p.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
)
FORM = (
    '<data id="damage_rapid" version="2026112001"><observed_at>2026-11-19T10:00:00Z</observed_at><place>%s</place>'
    "<grade>heavy</grade><habitability>unknown</habitability><occupied>no</occupied><explosives>no</explosives>%s"
    "<meta><instanceID>%s</instanceID></meta></data>"
)


class Sender:
    """Makes requests, none like the other."""

    def __init__(self, towns: list[tuple[float, str]], photo_bytes: int, seed: int) -> None:
        self.towns, self.dice = towns, random.Random(seed)
        self.photo = b"\xff\xd8\xff\xe0" + self.dice.randbytes(max(0, photo_bytes - 20)) if photo_bytes else b""
        self.sent = 0

    def request(self) -> bytes:
        west, key = self.towns[self.sent % len(self.towns)]
        self.sent += 1
        lon, lat = west + 0.03 * self.dice.random(), 13.0 + 0.01 * self.dice.random()
        name = uuid.UUID(int=self.dice.getrandbits(128), version=4)
        photo = "<photo>p.jpg</photo>" if self.photo else ""
        parts = [XML_PART % BOUNDARY, (FORM % (f"{lat:.6f} {lon:.6f} 0 5", photo, f"uuid:{name}")).encode()]
        if self.photo:
            parts += [PHOTO_PART % BOUNDARY, self.photo, name.bytes]
        parts.append(b"\r\n--%s--\r\n" % BOUNDARY)
        return b"".join([HEAD % (f"/key/{key}/submission".encode(), BOUNDARY, sum(map(len, parts))), *parts])


class Connection(asyncio.Protocol):
    """One keep-alive connection sending one form after the other."""

    def __init__(self, sender: Sender, until: float, done: "asyncio.Future[None]") -> None:
        self.sender, self.until, self.done = sender, until, done
        self.times: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.began = time.perf_counter()
        if self.began > self.until:
            self.transport.close()
            return
        self.transport.write(self.sender.request())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        if len(rest) < length:
            return
        self.times.append(time.perf_counter() - self.began)
        self.statuses[head[9:12].decode()] += 1
        self.buffer = b""
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def main(port: int, count: int, seconds: float, sender: Sender) -> None:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    connections, endings = [], []
    for _ in range(count):
        done = loop.create_future()
        connection = Connection(sender, began + seconds, done)
        await loop.create_connection(lambda connection=connection: connection, "localhost", port)  # type: ignore[misc]
        connections.append(connection)
        endings.append(done)
    await asyncio.wait_for(asyncio.gather(*endings), seconds + 60)
    elapsed = time.perf_counter() - began
    times = sorted(one for connection in connections for one in connection.times)
    statuses = sum((connection.statuses for connection in connections), Counter())
    print(json.dumps({"sent": len(times), "elapsed_s": elapsed, "times_s": times, "statuses": statuses}))


if __name__ == "__main__":
    given = [(float(west), key) for west, _, key in (town.partition(":") for town in sys.argv[6:])]
    sending = Sender(given, int(sys.argv[4]), int(sys.argv[5]))
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sending))
