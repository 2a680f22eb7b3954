"""Files of dwellings per neighbourhood: a census table, a tax register, an estimate from pictures."""

from collections.abc import Sequence
from datetime import date

from crisis.lib.errors import FieldError, Invalid
from crisis.lib.sheets import Code, Column, Date, Flag, Number, Sheet, Text
from damage.actions.housing import HousingStockRow, record_housing_stocks
from municipal_units.actions.rows import RowOutcome, refused
from municipal_units.importing.contract import Counted, ImportContext, Option, Question, Unanswered
from municipal_units.importing.tables import Row, TableImporter, counted
from municipal_units.permissions import Permission
from municipal_units.selectors.names import PlaceNames, place_names

SHEET = Sheet(
    "housing",
    "Dwellings",
    (
        Column("pcode", "P-code or code of the place", Code(80), aliases=("place code", "code", "adm4_pcode")),
        Column(
            "place", "Name of the place", Text(),
            aliases=("neighbourhood", "neighborhood", "quartier", "secteur", "الحي"),
        ),
        Column(
            "dwelling_units", "Dwellings", Number(low=0), numeric=True, required=True,
            aliases=("dwellings", "housing units", "homes", "logements", "habitations", "المساكن", "عدد المساكن"),
        ),
        Column("observed_on", "Counted on", Date(), aliases=("date", "التاريخ")),
        Column(
            "registered_complete", "Every dwelling is registered", Flag(),
            aliases=("complete", "complet", "register complete"),
        ),
    ),
)  # fmt: skip


class HousingImporter(TableImporter):
    kind = "housing"
    label = "Dwellings"
    permission = Permission.REVIEW_DAMAGE
    sheet = SHEET
    options = (
        Option("source", "Who counted", required=True),
        Option("observed_on", "Counted on", "date", help="For rows without a date of their own."),
    )

    def take_rows(self, context: ImportContext, rows: Sequence[Row]) -> Counted:
        names = place_names(context.municipality.pk)
        outcomes: list[RowOutcome | None] = []
        good: list[HousingStockRow] = []
        for row in rows:
            try:
                good.append(read_row(context, row, names))
                outcomes.append(None)
            except Unanswered:
                raise
            except Invalid as refusal:
                outcomes.append(refused(refusal))
        recorded = iter(record_housing_stocks(by=context.by, municipality=context.municipality, rows=good))
        return counted(context, rows, [outcome or next(recorded) for outcome in outcomes])


def read_row(context: ImportContext, row: Row, names: PlaceNames) -> HousingStockRow:
    written = row.text("pcode") or row.text("place")
    if not written:
        raise wrong("place", "The row names no place.")
    place = (names.find(row.text("pcode")) if row.text("pcode") else None) or names.find(row.text("place"))
    if place is None:
        raise wrong("pcode" if row.text("pcode") else "place", names.why_not(written))
    number = row.number_of("dwelling_units")
    if number is None or not number.is_integer():
        raise wrong("dwelling_units", "Dwellings are counted in whole numbers.")
    return HousingStockRow(
        neighbourhood_id=place,
        dwelling_units=int(number),
        observed_on=day_of(context, row),
        source=context.option("source") or context.source.name,
        registered_complete=bool(row.values.get("registered_complete")),
    )


def day_of(context: ImportContext, row: Row) -> date:
    if (seen := row.values.get("observed_on")) is not None:
        day: date = seen.date()
        return day
    if text := context.option("observed_on"):
        return date.fromisoformat(text)
    if context.column("observed_on"):
        raise wrong("observed_on", "The row does not say when dwellings were counted. Give it a date.")
    raise Unanswered([Question("observed_on", "The file does not say when dwellings were counted. Give the date.")])


def wrong(column: str, message: str) -> Invalid:
    return Invalid(message, fields=[FieldError(column, message, "bad_cell")])
