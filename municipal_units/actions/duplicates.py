"""Households that may be one: found by blind index, compared in memory, parked for a person to decide."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from municipal_units.actions.household_rows import index_context, person_of
from municipal_units.core.name_pairs import (
    People,
    household_likenesses,
    likenesses,
    people_in_columns,
    sharing_most,
)
from municipal_units.core.person_names import Likeness, Person, Weights, block_texts, likeness, together
from municipal_units.models import DuplicatePair, Household, Member, Municipality
from municipal_units.models.sealed import key_ring
from municipal_units.permissions import Actor, Permission, require

MOST_CANDIDATES = 500
ASKED_ONE_BY_ONE = 200  # persons; for more of them the whole index is read once
CHUNK = 5_000
HOUSEHOLDS_AT_ONCE = 10_000
SLACK = 0.1  # what further pairs of persons may add to the best one

# Per wanted member the candidates sharing most tokens with it, of households that are there.
CANDIDATES = """
WITH wanted AS MATERIALIZED (
    SELECT member, household, texts::varchar[] AS texts
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS asked (member, household, texts)
)
SELECT wanted.member, found.id, found.household_id
FROM wanted
CROSS JOIN LATERAL (
    SELECT other.id, other.household_id,
        cardinality(ARRAY(SELECT unnest(other.tokens) INTERSECT SELECT unnest(wanted.texts))) AS shared
    FROM municipal_units_member AS other
    WHERE other.municipality_id = %s AND other.tokens && wanted.texts AND other.household_id <> wanted.household
    ORDER BY shared DESC, other.id DESC
    LIMIT %s
) AS found
"""


def park_duplicates(municipality: Municipality, household_ids: Sequence[int]) -> dict[int, int]:
    """Parks every pair of one of these households and any other that is likely the same; how many per household."""
    alike: dict[int, int] = defaultdict(int)
    for first in range(0, len(household_ids), CHUNK):
        for pair in new_pairs(municipality, household_ids[first : first + CHUNK]):
            alike[pair.first_id] += 1
            alike[pair.second_id] += 1
    return {household: count for household, count in alike.items() if household in set(household_ids)}


def new_pairs(municipality: Municipality, household_ids: Sequence[int]) -> list[DuplicatePair]:
    alike = alike_pairs(municipality, household_ids)
    known = set(
        DuplicatePair.objects.filter(
            first_id__in={first for first, _ in alike}, second_id__in={second for _, second in alike}
        ).values_list("first_id", "second_id")
    )
    people = people_of({household for pair in alike - known for household in pair})
    found = []
    for first, second in sorted(alike - known):
        compared = compare(people.get(first, ()), people.get(second, ()))
        if compared is not None and compared.score >= municipality.duplicate_threshold:
            found.append(
                DuplicatePair(
                    municipality=municipality,
                    first_id=first,
                    second_id=second,
                    score=round(compared.score, 4),
                    reasons=list(compared.reasons),
                )
            )
    DuplicatePair.objects.bulk_create(found, ignore_conflicts=True, batch_size=5_000)
    return found


def alike_pairs(municipality: Municipality, household_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Pairs of households, lower id first, that share a block and are as alike as the threshold asks for. At most 500
    candidates per person are looked at. Compared in arrays, because a list may bring millions of pairs: first the
    persons who share a block, then everybody of the households that are near."""
    wanted = loaded(set(household_ids))
    mine, others, homes = candidates_of(municipality, wanted)
    if not len(mine):
        return set()
    there = loaded({*homes, *household_ids})
    first, second = there.place_of(mine), there.place_of(others)
    apart = there.homes[first] != there.homes[second]
    first, second = first[apart], second[apart]
    near = likenesses(there.people, first, second, Weights()) >= municipality.duplicate_threshold - SLACK
    one, other = there.homes[first[near]], there.homes[second[near]]
    pairs = np.unique(np.stack([np.minimum(one, other), np.maximum(one, other)]), axis=1)
    scores = household_likenesses(there.people, there.starts, pairs[0], pairs[1], Weights())
    alike = pairs[:, scores >= municipality.duplicate_threshold]
    return {(int(a), int(b)) for a, b in there.households[alike].T}


@dataclass(frozen=True)
class Loaded:
    """The named persons of some households as columns, household by household."""

    people: People
    members: np.ndarray[Any, np.dtype[np.int64]]  # id of each person
    homes: np.ndarray[Any, np.dtype[np.int64]]  # number of the household of each person
    households: np.ndarray[Any, np.dtype[np.int64]]  # id of each household, ascending
    starts: np.ndarray[Any, np.dtype[np.int64]]  # where its persons begin; and at the end how many there are
    persons: list[Person]

    def place_of(self, members: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.int64]]:
        order = np.argsort(self.members)
        return order[np.searchsorted(self.members, members, sorter=order)]


