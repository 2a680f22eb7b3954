"""Keeps a number of connections busy with GET requests for some seconds; prints requests per second and times.

usage: python http_load.py PORT CONNECTIONS SECONDS HEADERS_JSON < one path per line. Loopback only, bounded in time.
"""

import asyncio
import json
import sys
import time
from collections import Counter


class Connection(asyncio.Protocol):
    """One keep-alive connection asking for one path after the other."""

    def __init__(self, paths: list[bytes], start: int, head: bytes, until: float, done: "asyncio.Future[None]") -> None:
        self.paths, self.next, self.head, self.until, self.done = paths, start, head, until, done
        self.times: list[float] = []
        self.statuses: Counter[bytes] = Counter()
        self.bytes = 0
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.began = time.perf_counter()
        if self.began > self.until:
            self.transport.close()
            return
        path = self.paths[self.next % len(self.paths)]
        self.next += 1
        self.transport.write(b"GET " + path + b" HTTP/1.1\r\n" + self.head)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"transfer-encoding":
                if not rest.endswith(b"0\r\n\r\n"):
                    return
                length = len(rest)
        if len(rest) < length:
            return
        self.times.append(time.perf_counter() - self.began)
        self.statuses[head[9:12]] += 1
        self.bytes += length
        self.buffer = b""
        self.ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def main(port: int, count: int, seconds: float, headers: dict[str, str], paths: list[bytes]) -> None:
    loop = asyncio.get_running_loop()
    lines = [f"Host: localhost:{port}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    head = "\r\n".join(lines).encode()
    until = time.perf_counter() + seconds
    connections, endings = [], []
    for number in range(count):
        done = loop.create_future()
        connection = Connection(paths, number * 7919, head, until, done)
        await loop.create_connection(lambda connection=connection: connection, "localhost", port)  # type: ignore[misc]
        connections.append(connection)
        endings.append(done)
    await asyncio.wait_for(asyncio.gather(*endings), seconds + 60)
    times = sorted(one for connection in connections for one in connection.times)
    statuses = sum((connection.statuses for connection in connections), Counter())
    print(
        json.dumps(
            {
                "per_second": round(len(times) / seconds, 1),
                "p50_ms": round(times[len(times) // 2] * 1000, 1),
                "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1),
                "statuses": {status.decode(): number for status, number in statuses.items()},
                "mean_bytes": round(sum(connection.bytes for connection in connections) / max(1, len(times))),
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(
        main(
            int(sys.argv[1]),
            int(sys.argv[2]),
            float(sys.argv[3]),
            json.loads(sys.argv[4]),
            [line.strip().encode() for line in sys.stdin if line.strip()],
        )
    )
