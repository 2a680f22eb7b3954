"""The pages of files on their way in: list, columns, check, progress, and the sender's own sheet back."""

import tempfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crisis.lib.errors import Invalid, NotFound, RepriseError
from crisis.pages.town import actor_of, town_context, town_page
from municipal_units.actions.files import is_there, readable_path
from municipal_units.actions.import_rows import start_check
from municipal_units.actions.import_undo import UNDONE, preview_undo, undo_import
from municipal_units.actions.imports import (
    ASKS,
    CHECKED,
    CHECKING,
    FAILED,
    FINISHED,
    INSPECTED,
    OPEN_STATES,
    QUEUED,
    RUNNING,
    STOPPED,
    choose_columns,
    confirm_import,
    discard_list,
    importer_of,
    receive_file,
    stop_import,
)
from municipal_units.importing.returned import REMARKED, ROWS_WANTED, write_back
from municipal_units.importing.views import FileView, file_view
from municipal_units.models import ImportBatch, ImportRow, Municipality
from municipal_units.permissions import Permission
from municipal_units.selectors.imports import import_state, importable_kinds, visible_batches

BATCHES_ON_A_PAGE = 50
ROWS_ON_A_PAGE = 100
STEPS = {INSPECTED: "columns", ASKS: "columns", FAILED: "columns", CHECKING: "check", CHECKED: "check", QUEUED: "check",
         RUNNING: "check", STOPPED: "check", FINISHED: "done", UNDONE: "done"}  # fmt: skip
SHEETS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@town_page(Permission.IMPORT_FILES)
def imports_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Files that came in; a new one is received here."""
    problem = ""
    if request.method == "POST":
        try:
            return redirect("import_file", municipality.code, received(request, municipality).pk)
        except RepriseError as refusal:
            problem = refusal.message
    batches = visible_batches(actor_of(request), municipality).select_related("file", "source").order_by("-pk")
    context = {
        "kinds": importable_kinds(actor_of(request), municipality),
        "batches": Paginator(batches, BATCHES_ON_A_PAGE).get_page(request.GET.get("page")),
        "problem": problem,
    }
    status = 422 if problem else 200
    return render(request, "crisis/imports.html", town_context(municipality, "imports") | context, status=status)


def received(request: HttpRequest, municipality: Municipality) -> ImportBatch:
    upload = request.FILES.get("file")
    if upload is None:
        raise Invalid(_("Choose a file."))
    return receive_file(
        by=actor_of(request),
        municipality=municipality,
        kind=request.POST.get("kind", ""),
        name=upload.name or "file",
        content=cast(BinaryIO, upload.file),
        content_type=upload.content_type or "",
    )


@town_page(Permission.IMPORT_FILES)
def import_file_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """One file: what its columns mean, what would become of its rows, what has become of them."""
    batch = batch_of(request, municipality, pk)
    problem = ""
    if request.method == "POST":
        try:
            do(request, batch)
            return redirect("import_file", municipality.code, pk)
        except RepriseError as refusal:
            problem = refusal.message
            batch.refresh_from_db()
    preview = None
    if request.GET.get("undo") == "preview":
        try:
            preview = preview_undo(by=actor_of(request), batch=batch)
        except RepriseError as refusal:
            problem = problem or refusal.message
    told = {"problem": problem, "preview": preview}
    context = town_context(municipality, "imports") | file_context(request, batch) | told
    return render(request, "crisis/import_file.html", context)


def do(request: HttpRequest, batch: ImportBatch) -> None:
    """One press of a button. What was chosen stays chosen even if the check that follows is refused."""
    actor, wish = actor_of(request), request.POST.get("do", "")
    if wish == "confirm":
        confirm_import(by=actor, batch=batch)
    elif wish == "stop":
        stop_import(by=actor, batch=batch)
    elif wish == "undo":
        undo_import(by=actor, batch=batch, reason=request.POST.get("reason", ""))
    elif wish == "discard":
        discard_list(by=actor, batch=batch)
    elif wish in ("columns", "check"):
        chosen = choose_columns(by=actor, batch=batch, **chosen_in(request.POST, batch))
        if wish == "check":
            start_check(by=actor, batch=chosen)
    else:
        raise Invalid(_("This page does not know that button."))


def chosen_in(form: Mapping[str, Any], batch: ImportBatch) -> dict[str, Any]:
    """The form's fields: `use-` columns, `option-` options, `answer-` answers, layers, letters, source."""

    def fields(prefix: str) -> dict[str, str]:
        return {name.removeprefix(prefix): str(value) for name, value in form.items() if name.startswith(prefix)}

    flags = {option.name: "" for option in importer_of(batch.kind).options if option.kind == "flag"}
    several = len(batch.inspection["layers"]) > 1
    return {
        "source_name": form.get("source", ""),
        "mapping": fields("use-"),
        "options": {**flags, **fields("option-"), "source": form.get("source", "")},
        "answers": fields("answer-"),
        "layers": form.getlist("layer") if several else None,  # type: ignore[attr-defined]
        "encoding": form.get("encoding"),
    }


