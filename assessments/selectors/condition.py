"""What each facility can give by its own state (C of functionality.md): output, status, grade, or unknown.

Rule D2 of the mechanics: measured output, else the factor of the latest status, else the grades of its structures, else
an interval. Outages of a provider (no power, no water ...) never lower it: they act through the dependencies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection

from damage.core.grading import CAPACITY_FACTORS, GradeDefault
from municipal_units.core.vocabulary import PROVIDER_OUTAGE_CAUSES, DataOrigin, ServiceDomain
from municipal_units.models import Municipality
from municipal_units.selectors.norms import NormKind, Norms

OUTAGES = frozenset(PROVIDER_OUTAGE_CAUSES)

FACILITIES_SQL = """
SELECT f.id, f.code, f.service, f.asset_type, f.neighbourhood_id AS neighbourhood, f.capacity AS k,
    f.capacity_status, f.opened_on, f.closed_on, ST_X(f.geom) AS lon, ST_Y(f.geom) AS lat,
    f.catchment_area IS NOT NULL AS has_area, f.catchment_m,
    s.status, s.causes, s.measured_output AS output, s.observed_at, s.confidence
FROM municipal_units_facility f
LEFT JOIN LATERAL (
    SELECT * FROM municipal_units_facilitystatus s
    WHERE s.municipality_id = f.municipality_id AND s.facility_id = f.id AND s.observed_at <= %(as_of)s
        AND s.review_state <> 'rejected' AND (NOT %(accepted_only)s OR s.review_state = 'accepted')
    ORDER BY s.observed_at DESC, s.id DESC LIMIT 1
) s ON true
WHERE f.municipality_id = %(municipality)s AND (%(only)s::bigint[] IS NULL OR f.id = ANY(%(only)s))
ORDER BY f.id
"""

GRADES_SQL = """
SELECT facility_id, current_grade, current_grade_high,
    sum(coalesce(floor_area_m2, nullif(ST_Area(geom::geography), 0), 1)) AS area,
    max(current_observed_at) AS observed_at
FROM damage_structure
WHERE municipality_id = %(municipality)s AND facility_id IS NOT NULL
    AND (%(only)s::bigint[] IS NULL OR facility_id = ANY(%(only)s))
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True)
class Factor:
    """A share of capacity 0-1: a point where known, else only the interval."""

    value: float | None
    lo: float
    hi: float


def grade_factors(defaults: tuple[GradeDefault, ...], norms: Norms, kind: str) -> dict[str, Factor]:
    """Factor by damage grade: the municipality's own rows over the documented defaults."""
    own, lows, highs = norms.by_key(kind), norms.by_key(f"{kind}_lo"), norms.by_key(f"{kind}_hi")
    factors = {}
    for default in defaults:
        grade = str(default.grade)
        value = own.get(grade, default.value)
        lo = lows.get(grade, default.low if value is None else value)
        hi = highs.get(grade, default.high if value is None else value)
        factors[grade] = Factor(value, lo, hi)
    return factors


def spanning(factors: dict[str, Factor], grade: str, grade_high: str) -> Factor:
    """The factor of a grade, or of a class that spans two: between both, in the middle."""
    low = factors[grade]
    if not grade_high or grade_high not in factors:
        return low
    high = factors[grade_high]
    lo, hi = min(low.lo, high.lo), max(low.hi, high.hi)
    return Factor((lo + hi) / 2, lo, hi)


def facilities_frame(
    municipality: Municipality, *, norms: Norms, as_of: datetime, only: Sequence[int] | None = None
) -> pd.DataFrame:
    """One row per facility: id (as text), code, service, asset_type, neighbourhood, k (capacity; NaN: not known),
    c, c_lo, c_hi (own capacity now), origin of c (observed, estimated, unknown), observed_at, status, causes, basis
    (output, status, outage, grade, planned, unknown), lon, lat, has_area,
    catchment_m (its own reach in metres; NaN: the norm of its kind).

    An unknown facility has c = NaN and interval [0, k]: the case compares it with others. `only`: read some of them.
    """
    values = {
        "municipality": municipality.pk,
        "as_of": as_of,
        "accepted_only": municipality.accepted_facts_only,
        "only": None if only is None else list(only),
    }
    rows, grades = _rows(FACILITIES_SQL, values), _rows(GRADES_SQL, values)
    by_facility: dict[int, list[dict[str, Any]]] = {}
    for grade in grades:
        by_facility.setdefault(grade["facility_id"], []).append(grade)
    factors = grade_factors(CAPACITY_FACTORS, norms, NormKind.CAPACITY_FACTOR)
    for row in rows:
        row |= _own_capacity(row, by_facility.get(row["id"], []), norms, factors, as_of)
    frame = pd.DataFrame.from_records(rows, columns=[*COLUMNS, *CONDITION])
    frame["id"] = frame["id"].astype(str)
    return frame.astype(
        dict.fromkeys(("k", "c", "c_lo", "c_hi", "lon", "lat", "catchment_m"), float) | {"has_area": bool}
    )


