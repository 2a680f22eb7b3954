"""The one way in for filled forms: OpenRosa, our own app and handed-in outboxes end here.

An authenticated sender is never refused. What cannot simply be taken (other content under a known id, an unknown form,
an edit that came too early ...) is kept aside as it came, and a supervisor is told. The receipt is true: when the
caller's transaction has committed, rows and files survive a power cut, because the files were synced before.
"""

import hashlib
from collections.abc import Sequence
from copy import copy
from typing import Any

from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from assessments.actions.form_facts import REFUSED, record_facts, structure_named, withdraw_replaced
from assessments.actions.forms import OPEN, add_shipped_forms
from assessments.actions.keeping import (
    MOST_FILE_BYTES,
    MOST_FILES,
    STORED,
    WITHDRAWN,
    Aside,
    Part,
    Receipt,
    Sender,
    Stored,
    attach,
    missing_files,
    receipt_of,
)
from assessments.actions.visits import close_visits
from assessments.actions.withdrawing import take_back
from assessments.core.forms.check import AnswerProblem, check_answers, english, files_named, point_of
from assessments.core.forms.expressions import moment_of
from assessments.core.forms.instance import Instance, Unreadable, answers_of, read_instance
from assessments.core.forms.withdrawal import FORM_ID
from assessments.models import FormDefinition, KeptAside, Submission
from crisis.lib.errors import TooLarge
from damage.core.history import HAS_ISSUES, RECEIVED
from municipal_units.actions.files import file_store
from municipal_units.models import Event, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require_somewhere, system_actor
from municipal_units.selectors.places import neighbourhoods_containing

SOFT = ("unchecked", "not_relevant", "unknown_question")


def receive_submission(
    *, by: Actor, municipality: Municipality, xml: bytes, parts: Sequence[Part], sender: Sender
) -> Receipt:
    """One filled form, or a part of one. Sent again in any order it gives the same receipt."""
    require_somewhere(by, Permission.FILL_FORMS, municipality)
    if len(parts) > MOST_FILES:
        raise TooLarge(f"A form carries at most {MOST_FILES} files.")
    store = file_store()
    stored = []
    for part in parts:
        kept = store.save(part.content, limit_bytes=MOST_FILE_BYTES)
        stored.append(Stored(part.name[:255], kept.sha256, kept.size_bytes, part.content_type[:100]))
    return _receive(by, municipality, xml, stored, sender)


@transaction.atomic(savepoint=False)
def _receive(by: Actor, town: Municipality, xml: bytes, files: Sequence[Stored], sender: Sender) -> Receipt:
    digest = hashlib.sha256(xml).hexdigest()
    aside = Aside(by, town, xml, digest, files, sender)
    try:
        instance = read_instance(xml)
    except Unreadable as problem:
        return aside.keep("unreadable", instance_id=f"sha256:{digest}", detail=str(problem))
    instance_id = instance.instance_id or _made_up_id(instance, sender, digest)
    if instance.form_id == FORM_ID:
        return take_back(aside, instance, instance_id)
    there = Submission.objects.filter(
        municipality=town, form_id_text=instance.form_id, instance_id=instance_id
    ).select_related("form")
    form, is_known = _looked_up(town, instance, instance_id)
    if is_known:
        return _again(aside, there.get(), digest, files, instance)
    if form is None:
        form = form_of(town, instance.form_id, instance.version)
    if form is None:
        others = FormDefinition.objects.filter(municipality=town, form_id=instance.form_id).exists()
        return aside.keep("unknown_version" if others else "unknown_form", instance_id=instance_id, instance=instance)
    if form.state != OPEN:
        return aside.keep("form_closed", instance_id=instance_id, instance=instance)
    replaced = None
    if instance.replaces:
        replaced = (
            Submission.objects.select_for_update(of=("self",))
            .filter(municipality=town, form_id_text=instance.form_id, instance_id=instance.replaces)
            .first()
        )
        if replaced is None:
            return aside.keep("edit_too_early", instance_id=instance_id, instance=instance)
        if not replaced.is_current:
            # Somebody may have sent this very record a moment ago: then it is a repeat, not a second edit.
            if known := there.first():
                return _again(aside, known, digest, files, instance)
            return aside.keep("edit_of_old", instance_id=instance_id, instance=instance)
    submission = _filled_in(by, town, form, instance, instance_id, xml, digest, sender, replaced, files)
    if not _inserted(submission):
        return _again(aside, there.get(), digest, files, instance)
    attach(submission, files)
    if replaced is not None:
        Submission.objects.filter(pk=replaced.pk).update(is_current=False)
        withdraw_replaced(replaced)
    _record(by, submission, form, instance)
    close_visits(by=by, submission=submission)
    _event(by, submission)
    _take_waiting_edits(town, submission)
    return receipt_of(submission, files)


