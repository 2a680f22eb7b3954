"""Who a facility depends on, who depends on it, and whom it reaches: as functionality sees it."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from assessments.selectors.catchment import catchment_frame
from assessments.selectors.condition import facilities_frame
from assessments.selectors.facts import places_frame
from crisis.lib.errors import NotFound
from municipal_units.models import Dependency, Facility, Municipality, Neighbourhood
from municipal_units.selectors.norms import norms_at
from municipal_units.selectors.places import names_of

MOST_SHOWN = 12
Reached = Mapping[int, Mapping[int, float]]


def facility_network(municipality: Municipality, facility_id: int) -> dict[str, Any]:
    """`needs`: what it needs, each with the facilities that provide it where it stands; `needed_by`: facilities that
    need its service where it gives it, at most MOST_SHOWN of them, `left_out` more; `reaches`: neighbourhoods with the
    share (0-1) it serves."""
    facilities = {facility.pk: facility for facility in Facility.objects.filter(municipality=municipality)}
    facility = facilities.get(facility_id)
    if facility is None:
        raise NotFound("There is no such facility here.")
    reached = _reached(municipality)
    dependencies = list(Dependency.objects.filter(municipality=municipality, strength__gt=0).order_by("service"))
    dependents = [
        item_of(other) | need_item(need) | {"needs": need.service, "service": other.service}
        for need in dependencies
        if need.service == facility.service
        and (other := facilities[need.facility_id]).pk != facility_id
        and _share(reached, facility_id, other) > 0
    ]
    dependents.sort(key=lambda row: (-row["strength"], row["code"]))
    places = Neighbourhood.objects.in_bulk(list(reached.get(facility_id, {})))
    return {
        "needs": [
            need_item(need) | {"providers": _providers(facilities, reached, facility, need.service)}
            for need in dependencies
            if need.facility_id == facility_id
        ],
        "needed_by": dependents[:MOST_SHOWN],
        "left_out": max(0, len(dependents) - MOST_SHOWN),
        "reaches": [
            {"neighbourhood": pk, "name": places[pk].name, "names": names_of(places[pk]), "share": share}
            for pk, share in sorted(reached.get(facility_id, {}).items(), key=lambda pair: (-pair[1], pair[0]))
        ],
    }


def _reached(municipality: Municipality) -> Reached:
    now = timezone.now()
    norms = norms_at(municipality, now.date())
    frame = catchment_frame(
        municipality,
        facilities=facilities_frame(municipality, norms=norms, as_of=now),
        places=places_frame(municipality, now.date()),
        norms=norms,
    )
    found: dict[int, dict[int, float]] = {}
    for facility, place, weight in zip(frame["facility"], frame["neighbourhood"], frame["weight"], strict=True):
        found.setdefault(int(facility), {})[int(place)] = float(weight)
    return found


def _share(reached: Reached, provider: int, facility: Facility) -> float:
    """The share of the place a facility stands in that a provider serves. Outside every place supply is not looked
    at, as in functionality."""
    return 0.0 if facility.neighbourhood_id is None else reached.get(provider, {}).get(facility.neighbourhood_id, 0.0)


def _providers(
    facilities: Mapping[int, Facility], reached: Reached, facility: Facility, service: str
) -> list[dict[str, Any]]:
    rows = [
        item_of(other) | {"share": share}
        for other in facilities.values()
        if other.service == service and other.pk != facility.pk and (share := _share(reached, other.pk, facility)) > 0
    ]
    return sorted(rows, key=lambda row: (-row["share"], row["code"]))[:MOST_SHOWN]


def item_of(facility: Facility) -> dict[str, Any]:
    return {
        "id": facility.pk,
        "code": facility.code,
        "name": facility.name,
        "names": names_of(facility),
        "service": facility.service,
    }


def need_item(need: Dependency) -> dict[str, Any]:
    return {
        "service": need.service,
        "strength": need.strength,
        "backup_share": need.backup_share,
        "hours_backup": need.hours_backup,
        "backup_since": need.backup_since,
        "source": need.source,
        "observed_on": need.observed_on,
    }
