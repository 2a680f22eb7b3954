"""What a restored copy must show: the rows, the newest events, every stored file."""

from dataclasses import dataclass, field
from pathlib import Path

from psycopg import sql

from deploy.safety.moment import Connection, connect, scalar
from deploy.safety.programs import pipe, run, server_program
from deploy.safety.sealing import open_to, opened_hash


@dataclass
class FilesFound:
    """Stored files named by rows: how many there are, which are gone or changed, which the copy has not reached yet."""

    total: int = 0
    wrong: list[str] = field(default_factory=list)
    not_yet: int = 0


def differences(expected: dict[str, int], found: dict[str, int], what: str) -> list[str]:
    """Names and both numbers of everything that is not equal; empty when all is."""
    return [
        f"{what} {name}: {expected.get(name, 'none')} expected, {found.get(name, 'none')} found"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


# A dump names every thing with its schema and searches none. The operators inside a trigger's condition cannot be named
# so: "old.geom IS DISTINCT FROM new.geom" needs the schema in which PostGIS is.
HEAD_LINES = 60
NO_SCHEMA = "set_config('search_path', '', false)"
OUR_SCHEMA = "set_config('search_path', 'public', false)"


def restore_dump(dump: Path, identity: Path, host: str, home: Path, into: str) -> None:
    """The dump read by stock tools, into a database of its own: a copy must be readable without ours."""
    plain = home / "registry.dump"
    with plain.open("wb") as file:
        open_to(dump, identity, ["cat"], target=file)
    run(server_program("createdb", "-h", host, "-U", "postgres", "-T", "template0", into), what="Making a database")
    try:
        with plain.open("rb") as file:
            pipe(
                server_program("pg_restore", "-f", "-"),
                ["sed", f"1,{HEAD_LINES}s/{NO_SCHEMA}/{OUR_SCHEMA}/"],
                server_program("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", host, "-U", "postgres", "-d", into),
                source=file,
                what="Restoring the dump",
            )
    finally:
        plain.unlink()


def check_files(connection: Connection, folder: Path, identity: Path, listed: set[str]) -> FilesFound:
    """Opens every stored file a row names and compares its hash. One that is newer than the copy's list of files (the
    database is followed by the minute, files by each run) is counted, not blamed."""
    columns = connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns JOIN pg_tables"
        " ON tablename = table_name AND schemaname = table_schema"
        " WHERE table_schema = 'public' AND column_name LIKE '%sha256'"
    ).fetchall()
    named: set[str] = set()
    for table, column in columns:
        query = sql.SQL("SELECT DISTINCT {}::text FROM {}").format(sql.Identifier(column), sql.Identifier(table))
        named |= {row[0] for row in connection.execute(query) if row[0] and len(row[0]) == 64}
    found = FilesFound(total=len(named))
    for sha256 in sorted(named):
        sealed = folder / "files" / sha256[:2] / f"{sha256}.age"
        if not sealed.exists():
            if sha256 in listed:
                found.wrong.append(f"files/{sha256[:2]}/{sha256}.age is missing")
            else:
                found.not_yet += 1
        elif opened_hash(sealed, identity) != sha256:
            found.wrong.append(f"files/{sha256[:2]}/{sha256}.age was cut or changed")
    return found


def mark_restored(host: str, database: str, statements: list[Path]) -> str:
    """What a dump and a base backup do not carry or must not keep: leakproof marks, and a new epoch for every event
    log, so that screens that were open before ask for everything again. Gives the number of marks."""
    for path in statements:
        run(
            server_program("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", host, "-U", "postgres", "-d", database)
            + ["-c", path.read_text()],
            what=path.name,
        )
    with connect(host, database) as connection:
        connection.execute("UPDATE municipal_units_eventcounter SET epoch = gen_random_uuid()")
        return scalar(connection, "SELECT count(*) FROM pg_proc WHERE proleakproof AND proname LIKE 'st\\_%'")
