"""The field app's doors: sealed records in, and what phones say they hold."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from assessments.actions.intake import receive_submission
from assessments.actions.keeping import Part, Receipt, Sender
from assessments.models import FieldHolding
from crisis.lib.errors import FieldError, Invalid, NotFound
from crisis.lib.outboxes import BadOutbox, NotOpened, SealingKeys, read_outbox
from municipal_units.models import Event, Municipality
from municipal_units.permissions import Actor, Permission, require_somewhere

DOOR = "app"
MOST_HELD = 2_000
LONGEST_EXPLANATION = 300


def sealing_keys() -> SealingKeys:
    return SealingKeys(settings.SEALING_KEYS)


@dataclass(frozen=True)
class SealedRecord:
    """One record as a phone sends it: its id and the SHA-256 of the XML inside are said outside, so that even one that
    cannot be opened gets a receipt that names it."""

    instance_id: str
    sha256: str
    record: bytes
    parts: tuple[tuple[str, bytes], ...] = ()


def receive_sealed(*, by: Actor, municipality: Municipality, sealed: SealedRecord, device: str) -> Receipt:
    """Opens a record and takes it in like any other. What no key opens is kept as it came, and a supervisor is told."""
    keys, sender = sealing_keys(), Sender(door=DOOR, device=device)
    try:
        xml = keys.open(sealed.record)
        parts = [Part(name, io.BytesIO(keys.open(content)), "image/jpeg") for name, content in sealed.parts]
    except NotOpened:
        raw = [Part(name, io.BytesIO(content)) for name, content in (("sealed", sealed.record), *sealed.parts)]
        kept = receive_submission(by=by, municipality=municipality, xml=b"", parts=raw, sender=sender)
        return replace(kept, instance_id=sealed.instance_id, sha256=sealed.sha256, missing=())
    return receive_submission(by=by, municipality=municipality, xml=xml, parts=parts, sender=sender)


def receive_outbox(*, by: Actor, municipality: Municipality, file: BinaryIO, device: str) -> list[Receipt]:
    """Hands in the outbox file of a phone, record by record. A file cut off in the middle gives what is whole."""
    receipts: list[Receipt] = []
    try:
        for record in read_outbox(file):
            named = dict(record.parts)
            sealed = SealedRecord(
                instance_id=record.instance_id,
                sha256=record.sha256,
                record=named.pop("", b""),
                parts=tuple(named.items()),
            )
            receipts.append(receive_sealed(by=by, municipality=municipality, sealed=sealed, device=device))
    except BadOutbox as broken:
        if not receipts:
            raise Invalid(str(broken)) from broken
    return receipts


@dataclass(frozen=True)
class Held:
    """A record a phone has and has no receipt for; nothing of its answers."""

    instance_id: str
    form_id: str
    title: str
    place: str
    state: str
    at: datetime


@transaction.atomic
def report_holdings(*, by: Actor, municipality: Municipality, device: str, held: Sequence[Held]) -> None:
    """Replaces what is known of a phone's outbox by what it says now. No event: nothing happened in the town."""
    require_somewhere(by, Permission.FILL_FORMS, municipality)
    if len(held) > MOST_HELD:
        raise Invalid(f"A phone reports at most {MOST_HELD} records at once.")
    user_id = int(by.user_id or 0)
    mine = FieldHolding.objects.filter(municipality=municipality, user_id=user_id, device=device)
    mine.exclude(instance_id__in=[item.instance_id for item in held]).delete()
    FieldHolding.objects.bulk_create(
        [
            FieldHolding(
                municipality=municipality,
                user_id=user_id,
                device=device,
                instance_id=item.instance_id,
                form_id_text=item.form_id,
                title=item.title,
                place=item.place,
                state=item.state,
                changed_at=item.at,
            )
            for item in held
        ],
        update_conflicts=True,
        unique_fields=["municipality", "user", "device", "instance_id"],
        update_fields=["title", "place", "state", "changed_at", "told_at"],
    )


@transaction.atomic
def explain_missing(*, by: Actor, municipality: Municipality, instance_id: str, reason: str) -> int:
    """Sets aside the warning about a record that a phone held and that never came. The person whose phone it was may,
    and whoever reviews; what the phone said stays. Gives how many phones had told of it."""
    require_somewhere(by, Permission.FILL_FORMS, municipality)
    reason = reason.strip()
    if not 3 <= len(reason) <= LONGEST_EXPLANATION or "\x00" in reason:
        message = f"Say in 3 to {LONGEST_EXPLANATION} letters why it will not come."
        raise Invalid(message, fields=[FieldError("reason", message)])
    held = FieldHolding.objects.filter(municipality=municipality, instance_id=instance_id, explained_at=None)
    if not by.may(Permission.REVIEW_FORMS, municipality.pk):
        held = held.filter(user_id=int(by.user_id or 0))
    rows = list(held)
    if not rows:
        raise NotFound("No phone of yours told of such a record, or it is explained already.")
    held.update(explanation=reason, explained_by_id=by.user_id, explained_at=timezone.now())
    Event.objects.record(
        "holding.explained",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=rows[0],
        shows={"form": rows[0].form_id_text, "place": rows[0].place},
    )
    return len(rows)
