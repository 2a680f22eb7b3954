"""A safety copy comes back as it was, to the moment asked for; one that was cut or changed is refused by name."""

import json
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.safety.backup import back_up_database, complete_copies, copy_files, finish, remove_old
from deploy.safety.comparing import check_files
from deploy.safety.drill import drill
from deploy.safety.drills import newest_good_drill, write_receipt
from deploy.safety.moment import connect, scalar
from deploy.safety.programs import Failed
from deploy.safety.restoring import check_log, check_sums, choose_copy
from deploy.safety.sealing import hash_of, open_bytes, seal_bytes

pytestmark = [pytest.mark.age, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
PHOTO = b"a photograph of a broken pump"
SECRET = "the-key-of-personal-fields"

# As much of the registry as the copy itself asks about, and a trigger that compares values of an extension's type, as
# the versions of places do: a dump does not say in which schema the operator is.
SCHEMA = """
    CREATE TABLE municipal_units_event (municipality_id int, seq bigint, at timestamptz DEFAULT now());
    CREATE TABLE municipal_units_eventcounter (municipality_id int, epoch uuid);
    CREATE TABLE municipal_units_storedfile (sha256 text);
    CREATE UNLOGGED TABLE staging (n int);
    CREATE EXTENSION hstore;
    CREATE TABLE place (shape hstore);
    CREATE FUNCTION keep_version() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER versions AFTER UPDATE ON place FOR EACH ROW
        WHEN (old.shape IS DISTINCT FROM new.shape) EXECUTE FUNCTION keep_version();
"""


@dataclass
class Site:
    """A small server of its own, made by the functions deploy/up uses, and a folder for its copies."""

    home: Path
    key: Path
    public: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.home / "copies"

    @property
    def store(self) -> Path:
        return self.home / "var" / "files"

    @property
    def host(self) -> str:
        return (self.home / "var" / "run" / "socket.path").read_text().strip()

    def shell(self, script: str) -> str:
        done = subprocess.run(
            ["bash", "-c", f'. "{ROOT}/deploy/lib/provide.sh"\nopen_place; find_python; find_postgres\n{script}'],
            env={
                "REPRISE_VAR": str(self.home / "var"),
                "PATH": os.environ["PATH"] + ":/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": str(self.home),
            },
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sql(self, statement: str) -> None:
        with connect(self.host, "reprise") as connection:
            connection.execute(statement.encode())

    def copy(self) -> Path:
        made = back_up_database(self.folder, host=self.host, database="reprise", recipient=self.public)
        copy_files(self.store, self.folder / "files", self.public)
        return finish(made, self.store)

    def log_arrived(self) -> None:
        """Closes the piece of log under way and waits until the server has sent it."""
        with connect(self.host, "reprise") as connection:
            piece = scalar(connection, "SELECT pg_walfile_name(pg_switch_wal())")
        until = time.monotonic() + 20
        while not (self.folder / "wal" / f"{piece}.gz.age").exists():
            assert time.monotonic() < until, "the log did not arrive"
            time.sleep(0.05)

    def drill(self, folder: Path | None = None, at: datetime | None = None) -> dict[str, Any]:
        receipt: dict[str, Any] = {}
        drill(folder or self.folder, self.key, at=at, beside=self.home, receipt=receipt, application=False)
        return receipt


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="reprise-copy-test-"))
    home.chmod(0o755)
    key = home / "reprise.key"
    subprocess.run(["age-keygen", "-o", str(key)], check=True, capture_output=True)
    site = Site(home, key, next(word for word in key.read_text().split() if word.startswith("age1")))
    said = site.shell(
        "provide_age; provide_cluster; superuser_sql postgres <$ROOT/deploy/lib/roles.sql\n"
        f'provide_copy_folder "{site.folder}"; archive_log_there "{site.folder}" {site.public}\n'
        'echo "BIN=$PGBIN|$PG_LIBRARIES|$(server_owner)"'
    )
    programs, libraries, owner = said.strip().split("BIN=")[1].split("|")
    patch = pytest.MonkeyPatch()
    patch.setenv("REPRISE_PGBIN", programs)
    patch.setenv("REPRISE_PG_LIBRARIES", libraries)
    patch.setenv("REPRISE_SERVER_OWNER", owner)
    with connect(site.host, "postgres") as connection:
        connection.execute(b"CREATE DATABASE reprise")
    photo = site.store / hash_of_bytes(PHOTO)[:2] / hash_of_bytes(PHOTO)
    photo.parent.mkdir(parents=True)
    photo.write_bytes(PHOTO)
    (home / "var" / "keys").write_text(SECRET)
    site.sql(SCHEMA + f"INSERT INTO municipal_units_storedfile VALUES ('{hash_of_bytes(PHOTO)}');")
    site.sql("INSERT INTO municipal_units_event SELECT 1, n FROM generate_series(1, 40) n")
    site.copy()
    yield site
    site.shell("stop_cluster")
    patch.undo()
    shutil.rmtree(home)


