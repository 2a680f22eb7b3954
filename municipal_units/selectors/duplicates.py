"""Pairs of households that may be one, as pages and the API show them: without persons."""

from typing import Any

from django.db.models import Q

from crisis.lib.errors import NotFound
from municipal_units.models import DuplicatePair, Household, HouseholdMerge, Municipality
from municipal_units.selectors.households import one_household


def pair_items(
    town: Municipality, *, state: str, after: tuple[float, int] | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Pairs of a state, the likeliest first, by key."""
    rows = DuplicatePair.objects.filter(municipality=town, state=state).select_related("first", "second")
    if after is not None:
        rows = rows.filter(Q(score__lt=after[0]) | Q(score=after[0], pk__gt=after[1]))
    return [pair_item(pair) for pair in rows.order_by("-score", "pk")[:limit]]


def pair_item(pair: DuplicatePair) -> dict[str, Any]:
    return {
        "id": pair.pk,
        "first": one_household(pair.first),
        "second": one_household(pair.second),
        "score": pair.score,
        "reasons": pair.reasons,
        "state": pair.state,
        "found_at": pair.found_at,
    }


def pair_of(town: Municipality, pair_id: int) -> DuplicatePair:
    rows = DuplicatePair.objects.select_related("first__municipality", "second__municipality", "municipality")
    found = rows.filter(municipality=town, pk=pair_id).first()
    if found is None:
        raise NotFound("There is no such pair here.")
    return found


def merge_of(town: Municipality, merge_id: int) -> HouseholdMerge:
    rows = HouseholdMerge.objects.select_related("kept__municipality", "absorbed__municipality")
    found = rows.filter(municipality=town, pk=merge_id).first()
    if found is None:
        raise NotFound("There is no such merge here.")
    return found


def pairs_about(household: Household) -> int:
    """How many open pairs a household is in."""
    here = DuplicatePair.objects.filter(municipality_id=household.municipality_id, state="open")
    return here.filter(Q(first=household) | Q(second=household)).count()
