"""The store of uploaded files: each under the hash of its content, written so that a power cut cannot lose a receipt.

var/files/<aa>/<sha256>. Rows elsewhere carry hash, size and type; a file without rows is swept after a day.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from crisis.lib.errors import NotFound, TooLarge, Unreadable

STEP = 1 << 20
SWEEP_AFTER_S = 24 * 3600


@dataclass(frozen=True)
class StoredFile:
    """`sha256`: 64 hexadecimal letters; `is_new` False when the same content was already there."""

    sha256: str
    size_bytes: int
    path: Path
    is_new: bool


class FileStore:
    """One folder of files, addressed by content. Safe with several processes writing at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path_of(self, sha256: str) -> Path:
        """Where a content lies. Anything but a hash is refused: it may come from an address."""
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise NotFound("There is no such file.")
        return self.root / sha256[:2] / sha256

    def save(self, content: BinaryIO | Iterable[bytes], *, limit_bytes: int | None = None) -> StoredFile:
        """Writes to a temporary file, syncs, renames, syncs the folder: when this returns, the file survives."""
        temporary_folder = self.root / "tmp"
        temporary_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=temporary_folder, delete=False) as temporary:
            name = Path(temporary.name)
            try:
                sha256, size = copy(content, temporary, limit_bytes)
                temporary.flush()
                os.fsync(temporary.fileno())
            except BaseException:
                name.unlink()
                raise
        return self.place(name, sha256, size)

    def place(self, temporary: Path, sha256: str, size: int) -> StoredFile:
        target = self.path_of(sha256)
        if not target.parent.exists():
            target.parent.mkdir(exist_ok=True)
            sync_folder(self.root)
        is_new = not target.exists()
        # Renaming over an equal file is harmless and renews its age, so that a sweep does not take it just now.
        temporary.chmod(0o640)
        temporary.replace(target)
        os.utime(target)
        sync_folder(target.parent)
        return StoredFile(sha256, size, target, is_new)

    def open(self, sha256: str) -> BinaryIO:
        path = self.path_of(sha256)
        try:
            return path.open("rb")
        except FileNotFoundError as missing:
            raise NotFound("The file is no longer stored. Send it again.") from missing

    def verify(self, sha256: str) -> None:
        """Reads the file and compares; Unreadable when the disk gives back something else."""
        digest = hashlib.sha256()
        with self.open(sha256) as file:
            while block := file.read(STEP):
                digest.update(block)
        if digest.hexdigest() != sha256:
            raise Unreadable("The stored file was damaged on disk. Restore it from a backup or send it again.")

    def hashes(self) -> Iterator[str]:
        for folder in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            yield from sorted(entry.name for entry in folder.iterdir() if len(entry.name) == 64)

    def sweep(
        self, known: Collection[str], *, now: float | None = None, older_than_s: int = SWEEP_AFTER_S
    ) -> list[str]:
        """Deletes files no row names, once they are a day old (a younger one may belong to a row not yet committed).

        `known`: hashes named by rows, read after `now` was taken. Leftovers of broken uploads go too. Gives the hashes.
        """
        limit = (time.time() if now is None else now) - older_than_s
        deleted = []
        for sha256 in list(self.hashes()):
            path = self.path_of(sha256)
            if sha256 not in known and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                deleted.append(sha256)
        for leftover in self.root.glob("tmp/*"):
            if leftover.stat().st_mtime < limit:
                leftover.unlink(missing_ok=True)
        return deleted


def copy(content: BinaryIO | Iterable[bytes], target: IO[bytes], limit_bytes: int | None) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for block in blocks_of(content):
        size += len(block)
        if limit_bytes is not None and size > limit_bytes:
            raise TooLarge(f"The file is larger than {limit_bytes // 1_000_000} MB. Send it in parts.")
        digest.update(block)
        target.write(block)
    return digest.hexdigest(), size


def blocks_of(content: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    read = getattr(content, "read", None)
    if read is None:
        yield from content
        return
    while block := read(STEP):
        yield block


def sync_folder(folder: Path) -> None:
    """Makes a rename in the folder durable; the file's own sync does not (fsync(2), notes)."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
