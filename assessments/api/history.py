"""Who changed what, over HTTP: the history of a record, undoing, deleting, restoring; what norms have been."""

from typing import Any

from ninja import Router

from assessments.schemas.history import DeletedListOut, HistoryOut, NormHistoryOut, ReasonIn
from assessments.selectors.history import deleted_records, kept_as
from municipal_units.actions.history import delete_record, restore_record, undo_change
from municipal_units.api.asking import Asking
from municipal_units.models import Municipality
from municipal_units.permissions import Actor, Permission
from municipal_units.schemas.history import UndoIn
from municipal_units.selectors.history import Kept, history_of, record_of
from municipal_units.selectors.norm_history import norm_history
from municipal_units.selectors.places import municipality_for

router = Router(tags=["history"])
TOWN = "/municipalities/{slug:code}"
RECORD = TOWN + "/history/{slug:kind}/{int:record_id}"


@router.get(TOWN + "/history/norms", response=NormHistoryOut, operation_id="norm_history")
def norms(request: Asking, code: str) -> dict[str, Any]:
    """Every value of every norm, newest first, with who set it and the source given."""
    town = municipality_for(request.auth, code, Permission.VIEW_NORMS)
    return {"items": norm_history(town, actor=request.auth)}


@router.get(TOWN + "/deleted", response=DeletedListOut, operation_id="deleted_records")
def deleted(request: Asking, code: str) -> dict[str, Any]:
    """Facilities and works deleted in the last 30 days that you may restore."""
    return {"items": deleted_records(municipality_for(request.auth, code), actor=request.auth)}


@router.get(RECORD, response=HistoryOut, operation_id="history")
def history(request: Asking, code: str, kind: str, record_id: int) -> dict[str, Any]:
    """All changes of a facility, a neighbourhood or a work, newest first."""
    kept, _, record = found(request, code, kind, record_id)
    return told(kept, record, request.auth)


@router.post(RECORD + "/undo", response=HistoryOut, operation_id="undo_change")
def undo(request: Asking, code: str, kind: str, record_id: int, asked: UndoIn) -> dict[str, Any]:
    """Writes back what one change replaced. A value that was changed again since is refused by name."""
    kept, _, record = found(request, code, kind, record_id)
    undo_change(by=request.auth, kept=kept, record=record, change=asked.change, reason=asked.reason)
    return told(kept, record, request.auth)


@router.post(RECORD + "/delete", response=HistoryOut, operation_id="delete_record")
def delete(request: Asking, code: str, kind: str, record_id: int, asked: ReasonIn) -> dict[str, Any]:
    """Takes a facility or a work out of every list and computation; for 30 days it can be restored."""
    kept, _, record = found(request, code, kind, record_id)
    delete_record(by=request.auth, kept=kept, record=record, reason=asked.reason)
    return told(kept, record, request.auth)


@router.post(RECORD + "/restore", response=HistoryOut, operation_id="restore_record")
def restore(request: Asking, code: str, kind: str, record_id: int, asked: ReasonIn) -> dict[str, Any]:
    kept, _, record = found(request, code, kind, record_id)
    restore_record(by=request.auth, kept=kept, record=record, reason=asked.reason)
    return told(kept, record, request.auth)


def found(request: Asking, code: str, kind: str, record_id: int) -> tuple[Kept, Municipality, Any]:
    kept = kept_as(kind)
    town = municipality_for(request.auth, code, kept.view)
    return kept, town, record_of(kept, town, record_id, actor=request.auth)


def told(kept: Kept, record: Any, actor: Actor) -> dict[str, Any]:
    deleted_at = getattr(record, "deleted_at", None)
    items = history_of(kept, record, actor=actor)
    return {"kind": kept.word, "id": record.pk, "name": str(record), "deleted_at": deleted_at, "items": items}
