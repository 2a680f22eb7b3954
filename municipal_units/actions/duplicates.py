"""Households that may be one: found by blind index, compared in memory, parked for a person to decide."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from municipal_units.actions.household_rows import index_context, person_of
from municipal_units.core.person_names import Likeness, Person, Weights, block_texts, likeness, together
from municipal_units.models import DuplicatePair, Household, Member, Municipality
from municipal_units.models.sealed import key_ring
from municipal_units.permissions import Actor, Permission, require

MOST_CANDIDATES = 500
CHUNK = 1_000

# Per wanted member the candidates sharing most tokens with it, of households that are there.
CANDIDATES = """
WITH wanted AS MATERIALIZED (
    SELECT member, household, texts::varchar[] AS texts
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS asked (member, household, texts)
)
SELECT wanted.member, found.household_id
FROM wanted
CROSS JOIN LATERAL (
    SELECT other.household_id, cardinality(ARRAY(SELECT unnest(other.tokens) INTERSECT SELECT unnest(wanted.texts)))
        AS shared
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
    candidates = candidate_pairs(municipality, household_ids)
    known = set(
        DuplicatePair.objects.filter(
            first_id__in={first for first, _ in candidates}, second_id__in={second for _, second in candidates}
        ).values_list("first_id", "second_id")
    )
    people = people_of({household for pair in candidates - known for household in pair})
    found = []
    for first, second in sorted(candidates - known):
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
    DuplicatePair.objects.bulk_create(found, ignore_conflicts=True)
    return found


def candidate_pairs(municipality: Municipality, household_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Pairs of households, lower id first, that share a block. At most 500 candidates per person are looked at."""
    ring, context = key_ring(), index_context(municipality.pk)
    members: list[tuple[int, int, str]] = []
    for household, people in people_of(set(household_ids), with_ids=True).items():
        for member, person in people:
            if blocks := ring.tokens(block_texts(person), context=context):
                members.append((member, household, "{" + ",".join(blocks) + "}"))
    if not members:
        return set()
    ids, homes, texts = (list(column) for column in zip(*members, strict=True))
    home_of = dict(zip(ids, homes, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, [ids, homes, texts, municipality.pk, MOST_CANDIDATES])
        pairs = {tuple(sorted((home_of[member], other))) for member, other in cursor.fetchall()}
    gone = Household.objects.filter(pk__in={pk for pair in pairs for pk in pair}).exclude(merged_into=None)
    merged = set(gone.values_list("pk", flat=True))
    return {(a, b) for a, b in pairs if a not in merged and b not in merged}


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
