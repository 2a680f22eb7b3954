"""Service expansion: need of hosts and displaced people together against capacity and reach, now and if more come."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils import timezone

from assessments.core.arrivals import with_arrivals
from assessments.core.case import Floats, PlanningCase
from assessments.core.expansion import Needs, needs_of, sites_ranked
from assessments.core.functionality import Functionality, evaluate
from assessments.selectors.arrivals import arrivals_here, arrivals_in, arrivals_item
from assessments.selectors.case import Town, town_case
from assessments.selectors.catchment import distances_m, zone_weights
from crisis.lib.errors import FieldError, Invalid
from municipal_units.core.norms import DEMAND_UNITS
from municipal_units.core.vocabulary import ASSET_TYPES, Phase, ServiceDomain, functionality_class
from municipal_units.models import Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.norms import norms_at
from municipal_units.selectors.places import names_of
from municipal_units.selectors.population import PRESENT_GROUPS

MOST_TARGET = 2.0
SITES = 5


@dataclass(frozen=True)
class Question:
    """What is asked: a service, the norm of which phase, how much of it (0-1), and who is expected."""

    service: str
    phase: str = Phase.EMERGENCY.value
    target: float = 1.0
    arrivals: int | None = None


@dataclass(frozen=True, eq=False)
class Asked:
    """The town under the question's norm, as it is and with those expected, each computed; `column` of the service."""

    town: Town
    case: PlanningCase
    later: PlanningCase
    now: Functionality
    then: Functionality
    column: int
    arrivals: dict[str, Any] | None
    norm: dict[str, Any]


def asked_town(municipality: Municipality, question: Question) -> Asked:
    """Reads the town once and computes it twice; nothing is written."""
    if question.service not in set(ServiceDomain):
        raise Invalid(fields=[FieldError("service", f"'{question.service[:40]}' is no service.")])
    if not (math.isfinite(question.target) and 0 < question.target <= MOST_TARGET):
        raise Invalid(fields=[FieldError("target", "The share of the norm to reach is between 1 % and 200 %.")])
    town = town_case(municipality, as_of=timezone.now())
    column = town.case.service_number.get(question.service)
    if column is None:
        raise Invalid("Nothing is computed for this service here: no facility gives it and it has no weight.")
    choices = norms_of_service(municipality, question.service)
    norm = next((one for one in choices if one["phase"] == question.phase), None)
    if norm is None:
        raise Invalid(fields=[FieldError("phase", "This service has no norm for that phase.")])
    per_person = town.case.norm.copy()
    per_person[:, column] = norm["value"]
    case = dataclasses.replace(town.case, norm=per_person, interventions=())
    told, later = None, case
    if question.arrivals is not None:
        told = arrivals_item(arrivals_here(municipality, question.arrivals))
        later = expecting(case, told["rows"])
    now = evaluate(case)
    return Asked(town, case, later, now, evaluate(later) if told else now, column, told, norm)


def expecting(case: PlanningCase, rows: Sequence[Mapping[str, Any]]) -> PlanningCase:
    """The case with the people of an arrival scenario."""
    return dataclasses.replace(case, population=with_arrivals(case.population, arrivals_in(case, rows)))


def norms_of_service(municipality: Municipality, service: str) -> list[dict[str, Any]]:
    """The demand norms a municipality has for a service: the emergency's, and those of later phases that differ."""
    found: list[dict[str, Any]] = []
    for phase in (Phase.EMERGENCY, Phase.POST_EMERGENCY, Phase.PERMANENT):
        demand = norms_at(municipality, timezone.localdate(), phase=phase).demand.get(service)
        if demand is not None and all(one["value"] != demand.value for one in found):
            found.append({"phase": phase.value, "value": demand.value, "unit": demand.unit, "source": demand.source})
    return found


def service_needs(municipality: Municipality, question: Question, *, actor: Actor) -> dict[str, Any]:
    """The whole answer for one service: the town in sums, each neighbourhood, sizes, and where one more would help."""
    require_somewhere(actor, Permission.EDIT_PLANS, municipality)
    asked = asked_town(municipality, question)
    now = needs_of(asked.case, asked.now, asked.column, target=question.target)
    then = needs_of(asked.later, asked.then, asked.column, target=question.target) if asked.arrivals else now
    places = Neighbourhood.objects.in_bulk([int(str(pk)) for pk in asked.case.neighbourhood_ids])
    modules = modules_of(municipality, question)
    rows = [place_needs(asked, number, (now, then), places) for number in range(len(asked.case.neighbourhood_ids))]
    rows.sort(key=lambda row: (-(row["then"]["missing"] or 0), -(row["then"]["short"] or 0), row["id"]))
    return {
        "service": question.service,
        "unit": DEMAND_UNITS[ServiceDomain(question.service)],
        "norm": asked.norm,
        "target": question.target,
        "arrivals": asked.arrivals,
        "as_of": asked.town.as_of,
        "now": sums(asked.case, now),
        "then": sums(asked.later, then),
        "places": rows,
        "modules": modules,
        "sites": sites_of(asked, then, places),
    }


