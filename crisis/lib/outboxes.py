"""What phones seal, opened: the town's key pair, whose private half never leaves the server.

A sealed part is "RPF1", 8 bytes of key id, 65 bytes of an ephemeral P-256 point, 12 bytes nonce and AES-256-GCM of the
content with all before it as additional data. The key is HKDF-SHA256 of the shared secret, salt the ephemeral point,
info "reprise field 1". A file of several records is "RPOX1 ", twelve digits, a line feed, that many bytes of JSON, and
the parts one after the other.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC, INFO = b"RPF1", b"reprise field 1"
ID_BYTES, POINT_BYTES, NONCE_BYTES = 8, 65, 12
HEAD_BYTES = len(MAGIC) + ID_BYTES + POINT_BYTES + NONCE_BYTES
FILE_MAGIC, LENGTH_DIGITS = b"RPOX1 ", 12
MOST_INDEX_BYTES = 20_000_000
MOST_PART_BYTES = 100_000_000
CURVE = ec.SECP256R1()


class NotOpened(Exception):
    """A sealed part that none of our keys opens; the text says what is wrong with it."""


@dataclass(frozen=True)
class SealingKey:
    """A key pair. `number` is the first 16 hex digits of the SHA-256 of its public point."""

    private: ec.EllipticCurvePrivateKey

    @property
    def point(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    @property
    def number(self) -> str:
        return hashlib.sha256(self.point).hexdigest()[: 2 * ID_BYTES]

    def as_json(self) -> dict[str, str]:
        """What phones get."""
        return {"id": self.number, "public": base64.b64encode(self.point).decode()}


class SealingKeys:
    """The keys in a folder, one PEM file each; the newest seals, all of them open. Made at the first need (0600)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[SealingKey]:
        """Oldest first."""
        files = sorted(self.folder.glob("*.pem"), key=lambda file: (file.stat().st_mtime_ns, file.name))
        keys = [serialization.load_pem_private_key(file.read_bytes(), password=None) for file in files]
        return [SealingKey(key) for key in keys if isinstance(key, ec.EllipticCurvePrivateKey)]

    def current(self) -> SealingKey:
        keys = self.all()
        return keys[-1] if keys else self._make()

    def _make(self) -> SealingKey:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = SealingKey(ec.generate_private_key(CURVE))
        pem = made.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        # Two processes may be first: the one whose name is taken uses the other's key.
        draft = self.folder / f"{os.getpid()}-{made.number}.draft"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, self.folder / "first.pem")
        draft.unlink()
        return self.all()[-1]

    def open(self, sealed: bytes) -> bytes:
        """The content of a sealed part."""
        if not sealed.startswith(MAGIC) or len(sealed) < HEAD_BYTES:
            raise NotOpened("This is no sealed part, or it is cut off.")
        number = sealed[len(MAGIC) : len(MAGIC) + ID_BYTES].hex()
        key = next((key for key in self.all() if key.number == number), None)
        if key is None:
            raise NotOpened("It was sealed with a key this town does not have.")
        point = sealed[len(MAGIC) + ID_BYTES : HEAD_BYTES - NONCE_BYTES]
        try:
            theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
            secret = key.private.exchange(ec.ECDH(), theirs)
            aes = HKDF(algorithm=hashes.SHA256(), length=32, salt=point, info=INFO).derive(secret)
            head = sealed[:HEAD_BYTES]
            return AESGCM(aes).decrypt(head[-NONCE_BYTES:], sealed[HEAD_BYTES:], head)
        except (InvalidTag, ValueError) as wrong:
            raise NotOpened("It was changed or cut off after it was sealed.") from wrong


@dataclass(frozen=True)
class HandedIn:
    """One record of an outbox file, still sealed: `parts` are (name, bytes), the record itself without a name."""

    instance_id: str
    sha256: str
    parts: tuple[tuple[str, bytes], ...]


class BadOutbox(Exception):
    """An outbox file that cannot be read to its end; what came before was given."""


def read_outbox(file: BinaryIO) -> Iterator[HandedIn]:
    """The records of an outbox file, one in memory at a time."""
    head = file.read(len(FILE_MAGIC) + LENGTH_DIGITS + 1)
    digits = head[len(FILE_MAGIC) : -1]
    if not head.startswith(FILE_MAGIC) or not digits.isdigit() or int(digits) > MOST_INDEX_BYTES:
        raise BadOutbox("This is no outbox of a phone.")
    try:
        index = json.loads(file.read(int(digits)))
        records: list[dict[str, Any]] = index["records"]
        for record in records:
            parts = tuple((str(part["name"]), _exactly(file, int(part["size"]))) for part in record["parts"])
            yield HandedIn(str(record["id"]), str(record["sha256"]), parts)
    except (ValueError, KeyError, TypeError) as wrong:
        raise BadOutbox("The list of records in this outbox cannot be read.") from wrong


def _exactly(file: BinaryIO, size: int) -> bytes:
    if not 0 <= size <= MOST_PART_BYTES:
        raise BadOutbox("A part of this outbox is larger than anything a phone sends.")
    content = file.read(size)
    if len(content) != size:
        raise BadOutbox("The outbox is cut off. Save it again on the phone.")
    return content
