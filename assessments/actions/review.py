"""Supervisors judge what came in: accept, ask again or reject a report; settle what was kept aside."""

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone

from assessments.actions.form_facts import judge_facts
from assessments.actions.intake import release
from assessments.actions.keeping import STORED, WITHDRAWN
from assessments.models import KeptAside, Submission
from crisis.lib.errors import Conflict, FieldError, Invalid
from damage.core.history import ACCEPTED, HAS_ISSUES, REJECTED
from municipal_units.models import Event
from municipal_units.permissions import Actor, Permission, require
from municipal_units.selectors.places import neighbourhoods_containing

ANSWERS = (ACCEPTED, HAS_ISSUES, REJECTED)
LONGEST_REASON = 1_000


@transaction.atomic
def review_submission(
    *, by: Actor, submission: Submission, state: str, reason: str = "", place: Point | None = None
) -> Submission:
    """Accepting records what had waited; rejecting takes it out of the count. A reason is needed for anything but yes,
    because the phone gets it. `place` puts a report without a position on the map."""
    require(by, Permission.REVIEW_FORMS, submission.municipality_id, neighbourhood_id=submission.neighbourhood_id)
    reason = reason.strip()
    if state not in ANSWERS:
        raise Invalid(f"'{state[:20]}' is no answer to a report. Say {', '.join(ANSWERS)}.")
    if len(reason) > LONGEST_REASON or "\x00" in reason:
        raise Invalid("The reason is longer than 1,000 letters.")
    if state != ACCEPTED and not reason:
        message = "Say why: the person who reported it gets your words."
        raise Invalid(message, fields=[FieldError("reason", message)])
    locked = (
        Submission.objects.select_for_update(of=("self",)).select_related("municipality", "form").get(pk=submission.pk)
    )
    if locked.review_state == WITHDRAWN:
        raise Conflict("Its sender took this report back, so there is nothing to answer.")
    if place is not None:
        _put(locked, place)
    judge_facts(by=by, submission=locked, state=state, reason=reason)
    locked.review_state, locked.review_reason = state, reason
    locked.reviewed_by_id, locked.reviewed_at = by.user_id, timezone.now()
    locked.save(update_fields=["review_state", "review_reason", "reviewed_by", "reviewed_at"])
    Event.objects.record(
        "submission.reviewed",
        municipality_id=locked.municipality_id,
        by_id=by.user_id,
        subject=locked,
        neighbourhood_id=locked.neighbourhood_id,
        shows={"id": locked.pk, "form": locked.form_id_text, "review_state": state},
    )
    return locked


def _put(submission: Submission, place: Point) -> None:
    if submission.geom is not None:
        raise Invalid("This report brought its own position.")
    day = (submission.observed_at or submission.received_at).date()
    (inside,) = neighbourhoods_containing(submission.municipality_id, [(place.x, place.y)], [day])
    submission.geom = place
    submission.neighbourhood_id = inside or submission.neighbourhood_id
    submission.save(update_fields=["geom", "neighbourhood"])


@transaction.atomic
def settle_kept_aside(*, by: Actor, kept: KeptAside, take: bool) -> KeptAside:
    """`take` tries again, for example after the form was opened or its version published; otherwise it is closed as it
    is. Nothing is deleted either way."""
    require(by, Permission.REVIEW_FORMS, kept.municipality_id)
    kept = KeptAside.objects.select_for_update(of=("self",)).select_related("municipality").get(pk=kept.pk)
    if kept.settled_at is not None:
        return kept
    if take:
        receipt = release(kept, by_id=by.user_id)
        if receipt.state not in (STORED, WITHDRAWN):
            raise Invalid(f"It still cannot be taken: {receipt.reason.replace('_', ' ')}.")
    else:
        KeptAside.objects.filter(pk=kept.pk).update(
            settled_at=timezone.now(), settled_by_id=by.user_id, outcome="closed"
        )
    kept.refresh_from_db()
    Event.objects.record(
        "submission.reviewed",
        municipality_id=kept.municipality_id,
        by_id=by.user_id,
        subject=kept,
        shows={"kept_aside": kept.pk, "outcome": kept.outcome},
    )
    return kept