def hash_of_bytes(content: bytes) -> str:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return hash_of(Path(file.name))


@pytest.fixture
def broken(site: Site, tmp_path: Path) -> Path:
    """A second copy of the folder, to be damaged by a test."""
    shutil.copytree(site.folder, tmp_path / "copies")
    return tmp_path / "copies"


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_copy_comes_back_to_the_moment_asked_for(site: Site) -> None:
    time.sleep(0.05)
    wanted = datetime.now(UTC)
    time.sleep(0.05)
    site.sql("INSERT INTO municipal_units_event SELECT 1, n FROM generate_series(41, 50) n")
    site.log_arrived()
    at_moment = site.drill(at=wanted)
    assert at_moment["rows"]["compared"]
    assert at_moment["last_event"]["number"] == {"1": 40}
    assert at_moment["dump"] == "equal, table by table"
    assert at_moment["files"] == {"named_by_rows": 1, "newer_than_the_copy": 0}
    assert int(at_moment["leakproof_functions"]) >= 6
    newest = site.drill()
    assert newest["last_event"]["number"] == {"1": 50}
    assert not list(site.home.glob("drill-*")), "the drill left its database behind"


def test_neither_rows_nor_photographs_nor_keys_lie_open_in_a_copy(site: Site) -> None:
    for path in site.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert PHOTO not in content
            assert site.key.read_bytes() not in content
            assert SECRET.encode() not in content
            assert path.suffix != ".age" or content.startswith(b"age-encryption.org/v1")
    photo = hash_of_bytes(PHOTO)
    assert open_bytes(site.folder / "files" / photo[:2] / f"{photo}.age", site.key) == PHOTO
    names = {path.name for path in site.folder.rglob("*")}
    assert not {"keys", "secret.key"} & names


def test_only_new_files_are_copied(site: Site) -> None:
    assert copy_files(site.store, site.folder / "files", site.public) == (0, 1)


def test_a_file_damaged_on_disk_is_named_and_not_copied_as_good(site: Site, tmp_path: Path) -> None:
    wrong = tmp_path / "store" / "ab" / ("ab" + "0" * 62)
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(b"not what the name says")
    with pytest.raises(Failed, match=wrong.name):
        copy_files(tmp_path / "store", tmp_path / "files", site.public)
    assert not list((tmp_path / "files").rglob("*.age*"))


@pytest.mark.parametrize("piece", ["base.tar.gz.age", "registry.dump.age", "moment.json.age"])
def test_a_changed_piece_is_named(broken: Path, piece: str) -> None:
    copy = complete_copies(broken)[-1]
    damage(copy / piece)
    with pytest.raises(Failed, match=f"{piece} was cut or changed"):
        check_sums(copy)


