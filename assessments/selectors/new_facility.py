"""A facility that is not there yet, put on the map: who gains what, before and after. Nothing is written."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils import timezone

from assessments.core.case import NOWHERE
from assessments.core.expansion import NewFacility, by_group, capacity_for_all, needs_of, with_facility
from assessments.core.functionality import Functionality, evaluate
from assessments.core.what_if import MOVED
from assessments.selectors.catchment import distances_m, zone_weights
from assessments.selectors.expansion import Asked, Question, asked_town, known_number, persons_of
from crisis.lib.errors import FieldError, Invalid
from municipal_units.core.norms import DEMAND_UNITS
from municipal_units.core.vocabulary import ASSET_TYPES, ServiceDomain, functionality_class
from municipal_units.models import Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.capacity import conversions_of
from municipal_units.selectors.places import names_of, neighbourhoods_containing

MOST_CAPACITY = 1e12


@dataclass(frozen=True)
class Site:
    """Where and what: a point in degrees, or the middle of a neighbourhood. `only_here`: it serves the neighbourhood it
    stands in and nobody else; `independent`: it needs nothing from other services (own generator, gravity)."""

    asset_type: str = ""
    capacity: float | None = None
    unit: str = ""
    lon: float | None = None
    lat: float | None = None
    neighbourhood: int | None = None
    only_here: bool = False
    independent: bool = False


@dataclass(frozen=True)
class Placed:
    """A site in the town: its point, the neighbourhood it stands in (None: outside all), its capacity in the service's
    unit, and its default needs by service."""

    lon: float
    lat: float
    neighbourhood: int | None
    capacity: float
    needs: Mapping[str, float]


def new_facility_effect(municipality: Municipality, question: Question, site: Site, *, actor: Actor) -> dict[str, Any]:
    """Before and after: the service and the index per place and per group, and what the facility itself could give."""
    require_somewhere(actor, Permission.EDIT_PLANS, municipality)
    asked = asked_town(municipality, question)
    placed = placed_in(municipality, asked, question, site)
    new = facility_in(asked, question, site, placed)
    before = asked.then
    after = evaluate(with_facility(asked.later, new))
    short = needs_of(asked.later, before, asked.column, target=question.target).short
    gives = given_by(asked, after, new)
    return {
        "service": question.service,
        "unit": DEMAND_UNITS[ServiceDomain(question.service)],
        "asset_type": site.asset_type,
        "capacity": placed.capacity,
        "lon": placed.lon,
        "lat": placed.lat,
        "neighbourhood": placed.neighbourhood,
        "only_here": site.only_here,
        "independent": site.independent,
        "as_of": asked.town.as_of,
        "arrivals": asked.arrivals,
        "norm": asked.norm,
        "needs": [{"service": needed, "strength": strength} for needed, strength in placed.needs.items()],
        "gives": gives,
        "capacity_for_all": capacity_for_all(asked.later, new, short),
        "groups": groups_told(asked, before, after),
        "city_before": known_number(before.city),
        "city_after": known_number(after.city),
        "places": places_told(asked, before, after),
    }


def placed_in(municipality: Municipality, asked: Asked, question: Question, site: Site) -> Placed:
    """Checks a site and finds the place it stands in."""
    wrong = []
    kinds = ASSET_TYPES[ServiceDomain(question.service)]
    if site.asset_type and site.asset_type not in kinds:
        wrong.append(FieldError("asset_type", f"'{site.asset_type[:40]}' is no kind of {question.service}."))
    if site.capacity is None or not (math.isfinite(site.capacity) and 0 < site.capacity <= MOST_CAPACITY):
        wrong.append(FieldError("capacity", "Say how much it gives."))
    if wrong:
        raise Invalid(fields=wrong)
    if site.lon is not None and site.lat is not None:
        if not (abs(site.lon) <= 180 and abs(site.lat) <= 90):
            raise Invalid(fields=[FieldError("lon", "This is no place on earth.")])
        lon, lat = site.lon, site.lat
        (home,) = neighbourhoods_containing(municipality.pk, [(lon, lat)], [timezone.localdate()])
    else:
        points = {int(row["id"]): row for row in asked.town.places.to_dict("records")}
        point_of = points.get(site.neighbourhood or 0)
        if point_of is None or np.isnan(point_of["lon"]):
            raise Invalid("Choose where it stands: on the map, or a place from the list.")
        home = site.neighbourhood
        lon, lat = float(point_of["lon"]), float(point_of["lat"])
    if site.only_here and home is None:
        raise Invalid("This point is in no neighbourhood, so it cannot serve only that.")
    conversions = conversions_of(municipality, on=timezone.localdate())
    capacity = conversions.in_demand_unit(
        service=question.service, asset_type=site.asset_type, unit=site.unit, value=float(site.capacity or 0)
    ).value
    needs = {} if site.independent else asked.town.norms.needs(question.service, site.asset_type)
    return Placed(lon, lat, home, capacity, needs)


def facility_in(asked: Asked, question: Question, site: Site, placed: Placed) -> NewFacility:
    """The site in the numbers of the case."""
    case, town = asked.later, asked.town
    stands_in = NOWHERE if placed.neighbourhood is None else case.neighbourhood_number[str(placed.neighbourhood)]
    weights = np.zeros(len(case.neighbourhood_ids))
    limit = town.norms.catchment_m(question.service, site.asset_type)
    if site.only_here or question.service == ServiceDomain.ROAD_ACCESS:
        weights[stands_in] = 1.0
    elif limit is None:
        weights[:] = 1.0
    else:
        points = town.places.set_index("id").loc[[int(str(pk)) for pk in case.neighbourhood_ids]].reset_index()
        own = points.iloc[:1].assign(lon=placed.lon, lat=placed.lat)
        weights = zone_weights(town.norms.detour * distances_m(own, points), limit, town.norms.zone_weights)[0]
        if stands_in != NOWHERE:
            weights[stands_in] = max(weights[stands_in], town.norms.zone_weights[-1])
    reached = np.flatnonzero(weights > 0)
    needs = [
        (case.service_number[needed], strength, 0.0)
        for needed, strength in placed.needs.items()
        if needed in case.service_number
    ]
    return NewFacility(asked.column, stands_in, placed.capacity, reached, weights[reached], tuple(sorted(needs)))


def given_by(asked: Asked, after: Functionality, new: NewFacility) -> dict[str, Any]:
    """What the facility could give with the services it needs as they are, and which of them holds it back."""
    bounds = [
        (new.capacity * (1 - strength * (1 - support_at(asked, after, new.stands_in, number))) + backup, number)
        for number, strength, backup in new.needs
    ]
    least, number = min(bounds, default=(new.capacity, None))
    if number is None or least >= new.capacity * (1 - 1e-6):
        return {"amount": new.capacity, "share": 1.0, "limited_by": None}
    return {
        "amount": least,
        "share": least / new.capacity,
        "limited_by": str(asked.case.service_ids[number]),
    }


def support_at(asked: Asked, after: Functionality, stands_in: int, number: int) -> float:
    """How far a service works where the facility stands; what is not known counts as there, as in the fixed point."""
    if stands_in == NOWHERE:
        return 1.0
    value = float(after.value[stands_in, number])
    return 1.0 if np.isnan(value) else value


def groups_told(asked: Asked, before: Functionality, after: Functionality) -> list[dict[str, Any]]:
    told = by_group(asked.later, before, after, asked.column)
    return [
        {
            "group": group,
            **{name: known_number(value) for name, value in dataclasses.asdict(effect).items()},
        }
        for group, effect in told.items()
    ]


def places_told(asked: Asked, before: Functionality, after: Functionality) -> list[dict[str, Any]]:
    """Every place, those with the most people newly served first. `served`: persons whose need is newly met."""
    case, column = asked.later, asked.column
    places = Neighbourhood.objects.in_bulk([int(str(pk)) for pk in case.neighbourhood_ids])
    known = case.known[:, column]
    rows = []
    for number, key in enumerate(case.neighbourhood_ids):
        place = places[int(str(key))]
        was, becomes = (known_number(one.value[number, column]) if known[number] else None for one in (before, after))
        change = 0.0 if was is None or becomes is None else becomes - was
        rows.append(
            {
                "id": place.pk,
                "name": place.name,
                "names": names_of(place),
                "people": float(case.people[number]),
                "before": was,
                "after": becomes,
                "class_before": str(functionality_class(was)),
                "class_after": str(functionality_class(becomes)),
                "index_before": known_number(before.index[number]),
                "index_after": known_number(after.index[number]),
                "served": persons_of(case, case.population[number] * change),
                "served_all": float(case.people[number] * change),
                "moved": abs(change) > MOVED,
            }
        )
    return sorted(rows, key=lambda row: (-row["served_all"], row["id"]))
