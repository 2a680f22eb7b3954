"""Sealing to a public key with age, and opening again; a piece that was cut or changed does not open.

age authenticates in blocks of 64 KiB and marks the last one, so that a file cut at any place is noticed. The hash kept
beside every piece says so without the private key, too, and names the file.
"""

import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from deploy.safety.programs import Failed, age, pipe

STEP = 1 << 20


def hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(STEP):
            digest.update(block)
    return digest.hexdigest()


def make_durable(path: Path) -> None:
    for each in (path, path.parent):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def seal_output(command: Sequence[str], target: Path, recipient: str, *, compress: bool = False) -> None:
    """What `command` writes, sealed. The file appears under its name only when everything went well."""
    unfinished = target.with_name(target.name + ".new")
    press = [["gzip", "-1"]] if compress else []
    with unfinished.open("wb") as file:
        pipe(command, *press, [age(), "-r", recipient], target=file, what=f"Writing {target.name}")
    make_durable(unfinished)
    unfinished.rename(target)
    make_durable(target)


def seal_bytes(content: bytes, target: Path, recipient: str) -> None:
    unfinished = target.with_name(target.name + ".new")
    with unfinished.open("wb") as file:
        done = subprocess.run([age(), "-r", recipient], input=content, stdout=file, stderr=subprocess.PIPE)
    if done.returncode:
        raise Failed(f"Sealing {target.name} failed: {done.stderr.decode(errors='replace').strip()}")
    make_durable(unfinished)
    unfinished.rename(target)


def seal_file(source: Path, sha256: str, target: Path, recipient: str) -> None:
    """A stored file, read once: what goes to age is what is hashed, so that damage on disk is never copied as good."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".new")
    digest = hashlib.sha256()
    with source.open("rb") as file, unfinished.open("wb") as out:
        sealer = subprocess.Popen([age(), "-r", recipient], stdin=subprocess.PIPE, stdout=out)
        assert sealer.stdin is not None
        while block := file.read(STEP):
            digest.update(block)
            sealer.stdin.write(block)
        sealer.stdin.close()
        code = sealer.wait()
    if code or digest.hexdigest() != sha256:
        unfinished.unlink()
        reason = "age ended with an error" if code else "its content is no longer what its name says: damaged on disk"
        raise Failed(f"The stored file {sha256} was not copied: {reason}.")
    make_durable(unfinished)
    unfinished.rename(target)


def open_to(source: Path, identity: Path, *commands: Sequence[str], target: IO[bytes] | None = None) -> None:
    """Opens a sealed piece into a pipe of programs or a file; Failed names the piece that does not open."""
    pipe(
        [age(), "-d", "-i", str(identity), str(source)],
        *commands,
        target=target,
        what=f"Opening {source.name} (cut, changed, or sealed to another key)",
    )


def open_bytes(source: Path, identity: Path) -> bytes:
    done = subprocess.run([age(), "-d", "-i", str(identity), str(source)], capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise Failed(f"Opening {source.name} failed (cut, changed, or sealed to another key): {said}")
    return done.stdout


def opened_hash(source: Path, identity: Path) -> str:
    """The hash of what a sealed file holds, without keeping it."""
    digest = hashlib.sha256()
    with subprocess.Popen(
        [age(), "-d", "-i", str(identity), str(source)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as opener:
        assert opener.stdout is not None
        while block := opener.stdout.read(STEP):
            digest.update(block)
        code = opener.wait()
    return digest.hexdigest() if code == 0 else ""
