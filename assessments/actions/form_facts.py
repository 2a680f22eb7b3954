"""What a filled form becomes: the same actions as at every other door, with ids that a repeat finds again.

A kind of form without an entry in RECORDERS has no facts; its answers are kept and exported.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from django.contrib.gis.geos import Point
from django.db import Error as DatabaseFailure
from django.db import transaction

from assessments.core.forms.expressions import moment_of
from assessments.models import Submission, SubmissionFact
from crisis.lib.errors import Invalid, NotFound, RepriseError, from_database
from damage.actions.hazards import HazardRow, judge_hazard, report_hazard
from damage.actions.submit import review_damage, submit_damage
from damage.core.history import ACCEPTED, REJECTED
from damage.models import DamageAssessment, Hazard, Structure
from municipal_units.actions.facility_rows import StatusRow
from municipal_units.actions.facts import record_status, review_status
from municipal_units.actions.movements import MovementRow, record_movement, reject_movement
from municipal_units.actions.needs import NeedRow, judge_need, record_need
from municipal_units.actions.population import EstimateRow, RoundRow, record_round
from municipal_units.models import Facility, FacilityStatus, Movement, Municipality, NeedReport
from municipal_units.permissions import Actor, system_actor

RECORDED, WAITING, REFUSED, WITHDRAWN = "recorded", "waiting", "refused", "withdrawn"
OCCUPIED = {"yes": True, "no": False}
HOW = {"counted": "census", "site_list": "site_assessment", "leaders": "baseline_location"}
GROUPS = ("host_community", "idp", "returnee_idp", "refugee")


@dataclass(frozen=True)
class Recorder:
    """`record` runs the action and gives the row's id; `judge` tells the row that it was accepted or rejected.
    `waits`: nothing is recorded before a reviewer accepts, because such a fact cannot be taken back."""

    path: str
    record: Callable[[Actor, Municipality, Submission, UUID], int]
    judge: Callable[[Actor, int, str, str], None] | None = None
    waits: bool = False


def fact_id(instance_id: str, path: str) -> UUID:
    """uuid5 of the form's own id and the path in it (mechanics D23); an id that is no UUID is first made one."""
    try:
        base = UUID(instance_id.removeprefix("uuid:"))
    except ValueError:
        base = uuid5(NAMESPACE_URL, instance_id)
    return uuid5(base, path)


def record_facts(*, by: Actor, submission: Submission, home: str, hold: bool) -> SubmissionFact | None:
    """Runs the action of the form's kind. `hold`: the answers break a rule, so a reviewer comes first. A refusal of
    the action does not refuse the phone: it stands with the fact and the form waits for review."""
    recorder = RECORDERS.get(home)
    if recorder is None:
        return None
    fact = SubmissionFact(
        municipality_id=submission.municipality_id,
        submission=submission,
        path=recorder.path,
        kind=home,
        fact_id=fact_id(submission.instance_id, recorder.path),
        state=WAITING,
    )
    if not hold and not recorder.waits:
        _try(by, recorder, submission, fact)
    fact.save(force_insert=True)
    return fact


def _try(by: Actor, recorder: Recorder, submission: Submission, fact: SubmissionFact) -> None:
    try:
        with transaction.atomic():
            fact.row_id = recorder.record(by, submission.municipality, submission, fact.fact_id)
        fact.state, fact.problem = RECORDED, ""
    except RepriseError as refusal:
        fact.state, fact.problem = REFUSED, refusal.message
    except DatabaseFailure as failure:
        known = from_database(failure)
        if known is None or known.status >= 500:
            raise
        fact.state, fact.problem = REFUSED, known.message


def judge_facts(*, by: Actor, submission: Submission, state: str, reason: str) -> None:
    """Tells every fact of a form what the reviewer said. Accepting records what had waited; a refusal is raised."""
    for fact in submission.facts.all():
        recorder = RECORDERS[fact.kind]
        if state == ACCEPTED and fact.state in (WAITING, REFUSED):
            _try(by, recorder, submission, fact)
            if fact.state == REFUSED:
                raise Invalid(fact.problem)
        if fact.state == RECORDED and fact.row_id is not None and state in (ACCEPTED, REJECTED):
            if recorder.judge is not None:
                recorder.judge(by, fact.row_id, state, reason)
            elif state == REJECTED:
                raise Invalid("A count that was accepted is corrected by a newer count, not taken back.")
        if state == REJECTED:
            fact.state = WITHDRAWN
        elif state == ACCEPTED and fact.state == WITHDRAWN and fact.row_id is not None and recorder.judge is not None:
            recorder.judge(by, fact.row_id, ACCEPTED, reason)
            fact.state = RECORDED
        fact.save(update_fields=["row_id", "state", "problem"])


