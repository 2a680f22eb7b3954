"""Holds receipts that senders wrote down against what is kept: rows, and files by their hash."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from assessments.models import KeptAside, Submission
from crisis.lib.errors import NotFound, Unreadable
from crisis.lib.storage import FileStore
from municipal_units.models import Municipality


@dataclass
class ReceiptCheck:
    """All of these must stay empty. `lost`: receipts without their row. `damaged`: files that are gone or differ.
    `doubled`: forms that stand in more than one row."""

    checked: int = 0
    lost: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.lost or self.damaged or self.doubled)


def check_receipts(municipality: Municipality, receipts: Iterable[dict[str, Any]], store: FileStore) -> ReceiptCheck:
    """Each receipt: {state, receipt, sha256, files: {name: sha256}}, as the doors give them."""
    result = ReceiptCheck()
    rows: dict[str, str] = {}
    for given in receipts:
        result.checked += 1
        model = Submission if given["state"] == "stored" else KeptAside
        row = model.objects.filter(municipality=municipality, receipt=given["receipt"]).first()
        if row is None or row.sha256 != given["sha256"]:
            result.lost.append(given["receipt"])
            continue
        if model is Submission and rows.setdefault(row.sha256, given["receipt"]) != given["receipt"]:
            result.doubled.append(given["receipt"])
        there = dict(row.files.values_list("name", "sha256"))
        for name, sha256 in given["files"].items():
            if there.get(name) != sha256 or not intact(store, sha256):
                result.damaged.append(f"{given['receipt']} {name}")
    return result


def intact(store: FileStore, sha256: str) -> bool:
    """The file is there and reads back as what it was."""
    try:
        store.verify(sha256)
    except (NotFound, Unreadable):
        return False
    return True
