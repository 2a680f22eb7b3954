"""What the household register says about people present: counts, never persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, Q, Sum

from municipal_units.models import Household, Municipality, RegisterCoverage, Site

REGISTER_ROUND = 0  # the id under which the register stands among the counts; no row has it

# Who was there on a day: registered by then, not left, not absorbed by another registration.
TOTALS = """
SELECT neighbourhood_id, "group", sum(size), max(registered_on)
FROM municipal_units_household
WHERE municipality_id = %s AND merged_into_id IS NULL AND registered_on <= %s AND (left_on IS NULL OR left_on > %s)
GROUP BY neighbourhood_id, "group"
"""


@dataclass(frozen=True)
class RegisterTotal:
    """Persons of one group registered in one neighbourhood; `complete`: somebody said that these are all.
    `newest_on`: the day it was last known to be so (newest registration, or the day of that word)."""

    neighbourhood_id: int
    group: str
    persons: float
    newest_on: date
    complete: bool


def register_totals(town: Municipality, as_of: date) -> list[RegisterTotal]:
    """Persons registered by neighbourhood and group on a day."""
    words: dict[tuple[int, str], RegisterCoverage] = {}
    for word in RegisterCoverage.objects.filter(municipality=town, stated_on__lte=as_of).order_by("pk"):
        words[word.neighbourhood_id, word.group] = word
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, [town.pk, as_of, as_of])
        found = cursor.fetchall()
    totals = []
    for place, group, persons, newest in found:
        said = words.get((place, group))
        complete = said is not None and said.complete
        known = max(newest, said.stated_on) if said is not None and complete else newest
        totals.append(RegisterTotal(place, group, float(persons), known, complete))
    return totals


def register_counts(town: Municipality, places: Sequence[int] | None = None) -> list[dict[str, Any]]:
    """Households and persons registered and present, by neighbourhood and group, with what they need: for those who see
    counts only. `places` narrows to some neighbourhoods."""
    rows = Household.objects.filter(municipality=town, merged_into=None, left_on=None)
    if places is not None:
        rows = rows.filter(neighbourhood_id__in=places)
    counted = rows.order_by("neighbourhood__name", "group").values("neighbourhood", "neighbourhood__name", "group")
    return [
        {
            "neighbourhood": row["neighbourhood"],
            "place": row["neighbourhood__name"],
            "group": row["group"],
            "households": row["households"],
            "persons": row["persons"],
            "with_needs": row["with_needs"],
        }
        for row in counted.annotate(
            households=Count("pk"), persons=Sum("size"), with_needs=Count("pk", filter=Q(needs__len__gt=0))
        )
    ]


def coverage_items(town: Municipality) -> list[dict[str, Any]]:
    """Per place and group what the register holds and what was last said of it; groups only spoken of are here too."""
    said: dict[tuple[int, str], RegisterCoverage] = {}
    words = RegisterCoverage.objects.filter(municipality=town).select_related("neighbourhood", "stated_by")
    for word in words.order_by("pk"):
        said[word.neighbourhood_id, word.group] = word
    rows = {(row["neighbourhood"], row["group"]): row for row in register_counts(town)}
    for key, word in said.items():
        empty = {"households": 0, "persons": 0, "place": word.neighbourhood.name}
        rows.setdefault(key, {"neighbourhood": key[0], "group": key[1], **empty})
    items = []
    for key, row in rows.items():
        found = said.get(key)
        items.append(
            {
                **row,
                "complete": None if found is None else found.complete,
                "stated_on": None if found is None else found.stated_on,
                "stated_by": "" if found is None or found.stated_by is None else str(found.stated_by),
            }
        )
    return sorted(items, key=lambda row: (row["place"].casefold(), row["neighbourhood"], row["group"]))


def site_items(town: Municipality) -> list[dict[str, Any]]:
    """The sites of a town with how many of the register live in them; open ones first, then by name."""
    present = Q(households__left_on=None, households__merged_into=None)
    sites = Site.objects.filter(municipality=town).select_related("neighbourhood")
    rows = [
        {
            "id": site.pk,
            "code": site.code,
            "name": site.name,
            "place": site.neighbourhood.name,
            "neighbourhood": site.neighbourhood_id,
            "shelter_type": site.shelter_type,
            "capacity": site.capacity,
            "opened_on": site.opened_on,
            "closed_on": site.closed_on,
            "households": site.registered,
            "persons": site.persons or 0,
            "full": site.persons / site.capacity if site.persons and site.capacity else None,
        }
        for site in sites.annotate(
            registered=Count("households", filter=present), persons=Sum("households__size", filter=present)
        )
    ]
    return sorted(rows, key=lambda row: (row["closed_on"] is not None, row["name"].casefold(), row["id"]))


def need_counts(town: Municipality, places: Sequence[int] | None = None) -> list[tuple[str, int]]:
    """Households by specific need, the most frequent first."""
    narrowed = "AND neighbourhood_id = ANY(%s)" if places is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT need, count(*) FROM municipal_units_household, unnest(needs) AS need"
            " WHERE municipality_id = %s AND merged_into_id IS NULL AND left_on IS NULL"
            f" {narrowed} GROUP BY need ORDER BY count(*) DESC, need",
            [town.pk, *([list(places)] if places is not None else [])],
        )
        return [(need, count) for need, count in cursor.fetchall()]
