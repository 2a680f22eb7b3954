"""What every part of the town's picture needs, read once: scores, states of facilities, people, norms."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from assessments.models import FunctionalityRun
from assessments.selectors.picture import INDEX, latest_scores
from assessments.selectors.planning import newest_run
from crisis.lib.disclosure import Audience, Rule
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import Municipality
from municipal_units.permissions import Actor
from municipal_units.selectors.disclosure import Told, audience_of, rule_for, told_people
from municipal_units.selectors.norms import Norms, norms_at
from municipal_units.selectors.population import people_present, present_by_place

SHOWN_STEP = 0.005  # a change smaller than this is not a change to a reader
ALL_SERVICES = (INDEX, *(str(code) for code in ServiceDomain))

# The index that stood before the last change a reader could see.
PREVIOUS_SQL = """
SELECT n.id, earlier.value
FROM municipal_units_neighbourhood n
CROSS JOIN LATERAL (
    SELECT value, run_id FROM assessments_functionalityscore s
    WHERE s.municipality_id = n.municipality_id AND s.neighbourhood_id = n.id AND s.service = ''
    ORDER BY s.run_id DESC LIMIT 1
) latest
CROSS JOIN LATERAL (
    SELECT value FROM assessments_functionalityscore s
    WHERE s.municipality_id = n.municipality_id AND s.neighbourhood_id = n.id AND s.service = ''
        AND s.run_id < latest.run_id AND abs(s.value - latest.value) >= %(step)s
    ORDER BY s.run_id DESC LIMIT 1
) earlier
WHERE n.municipality_id = %(municipality)s
"""

# Facilities that limit something or do not fully work, with their newest state and since when it is not a full one.
STATES_SQL = """
SELECT f.id, f.code, f.name, f.service, f.asset_type, f.neighbourhood_id,
    ST_X(told.geom) AS lon, ST_Y(told.geom) AS lat,
    latest.status, latest.causes, latest.observed_at, first.observed_at AS since
FROM municipal_units_facility f
CROSS JOIN LATERAL (
    SELECT municipal_units_told_place(f.geom, f.geom_3857, f.municipality_id, f.service) AS geom
) AS told
LEFT JOIN LATERAL (
    SELECT * FROM municipal_units_facilitystatus s
    WHERE s.municipality_id = f.municipality_id AND s.facility_id = f.id AND s.review_state <> 'rejected'
        AND (NOT %(accepted_only)s OR s.review_state = 'accepted')
        AND (%(at)s::timestamptz IS NULL OR s.received_at <= %(at)s)
    ORDER BY s.observed_at DESC, s.id DESC LIMIT 1
) latest ON true
LEFT JOIN LATERAL (
    SELECT min(s.observed_at) AS observed_at FROM municipal_units_facilitystatus s
    WHERE s.municipality_id = f.municipality_id AND s.facility_id = f.id AND s.review_state <> 'rejected'
        AND (%(at)s::timestamptz IS NULL OR s.received_at <= %(at)s)
        AND s.observed_at > coalesce((
            SELECT max(w.observed_at) FROM municipal_units_facilitystatus w
            WHERE w.municipality_id = f.municipality_id AND w.facility_id = f.id AND w.review_state <> 'rejected'
                AND w.status = 'fully_functional' AND (%(at)s::timestamptz IS NULL OR w.received_at <= %(at)s)
        ), '-infinity')
) first ON latest.status <> 'fully_functional'
WHERE f.municipality_id = %(municipality)s
    AND (latest.status NOT IN ('fully_functional', 'unknown') OR f.id = ANY(%(ids)s))
    AND (f.closed_on IS NULL OR f.closed_on > %(day)s)
ORDER BY f.code, f.id
"""


@dataclass(frozen=True)
class Scores:
    """The stored figures of one neighbourhood: the index first, then each service."""

    index: Mapping[str, Any] | None
    services: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Shown:
    """What every part of the picture needs, read once."""

    municipality: Municipality
    audience: Audience
    rule: Rule
    told: Told
    norms: Norms
    run: FunctionalityRun | None
    scores: Mapping[int, Scores]
    facilities: Mapping[int, Mapping[str, Any]]
    people: Mapping[int, Mapping[str, float]]
    totals: Mapping[str, float]
    previous: Mapping[int, float]


def read_shown(municipality: Municipality, actor: Actor, today: date, *, at: datetime | None = None) -> Shown:
    """Everything as it is on `today`; with `at`, as it was known at that moment, from the scores kept since."""
    run = newest_run(municipality, at=at)
    scores = _scores(municipality, run if at is not None else None) if run or at is None else {}
    people = present_by_place(people_present(municipality, as_of=today))
    rows: list[dict[str, float]] = people.rename(columns=str).to_dict("records")  # type: ignore[assignment]
    limiting = {
        cell["facility_id"] for place in scores.values() for cell in place.services.values() if cell["facility_id"]
    }
    audience = audience_of(actor, municipality)
    rule = rule_for(municipality, audience)
    return Shown(
        municipality=municipality,
        audience=audience,
        rule=rule,
        told=told_people(people, rule),
        norms=norms_at(municipality, today),
        run=run,
        scores=scores,
        facilities=_states(municipality, limiting, today, at),
        people=dict(zip(people.index, rows, strict=True)),
        totals={str(column): float(total) for column, total in people.sum(min_count=1).items()},
        previous=_previous(municipality) if at is None else {},
    )


def _scores(municipality: Municipality, upto: FunctionalityRun | None) -> dict[int, Scores]:
    names = ("f", "lo", "hi", "demand", "supply", "coverage", "code", "facility_id", "observed_at", "risk")
    found: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    for place, service, *values in latest_scores(municipality, ALL_SERVICES, upto=upto):
        found[place][service] = dict(zip(names, values, strict=True))
    return {place: Scores(cells.pop(INDEX, None), cells) for place, cells in found.items()}


def _states(
    municipality: Municipality, limiting: set[int], today: date, at: datetime | None
) -> dict[int, dict[str, Any]]:
    values: dict[str, Any] = {
        "municipality": municipality.pk,
        "accepted_only": municipality.accepted_facts_only,
        "ids": sorted(limiting),
        "day": today,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATES_SQL, values)
        names = [column.name for column in cursor.description or ()]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def _previous(municipality: Municipality) -> dict[int, float]:
    with connection.cursor() as cursor:
        cursor.execute(PREVIOUS_SQL, {"municipality": municipality.pk, "step": SHOWN_STEP})
        return dict(cursor.fetchall())
