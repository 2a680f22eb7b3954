"""Makes one safety copy: base backup, dump, what they must contain, the stored files that are new; then tidies up.

FOLDER/base/TIME    base.tar.gz.age, registry.dump.age, moment.json.age, files.txt, sums.txt (the last)
FOLDER/wal          the log since, by the database server itself, at most a minute behind
FOLDER/files/aa     stored files under the hash of their content, each once for all copies
"""

import argparse
import json
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from deploy.safety.drills import newest_good_drill
from deploy.safety.moment import connect, held_moment, scalar
from deploy.safety.programs import Failed, server_program
from deploy.safety.sealing import hash_of, make_durable, seal_bytes, seal_file, seal_output

SUMS = "sums.txt"


def main() -> None:
    parser = argparse.ArgumentParser(prog="deploy/backup")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sockets", required=True)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--recipient", required=True)
    parser.add_argument("--keep", type=int, default=35)
    parser.add_argument("--note", type=Path)
    parser.add_argument("--only-files", action="store_true")
    asked = parser.parse_args()
    database = os.environ.get("REPRISE_DB_NAME", "reprise")
    os.umask(0o077)
    try:
        if not asked.only_files:
            made = back_up_database(asked.folder, host=asked.sockets, database=database, recipient=asked.recipient)
            print(f"database   {made.stem}")
        new, all_ = copy_files(asked.files, asked.folder / "files", asked.recipient)
        print(f"files      {new} new of {all_}")
        if not asked.only_files:
            finish(made, asked.files)
            for gone in remove_old(asked.folder, keep_days=asked.keep, now=datetime.now(UTC)):
                print(f"removed    {gone}")
        if asked.note and (receipt := newest_good_drill(asked.folder)):
            asked.note.write_text(receipt)
    except (Failed, psycopg.Error, OSError) as failure:
        sys.exit(f"\nNO COPY WAS MADE. {failure}")
    print("The copy is complete.")


def back_up_database(folder: Path, *, host: str, database: str, recipient: str) -> Path:
    """Base backup and dump, sealed. The folder is called .part until `finish` has written its sums."""
    name = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    part = folder / "base" / f"{name}.part"
    part.mkdir(parents=True)
    with connect(host, database) as connection:
        first = scalar(connection, "SELECT pg_walfile_name(pg_current_wal_lsn())")
    base = ["-h", host, "-U", "postgres", "-D", "-", "-Ft", "-X", "fetch", "--checkpoint=fast"]
    seal_output(
        server_program("pg_basebackup", *base, "--manifest-checksums=SHA256"),
        part / "base.tar.gz.age",
        recipient,
        compress=True,
    )
    with held_moment(host, database, f"reprise-{name}") as (moment, snapshot):
        seal_output(
            server_program("pg_dump", "-h", host, "-U", "postgres", "-Fc", f"--snapshot={snapshot}", database),
            part / "registry.dump.age",
            recipient,
        )
    seal_bytes(json.dumps({**moment.as_dict(), "database": database}).encode(), part / "moment.json.age", recipient)
    with connect(host, database) as connection:
        scalar(connection, "SELECT pg_switch_wal()")
    (part / "log.txt").write_text(f"{first}\n{moment.at}\n")
    return part


def finish(part: Path, store: Path) -> Path:
    """Lists what belongs to the copy with its hashes, and gives it its name: from here on it counts."""
    (part / "files.txt").write_text("".join(f"{sha256}\n" for sha256 in stored_hashes(store)))
    sums = "".join(f"{hash_of(each)}  {each.name}\n" for each in sorted(part.iterdir()) if each.name != SUMS)
    (part / SUMS).write_text(sums)
    make_durable(part / SUMS)
    done = part.with_suffix("")
    part.rename(done)
    make_durable(done)
    return done


def stored_hashes(store: Path) -> list[str]:
    """Files of the store by the hash that is their name; half-written ones and anything else are left out."""
    return sorted(
        entry.name for folder in store.glob("[0-9a-f][0-9a-f]") for entry in folder.iterdir() if len(entry.name) == 64
    )


def copy_files(store: Path, target: Path, recipient: str) -> tuple[int, int]:
    """Copies the stored files the folder does not have yet; (new, all). A damaged one fails the copy and is named,
    after the sound ones have been copied."""
    new, hashes, damaged = 0, stored_hashes(store), []
    for sha256 in hashes:
        copy = target / sha256[:2] / f"{sha256}.age"
        if copy.exists():
            continue
        try:
            seal_file(store / sha256[:2] / sha256, sha256, copy, recipient)
        except FileNotFoundError:
            continue  # swept in the meantime: no row names it
        except Failed as failure:
            damaged.append(str(failure))
            continue
        new += 1
    if damaged:
        raise Failed("\n".join(damaged))
    return new, len(hashes)


def complete_copies(folder: Path) -> list[Path]:
    """Finished copies, oldest first."""
    return sorted(each for each in (folder / "base").iterdir() if each.suffix != ".part" and (each / SUMS).exists())


def remove_old(folder: Path, *, keep_days: int, now: datetime) -> list[str]:
    """Removes copies older than asked (never the newest), the log only they needed, files none of the others lists, and
    what earlier, broken attempts left."""
    copies = complete_copies(folder)
    limit = (now - timedelta(days=keep_days)).strftime("%Y-%m-%dT%H%M%SZ")
    gone = [each for each in copies[:-1] if each.name < limit]
    kept = [each for each in copies if each not in gone]
    broken = [each for each in (folder / "base").glob("*.part") if kept and each.name < kept[-1].name]
    for each in [*gone, *broken]:
        shutil.rmtree(each)
    if gone:
        needed = (kept[0] / "log.txt").read_text().split()[0][8:]
        for piece in (folder / "wal").glob("*.gz.age*"):
            if len(piece.name.split(".")[0]) == 24 and piece.name[8:24] < needed:
                piece.unlink()
        listed = {line for each in kept for line in (each / "files.txt").read_text().split()}
        for copy in (folder / "files").glob("*/*.age"):
            if copy.stem not in listed:
                copy.unlink()
    return [each.name for each in [*gone, *broken]]


if __name__ == "__main__":
    main()