def withdraw_replaced(submission: Submission) -> None:
    """The facts of a record that its sender corrected no longer count."""
    system = system_actor(submission.municipality_id, user_id=submission.submitted_by_id)
    for fact in submission.facts.filter(state=RECORDED):
        judge = RECORDERS[fact.kind].judge
        if judge is not None and fact.row_id is not None:
            judge(system, fact.row_id, REJECTED, "replaced")
            fact.state = WITHDRAWN
            fact.save(update_fields=["state"])
    submission.facts.filter(state__in=(WAITING, REFUSED)).update(state=WITHDRAWN)


def _seen(submission: Submission) -> datetime:
    return submission.observed_at or submission.received_at


def _damage(by: Actor, municipality: Municipality, submission: Submission, fact: UUID) -> int:
    answers = submission.answers
    structure = structure_named(municipality, answers.get("/structure", ""))
    place = submission.geom or (structure.geom.point_on_surface if structure else None)
    if place is None:
        raise Invalid("It has no position and names no building we know. Place it on the map.")
    made = submit_damage(
        by=by,
        municipality=municipality,
        instance_id=fact,
        place=Point(place.x, place.y, srid=4326),
        source_scale="canonical",
        source_value=answers.get("/grade", ""),
        method="rapid_field",
        observed_at=_seen(submission),
        structure=structure,
        written_place=answers.get("/written_place", "")[:200],
        habitability=answers.get("/habitability", ""),
        occupied_now=OCCUPIED.get(answers.get("/occupied", "")),
    )
    return int(made.pk)


def structure_named(municipality: Municipality, written: str) -> Structure | None:
    """The structure meant by "B-2217" or "2217"; None where there is none of that number."""
    digits = written.strip().lstrip("Bb").lstrip("-")
    if not digits.isdigit() or len(digits) > 12:
        return None
    return Structure.objects.filter(municipality=municipality, pk=int(digits)).first()


def _judge_damage(by: Actor, row_id: int, state: str, reason: str) -> None:
    seen = DamageAssessment.objects.select_related("municipality", "structure").get(pk=row_id)
    review_damage(by=by, assessment=seen, state=state, reason=reason)


def _status(by: Actor, municipality: Municipality, submission: Submission, fact: UUID) -> int:
    answers = submission.answers
    facility = Facility.objects.filter(municipality=municipality, code=answers.get("/facility", "")).first()
    if facility is None:
        name = answers.get("/new_facility", "") or answers.get("/facility", "")
        raise NotFound(f"'{name[:80]}' is no facility on the list. Register it, then accept this report.")
    output = answers.get("/measured_output", "")
    row = StatusRow(
        facility_id=facility.pk,
        status=answers.get("/status", ""),
        observed_at=_seen(submission),
        causes=tuple(answers.get("/causes", "").split()),
        measured_output=float(output) if output else None,
        fact_id=fact,
        source="field form",
        note=answers.get("/note", ""),
    )
    return int(record_status(by=by, municipality=municipality, row=row).pk)


def _judge_status(by: Actor, row_id: int, state: str, reason: str) -> None:
    review_status(
        by=by, status=FacilityStatus.objects.select_related("facility", "municipality").get(pk=row_id), state=state
    )


def _population(by: Actor, municipality: Municipality, submission: Submission, fact: UUID) -> int:
    answers = submission.answers
    if submission.neighbourhood_id is None:
        raise NotFound("It names no neighbourhood of this town.")
    row = RoundRow(
        name=f"Field count {fact}",
        source="field form",
        method=HOW.get(answers.get("/how", ""), "baseline_location"),
        observed_on=_seen(submission).date(),
        coverage="complete" if answers.get("/everybody") == "yes" else "partial",
        excludes_sites=False,
    )
    estimates = [
        EstimateRow(
            neighbourhood_id=submission.neighbourhood_id,
            group=group,
            individuals=float(answers[f"/{group}"]),
            status="observed" if answers.get("/how") == "counted" else "estimated",
            written_place=answers.get("/site", ""),
        )
        for group in GROUPS
        if answers.get(f"/{group}")
    ]
    return int(record_round(by=by, municipality=municipality, row=row, estimates=estimates).pk)


