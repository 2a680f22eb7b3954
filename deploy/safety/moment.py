"""The moment a copy is taken at: what the database held just then, to be compared with after a restore."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql

TRIES = 100


@dataclass(frozen=True)
class Moment:
    """`rows`: of every table; `last_seq`: newest event per municipality; `restore_point`: its name in the log.

    `exact`: nobody wrote between the restore point and the counting, so a restore to that point must give
    these numbers.
    """

    at: str
    restore_point: str
    lsn: str
    server_version: str
    exact: bool
    rows: dict[str, int] = field(default_factory=dict)
    last_seq: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


Connection = psycopg.Connection[tuple[Any, ...]]


def connect(host: str, database: str, *, user: str = "postgres") -> Connection:
    return psycopg.connect(host=host, dbname=database, user=user, autocommit=True)


def count_rows(connection: Connection) -> dict[str, int]:
    """Exact rows of every table of the schema public. Unlogged ones (staging of imports) are not in the log, so no copy
    holds them."""
    tables = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind = 'r' AND relpersistence = 'p' ORDER BY 1"
    ).fetchall()
    return {
        name: int(connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchall()[0][0])
        for (name,) in tables
        if name != "spatial_ref_sys"
    }


def last_events(connection: Connection) -> dict[str, int]:
    """Newest event number of every municipality, by its id."""
    rows = connection.execute(
        "SELECT municipality_id, max(seq) FROM municipal_units_event WHERE seq IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {str(municipality): int(seq) for municipality, seq in rows}


def scalar(connection: Connection, query: str) -> str:
    return str(connection.execute(query.encode()).fetchall()[0][0])


@contextmanager
def held_moment(host: str, database: str, name: str) -> Iterator[tuple[Moment, str]]:
    """A snapshot that stays open while the dump reads from it, and the restore point that stands for it in the log.

    Point and snapshot are two calls; they are one moment when nothing was written to the log between them but the point
    itself. That is looked at, and tried again.
    """
    with connect(host, database) as writer, connect(host, database) as reader:
        exact = False
        for _ in range(TRIES):
            point = scalar(writer, f"SELECT pg_create_restore_point('{name}')")
            reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            snapshot = scalar(reader, "SELECT pg_export_snapshot()")
            exact = scalar(writer, f"SELECT pg_current_wal_insert_lsn() = '{point}'::pg_lsn") == "True"
            # Somebody who has written and not yet committed would be behind the point and outside the snapshot: fine.
            if exact:
                break
            reader.execute("ROLLBACK")
            name = f"{name.split('.')[0]}.{time.monotonic_ns()}"
            time.sleep(0.05)
        else:
            reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            snapshot = scalar(reader, "SELECT pg_export_snapshot()")
        moment = Moment(
            at=datetime.now(UTC).isoformat(),
            restore_point=name,
            lsn=point,
            server_version=scalar(reader, "SHOW server_version"),
            exact=exact,
            rows=count_rows(reader),
            last_seq=last_events(reader),
        )
        yield moment, snapshot
        reader.execute("ROLLBACK")
