"""Files of neighbourhood boundaries, in any format and system; also the area of interest of a damage delivery."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from crisis.lib.errors import Invalid
from crisis.lib.sheets import Code, Column, Sheet, Text
from municipal_units.actions.boundaries import BoundaryRow, receive_boundaries
from municipal_units.actions.withdrawing import withdraw_boundaries
from municipal_units.importing.contract import (
    Counted,
    ImportContext,
    Option,
    Question,
    Suggestion,
    Unanswered,
    Withdrawn,
)
from municipal_units.importing.tables import Row, TableImporter, counted
from municipal_units.importing.views import FileView
from municipal_units.models import ImportBatch
from municipal_units.permissions import Actor, Permission

AREA_OF_INTEREST = re.compile(r"area_?of_?interest", re.IGNORECASE)
SHEET = Sheet(
    "boundaries",
    "Neighbourhoods",
    (
        Column(
            "name", "Name", Text(),
            aliases=("neighbourhood", "neighborhood", "quartier", "nom", "name_en", "adm4_en", "adm3_en", "الحي",
                     "الاسم"),
        ),
        Column("name_fr", "Name in French", Text(), aliases=("nom_fr", "adm4_fr", "adm3_fr")),
        Column("name_ar", "Name in Arabic", Text(), aliases=("name_a", "nom_ar", "adm4_ar", "adm3_ar")),
        Column("pcode", "P-code", Code(40), aliases=("adm4_pcode", "adm3_pcode", "p code", "#adm4+code")),
        Column("local_code", "Local code", Code(80), aliases=("code", "code quartier")),
        Column("aliases", "Other names, separated by ;", Text(2000), aliases=("other names", "autres noms")),
    ),
)  # fmt: skip


class BoundaryImporter(TableImporter):
    kind = "boundaries"
    label = "Neighbourhood boundaries"
    permission = Permission.EDIT_PLACES
    sheet = SHEET
    needs_shapes = True
    shapes = ("Polygon",)
    options = (
        Option("source", "Who drew them", required=True),
        Option("valid_from", "Valid from", "date", help="The first day on which these boundaries hold."),
        Option("name_if_none", "Name where the file has none", help="Numbered from the second area on."),
        Option("also_outline", "Their outer edge is the outline of the municipality", "flag"),
        Option("srid", "Coordinate system (EPSG number)", "number", help="Only where the file does not declare one."),
    )

    def suggest(self, file: FileView, remembered: Mapping[str, str]) -> Suggestion:
        """Of a damage delivery, its area of interest may become one neighbourhood."""
        areas = [layer for layer in file.layers if AREA_OF_INTEREST.search(layer.name)]
        if not areas:
            areas = [layer for layer in file.layers if layer.geometry in ("Polygon", "Mixed") or not layer.has_shapes]
            return super().suggest(replace(file, layers=tuple(areas or file.layers)), remembered)
        return Suggestion(
            preset="area_of_interest",
            layers=tuple(layer.name for layer in areas),
            mapping={**self.sheet.match(areas[0].column_names), **remembered},
            options={"source": "Copernicus EMS"},
            notes=("The area of interest of this delivery can become one neighbourhood.",),
        )

    def take_rows(self, context: ImportContext, rows: Sequence[Row]) -> Counted:
        valid_from = day_from(context)
        outcomes = receive_boundaries(
            by=context.by,
            municipality=context.municipality,
            rows=[boundary_row(context, row, valid_from, place) for place, row in enumerate(rows, start=1)],
            also_outline=bool(context.option("also_outline")),
        )
        return counted(context, rows, outcomes)

    def withdraw(self, *, by: Actor, batch: ImportBatch) -> Withdrawn:
        return withdraw_boundaries(by=by, batch=batch)

    def afterwards(self, context: ImportContext) -> dict[str, Any]:
        """Structures and facilities get the neighbourhood they lie in now; what moved is listed."""
        lines, moved = [], {}
        for name, path in settings.AFTER_BOUNDARIES.items():
            moves = import_string(path)(by=context.by, municipality=context.municipality, on=context.today)
            moved[name] = [{"from": a, "to": b, "count": count} for (a, b), count in sorted(moves.items(), key=str)]
            if moves:
                lines.append(f"{sum(moves.values()):,} {name} lie in another neighbourhood now.")
        return {"moved": moved, "lines": lines}


def day_from(context: ImportContext) -> date:
    text = context.option("valid_from")
    if not text:
        raise Unanswered([Question("valid_from", "From which day are these boundaries valid? Give the date.")])
    return date.fromisoformat(text)


def boundary_row(context: ImportContext, row: Row, valid_from: date, place: int) -> BoundaryRow:
    if row.wkb is None:
        raise Invalid("The file holds no areas. Choose another layer.")
    given = context.option("name_if_none")
    return BoundaryRow(
        name=row.text("name") or (given if place == 1 else f"{given} {place}" if given else ""),
        wkb=row.wkb,
        valid_from=valid_from,
        source=context.option("source") or context.source.name,
        pcode=row.text("pcode"),
        local_code=row.text("local_code"),
        name_fr=row.text("name_fr"),
        name_ar=row.text("name_ar"),
        aliases=tuple(part.strip() for part in row.text("aliases").split(";") if part.strip()),
    )
