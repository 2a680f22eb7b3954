"""What a phone seals is opened by the town's key alone, and a cut or changed part is named as such."""

import io
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crisis.lib.outboxes import CURVE, INFO, MAGIC, BadOutbox, NotOpened, SealingKey, SealingKeys, read_outbox


def sealed_for(key: SealingKey, content: bytes) -> bytes:
    """As crisis/static/field/seal.js does it."""
    ours = ec.generate_private_key(CURVE)
    point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    secret = ours.exchange(ec.ECDH(), key.private.public_key())
    aes = HKDF(algorithm=hashes.SHA256(), length=32, salt=point, info=INFO).derive(secret)
    head = MAGIC + bytes.fromhex(key.number) + point + b"n" * 12
    return head + AESGCM(aes).encrypt(b"n" * 12, content, head)


@pytest.fixture
def keys(tmp_path: Path) -> SealingKeys:
    return SealingKeys(tmp_path / "keys")


def test_the_key_is_made_once_and_opens_what_was_sealed_for_it(keys: SealingKeys) -> None:
    key = keys.current()
    assert keys.current().number == key.number
    assert (keys.folder / "first.pem").stat().st_mode & 0o777 == 0o600
    assert keys.open(sealed_for(key, b"<data/>")) == b"<data/>"


def test_a_new_key_seals_and_the_old_one_still_opens(keys: SealingKeys) -> None:
    old = keys.current()
    other = SealingKeys(keys.folder.parent / "other")
    other.current()
    (keys.folder / "second.pem").write_bytes((other.folder / "first.pem").read_bytes())
    assert keys.current().number == other.current().number != old.number
    assert keys.open(sealed_for(old, b"then")) == b"then"


@pytest.mark.parametrize("place", [0, 6, 20, 80, -1])
def test_a_changed_byte_anywhere_is_noticed(keys: SealingKeys, place: int) -> None:
    part = bytearray(sealed_for(keys.current(), b"content"))
    part[place] ^= 1
    with pytest.raises(NotOpened):
        keys.open(bytes(part))


@pytest.mark.parametrize("length", [0, 3, 50, 95])
def test_a_cut_part_is_noticed(keys: SealingKeys, length: int) -> None:
    with pytest.raises(NotOpened):
        keys.open(sealed_for(keys.current(), b"content")[:length])


def outbox(*records: tuple[str, list[tuple[str, bytes]]]) -> bytes:
    index = [
        {"id": name, "sha256": "0" * 64, "parts": [{"name": n, "size": len(b)} for n, b in parts]}
        for name, parts in records
    ]
    head = json.dumps({"format": "reprise-outbox-1", "records": index}).encode()
    return b"RPOX1 %012d\n" % len(head) + head + b"".join(content for _, parts in records for _, content in parts)


def test_an_outbox_gives_its_records_and_says_where_it_ends_early() -> None:
    content = outbox(("a", [("", b"one"), ("p.jpg", b"photo")]), ("b", [("", b"two")]))
    found = list(read_outbox(io.BytesIO(content)))
    assert [(record.instance_id, record.parts) for record in found] == [
        ("a", (("", b"one"), ("p.jpg", b"photo"))),
        ("b", (("", b"two"),)),
    ]
    reader = read_outbox(io.BytesIO(content[:-1]))
    assert next(reader).instance_id == "a"
    with pytest.raises(BadOutbox, match="cut off"):
        next(reader)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"RPOX1 99999999999x\n", b"RPOX1 000000000002\n[]"])
def test_what_is_no_outbox_is_refused(content: bytes) -> None:
    with pytest.raises(BadOutbox):
        list(read_outbox(io.BytesIO(content)))