def loaded(household_ids: set[int]) -> Loaded:
    rows: list[tuple[int, int, Person]] = []
    wanted = sorted(household_ids)
    columns = ("household_id", "pk", "name", "sex", "birth_year", "is_head", "household__phone", "household__origin")
    for start in range(0, len(wanted), HOUSEHOLDS_AT_ONCE):
        named = Member.objects.filter(household_id__in=wanted[start : start + HOUSEHOLDS_AT_ONCE]).exclude(name="")
        for home, pk, name, sex, born, is_head, phone, origin in named.order_by("household_id", "pk").values_list(
            *columns
        ):
            rows.append((home, pk, person_of(name or "", sex, born, (phone or "") if is_head else "", origin)))
    persons = [person for _, _, person in rows]
    at_home = np.array([home for home, _, _ in rows], dtype=np.int64)
    households, homes = np.unique(at_home, return_inverse=True)
    return Loaded(
        people=people_in_columns(persons),
        members=np.array([pk for _, pk, _ in rows], dtype=np.int64),
        homes=homes.astype(np.int64),
        households=households,
        starts=np.append(np.searchsorted(at_home, households), len(rows)).astype(np.int64),
        persons=persons,
    )


def candidates_of(municipality: Municipality, wanted: Loaded) -> tuple[Any, Any, list[int]]:
    """Pairs of members who share a block, by their ids, and the households of the second ones. Few persons ask the
    index of the database; a long list reads the tokens of the whole register once instead."""
    ring, context = key_ring(), index_context(municipality.pk)
    blocks = [ring.tokens(block_texts(person), context=context) for person in wanted.persons]
    if len(blocks) > ASKED_ONE_BY_ONE:
        return candidates_in_register(municipality, wanted, blocks)
    asked = [number for number, tokens in enumerate(blocks) if tokens]
    ids = wanted.members[asked].tolist()
    texts = ["{" + ",".join(blocks[number]) + "}" for number in asked]
    with connection.cursor() as cursor:
        homes = wanted.households[wanted.homes[asked]].tolist()
        cursor.execute(CANDIDATES, [ids, homes, texts, municipality.pk, MOST_CANDIDATES])
        found = cursor.fetchall()
    merged = set(merged_among({home for _, _, home in found}))
    pairs = [(mine, other, home) for mine, other, home in found if home not in merged]
    mine, others, homes = (list(column) for column in zip(*pairs, strict=True)) if pairs else ([], [], [])
    return np.array(mine, dtype=np.int64), np.array(others, dtype=np.int64), sorted(set(homes))


def merged_among(household_ids: set[int]) -> Iterable[int]:
    return Household.objects.filter(pk__in=household_ids).exclude(merged_into=None).values_list("pk", flat=True)


def candidates_in_register(
    municipality: Municipality, wanted: Loaded, blocks: Sequence[Sequence[str]]
) -> tuple[Any, Any, list[int]]:
    ids, homes = array("q"), array("q")
    named = Member.objects.filter(municipality=municipality, household__merged_into=None).exclude(name="")

    def tokens() -> Iterator[list[str]]:
        for pk, home, held in named.order_by("pk").values_list("pk", "household_id", "tokens").iterator(CHUNK):
            ids.append(pk)
            homes.append(home)
            yield held

    mine, theirs = sharing_most(blocks, tokens(), most=MOST_CANDIDATES)
    there, at_home = np.asarray(ids), np.asarray(homes)
    return wanted.members[mine], there[theirs], np.unique(at_home[theirs]).tolist()


def people_of(household_ids: set[int], *, with_ids: bool = False) -> dict[int, list[Any]]:
    """The named members of households as they are compared: household -> persons (with their ids, if asked)."""
    rows = Member.objects.filter(household_id__in=household_ids).exclude(name="").select_related("household")
    people: dict[int, list[Any]] = defaultdict(list)
    for member in rows.only(
        "name", "sex", "birth_year", "is_head", "household__phone", "household__origin", "household_id"
    ):
        home = member.household
        phone = home.phone if member.is_head else ""
        person = person_of(member.name or "", member.sex, member.birth_year, phone or "", home.origin)
        people[member.household_id].append((member.pk, person) if with_ids else person)
    return people


def compare(mine: Sequence[Person], theirs: Sequence[Person], weights: Weights | None = None) -> Likeness | None:
    """Every person of one household with every one of the other, best counterpart first; None where nobody is named."""
    if not mine or not theirs:
        return None
    best = [
        max((likeness(one, other, weights or Weights()) for other in theirs), key=lambda x: x.score) for one in mine
    ]
    return together(best)


def keep_apart(*, by: Actor, pair: DuplicatePair) -> DuplicatePair:
    """A person has looked: these are two households. The pair is not shown again."""
    place = pair.first.neighbourhood_id
    require(by, Permission.MERGE_HOUSEHOLDS, pair.municipality_id, neighbourhood_id=place)
    return decide(pair, "different", by)


def decide(pair: DuplicatePair, state: str, by: Actor) -> DuplicatePair:
    pair.state, pair.decided_at, pair.decided_by_id = state, timezone.now(), by.user_id
    pair.save(update_fields=["state", "decided_at", "decided_by"])
    return pair


def same_persons(kept: Mapping[int, Person], absorbed: Mapping[int, Person], *, least: float) -> set[int]:
    """Members of the absorbed household who are already listed in the kept one, by member id."""
    return {
        number
        for number, person in absorbed.items()
        if any(likeness(person, other, Weights()).score >= least for other in kept.values())
    }
