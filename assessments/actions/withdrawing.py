"""A sender takes a record back, by a message of its own that is sealed and sent like any record.

Nothing is deleted: the record keeps its row, files and receipt and no longer counts. The message is kept too, as it
came; what cannot be granted (too late, reviewed, somebody else's) waits for a supervisor.
"""

from django.utils import timezone

from assessments.actions.form_facts import withdraw_replaced
from assessments.actions.keeping import WITHDRAWN, Aside, Receipt, receipt_of_kept
from assessments.actions.visits import DONE, PLANNED, move
from assessments.core.forms.instance import Instance, answers_of
from assessments.core.forms.withdrawal import WITHIN_S
from assessments.models import KeptAside, Submission, Visit
from damage.core.history import HAS_ISSUES, RECEIVED
from municipal_units.models import Event

TOO_EARLY = "withdrawal_too_early"
LONGEST_REASON = 300


def take_back(aside: Aside, instance: Instance, instance_id: str) -> Receipt:
    """The receipt's `reason` says what became of the wish: withdrawn, or why not."""
    answers = answers_of(instance.root)
    named = answers.get("/withdraws", "")[:200]
    wanted = Submission.objects.filter(
        municipality=aside.town, form_id_text=answers.get("/form", ""), instance_id=named
    )
    submission = wanted.select_for_update(of=("self",)).first()
    verdict = _verdict(aside, submission, answers.get("/after_s", ""))
    receipt = aside.keep(
        verdict, instance_id=instance_id, instance=instance, submission=submission, replaces=named, files=()
    )
    if verdict != WITHDRAWN:
        return receipt
    assert submission is not None
    KeptAside.objects.filter(receipt=receipt.receipt, settled_at=None).update(
        settled_at=timezone.now(), outcome=WITHDRAWN
    )
    if submission.review_state != WITHDRAWN:
        _withdraw(aside, submission, answers.get("/reason", "").strip()[:LONGEST_REASON])
    return receipt_of_kept(KeptAside.objects.get(receipt=receipt.receipt))


def _verdict(aside: Aside, submission: Submission | None, after_s: str) -> str:
    if submission is None:
        return TOO_EARLY
    if submission.review_state == WITHDRAWN:
        return WITHDRAWN
    same_phone = bool(submission.device) and submission.device == aside.sender.device[:200]
    if aside.by.user_id != submission.submitted_by_id and not same_phone:
        return "withdrawal_foreign"
    if not submission.is_current or submission.reviewed_at or submission.review_state not in (RECEIVED, HAS_ISSUES):
        return "withdrawal_reviewed"
    if not after_s.isdigit() or len(after_s) > 6 or int(after_s) > WITHIN_S:
        return "withdrawal_late"
    return WITHDRAWN


def _withdraw(aside: Aside, submission: Submission, reason: str) -> None:
    """Its facts no longer count, its visit is open again, and what it corrected stands as it was sent back."""
    withdraw_replaced(submission)
    Submission.objects.filter(pk=submission.pk).update(review_state=WITHDRAWN, review_reason=reason)
    if submission.replaces_id is not None:
        Submission.objects.filter(pk=submission.pk).update(is_current=False)
        Submission.objects.filter(pk=submission.replaces_id).update(is_current=True)
    for visit in Visit.objects.filter(submission=submission, state=DONE):
        visit.submission = None
        move(aside.by, visit, PLANNED, at=timezone.now())
    Event.objects.record(
        "submission.withdrawn",
        municipality_id=aside.town.pk,
        by_id=aside.by.user_id,
        subject=submission,
        neighbourhood_id=submission.neighbourhood_id,
        shows={"id": submission.pk, "form": submission.form_id_text, "review_state": WITHDRAWN},
    )
