"""What finished works teach: real days and money over planned ones, by type of work and crew."""

from statistics import median, quantiles
from typing import Any

from assessments.models import WorkRecord
from municipal_units.models import Municipality
from municipal_units.permissions import Actor, Permission, require_somewhere

QUARTILES_FROM = 4


def learned_key(intervention_type: str, crew: str) -> str:
    """How a scenario names a kind of work."""
    return f"{intervention_type}|{crew}"


def learned_durations(municipality: Municipality, *, actor: Actor) -> list[dict[str, Any]]:
    """One row per type and crew with a finished work whose beginning and end are recorded, the most experience first.

    `factor` is the median of actual over planned days; `low` and `high` its quartiles, below four works the lowest and
    highest. Days count both the first and the last."""
    require_somewhere(actor, Permission.VIEW_WORKS, municipality)
    records = WorkRecord.objects.filter(
        municipality=municipality, started_on__isnull=False, finished_on__isnull=False
    ).select_related("intervention")
    by_kind: dict[tuple[str, str], list[WorkRecord]] = {}
    for record in records.order_by("finished_on", "pk"):
        by_kind.setdefault((record.intervention.intervention_type, record.intervention.crew), []).append(record)
    rows = [learned_row(kind, found) for kind, found in by_kind.items()]
    return sorted(rows, key=lambda row: (-row["n"], row["key"]))


def learned_row(kind: tuple[str, str], records: list[WorkRecord]) -> dict[str, Any]:
    actual = [days_of(record) for record in records]
    planned = [record.intervention.duration_days for record in records]
    factors = [one / other for one, other in zip(actual, planned, strict=True)]
    dear = [
        record.actual_cost / record.intervention.cost
        for record in records
        if record.actual_cost is not None and record.intervention.cost > 0
    ]
    low, high = spread(factors)
    return {
        "key": learned_key(*kind),
        "intervention_type": kind[0],
        "crew": kind[1],
        "n": len(records),
        "factor": round(median(factors), 3),
        "low": round(low, 3),
        "high": round(high, 3),
        "planned_days": float(median(planned)),
        "actual_days": float(median(actual)),
        "cost_factor": round(median(dear), 3) if dear else None,
        "cost_n": len(dear),
        "works": [record.intervention.code for record in records],
    }


def days_of(record: WorkRecord) -> int:
    assert record.started_on is not None
    assert record.finished_on is not None
    return (record.finished_on - record.started_on).days + 1


def spread(values: list[float]) -> tuple[float, float]:
    if len(values) < QUARTILES_FROM:
        return min(values), max(values)
    first, _middle, third = quantiles(values, n=4, method="inclusive")
    return first, third
