"""Calling age and the database server's programs; every step of a pipe is asked how it ended."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO


class Failed(Exception):
    """A copy or a drill did not succeed; the message says which part and what to do."""


def age() -> str:
    return os.environ.get("REPRISE_AGE") or shutil.which("age") or "age"


def server_program(name: str, *arguments: str) -> list[str]:
    """The command line of one of PostgreSQL's programs, as the person who owns the server (it refuses root)."""
    folder = os.environ.get("REPRISE_PGBIN", "")
    return as_server_owner(f"{folder}/{name}" if folder else name, *arguments)


def as_server_owner(*command: str) -> list[str]:
    environment = ["env", "-C", "/"]
    if libraries := os.environ.get("REPRISE_PG_LIBRARIES"):
        environment.append(f"LD_LIBRARY_PATH={libraries}")
    if proj := os.environ.get("REPRISE_PG_PROJ"):
        environment.append(f"PROJ_DATA={proj}")
    become = ["runuser", "-u", server_owner(), "--"] if os.geteuid() == 0 else []
    return [*become, *environment, *command]


def server_owner() -> str:
    return os.environ.get("REPRISE_SERVER_OWNER", "postgres")


def pipe(*commands: Sequence[str], source: IO[bytes] | None = None, target: IO[bytes] | None = None, what: str) -> None:
    """Runs commands as a pipe and fails if any of them does; `what` is said in the failure."""
    running: list[subprocess.Popen[bytes]] = []
    entrance: IO[bytes] | int | None = source if source is not None else subprocess.DEVNULL
    for position, command in enumerate(commands):
        last = position == len(commands) - 1
        exit_ = (target or subprocess.DEVNULL) if last else subprocess.PIPE
        process = subprocess.Popen(list(command), stdin=entrance, stdout=exit_, stderr=subprocess.PIPE)
        if position and not isinstance(entrance, int) and entrance is not None:
            entrance.close()
        running.append(process)
        entrance = process.stdout
    words = [process.stderr.read().decode(errors="replace").strip() if process.stderr else "" for process in running]
    codes = [process.wait() for process in running]
    if any(codes):
        said = "; ".join(word for word in words if word)
        raise Failed(f"{what} failed: {said or 'a program ended with an error'}")


def run(
    command: Sequence[str], *, what: str, environment: dict[str, str] | None = None, cwd: Path | None = None
) -> str:
    """One program to its end; its output."""
    done = subprocess.run(
        list(command), capture_output=True, text=True, env={**os.environ, **(environment or {})}, cwd=cwd
    )
    if done.returncode:
        raise Failed(f"{what} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout
