"""The field app over HTTP: one pack out, sealed records in, and what a phone holds."""

import io
from typing import Any

from ninja import Router, Status

from assessments.actions.field import (
    Held,
    SealedRecord,
    explain_missing,
    receive_outbox,
    receive_sealed,
    report_holdings,
    sealing_keys,
)
from assessments.actions.forms import add_shipped_forms
from assessments.actions.keeping import KEPT, Receipt
from assessments.schemas.field import (
    ExplainedOut,
    ExplanationIn,
    HeldByPhoneOut,
    HoldingsIn,
    HoldingsOut,
    PackOut,
    ReceiptOut,
    ReceiptsOut,
)
from assessments.selectors.field import field_pack, held_by_phones, missing_records
from crisis.lib.errors import Invalid, NotFound
from municipal_units.api.asking import Asking
from municipal_units.models import Municipality
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.places import municipality_for

router = Router(tags=["field"])
FIELD = "/municipalities/{slug:code}/field"


@router.get("/field/pack", response=PackOut, operation_id="own_field_pack")
def own_pack(request: Asking) -> dict[str, Any]:
    """The pack of the first municipality in which the asker may send forms."""
    for municipality in Municipality.objects.filter(pk__in=request.auth.municipality_ids).order_by("pk"):
        if request.auth.may_somewhere(Permission.FILL_FORMS, municipality.pk):
            return packed(request.auth, municipality)
    raise NotFound("No municipality asked you for field reports.")


@router.get(FIELD + "/pack", response=PackOut, operation_id="field_pack")
def pack(request: Asking, code: str) -> dict[str, Any]:
    """Forms, lists, visits, buildings, an outline and the sealing key: what a phone needs to work without a network."""
    town = municipality_for(request.auth, code)
    require_somewhere(request.auth, Permission.FILL_FORMS, town)
    return packed(request.auth, town)


def packed(actor: Actor, municipality: Municipality) -> dict[str, Any]:
    add_shipped_forms(municipality)
    return field_pack(municipality, actor=actor, seal=sealing_keys().current().as_json())


@router.post(FIELD + "/records", response={201: ReceiptOut, 202: ReceiptOut}, operation_id="send_field_record")
def record(request: Asking, code: str) -> Status[Receipt]:
    """One sealed record (part `record`) with some or all of its sealed photos (parts `part`, by their file names).

    Fields: `device`, `instance_id`, `sha256` of the XML. Sent again in any order it gives the same receipt; 202 says
    that it is kept and waits for a supervisor.
    """
    town = municipality_for(request.auth, code)
    require_somewhere(request.auth, Permission.FILL_FORMS, town)
    sent = request.FILES.get("record")
    if sent is None:
        raise Invalid("The part 'record' is missing.")
    sealed = SealedRecord(
        instance_id=request.POST.get("instance_id", "")[:200],
        sha256=request.POST.get("sha256", "")[:64],
        record=sent.read(),
        parts=tuple((file.name or "", file.read()) for file in request.FILES.getlist("part")),
    )
    device = request.POST.get("device", "")[:100]
    receipt = receive_sealed(by=request.auth, municipality=town, sealed=sealed, device=device)
    return Status(202 if receipt.state == KEPT else 201, receipt)


@router.post(FIELD + "/outbox", response={201: ReceiptsOut}, operation_id="hand_in_outbox")
def outbox(request: Asking, code: str) -> Status[dict[str, Any]]:
    """The outbox file of any phone, as the body: each record gets its receipt."""
    town = municipality_for(request.auth, code)
    require_somewhere(request.auth, Permission.FILL_FORMS, town)
    receipts = receive_outbox(by=request.auth, municipality=town, file=io.BytesIO(request.body), device="handed in")
    return Status(201, {"receipts": receipts})


@router.post(FIELD + "/holdings", response=HoldingsOut, operation_id="report_field_holdings")
def holdings(request: Asking, code: str, said: HoldingsIn) -> dict[str, Any]:
    """What a phone holds and has not sent. Answers with what this person's phones are believed to have lost."""
    town = municipality_for(request.auth, code)
    held = [Held(**item.dict()) for item in said.records]
    report_holdings(by=request.auth, municipality=town, device=said.device, held=held)
    lost = missing_records(town, user_id=int(request.auth.user_id or 0), device=said.device)
    return {"missing": lost}


@router.get(FIELD + "/holdings", response=list[HeldByPhoneOut], operation_id="field_holdings")
def all_holdings(request: Asking, code: str) -> list[dict[str, Any]]:
    """What phones say they hold and the town has not: on its way, or missing."""
    return held_by_phones(municipality_for(request.auth, code, Permission.REVIEW_FORMS))


@router.post(FIELD + "/holdings/explain", response=ExplainedOut, operation_id="explain_missing_record")
def explain(request: Asking, code: str, said: ExplanationIn) -> dict[str, int]:
    """Says why a record that a phone held will not come; the warning about it ends."""
    town = municipality_for(request.auth, code)
    told = explain_missing(by=request.auth, municipality=town, instance_id=said.instance_id, reason=said.reason)
    return {"explained": told}
