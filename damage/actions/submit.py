"""One report of damage, as a phone or the map page sends it; and the reviewer's answer to it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.contrib.gis.geos import Point
from django.db import transaction

from crisis.lib.errors import Conflict, FieldError, Invalid
from damage.actions.ground import lock_ground, lock_structures
from damage.actions.receiving import Placed, Seen, histories_of, receive
from damage.actions.rows import Ahead, DamageRows, ObservedAs, microseconds
from damage.actions.staging import Provenance, forget_current, make_current
from damage.core.grading import Habitability, Method, SourceScale, UnknownGradeValue, grade
from damage.core.history import ACCEPTED, REJECTED, standing
from damage.models import DamageAssessment, Structure
from damage.selectors import damage_feature
from municipal_units.core.vocabulary import Confidence
from municipal_units.models import Crisis, Event, Municipality
from municipal_units.permissions import Actor, Permission, require
from municipal_units.selectors.places import metres_outside, neighbourhoods_containing

MATCH_DISTANCE_M = 5.0


@transaction.atomic(savepoint=False)
def submit_damage(
    *,
    by: Actor,
    municipality: Municipality,
    instance_id: UUID,
    place: Point,
    source_scale: str,
    source_value: str,
    method: str,
    observed_at: datetime,
    structure: Structure | int | None = None,
    crisis: Crisis | None = None,
    confidence: str = Confidence.MEDIUM.value,
    written_place: str = "",
    habitability: str = "",
    occupied_now: bool | None = None,
) -> DamageAssessment:
    """One observation. Sent again with the same content it gives what is there; with other content it is a Conflict.

    A place far outside the municipality is not refused, because the phone would keep it for ever: it waits for review.
    """
    check(source_scale, method, confidence, habitability, observed_at, place, written_place)
    (neighbourhood_id,) = neighbourhoods_containing(municipality.pk, [(place.x, place.y)], [observed_at.date()])
    require(by, Permission.ASSESS_DAMAGE, municipality.pk, neighbourhood_id=neighbourhood_id)
    (outside,) = metres_outside(municipality.pk, [(place.x, place.y)])
    crisis = crisis or municipality.crisis
    structure_id = structure.pk if isinstance(structure, Structure) else structure
    rows = DamageRows(
        xy=np.array([[place.x, place.y]]),
        observed_at=np.array([microseconds(observed_at)]),
        value=np.zeros(1, dtype=np.int64),
        values=(observed_as(source_scale, source_value, method, confidence),),
        row_number=np.zeros(1, dtype=np.int64),
        written=np.zeros(1, dtype=np.int64),
        written_places=(written_place.strip(),),
        network=np.zeros(1, dtype=bool),
        fact_id=one(instance_id),
        structure_id=np.array([structure_id or 0]),
        habitability=one(habitability),
        occupied_now=one(occupied_now),
    )
    lock_ground(municipality.pk, rows.xy, rows.fact_id)
    receipt = receive(
        rows,
        Placed(np.array([neighbourhood_id or 0]), np.array([outside or 0.0])),
        Provenance(municipality.pk, crisis.pk if crisis else None, None, None, by.user_id),
        accepted_only=municipality.accepted_facts_only,
        match_distance_m=MATCH_DISTANCE_M,
        ahead=Ahead(),
        refuse_outside=False,
        dry_run=False,
    )
    if receipt.conflicting[0]:
        raise Conflict(
            f"A report with the id {instance_id} is already here with other content. Give the new one its own id."
        )
    if receipt.unchanged[0]:
        return DamageAssessment.objects.get(municipality=municipality, fact_id=instance_id)
    assessment = DamageAssessment.objects.select_related("structure").get(pk=int(receipt.assessment_id[0]))
    Event.objects.record(
        "damage.assessed",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=assessment,
        neighbourhood_id=neighbourhood_id,
        shows=damage_feature(assessment.structure),
    )
    return assessment


def one(value: Any) -> np.ndarray:
    column = np.empty(1, dtype=object)
    column[0] = value
    return column


def observed_as(source_scale: str, source_value: str, method: str, confidence: str) -> ObservedAs:
    """The source's own word and the grade it means."""
    scale = SourceScale(source_scale)
    try:
        known = grade(scale, source_value)
    except UnknownGradeValue as unknown:
        raise Invalid(str(unknown), fields=[FieldError("source_value", str(unknown))]) from unknown
    assert known is not None
    return ObservedAs(
        scale.value,
        source_value.strip(),
        known.grade.value,
        known.grade_high.value if known.grade_high else "",
        Method(method).value,
        Confidence.LOW.value if known.low_confidence else confidence,
    )


def check(
    source_scale: str,
    method: str,
    confidence: str,
    habitability: str,
    observed_at: datetime,
    place: Point,
    written_place: str,
) -> None:
    """Words and values that no table knows, all said at once."""
    problems = []
    vocabularies = (
        ("source_scale", source_scale, SourceScale),
        ("method", method, Method),
        ("confidence", confidence, Confidence),
    )
    for field, word, known in vocabularies:
        if word not in set(known):
            problems.append(FieldError(field, f"'{word[:40]}' is not known here. Known: {', '.join(known)}."))
    if habitability and habitability not in set(Habitability):
        problems.append(
            FieldError("habitability", f"'{habitability[:40]}' is not known here. Known: {', '.join(Habitability)}.")
        )
    if observed_at.tzinfo is None:
        problems.append(FieldError("observed_at", "This needs a time zone, for example 2026-11-20T14:32:00Z."))
    if not (-180 <= place.x <= 180 and -90 <= place.y <= 90):
        problems.append(FieldError("place", "Longitude lies between -180 and 180, latitude between -90 and 90."))
    if len(written_place) > 200 or "\x00" in written_place:
        problems.append(FieldError("written_place", "This is longer than 200 characters or cannot be stored."))
    if problems:
        raise Invalid(" ".join(f"{p.field}: {p.message}" for p in problems), fields=problems)


@transaction.atomic
def review_damage(*, by: Actor, assessment: DamageAssessment, state: str, reason: str = "") -> DamageAssessment:
    """A person accepts or rejects an observation. Rejected ones never count; an accepted better grade is a recorded
    repair and may become current."""
    require(by, Permission.REVIEW_DAMAGE, assessment.municipality_id, neighbourhood_id=assessment.neighbourhood_id)
    if state not in (ACCEPTED, REJECTED):
        raise Invalid(f"'{state[:20]}' is no answer to a report. Say {ACCEPTED} or {REJECTED}.")
    lock_structures(np.array([assessment.structure_id]))
    DamageAssessment.objects.filter(pk=assessment.pk).update(review_state=state, review_reason=reason[:60])
    resettle(assessment.structure_id, accepted_only=assessment.municipality.accepted_facts_only)
    assessment.refresh_from_db()
    Event.objects.record(
        "damage.reviewed",
        municipality_id=assessment.municipality_id,
        by_id=by.user_id,
        subject=assessment,
        neighbourhood_id=assessment.neighbourhood_id,
        shows=damage_feature(assessment.structure),
    )
    return assessment


def resettle(structure_id: int, *, accepted_only: bool) -> None:
    """Tells the history of one structure again and keeps what counts now beside it."""
    history: list[Seen] = histories_of([structure_id])[structure_id]
    verdict = standing([seen.observation for seen in history], accepted_only=accepted_only)
    if verdict.current is None:
        forget_current([structure_id])
    else:
        make_current([history[verdict.current].pk])
