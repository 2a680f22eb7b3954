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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crisis.lib.errors import Locked

VERSION = "s1"
NONCE_BYTES = 12
KEY_BYTES = 32
TOKEN_BYTES = 9


FILE_MARK = b"reprise sealed 1\n"
BLOCK_BYTES = 1 << 20
LENGTH_BYTES = 4


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

    def seal_file(self, content: BinaryIO, *, context: str) -> Iterator[bytes]:
        """A file sealed block by block. Each block knows its place and the last one that it is the last, so that none
        can be left out, repeated or moved. The mark, the key id and a number of this file stand before them."""
        number = secrets.token_bytes(NONCE_BYTES)
        yield FILE_MARK + self.current.encode() + b"\n" + number
        cipher, place = AESGCM(self.keys[self.current]), 0
        block = content.read(BLOCK_BYTES)
        while True:
            following = content.read(BLOCK_BYTES)
            nonce = secrets.token_bytes(NONCE_BYTES)
            body = nonce + cipher.encrypt(nonce, block, block_of(context, number, place, last=not following))
            yield len(body).to_bytes(LENGTH_BYTES, "big") + body
            if not following:
                return
            block, place = following, place + 1

    def open_file(self, sealed: BinaryIO, *, context: str) -> Iterator[bytes]:
        """What `seal_file` sealed; Locked where a key is missing or anything was changed."""
        key = key_of_file(sealed)
        if key not in self.keys:
            raise Locked(f"A file was sealed with the key {key[:20]}, which is not in the key file.")
        number, cipher, place = sealed.read(NONCE_BYTES), AESGCM(self.keys[key]), 0
        body = sealed_block(sealed)
        while body is not None:
            following = sealed_block(sealed)
            told = block_of(context, number, place, last=following is None)
            try:
                yield cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], told)
            except (InvalidTag, ValueError):
                raise Locked("A sealed file cannot be opened: it was changed, or sealed elsewhere.") from None
            body, place = following, place + 1
        if place == 0:
            raise Locked("A sealed file is not whole.")

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


def key_of_file(sealed: BinaryIO) -> str:
    """The id of the key a file was sealed with; reads up to what follows it."""
    if sealed.read(len(FILE_MARK)) != FILE_MARK:
        raise Locked("This file was not sealed here.")
    return sealed.readline(32).decode(errors="replace").strip()


def sealed_block(sealed: BinaryIO) -> bytes | None:
    length = sealed.read(LENGTH_BYTES)
    return sealed.read(int.from_bytes(length, "big")) if length else None


def block_of(context: str, number: bytes, place: int, *, last: bool) -> bytes:
    """What is bound into a block besides its bytes: which file, where in it, and whether it is the end."""
    return b"\x00".join((context.encode(), number, str(place).encode(), b"last" if last else b"more"))


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
