"""Files are kept by the hash of their content; a row says whose they are (mechanics D15)."""

from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from crisis.lib.storage import FileStore
from municipal_units.models import Municipality, StoredFile
from municipal_units.permissions import Actor, Permission, require


def file_store() -> FileStore:
    return FileStore(settings.FILE_STORE)


@transaction.atomic
def keep_file(
    *, by: Actor, municipality: Municipality, name: str, content: BinaryIO, content_type: str = ""
) -> StoredFile:
    """Writes the bytes so that they survive, then the row. The name loses its folders and control characters."""
    require(by, Permission.IMPORT_FILES, municipality.pk)
    kept = file_store().save(content, limit_bytes=settings.UPLOAD_LIMIT_BYTES)
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    readable = "".join(letter for letter in base if letter.isprintable()).strip()
    return StoredFile.objects.create(
        municipality=municipality,
        sha256=kept.sha256,
        size=kept.size_bytes,
        content_type=content_type[:100],
        name=readable[-255:] or "file",
        uploaded_by_id=by.user_id,
    )
