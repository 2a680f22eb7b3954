"""Finding persons in the register: by blind index, compared in memory, and written down like every look at persons."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from crisis.lib.errors import Invalid
from municipal_units.actions.household_rows import index_context
from municipal_units.actions.households import log_access
from municipal_units.actions.rows import has_lone_surrogate
from municipal_units.core.person_names import digits, matcher, search_texts
from municipal_units.models import DuplicatePair, Household, Member, Municipality
from municipal_units.models.sealed import key_ring
from municipal_units.permissions import Actor, Permission, require, require_somewhere
from municipal_units.selectors.households import SCREEN, as_item, one_household, persons, visible_households

MOST_CANDIDATES = 500
MOST_FOUND = 50
LEAST_LIKENESS = 0.75

# The members sharing most tokens with what is looked for; the parts of a name that are rare come out on top.
CANDIDATES = """
SELECT found.id FROM (
    SELECT member.id, cardinality(ARRAY(SELECT unnest(member.tokens) INTERSECT SELECT unnest(%s::varchar[]))) AS shared
    FROM municipal_units_member AS member
    WHERE member.municipality_id = %s AND {parts}
) AS found ORDER BY found.shared DESC, found.id DESC LIMIT %s
"""
PART = "member.tokens && %s::varchar[]"


@transaction.atomic
def search_households(*, by: Actor, municipality: Municipality, text: str, purpose: str) -> list[dict[str, Any]]:
    """Households with a member of that name, in any spelling and script, or with that phone; best first. Writes down
    who searched, why, and how many households were shown."""
    require_somewhere(by, Permission.VIEW_HOUSEHOLDS, municipality)
    if has_lone_surrogate(text):
        raise Invalid("This holds characters that no name has. Write it again.")
    ring, context = key_ring(), index_context(municipality.pk)
    phone = digits(text)
    wanted = [[f"t:{phone}"]] if phone else search_texts(text)
    if not wanted:
        raise Invalid("Write at least two letters of a name, or a phone number.")
    parts = [ring.tokens(texts, context=context) for texts in wanted]
    candidates = candidate_members(municipality, parts)
    best: dict[int, float] = {}
    fits = matcher(text)
    for home, name in Member.objects.filter(pk__in=candidates).values_list("household_id", "name"):
        score = 1.0 if phone else fits(name or "")
        if score >= LEAST_LIKENESS:
            best[home] = max(score, best.get(home, 0.0))
    visible = visible_households(municipality, by, now=timezone.now()).filter(pk__in=best)
    rows = {row["id"]: row for row in visible.values(*SCREEN)}
    found = sorted(rows, key=lambda pk: (-best[pk], -pk))[:MOST_FOUND]
    heads = {m.household_id: m.name or "" for m in Member.objects.filter(household_id__in=found, is_head=True)}
    log_access(by=by, municipality_id=municipality.pk, kind="search", purpose=purpose, households=len(found))
    return [as_item(rows[pk]) | {"likeness": round(best[pk], 3), "head": heads.get(pk, "")} for pk in found]


def candidate_members(municipality: Municipality, parts: list[list[str]]) -> list[int]:
    """Ids of at most 500 members who share a token with every part looked for."""
    statement = CANDIDATES.format(parts=" AND ".join(PART for _ in parts))
    everything = sorted({token for part in parts for token in part})
    with connection.cursor() as cursor:
        cursor.execute(statement, [everything, municipality.pk, *parts, MOST_CANDIDATES])
        return [pk for (pk,) in cursor.fetchall()]


@transaction.atomic
def compare_pair(*, by: Actor, pair: DuplicatePair, purpose: str) -> list[dict[str, Any]]:
    """Both households of a pair with their persons, side by side."""
    households: list[Household] = [pair.first, pair.second]
    for household in households:
        place = household.neighbourhood_id
        require(by, Permission.MERGE_HOUSEHOLDS, pair.municipality_id, neighbourhood_id=place)
        log_access(by=by, municipality_id=pair.municipality_id, kind="compare", purpose=purpose, household=household)
    return [one_household(one) | persons(one) | {"instance_id": one.instance_id} for one in households]
