"""Facilities with their latest observed status, in the shapes pages, answers, events and tiles share."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from django.db import connection
from django.utils import timezone

from crisis.lib.errors import NotFound
from crisis.lib.folding import folded, folded_sql
from municipal_units.core.norms import DEMAND_UNITS, STATUS_FACTORS
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import Facility, FacilityStatus, Municipality
from municipal_units.selectors.norms import norms_at

# One row per facility with the newest observation that was not rejected (or, where the municipality wants it so, that
# was accepted). The lateral join walks the index status_latest.
FACILITIES_SQL = """
SELECT f.id, f.code, f.name, f.name_fr, f.name_ar, f.service, f.asset_type, f.capacity, f.stated_capacity,
    f.capacity_unit, f.capacity_source, f.capacity_status, f.opened_on, f.closed_on, f.opening_hours, f.written_place,
    f.source, f.source_key, ST_X(told.geom) AS lon, ST_Y(told.geom) AS lat, f.neighbourhood_id,
    latest.id AS status_id, latest.status, latest.causes, latest.measured_output, latest.observed_at,
    latest.confidence, latest.method, latest.note
FROM municipal_units_facility f
CROSS JOIN LATERAL (
    SELECT municipal_units_told_place(f.geom, f.geom_3857, f.municipality_id, f.service) AS geom
) AS told
LEFT JOIN LATERAL (
    SELECT s.* FROM municipal_units_facilitystatus s
    WHERE s.municipality_id = f.municipality_id AND s.facility_id = f.id AND s.review_state <> 'rejected'
        AND (NOT %(accepted_only)s OR s.review_state = 'accepted')
    ORDER BY s.observed_at DESC, s.id DESC LIMIT 1
) AS latest ON true
WHERE f.municipality_id = %(municipality)s
"""
UNOBSERVED = "unknown"


def facilities_frame(municipality: Municipality) -> pd.DataFrame:
    """Every facility with its latest status: the columns of FACILITIES_SQL; status is None where never observed."""
    with connection.cursor() as cursor:
        cursor.execute(FACILITIES_SQL + " ORDER BY f.code, f.id", _common(municipality))
        columns = [column.name for column in cursor.description or ()]
        return pd.DataFrame(cursor.fetchall(), columns=columns)


def facility_items(
    municipality: Municipality,
    *,
    service: str = "",
    status: str = "",
    q: str = "",
    neighbourhood_id: int | None = None,
    after: tuple[str, int] | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Facilities in order of code, `limit` of them after the (code, id) given; `q` is part of a name or code."""
    conditions, values = _conditions(service, status, q, neighbourhood_id)
    if after is not None:
        conditions.append("(f.code, f.id) > (%(after_code)s, %(after_id)s)")
        values |= {"after_code": after[0], "after_id": after[1]}
    sql = FACILITIES_SQL + "".join(f" AND {c}" for c in conditions) + " ORDER BY f.code, f.id LIMIT %(limit)s"
    rows = _rows(sql, _common(municipality) | values | {"limit": limit})
    return _items(municipality, rows)


def facility_count(
    municipality: Municipality,
    *,
    service: str = "",
    status: str = "",
    q: str = "",
    neighbourhood_id: int | None = None,
) -> int:
    """How many facilities `facility_items` would give in all."""
    conditions, values = _conditions(service, status, q, neighbourhood_id)
    sql = FACILITIES_SQL + "".join(f" AND {c}" for c in conditions)
    return int(_rows(f"SELECT count(*) AS n FROM ({sql}) AS found", _common(municipality) | values)[0]["n"])


def one_facility(municipality: Municipality, facility_id: int) -> dict[str, Any]:
    """One facility as in the list; NotFound when it is not in this municipality."""
    rows = _rows(FACILITIES_SQL + " AND f.id = %(id)s", _common(municipality) | {"id": facility_id})
    if not rows:
        raise NotFound("There is no such facility here.")
    return _items(municipality, rows)[0]


def facility_item(row: dict[str, Any], depends: list[dict[str, Any]], factors: Mapping[str, float]) -> dict[str, Any]:
    """The shape of one facility. `factor` is the share of its capacity seen working, None when nobody knows."""
    return {
        "id": row["id"],
        "code": row["code"],
        "name": row["name"],
        "names": {"en": row["name"], "fr": row["name_fr"] or row["name"], "ar": row["name_ar"] or row["name"]},
        "service": row["service"],
        "asset_type": row["asset_type"],
        "capacity": row["capacity"],
        "unit": DEMAND_UNITS[ServiceDomain(row["service"])],
        "stated_capacity": row["stated_capacity"],
        "stated_unit": row["capacity_unit"],
        "capacity_source": row["capacity_source"],
        "status": row["status"] or UNOBSERVED,
        "factor": observed_factor(row["status"], row["measured_output"], row["capacity"], factors),
        "causes": list(row["causes"] or ()),
        "measured_output": row["measured_output"],
        "observed_at": row["observed_at"],
        "confidence": row["confidence"],
        "lon": row["lon"],
        "lat": row["lat"],
        "neighbourhood": row["neighbourhood_id"],
        "closed_on": row["closed_on"],
        "opened_on": row["opened_on"],
        "opening_hours": row["opening_hours"],
        "depends": depends,
    }


