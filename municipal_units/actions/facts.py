"""What is observed of services: whether facilities work, how far services reach. Facts are only ever appended."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound, RepriseError
from municipal_units.actions.facility_rows import ReachRow, StatusRow
from municipal_units.actions.rows import RowOutcome, RowState, refused, summary, the_one
from municipal_units.core.vocabulary import OperationalStatus
from municipal_units.models import Event, Facility, FacilityStatus, LocalReach, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require, require_somewhere
from municipal_units.selectors.facilities import newest_observation, status_feature

CLOCK_TOLERANCE = timedelta(days=1)  # phones with a wrong clock; more than that is a wrong date
MOST_IDS_SHOWN = 500
WITHDRAWN = "rejected"  # never counts, and stays readable


def record_status(*, by: Actor, municipality: Municipality, row: StatusRow) -> FacilityStatus:
    """One observation of a facility. The same `fact_id` again gives what is there; with other content: Conflict."""
    return FacilityStatus.objects.get(pk=the_one(bulk_record_status(by=by, municipality=municipality, rows=[row])))


@transaction.atomic
def bulk_record_status(*, by: Actor, municipality: Municipality, rows: Sequence[StatusRow]) -> list[RowOutcome]:
    """Many observations at once; good rows go in, each other row says why not."""
    require_somewhere(by, Permission.RECORD_STATUS, municipality)
    facilities = Facility.objects.filter(municipality=municipality).in_bulk(list({row.facility_id for row in rows}))
    outcomes: list[RowOutcome | None] = []
    for row in rows:
        facility = facilities.get(row.facility_id)
        error: RepriseError | None = row.error() or _in_future(row.observed_at)
        if error is None and facility is None:
            error = NotFound("There is no such facility here.")
        if error is None and facility is not None:
            error = _not_allowed(by, municipality.pk, facility.neighbourhood_id, facility.service)
        outcomes.append(refused(error) if error else None)
    waiting = [number for number, outcome in enumerate(outcomes) if outcome is None]
    newest = newest_observation([rows[number].facility_id for number in waiting])
    for number, outcome in zip(waiting, _receive_statuses(by, municipality, [rows[n] for n in waiting]), strict=True):
        outcomes[number] = outcome
    final = [outcome for outcome in outcomes if outcome is not None]
    _status_event(by, municipality, facilities, rows, final, newest)
    return final


@transaction.atomic
def withdraw_statuses(
    *, by: Actor, municipality: Municipality, status_ids: Sequence[int], reason: str = ""
) -> list[FacilityStatus]:
    """Takes observations back: they stay on record and no longer count. One's own, or with the right to edit the
    facility anybody's; all of them or none."""
    require_somewhere(by, Permission.RECORD_STATUS, municipality)
    rows = FacilityStatus.objects.filter(municipality=municipality, pk__in=status_ids).select_related("facility")
    found = list(rows.order_by("pk"))
    if len(found) != len(set(status_ids)):
        raise NotFound("Some of these observations are not here.")
    for status in found:
        own = status.recorded_by_id is not None and status.recorded_by_id == by.user_id
        right = Permission.RECORD_STATUS if own else Permission.EDIT_FACILITIES
        place = {"neighbourhood_id": status.facility.neighbourhood_id, "service": status.facility.service}
        require(by, right, municipality.pk, **place)  # type: ignore[arg-type]
    counting = [status for status in found if status.review_state != WITHDRAWN]
    if not counting:
        return []
    FacilityStatus.objects.filter(pk__in=[status.pk for status in counting]).update(review_state=WITHDRAWN)
    one = counting[0].facility if len(counting) == 1 else None
    Event.objects.record(
        "facility.status_changed",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=counting[0] if one else None,
        neighbourhood_id=one.neighbourhood_id if one else None,
        service=one.service if one else "",
        shows={
            "withdrawn": len(counting),
            "facilities": sorted({status.facility_id for status in counting})[:MOST_IDS_SHOWN],
            "reason": reason,
        },
    )
    return counting


