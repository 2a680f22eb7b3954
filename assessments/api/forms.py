"""Field forms over HTTP, the phone's side: what to take along, and the way in for what was filled in.

For whoever writes a client (our field app sends the same records sealed, at .../field/records):

1. GET .../forms lists the forms, GET .../forms/{id} gives one with its questions, rules and choices
   (assessments/core/forms/compiler.py describes it; the rules are trees that assessments/core/forms/expressions.py
   describes); GET .../field/pack (assessments/api/field.py) everything at once, with places, facilities and visits.
2. POST .../submissions, as multipart/form-data: the field `record` holds the JSON text of one filled form (RecordIn),
   any file field a photo, its field name the name that the answers give it. 201 or 202 with a Receipt means: it is
   kept for ever, delete it. Anything else, also a 200 from some other network: keep it and send it again.
3. Sending again is always right: the same record gives the same receipt, with the same files or more of them, in any
   order, in parallel. Photos can follow one by one: the same `record` text with one file each, until `missing` is
   empty. `record` must stay the same text, so seal it once.
4. A correction is a new record with an `instance_id` of its own that names the old one in `replaces`.
5. GET .../field/mine says what became of one's records: a reason stands with what a reviewer sent back.
"""

import hashlib
from typing import Any, BinaryIO, cast

from ninja import File, Form, Query, Router, Status, UploadedFile
from pydantic import ValidationError

from assessments.actions.forms import add_shipped_forms, publish_form, read_form, set_form_state
from assessments.actions.intake import receive_submission
from assessments.actions.keeping import KEPT, Part, Receipt, Sender
from assessments.core.forms.homes import home_of
from assessments.core.forms.instance import written
from assessments.models import FormDefinition
from assessments.schemas.forms import (
    FormDetail,
    FormOut,
    FormPreview,
    FormStateIn,
    MineOut,
    RecordIn,
    SubmissionReceipt,
)
from assessments.selectors.forms import listed_forms
from assessments.selectors.submissions import own_item, submissions_of
from crisis.lib.errors import NotFound
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from municipal_units.api.asking import Asking
from municipal_units.permissions import Permission
from municipal_units.selectors.places import municipality_for

router = Router(tags=["field forms"])
TOWN = "/municipalities/{slug:code}"
MOST_STRUCTURES = 500


def form_item(form: FormDefinition) -> dict[str, Any]:
    names = ("form_id", "version", "title", "home", "state", "md5", "is_standard", "published_at")
    return {name: getattr(form, name) for name in names} | {
        "id": form.pk,
        "collect_only": form.definition["collect_only"],
    }


@router.get(TOWN + "/forms", response=list[FormOut], operation_id="forms")
def forms(request: Asking, code: str) -> list[dict[str, Any]]:
    """The newest open version of each form."""
    town = municipality_for(request.auth, code, Permission.FILL_FORMS)
    add_shipped_forms(town)
    return [form_item(form) for form in listed_forms(town)]


@router.get(TOWN + "/forms/{int:form_pk}", response=FormDetail, operation_id="form")
def form(request: Asking, code: str, form_pk: int) -> dict[str, Any]:
    """One form with its questions; old versions stay, because drafts may need them."""
    town = municipality_for(request.auth, code, Permission.FILL_FORMS)
    found = one_form(town.pk, form_pk)
    return form_item(found) | {"definition": found.definition}


def one_form(municipality_id: int, pk: int) -> FormDefinition:
    found = FormDefinition.objects.filter(municipality_id=municipality_id, pk=pk).first()
    if found is None:
        raise NotFound("There is no such form here.")
    return found


@router.post(TOWN + "/forms", response={201: FormOut}, operation_id="publish_form")
def publish(request: Asking, code: str, file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """Publishes an XLSForm (XLSX, XLS, CSV or markdown). What is wrong is told with sheet and row."""
    town = municipality_for(request.auth, code, Permission.EDIT_FORMS)
    made = publish_form(by=request.auth, municipality=town, content=file.read(), name=file.name or "form.xlsx")
    return Status(201, form_item(made))


@router.post(TOWN + "/forms/preview", response=FormPreview, operation_id="preview_form")
def preview(request: Asking, code: str, file: File[UploadedFile]) -> dict[str, Any]:
    """What an XLSForm would ask, and whether its answers have a home; nothing is written."""
    town = municipality_for(request.auth, code, Permission.EDIT_FORMS)
    read = read_form(by=request.auth, municipality=town, content=file.read(), name=file.name or "form.xlsx")
    return {
        "form_id": read.form_id,
        "version": read.version,
        "title": read.title,
        "home": home_of(read.definition),
        "definition": read.definition,
        "warnings": [warning.message for warning in read.warnings],
    }


@router.post(TOWN + "/forms/{int:form_pk}/state", response=FormOut, operation_id="set_form_state")
def change_state(request: Asking, code: str, form_pk: int, wish: FormStateIn) -> dict[str, Any]:
    """Opens or closes a version. What phones still send of a closed one is kept aside."""
    town = municipality_for(request.auth, code, Permission.EDIT_FORMS)
    return form_item(set_form_state(by=request.auth, form=one_form(town.pk, form_pk), state=wish.state))


@router.get(TOWN + "/field/mine", response=Page[MineOut], operation_id="field_mine")
def mine(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """One's own records, newest first, with what reviewers said."""
    town = municipality_for(request.auth, code, Permission.FILL_FORMS)
    rows = submissions_of(town).filter(submitted_by_id=request.auth.user_id)
    after = decoded_cursor(query.cursor, int)
    shown = rows.filter(pk__lt=after[0]) if after else rows
    items = [own_item(submission) for submission in shown.order_by("-pk")[: query.limit + 1]]
    return page(items, limit=query.limit, count=rows.count(), key=["id"])


@router.post(
    TOWN + "/submissions", response={201: SubmissionReceipt, 202: SubmissionReceipt}, operation_id="send_submission"
)
def send(request: Asking, code: str, record: Form[str]) -> Status[dict[str, Any]]:
    """One filled form, with all of its files, some or none. The same again gives the same receipt."""
    town = municipality_for(request.auth, code, Permission.FILL_FORMS)
    sent = record.encode(errors="replace")
    device = ""
    try:
        filled = RecordIn.model_validate_json(sent)
        device = filled.device.replace("\x00", "")
        xml = written(
            form_id=filled.form_id,
            version=filled.version,
            instance_id=filled.instance_id,
            replaces=filled.replaces,
            answers=filled.answers,
        )
    except (ValidationError, ValueError):
        xml = sent  # no record as we know it: it is kept aside as it came
    parts = [
        Part(name, cast(BinaryIO, file.file), file.content_type or "")
        for name, files in request.FILES.lists()
        for file in files
    ]
    receipt = receive_submission(by=request.auth, municipality=town, xml=xml, parts=parts, sender=Sender("app", device))
    item = receipt_item(receipt) | {"record_sha256": hashlib.sha256(sent).hexdigest()}
    return Status(202 if receipt.state == KEPT else 201, item)


def receipt_item(receipt: Receipt) -> dict[str, Any]:
    names = ("state", "receipt", "form_id", "version", "instance_id", "sha256", "received_at", "files", "reason")
    return {name: getattr(receipt, name) for name in names} | {
        "missing": list(receipt.missing),
        "complete": receipt.complete,
        "detail": receipt.detail,
    }
