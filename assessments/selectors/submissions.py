"""What phones sent, as reviewers, senders and exports need it."""

import csv
import io
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from assessments.models import FormDefinition, KeptAside, Submission
from assessments.selectors.forms import place_code
from municipal_units.models import Municipality

SAME_BUILDING_DAYS = 14
WAITING = ("received", "has_issues")
NOT_COUNTED = ("rejected", "withdrawn")
NAMED = ("form", "neighbourhood", "submitted_by")


def submissions_of(municipality: Municipality) -> QuerySet[Submission]:
    return (
        Submission.objects.filter(municipality=municipality)
        .select_related(*NAMED)
        .prefetch_related("files", "facts")
        .defer("xml", "form__xform")
    )


def submissions_awaiting_review(municipality: Municipality) -> QuerySet[Submission]:
    """Current records nobody has judged yet, newest first."""
    return submissions_of(municipality).filter(review_state__in=WAITING, is_current=True).order_by("-pk")


def waiting_counts(municipality: Municipality) -> dict[str, int]:
    """What a supervisor has to look at: `received`, `has_issues`, `kept_aside`."""
    rows = Submission.objects.filter(municipality=municipality, review_state__in=WAITING, is_current=True)
    found = dict(rows.values_list("review_state").annotate(n=Count("pk")))
    kept = KeptAside.objects.filter(municipality=municipality, settled_at=None).count()
    return {"received": found.get("received", 0), "has_issues": found.get("has_issues", 0), "kept_aside": kept}


def missing_of(submission: Submission) -> list[str]:
    there = {file.name for file in submission.files.all()}
    return [name for name in submission.expected_files if name not in there]


def own_item(submission: Submission) -> dict[str, Any]:
    """A record as its sender sees it."""
    place = submission.neighbourhood
    return {
        "id": submission.pk,
        "receipt": submission.receipt,
        "form_id": submission.form_id_text,
        "title": submission.form.title,
        "instance_id": submission.instance_id,
        "subject": submission.subject,
        "place_code": place_code(place) if place else submission.answers.get("/neighbourhood", ""),
        "received_at": submission.received_at,
        "observed_at": submission.observed_at,
        "review_state": submission.review_state,
        "review_reason": submission.review_reason,
        "reviewed_at": submission.reviewed_at,
        "complete": submission.complete,
        "missing": missing_of(submission),
    }


def submission_item(submission: Submission, *, duplicates: int = 0) -> dict[str, Any]:
    """A record in the reviewer's inbox."""
    answers = submission.answers
    return own_item(submission) | {
        "lon": submission.geom.x if submission.geom else None,
        "lat": submission.geom.y if submission.geom else None,
        "accuracy_m": submission.accuracy_m,
        "neighbourhood": submission.neighbourhood_id,
        "submitted_by": str(submission.submitted_by or ""),
        "door": submission.door,
        "is_current": submission.is_current,
        "problems": submission.problems,
        "headline": answers.get("/grade") or answers.get("/status") or answers.get("/hazard_type") or "",
        "duplicates": duplicates,
    }


def submission_items(submissions: list[Submission]) -> list[dict[str, Any]]:
    """Items with the number of other current records about the same building in the last two weeks."""
    subjects = {item.subject for item in submissions if item.subject.startswith("B-")}
    counted: dict[str, int] = {}
    if subjects:
        rows = Submission.objects.filter(
            municipality_id=submissions[0].municipality_id, subject__in=subjects, is_current=True
        ).exclude(review_state__in=NOT_COUNTED)
        newest = max(item.received_at for item in submissions)
        rows = rows.filter(received_at__gte=newest - timedelta(days=SAME_BUILDING_DAYS))
        counted = dict(rows.values_list("subject").annotate(n=Count("pk")))
    return [submission_item(item, duplicates=max(0, counted.get(item.subject, 1) - 1)) for item in submissions]


def same_building(submission: Submission) -> list[dict[str, Any]]:
    """Other current records about the same structure, and of forms without a number those within ten metres."""
    facts = [fact.row_id for fact in submission.facts.all() if fact.kind == "damage" and fact.row_id]
    others = (
        submissions_of(submission.municipality)
        .filter(is_current=True, form_id_text=submission.form_id_text)
        .exclude(pk=submission.pk)
        .exclude(review_state__in=NOT_COUNTED)
    )
    near = Q(pk__in=[])
    if submission.subject.startswith("B-"):
        near |= Q(subject=submission.subject)
    if facts:
        near |= Q(pk__in=_about_structure_of(facts[0], submission.municipality_id))
    return [
        {
            "id": other.pk,
            "headline": other.answers.get("/grade", ""),
            "observed_at": other.observed_at,
            "submitted_by": str(other.submitted_by or ""),
            "review_state": other.review_state,
        }
        for other in others.filter(near).order_by("-pk")[:10]
    ]


SAME_STRUCTURE = """
SELECT f.submission_id FROM assessments_submissionfact f
JOIN damage_damageassessment a ON a.id = f.row_id AND a.municipality_id = f.municipality_id
WHERE f.municipality_id = %s AND f.kind = 'damage'
    AND a.structure_id = (SELECT structure_id FROM damage_damageassessment WHERE id = %s)
"""


def _about_structure_of(assessment_id: int, municipality_id: int) -> list[int]:
    rows = Submission.objects.raw(
        f"SELECT id FROM assessments_submission WHERE id IN ({SAME_STRUCTURE})", [municipality_id, assessment_id]
    )
    return [row.pk for row in rows]


def submission_detail(submission: Submission) -> dict[str, Any]:
    """Everything a reviewer looks at."""
    before = submission.replaces
    return submission_items([submission])[0] | {
        "answers": submission.answers,
        "before": before.answers if before else None,
        "facts": list(submission.facts.all()),
        "files": list(submission.files.all()),
        "others": same_building(submission),
    }


FORMULA = ("=", "+", "-", "@", "\t", "\r")


def answers_csv(municipality: Municipality, form_id: str) -> bytes:
    """Every current record of a form, one row each, a column per question of its newest version and per other answer:
    nothing that was sent is missing, whether the model has a home for it or not."""
    forms = FormDefinition.objects.filter(municipality=municipality, form_id=form_id).order_by("-pk")
    paths: dict[str, None] = {}
    for form in forms.defer("xform"):
        paths |= {question["path"]: None for question in form.definition["questions"] if question["type"] != "note"}
    rows = submissions_of(municipality).filter(form_id_text=form_id, is_current=True).order_by("pk")
    records = list(rows)
    for record in records:
        paths |= dict.fromkeys(record.answers)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["instance_id", "version", "received_at", "review_state", "place", *[p.strip("/") for p in paths]])
    for record in records:
        place = record.neighbourhood
        head = [record.instance_id, record.form.version, record.received_at.isoformat(), record.review_state]
        values = [*head, place_code(place) if place else "", *[record.answers.get(path, "") for path in paths]]
        writer.writerow([guarded(value) for value in values])
    return ("\ufeff" + text.getvalue()).encode()


def guarded(value: str) -> str:
    """A text that a spreadsheet would run as a formula is shown as text; numbers stay numbers."""
    if value.startswith(FORMULA) and not value.lstrip("+-").replace(".", "", 1).isdigit():
        return "'" + value
    return value
