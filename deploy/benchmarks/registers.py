"""The register of households at 200,000: list, search and duplicate check beside the bare SQL of the same answer."""

import json
import os
import random
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from crisis.lib.sealing import KeyRing, read_ring
from municipal_units.actions.household_rows import tokens_of
from municipal_units.core.person_names import Person
from municipal_units.models import Household, Member
from municipal_units.models.sealed import sealed_columns
from tests.serving import ROOT, Town

HOUSEHOLDS = int(os.environ.get("REPRISE_BENCH_HOUSEHOLDS", "200000"))
SETUP = """
from tests.conftest import make_town
make_town("TK", "Tenkoro", -1.0, [(f"TK01{n:02d}", f"Place {n}") for n in range(24)])
"""
SYLLABLES = ("ba", "ka", "do", "mi", "sa", "ra", "ou", "ta", "ni", "fa", "le", "go", "ma", "zi", "dja", "wen")
FIRST = ("Mohamed", "Awa", "Fatimata", "Issa", "Moussa", "Mariam", "Adama", "Aminata", "محمد", "فاطمة")
TODAY = date(2026, 11, 1)
HOUSEHOLD_COLUMNS = (
    'id, municipality_id, uuid, code, instance_id, digest, neighbourhood_id, "group", stock_class, size, phone, origin,'
    " arrived_on, reason, shelter_type, needs, intention, legal_basis, consent_on, keep_until, registered_on,"
    " registered_at, changed_at"
)
MEMBER_COLUMNS = "municipality_id, household_id, is_head, name, sex, birth_year, wg, tokens"


def names(chance: random.Random) -> str:
    """A first name of few and a family name of many, as in a real town."""
    first = chance.choice(FIRST) if chance.random() < 0.5 else "".join(chance.choices(SYLLABLES, k=2)).title()
    return f"{first} {''.join(chance.choices(SYLLABLES, k=3)).title()}"


def rows(ring: KeyRing, places: list[int]) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """Households and their heads, sealed and indexed as the actions do it."""
    chance = random.Random(5)
    phone_of, name_of = sealed_columns(Household)["phone"], sealed_columns(Member)["name"]
    for number in range(1, HOUSEHOLDS + 1):
        name, born = names(chance), chance.randint(1940, 2005)
        phone, origin = f"7{chance.randint(0, 9_999_999):07d}", chance.choice(("Djibo", "Dori", "Arbinda", ""))
        token = uuid.UUID(int=chance.getrandbits(128), version=4)
        arrived = TODAY - timedelta(days=chance.randint(0, 700))
        needs = ["disability"] if chance.random() < 0.1 else []
        shelter = chance.choice(("host_family", "rented", "makeshift", "school_building"))
        person = Person(name=name, sex="f", birth_year=born, phone=phone, origin=origin)
        home: tuple[Any, ...] = (number, 1, token, token.hex[:8].upper(), f"bench:{number}", "x", chance.choice(places))
        home += (chance.choice(("idp", "idp", "returnee_idp")), "unknown", chance.randint(1, 12))
        home += (ring.seal(phone, context=phone_of), origin, arrived, "", shelter, needs, "", "consent", arrived)
        home += (TODAY + timedelta(days=700), arrived, "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z")
        sealed = ring.seal(name, context=name_of)
        yield home, (1, number, True, sealed, "f", born, [], tokens_of(person, ring, 1))


def fill(town: Town) -> None:
    """The rows, written by the owner in bulk; then statistics, as autovacuum would leave them."""
    ring = read_ring(town.folder / "keys.json")
    assert ring is not None
    host = town.environment("")["REPRISE_DB_HOST"]
    with psycopg.connect(host=host, dbname=town.name, user="reprise_owner", autocommit=True) as owner:
        places = [pk for (pk,) in owner.execute("SELECT id FROM municipal_units_neighbourhood").fetchall()]
        members = []
        with owner.cursor().copy(f"COPY municipal_units_household ({HOUSEHOLD_COLUMNS}) FROM STDIN") as copy:
            for home, member in rows(ring, places):
                copy.write_row(home)
                members.append(member)
        with owner.cursor().copy(f"COPY municipal_units_member ({MEMBER_COLUMNS}) FROM STDIN") as copy:
            for member in members:
                copy.write_row(member)
        owner.execute("SELECT setval('municipal_units_household_id_seq', %s)", [HOUSEHOLDS])
        owner.execute("VACUUM ANALYZE")


def run() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder, Town(Path(folder)) as town:
        town.manage("shell", "-c", SETUP)
        fill(town)
        done = subprocess.run(
            [sys.executable, "-m", "deploy.benchmarks.registers_inside"],
            cwd=ROOT,
            env=town.environment("reprise_web"),
            capture_output=True,
            text=True,
            timeout=1_800,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        for row in done.stdout.splitlines():
            if row.startswith("{"):
                yield json.loads(row)