COLUMNS = [
    "id", "code", "service", "asset_type", "neighbourhood", "k", "lon", "lat", "has_area", "catchment_m", "status",
    "causes",
]  # fmt: skip
CONDITION = ["c", "c_lo", "c_hi", "origin", "observed_at", "basis"]


def _rows(sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _own_capacity(
    row: dict[str, Any], grades: list[dict[str, Any]], norms: Norms, factors: dict[str, Factor], as_of: datetime
) -> dict[str, Any]:
    """The columns of CONDITION for one facility."""
    k = row["k"] = _capacity(row)
    today = as_of.date()
    if (row["opened_on"] and row["opened_on"] > today) or (row["closed_on"] and row["closed_on"] <= today):
        return _condition(k, 0.0, 0.0, 0.0, DataOrigin.OBSERVED, row["observed_at"], "planned")
    if (observed := _observed(row, norms, as_of)) is not None:
        return observed
    if (graded := _graded(row, grades, factors, as_of)) is not None:
        return graded
    return _condition(k, None, 0.0, 1.0, DataOrigin.UNKNOWN, row["observed_at"], "unknown")


def _capacity(row: dict[str, Any]) -> float | None:
    """Roads count as one per neighbourhood they serve (mechanics D11), so their capacity is set with the catchment."""
    if row["service"] == ServiceDomain.ROAD_ACCESS:
        return 1.0
    return row["k"]


def _observed(row: dict[str, Any], norms: Norms, as_of: datetime) -> dict[str, Any] | None:
    """From the latest status. One whose only causes are outages of providers says that the facility itself is sound."""
    status, causes, k = row["status"], set(row["causes"] or ()), row["k"]
    if status is None:
        return None
    outage = bool(causes) and causes <= OUTAGES
    factor = norms.status_factors.get(status)
    if outage and factor is not None:
        return _with_width(row, 1.0, "outage", as_of)
    if row["output"] is not None and k:
        return _with_width(row, min(1.0, row["output"] / k), "output", as_of)
    if factor is None:
        return None
    return _with_width(row, factor, "status", as_of)


def _with_width(row: dict[str, Any], share: float, basis: str, as_of: datetime) -> dict[str, Any]:
    """An observed point gets the width of its age (functionality.md 8), an estimated capacity that of estimates."""
    width = width_of_age((as_of - row["observed_at"]).days)
    if row["capacity_status"] in (DataOrigin.ESTIMATED, DataOrigin.ASSUMED):
        width = 0.35
    lo, hi = share * (1 - width), min(1.0, share * (1 + width))
    return _condition(row["k"], share, lo, hi, DataOrigin.OBSERVED, row["observed_at"], basis)


def width_of_age(days: int) -> float:
    """Half width, as a share, of something observed so many days ago."""
    if days < 30:
        return 0.10
    return 0.20 if days <= 90 else 0.35


def _graded(
    row: dict[str, Any], grades: list[dict[str, Any]], factors: dict[str, Factor], as_of: datetime
) -> dict[str, Any] | None:
    """Area-weighted factor of the current grades of its structures; unknown when none has a definite grade."""
    known = [(spanning(factors, g["current_grade"], g["current_grade_high"]), g) for g in grades]
    total = sum(g["area"] for _, g in known)
    definite = [(factor, g) for factor, g in known if factor.value is not None]
    if not definite:
        return None
    weight = sum(g["area"] for _, g in definite)
    share = sum((factor.value or 0.0) * g["area"] for factor, g in definite) / weight
    lo = sum(factor.lo * g["area"] for factor, g in known) / total
    hi = sum(factor.hi * g["area"] for factor, g in known) / total
    observed_at = max((g["observed_at"] for _, g in definite if g["observed_at"]), default=None)
    width = width_of_age((as_of - observed_at).days) if observed_at else 0.35
    lo, hi = min(lo, share * (1 - width)), max(hi, min(1.0, share * (1 + width)))
    return _condition(row["k"], share, lo, hi, DataOrigin.ESTIMATED, observed_at, "grade")


def _condition(
    k: float | None, share: float | None, lo: float, hi: float, origin: str, observed_at: datetime | None, basis: str
) -> dict[str, Any]:
    scale = np.nan if k is None else k
    return {
        "c": np.nan if share is None else share * scale,
        "c_lo": lo * scale,
        "c_hi": hi * scale,
        "origin": str(origin),
        "observed_at": observed_at,
        "basis": basis,
    }
