"""Files are stored under their hash, survive once saved, and go when nobody names them."""

import hashlib
import io
import os

import pytest

from crisis.lib.errors import NotFound, TooLarge, Unreadable
from crisis.lib.storage import FileStore


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "files")


def test_a_file_is_found_by_its_content(store):
    stored = store.save(io.BytesIO(b"town"))
    assert stored.sha256 == hashlib.sha256(b"town").hexdigest()
    assert stored.path == store.root / stored.sha256[:2] / stored.sha256
    assert (stored.size_bytes, stored.is_new) == (4, True)
    with store.open(stored.sha256) as file:
        assert file.read() == b"town"


def test_the_same_content_is_stored_once(store):
    first = store.save([b"to", b"wn"])
    again = store.save(io.BytesIO(b"town"))
    assert (again.path, again.is_new) == (first.path, False)
    assert list(store.hashes()) == [first.sha256]


def test_too_large_a_file_leaves_nothing_behind(store):
    with pytest.raises(TooLarge):
        store.save([b"x" * 600_000, b"x" * 600_000], limit_bytes=1_000_000)
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_file_and_folder_are_synced_before_the_receipt(store, monkeypatch):
    order: list[str] = []
    real_fsync = os.fsync

    def watched(handle: int) -> None:
        order.append(os.readlink(f"/proc/self/fd/{handle}"))
        real_fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    stored = store.save(io.BytesIO(b"town"))
    assert order[0].startswith(str(store.root / "tmp"))
    assert order[-1] == str(stored.path.parent)


def test_a_name_that_is_no_hash_opens_nothing(store):
    for name in ("../../etc/passwd", "a" * 63, "G" * 64, ""):
        with pytest.raises(NotFound):
            store.open(name)
    with pytest.raises(NotFound):
        store.open("0" * 64)


def test_damage_on_disk_is_noticed(store):
    stored = store.save(io.BytesIO(b"town"))
    store.verify(stored.sha256)
    stored.path.write_bytes(b"tawn")
    with pytest.raises(Unreadable):
        store.verify(stored.sha256)


def test_the_sweep_takes_old_files_nobody_names(store):
    kept, young, old = (store.save(io.BytesIO(content)) for content in (b"a", b"b", b"c"))
    leftover = store.root / "tmp" / "broken"
    leftover.write_bytes(b"half")
    now = young.path.stat().st_mtime + 10
    for path in (kept.path, old.path, leftover):
        os.utime(path, (now - 90_000, now - 90_000))
    assert store.sweep({kept.sha256}, now=now) == [old.sha256]
    assert set(store.hashes()) == {kept.sha256, young.sha256}
    assert not leftover.exists()


def test_saving_again_renews_the_age_so_that_a_sweep_spares_it(store):
    stored = store.save(io.BytesIO(b"a"))
    os.utime(stored.path, (0, 0))
    store.save(io.BytesIO(b"a"))
    assert store.sweep(set()) == []