LOOK_UP = """
SELECT form.id, form.state, form.md5, EXISTS (
    SELECT FROM assessments_submission WHERE municipality_id = %(town)s AND form_id_text = %(form)s
        AND instance_id = %(instance)s
)
FROM (VALUES (1)) AS one LEFT JOIN assessments_formdefinition AS form
    ON form.municipality_id = %(town)s AND form.form_id = %(form)s AND form.version = %(version)s
"""
# Published versions as they were read once: all but their state stays for ever. Keyed by row and content.
_published: dict[tuple[int, str], FormDefinition] = {}
MOST_PUBLISHED = 500


def _looked_up(town: Municipality, instance: Instance, instance_id: str) -> tuple[FormDefinition | None, bool]:
    """The published form with its state of now, and whether the record is here already, in one look."""
    asked: dict[str, int | str] = {
        "town": town.pk,
        "form": instance.form_id,
        "version": instance.version,
        "instance": instance_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UP, asked)
        pk, state, md5, is_known = cursor.fetchone()
    if pk is None:
        return None, is_known
    if (pk, md5) not in _published:
        if len(_published) >= MOST_PUBLISHED:
            _published.clear()
        _published[pk, md5] = FormDefinition.objects.defer("xform").get(pk=pk)
    form = copy(_published[pk, md5])
    form.state = state
    return form, is_known


def _made_up_id(instance: Instance, sender: Sender, digest: str) -> str:
    """A form without an id gets one that a repeat gets too."""
    text = f"{instance.form_id}|{sender.device}|{digest}"
    return f"made:{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def form_of(town: Municipality, form_id: str, version: str) -> FormDefinition | None:
    """The published form, whatever its state."""
    wanted = FormDefinition.objects.filter(municipality=town, form_id=form_id, version=version).defer("xform")
    found = wanted.first()
    if found is None:
        add_shipped_forms(town)
        found = wanted.first()
    return found


def _filled_in(
    by: Actor,
    town: Municipality,
    form: FormDefinition,
    instance: Instance,
    instance_id: str,
    xml: bytes,
    digest: str,
    sender: Sender,
    replaced: Submission | None,
    files: Sequence[Stored],
) -> Submission:
    """The row with everything the form says by itself: where, about what, which rules it breaks, what is missing."""
    answers = answers_of(instance.root)
    point = point_of(answers.get("/place", ""))
    submission = Submission(
        municipality=town,
        form=form,
        form_id_text=form.form_id,
        instance_id=instance_id,
        xml=xml.decode(),
        sha256=digest,
        answers=answers,
        expected_files=files_named(form.definition, instance.root),
        door=sender.door,
        device=sender.device[:200],
        submitted_by_id=by.user_id,
        received_at=timezone.now(),
        observed_at=moment_of(answers.get("/observed_at", "")),
        geom=Point(point[0], point[1], srid=4326) if point else None,
        accuracy_m=point[2] if point else None,
        replaces=replaced,
    )
    submission.complete = {file.name for file in files}.issuperset(submission.expected_files)
    submission.neighbourhood_id = _neighbourhood(town, submission)
    submission.subject = _subject(town, submission)
    found = check_answers(form.definition, instance.root, now=timezone.now())
    if answers.get("/neighbourhood") and submission.neighbourhood_id is None:
        message = english("This place is not on the list of the town.")
        found.append(AnswerProblem("/neighbourhood", "choice", message, answers["/neighbourhood"]))
    submission.problems = [problem.as_json() for problem in found]
    submission.review_state = HAS_ISSUES if any(problem.code not in SOFT for problem in found) else RECEIVED
    return submission


# fmt: off
COLUMNS = (
    "municipality_id", "form_id", "form_id_text", "instance_id", "xml", "sha256", "receipt", "answers", "problems",
    "expected_files", "complete", "door", "device", "submitted_by_id", "received_at", "observed_at",
    "neighbourhood_id", "accuracy_m", "subject", "review_state", "review_reason", "replaces_id", "is_current",
)
# fmt: on
INSERT = f"""
INSERT INTO assessments_submission ({", ".join(COLUMNS)}, geom)
VALUES ({", ".join(f"%({name})s" for name in COLUMNS)}, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326))
ON CONFLICT DO NOTHING RETURNING id
"""


def _inserted(submission: Submission) -> bool:
    """Writes the row; False when another request was quicker: the unique constraint decides, not a look before."""
    values = {name: getattr(submission, name) for name in COLUMNS}
    values |= {"answers": Jsonb(submission.answers), "problems": Jsonb(submission.problems)}
    place = submission.geom
    values |= {"lon": place.x if place else None, "lat": place.y if place else None}
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)
        row = cursor.fetchone()
    if row is None:
        return False
    submission.pk = row[0]
    submission._state.adding = False
    submission._state.db = connection.alias
    return True