def observed_factor(
    status: str | None, measured_output: float | None, capacity: float | None, factors: Mapping[str, float]
) -> float | None:
    """Share of the capacity that was seen working: measured output first, else the municipality's factor of the status.

    What the facility could give by its own state alone is another question: functionality asks it.
    """
    if measured_output is not None and capacity:
        return min(1.0, measured_output / capacity)
    return factors.get(status or UNOBSERVED)


def facility_feature(facility: Facility) -> dict[str, Any]:
    """A facility as events show it: nothing about people, and sensitive places where partners see them."""
    lon, lat = outside_place(facility)
    return {
        "facility": facility.pk,
        "code": facility.code,
        "name": facility.name,
        "service": facility.service,
        "lon": lon,
        "lat": lat,
        "neighbourhood": facility.neighbourhood_id,
    }


def outside_place(facility: Facility) -> tuple[float, float]:
    """Longitude and latitude as readers outside the municipality are told them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_X(p), ST_Y(p) FROM (SELECT CASE WHEN municipal_units_coarse_cell(%(town)s, %(service)s) IS NULL"
            " THEN %(point)s::geometry ELSE ST_Transform(municipal_units_outside_point("
            "ST_Transform(%(point)s::geometry, 3857), %(town)s, %(service)s), 4326) END AS p) AS told",
            {"town": facility.municipality_id, "service": facility.service, "point": facility.geom.ewkt},
        )
        lon, lat = cursor.fetchone()
    return lon, lat


def status_feature(facility: Facility, status: FacilityStatus, *, is_latest: bool) -> dict[str, Any]:
    """A status as events show it. `is_latest` is False for an older observation that arrived late."""
    return facility_feature(facility) | {
        "status": status.status,
        "causes": list(status.causes),
        "measured_output": status.measured_output,
        "observed_at": status.observed_at.isoformat(),
        "is_latest": is_latest,
    }


def status_history(municipality: Municipality, facility_id: int, *, limit: int = 100) -> list[FacilityStatus]:
    """The observations of one facility, newest first."""
    return list(
        FacilityStatus.objects.filter(municipality=municipality, facility_id=facility_id).order_by(
            "-observed_at", "-id"
        )[:limit]
    )


def catchment_of(facility: Facility) -> dict[str, Any]:
    """How it is known whom a facility serves (mechanics D5): stated shares win, then a drawn area, then distance."""
    shares = list(facility.catchment_shares.select_related("neighbourhood").order_by("neighbourhood__name", "pk"))
    method = "stated" if shares else "drawn" if facility.catchment_area is not None else "distance"
    norms = norms_at(facility.municipality, timezone.localdate())
    return {
        "method": method,
        "distance_m": facility.catchment_m,
        "norm_m": norms.catchment_m(facility.service, facility.asset_type),
        "area": json.loads(facility.catchment_area.geojson) if facility.catchment_area is not None else None,
        "shares": shares,
    }


def newest_observation(facility_ids: Sequence[int]) -> dict[int, datetime]:
    """The moment of the newest observation of each facility."""
    rows = _rows(
        "SELECT facility_id, max(observed_at) AS at FROM municipal_units_facilitystatus"
        " WHERE facility_id = ANY(%(ids)s) AND review_state <> 'rejected' GROUP BY facility_id",
        {"ids": list(facility_ids)},
    )
    return {row["facility_id"]: row["at"] for row in rows}


def _conditions(service: str, status: str, q: str, neighbourhood_id: int | None) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    if service:
        conditions.append("f.service = %(service)s")
    if status:
        conditions.append("coalesce(latest.status, 'unknown') = %(status)s")
    if q:
        names = " OR ".join(f"{folded_sql(f'f.{name}')} LIKE %(folded)s" for name in ("name", "name_fr", "name_ar"))
        conditions.append(f"(f.name ILIKE %(q)s OR f.code ILIKE %(q)s OR {names})")
    if neighbourhood_id is not None:
        conditions.append("f.neighbourhood_id = %(neighbourhood)s")
    values = {"q": _part_of(q), "folded": _part_of(folded(q))}
    return conditions, {"service": service, "status": status, "neighbourhood": neighbourhood_id, **values}


def _part_of(text: str) -> str:
    """A LIKE pattern for texts that hold this one, its own signs taken literally."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _common(municipality: Municipality) -> dict[str, Any]:
    return {"municipality": municipality.pk, "accepted_only": municipality.accepted_facts_only}


def _rows(sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _items(municipality: Municipality, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    depends = _dependencies([row["id"] for row in rows])
    defaults = {row.status.value: row.factor for row in STATUS_FACTORS if row.factor is not None}
    factors = defaults | dict(norms_at(municipality, timezone.localdate()).status_factors)
    return [facility_item(row, depends.get(row["id"], []), factors) for row in rows]


def _dependencies(facility_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in _rows(
        "SELECT facility_id, service, strength, backup_share, hours_backup, backup_since"
        " FROM municipal_units_dependency WHERE facility_id = ANY(%(ids)s) ORDER BY facility_id, service",
        {"ids": facility_ids},
    ):
        found.setdefault(row.pop("facility_id"), []).append(row)
    return found
