"""Opens archives (zip, kmz, xlsx) without trusting what they say about themselves.

Limits follow the threat list: at most 200 members and 200 MB unpacked, at most 100 times larger than packed, no archive
inside, no path that leaves the folder, no links, no passwords. Bytes in front of the first member are tolerated: some
agencies' downloads carry a web page there.
"""

import errno
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crisis.lib.errors import TooLarge, Unreadable

NESTED = {".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst", ".xlsx", ".docx", ".jar"}
# A map preview that agencies lay beside their layers; it is never opened from inside another archive.
PASSED_OVER = {".kmz"}
SMALL = 1_000_000
STEP = 1 << 20


@dataclass(frozen=True)
class ArchiveLimits:
    """Counts, bytes, and how many times larger than packed."""

    members: int = 200
    total_bytes: int = 200_000_000
    ratio: int = 100


DEFAULT_LIMITS = ArchiveLimits()


@contextmanager
def opened(path: Path, limits: ArchiveLimits = DEFAULT_LIMITS) -> Iterator[zipfile.ZipFile]:
    """The archive, after its directory passed all checks. Raises Unreadable or TooLarge with a sentence."""
    try:
        with zipfile.ZipFile(path) as archive:
            check_directory(archive, path.stat().st_size, limits)
            yield archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, UnicodeDecodeError) as broken:
        raise Unreadable("The archive is damaged or incomplete. Zip the files again and send it once more.") from broken
    except OSError as odd:
        # A directory that points before the file's beginning; a full disk is another matter.
        if odd.errno != errno.EINVAL:
            raise
        raise Unreadable("The archive is damaged. Zip the files again and send it once more.") from odd
    except RuntimeError as locked:
        raise Unreadable("The archive is locked with a password. Send it without one.") from locked


def check_directory(archive: zipfile.ZipFile, packed_bytes: int, limits: ArchiveLimits) -> None:
    members = archive.infolist()
    if len(members) > limits.members:
        raise TooLarge(f"The archive holds {len(members)} files; at most {limits.members} are read. Send it in parts.")
    total = sum(member.file_size for member in members)
    if total > limits.total_bytes:
        raise TooLarge(
            f"Unpacked, the archive would take {total // 1_000_000} MB; "
            f"at most {limits.total_bytes // 1_000_000} MB are read. Send it in parts."
        )
    if sum(member.compress_size for member in members) > packed_bytes or total > limits.ratio * packed_bytes + SMALL:
        raise Unreadable("The archive unpacks to far more than a map or table does. Zip the files again.")
    for member in members:
        check_member(member, limits)
    names = [member.filename.casefold() for member in members]
    if len(set(names)) != len(names):
        raise Unreadable("The archive holds the same file name twice. Remove one of them.")


def check_member(member: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if not path.parts or path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise Unreadable(f"The archive holds a file with a forbidden path ('{shown(member)}'). Zip the files again.")
    if "\0" in member.filename or any(ord(letter) < 32 for letter in member.filename):
        raise Unreadable("The archive holds a file name with control characters. Rename the files and zip them again.")
    unix_mode = member.external_attr >> 16
    if unix_mode & 0o170000 not in (0, 0o100000, 0o040000):
        raise Unreadable(f"'{shown(member)}' in the archive is a link, not a file. Zip the file itself.")
    if member.flag_bits & 0x1:
        raise Unreadable("The archive is locked with a password. Send it without one.")
    if path.suffix.casefold() in NESTED:
        raise Unreadable(f"The archive holds another archive ('{shown(member)}'). Unpack that one first.")
    if member.file_size > SMALL and member.file_size > limits.ratio * max(member.compress_size, 1):
        raise Unreadable(f"'{shown(member)}' unpacks to more than {limits.ratio} times its size. Zip the files again.")


def shown(member: zipfile.ZipInfo) -> str:
    return member.filename[:80]


def extract(
    archive: zipfile.ZipFile,
    folder: Path,
    wanted: Callable[[str], bool],
    limits: ArchiveLimits = DEFAULT_LIMITS,
) -> dict[str, Path]:
    """Unpacks the wanted members under numbered names, counting real bytes; gives member name -> path."""
    written: dict[str, Path] = {}
    left = limits.total_bytes
    for number, member in enumerate(archive.infolist()):
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if member.is_dir() or path.suffix.casefold() in PASSED_OVER or not wanted(member.filename):
            continue
        target = folder / f"{number}{path.suffix.casefold()}"
        left -= copy_member(archive, member, target, left)
        written[str(path)] = target
    return written


def copy_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Writes one member; stops as soon as it is longer than it said or than what is left."""
    count = 0
    with archive.open(member) as source, target.open("wb") as sink:
        while block := source.read(STEP):
            count += len(block)
            if count > member.file_size or count > left:
                raise Unreadable(f"'{shown(member)}' is larger than the archive says. Zip the files again.")
            sink.write(block)
    return count
