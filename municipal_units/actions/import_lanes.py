"""Portions of one import written at the same moment, each on a connection of its own, and booked in the order of the
file.

Context: one connection uses one processor of the database, however many the machine has. Choice: a portion writes its
rows, waits until the one before it is committed, and only then counts itself in the batch. So what a batch says it has
taken is always the beginning of the file, and a killed import goes on where that ends, as if portions came one by one.
Price: a portion whose predecessor failed was written in vain. The waiting is done by locks of the database, which
therefore sees when two portions wait for each other; those that met are taken again, one after the other.
"""

import threading
from collections.abc import Callable, Iterator

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

from municipal_units.importing.contract import Counted, Portion
from municipal_units.models import ImportBatch
from municipal_units.permissions import Actor, noting, scope

LANES = 2
# Class of advisory locks: the turn of one portion of one import.
TURN_LOCK = 7301
Book = Callable[[ImportBatch, Counted], None]


class OutOfTurn(Exception):
    """This portion is taken back: somebody asked to stop, or the one before it is not in."""


class Lanes:
    """Takes `portions` for a batch of which `done_rows` are in. `book` counts one in the batch, in its transaction;
    `tell` says how far the import is."""

    def __init__(
        self,
        actor: Actor,
        batch_id: int,
        portions: Iterator[Portion],
        done_rows: int,
        book: Book,
        tell: Callable[[ImportBatch], None],
    ) -> None:
        self.actor, self.batch_id, self.portions = actor, batch_id, portions
        self.handed_rows, self.book, self.tell = done_rows, book, tell
        self.handing = threading.Lock()
        self.number = 0
        self.ended = False
        self.left: dict[int, Portion] = {}
        self.failures: list[BaseException] = []

    def run(self) -> list[Portion]:
        """Takes portions until there are no more or one cannot be taken beside another; gives those that were begun
        and are not in."""
        threads = [threading.Thread(target=self.work, name=f"import {self.batch_id}, {n}") for n in range(LANES)]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        finally:
            self.ended = True
            for thread in threads:
                thread.join()
        if self.failures:
            raise self.failures[0]
        return [portion for _, portion in sorted(self.left.items())]

    def work(self) -> None:
        try:
            while not self.ended:
                self.take_next()
        except OutOfTurn:
            pass
        except OperationalError as failure:
            if not isinstance(failure.__cause__, DeadlockDetected):
                self.failures.append(failure)
        except BaseException as failure:
            self.failures.append(failure)
        finally:
            self.ended = True
            connection.close()

    def take_next(self) -> None:
        with scope(self.actor, statement_timeout_ms=0):
            number, first, portion = self.hand_out()
            if portion is None or portion.write is None:
                self.ended = True
                return
            told: dict[str, str | int] = {"import": self.batch_id, "door": "import"}
            with noting(**told):
                count = portion.write()
            if number:
                self.turn("pg_advisory_xact_lock_shared", number - 1)
            current = ImportBatch.objects.select_for_update().get(pk=self.batch_id)
            if current.stop_requested or current.done_rows != first:
                raise OutOfTurn
            self.book(current, count())
        del self.left[number]
        self.tell(current)

    def hand_out(self) -> tuple[int, int, Portion | None]:
        """The next portion, its number and the rows before it. Its turn is held before anybody can wait for it."""
        with self.handing:
            portion = None if self.ended else next(self.portions, None)
            number, first = self.number, self.handed_rows
            if portion is not None:
                self.number, self.handed_rows = number + 1, first + portion.rows
                self.left[number] = portion
                self.turn("pg_advisory_xact_lock", number)
            return number, first, portion

    def turn(self, function: str, number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s, %s)", [TURN_LOCK, (self.batch_id * 1_000_003 + number) % 2**31])
