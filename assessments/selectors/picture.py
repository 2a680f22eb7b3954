"""What a computation says of every place and service, as it is stored, compared and read again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from assessments.core.functionality import Functionality
from assessments.core.reasons import Limit
from assessments.models import FunctionalityRun
from assessments.selectors.case import Town
from municipal_units.models import Municipality

INDEX = ""  # the service code under which the index of a neighbourhood is stored
SAME = 1e-6  # differences below this are no change (mechanics D9)
NUMBERS = ("value", "lo", "hi", "demand", "supply", "coverage")

# The newest score of every place and service, walking the index score_latest once for each.
LATEST_SQL = """
SELECT n.id, s.service, latest.value, latest.lo, latest.hi, latest.demand, latest.supply, latest.coverage,
    latest.reason, latest.facility_id, latest.observed_at, latest.black_start_risk
FROM municipal_units_neighbourhood n
CROSS JOIN unnest(%(services)s::text[]) AS s(service)
CROSS JOIN LATERAL (
    SELECT * FROM assessments_functionalityscore score
    WHERE score.municipality_id = n.municipality_id AND score.neighbourhood_id = n.id AND score.service = s.service
        AND (%(upto)s::bigint IS NULL OR score.run_id <= %(upto)s)
    ORDER BY score.run_id DESC LIMIT 1
) latest
WHERE n.municipality_id = %(municipality)s
"""

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Picture:
    """Arrays by place and service; the index is the last service. `numbers` has the columns of NUMBERS; `seen` is in
    seconds of the epoch. NaN, -1 and "" where there is nothing."""

    places: tuple[int, ...]
    services: tuple[str, ...]
    numbers: Floats
    reason: Objects
    facility: npt.NDArray[np.int64]
    seen: Floats
    risk: npt.NDArray[np.bool_]
    city: dict[str, float | None]
    ranking: list[dict[str, Any]]
    warnings: list[dict[str, Any]]

    @property
    def index(self) -> Floats:
        return self.numbers[:, -1, 0]

    def changed_from(self, before: "Picture | None") -> npt.NDArray[np.bool_]:
        """Which cells differ from what is stored; all where the places or services are others."""
        if before is None or (before.places, before.services) != (self.places, self.services):
            return np.ones(self.risk.shape, bool)
        differs = ~np.isclose(self.numbers, before.numbers, rtol=SAME, atol=SAME, equal_nan=True).all(axis=2)
        differs |= (self.reason != before.reason) | (self.facility != before.facility) | (self.risk != before.risk)
        return differs | ~np.isclose(self.seen, before.seen, rtol=0, atol=1e-3, equal_nan=True)

    def rows(self, cells: npt.NDArray[np.bool_]) -> Iterator[dict[str, Any]]:
        """The cells as values of FunctionalityScore."""
        for place, service in zip(*np.nonzero(cells), strict=True):
            facility, seen = int(self.facility[place, service]), self.seen[place, service]
            yield {
                "neighbourhood_id": self.places[place],
                "service": self.services[service],
                **dict(zip(NUMBERS, map(number, self.numbers[place, service]), strict=True)),
                "reason": self.reason[place, service],
                "facility_id": facility if facility >= 0 else None,
                "observed_at": None if np.isnan(seen) else datetime.fromtimestamp(seen, UTC),
                "black_start_risk": bool(self.risk[place, service]),
            }


def number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def picture_of(town: Town, result: Functionality, ranking: list[dict[str, Any]]) -> Picture:
    case = result.case
    n, s = case.shape
    numbers = np.full((n, s + 1, len(NUMBERS)), np.nan)
    parts = (result.value, result.lo, result.hi, result.demand, result.supply, result.observed)
    for column, values in enumerate(parts):
        numbers[:, :s, column] = values
    people = np.where(known_people(town), case.people, np.nan)
    index = (result.index, result.index_lo, result.index_hi, people, people * result.index, result.coverage)
    for column, values in enumerate(index):
        numbers[:, s, column] = values
    reason = np.full((n, s + 1), "", dtype=object)
    reason[:, :s] = np.array([result.reasons.code(case, cell) for cell in range(n * s)], dtype=object).reshape(n, s)
    ids = np.array([int(key) if str(key).isdigit() else -1 for key in case.facility_ids] + [-1], dtype=np.int64)
    facility = np.full((n, s + 1), -1, dtype=np.int64)
    facility[:, :s] = ids[result.reasons.facility].reshape(n, s)
    seen = np.full((n, s + 1), np.nan)
    seen[:, :s] = last_seen(town, result)
    risk = np.zeros((n, s + 1), dtype=bool)
    risk[:, :s] = result.black_start_risk
    lo, hi = result.city_interval
    city = {
        "city": number(result.city),
        "city_lo": number(lo),
        "city_hi": number(hi),
        "person_functionality": number(result.person_functionality),
        "people": number(np.nansum(people)) if known_people(town).any() else None,
        "coverage": number(np.nan_to_num(result.city_coverage)),
    }
    warnings = town.warnings + [{"code": w.code, "field": w.field} for w in result.warnings]
    places = tuple(int(key) for key in case.neighbourhood_ids)
    services = (*(str(key) for key in case.service_ids), INDEX)
    return Picture(places, services, numbers, reason, facility, seen, risk, city, ranking, warnings)


def known_people(town: Town) -> npt.NDArray[np.bool_]:
    return town.places["people"].notna().to_numpy()


def last_seen(town: Town, result: Functionality) -> Floats:
    """When what decides a cell was last observed, in seconds of the epoch: the reach where that limits; else the
    facility that limits, else the one that could give most."""
    case = result.case
    observed = np.array(
        [moment.timestamp() if moment == moment and moment is not None else np.nan for moment in seen_of(town)]
    )
    owner, cell = case.links
    best = np.full(case.stated_known.size, -1, dtype=np.int64)
    by_size = np.lexsort((case.catchment_weight * case.nominal[owner], cell))
    best[cell[by_size]] = owner[by_size]
    decides = np.where(result.reasons.facility >= 0, result.reasons.facility, best)
    seen = np.append(observed, np.nan)[decides]
    seen[~case.known.ravel()] = np.nan
    limited = np.flatnonzero(result.reasons.limit == Limit.LOCAL_REACH)
    reach = {
        (int(place), str(service)): moment.timestamp()
        for place, service, moment in zip(
            town.reach["neighbourhood"], town.reach["service"], town.reach["observed_at"], strict=True
        )
    }
    services = len(case.service_ids)
    for position in limited:
        key = (int(case.neighbourhood_ids[position // services]), str(case.service_ids[position % services]))
        seen[position] = reach.get(key, np.nan)
    return seen.reshape(case.shape)


def seen_of(town: Town) -> list[Any]:
    """`observed_at` of the case's facilities, in its order."""
    by_id = dict(zip(town.facilities["id"], town.facilities["observed_at"], strict=True))
    return [by_id[str(key)] for key in town.case.facility_ids]


