"""A text column that is sealed before it reaches the database."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models

from crisis.lib.errors import Locked
from crisis.lib.sealing import KeyRing, read_ring


def key_ring() -> KeyRing:
    """The keys of this server, read again when their file changes. Without the file nothing is opened."""
    ring = ring_or_none()
    if ring is None:
        raise Locked
    return ring


def ring_or_none() -> KeyRing | None:
    path = Path(settings.KEYS_FILE)
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    return _ring(str(path), changed)


@lru_cache(maxsize=4)
def _ring(path: str, changed_ns: int) -> KeyRing | None:
    return read_ring(Path(path))


class SealedField(models.TextField):
    """Text that is stored sealed (AES-GCM, key id in the value). Reads as None where there is no key file; writing
    needs one, so that nothing is ever overwritten by somebody who cannot read it. Cannot be searched by value."""

    def context(self) -> str:
        """Table and column the value belongs to; an earlier version of a row is sealed as the row itself is."""
        model = getattr(self.model, "pgh_tracked_model", self.model)
        return f"{model._meta.db_table}.{self.column}"

    def get_prep_value(self, value: Any) -> Any:
        if value is None or value == "":
            return value
        return key_ring().seal(str(value), context=self.context())

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None or value == "":
            return value
        ring = ring_or_none()
        return None if ring is None else ring.open(value, context=self.context())

    def get_lookup(self, lookup_name: str) -> Any:
        """Only emptiness can be asked of a sealed column, and, by the triggers that keep versions (`df`, `ndf`),
        whether what is stored was replaced."""
        return super().get_lookup(lookup_name) if lookup_name in ("isnull", "exact", "df", "ndf") else None


def sealed_columns(model: type[models.Model]) -> Mapping[str, str]:
    """Sealed columns of a model: column name -> context."""
    fields = [field for field in model._meta.local_fields if isinstance(field, SealedField)]
    return {str(field.column): field.context() for field in fields}
