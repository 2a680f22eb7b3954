"""After everything else has run: no planted person in a log, a file, a table, a tile, a frame or a job."""

from pathlib import Path

import psycopg
import pytest

from tests.conftest import SESSION_LOG
from tests.planted.persons import COUNT, NAMES, needles
from tests.serving import LiveTown, database_host

# Compared without the case: what was folded or upper-cased on its way is the same person.
KEYS = ("keys.json", "secret.key")


def first_found(text: str) -> str:
    lowered = text.casefold()
    return next((needle for needle in needles() if needle.casefold() in lowered), "")


def test_two_hundred_persons_were_registered(live_town: LiveTown) -> None:
    assert len(set(NAMES)) == COUNT
    assert live_town.planted.registered >= COUNT - 1  # two of them may have been merged


def test_they_are_told_to_nobody_who_gave_no_purpose(live_town: LiveTown) -> None:
    told = live_town.planted.told
    assert told["socket"]
    assert any("household.registered" in text for text in told.values())
    assert {where: found for where, text in told.items() if (found := first_found(text))} == {}


def test_they_are_in_no_table(live_town: LiveTown) -> None:
    """Every table, as text: registers and versions hold them sealed, everything else not at all."""
    with psycopg.connect(host=database_host(), dbname=live_town.town.name, user="reprise_owner") as owner:
        tables = owner.execute(
            "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind IN ('r', 'm')"
            " AND c.relnamespace = 'public'::regnamespace"
        ).fetchall()
        names = {name for (name,) in tables}
        assert {"municipal_units_event", "procrastinate_jobs", "municipal_units_importrow"} <= names
        assert {"municipal_units_memberversion", "municipal_units_personaccess", "django_session"} <= names
        found = {}
        for name in sorted(names):
            with owner.cursor(name="rows") as cursor:
                cursor.execute(f"SELECT t::text FROM {name} AS t")
                for part in iter(lambda: cursor.fetchmany(2_000), []):
                    if where := first_found(" ".join(row for (row,) in part)):
                        found[name] = where
                        break
    assert found == {}


def test_they_are_in_no_file_and_no_log(live_town: LiveTown) -> None:
    """All that the server and the worker wrote, their file store, and the log of this whole run of tests."""
    files = [path for path in live_town.town.folder.rglob("*") if path.is_file() and path.name not in KEYS]
    assert {"server.log", "worker.log"} <= {path.name for path in files}
    log = Path(SESSION_LOG.name)
    assert log.stat().st_size > 0
    found = {str(path): where for path in [*files, log] if (where := first_found(path.read_text(errors="replace")))}
    assert found == {}


@pytest.mark.parametrize("where", ["name", "phone", "coordinate"])
def test_the_scan_would_find_them(where: str) -> None:
    planted = {"name": "... PLANTKIRIQA ...", "phone": "call +22661003987", "coordinate": "[13.417007, 1]"}
    assert first_found(planted[where])