def _movement(by: Actor, municipality: Municipality, submission: Submission, fact: UUID) -> int:
    answers = submission.answers
    arrived = answers.get("/direction") == "arrival"
    started = moment_of(answers.get("/from_day", "")) or _seen(submission)
    row = MovementRow(
        instance_id=str(fact),
        kind="arrival" if arrived else "departure",
        group=answers.get("/group", "unknown"),
        happened_on=started.date(),
        individuals=int(answers.get("/individuals", "0")),
        households=int(answers["/households"]) if answers.get("/households") else None,
        origin_id=None if arrived else submission.neighbourhood_id,
        destination_id=submission.neighbourhood_id if arrived else None,
        origin_text=answers.get("/other_end", "") if arrived else "",
        destination_text="" if arrived else answers.get("/other_end", ""),
        reason=answers.get("/reason", ""),
        source="field form",
    )
    return int(record_movement(by=by, municipality=municipality, row=row).pk)


def _judge_movement(by: Actor, row_id: int, state: str, reason: str) -> None:
    reject_movement(by=by, movement=Movement.objects.get(pk=row_id), rejected=state == REJECTED)


def _needs(by: Actor, municipality: Municipality, submission: Submission, fact: UUID) -> int:
    answers = submission.answers
    if submission.neighbourhood_id is None:
        raise NotFound("It names no neighbourhood of this town.")
    row = NeedRow(
        neighbourhood_id=submission.neighbourhood_id,
        group=answers.get("/group", "") or "unknown",
        individuals=int(answers.get("/people", "") or 0),
        needs=tuple(answers.get("/needs", "").split()),
        first_need=answers.get("/first_need", ""),
        urgency=answers.get("/urgency", ""),
        observed_at=_seen(submission),
        helped=OCCUPIED.get(answers.get("/helped", "")),
        helper=answers.get("/helper", "")[:200],
        note=answers.get("/note", ""),
        source="field form",
        fact_id=fact,
    )
    return int(record_need(by=by, municipality=municipality, row=row).pk)


def _judge_needs(by: Actor, row_id: int, state: str, reason: str) -> None:
    judge_need(by=by, report=NeedReport.objects.get(pk=row_id), rejected=state == REJECTED)


def _hazard(by: Actor, municipality: Municipality, submission: Submission, fact: UUID) -> int:
    """Seen from afar: where it lies is reckoned from distance and direction, and how far off that may be is kept."""
    answers = submission.answers
    place, reach_m = hazard_place(
        submission.geom, submission.accuracy_m, answers.get("/distance_m", ""), answers.get("/direction_deg", "")
    )
    row = HazardRow(
        kind=answers.get("/hazard_type", ""),
        observed_at=_seen(submission),
        place=place,
        neighbourhood_id=submission.neighbourhood_id,
        reach_m=reach_m,
        confidence=answers.get("/known_by", "") or "reported",
        blocks_road=OCCUPIED.get(answers.get("/blocks_road", "")),
        marked=OCCUPIED.get(answers.get("/marked", "")),
        written_place=answers.get("/written_place", "")[:200],
        note=answers.get("/note", ""),
        source="field form",
        fact_id=fact,
        reported_by_id=submission.submitted_by_id,
    )
    return int(report_hazard(by=by, municipality=municipality, row=row).pk)


def hazard_place(
    stood: Point | None, accuracy_m: float | None, distance: str, direction: str
) -> tuple[Point | None, int]:
    """Where a hazard lies that was seen so many metres away in a direction (0 north, 90 east), and how far from that
    it may be: without a direction it is anywhere around, with one about a quarter of the distance off."""
    if stood is None:
        return None, 0
    distance_m, doubt_m = float(distance or 0), min(accuracy_m or 0.0, 1_000.0)
    if not direction:
        return Point(stood.x, stood.y, srid=4326), round(distance_m + doubt_m)
    angle, metres_per_degree = math.radians(float(direction)), 111_320.0
    north, east = distance_m * math.cos(angle), distance_m * math.sin(angle)
    lon = stood.x + east / (metres_per_degree * max(math.cos(math.radians(stood.y)), 0.01))
    return Point(lon, stood.y + north / metres_per_degree, srid=4326), round(distance_m / 4 + doubt_m)


def _judge_hazard(by: Actor, row_id: int, state: str, reason: str) -> None:
    judge_hazard(by=by, hazard=Hazard.objects.get(pk=row_id), rejected=state == REJECTED)


RECORDERS: dict[str, Recorder] = {
    "damage": Recorder("/grade", _damage, _judge_damage),
    "facility_status": Recorder("/status", _status, _judge_status),
    "movement": Recorder("/individuals", _movement, _judge_movement),
    "population": Recorder("/neighbourhood", _population, waits=True),
    "needs": Recorder("/needs", _needs, _judge_needs, waits=True),
    "hazard": Recorder("/hazard_type", _hazard, _judge_hazard, waits=True),
}