def stored_picture(municipality: Municipality, like: Picture) -> Picture | None:
    """What is stored now, in the order of places and services of another picture; None before the first run."""
    run = FunctionalityRun.objects.filter(municipality=municipality).order_by("-seq", "-id").first()
    if run is None:
        return None
    shape = like.risk.shape
    numbers = np.full((*shape, len(NUMBERS)), np.nan)
    reason, facility = np.full(shape, None, dtype=object), np.full(shape, -1, dtype=np.int64)
    seen, risk = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    row_of = {place: row for row, place in enumerate(like.places)}
    column_of = {service: column for column, service in enumerate(like.services)}
    for place, service, *values in latest_scores(municipality, like.services):
        if place not in row_of:
            continue
        at = row_of[place], column_of[service]
        numbers[at] = [np.nan if value is None else value for value in values[:6]]
        reason[at] = values[6]
        facility[at] = -1 if values[7] is None else values[7]
        seen[at] = np.nan if values[8] is None else values[8].timestamp()
        risk[at] = values[9]
    city = {name: getattr(run, name) for name in like.city}
    return Picture(like.places, like.services, numbers, reason, facility, seen, risk, city, run.ranking, run.warnings)


def latest_scores(
    municipality: Municipality, services: tuple[str, ...], *, upto: FunctionalityRun | None = None
) -> list[tuple[Any, ...]]:
    """neighbourhood, service, the six NUMBERS, reason, facility, observed_at, black_start_risk; now, or as they stood
    after an earlier computation."""
    values: dict[str, Any] = {"municipality": municipality.pk, "services": list(services), "upto": upto and upto.pk}
    with connection.cursor() as cursor:
        cursor.execute(LATEST_SQL, values)
        return cursor.fetchall()