def _neighbourhood(town: Municipality, submission: Submission) -> int | None:
    """Where the position lies, else the place that was chosen from the list."""
    if submission.geom is not None:
        day = (submission.observed_at or timezone.now()).date()
        (inside,) = neighbourhoods_containing(town.pk, [(submission.geom.x, submission.geom.y)], [day])
        if inside is not None:
            return inside
    return neighbourhood_coded(town, submission.answers.get("/neighbourhood", ""))


def neighbourhood_coded(town: Municipality, code: str) -> int | None:
    """The neighbourhood behind a code of the place list: its P-code, its local code, else n and its number."""
    if not code:
        return None
    here = Neighbourhood.objects.filter(municipality=town)
    if code.startswith("n") and code[1:].isdigit() and len(code) < 18:
        return here.filter(pk=int(code[1:])).values_list("pk", flat=True).first()
    by_code = here.filter(pcode=code) | here.filter(local_code=code)
    return by_code.order_by("pk").values_list("pk", flat=True).first()


def _subject(town: Municipality, submission: Submission) -> str:
    """Which thing it is about, by code; never a name."""
    answers = submission.answers
    if structure := answers.get("/structure"):
        known = structure_named(town, structure)
        return f"B-{known.pk}" if known else structure[:200]
    return (answers.get("/facility") or answers.get("/new_facility") or "")[:200]


def _record(by: Actor, submission: Submission, form: FormDefinition, instance: Instance) -> None:
    """Records the facts; what the action refuses waits for a person, as broken rules do."""
    hold = submission.review_state == HAS_ISSUES or instance.encrypted
    fact = record_facts(by=by, submission=submission, home=form.home, hold=hold)
    if fact is None or fact.state != REFUSED:
        return
    submission.problems.append({"path": fact.path, "code": "fact", "message": english(fact.problem), "value": ""})
    submission.review_state = HAS_ISSUES
    Submission.objects.filter(pk=submission.pk).update(problems=submission.problems, review_state=HAS_ISSUES)


def _again(aside: Aside, known: Submission, digest: str, files: Sequence[Stored], instance: Instance) -> Receipt:
    """Something with this id is here already: the same adds its files, other content is kept beside it."""
    if known.sha256 != digest:
        return aside.keep("other_content", instance_id=known.instance_id, instance=instance, submission=known)
    there = dict(known.files.values_list("name", "sha256"))
    if any(file.name not in there for file in files):
        Submission.objects.select_for_update(of=("self",)).get(pk=known.pk)
        attach(known, files)
        there = dict(known.files.values_list("name", "sha256"))
        if not known.complete and not missing_files(known):
            Submission.objects.filter(pk=known.pk).update(complete=True)
            known.complete = True
            _event(aside.by, known)
    other = [file for file in files if there.get(file.name) != file.sha256]
    if other:
        return aside.keep("other_file", instance_id=known.instance_id, instance=instance, submission=known, files=other)
    return receipt_of(known)


WAITING_EDITS = """
SELECT id FROM assessments_keptaside WHERE municipality_id = %s AND replaces_id = %s AND settled_at IS NULL
    AND (reason = 'edit_too_early' AND form_id_text = %s OR reason = 'withdrawal_too_early')
"""


def _take_waiting_edits(town: Municipality, submission: Submission) -> None:
    """Corrections and takings back that arrived before what they are about are taken now, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING_EDITS, [town.pk, submission.instance_id, submission.form_id_text])
        waiting = [pk for (pk,) in cursor.fetchall()]
    for kept in KeptAside.objects.filter(pk__in=waiting).order_by("pk") if waiting else ():
        release(kept, by_id=None)


def release(kept: KeptAside, *, by_id: int | None) -> Receipt:
    """Tries again what was kept aside, as its sender; settled when it was taken."""
    system = system_actor(kept.municipality_id, user_id=kept.submitted_by_id)
    files = [Stored(f.name, f.sha256, f.size, f.content_type) for f in kept.files.all()]
    sender = Sender(kept.door, kept.device)
    receipt = _receive(system, kept.municipality, bytes(kept.content), files, sender)
    if receipt.state in (STORED, WITHDRAWN):
        KeptAside.objects.filter(pk=kept.pk).update(settled_at=timezone.now(), settled_by_id=by_id, outcome="taken")
    return receipt


def _event(by: Actor, submission: Submission) -> None:
    """Says that something came in, never what was answered."""
    shows: dict[str, Any] = {
        "id": submission.pk,
        "form": submission.form_id_text,
        "review_state": submission.review_state,
        "complete": submission.complete,
    }
    Event.objects.record(
        "submission.received",
        municipality_id=submission.municipality_id,
        by_id=by.user_id,
        subject=submission,
        neighbourhood_id=submission.neighbourhood_id,
        shows=shows,
    )
