"""Texts sealed before they are stored, and blind indexes by which sealed texts are found again.

AES-256-GCM with a ring of keys: new texts are sealed with the current key, older ones opened with the key they name.
The ring lives in one file outside the database and outside its backups; without it nothing can be opened or sealed.
"""

import base64
import binascii
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crisis.lib.errors import Locked

VERSION = "s1"
NONCE_BYTES = 12
KEY_BYTES = 32
TOKEN_BYTES = 9


@dataclass(frozen=True)
class KeyRing:
    """`keys` by id, the id of the `current` one, and the key of the blind indexes, which stays when keys turn."""

    current: str
    keys: Mapping[str, bytes]
    index: bytes

    def seal(self, text: str, *, context: str) -> str:
        """The sealed text. `context` (table and column) is bound in: a value moved elsewhere cannot be opened."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        body = AESGCM(self.keys[self.current]).encrypt(nonce, text.encode(), context.encode())
        return f"{VERSION}:{self.current}:{base64.b64encode(nonce + body).decode()}"

    def open(self, sealed: str, *, context: str) -> str:
        try:
            version, key, body = sealed.split(":", 2)
            raw = base64.b64decode(body, validate=True)
            if version != VERSION or key not in self.keys:
                raise Locked(f"A value was sealed with the key {key[:20]}, which is not in the key file.")
            return AESGCM(self.keys[key]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode()).decode()
        except (ValueError, binascii.Error, InvalidTag):
            raise Locked("A sealed value cannot be opened: it was changed, or sealed elsewhere.") from None

    def is_current(self, sealed: str) -> bool:
        return sealed.startswith(f"{VERSION}:{self.current}:")

    def token(self, text: str, *, context: str) -> str:
        """The same text in the same context gives the same token; nothing leads back from it without the key."""
        digest = hmac.new(self.index, f"{context}\x00{text}".encode(), sha256).digest()
        return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).decode()

    def tokens(self, texts: Iterable[str], *, context: str) -> list[str]:
        return sorted({self.token(text, context=context) for text in texts})

    def turned(self) -> "KeyRing":
        """The ring with a new current key; the others stay until everything is sealed anew."""
        number = 1 + max(int(key[1:]) for key in self.keys)
        name = f"k{number}"
        return replace(self, current=name, keys={**self.keys, name: secrets.token_bytes(KEY_BYTES)})

    def only_current(self) -> "KeyRing":
        return replace(self, keys={self.current: self.keys[self.current]})


def new_ring() -> KeyRing:
    return KeyRing("k1", {"k1": secrets.token_bytes(KEY_BYTES)}, secrets.token_bytes(KEY_BYTES))


def read_ring(path: Path) -> KeyRing | None:
    """The ring in a file, None where there is no file. A file that others may read is refused."""
    if not path.exists():
        return None
    if path.stat().st_mode & 0o077:
        raise Locked(f"Others than its owner may read the key file {path.name}. Run chmod 600 on it.")
    try:
        written: dict[str, Any] = json.loads(path.read_text())
        keys = {str(name): base64.b64decode(key) for name, key in written["keys"].items()}
        ring = KeyRing(str(written["current"]), keys, base64.b64decode(written["index"]))
    except (ValueError, KeyError, AttributeError):
        raise Locked(f"The key file {path.name} cannot be read. Bring it back from where it is kept.") from None
    if ring.current not in ring.keys or any(len(key) != KEY_BYTES for key in (*keys.values(), ring.index)):
        raise Locked(f"The key file {path.name} is not whole. Bring it back from where it is kept.")
    return ring


def write_ring(path: Path, ring: KeyRing) -> None:
    """Replaces the file at once, readable by its owner only."""
    body = {
        "current": ring.current,
        "keys": {name: base64.b64encode(key).decode() for name, key in ring.keys.items()},
        "index": base64.b64encode(ring.index).decode(),
    }
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(body, file)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
