"""Files are kept by the hash of their content; a row says whose they are (mechanics D15). Files that name persons are
kept sealed, and are opened in memory only."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from crisis.lib.errors import NotFound
from crisis.lib.storage import FileStore
from municipal_units.models import Municipality, StoredFile
from municipal_units.models.sealed import key_ring
from municipal_units.permissions import Actor, Permission, require

SEALED_FILE = "municipal_units_storedfile"


def file_store() -> FileStore:
    return FileStore(settings.FILE_STORE)


@transaction.atomic
def keep_file(
    *,
    by: Actor,
    municipality: Municipality,
    name: str,
    content: BinaryIO,
    content_type: str = "",
    sealed: bool = False,
) -> StoredFile:
    """Writes the bytes so that they survive, then the row. The name loses its folders and control characters.
    `sealed`: the file names persons; what reaches the disk can be read with the key ring only."""
    require(by, Permission.IMPORT_FILES, municipality.pk)
    read = Counted(content)
    written: BinaryIO | Iterable[bytes] = content
    if sealed:
        written = key_ring().seal_file(read, context=SEALED_FILE)  # type: ignore[arg-type]
    kept = file_store().save(written, limit_bytes=settings.UPLOAD_LIMIT_BYTES)
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    readable = "".join(letter for letter in base if letter.isprintable()).strip()
    return StoredFile.objects.create(
        municipality=municipality,
        sha256=kept.sha256,
        size=read.bytes if sealed else kept.size_bytes,
        content_type=content_type[:100],
        name=readable[-255:] or "file",
        sealed=sealed,
        uploaded_by_id=by.user_id,
    )


class Counted:
    """A file that is read once, and how much of it was."""

    def __init__(self, content: BinaryIO) -> None:
        self.content, self.bytes = content, 0

    def read(self, size: int = -1) -> bytes:
        block = self.content.read(size)
        self.bytes += len(block)
        return block


@contextmanager
def readable_path(stored: StoredFile) -> Iterator[Path]:
    """Where a stored file can be read. A sealed one is opened into memory that has no name on any disk and is gone
    afterwards, also when the process is killed."""
    if not stored.sealed:
        yield file_store().path_of(stored.sha256)
        return
    memory = os.memfd_create("list", os.MFD_CLOEXEC)
    try:
        with file_store().open(stored.sha256) as sealed, os.fdopen(os.dup(memory), "wb") as plain:
            for block in key_ring().open_file(sealed, context=SEALED_FILE):
                plain.write(block)
        yield Path(f"/proc/{os.getpid()}/fd/{memory}")
    finally:
        os.close(memory)


def is_there(stored: StoredFile) -> bool:
    """Whether the bytes are still kept: lists of persons are deleted once they were taken in."""
    return file_store().path_of(stored.sha256).exists()


def forget_file(stored: StoredFile) -> None:
    """Deletes the bytes, unless another row names the same ones."""
    others = StoredFile.objects.filter(sha256=stored.sha256).exclude(pk=stored.pk)
    if not others.exists():
        file_store().path_of(stored.sha256).unlink(missing_ok=True)


def seal_file_anew(stored: StoredFile) -> None:
    """Puts a file sealed with an older key in the store under the current one; what it says does not change."""
    ring = key_ring()
    with readable_path(stored) as path, path.open("rb") as plain:
        kept = file_store().save(ring.seal_file(plain, context=SEALED_FILE))
    old = StoredFile(pk=stored.pk, sha256=stored.sha256)
    stored.sha256 = kept.sha256
    stored.save(update_fields=["sha256"])
    forget_file(old)


def refuse_forgotten(stored: StoredFile) -> None:
    if not is_there(stored):
        raise NotFound("The list is no longer kept, because it names persons. Send it again.")
