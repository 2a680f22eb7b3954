"""Files on their way in, over HTTP: sent, looked into, explained, checked, confirmed; the same steps as the pages."""

import tempfile
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

from django.http import FileResponse
from ninja import File, Form, Query, Router, Status, UploadedFile

from crisis.lib.errors import Gone, NotFound
from crisis.lib.sheetwriter import template
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from municipal_units.actions.files import is_there, readable_path
from municipal_units.actions.import_rows import start_check
from municipal_units.actions.import_undo import MOST_LEFT_SHOWN, preview_undo, undo_import
from municipal_units.actions.imports import (
    choose_columns,
    confirm_import,
    discard_list,
    importer_of,
    receive_file,
    stop_import,
)
from municipal_units.api.asking import Asking
from municipal_units.importing.returned import write_back
from municipal_units.importing.tables import TableImporter
from municipal_units.importing.views import file_view
from municipal_units.models import ImportBatch, ImportRow
from municipal_units.permissions import Permission
from municipal_units.schemas.imports import (
    ChoiceIn,
    ImportDetail,
    ImportOut,
    RowOut,
    RowQuery,
    SheetQuery,
    UndoImportIn,
    UndoPreview,
)
from municipal_units.selectors.imports import import_state, visible_batches
from municipal_units.selectors.places import municipality_for