@transaction.atomic
def review_status(*, by: Actor, status: FacilityStatus, state: str) -> FacilityStatus:
    """A person accepts or rejects an observation of a facility; a rejected one never counts."""
    facility = status.facility
    require(
        by,
        Permission.APPROVE_FACILITIES,
        status.municipality_id,
        neighbourhood_id=facility.neighbourhood_id,
        service=facility.service,
    )
    if state not in ("accepted", "rejected"):
        raise Invalid(f"'{state[:20]}' is no answer to an observation. Say accepted or rejected.")
    FacilityStatus.objects.filter(pk=status.pk).update(review_state=state)
    status.refresh_from_db()
    counting = FacilityStatus.objects.filter(facility=facility).exclude(review_state="rejected")
    if status.municipality.accepted_facts_only:
        counting = counting.filter(review_state="accepted")
    latest = counting.order_by("-observed_at", "-pk").first()
    shown = status_feature(facility, latest or status, is_latest=True)
    Event.objects.record(
        "facility.status_changed",
        municipality_id=status.municipality_id,
        by_id=by.user_id,
        subject=status,
        neighbourhood_id=facility.neighbourhood_id,
        service=facility.service,
        shows=shown if latest else shown | {"status": OperationalStatus.UNKNOWN.value, "causes": []},
    )
    return status


def record_reach(*, by: Actor, municipality: Municipality, row: ReachRow) -> LocalReach:
    """How far a service gets in a neighbourhood, as seen at a moment."""
    return LocalReach.objects.get(pk=the_one(record_reaches(by=by, municipality=municipality, rows=[row])))


@transaction.atomic
def record_reaches(*, by: Actor, municipality: Municipality, rows: Sequence[ReachRow]) -> list[RowOutcome]:
    """Many reaches at once. The same place, service, moment and source again gives what is there."""
    require_somewhere(by, Permission.RECORD_STATUS, municipality)
    places = set(
        Neighbourhood.objects.filter(
            municipality=municipality, pk__in={row.neighbourhood_id for row in rows}
        ).values_list("pk", flat=True)
    )
    outcomes: list[RowOutcome] = []
    for row in rows:
        error: RepriseError | None = row.error() or _in_future(row.observed_at)
        if error is None and row.neighbourhood_id not in places:
            error = NotFound("There is no such neighbourhood here.")
        error = error or _not_allowed(by, municipality.pk, row.neighbourhood_id, row.service)
        outcomes.append(refused(error) if error else _receive_reach(municipality, row))
    _reach_event(by, municipality, rows, outcomes)
    return outcomes


# One statement for one row and for ten thousand; what is there already stays, and comes back without an id.
STATUS_INSERT = """
INSERT INTO municipal_units_facilitystatus (municipality_id, facility_id, crisis_id, fact_id, status, causes,
    measured_output, observed_at, received_at, method, confidence, review_state, source, note, recorded_by_id)
SELECT %(municipality)s, facility_id, %(crisis)s, fact_id, status, causes, measured_output, observed_at, now(), method,
    confidence, 'received', source, note, %(by)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given(number int, facility_id bigint, fact_id uuid, status varchar,
    causes varchar[], measured_output float8, observed_at timestamptz, method varchar, confidence varchar,
    source varchar, note text)
ORDER BY number
ON CONFLICT DO NOTHING
RETURNING id, facility_id, fact_id, source, observed_at
"""
Key = tuple[Any, ...]


def _receive_statuses(by: Actor, municipality: Municipality, rows: Sequence[StatusRow]) -> list[RowOutcome]:
    if not rows:
        return []
    given = [
        {
            "number": number,
            "facility_id": row.facility_id,
            "fact_id": str(row.fact_id) if row.fact_id else None,
            "status": row.status,
            "causes": list(row.causes),
            "measured_output": row.measured_output,
            "observed_at": row.observed_at.isoformat(),
            "method": row.method,
            "confidence": row.confidence,
            "source": row.source,
            "note": row.note,
        }
        for number, row in enumerate(rows)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            STATUS_INSERT,
            {
                "municipality": municipality.pk,
                "crisis": municipality.crisis_id,
                "by": by.user_id,
                "rows": json.dumps(given),
            },
        )
        new = {(fact,) if fact else (facility, source, at): pk for pk, facility, fact, source, at in cursor.fetchall()}
    times = Counter(_key(row) for row in rows)
    old = _statuses_there(municipality, [row for row in rows if _key(row) not in new or times[_key(row)] > 1])
    return [_status_outcome(row, new, old) for row in rows]


def _key(row: StatusRow) -> Key:
    return (row.fact_id,) if row.fact_id else (row.facility_id, row.source, row.observed_at)


