"""Many websocket readers in one process, as cheap as possible, so that the server under test is what is measured.

usage: python socket_clients.py PORT PATH COUNT SECONDS [SUBPROTOCOL]
Prints `ready` when all are connected, then after SECONDS one JSON line: clients, messages, lost, doubled and the
latency in milliseconds between the `t` inside a message (the sender's clock) and its arrival. Loopback only, bounded
in time.
"""

import asyncio
import base64
import json
import os
import re
import sys
import time
from collections import Counter

STAMP = re.compile(rb'"t": ?([0-9]+\.[0-9]+)')


class Reader(asyncio.Protocol):
    """One socket: the handshake, then every text frame's time stamp. Server frames are not masked."""

    def __init__(self, request: bytes, opened: "asyncio.Future[None]", arrivals: "list[tuple[float, float]]") -> None:
        self.request, self.opened, self.arrivals = request, opened, arrivals
        self.buffer, self.open = b"", False
        self.seen: Counter[float] = Counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(self.request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self.buffer += data
        if not self.open:
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head[:16]:
                self.opened.set_exception(RuntimeError(head[:200].decode(errors="replace")))
                return
            self.open, self.buffer = True, rest
            self.opened.set_result(None)
        while (frame := self.next_frame()) is not None:
            opcode, payload = frame
            if opcode == 9:
                self.transport.write(b"\x8a\x80\0\0\0\0")  # type: ignore[attr-defined]
            elif stamp := STAMP.search(payload):
                sent = float(stamp.group(1))
                self.seen[sent] += 1
                self.arrivals.append((sent, now - sent))

    def next_frame(self) -> tuple[int, bytes] | None:
        data = self.buffer
        if len(data) < 2:
            return None
        length, offset = data[1] & 127, 2
        if length == 126:
            length, offset = int.from_bytes(data[2:4], "big"), 4
        elif length == 127:
            length, offset = int.from_bytes(data[2:10], "big"), 10
        if len(data) < offset + length:
            return None
        self.buffer = data[offset + length :]
        return data[0] & 15, data[offset : offset + length]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(RuntimeError("connection lost"))


def request(port: int, path: str, subprotocol: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: localhost:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        f"Origin: http://localhost:{port}",
        *([f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def main(port: int, path: str, count: int, seconds: float, subprotocol: str) -> None:
    loop = asyncio.get_running_loop()
    arrivals: list[tuple[float, float]] = []
    readers: list[Reader] = []
    for start in range(0, count, 25):
        waiting = []
        for _ in range(min(25, count - start)):
            opened = loop.create_future()
            reader = Reader(request(port, path, subprotocol), opened, arrivals)
            await loop.create_connection(lambda reader=reader: reader, "localhost", port)  # type: ignore[misc]
            readers.append(reader)
            waiting.append(opened)
        await asyncio.wait_for(asyncio.gather(*waiting), 60)
    print("ready", flush=True)
    await asyncio.sleep(seconds)
    messages = {sent for sent, _ in arrivals}
    delays = sorted(delay * 1000 for _, delay in arrivals)
    print(
        json.dumps(
            {
                "clients": len(readers),
                "messages": len(messages),
                "lost": sum(1 for reader in readers for message in messages if message not in reader.seen),
                "doubled": sum(times - 1 for reader in readers for times in reader.seen.values()),
                "p50_ms": round(delays[len(delays) // 2], 1) if delays else None,
                "p99_ms": round(delays[int(len(delays) * 0.99)], 1) if delays else None,
                "max_ms": round(delays[-1], 1) if delays else None,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    arguments = sys.argv[1:]
    asyncio.run(main(int(arguments[0]), arguments[1], int(arguments[2]), float(arguments[3]), "".join(arguments[4:5])))
