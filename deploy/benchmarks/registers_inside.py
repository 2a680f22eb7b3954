"""Measures the register from inside a process of its own town: ours and the bare SQL in turns, the middle of many."""

import json
import os
import random
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any
from unittest.mock import patch

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from deploy.benchmarks.registers import FIRST, names  # noqa: E402
from municipal_units.actions import duplicates, households, searching  # noqa: E402
from municipal_units.actions.household_rows import HouseholdRow, MemberRow, index_context  # noqa: E402
from municipal_units.core.person_names import block_texts, search_texts  # noqa: E402
from municipal_units.models import Household, Municipality  # noqa: E402
from municipal_units.models.sealed import key_ring  # noqa: E402
from municipal_units.permissions import scope, system_actor  # noqa: E402
from municipal_units.selectors.households import HouseholdFilter, household_items  # noqa: E402

REPEATS = int(os.environ.get("REPRISE_BENCH_REPEATS", "25"))
LIST = int(os.environ.get("REPRISE_BENCH_LIST", "10000"))
COLUMNS = (
    'id, uuid, code, neighbourhood_id, site_id, "group", stock_class, size, origin, arrived_on, shelter_type, needs,'
    " intention, legal_basis, registered_on, left_on"
)
HERE = f"SELECT {COLUMNS} FROM municipal_units_household WHERE municipality_id = 1 AND merged_into_id IS NULL"
NEWEST = f"{HERE} AND left_on IS NULL ORDER BY id DESC LIMIT 101"
DEEP = f"{HERE} AND left_on IS NULL AND id < %s ORDER BY id DESC LIMIT 101"
IN_PLACE = f"{HERE} AND left_on IS NULL AND neighbourhood_id = %s AND \"group\" = 'idp'"
NARROWED = f"{IN_PLACE} ORDER BY size DESC, id DESC LIMIT 101"
NAMES_OF = "SELECT id, household_id, name FROM municipal_units_member WHERE id = ANY(%s)"
HOMES_OF = f"SELECT {COLUMNS} FROM municipal_units_household WHERE id = ANY(%s)"
PEOPLE_OF = """
SELECT m.name, m.sex, m.birth_year, h.phone, h.origin FROM municipal_units_member m
JOIN municipal_units_household h ON h.id = m.household_id WHERE m.household_id = ANY(%s)
"""


def bare(sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or [])
        return cursor.fetchall()


def middle_ms(call: Callable[[], Any], other: Callable[[], Any]) -> tuple[float, float]:
    """The median of each in milliseconds, taken in turns so that a busy moment hits both."""
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(REPEATS):
        for work, times in ((call, mine), (other, theirs)):
            begun = time.perf_counter()
            work()
            times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(mine), statistics.median(theirs)


def told(what: str, times: tuple[float, float], *, most: float, peer: str) -> None:
    ratio = times[0] / times[1]
    row = {
        "what": what,
        "ours": f"{times[0]:.1f} ms",
        "peer": f"{peer}: {times[1]:.1f} ms",
        "ratio": round(ratio, 2),
        "target": f"at most {most:g} times the bare SQL",
        "met": ratio <= most,
    }
    print(json.dumps(row), flush=True)


def main() -> None:
    actor = system_actor(1)
    with scope(actor, statement_timeout_ms=0):
        town = Municipality.objects.get(pk=1)
        count = Household.objects.count()
        now = timezone.now()
        place = Household.objects.order_by("pk")[0].neighbourhood_id

        def listed(wanted: HouseholdFilter, sort: str = "newest", after: tuple[Any, ...] | None = None) -> Any:
            return household_items(town, actor, now=now, wanted=wanted, sort=sort, after=after, limit=101)

        everything = HouseholdFilter()
        inside = HouseholdFilter(neighbourhood=place, group="idp")
        deep = count // 10
        title = f"{count:,} households"
        told(
            f"{title}: first page", middle_ms(lambda: listed(everything), lambda: bare(NEWEST)), most=3, peer="bare SQL"
        )
        times = middle_ms(lambda: listed(everything, after=(deep, deep)), lambda: bare(DEEP, [deep]))
        told(f"{title}: a page far down", times, most=3, peer="bare SQL")
        times = middle_ms(lambda: listed(inside, "size"), lambda: bare(NARROWED, [place]))
        told(f"{title}: one place and group, largest first", times, most=2, peer="bare SQL")
        for name in ("Mohamed Bakado", "Awa"):
            told(f"{title}: search '{name}'", searched(town, actor, name), most=6, peer="candidates and rows, bare SQL")
        told(f"{title}: duplicates of one registration", checked(town), most=6, peer="candidates and rows, bare SQL")
        for row in listed_at_once(town, actor, title):
            print(json.dumps(row), flush=True)


