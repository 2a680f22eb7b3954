"""What if this facility stops, or works again: computed on the case as it is now, and nothing is written."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils import timezone

from assessments.core.what_if import MOVED, WhatIf, with_facility_at
from assessments.selectors.case import Town, town_case
from crisis.lib.disclosure import Audience, is_withheld, safe_count
from crisis.lib.errors import Invalid, NotFound
from municipal_units.models import Facility, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.disclosure import audience_of
from municipal_units.selectors.places import names_of

SHARES = {"stopped": 0.0, "works": 1.0}


@dataclass(frozen=True)
class Asked:
    """The facility's number in the case, and what its own state becomes."""

    number: int
    state: str


def facility_what_if(municipality: Municipality, facility_id: int, state: str, *, actor: Actor) -> dict[str, Any]:
    """People and services affected per neighbourhood, most people first.

    `people` of a service: persons whose need would no longer (or newly) be met, P times the change of F; of a place:
    P times the change of its index. Gains are positive, losses negative. Others than the own municipality get rounded
    figures, and none where people are withheld.
    """
    require_somewhere(actor, Permission.VIEW_PRIORITIES, municipality)
    if state not in SHARES:
        raise Invalid(f"'{state[:20]}' is not known here. Ask for stopped or works.")
    facility = Facility.objects.filter(municipality=municipality, pk=facility_id).first()
    if facility is None:
        raise NotFound("There is no such facility here.")
    town = town_case(municipality, as_of=timezone.now())
    number = town.case.facility_number.get(str(facility_id))
    answer = {"facility": facility_id, "state": state, "as_of": town.as_of, "computed": number is not None}
    if number is None:  # its capacity is not known, so it is not in the case
        return answer | {"people": None, "places": [], "facilities": []}
    moved = with_facility_at(town.case, number, SHARES[state])
    audience = audience_of(actor, municipality)
    places = _places(town, moved, audience)
    known = [place["people"] for place in places if place["people"] is not None]
    return answer | {
        "people": sum(known),
        "places": places,
        "facilities": _facilities(town, moved, Asked(number, state)),
    }


def _places(town: Town, moved: WhatIf, audience: Audience) -> list[dict[str, Any]]:
    case = town.case
    change = np.nan_to_num(moved.works_after - moved.works_before)
    change[case.demand <= 0] = 0.0
    names = {str(place.pk): place for place in Neighbourhood.objects.filter(pk__in=case.neighbourhood_ids)}
    rows = []
    for row in np.flatnonzero((np.abs(change) > MOVED).any(axis=1)):
        people = float(case.people[row])
        place = names[str(case.neighbourhood_ids[row])]
        services = [
            {
                "service": str(case.service_ids[column]),
                "before": float(moved.works_before[row, column]),
                "after": float(moved.works_after[row, column]),
                "people": _signed(people * float(change[row, column]), audience),
            }
            for column in sorted(np.flatnonzero(np.abs(change[row]) > MOVED), key=lambda at: -abs(change[row, at]))
        ]
        before, after = (_number(values[row]) for values in (moved.index_before, moved.index_after))
        loss = None if before is None or after is None else people * (after - before)
        item = {
            "id": place.pk,
            "name": place.name,
            "names": names_of(place),
            "present": safe_count(people, audience),
            "index_before": before,
            "index_after": after,
            "people": _signed(loss, audience),
            "services": services,
        }
        if is_withheld(people, audience):
            item |= {"index_before": None, "index_after": None, "people": None, "services": []}
        rows.append((abs(loss or 0.0), item))
    return [item for _, item in sorted(rows, key=lambda pair: (-pair[0], pair[1]["id"]))]


def _facilities(town: Town, moved: WhatIf, asked: Asked) -> list[dict[str, Any]]:
    """Other facilities that would give more or less, the largest share of their capacity first."""
    case = town.case
    size = np.maximum(case.nominal, MOVED)
    share = (moved.effective_after - moved.effective_before) / size
    share[asked.number] = 0.0
    touched = [at for at in np.argsort(-np.abs(share), kind="stable") if abs(share[at]) > 1e-6]
    ids = [int(str(case.facility_ids[at])) for at in touched if str(case.facility_ids[at]).isdecimal()]
    names = Facility.objects.in_bulk(ids)
    return [
        {
            "id": facility.pk,
            "code": facility.code,
            "name": facility.name,
            "names": names_of(facility),
            "service": facility.service,
            "before": float(moved.effective_before[at] / size[at]),
            "after": float(moved.effective_after[at] / size[at]),
        }
        for at in touched
        if str(case.facility_ids[at]).isdecimal() and (facility := names[int(str(case.facility_ids[at]))])
    ]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _signed(people: float | None, audience: Audience) -> int | None:
    if people is None:
        return None
    told = safe_count(abs(people), audience)
    return told if told is None or people >= 0 else -told
