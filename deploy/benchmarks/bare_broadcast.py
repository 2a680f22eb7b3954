"""The peer: a bare `websockets` server that broadcasts the same bytes. usage: bare_broadcast.py PORT EVERY_S LENGTH"""

import asyncio
import json
import sys
import time

from websockets.asyncio.server import ServerConnection, broadcast, serve


async def main(port: int, every: float, length: int) -> None:
    readers: set[ServerConnection] = set()

    async def follow(socket: ServerConnection) -> None:
        readers.add(socket)
        try:
            await socket.wait_closed()
        finally:
            readers.discard(socket)

    async with serve(follow, "localhost", port, compression=None):
        await asyncio.to_thread(sys.stdin.readline)  # begin when told
        while True:
            stamp = {"type": "event", "t": time.time()}
            padding = "x" * max(0, length - len(json.dumps({**stamp, "padding": ""})))
            broadcast(readers, json.dumps({**stamp, "padding": padding}))
            await asyncio.sleep(every)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
