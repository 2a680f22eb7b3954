"""The per-process hub: listens to the event log once and passes every new event to the sockets that may see it.

Sockets carry no truth. A socket that is too slow is closed and its page catches up over HTTP; a lost notification is
found by the poll behind each heartbeat; a database restart only delays.
"""

import asyncio
import json
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
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
LANES = 16
PATIENCE_S = 1.5
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
    """A socket that follows one municipality, and the lane it is served in."""

    socket: Socket
    municipality_id: int
    lane: "Lane"


class Lane:
    """A few sockets served one after the other by one task: a thousand tasks would cost more than the sending.

    A socket that takes longer than PATIENCE_S is cut off by the watchdog, so a slow phone can hold up its lane once,
    briefly, and the other lanes not at all.
    """

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[str, list[Reader]]] = asyncio.Queue()
        self.readers = 0
        self.sending_to: Reader | None = None
        self.since = 0.0
        self.limit: asyncio.Timeout | None = None

    async def serve(self, drop: Callable[[Reader], None]) -> None:
        while True:
            text, readers = await self.queue.get()
            remaining = iter(readers)
            while (slow := await self._send(text, remaining)) is not None:
                drop(slow)

    async def _send(self, text: str, readers: Iterator[Reader]) -> Reader | None:
        """Send to each in turn. The one on whom patience ran out, or None when all are served."""
        try:
            async with asyncio.timeout(None) as self.limit:
                for reader in readers:
                    self.sending_to, self.since = reader, time.monotonic()
                    try:
                        await reader.socket.deliver(text)
                    except Exception as error:  # the socket is gone, in whichever way; its page will come back
                        logger.debug("a socket went away: %s", type(error).__name__)
            self.sending_to = None
        except TimeoutError:
            slow, self.sending_to = self.sending_to, None
            return slow
        return None

    def lose_patience(self, now: float) -> None:
        """Called by the watchdog: whoever has been sent to for too long is given up."""
        if self.sending_to is not None and self.limit is not None and now - self.since > PATIENCE_S:
            self.limit.reschedule(asyncio.get_running_loop().time())


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
        self.farewells: set[asyncio.Task[None]] = set()
        self.lanes = [Lane() for _ in range(LANES)]
        self.queries: psycopg.AsyncConnection[dict[str, Any]] | None = None
        self.query_lock = asyncio.Lock()

    def start(self) -> None:
        for work in (self._listen, self._pass_on, self._beat, self._recheck):
            self.tasks.append(asyncio.create_task(self._forever(work)))
        for lane in self.lanes:
            self.tasks.append(asyncio.create_task(lane.serve(lambda slow: self._drop(slow, 4008))))
        self.tasks.append(asyncio.create_task(self._cut_off_the_slow()))

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
        lane = min(self.lanes, key=lambda lane: lane.readers)
        reader = Reader(socket, municipality_id, lane)
        hello = {"type": "hello", "municipality": code, "seq": followed.seq, "epoch": followed.epoch}
        lane.queue.put_nowait((json.dumps(hello), [reader]))
        lane.readers += 1
        followed.readers.add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        followed = self.followed.get(reader.municipality_id)
        if followed is None or reader not in followed.readers:
            return
        followed.readers.discard(reader)
        reader.lane.readers -= 1
        if not followed.readers:
            del self.followed[reader.municipality_id]

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
        versions: dict[tuple[Lane, bool], list[Reader]] = defaultdict(list)
        for reader in followed.readers:
            actor = reader.socket.actor
            if actor not in may_see:
                may_see[actor] = event["kind"] in EVENT_KINDS and may_see_kind(
                    actor, municipality_id, event["kind"], event["neighbourhood_id"], event["service"]
                )
            versions[reader.lane, may_see[actor]].append(reader)
        for (lane, visible), readers in versions.items():
            lane.queue.put_nowait((full if visible else blank, readers))

    def _drop(self, reader: Reader, code: int) -> None:
        self.leave(reader)
        farewell = asyncio.create_task(reader.socket.hang_up(code))
        self.farewells.add(farewell)
        farewell.add_done_callback(self.farewells.discard)

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
        by_lane: dict[Lane, list[Reader]] = defaultdict(list)
        for reader in followed.readers:
            by_lane[reader.lane].append(reader)
        for lane, readers in by_lane.items():
            lane.queue.put_nowait((text, readers))

    async def _cut_off_the_slow(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            for lane in self.lanes:
                lane.lose_patience(time.monotonic())

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
