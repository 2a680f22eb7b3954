"""Brings a copy back: the files of the cluster, then its log up to the moment asked for."""

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.safety.backup import SUMS, complete_copies
from deploy.safety.programs import Failed, age, as_server_owner, run, server_owner, server_program
from deploy.safety.sealing import hash_of, open_to

SEGMENTS_PER_LOG = 256  # files of 16 MB in 4 GB of log, PostgreSQL's default


def choose_copy(folder: Path, at: datetime | None) -> Path:
    """The newest complete copy, or the newest that was complete at the moment asked for."""
    copies = complete_copies(folder)
    if not copies:
        raise Failed(f"There is no complete copy in {folder}.")
    early = [copy for copy in copies if at is None or moment_of(copy) <= at]
    if not early:
        raise Failed(f"The oldest copy here is of {moment_of(copies[0]):%Y-%m-%d %H:%M:%S} UTC; nothing earlier.")
    return early[-1]


def moment_of(copy: Path) -> datetime:
    return datetime.fromisoformat((copy / "log.txt").read_text().split()[1])


def check_sums(copy: Path) -> None:
    """Every piece is there and as it was written; otherwise its name is said."""
    wrong = []
    for line in (copy / SUMS).read_text().splitlines():
        sha256, name = line.split("  ", 1)
        if not (copy / name).exists():
            wrong.append(f"{name} is missing")
        elif hash_of(copy / name) != sha256:
            wrong.append(f"{name} was cut or changed after it was written")
    if wrong:
        raise Failed(f"The copy {copy.name} is not whole: {'; '.join(wrong)}.")


def check_log(folder: Path, copy: Path) -> int:
    """The log has no hole from the copy on; how many pieces there are."""
    first = (copy / "log.txt").read_text().split()[0]
    names = sorted(
        piece.name[:24]
        for piece in (folder / "wal").glob("*.gz.age")
        if re.fullmatch(r"[0-9A-F]{24}\.gz\.age", piece.name) and piece.name[:24] >= first
    )
    numbers = [int(name[8:16], 16) * SEGMENTS_PER_LOG + int(name[16:24], 16) for name in names]
    for name, number, following in zip(names, numbers, numbers[1:], strict=False):
        if following > number + 1:
            raise Failed(f"The log has a hole after {name}: {following - number - 1} piece(s) are missing in wal/.")
    return len(names)


@dataclass
class SecondCluster:
    """A private cluster made from a copy; lives in `home`, is reached in `sockets`, is removed at the end."""

    home: Path
    sockets: Path
    key: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @classmethod
    def prepare(cls, beside: Path, identity: Path) -> "SecondCluster":
        """Folders the server's owner may use, and a copy of the key in memory where the machine has such a folder."""
        home = Path(tempfile.mkdtemp(prefix="drill-", dir=beside))
        sockets = Path(tempfile.mkdtemp(prefix="reprise-drill-"))
        memory = Path("/dev/shm")
        handle, name = tempfile.mkstemp(prefix="reprise-drill-", dir=memory if os.access(memory, os.W_OK) else home)
        with os.fdopen(handle, "wb") as file:
            file.write(identity.read_bytes())
        cluster = cls(home, sockets, Path(name))
        for each in (home, sockets, cluster.key):
            give_to_owner(each)
        return cluster

    def unpack(self, copy: Path) -> None:
        """Opens the base backup and lets PostgreSQL check every file of it against its own list."""
        run(as_server_owner("mkdir", "-m", "0700", str(self.data)), what="Making the folder of the second database")
        open_to(
            copy / "base.tar.gz.age",
            self.key,
            ["gzip", "-dc"],
            as_server_owner("tar", "-xf", "-", "-C", str(self.data)),
        )
        run(server_program("pg_verifybackup", "-q", str(self.data)), what="Checking the unpacked database")

    def configure(self, folder: Path, *, target: str) -> None:
        """Settings of its own (never those of the copied server: they would archive into the copies)."""
        fetch = self.home / "fetch-log"
        fetch.write_text(FETCH.format(wal=folder / "wal", age=age(), key=self.key, home=self.home))
        fetch.chmod(0o755)
        (self.data / "reprise.conf").write_text(
            f"listen_addresses = ''\nport = 5432\nunix_socket_directories = '{self.sockets}'\n"
            "unix_socket_permissions = 0700\njit = off\nshared_buffers = 128MB\narchive_mode = off\nhot_standby = on\n"
            f'restore_command = \'"{fetch}" "%f" "%p"\'\n{target}'
        )
        users = sorted({"root", server_owner(), run(["id", "-un"], what="id").strip()})
        roles = ("postgres", "reprise_owner", "reprise_web")
        (self.data / "pg_ident.conf").write_text(
            "".join(f'reprise "{user}" {role}\n' for user in users for role in roles)
        )
        (self.data / "pg_hba.conf").write_text("local all all peer map=reprise\n")
        for name in ("reprise.conf", "pg_ident.conf", "pg_hba.conf"):
            give_to_owner(self.data / name)
        # Settings somebody made on the copied server (ALTER SYSTEM) would win over ours.
        (self.data / "postgresql.auto.conf").write_text("")
        (self.data / "recovery.signal").touch()
        give_to_owner(self.data / "recovery.signal")

    def start(self) -> None:
        """Starts and waits until it answers; a piece of the log that does not open is said by name."""
        log = self.home / "server.log"
        done = subprocess.run(
            server_program("pg_ctl", "-D", str(self.data), "-l", str(log), "-w", "-t", "3600", "start"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.say_broken_log()
        if done.returncode:
            raise Failed(f"The second database did not start:\n{log.read_text()[-2000:] if log.exists() else ''}")

    def say_broken_log(self) -> None:
        broken = self.home / "broken"
        if broken.exists():
            raise Failed(f"The log piece wal/{broken.read_text().strip()}.gz.age was cut or changed.")

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            stop = ["-D", str(self.data), "-m", "fast", "-w", "-t", "60", "stop"]
            run(server_program("pg_ctl", *stop), what="Stopping the second database")

    def remove(self) -> None:
        """Nothing of the drill stays: neither the data nor the key."""
        try:
            self.stop()
        except Failed:
            immediate = ["-D", str(self.data), "-m", "immediate", "stop"]
            subprocess.run(server_program("pg_ctl", *immediate), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.key.unlink(missing_ok=True)
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.sockets, ignore_errors=True)


# Ends with 200 when a piece is there and does not open: above 125 the server gives up instead of taking it for the end
# of the log (PostgreSQL, "restore_command").
FETCH = """#!/bin/bash
piece='{wal}'/$1.gz.age
[ -e "$piece" ] || exit 1
set -o pipefail
if ! '{age}' -d -i '{key}' "$piece" | gzip -dc >"$2"; then
    echo "$1" >'{home}/broken'
    exit 200
fi
"""


def give_to_owner(path: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, server_owner(), server_owner())