def batch_of(request: HttpRequest, municipality: Municipality, pk: int) -> ImportBatch:
    batches = visible_batches(actor_of(request), municipality).select_related("municipality__crisis", "file", "source")
    batch = batches.filter(pk=pk).first()
    if batch is None:
        raise NotFound(_("There is no such import here."))
    return batch


def file_context(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    importer = importer_of(batch.kind)
    view = file_view(batch.inspection)
    samples = samples_of(view, batch.layers)
    step = STEPS[batch.state]
    if request.GET.get("step") == "columns" and step == "check" and batch.state in (CHECKED, STOPPED):
        step = "columns"
    rows = ImportRow.objects.filter(batch=batch).order_by("-status", "row_number", "pk")
    return {
        "batch": batch,
        "step": step,
        "view": view,
        "proposal": batch.inspection.get("proposal", []),
        "uses": [
            {"use": use, "column": column, "samples": samples.get(column, ())}
            for use in importer.uses_for(view)
            for column in [batch.mapping.get(use.name, "")]
        ],
        "options": [{"option": option, "value": batch.options.get(option.name, "")} for option in importer.options],
        "layers": set(batch.layers),
        "source_name": batch.source.name if batch.source else batch.options.get("source", ""),
        "questions": batch.summary.get("questions", []) if batch.state == ASKS else [],
        "summary": batch.summary,
        "may_discard": importer.personal and batch.state in OPEN_STATES and is_there(batch.file),
        "noted": Paginator(rows, ROWS_ON_A_PAGE).get_page(request.GET.get("page")),
    }


def samples_of(view: FileView, layers: list[str]) -> dict[str, tuple[str, ...]]:
    """Some of the file's own texts per column, from the chosen layers."""
    return {column.name: column.samples for layer in reversed(view.chosen(layers)) for column in layer.columns}


@town_page(Permission.IMPORT_FILES)
@require_GET
def import_rows_sheet(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponseBase:
    """The sender's own rows with what became of them: ?rows=remarked, refused or all, ?as=csv or xlsx."""
    batch = batch_of(request, municipality, pk)
    wanted, kind = request.GET.get("rows", REMARKED), request.GET.get("as", "csv")
    if wanted not in ROWS_WANTED or kind not in SHEETS:
        raise NotFound(_("Rows can be had as: remarked, refused or all; as csv or xlsx."))
    if not is_there(batch.file):
        raise NotFound(_("The list was deleted when it had been taken in, because it names persons."))
    target = tempfile.TemporaryFile()  # noqa: SIM115 (the response closes it)
    with readable_path(batch.file) as path_:
        write_back(target, batch, file_view(batch.inspection), path_, xlsx=kind == "xlsx", rows=wanted)
    target.seek(0)
    name = f"{PurePosixPath(batch.file.name).stem[:80]}-{wanted}.{kind}"
    return FileResponse(target, as_attachment=True, filename=name, content_type=SHEETS[kind])


@town_page(Permission.IMPORT_FILES)
@require_GET
def import_state_json(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """How far an import is, for the job card."""
    return JsonResponse(import_state(batch_of(request, municipality, pk)))


urlpatterns = [
    path("m/<slug:code>/imports/", imports_page, name="imports"),
    path("m/<slug:code>/imports/<int:pk>/", import_file_page, name="import_file"),
    path("m/<slug:code>/imports/<int:pk>/rows", import_rows_sheet, name="import_rows"),
    path("m/<slug:code>/imports/<int:pk>/state", import_state_json, name="import_state"),
]
