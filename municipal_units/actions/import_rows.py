"""Rows of an import, checked without writing or taken in portions; killed workers' imports go on where they ended."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from crisis.lib.errors import RepriseError
from municipal_units.actions.import_lanes import Lanes
from municipal_units.actions.imports import (
    ASKS,
    CHECKED,
    CHECKED_AT_ONCE_ROWS,
    CHECKING,
    FAILED,
    FINISHED,
    QUEUED,
    RUNNING,
    STOPPED,
    context_of,
    defer_work,
    importer_of,
    needed,
    refuse_unless_open,
)
from municipal_units.importing.contract import (
    NOTED,
    REFUSED,
    Counted,
    ImportContext,
    Importer,
    Portion,
    RowNote,
    Unanswered,
)
from municipal_units.models import Event, ImportBatch, ImportRow
from municipal_units.permissions import Actor, Permission, noting, require, scope, system_actor

EXAMPLES = 3
NOTES_AT_ONCE = 10_000


@transaction.atomic
def start_check(*, by: Actor, batch: ImportBatch) -> ImportBatch:
    """Checks a short file at once; a long one waits for the worker, and the batch says so."""
    if (batch.rows or 0) <= CHECKED_AT_ONCE_ROWS:
        return check_import(by=by, batch=batch)
    importer = importer_of(batch.kind)
    require(by, Permission.IMPORT_FILES, batch.municipality_id)
    refuse_unless_open(batch)
    needed(importer, batch)
    batch.state, batch.done_rows = CHECKING, 0
    batch.save(update_fields=["state", "done_rows"])
    defer_work(batch)
    return batch


def check_in_background(*, municipality_id: int, batch_id: int) -> None:
    """The dry run of a long file, by a worker."""
    try:
        with scope(system_actor(municipality_id), statement_timeout_ms=0):
            batch = ImportBatch.objects.select_related("municipality__crisis", "file", "source").get(pk=batch_id)
            if batch.state == CHECKING:
                check_import(by=system_actor(municipality_id, user_id=batch.created_by_id), batch=batch)
    except RepriseError as refusal:
        close(municipality_id, batch_id, FAILED, refusal.message)
    except Exception:
        close(municipality_id, batch_id, FAILED, "Something went wrong inside. Nothing was written; try again.")
        raise


@transaction.atomic
def check_import(*, by: Actor, batch: ImportBatch, progress: Callable[[int], None] | None = None) -> ImportBatch:
    """Says of every row what would become of it and writes none. Questions come back as state `asks`."""
    importer = importer_of(batch.kind)
    require(by, Permission.IMPORT_FILES, batch.municipality_id)
    if batch.state != CHECKING:
        refuse_unless_open(batch)
    needed(importer, batch)
    total = Counted()
    try:
        with context_of(batch, by, importer) as context:
            if importer.looks_first:
                take_all(importer, context, total, dry_run=True, progress=progress)
            else:
                take_back(lambda: take_all(importer, context, total, dry_run=False, progress=progress))
    except Unanswered as unanswered:
        batch.state = ASKS
        batch.summary = {"questions": [question.as_json() for question in unanswered.questions]}
        batch.message = unanswered.message
        batch.save(update_fields=["state", "summary", "message"])
        return batch
    ImportRow.objects.filter(batch=batch).delete()
    write_notes(batch, total.notes)
    batch.rows = total.rows
    batch.state, batch.message, batch.done_rows = CHECKED, "", 0
    batch.summary = summary_of(total)
    batch.save(update_fields=["rows", "state", "message", "summary", "done_rows"])
    return batch


def take_all(
    importer: Importer, context: ImportContext, total: Counted, *, dry_run: bool, progress: Callable[[int], None] | None
) -> None:
    for portion in importer.portions(context):
        add(total, portion.take(dry_run))
        if progress:
            progress(total.rows)


class TakenBack(Exception):
    """Ends a savepoint whose writes were only tried."""


def take_back(attempt: Callable[[], None]) -> None:
    """Runs the real actions and undoes them: what they say is exactly what they would do."""
    try:
        with transaction.atomic():
            attempt()
            raise TakenBack
    except TakenBack:
        pass


def add(total: Counted, part: Counted) -> None:
    total.new += part.new
    total.changed += part.changed
    total.unchanged += part.unchanged
    total.refused += part.refused
    total.notes += part.notes
    total.unlisted += part.unlisted


def summary_of(total: Counted) -> dict[str, Any]:
    """The figures and, per code, how many rows and the first examples."""
    return {
        "rows": total.rows,
        "ready": total.rows - total.refused,
        "new": total.new,
        "changed": total.changed,
        "unchanged": total.unchanged,
        "refused": total.refused,
        "reasons": reasons_of(total),
    }


def reasons_of(counted: Counted) -> list[dict[str, Any]]:
    """Per code how many rows, and the first examples; refusals first, then by number."""
    notes = sorted(counted.notes, key=lambda note: (note.layer, note.row))
    counts = Counter((note.status, note.code) for note in notes)
    for code, count in counted.unlisted.items():
        counts[(NOTED, code)] += count
    examples: dict[tuple[str, str], list[dict[str, Any]]] = {key: [] for key in counts}
    for note in notes:
        listed = examples[(note.status, note.code)]
        if len(listed) < EXAMPLES:
            listed.append({"row": note.row, "layer": note.layer, "written": note.written[:100], "reason": note.reason})
    return [
        {"status": status, "code": code, "count": count, "examples": examples[(status, code)]}
        for (status, code), count in sorted(counts.items(), key=lambda item: (item[0][0] != REFUSED, -item[1]))
    ]


NOTES = """
INSERT INTO municipal_units_importrow (municipality_id, batch_id, layer, row_number, status, code, field, written,
    reason)
