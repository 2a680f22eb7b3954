"""What is kept of what phones send, and the receipt for it: rows of files already on disk, forms kept aside."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from django.db import connection

from assessments.core.forms.instance import Instance
from assessments.models import KeptAside, Submission
from municipal_units.models import Event, Municipality
from municipal_units.permissions import Actor

STORED, KEPT, WITHDRAWN = "stored", "kept_aside", "withdrawn"
MOST_FILE_BYTES = 100_000_000
MOST_FILES = 300
XML_FILE = "xml_submission_file"


@dataclass(frozen=True)
class Part:
    """A file of a filled form: its name as the XML writes it."""

    name: str
    content: BinaryIO
    content_type: str = ""


@dataclass(frozen=True)
class Stored:
    """A part whose bytes survive."""

    name: str
    sha256: str
    size: int
    content_type: str


@dataclass(frozen=True)
class Receipt:
    """What a sender may rely on. `state` stored, kept_aside (`reason` says why) or
    withdrawn (this message took a record back); `sha256` is of the XML received,
    `files` the hash of each file kept under its name; `missing`: named in the XML and not here yet."""

    state: str
    receipt: uuid.UUID
    form_id: str
    version: str
    instance_id: str
    sha256: str
    received_at: datetime
    files: dict[str, str]
    missing: tuple[str, ...] = ()
    reason: str = ""
    detail: str = ""

    @property
    def complete(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class Sender:
    """Through which door, from which phone."""

    door: str
    device: str = ""


ATTACH = """
INSERT INTO assessments_submissionfile
    (municipality_id, submission_id, kept_aside_id, name, sha256, size, content_type, received_at)
SELECT %s, %s, %s, name, sha256, size, content_type, now()
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[]) AS given(name, sha256, size, content_type)
ORDER BY name
ON CONFLICT DO NOTHING
"""


def attach(owner: Submission | KeptAside, files: Sequence[Stored]) -> None:
    """Rows of files already stored; the first bytes under a name stay."""
    if not files:
        return
    ids = (owner.pk, None) if isinstance(owner, Submission) else (None, owner.pk)
    columns = [
        list(column) for column in zip(*[(f.name, f.sha256, f.size, f.content_type) for f in files], strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(ATTACH, [owner.municipality_id, *ids, *columns])


def missing_files(submission: Submission) -> tuple[str, ...]:
    if not submission.expected_files:
        return ()
    there = set(submission.files.values_list("name", flat=True))
    return tuple(name for name in submission.expected_files if name not in there)


def receipt_of(submission: Submission, just_attached: Sequence[Stored] | None = None) -> Receipt:
    """`just_attached`: all files of a record made this moment, so that they need not be asked for."""
    files = {file.name: file.sha256 for file in just_attached or ()}
    if just_attached is None or len(files) < len(just_attached):
        files = dict(submission.files.values_list("name", "sha256"))
    return Receipt(
        STORED,
        submission.receipt,
        submission.form_id_text,
        submission.form.version,
        submission.instance_id,
        submission.sha256,
        submission.received_at,
        files,
        tuple(name for name in submission.expected_files if name not in files),
    )


@dataclass(frozen=True)
class Aside:
    """What is needed to keep something aside, whatever the reason."""

    by: Actor
    town: Municipality
    xml: bytes
    digest: str
    files: Sequence[Stored]
    sender: Sender

    def keep(
        self,
        reason: str,
        *,
        instance_id: str,
        instance: Instance | None = None,
        submission: Submission | None = None,
        detail: str = "",
        files: Sequence[Stored] | None = None,
        replaces: str = "",
    ) -> Receipt:
        made = KeptAside(
            municipality=self.town,
            form_id_text=instance.form_id if instance else "",
            version=instance.version if instance else "",
            instance_id=instance_id,
            replaces_id=replaces or (instance.replaces if instance else ""),
            content=self.xml,
            sha256=self.digest,
            reason=reason,
            detail=detail,
            submission=submission,
            door=self.sender.door,
            device=self.sender.device[:200],
            submitted_by_id=self.by.user_id,
        )
        KeptAside.objects.bulk_create([made], ignore_conflicts=True)
        kept = KeptAside.objects.get(
            municipality=self.town,
            form_id_text=made.form_id_text,
            instance_id=instance_id,
            sha256=self.digest,
            reason=reason,
        )
        attach(kept, self.files if files is None else files)
        if kept.receipt == made.receipt and reason != WITHDRAWN:
            Event.objects.record(
                "submission.kept_aside",
                municipality_id=self.town.pk,
                by_id=self.by.user_id,
                subject=kept,
                shows={"id": kept.pk, "form": kept.form_id_text, "reason": reason},
            )
        return receipt_of_kept(kept)


def receipt_of_kept(kept: KeptAside) -> Receipt:
    files = dict(kept.files.values_list("name", "sha256"))
    return Receipt(
        WITHDRAWN if kept.reason == WITHDRAWN else KEPT,
        kept.receipt,
        kept.form_id_text,
        kept.version,
        kept.instance_id,
        kept.sha256,
        kept.received_at,
        files,
        reason=kept.reason,
        detail=kept.detail,
    )
