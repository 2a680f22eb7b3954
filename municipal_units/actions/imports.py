"""A file's way in: received and inspected, columns chosen, checked without writing, confirmed, taken in portions.

Every step is an action on an ImportBatch. What a batch says about itself (state, rows done) is the truth; a job is only
somebody who works on it, so a killed worker's import goes on where its last committed portion ended.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from crisis.lib.errors import Conflict, Invalid, NotFound
from crisis.lib.geo import inspect_file
from municipal_units.actions.files import forget_file, is_there, keep_file, readable_path, refuse_forgotten
from municipal_units.importing.contract import ImportContext, Importer
from municipal_units.importing.views import FileView, file_view, view_of
from municipal_units.models import ImportBatch, ImportSource, Municipality
from municipal_units.permissions import Actor, Permission, require

INSPECTED, ASKS, CHECKING, CHECKED = "inspected", "asks", "checking", "checked"
QUEUED, RUNNING, FINISHED, STOPPED, FAILED = "queued", "running", "finished", "stopped", "failed"
OPEN_STATES = (INSPECTED, ASKS, CHECKED, STOPPED, FAILED)
WORK = {
    CHECKING: "municipal_units.check_import",
    QUEUED: "municipal_units.run_import",
    RUNNING: "municipal_units.run_import",
}
QUEUE = "imports"
CHECKED_AT_ONCE_ROWS = 3_000


def importer_of(kind: str) -> Importer:
    """The importer of a kind of file; loaded on first use, because it brings pandas and GDAL along."""
    if kind not in settings.IMPORTERS:
        raise NotFound(f"'{kind[:40]}' is no kind of import. Known: {', '.join(settings.IMPORTERS)}.")
    importer: Importer = import_string(settings.IMPORTERS[kind])()
    return importer


@transaction.atomic
def receive_file(
    *, by: Actor, municipality: Municipality, kind: str, name: str, content: BinaryIO, content_type: str = ""
) -> ImportBatch:
    """Keeps the file, looks into it and makes a first proposal of columns. Nothing of its rows is written yet."""
    importer = importer_of(kind)
    require(by, Permission.IMPORT_FILES, municipality.pk)
    require(by, importer.permission, municipality.pk)
    stored = keep_file(
        by=by,
        municipality=municipality,
        name=name,
        content=content,
        content_type=content_type,
        sealed=importer.personal,
    )
    batch = ImportBatch(municipality=municipality, kind=kind, file=stored, created_by_id=by.user_id)
    inspect(batch, importer, encoding=None)
    batch.save()
    return batch


def inspect(batch: ImportBatch, importer: Importer, *, encoding: str | None) -> None:
    """Fills inspection, proposal and row count of an unsaved or open batch."""
    with readable_path(batch.file) as path:
        inspection = inspect_file(path, filename=batch.file.name, encoding=encoding)
    batch.inspection = view_of(inspection)
    if importer.personal:
        for column in (column for layer in batch.inspection["layers"] for column in layer["columns"]):
            column["samples"] = []
    file = file_view(batch.inspection)
    source = likely_source(batch, file)
    proposal = importer.suggest(file, source.mapping if source else {})
    batch.preset = proposal.preset
    batch.layers = list(proposal.layers)
    batch.mapping = dict(proposal.mapping)
    batch.options = {**proposal.options, **({"source": source.name} if source else {})}
    batch.answers = dict(source.answers) if source else {}
    batch.encoding = encoding or ""
    batch.rows = sum(layer.rows for layer in file.chosen(batch.layers))
    batch.inspection["proposal"] = list(proposal.notes)


def likely_source(batch: ImportBatch, file: FileView) -> ImportSource | None:
    """The known sender whose remembered columns are all in this file; the latest one if several."""
    columns = set(file.column_names)
    for source in ImportSource.objects.filter(municipality=batch.municipality, kind=batch.kind).order_by("-pk"):
        chosen = {column for column in source.mapping.values() if column}
        if chosen and chosen <= columns:
            return source
    return None


@transaction.atomic
def choose_columns(
    *,
    by: Actor,
    batch: ImportBatch,
    source_name: str = "",
    layers: Iterable[str] | None = None,
    mapping: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    answers: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> ImportBatch:
    """Says what the columns mean and answers questions; remembered for the source. None leaves a part as it is."""
    importer = importer_of(batch.kind)
    require(by, Permission.IMPORT_FILES, batch.municipality_id)
    refuse_unless_open(batch)
    if encoding is not None and encoding != batch.encoding:
        inspect(batch, importer, encoding=encoding or None)
    file = file_view(batch.inspection)
    if layers is not None:
        batch.layers = known_layers(file, layers)
    if mapping is not None:
        batch.mapping = known_columns(importer, file, mapping)
    if options is not None:
        batch.options = {**batch.options, **known_options(importer, options)}
    if answers is not None:
        batch.answers = {**batch.answers, **{str(key): str(value) for key, value in answers.items()}}
    name = source_name.strip() or str(batch.options.get("source", "")).strip()
    if name:
        batch.options["source"] = name
        batch.source = remember(batch, name[:200])
    batch.rows = sum(layer.rows for layer in file.chosen(batch.layers))
    batch.state, batch.summary, batch.message, batch.done_rows = INSPECTED, {}, "", 0
    batch.save()
    return batch


def remember(batch: ImportBatch, name: str) -> ImportSource:
    """Keeps columns, answers and letters for the next file of this sender."""
    source, _ = ImportSource.objects.get_or_create(municipality=batch.municipality, kind=batch.kind, name=name)
    source.mapping, source.answers, source.encoding = batch.mapping, batch.answers, batch.encoding
    source.save(update_fields=["mapping", "answers", "encoding"])
    return source


def known_layers(file: FileView, names: Iterable[str]) -> list[str]:
    wanted = list(names)
    there = {layer.name for layer in file.layers}
    if missing := [name for name in wanted if name not in there]:
        raise Invalid(f"The file has no layer '{missing[0][:60]}'. It has: {', '.join(sorted(there))}.")
    return wanted


def known_columns(importer: Importer, file: FileView, mapping: Mapping[str, str]) -> dict[str, str]:
    uses = {use.name for use in importer.uses_for(file)}
    columns = set(file.column_names)
    for use, column in mapping.items():
        if use not in uses:
            raise Invalid(f"'{use[:60]}' is nothing a column can mean here. Known: {', '.join(sorted(uses))}.")
        if column and column not in columns:
            raise Invalid(f"The file has no column '{column[:60]}'. It has: {', '.join(file.column_names)[:400]}.")
    return {use: column for use, column in mapping.items() if column}


def known_options(importer: Importer, options: Mapping[str, Any]) -> dict[str, Any]:
    known = {option.name: option for option in importer.options}
    for name, value in options.items():
        if name not in known:
            raise Invalid(f"'{name[:60]}' is no option here. Known: {', '.join(known)}.")
        option = known[name]
        if value and option.kind == "choice" and str(value) not in {code for code, _ in option.choices}:
            choices = ", ".join(code for code, _ in option.choices if code)
            raise Invalid(f"'{str(value)[:60]}' cannot be chosen for {option.label.lower()}. Known: {choices}.")
        if value and option.kind == "date":
            day_of(str(value), option.label)
    return {name: str(value).strip() if value is not None else "" for name, value in options.items()}


def day_of(text: str, label: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{label}: '{text[:40]}' is not a date. Write it as 2026-11-19.") from None


def refuse_unless_open(batch: ImportBatch) -> None:
    if batch.state not in OPEN_STATES:
        raise Conflict("This import is running or finished. Send the file again to import it anew.")


def needed(importer: Importer, batch: ImportBatch) -> None:
    """Refuses to go on while a required column or option is missing."""
    file = file_view(batch.inspection)
    missing = [use.label for use in importer.uses_for(file) if use.required and not batch.mapping.get(use.name)]
    missing += [option.label for option in importer.options if option.required and not batch.options.get(option.name)]
    if missing:
        raise Invalid(f"Still to be said: {', '.join(missing)}.")
    if not file.chosen(batch.layers):
        raise Invalid("The file has no layer to read.")


@contextmanager
def context_of(batch: ImportBatch, by: Actor, importer: Importer) -> Iterator[ImportContext]:
    """Everything an importer may look at; the file can be read inside."""
    refuse_forgotten(batch.file)
    file = file_view(batch.inspection)
    if batch.source is None:
        batch.source = remember(batch, str(batch.options.get("source", "")).strip() or "unnamed source")
        ImportBatch.objects.filter(pk=batch.pk).update(source=batch.source)
    with readable_path(batch.file) as path:
        yield ImportContext(
            by=by,
            municipality=batch.municipality,
            batch=batch,
            path=path,
            file=file,
            layers=file.chosen(batch.layers),
            mapping=batch.mapping,
            answers=batch.answers,
            options=batch.options,
            source=batch.source,
            crisis=batch.municipality.crisis,
            today=timezone.localdate(),
        )


def defer_work(batch: ImportBatch) -> None:
    """Queues the work a batch's state asks for. Imports of one municipality run one after the other, and what is
    queued already is not queued again."""
    task = app.configure_task(
        WORK[batch.state],
        queue=QUEUE,
        lock=f"imports:{batch.municipality_id}",
        queueing_lock=f"import:{batch.pk}:{batch.state}",
    )
    try:
        # In a savepoint of its own: a refused queueing must not spoil the transaction around it.
        with transaction.atomic():
            task.defer(municipality_id=batch.municipality_id, batch_id=batch.pk)
    except (AlreadyEnqueued, IntegrityError):
        return


@transaction.atomic
def confirm_import(*, by: Actor, batch: ImportBatch, unchecked: bool = False) -> ImportBatch:
    """The rows shall go in; a worker takes them. `unchecked`: a command goes ahead at once, without a dry run."""
    importer = importer_of(batch.kind)
    require(by, Permission.IMPORT_FILES, batch.municipality_id)
    require(by, importer.permission, batch.municipality_id)
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.state in (QUEUED, RUNNING):
        return locked
    if unchecked:
        refuse_unless_open(locked)
        needed(importer, locked)
    elif locked.state not in (CHECKED, STOPPED):
        raise Conflict("Check the file first; then confirm.")
    locked.state, locked.stop_requested, locked.message = QUEUED, False, ""
    locked.save(update_fields=["state", "stop_requested", "message"])
    if not unchecked:
        defer_work(locked)
    return locked


@transaction.atomic
def stop_import(*, by: Actor, batch: ImportBatch) -> ImportBatch:
    """Ends a running import after its present portion; what is in stays, and it can go on later."""
    require(by, Permission.IMPORT_FILES, batch.municipality_id)
    ImportBatch.objects.filter(pk=batch.pk, state__in=(QUEUED, RUNNING)).update(stop_requested=True)
    batch.refresh_from_db()
    return batch


@transaction.atomic
def discard_list(*, by: Actor, batch: ImportBatch, because: str = "") -> ImportBatch:
    """Deletes a file that names persons and is not to be taken in. Rows that are in already stay."""
    importer = importer_of(batch.kind)
    require(by, Permission.IMPORT_FILES, batch.municipality_id)
    require(by, importer.permission, batch.municipality_id)
    if not importer.personal:
        raise Invalid("Only lists of persons are deleted like this. Other files are kept with their import.")
    locked = ImportBatch.objects.select_for_update(of=("self",)).select_related("file").get(pk=batch.pk)
    refuse_unless_open(locked)
    forget_file(locked.file)
    locked.state, locked.message = FAILED, because or "The list was deleted before it was taken in. Send it again."
    locked.finished_at = timezone.now()
    locked.save(update_fields=["state", "message", "finished_at"])
    return ImportBatch.objects.select_related("municipality__crisis", "file", "source").get(pk=batch.pk)


def discard_waiting_lists(*, municipality_id: int, by: Actor) -> list[int]:
    """Lists of persons that nobody confirmed within `LISTS_WAIT_DAYS` are deleted; their numbers."""
    before = timezone.now() - timedelta(days=settings.LISTS_WAIT_DAYS)
    waiting = ImportBatch.objects.filter(
        municipality_id=municipality_id, file__sealed=True, state__in=OPEN_STATES, created_at__lt=before
    )
    late = [batch for batch in waiting.select_related("file") if is_there(batch.file)]
    for batch in late:
        discard_list(by=by, batch=batch, because="The list waited too long and was deleted. Send it again.")
    return [batch.pk for batch in late]
