"""The per-process hub: listens to the event log once and passes every new event to the sockets that may see it.

Sockets carry no truth. A socket that is too slow is closed and its page catches up over HTTP; a lost notification is
found by the poll behind each heartbeat; a database restart only delays.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg
from psycopg.rows import dict_row

from municipal_units.event_kinds import EVENT_KINDS
from municipal_units.permissions import Actor
from municipal_units.selectors.events import may_see_kind

logger = logging.getLogger(__name__)

HEARTBEAT_S = 20.0
RECHECK_S = 45.0
BACKLOG = 256
EVENTS_SQL = """
    SELECT seq, uuid::text, kind, at, neighbourhood_id, service, shows FROM municipal_units_event
    WHERE municipality_id = %s AND seq > %s ORDER BY seq LIMIT 1000
"""
COUNTER_SQL = "SELECT seq, epoch::text FROM municipal_units_eventcounter WHERE municipality_id = %s"


class Socket(Protocol):
    """What the hub needs of a connection: who reads, and two ways to speak."""

    actor: Actor

    async def deliver(self, text: str) -> None: ...
    async def hang_up(self, code: int) -> None: ...
    async def still_welcome(self) -> bool: ...


@dataclass(eq=False)
class Reader:
    """A socket with its own short queue, so that a slow phone holds up nobody."""

    socket: Socket
    municipality_id: int
    queue: "asyncio.Queue[str]" = field(default_factory=lambda: asyncio.Queue(BACKLOG))
    writer: "asyncio.Task[None] | None" = None

    def push(self, text: str) -> bool:
        try:
            self.queue.put_nowait(text)
        except asyncio.QueueFull:
            return False
        return True

    async def write(self) -> None:
        while True:
            await self.socket.deliver(await self.queue.get())


@dataclass
class Followed:
    """One municipality some socket follows: the last number passed on, and who listens."""

    code: str
    seq: int
    epoch: str
    readers: set[Reader] = field(default_factory=set)


class Hub:
    """All sockets of this process. Everything runs in the server's event loop; no locks are needed but one to read."""

    def __init__(self, conninfo: Callable[[], str]) -> None:
        self.conninfo = conninfo
        self.followed: dict[int, Followed] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.wanted: set[int] = set()
        self.wake = asyncio.Event()
        self.reading: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.queries: psycopg.AsyncConnection[dict[str, Any]] | None = None
        self.query_lock = asyncio.Lock()

    def start(self) -> None:
        for work in (self._listen, self._pass_on, self._beat, self._recheck):
            self.tasks.append(asyncio.create_task(self._forever(work)))

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for followed in self.followed.values():
            for reader in list(followed.readers):
                await reader.socket.hang_up(1012)
        if self.queries is not None:
            await self.queries.close()

    async def join(self, socket: Socket, municipality_id: int, code: str) -> Reader:
        """Follow a municipality. The greeting carries the number after which every event will be passed on."""
        if municipality_id not in self.followed:
            counter = await self._counter(municipality_id)
            self.followed.setdefault(municipality_id, Followed(code, counter["seq"], counter["epoch"]))
        followed = self.followed[municipality_id]
        reader = Reader(socket, municipality_id)
        reader.push(json.dumps({"type": "hello", "municipality": code, "seq": followed.seq, "epoch": followed.epoch}))
        followed.readers.add(reader)
        reader.writer = asyncio.create_task(reader.write())
        return reader

    def leave(self, reader: Reader) -> None:
        followed = self.followed.get(reader.municipality_id)
        if followed is not None:
            followed.readers.discard(reader)
            if not followed.readers:
                del self.followed[reader.municipality_id]
        if reader.writer is not None:
            reader.writer.cancel()

    async def _forever(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run one of the hub's loops; a database that goes away is waited for."""
        while True:
            try:
                await work()
            except psycopg.Error as error:
                logger.warning("live updates wait for the database: %s", type(error).__name__)
                self.queries = None
                await asyncio.sleep(1)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self.conninfo(), autocommit=True)
        async with connection:
            await connection.execute("LISTEN events")
            self._want(*self.followed)  # what was said while nobody listened
            async for notification in connection.notifies():
                municipality_id, _, _ = notification.payload.partition(":")
                self._want(int(municipality_id))

    def _want(self, *municipality_ids: int) -> None:
        self.wanted.update(pk for pk in municipality_ids if pk in self.followed)
        if self.wanted:
            self.wake.set()

    async def _pass_on(self) -> None:
        while True:
            await self.wake.wait()
            self.wake.clear()
            wanted, self.wanted = self.wanted, set()
            try:
                for municipality_id in sorted(wanted):
                    await self._read(municipality_id)
            except psycopg.Error:
                self._want(*wanted)
                raise

    async def _read(self, municipality_id: int) -> None:
        """Read what is new in one municipality and queue it to its readers, in order, each event encoded once."""
        async with self.reading[municipality_id]:
            while followed := self.followed.get(municipality_id):
                events = await self._query(municipality_id, EVENTS_SQL, (municipality_id, followed.seq))
                for event in events:
                    self._send_event(municipality_id, followed, event)
                    followed.seq = event["seq"]
                    await asyncio.sleep(0)
                if not events:
                    return

    def _send_event(self, municipality_id: int, followed: Followed, event: dict[str, Any]) -> None:
        full = json.dumps(
            {
                "type": "event",
                "municipality": followed.code,
                "seq": event["seq"],
                "uuid": event["uuid"],
                "kind": event["kind"],
                "at": event["at"].isoformat(),
                "neighbourhood": event["neighbourhood_id"],
                "service": event["service"] or None,
                "shows": event["shows"],
            }
        )
        blank = json.dumps({"type": "event", "municipality": followed.code, "seq": event["seq"]})
        may_see: dict[Actor, bool] = {}
        for reader in list(followed.readers):
            actor = reader.socket.actor
            if actor not in may_see:
                may_see[actor] = event["kind"] in EVENT_KINDS and may_see_kind(
                    actor, municipality_id, event["kind"], event["neighbourhood_id"], event["service"]
                )
            if not reader.push(full if may_see[actor] else blank):
                self._drop(reader, 4008)

    def _drop(self, reader: Reader, code: int) -> None:
        self.leave(reader)
        asyncio.create_task(reader.socket.hang_up(code))  # noqa: RUF006

    async def _beat(self) -> None:
        """Every 20 s the latest number, so that a silent loss is noticed; the numbers are asked for, not remembered."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            for municipality_id, followed in list(self.followed.items()):
                counter = await self._counter(municipality_id)
                if counter["epoch"] != followed.epoch:
                    followed.epoch, followed.seq = counter["epoch"], counter["seq"]
                    self._send_all(followed, {"type": "reset", "municipality": followed.code})
                elif counter["seq"] > followed.seq:
                    self._want(municipality_id)
                self._send_all(
                    followed,
                    {
                        "type": "heartbeat",
                        "municipality": followed.code,
                        "seq": followed.seq,
                        "epoch": followed.epoch,
                        "at": datetime.now(UTC).isoformat(),
                    },
                )

    def _send_all(self, followed: Followed, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        for reader in list(followed.readers):
            if not reader.push(text):
                self._drop(reader, 4008)

    async def _recheck(self) -> None:
        """Sessions end and roles change: whoever is no longer welcome is cut off within a minute."""
        while True:
            await asyncio.sleep(RECHECK_S)
            for followed in list(self.followed.values()):
                for reader in list(followed.readers):
                    if not await reader.socket.still_welcome():
                        self._drop(reader, 4003)

    async def _counter(self, municipality_id: int) -> dict[str, Any]:
        rows = await self._query(municipality_id, COUNTER_SQL, (municipality_id,))
        return rows[0]

    async def _query(self, municipality_id: int, sql: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        """One read inside the municipality's scope, on a connection kept for this."""
        async with self.query_lock:
            if self.queries is None or self.queries.closed:
                self.queries = await psycopg.AsyncConnection.connect(self.conninfo(), row_factory=dict_row)
            async with self.queries.transaction():
                await self.queries.execute(
                    "SELECT set_config('reprise.municipalities', %s, true)", ("{" + str(municipality_id) + "}",)
                )
                cursor = await self.queries.execute(sql, values)
                return await cursor.fetchall()
