"""Votes of assemblies as a page: pasted from a sheet, rows that are wrong come back with the reason."""

import csv
import io
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from assessments.actions.assemblies import GROUPS as GROUP_CODES
from assessments.actions.assemblies import AssemblyRow, record_assemblies
from assessments.selectors.assemblies import assemblies_told
from crisis.lib.errors import NotAllowed, NotFound, RepriseError
from crisis.pages.reading import key_of
from crisis.pages.town import actor_of, town_context, town_page
from crisis.pages.words.plans import GROUPS
from municipal_units.models import Municipality
from municipal_units.permissions import Permission

COLUMNS = ("work", "assembly", "date", "group", "present", "for", "against")


@town_page(Permission.VIEW_WORKS)
def assemblies_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """What assemblies want and who came; new votes are pasted here."""
    actor = actor_of(request)
    problem: RepriseError | None = None
    refused: list[tuple[str, str]] = []
    taken: int | None = None
    if request.method == "POST":
        try:
            read, unread = rows_in(request.POST.get("rows", ""))
            told = record_assemblies(
                by=actor, municipality=municipality, rows=read, source=request.POST.get("source", "")
            )
            refused = unread + [(line_of(row), why) for row, why in told if why]
            taken = sum(not why for _row, why in told)
        except (NotAllowed, NotFound):
            raise
        except RepriseError as refusal:
            problem = refusal
    status = 422 if problem or (refused and not taken) else 200
    context = {
        "told": assemblies_told(municipality, actor=actor),
        "groups": GROUPS,
        "columns": COLUMNS,
        "group_codes": GROUP_CODES,
        "may_record": actor.may(Permission.RECORD_VOTES, municipality.pk),
        "refused": refused,
        "taken": taken,
        "left": "\n".join(line for line, _why in refused) if taken is not None else request.POST.get("rows", ""),
        "source": request.POST.get("source", ""),
        "problem": problem,
    }
    return render(request, "crisis/assemblies.html", town_context(municipality, "plans") | context, status=status)


def rows_in(text: str) -> tuple[list[AssemblyRow], list[tuple[str, str]]]:
    """Lines as a spreadsheet puts them on the clipboard (tabs) or a CSV has them; a line of headings is left out."""
    read: list[AssemblyRow] = []
    unread: list[tuple[str, str]] = []
    for line in filter(str.strip, text.splitlines()):
        delimiter = "\t" if "\t" in line else ";" if line.count(";") >= len(COLUMNS) - 1 else ","
        cells = [cell.strip() for cell in next(csv.reader(io.StringIO(line), delimiter=delimiter))]
        if cells[0].casefold() == COLUMNS[0]:
            continue
        row = row_of(cells)
        if isinstance(row, str):
            unread.append((line, row))
        else:
            read.append(row)
    return read, unread


def row_of(cells: list[str]) -> AssemblyRow | str:
    if len(cells) != len(COLUMNS):
        return _("This line has {n} cells; {all} are needed.").format(n=len(cells), all=len(COLUMNS))
    day, counts = day_of(cells[2]), [key_of(cell) for cell in cells[4:]]
    if day is None:
        return _("'%(text)s' is no date.") % {"text": cells[2][:20]}
    if None in counts:
        return _("Write a whole number.")
    present, wanted, unwanted = (number or 0 for number in counts)
    return AssemblyRow(cells[0], cells[1], day, cells[3], present, wanted, unwanted)


def day_of(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def line_of(row: AssemblyRow) -> str:
    values: list[Any] = [row.work, row.assembly, row.held_on, row.group, row.present, row.votes_for, row.votes_against]
    return "\t".join(str(value) for value in values)


urlpatterns = [path("m/<slug:code>/plans/votes/", assemblies_page, name="assemblies")]