router = Router(tags=["imports"])
IMPORTS = "/municipalities/{slug:code}/imports"
ONE = IMPORTS + "/{int:import_id}"
SHEETS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get(IMPORTS, response=Page[ImportOut], operation_id="imports")
def imports(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """Files that came in, newest first."""
    town = municipality_for(request.auth, code, Permission.IMPORT_FILES)
    batches = visible_batches(request.auth, town)
    after = decoded_cursor(query.cursor, int)
    rows = batches.filter(pk__lt=after[0]) if after else batches
    items = [import_state(batch) for batch in rows.select_related("file").order_by("-pk")[: query.limit + 1]]
    return page(items, limit=query.limit, count=batches.count(), key=["id"])


@router.post(IMPORTS, response={201: ImportDetail}, operation_id="receive_file")
def receive(request: Asking, code: str, kind: Form[str], file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """Keeps a file and looks into it; nothing of its rows is written yet."""
    town = municipality_for(request.auth, code, Permission.IMPORT_FILES)
    batch = receive_file(
        by=request.auth,
        municipality=town,
        kind=kind,
        name=file.name or "file",
        content=cast(BinaryIO, file.file),
        content_type=file.content_type or "",
    )
    return Status(201, detail(batch))


@router.get(
    IMPORTS + "/templates/{import_kind}",
    operation_id="import_template",
    openapi_extra={"responses": {200: {"description": "A sheet", "content": {SHEETS["xlsx"]: {}}}}},
)
def empty_sheet(request: Asking, code: str, import_kind: str) -> FileResponse:
    """An empty sheet to fill in, with an example row and help; made from the columns the import reads."""
    municipality_for(request.auth, code, Permission.IMPORT_FILES)
    importer = importer_of(import_kind)
    if not isinstance(importer, TableImporter):
        raise NotFound("This kind of file has no sheet: it is a map.")
    target = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    template(target, importer.sheet)
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"{import_kind}.xlsx", content_type=SHEETS["xlsx"])


@router.get(ONE, response=ImportDetail, operation_id="import")
def one(request: Asking, code: str, import_id: int) -> dict[str, Any]:
    """How far an import is, what is chosen, what is asked."""
    return detail(batch_of(request, code, import_id))


@router.patch(ONE, response=ImportDetail, operation_id="choose_columns")
def choose(request: Asking, code: str, import_id: int, choice: ChoiceIn) -> dict[str, Any]:
    """Says what the columns mean and answers questions; remembered for the source."""
    values = choice.dict()
    batch = batch_of(request, code, import_id)
    return detail(choose_columns(by=request.auth, batch=batch, source_name=values.pop("source"), **values))


@router.post(ONE + "/check", response=ImportDetail, operation_id="check_import")
def check(request: Asking, code: str, import_id: int) -> dict[str, Any]:
    """Says of every row what would become of it, and writes none. A long file is checked by the worker."""
    return detail(start_check(by=request.auth, batch=batch_of(request, code, import_id)))


@router.post(ONE + "/confirm", response=ImportDetail, operation_id="confirm_import")
def confirm(request: Asking, code: str, import_id: int) -> dict[str, Any]:
    """The rows shall go in; the worker takes them."""
    return detail(confirm_import(by=request.auth, batch=batch_of(request, code, import_id)))


@router.post(ONE + "/stop", response=ImportDetail, operation_id="stop_import")
def stop(request: Asking, code: str, import_id: int) -> dict[str, Any]:
    """Ends a running import after its present portion; what is in stays."""
    return detail(stop_import(by=request.auth, batch=batch_of(request, code, import_id)))


@router.get(ONE + "/undo", response=UndoPreview, operation_id="preview_undo")
def undo_preview(request: Asking, code: str, import_id: int) -> dict[str, Any]:
    """What undoing the import would take away, put back and leave alone; nothing is written."""
    told = preview_undo(by=request.auth, batch=batch_of(request, code, import_id))
    left = list(told.left[:MOST_LEFT_SHOWN])
    return {"withdrawn": told.withdrawn, "put_back": told.put_back, "left": len(told.left), "rows_left": left}


@router.post(ONE + "/undo", response=ImportDetail, operation_id="undo_import")
def undo(request: Asking, code: str, import_id: int, asked: UndoImportIn) -> dict[str, Any]:
    """Withdraws what the import wrote; rows somebody has worked on since are left and listed under `summary.undone`."""
    return detail(undo_import(by=request.auth, batch=batch_of(request, code, import_id), reason=asked.reason))


@router.get(ONE + "/rows", response=Page[RowOut], operation_id="import_rows")
def rows(request: Asking, code: str, import_id: int, query: Query[RowQuery]) -> dict[str, Any]:
    """Rows that were refused, or taken with something worth knowing, in the order of the file."""
    noted = ImportRow.objects.filter(batch=batch_of(request, code, import_id))
    if query.status:
        noted = noted.filter(status=query.status)
    after = decoded_cursor(query.cursor, int)
    shown = noted.filter(pk__gt=after[0]) if after else noted
    return page(shown.order_by("pk")[: query.limit + 1], limit=query.limit, count=noted.count(), key=["pk"])


@router.post(ONE + "/discard", response=ImportDetail, operation_id="discard_import")
def discard(request: Asking, code: str, import_id: int) -> dict[str, Any]:
    """Deletes a list of persons that is not to be taken in; what is in the register already stays."""
    return detail(discard_list(by=request.auth, batch=batch_of(request, code, import_id)))


@router.get(
    ONE + "/sheet",
    operation_id="import_sheet",
    openapi_extra={"responses": {200: {"description": "A sheet", "content": {kind: {} for kind in SHEETS.values()}}}},
)
def sheet(request: Asking, code: str, import_id: int, query: Query[SheetQuery]) -> FileResponse:
    """The sender's own rows with what became of each."""
    batch = batch_of(request, code, import_id)
    if not is_there(batch.file):
        raise Gone("The list was deleted when it had been taken in, because it names persons.")
    target = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    with readable_path(batch.file) as path:
        write_back(target, batch, file_view(batch.inspection), path, xlsx=query.kind == "xlsx", rows=query.rows)
    target.seek(0)
    name = f"{PurePosixPath(batch.file.name).stem[:80]}-{query.rows}.{query.kind}"
    return FileResponse(target, as_attachment=True, filename=name, content_type=SHEETS[query.kind])


def batch_of(request: Asking, code: str, import_id: int) -> ImportBatch:
    town = municipality_for(request.auth, code, Permission.IMPORT_FILES)
    batches = visible_batches(request.auth, town).select_related("municipality__crisis", "file", "source")
    found = batches.filter(pk=import_id).first()
    if found is None:
        raise NotFound("There is no such import here.")
    return found


def detail(batch: ImportBatch) -> dict[str, Any]:
    uses = importer_of(batch.kind).uses_for(file_view(batch.inspection))
    return import_state(batch) | {
        "source": batch.source.name if batch.source else "",
        "inspection": batch.inspection,
        "layers": batch.layers,
        "encoding": batch.encoding,
        "mapping": batch.mapping,
        "options": batch.options,
        "answers": batch.answers,
        "uses": [{"name": use.name, "label": use.label, "required": use.required} for use in uses],
        "summary": batch.summary,
    }