def place_needs(
    asked: Asked, number: int, answers: tuple[Needs, Needs], places: Mapping[int, Neighbourhood]
) -> dict[str, Any]:
    place = places[int(str(asked.case.neighbourhood_ids[number]))]
    now, then = (
        needs_item(case, needs, number) for case, needs in zip((asked.case, asked.later), answers, strict=True)
    )
    return {"id": place.pk, "name": place.name, "names": names_of(place), "now": now, "then": then}


def needs_item(case: PlanningCase, needs: Needs, number: int) -> dict[str, Any]:
    return {
        "people": float(case.people[number]),
        "groups": persons_of(case, case.population[number]),
        "need": float(needs.demand[number]),
        "gets": known_number(needs.gets[number]),
        "built": float(needs.built[number]),
        "reach": float(needs.reach[number]),
        "share": known_number(needs.share[number]),
        "class": str(functionality_class(known_number(needs.share[number]))),
        "short": known_number(needs.short[number]),
        "missing": known_number(needs.missing[number]),
        "verdict": needs.verdict[number].value,
    }


def persons_of(case: PlanningCase, persons: Floats) -> dict[str, float]:
    """Persons (G,) by group; of groups the town has none of there are 0."""
    there = {str(group): float(persons[at]) for at, group in enumerate(case.group_ids)}
    return dict.fromkeys(PRESENT_GROUPS, 0.0) | there


def sums(case: PlanningCase, needs: Needs) -> dict[str, Any]:
    """The town in one line; places of which nothing is known are counted, and left out of the sums of supply."""
    known = ~np.isnan(needs.share)
    met = (np.nan_to_num(needs.share) * case.people).sum()
    people = case.people[known].sum()
    return {
        "people": float(case.people.sum()),
        "groups": persons_of(case, case.population.sum(axis=0)),
        "need": float(needs.demand.sum()),
        "gets": float(np.nansum(needs.gets)),
        "built": float(np.minimum(needs.built, needs.demand)[known].sum()),
        "short": float(np.nansum(needs.short)),
        "missing": float(np.nansum(needs.missing)),
        "share": float(met / people) if people > 0 else None,
        "unknown_places": int((~known).sum()),
        "verdicts": {word: sum(one.value == word for one in needs.verdict) for word in sorted(set(needs.verdict))},
    }


def modules_of(municipality: Municipality, question: Question) -> list[dict[str, Any]]:
    """What an expansion is built of, in the phase's own rows: a tap gives so many litres, a classroom so many seats."""
    norms = norms_at(municipality, timezone.localdate(), phase=question.phase)
    kinds = ASSET_TYPES[ServiceDomain(question.service)]
    found = [
        {"unit": unit, "asset_type": kind, "gives": factor}
        for (service, kind, unit), factor in norms.conversions.items()
        if service == question.service and factor > 0 and (not kind or kind in kinds) and "/" not in unit
    ]
    own = DEMAND_UNITS[ServiceDomain(question.service)]
    return sorted((one for one in found if one["unit"] != own), key=lambda one: (one["gives"], one["unit"]))


def sites_of(asked: Asked, needs: Needs, places: Mapping[int, Neighbourhood]) -> list[dict[str, Any]]:
    """Where a new facility, reaching as far as its service does, would close most of what is missing, and its size."""
    service = str(asked.case.service_ids[asked.column])
    ranked = sites_ranked(needs.missing, list(place_weights(asked.town, service)), most=SITES)
    kind, _limit = walked_to(asked.town, service)
    rows = []
    for number, size in ranked:
        place = places[int(str(asked.case.neighbourhood_ids[number]))]
        rows.append({"id": place.pk, "name": place.name, "names": names_of(place), "asset_type": kind, "size": size})
    return rows


def place_weights(town: Town, service: str) -> Floats:
    """Catchment (N, N): row m is whom a facility at the point of place m would serve, by the rule of mechanics D5."""
    points = town.places.set_index("id").loc[[int(str(pk)) for pk in town.case.neighbourhood_ids]].reset_index()
    _kind, limit = walked_to(town, service)
    size = len(points)
    if service == ServiceDomain.ROAD_ACCESS:
        return np.eye(size)
    if limit is None:
        return np.ones((size, size))
    walked = town.norms.detour * distances_m(points, points)
    weights = zone_weights(walked, limit, town.norms.zone_weights)
    return np.maximum(weights, np.eye(size) * town.norms.zone_weights[-1])


def walked_to(town: Town, service: str) -> tuple[str, float | None]:
    """The kind of facility to think of and how far people go for it: any kind where the service has a norm of its own,
    else the kind with the shortest way, and of those the one that needs least from others; None where no kind has a
    norm (a power plant serves the whole town)."""
    own = town.norms.catchment_m(service, "")
    kinds = [
        (limit, sum(town.norms.needs(service, kind).values()), kind)
        for (of, kind), limit in town.norms.catchments_m.items()
        if of == service and kind
    ]
    if own is not None or not kinds:
        return "", own
    limit, _needs, kind = min(kinds)
    return kind, limit


def known_number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