def searched(town: Municipality, actor: Any, name: str) -> tuple[float, float]:
    ring, context = key_ring(), index_context(town.pk)
    parts = [ring.tokens(texts, context=context) for texts in search_texts(name)]

    def plain() -> None:
        members = bare(NAMES_OF, [searching.candidate_members(town, parts)])
        bare(HOMES_OF, [[home for _, home, _ in members]])

    def ours() -> Any:
        return searching.search_households(by=actor, municipality=town, text=name, purpose="verification")

    return middle_ms(ours, plain)


def checked(town: Municipality) -> tuple[float, float]:
    """The check that follows every registration, of the newest household."""
    newest = Household.objects.order_by("-pk")[0].pk
    ring, context = key_ring(), index_context(town.pk)
    people = duplicates.people_of({newest}, with_ids=True)[newest]
    texts = ["{" + ",".join(ring.tokens(block_texts(person), context=context)) + "}" for _, person in people]
    ids = [pk for pk, _ in people]
    asked = [ids, [newest] * len(ids), texts, town.pk, duplicates.MOST_CANDIDATES]

    def plain() -> None:
        bare(PEOPLE_OF, [[home for _, _, home in bare(duplicates.CANDIDATES, asked)]])

    return middle_ms(lambda: duplicates.park_duplicates(town, [newest]), plain)


def listed_at_once(town: Municipality, actor: Any, title: str) -> list[dict[str, Any]]:
    """A list of 10,000 households with two persons each, half of them with one of ten first names, taken in as one
    import takes it; then taken back. How long all of it is, and how much of that the comparing."""
    chance = random.Random(11)
    place = Household.objects.order_by("pk")[0].neighbourhood_id
    rows = [list_row(chance, place, number) for number in range(LIST)]
    comparing: list[float] = []
    park = duplicates.park_duplicates

    def timed(*args: Any) -> Any:
        begun = time.perf_counter()
        found = park(*args)
        comparing.append(time.perf_counter() - begun)
        return found

    with patch("municipal_units.actions.households.park_duplicates", timed), transaction.atomic():
        begun = time.perf_counter()
        households.register_households(by=actor, municipality=town, rows=rows)
        whole = time.perf_counter() - begun
        transaction.set_rollback(True)
    peer = f"writing the rows: {whole - comparing[0]:.1f} s"
    return [
        {
            "what": f"{title}: a list of {LIST:,} more, {part}",
            "ours": f"{seconds:.1f} s",
            "peer": peer,
            "ratio": round(seconds / (whole - comparing[0]), 2),
            "target": f"within {most} s",
            "met": seconds <= most,
        }
        for part, seconds, most in (("all of it", whole, 120), ("finding duplicates", comparing[0], 60))
    ]


def list_row(chance: random.Random, place: int, number: int) -> HouseholdRow:
    first, born = names(chance), chance.randint(1940, 2005)
    head = MemberRow(name=first, sex="f", birth_year=born, is_head=True)
    child = MemberRow(name=f"{chance.choice(FIRST)} {first.split()[-1]}", birth_year=chance.randint(2006, 2026))
    origin = chance.choice(("Djibo", "Dori", "Arbinda", ""))
    return HouseholdRow(
        instance_id=f"list:{number}",
        neighbourhood_id=place,
        group="idp",
        size=5,
        members=(head, child),
        phone=f"7{chance.randint(0, 9_999_999):07d}",
        origin=origin,
        consent_on=date(2026, 11, 1),
        registered_on=date(2026, 11, 1),
    )


if __name__ == "__main__":
    main()