def test_a_cut_piece_does_not_open_even_if_its_hash_was_made_to_fit(site: Site, broken: Path) -> None:
    copy = complete_copies(broken)[-1]
    base = copy / "base.tar.gz.age"
    base.write_bytes(base.read_bytes()[: base.stat().st_size // 2])
    lines = (copy / "sums.txt").read_text().splitlines()
    fitted = [line if not line.endswith(base.name) else f"{hash_of(base)}  {base.name}" for line in lines]
    (copy / "sums.txt").write_text("\n".join(fitted) + "\n")
    with pytest.raises(Failed, match=r"Opening base\.tar\.gz\.age"):
        site.drill(broken)


def test_a_changed_or_missing_stored_file_is_named(site: Site, broken: Path) -> None:
    photo = hash_of_bytes(PHOTO)
    sealed = broken / "files" / photo[:2] / f"{photo}.age"
    damage(sealed)
    with connect(site.host, "reprise") as connection:
        assert check_files(connection, broken, site.key, {photo}).wrong == [
            f"files/{photo[:2]}/{photo}.age was cut or changed"
        ]
        sealed.unlink()
        assert check_files(connection, broken, site.key, {photo}).wrong == [f"files/{photo[:2]}/{photo}.age is missing"]
        assert check_files(connection, broken, site.key, set()).not_yet == 1


def test_a_hole_in_the_log_is_found(site: Site, broken: Path) -> None:
    for number in (51, 52, 53):
        site.sql(f"INSERT INTO municipal_units_event VALUES (1, {number})")
        site.log_arrived()
    shutil.rmtree(broken)
    shutil.copytree(site.folder, broken)
    copy = choose_copy(broken, None)
    first = (copy / "log.txt").read_text().split()[0]
    pieces = sorted(path for path in (broken / "wal").glob("*.gz.age") if len(path.name) == 31 and path.name > first)
    pieces[1].unlink()
    with pytest.raises(Failed, match="hole after"):
        check_log(broken, copy)


def test_a_backup_cut_half_way_fails_and_is_never_taken_for_one(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = Path(tempfile.mkdtemp(prefix="reprise-half-", dir=site.home))
    programs.chmod(0o755)
    half = programs / "pg_basebackup"
    half.write_text("#!/bin/sh\nhead -c 300000 /dev/zero\necho connection lost >&2\nexit 1\n")
    half.chmod(half.stat().st_mode | stat.S_IXOTH | stat.S_IXGRP | stat.S_IXUSR)
    monkeypatch.setenv("REPRISE_PGBIN", str(programs))
    with pytest.raises(Failed, match="connection lost"):
        back_up_database(tmp_path, host=site.host, database="reprise", recipient=site.public)
    assert complete_copies(tmp_path) == []
    with pytest.raises(Failed, match="no complete copy"):
        choose_copy(tmp_path, None)


def test_old_copies_go_and_the_newest_stays(site: Site, broken: Path) -> None:
    newest = complete_copies(broken)[-1]
    old = broken / "base" / "2020-01-01T000000Z"
    shutil.copytree(newest, old)
    (broken / "base" / "2020-01-02T000000Z.part").mkdir()
    gone = remove_old(broken, keep_days=35, now=datetime.now(UTC))
    assert sorted(gone) == ["2020-01-01T000000Z", "2020-01-02T000000Z.part"]
    assert complete_copies(broken) == [newest]
    assert check_log(broken, newest) >= 1


def test_the_newest_good_receipt_is_found(tmp_path: Path) -> None:
    write_receipt(tmp_path, {"good": True, "finished_at": "2026-01-01T00:00:00+00:00"})
    write_receipt(tmp_path, {"good": False, "finished_at": "2026-02-01T00:00:00+00:00"})
    assert json.loads(newest_good_drill(tmp_path))["finished_at"].startswith("2026-01")


def test_a_wrong_key_is_said(site: Site, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    subprocess.run(["age-keygen", "-o", str(other)], check=True, capture_output=True)
    seal_bytes(b"x", tmp_path / "x.age", site.public)
    with pytest.raises(Failed, match="sealed to another key"):
        open_bytes(tmp_path / "x.age", other)