def _statuses_there(municipality: Municipality, rows: Sequence[StatusRow]) -> dict[Key, FacilityStatus]:
    if not rows:
        return {}
    here = FacilityStatus.objects.filter(municipality=municipality)
    by_fact = here.filter(fact_id__in=[row.fact_id for row in rows if row.fact_id])
    found: dict[Key, FacilityStatus] = {(status.fact_id,): status for status in by_fact}
    without = [row for row in rows if not row.fact_id]
    if without:
        for status in here.filter(
            fact_id__isnull=True,
            facility_id__in={row.facility_id for row in without},
            observed_at__in={row.observed_at for row in without},
        ):
            found[(status.facility_id, status.source, status.observed_at)] = status
    return found


def _status_outcome(row: StatusRow, new: dict[Key, int], old: dict[Key, FacilityStatus]) -> RowOutcome:
    key = _key(row)
    if key in new:
        return RowOutcome(RowState.ADDED, new.pop(key))  # popped: the same key again in this call is compared below
    there = old[key]
    same = (
        there.facility_id == row.facility_id
        and there.status == row.status
        and set(there.causes) == set(row.causes)
        and there.measured_output == row.measured_output
        and there.observed_at == row.observed_at
        and there.note == row.note
    )
    if same:
        return RowOutcome(RowState.UNCHANGED, there.pk)
    return refused(Conflict("This observation was already sent with other content. Send a correction as a new one."))


def _receive_reach(municipality: Municipality, row: ReachRow) -> RowOutcome:
    key = {
        "neighbourhood_id": row.neighbourhood_id,
        "service": row.service,
        "observed_at": row.observed_at,
        "source": row.source,
    }
    reach, is_new = LocalReach.objects.get_or_create(
        municipality=municipality, **key, defaults={"share": row.share, "confidence": row.confidence}
    )
    if is_new:
        return RowOutcome(RowState.ADDED, reach.pk)
    if (reach.share, reach.confidence) == (row.share, row.confidence):
        return RowOutcome(RowState.UNCHANGED, reach.pk)
    return refused(Conflict("Another share is already recorded for this place, service, moment and source."))


def _in_future(observed_at: datetime) -> Invalid | None:
    if observed_at <= timezone.now() + CLOCK_TOLERANCE:
        return None
    message = f"{observed_at:%Y-%m-%d %H:%M} lies in the future. Correct the date."
    return Invalid(message, fields=[FieldError("observed_at", message, "in_future")])


def _not_allowed(
    by: Actor, municipality_id: int, neighbourhood_id: int | None, service: str
) -> NotAllowed | NotFound | None:
    try:
        require(by, Permission.RECORD_STATUS, municipality_id, neighbourhood_id=neighbourhood_id, service=service)
    except (NotAllowed, NotFound) as refusal:
        return refusal
    return None


def _status_event(
    by: Actor,
    municipality: Municipality,
    facilities: dict[int, Facility],
    rows: Sequence[StatusRow],
    outcomes: Sequence[RowOutcome],
    newest: dict[int, datetime],
) -> None:
    added = [(row, o.pk) for row, o in zip(rows, outcomes, strict=True) if o.state == RowState.ADDED and o.pk]
    if not added:
        return
    if len(added) > 1:
        ids = sorted({row.facility_id for row, _ in added})[:MOST_IDS_SHOWN]
        Event.objects.record(
            "facility.status_changed",
            municipality_id=municipality.pk,
            by_id=by.user_id,
            shows={**summary(outcomes), "facilities": ids},
        )
        return
    ((row, pk),) = added
    facility = facilities[row.facility_id]
    status = FacilityStatus.objects.get(pk=pk)
    before = newest.get(facility.pk)
    Event.objects.record(
        "facility.status_changed",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=status,
        neighbourhood_id=facility.neighbourhood_id,
        service=facility.service,
        shows=status_feature(facility, status, is_latest=before is None or row.observed_at >= before),
    )


def _reach_event(
    by: Actor, municipality: Municipality, rows: Sequence[ReachRow], outcomes: Sequence[RowOutcome]
) -> None:
    added = [row for row, outcome in zip(rows, outcomes, strict=True) if outcome.state == RowState.ADDED]
    if not added:
        return
    one = added[0] if len(added) == 1 else None
    shows: dict[str, Any] = {"places": sorted({row.neighbourhood_id for row in added})[:MOST_IDS_SHOWN]}
    if one:
        shows = {"neighbourhood": one.neighbourhood_id, "service": one.service, "share": one.share}
    Event.objects.record(
        "reach.recorded",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        neighbourhood_id=one.neighbourhood_id if one else None,
        service=one.service if one else "",
        shows=shows,
    )
