"""Undoing a whole import: what it wrote is withdrawn by new changes, nothing is erased, later work is left alone."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid
from municipal_units.actions.history import write_back
from municipal_units.actions.imports import FINISHED, STOPPED, importer_of
from municipal_units.importing.contract import Withdrawn
from municipal_units.models import Event, ImportBatch
from municipal_units.permissions import Actor, Permission, noting, require, showing_deleted
from municipal_units.selectors.history import versions_of

UNDONE = "undone"
MOST_LEFT_SHOWN = 200
UNDO_TIMEOUT = "120s"


@transaction.atomic
def undo_import(*, by: Actor, batch: ImportBatch, reason: str) -> ImportBatch:
    """Withdraws what an import wrote. Rows somebody has worked on since stay as they are and are listed."""
    importer = importer_of(batch.kind)
    require(by, Permission.IMPORT_FILES, batch.municipality_id)
    require(by, importer.permission, batch.municipality_id)
    if not reason.strip():
        raise Invalid("Say why.", fields=[FieldError("reason", "Say why.")])
    locked = ImportBatch.objects.select_for_update(of=("self",)).select_related("municipality").get(pk=batch.pk)
    refuse_unless_undoable(locked)
    withdrawn = _withdraw(by, locked, reason.strip())
    told = {"withdrawn": withdrawn.withdrawn, "put_back": withdrawn.put_back, "left": len(withdrawn.left)}
    locked.state = UNDONE
    locked.summary = {**locked.summary, UNDONE: {**told, "rows_left": list(withdrawn.left[:MOST_LEFT_SHOWN])}}
    locked.message = (
        f"Undone: {withdrawn.withdrawn} withdrawn, {withdrawn.put_back} put back as they were,"
        f" {len(withdrawn.left)} left because they were worked on since."
    )
    locked.save(update_fields=["state", "summary", "message"])
    Event.objects.record(
        "import.undone", municipality_id=locked.municipality_id, by_id=by.user_id, subject=locked, shows=told
    )
    return locked


@transaction.atomic
def preview_undo(*, by: Actor, batch: ImportBatch) -> Withdrawn:
    """What undoing an import would do, found out by doing it and taking that back."""
    importer = importer_of(batch.kind)
    require(by, Permission.IMPORT_FILES, batch.municipality_id)
    require(by, importer.permission, batch.municipality_id)
    refuse_unless_undoable(batch)
    with transaction.atomic():
        told = _withdraw(by, batch, "preview")
        transaction.set_rollback(True)
    return told


def refuse_unless_undoable(batch: ImportBatch) -> None:
    if batch.state not in (FINISHED, STOPPED):
        raise Conflict("Only an import that has ended can be undone, and only once.")
    ended = batch.finished_at or batch.created_at
    if ended < timezone.now() - timedelta(days=settings.UNDO_DAYS):
        raise Conflict(f"Only imports of the last {settings.UNDO_DAYS} days can be undone.")


def _withdraw(by: Actor, batch: ImportBatch, reason: str) -> Withdrawn:
    """Runs the withdrawal of this kind of import; a large file may take longer than a page usually may."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        (usual,) = cursor.fetchone()
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [UNDO_TIMEOUT])
    with noting(reason=reason):
        told = importer_of(batch.kind).withdraw(by=by, batch=batch)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [usual])
    return told


def ids_of(ranges: Iterable[Iterable[int]]) -> list[int]:
    """The ids a batch noted as its own new rows, from the ranges they are kept in."""
    return [pk for first, last in ranges for pk in range(first, last + 1)]


def withdraw_new(model: Any, batch: ImportBatch, *, also_touched: set[int]) -> tuple[list[int], list[str]]:
    """Deletes (restorable) the rows the import added, but for those changed since; ids, and those left with why."""
    new = model.objects.filter(municipality_id=batch.municipality_id, pk__in=ids_of(batch.summary.get("new_ids", [])))
    later = later_changes(model, [row.pk for row in new], batch) | also_touched
    gone = [row.pk for row in new if row.pk not in later]
    left = [f"{label_of(row)}: changed or reported on since" for row in new if row.pk in later]
    with showing_deleted():
        model.objects.filter(pk__in=gone).update(deleted_at=timezone.now())
    return gone, left


def put_back(model: Any, batch: ImportBatch) -> tuple[list[int], list[str]]:
    """Writes back the values the import replaced in rows that were there before; ids, and those left with why."""
    mine = versions_of(model).filter(municipality_id=batch.municipality_id, pgh_context__contains={"import": batch.pk})
    by_row: dict[int, list[Any]] = {}
    for version in mine.order_by("pgh_id"):
        by_row.setdefault(version.pgh_obj_id, []).append(version)
    done, left = [], []
    for row in model.objects.filter(pk__in=by_row):
        try:
            with transaction.atomic():
                write_back(row, by_row[row.pk])
            done.append(row.pk)
        except Conflict:
            left.append(f"{label_of(row)}: changed again since")
    return done, left


def label_of(row: Any) -> str:
    """A row as people know it: its code, where it has one, and its name."""
    code = getattr(row, "code", "") or getattr(row, "pcode", "")
    return f"{code} {row.name}".strip()


def later_changes(model: Any, ids: list[int], batch: ImportBatch) -> set[int]:
    """Which of the rows were changed by anything but this import."""
    versions = versions_of(model).filter(pgh_obj_id__in=ids).exclude(pgh_context__contains={"import": batch.pk})
    return set(versions.values_list("pgh_obj_id", flat=True))
