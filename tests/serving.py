"""A whole Reprise of its own for tests that need real sockets, a real browser or a killed process."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from django.conf import settings

from crisis.lib.sealing import new_ring, write_ring

ROOT = Path(__file__).resolve().parent.parent
DROP_TRIES = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def database_host() -> str:
    return str(settings.DATABASES["default"]["HOST"])


@dataclass
class Town:
    """A database of its own with a server and, when wanted, a worker on it. Use as a context manager."""

    folder: Path
    name: str = field(default_factory=lambda: f"test_reprise_live_{secrets.token_hex(4)}")
    port: int = field(default_factory=free_port)
    server: "subprocess.Popen[bytes] | None" = None
    worker: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def environment(self, role: str) -> dict[str, str]:
        return {
            **os.environ,
            "REPRISE_DB_HOST": database_host(),
            "REPRISE_DB_NAME": self.name,
            "REPRISE_DB_ROLE": role,
            "REPRISE_VAR": str(self.folder),
            "REPRISE_PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "crisis.settings",
            "PYTHONUNBUFFERED": "1",
        }

    def create(self) -> None:
        """An empty, migrated database and a signing key shared by server and worker."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "secret.key").write_text(secrets.token_hex(32))
        write_ring(self.folder / "keys.json", new_ring())
        with self._maintenance() as connection:
            connection.execute(f'CREATE DATABASE "{self.name}"')
        self.manage("migrate", "--verbosity", "0", role="reprise_owner")

    def drop(self) -> None:
        """Without force: that would also end the cluster's own vacuum, which a role like ours may not."""
        with self._maintenance() as connection:
            for _ in range(DROP_TRIES - 1):
                try:
                    connection.execute(f'DROP DATABASE IF EXISTS "{self.name}"')
                    return
                except psycopg.errors.ObjectInUse:  # a killed process' connection, or the vacuum, is just ending
                    time.sleep(0.5)
            connection.execute(f'DROP DATABASE IF EXISTS "{self.name}"')

    def _maintenance(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(host=database_host(), dbname="postgres", user="reprise_owner", autocommit=True)

    def manage(self, *arguments: str, role: str = "reprise_web", check: bool = True) -> str:
        """Run manage.py in this town; its standard output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(role),
            capture_output=True,
            text=True,
            timeout=600,
        )
        if check and done.returncode:
            raise AssertionError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def start_server(self) -> None:
        log = (self.folder / "server.log").open("ab")
        self.server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "crisis.asgi:application", "--port", str(self.port), "--no-access-log"],
            cwd=ROOT,
            env=self.environment("reprise_web"),
            stdout=log,
            stderr=log,
        )
        self.wait_until_ready()

    def wait_until_ready(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if self.server is not None and self.server.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError("The server did not come up:\n" + (self.folder / "server.log").read_text()[-4000:])

    def kill_server(self) -> None:
        """As a power cut would: no goodbye."""
        if self.server is not None:
            self.server.send_signal(signal.SIGKILL)
            self.server.wait()

    def start_worker(self) -> None:
        log = (self.folder / "worker.log").open("ab")
        self.worker = subprocess.Popen(
            [sys.executable, "manage.py", "run_worker"],
            cwd=ROOT,
            env=self.environment("reprise_web"),
            stdout=log,
            stderr=log,
        )

    def stop(self) -> None:
        for process in (self.worker, self.server):
            if process is not None and process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def __enter__(self) -> "Town":
        self.create()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.drop()


@dataclass(frozen=True)
class LiveTown:
    """A running demo town and its accounts: `accounts["coordinator"]` is (name, password). `planted`: what it said
    about the two hundred persons who live in its second town (`tests/planted`)."""

    town: Town
    accounts: dict[str, tuple[str, str]]
    planted: Any

    @property
    def url(self) -> str:
        return self.town.url


def read_accounts(path: Path) -> dict[str, tuple[str, str]]:
    """The accounts file of the demo: lines of account, password and remark separated by blanks, after a heading."""
    rows = [line.split() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    return {row[0]: (row[0], row[1]) for row in rows if len(row) >= 3}
