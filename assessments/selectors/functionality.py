"""The town's picture as map, list, table, panel and API show it: stored scores, people and reasons."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
from django.utils import timezone

from assessments.models import FunctionalityCursor, FunctionalityRun
from assessments.selectors.earlier import earlier, first_known, recovery_curve
from assessments.selectors.planning import helps_in
from assessments.selectors.sentences import Limited, reason_sentence
from assessments.selectors.shown import Scores, Shown, read_shown
from assessments.selectors.visits import visits_here
from crisis.lib.disclosure import Audience, safe_count, safe_parts
from crisis.lib.errors import NotFound
from damage.selectors import assessments_to_review, damage_by_grade
from municipal_units.core.norms import DEMAND_UNITS
from municipal_units.core.vocabulary import (
    FUNCTIONALITY_CLASSES,
    SERVICE_LETTERS,
    FunctionalityClass,
    ServiceDomain,
    functionality_class,
)
from municipal_units.models import EventCounter, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.facilities import facility_items
from municipal_units.selectors.places import boundaries_on, municipality_item, neighbourhoods_frame
from municipal_units.selectors.population import people_present

HATCHED_BELOW = 0.6  # coverage under which a figure is hatched (mechanics D10)

NOT_WORKING = frozenset({"affected", "partially_functional", "minimal", "not_functional", "closed_by_decision"})


def situation(municipality: Municipality, *, actor: Actor, at: datetime | None = None) -> dict[str, Any]:
    """Everything the map page draws, in one answer; the shape is that of GET /municipalities/{code}/situation. With
    `at`, as it was known then: late observations do not rewrite it.

    People are exact for the own municipality and rounded or withheld for partners (reliability.md 4).
    """
    require_somewhere(actor, Permission.VIEW_PRIORITIES, municipality)
    at = earlier(municipality, at, actor=actor)
    today = timezone.localdate(at)
    shown = read_shown(municipality, actor, today, at=at)
    places = neighbourhoods_frame(municipality, on=today).to_dict("records")
    ranks = _ranks(shown, [int(place["id"]) for place in places])
    items = [_item(shown, place, ranks) for place in places]
    counter = EventCounter.objects.get(municipality=municipality)
    cursor = FunctionalityCursor.objects.filter(municipality=municipality).first()
    return {
        "municipality": municipality_item(municipality, actor),
        "seq": counter.seq,
        "epoch": str(counter.epoch),
        "functionality_seq": cursor.seq if cursor else 0,
        "as_of": _as_of(shown.run, cursor) if at is None else at,
        "at": at,
        "since": first_known(municipality) if shown.audience == Audience.OWN else None,
        "city": _city(shown),
        "threshold": municipality.return_threshold,
        "beta": municipality.beta,
        "classes": _classes(),
        "services": _services(shown),
        "neighbourhoods": items,
        "stopped": [
            {name: facility[name] for name in ("id", "code", "name", "service", "status", "lon", "lat")}
            for facility in shown.facilities.values()
            if facility["status"] in NOT_WORKING
        ],
    }


def neighbourhood_panel(
    municipality: Municipality, neighbourhood: Neighbourhood, *, actor: Actor, at: datetime | None = None
) -> dict[str, Any]:
    """One place in full: its item of the situation with people, damage, facilities and the works that would help.
    With `at`, people and services are as known then; damage, facilities and works stay those of today."""
    require_somewhere(actor, Permission.VIEW_PRIORITIES, municipality)
    at = earlier(municipality, at, actor=actor)
    today = timezone.localdate(at)
    shown = read_shown(municipality, actor, today, at=at)
    places = neighbourhoods_frame(municipality, on=today).to_dict("records")
    here = next((place for place in places if place["id"] == neighbourhood.pk), None)
    if here is None:
        raise NotFound("This neighbourhood is not here (any more).")
    ranks = _ranks(shown, [int(place["id"]) for place in places])
    by_grade = damage_by_grade(municipality, neighbourhood_id=neighbourhood.pk)
    boundary = boundaries_on(municipality, today).filter(neighbourhood=neighbourhood).first()
    withheld = shown.told.withheld(neighbourhood.pk, _present(shown, neighbourhood.pk, "people"))
    return {
        **_item(shown, here, ranks),
        "population": _population(shown, neighbourhood, today),
        "damage": {
            "structures": sum(by_grade.values()),
            "assessed": sum(number for grade, number in by_grade.items() if grade != "not_assessed"),
            "by_grade": by_grade,
            "to_review": assessments_to_review(municipality, neighbourhood_id=neighbourhood.pk).count(),
        },
        "facilities": facility_items(municipality, neighbourhood_id=neighbourhood.pk, limit=MOST_FACILITIES),
        "helps": [] if withheld else helps_in(municipality, neighbourhood.pk, run=shown.run, audience=shown.audience),
        "at": at,
        "curve": recovery_curve(municipality, neighbourhood, until=at) if shown.audience == Audience.OWN else [],
        "visits": visits_here(municipality, neighbourhood.pk) if follows_visits(municipality, actor) else {},
        "boundary": {"valid_from": boundary.valid_from, "source": boundary.source} if boundary else None,
    }


MOST_FACILITIES = 500


def follows_visits(municipality: Municipality, actor: Actor) -> bool:
    return actor.may_somewhere(Permission.FILL_FORMS, municipality.pk)


def _item(shown: Shown, place: Mapping[Hashable, Any], ranks: Mapping[int, int]) -> dict[str, Any]:
    """One neighbourhood. Where its people are withheld, so is everything that would tell them."""
    pk = int(place["id"])
    people = _people(shown, pk)
    withheld = shown.told.withheld(pk, _present(shown, pk, "people"))
    scores = shown.scores.get(pk, Scores(None, {}))
    figure = {} if withheld or scores.index is None else scores.index
    short = _short(shown, pk)
    parts = _parts(shown, scores) if short is not None else []
    services = {} if withheld else {code: _cell(shown, pk, code, cell) for code, cell in scores.services.items()}
    coverage = figure.get("coverage")
    return {
        "id": pk,
        "pcode": place["pcode"] or place["local_code"],
        "name": place["name"],
        "names": {
            "en": place["name"],
            "fr": place["name_fr"] or place["name"],
            "ar": place["name_ar"] or place["name"],
        },
        "centre": None if pd.isna(place["lon"]) else [round(place["lon"], 6), round(place["lat"], 6)],
        "index": _rounded(figure.get("f")),
        "lo": _rounded(figure.get("lo")),
        "hi": _rounded(figure.get("hi")),
        "coverage": _rounded(coverage),
        "hatched": coverage is not None and coverage < HATCHED_BELOW,
        "class": str(FunctionalityClass.WITHHELD if withheld else functionality_class(figure.get("f"))),
        "rank": ranks.get(pk),
        "previous_index": None if withheld else _rounded(shown.previous.get(pk)),
        **people,
        "short": short,
        "parts": _split(parts, short or 0, shown.audience),
        "why": _why(shown, scores, parts, services),
        "services": services,
    }


def _rounded(value: float | None) -> float | None:
    """Six digits: more than anybody reads, and a third of the bytes."""
    return None if value is None else round(value, 6)


def _present(shown: Shown, pk: int, column: str) -> float | None:
    value = shown.people.get(pk, {}).get(column)
    return None if value is None or value != value else value


def _short(shown: Shown, pk: int) -> int | None:
    """People short of services, P (1 - I), as this audience may see it."""
    people, scores = _present(shown, pk, "people"), shown.scores.get(pk)
    if people is None or scores is None or scores.index is None or scores.index["f"] is None:
        return None
    told = shown.told.places.get(pk, {}).get("people")
    return None if told is None else round(told * (1 - scores.index["f"]) / shown.rule.base) * shown.rule.base


def _ranks(shown: Shown, places: Sequence[int]) -> dict[int, int]:
    """Rank by people short of services, most first; places of which that cannot be said have none."""
    known = [(short, pk) for pk in places if (short := _short(shown, pk)) is not None]
    ordered = sorted(known, key=lambda pair: (-pair[0], pair[1]))
    return {pk: rank for rank, (_, pk) in enumerate(ordered, start=1)}


def _people(shown: Shown, pk: int) -> dict[str, int | None]:
    told = shown.told.places.get(pk, {})
    names = {"people": "people", "hosts": "resident", "displaced": "displaced", "returnees": "returnee"}
    people = {name: told.get(column) for name, column in names.items()}
    within = {name: safe_count(_present(shown, pk, name), shown.rule) for name in ("people_lo", "people_hi")}
    return people | (within if people["people"] is not None else dict.fromkeys(within))


def _parts(shown: Shown, scores: Scores) -> list[tuple[str, float]]:
    """What each service adds to the share of need not met, 1 - I; the weakest essential one also answers for the part
    of the index that looks at the weakest alone. Largest first; services without data have no part."""
    known = {code: cell for code, cell in scores.services.items() if cell["code"] != "unknown"}
    met = {code: cell["f"] if cell["demand"] and cell["f"] is not None else 1.0 for code, cell in known.items()}
    weights = {code: shown.norms.weights.get(code, 0.0) for code in met}
    total = sum(weights.values())
    essential = [code for code in weights if code in shown.norms.essential]
    beta = shown.municipality.beta if essential else 0.0
    parts = {code: (1 - beta) * weight / total * (1 - met[code]) if total else 0.0 for code, weight in weights.items()}
    if essential:
        weakest = min(essential, key=lambda code: met[code])
        parts[weakest] += beta * (1 - met[weakest])
    ordered = sorted(parts.items(), key=lambda part: -part[1])
    return [(code, share) for code, share in ordered if share > 0]


def _split(parts: list[tuple[str, float]], short: int, audience: Audience) -> list[dict[str, Any]]:
    people = safe_parts(short, [share for _, share in parts], audience)
    return [{"service": code, "people": number} for (code, _), number in zip(parts, people, strict=True) if number > 0]


def _cell(shown: Shown, pk: int, service: str, cell: Mapping[str, Any]) -> dict[str, Any]:
    """One service in one place. Amounts that would tell a withheld number of people are left out for others."""
    exact = shown.audience == Audience.OWN
    return {
        "f": _rounded(cell["f"]),
        "lo": _rounded(cell["lo"]),
        "hi": _rounded(cell["hi"]),
        "reason": cell["code"],
        "text": reason_sentence(_limited(shown, pk, service, cell)),
        "observed_at": cell["observed_at"],
        "observed": (cell["coverage"] or 0.0) >= 0.5,
        "coverage": _rounded(cell["coverage"]),
        "demand": _rounded(cell["demand"]) if exact else None,
        "supply": _rounded(cell["supply"]) if exact else None,
        "black_start_risk": cell["risk"],
    }


def _limited(shown: Shown, pk: int, service: str, cell: Mapping[str, Any]) -> Limited:
    facility = shown.facilities.get(cell["facility_id"]) if cell["facility_id"] else None
    demand = shown.norms.demand.get(service)
    lacking = cell["code"].partition(":")[2]
    home = shown.scores.get(facility["neighbourhood_id"]) if facility else None
    support = home.services.get(lacking) if home else None

    def amount(value: float | None) -> float | None:
        """Places and seats are counted in persons, so others see them as they see persons."""
        return value if shown.audience == Audience.OWN else safe_count(value, shown.audience)

    return Limited(
        service=service,
        code=cell["code"],
        value=cell["f"],
        demand=amount(cell["demand"]),
        supply=amount(cell["supply"]),
        people=shown.told.places.get(pk, {}).get("people"),
        norm=demand.value if demand else None,
        toilet=shown.norms.conversions.get((ServiceDomain.SANITATION, "", "toilet")),
        facility=facility,
        support=support["f"] if support else None,
    )


def _why(
    shown: Shown, scores: Scores, parts: list[tuple[str, float]], services: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any] | None:
    """The service that leaves most people short, and what limits it."""
    if not parts:
        return None
    service = parts[0][0]
    facility = shown.facilities.get(scores.services[service]["facility_id"])
    return {
        "service": service,
        "code": services[service]["reason"],
        "facility": {name: facility[name] for name in ("id", "code", "name")} if facility else None,
        "text": services[service]["text"],
    }


def _city(shown: Shown) -> dict[str, Any]:
    run = shown.run
    return {
        "index": run.city if run else None,
        "lo": run.city_lo if run else None,
        "hi": run.city_hi if run else None,
        "coverage": run.coverage if run else None,
        "people": shown.told.totals["people"],
        "hosts": shown.told.totals["resident"],
        "displaced": shown.told.totals["displaced"],
        "returnees": shown.told.totals["returnee"],
    }


def _services(shown: Shown) -> list[dict[str, Any]]:
    """Services that count in the index, or of which something is known."""
    scored = {code for place in shown.scores.values() for code in place.services}
    rows = []
    for code in ServiceDomain:
        weight, demand = shown.norms.weights.get(code, 0.0), shown.norms.demand.get(code)
        if demand is not None and (weight > 0 or code in scored):
            letters = SERVICE_LETTERS[code]
            rows.append(
                {
                    "code": str(code),
                    "weight": weight,
                    "essential": code in shown.norms.essential,
                    "letter": letters.en,
                    "letters": {"en": letters.en, "fr": letters.fr, "ar": letters.ar},
                    "unit": DEMAND_UNITS[code],
                    "norm": demand.value,
                }
            )
    return rows


def _classes() -> list[dict[str, Any]]:
    cuts = [{"code": str(cut.code), "from": cut.low, "to": cut.high} for cut in FUNCTIONALITY_CLASSES]
    return [*cuts, {"code": str(FunctionalityClass.NO_DATA)}, {"code": str(FunctionalityClass.WITHHELD)}]


def _as_of(run: FunctionalityRun | None, cursor: FunctionalityCursor | None) -> datetime | None:
    """Up to when the figures look: the last computation, also one that changed nothing."""
    if cursor is not None and cursor.computed_at is not None:
        return cursor.computed_at
    return run.as_of if run else None


def _population(shown: Shown, neighbourhood: Neighbourhood, today: date) -> dict[str, Any]:
    """Who is here according to whom: the figures that count by group, and those that do not."""
    present = people_present(shown.municipality, as_of=today)
    rows = present[present["neighbourhood"] == neighbourhood.pk]
    told = shown.told.places.get(neighbourhood.pk, {})
    known = rows[rows["value"].notna()]
    newest = known.sort_values("observed_on").to_dict("records")[-1] if len(known) else {}

    def figures(value: int | None, lo: float | None, hi: float | None) -> dict[str, int | None]:
        within = (None, None) if value is None else (safe_count(lo, shown.rule), safe_count(hi, shown.rule))
        return dict(zip(("value", "lo", "hi"), (value, *within), strict=True))

    whole = shown.people.get(neighbourhood.pk, {})
    return {
        **figures(told.get("people"), whole.get("people_lo"), whole.get("people_hi")),
        "source": newest.get("source"),
        "method": newest.get("method"),
        "confidence": newest.get("confidence"),
        "observed_on": newest.get("observed_on"),
        "groups": {
            row["group"]: figures(told.get(row["group"]), row["lo"], row["hi"]) for row in rows.to_dict("records")
        },
        "flags": sorted({flag for flags in rows["flags"] for flag in flags}),
        "alternatives": [] if told.get("people") is None else _alternatives(rows, shown.audience),
    }


def _alternatives(rows: pd.DataFrame, audience: Audience) -> list[dict[str, Any]]:
    """The counts that do not count, all groups of a count together, newest first."""
    rounds: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows.to_dict("records"):
        for other in row["alternatives"]:
            key = (other["round"], other["observed_on"])
            rounds.setdefault(key, {**other, "value": 0.0})["value"] += other["value"]
    ordered = sorted(rounds.values(), key=lambda other: other["observed_on"], reverse=True)
    return [{**other, "value": safe_count(other["value"], audience)} for other in ordered]
