"""Archives are judged by their directory first and by their bytes while unpacking."""

import struct
import zipfile
from io import BytesIO

import pytest

from crisis.lib.errors import RepriseError, TooLarge, Unreadable
from crisis.lib.geo import inspect_file
from crisis.lib.zipguard import DEFAULT_LIMITS, ArchiveLimits, extract, opened
from tests.files.made import workbook, zipped


def refused(path, limits=DEFAULT_LIMITS):
    with pytest.raises(RepriseError) as refusal, opened(path, limits) as archive:
        extract(archive, path.parent, lambda name: True, limits)
    return refusal.value


def test_a_plain_archive_is_unpacked(tmp_path):
    path = zipped(tmp_path / "good.zip", {"town/a.csv": b"x,y\n1,2\n"}, before=b"<html>moved</html>")
    with opened(path) as archive:
        members = extract(archive, tmp_path, lambda name: True)
    assert members["town/a.csv"].read_bytes() == b"x,y\n1,2\n"
    assert members["town/a.csv"].parent == tmp_path


def test_too_many_members(tmp_path):
    path = zipped(tmp_path / "many.zip", {f"{number}.csv": b"a" for number in range(201)})
    assert isinstance(refused(path), TooLarge)


def test_too_large_in_all(tmp_path):
    path = zipped(tmp_path / "big.zip", {"a.csv": bytes(range(256)) * 40, "b.csv": bytes(range(256)) * 40})
    assert isinstance(refused(path, ArchiveLimits(total_bytes=15_000)), TooLarge)


def test_a_bomb_is_known_by_its_ratio(tmp_path):
    assert "Zip the files again" in refused(zipped(tmp_path / "bomb.zip", {"a.csv": b"0" * 50_000_000})).message


def test_a_spreadsheet_bomb_is_refused_before_it_is_read(tmp_path):
    book = workbook(tmp_path / "book.xlsx", town=[["a"], [1]])
    with zipfile.ZipFile(book) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["xl/worksheets/sheet1.xml"] = b"<worksheet>" + b" " * 150_000_000 + b"</worksheet>"
    with pytest.raises(Unreadable):
        inspect_file(zipped(tmp_path / "bomb.xlsx", members))


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "a/../../b.csv", "C:\\a.csv", "..\\a.csv", "a\x01.csv"])
def test_paths_that_leave_the_folder(tmp_path, name):
    assert isinstance(refused(zipped(tmp_path / "path.zip", {name: b"a"})), Unreadable)


def test_links_are_refused(tmp_path):
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "link" in refused(tmp_path / "link.zip").message


@pytest.mark.parametrize("name", ["inner.zip", "b/inner.7z", "inner.tar", "inner.xlsx"])
def test_an_archive_inside_is_refused(tmp_path, name):
    assert "another archive" in refused(zipped(tmp_path / "outer.zip", {name: b"PK"})).message


def test_a_password_is_refused(tmp_path):
    path = zipped(tmp_path / "locked.zip", {"a.csv": b"a"})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert "password" in refused(path).message


def test_a_member_that_lies_about_its_size_is_stopped(tmp_path):
    path = zipped(tmp_path / "lie.zip", {"a.csv": b"a" * 900_000})
    raw = bytearray(path.read_bytes())
    for marker, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        raw[raw.index(marker) + offset :][:4] = struct.pack("<I", 10)
        raw[raw.index(marker) + offset : raw.index(marker) + offset + 4] = struct.pack("<I", 10)
    path.write_bytes(raw)
    assert isinstance(refused(path), Unreadable)
    assert sum(f.stat().st_size for f in tmp_path.glob("*.csv")) < 900_000


def test_members_that_share_bytes_are_refused(tmp_path):
    """The overlapping bomb: many directory entries that point to one member."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("0.csv", bytes(range(256)) * 400)
        for number in range(1, 50):
            twin = zipfile.ZipInfo(f"{number}.csv")
            first = archive.filelist[0]
            for part in ("header_offset", "compress_size", "file_size", "CRC"):
                setattr(twin, part, getattr(first, part))
            archive.filelist.append(twin)
    (tmp_path / "overlap.zip").write_bytes(buffer.getvalue())
    assert isinstance(refused(tmp_path / "overlap.zip"), Unreadable)


def test_a_workbook_with_entities_is_refused(tmp_path):
    book = workbook(tmp_path / "book.xlsx", town=[["a"], [1]])
    with zipfile.ZipFile(book) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"].split(b"?>")[-1]
    members["xl/worksheets/sheet1.xml"] = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + sheet
    with pytest.raises(Unreadable, match="entities"):
        inspect_file(zipped(tmp_path / "xxe.xlsx", members))