SELECT %s, %s, layer, row_number, status, code, field, written, reason
FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS note(layer, row_number, status, code, field, written, reason)
"""


def write_notes(batch: ImportBatch, notes: Sequence[RowNote]) -> None:
    """Keeps the notes, many at a time."""
    with connection.cursor() as cursor:
        for first in range(0, len(notes), NOTES_AT_ONCE):
            some = notes[first : first + NOTES_AT_ONCE]
            columns: list[list[Any]] = [
                [note.layer[:200] for note in some],
                [note.row for note in some],
                [note.status for note in some],
                [note.code[:60] for note in some],
                [note.field[:200] for note in some],
                [note.written[:2_000] for note in some],
                [note.reason for note in some],
            ]
            cursor.execute(NOTES, [batch.municipality_id, batch.pk, *columns])


def run_import(*, municipality_id: int, batch_id: int, progress: Callable[[int, int], None] | None = None) -> str:
    """Takes the rows portion by portion, each with its figures in one transaction; gives the state it ended in."""
    try:
        return take_portions(municipality_id, batch_id, progress)
    except Unanswered as unanswered:
        questions = {"questions": [question.as_json() for question in unanswered.questions]}
        close(municipality_id, batch_id, ASKS, unanswered.message, summary=questions)
        return ASKS
    except RepriseError as refusal:
        close(municipality_id, batch_id, FAILED, refusal.message)
        return FAILED
    except Exception:
        close(municipality_id, batch_id, FAILED, "Something went wrong inside. What is in stays; try again.")
        raise


def take_portions(municipality_id: int, batch_id: int, progress: Callable[[int, int], None] | None) -> str:
    def tell(batch: ImportBatch) -> None:
        if progress:
            progress(batch.done_rows, batch.rows or 0)

    with scope(system_actor(municipality_id), statement_timeout_ms=0):
        batch = begin(batch_id)
        if batch is None:
            return FINISHED
        actor = system_actor(municipality_id, user_id=batch.created_by_id)
        importer = importer_of(batch.kind)
        with ExitStack() as held:
            context = held.enter_context(context_of(batch, actor, importer))
            portions = importer.portions(context, skip_rows=batch.done_rows)
            reading = held.pop_all()
    with reading:
        return take_each(actor, context, importer, portions, tell)


def take_each(
    actor: Actor,
    context: ImportContext,
    importer: Importer,
    portions: Iterator[Portion],
    tell: Callable[[ImportBatch], None],
) -> str:
    """Takes one portion after the other, each in its own transaction."""
    batch_id = context.batch.pk
    alone = connection.in_atomic_block  # other connections would not see what this one wrote before
    while True:
        # Reading may take long; the batch is locked only while rows are written, so that a stop request gets through.
        with scope(actor, statement_timeout_ms=0):
            portion = next(portions, None)
            done_rows = ImportBatch.objects.values_list("done_rows", flat=True).get(pk=batch_id)
        left = [portion]
        if portion is not None and portion.write is not None and not alone:
            left = [*Lanes(actor, batch_id, chain([portion], portions), done_rows, book, tell).run()]
        for one in left:
            with scope(actor, statement_timeout_ms=0):
                current = ImportBatch.objects.select_for_update().get(pk=batch_id)
                if current.stop_requested:
                    return finish(current, STOPPED, importer, context)
                if one is None:
                    return finish(current, FINISHED, importer, context)
                told: dict[str, str | int] = {"import": current.pk, "door": "import"}
                with noting(**told):
                    counted = one.take(False)
                book(current, counted)
            tell(current)


def book(batch: ImportBatch, counted: Counted) -> None:
    """Adds the figures and notes of one more portion to the batch, which the caller has locked."""
    write_notes(batch, counted.notes)
    batch.done_rows += counted.rows
    batch.accepted += counted.rows - counted.refused
    batch.refused += counted.refused
    batch.unchanged += counted.unchanged
    batch.summary = with_portion(batch.summary, counted)
    batch.save(update_fields=["done_rows", "accepted", "refused", "unchanged", "summary"])


def begin(batch_id: int) -> ImportBatch | None:
    """Takes hold of a batch; None when there is nothing left to do."""
    batch = (
        ImportBatch.objects.select_for_update(of=("self",))
        .select_related("municipality__crisis", "file", "source")
        .get(pk=batch_id)
    )
    if batch.state not in (QUEUED, RUNNING):
        return None
    if batch.done_rows == 0:
        ImportRow.objects.filter(batch=batch).delete()
        batch.summary = {"checked": batch.summary}
        batch.accepted = batch.refused = batch.unchanged = 0
    batch.state = RUNNING
    batch.started_at = batch.started_at or timezone.now()
    batch.save(update_fields=["state", "started_at", "summary", "accepted", "refused", "unchanged"])
    return batch


def with_portion(summary: dict[str, Any], counted: Counted) -> dict[str, Any]:
    """Running totals of a batch after one more portion."""
    new, changed = summary.get("new", 0) + counted.new, summary.get("changed", 0) + counted.changed
    merged = {(reason["status"], reason["code"]): reason for reason in summary.get("reasons", [])}
    for reason in reasons_of(counted):
        known = merged.get((reason["status"], reason["code"]))
        if known is None:
            merged[(reason["status"], reason["code"])] = reason
        else:
            known["count"] += reason["count"]
            known["examples"] = known["examples"] or reason["examples"]
    written = {
        name: [*summary.get(name, []), *as_ranges(ids)]
        for name, ids in (("new_ids", counted.new_ids), ("report_ids", counted.report_ids))
        if ids or name in summary
    }
    return {**summary, "new": new, "changed": changed, "reasons": list(merged.values()), **written}


def as_ranges(ids: Iterable[int]) -> list[list[int]]:
    """Ids as few pairs of first and last: new rows of one portion follow one another."""
    ranges: list[list[int]] = []
    for pk in sorted(ids):
        if ranges and pk == ranges[-1][1] + 1:
            ranges[-1][1] = pk
        else:
            ranges.append([pk, pk])
    return ranges


def finish(batch: ImportBatch, state: str, importer: Importer, context: ImportContext) -> str:
    batch.state, batch.finished_at, batch.stop_requested = state, timezone.now(), False
    if state == FINISHED:
        batch.rows = batch.done_rows
        batch.summary = {**batch.summary, **importer.afterwards(context)}
    batch.summary |= {
        "rows": batch.done_rows,
        "ready": batch.accepted,
        "new": batch.summary.get("new", 0),
        "changed": batch.summary.get("changed", 0),
        "unchanged": batch.unchanged,
        "refused": batch.refused,
    }
    batch.save(update_fields=["state", "finished_at", "stop_requested", "rows", "summary"])
    Event.objects.record(
        "import.finished",
        municipality_id=batch.municipality_id,
        by_id=batch.created_by_id,
        subject=batch,
        shows={
            "import": batch.pk,
            "kind": batch.kind,
            "state": state,
            "rows": batch.done_rows,
            "accepted": batch.accepted,
            "refused": batch.refused,
            "unchanged": batch.unchanged,
        },
    )
    return state


def close(municipality_id: int, batch_id: int, state: str, message: str, **changes: Any) -> None:
    with scope(system_actor(municipality_id)):
        ImportBatch.objects.filter(pk=batch_id).update(
            state=state, message=message, finished_at=timezone.now(), **changes
        )
