"""The restore drill: unpack, replay, compare, start, sign in, look; then a receipt, and everything is removed."""

import argparse
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from deploy.safety.comparing import check_files, differences, mark_restored, restore_dump
from deploy.safety.drills import write_receipt
from deploy.safety.moment import connect, count_rows, last_events, scalar
from deploy.safety.programs import Failed
from deploy.safety.restoring import SecondCluster, check_log, check_sums, choose_copy
from deploy.safety.sealing import open_bytes
from deploy.safety.walking import walk

LIB = Path(__file__).resolve().parents[1] / "lib"
PAUSE_SECONDS = 600


def main() -> None:
    parser = argparse.ArgumentParser(prog="deploy/restore-drill")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--identity", type=Path, required=True)
    parser.add_argument("--at", type=datetime.fromisoformat)
    parser.add_argument("--beside", type=Path, required=True)
    parser.add_argument("--note", type=Path)
    asked = parser.parse_args()
    if asked.at is not None and asked.at.tzinfo is None:
        parser.error("--at needs a time zone, e.g. 2026-11-20T14:05:00+00:00")
    os.umask(0o022)
    began = time.monotonic()
    receipt: dict[str, Any] = {"good": False, "began_at": datetime.now(UTC).isoformat()}
    try:
        drill(asked.folder, asked.identity, at=asked.at, beside=asked.beside, receipt=receipt)
        receipt["good"] = True
    except (Failed, psycopg.Error, OSError) as failure:
        receipt["failure"] = str(failure)
    receipt |= {"finished_at": datetime.now(UTC).isoformat(), "seconds": round(time.monotonic() - began, 1)}
    write_receipt(asked.folder, receipt)
    print_receipt(receipt)
    if not receipt["good"]:
        sys.exit(1)
    if asked.note:
        asked.note.write_text(json.dumps(receipt))


def drill(
    folder: Path,
    identity: Path,
    *,
    at: datetime | None,
    beside: Path,
    receipt: dict[str, Any],
    application: bool = True,
) -> None:
    """One drill; fills the receipt as it goes, so that a failure shows how far it came."""
    copy = choose_copy(folder, at)
    receipt["copy"] = copy.name
    check_sums(copy)
    receipt["log_pieces"] = check_log(folder, copy)
    moment = json.loads(open_bytes(copy / "moment.json.age", identity))
    database = moment["database"]
    cluster = SecondCluster.prepare(beside, identity)
    host = str(cluster.sockets)
    try:
        cluster.unpack(copy)
        receipt["rows"] = compare_at_moment(cluster, folder, moment)
        replay(cluster, folder, at=at)
        with connect(host, database) as connection:
            compare_events(connection_events := last_events(connection), moment["last_seq"])
            receipt["last_event"] = {"number": connection_events, "at": newest_event_at(host, database)}
            files = check_files(connection, folder, identity, set((copy / "files.txt").read_text().split()))
        receipt["files"] = {"named_by_rows": files.total, "newer_than_the_copy": files.not_yet}
        if files.wrong:
            raise Failed("Stored files are not what they should be: " + "; ".join(files.wrong))
        restore_dump(copy / "registry.dump.age", identity, host, cluster.home, "from_dump")
        with connect(host, "from_dump") as connection:
            refuse(differences(moment["rows"], count_rows(connection), "the dump's table"))
        receipt["dump"] = "equal, table by table"
        marks = [LIB / "roles.sql", LIB / "extensions.sql", LIB / "leakproof.sql"]
        receipt["leakproof_functions"] = mark_restored(host, database, marks)
        if application:
            receipt["pages"] = walk(sockets=cluster.sockets, database=database, home=cluster.home)
    finally:
        cluster.remove()


def compare_at_moment(cluster: SecondCluster, folder: Path, moment: dict[str, Any]) -> dict[str, Any]:
    """Replays the log to the copy's own restore point, stays there, and counts: every table must have its rows."""
    target = f"recovery_target_name = '{moment['restore_point']}'\nrecovery_target_action = 'pause'\n"
    cluster.configure(folder, target=target)
    cluster.start()
    with connect(str(cluster.sockets), moment["database"]) as connection:
        until = time.monotonic() + PAUSE_SECONDS
        while scalar(connection, "SELECT pg_get_wal_replay_pause_state()") != "paused":
            cluster.say_broken_log()
            if time.monotonic() > until:
                raise Failed("The log did not reach the copy's restore point within ten minutes.")
            time.sleep(0.1)
        counted = count_rows(connection)
        if moment["exact"]:
            refuse(differences(moment["rows"], counted, "table"))
            refuse(differences(moment["last_seq"], last_events(connection), "last event of municipality"))
    cluster.stop()
    return {"tables": len(counted), "rows": sum(counted.values()), "compared": moment["exact"]}


def replay(cluster: SecondCluster, folder: Path, *, at: datetime | None) -> None:
    """Goes on to the moment asked for, or to the end of the log, and becomes a database that can be written."""
    target = ""
    if at is not None:
        target = f"recovery_target_time = '{at.isoformat()}'\nrecovery_target_action = 'promote'\n"
    cluster.configure(folder, target=target)
    cluster.start()
    with connect(str(cluster.sockets), "postgres") as connection:
        until = time.monotonic() + PAUSE_SECONDS
        while scalar(connection, "SELECT pg_is_in_recovery()") == "True":
            cluster.say_broken_log()
            if time.monotonic() > until:
                raise Failed("The log was not replayed within ten minutes.")
            time.sleep(0.1)


def compare_events(found: dict[str, int], at_least: dict[str, int]) -> None:
    """No municipality may have fewer events than when the copy was taken."""
    lost = {town: seq for town, seq in at_least.items() if found.get(town, 0) < seq}
    refuse([f"municipality {town}: event {seq} is missing" for town, seq in lost.items()])


def newest_event_at(host: str, database: str) -> str:
    with connect(host, database) as connection:
        return scalar(connection, "SELECT max(at) FROM municipal_units_event")


def refuse(problems: list[str]) -> None:
    if problems:
        raise Failed("The restored copy differs: " + "; ".join(problems[:20]))


def print_receipt(receipt: dict[str, Any]) -> None:
    good = receipt["good"]
    print("\nRESTORE DRILL: " + ("the copy can be brought back" if good else "FAILED"))
    for key, value in receipt.items():
        if key not in {"good", "failure"}:
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            print(f"  {key.replace('_', ' '):22}{shown}")
    if not good:
        print(f"\n{receipt['failure']}")


if __name__ == "__main__":
    main()
