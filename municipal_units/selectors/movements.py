"""Flows of people, and the stock they explain: closing = opening + came - left."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Sum

from municipal_units.core.vocabulary import PopulationGroup
from municipal_units.models import Movement, Municipality, Neighbourhood
from municipal_units.selectors.population import GROUPS, people_present

PRESENCE = {group.value: GROUPS.get(group.value, "unknown") for group in PopulationGroup}


def movements_of(town: Municipality, *, kind: str = "", neighbourhood_id: int | None = None) -> QuerySet[Movement]:
    """Reported flows, newest first."""
    rows = Movement.objects.filter(municipality=town).select_related("origin", "destination")
    if kind:
        rows = rows.filter(kind=kind)
    if neighbourhood_id is not None:
        rows = rows.filter(Q(origin_id=neighbourhood_id) | Q(destination_id=neighbourhood_id))
    return rows.order_by("-happened_on", "-pk")


def stock_by_place(town: Municipality, *, start: date, end: date, group: str = "") -> list[dict[str, Any]]:
    """Per neighbourhood: persons counted when the period began, who came and left until its end (both days included),
    what that makes, and what a count at the end says beside it. Opening and counted come from `people_present`, so they
    are the figures everything else shows. A group narrows flows to itself and counts to the presence group it is in:
    counts do not distinguish further. Nothing is altered to make the two agree: the difference is shown.
    """
    opening = present_persons(town, start - timedelta(days=1), group)
    counted = present_persons(town, end, group)
    flows = Movement.objects.filter(municipality=town, happened_on__range=(start, end)).exclude(review_state="rejected")
    if group:
        alike = [fine for fine, coarse in PRESENCE.items() if coarse == PRESENCE[group]]
        flows = flows.filter(group__in=alike)
    came = sums(flows, "destination_id")
    left = sums(flows, "origin_id")
    places = Neighbourhood.objects.filter(municipality=town, retired_on=None).order_by("name", "pk")
    return [
        stock_item(place, opening.get(place.pk), came.get(place.pk, 0), left.get(place.pk, 0), counted.get(place.pk))
        for place in places
    ]


def stock_item(
    place: Neighbourhood, opening: "Counted | None", came: int, left: int, counted: "Counted | None"
) -> dict[str, Any]:
    begun = opening[0] if opening else None
    closing = begun + came - left if begun is not None else None
    # The count that opened the period says nothing about what happened in it.
    said = counted if counted and counted != opening else None
    return {
        "neighbourhood": place.pk,
        "place": place,
        "opening": begun,
        "came": came,
        "left": left,
        "closing": closing,
        "counted": said[0] if said else None,
        "difference": said[0] - closing if said and closing is not None else None,
        "opening_source": opening[1] if opening else "",
        "counted_source": said[1] if said else "",
    }


Counted = tuple[float, str]


def present_persons(town: Municipality, day: date, group: str) -> dict[int, Counted]:
    """Persons present per neighbourhood and the counts they come from."""
    present = people_present(town, as_of=day)
    if group:
        present = present[present["group"] == PRESENCE[group]]
    found: dict[int, Counted] = {}
    sources: dict[int, list[str]] = defaultdict(list)
    for row in present.dropna(subset=["value"]).to_dict("records"):
        place = int(row["neighbourhood"])
        sources[place].append(f"{row['round']}, {row['observed_on'].isoformat()}")
        told = "; ".join(dict.fromkeys(sources[place]))
        found[place] = (found.get(place, (0.0, ""))[0] + float(row["value"]), told)
    return found


def sums(flows: QuerySet[Movement], end: str) -> dict[int, int]:
    rows = flows.filter(**{f"{end}__isnull": False}).order_by().values_list(end).annotate(Sum("individuals"))
    return dict(rows)
