"""Files of households: one row per household, or one per person where rows share their own number."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import IO, Any

from crisis.lib.errors import FieldError, Invalid, RepriseError
from crisis.lib.sheets import Choice, Code, Column, Date, Number, Sheet, Text
from crisis.lib.sheetwriter import write_xlsx
from municipal_units.actions.files import forget_file
from municipal_units.actions.household_rows import HouseholdRow, MemberRow
from municipal_units.actions.households import register_households
from municipal_units.actions.rows import RowOutcome, refused
from municipal_units.core.vocabulary import (
    DisplacementReason,
    Intention,
    LegalBasis,
    Sex,
    ShelterType,
    SpecificNeed,
    StockClass,
)
from municipal_units.importers.population import WORDS as GROUP_WORDS
from municipal_units.importing.contract import REFUSED, Counted, ImportContext, Option, Portion, RowNote
from municipal_units.importing.tables import Row, TableImporter, counted
from municipal_units.importing.views import FileView
from municipal_units.models import Municipality, Neighbourhood, Site
from municipal_units.permissions import Permission
from municipal_units.selectors.names import PlaceNames, place_names

SEX_WORDS = {
    **{sex.value: sex.value for sex in Sex},
    "female": "f", "femme": "f", "féminin": "f", "أنثى": "f", "male": "m", "homme": "m", "masculin": "m", "ذكر": "m",
    "h": "m", "unknown": "unknown", "inconnu": "unknown",
}  # fmt: skip


def words(kind: Any) -> dict[str, str]:
    """Each code, and the code as people write it."""
    return {**{one.value: one.value for one in kind}, **{one.value.replace("_", " "): one.value for one in kind}}


GROUNDS = tuple((ground.value, ground.value.replace("_", " ")) for ground in LegalBasis)
SHEET = Sheet(
    "households",
    "Households",
    (
        Column(
            "reference", "Own number of the household", Code(80), required=True, example="DJ-0042",
            help="Your number. The same number in the same list is one household; each row is one of its people.",
            aliases=("own number", "household id", "hh id", "id ménage", "numéro", "number", "card", "رقم الأسرة"),
        ),
        Column("name", "Name", Text(), aliases=("nom", "head of household", "chef de ménage", "الاسم"), example="Awa"),
        Column("sex", "Sex", Choice(SEX_WORDS), aliases=("sexe", "genre", "الجنس"), example="f"),
        Column(
            "age", "Age in years", Number(low=0, high=120, whole=True), numeric=True,
            aliases=("age", "âge", "العمر"), example="41",
        ),
        Column(
            "birth_year", "Year of birth", Number(low=1880, high=2200, whole=True), numeric=True,
            aliases=("année de naissance", "yob", "سنة الميلاد"),
        ),
        Column("phone", "Phone", Text(40), aliases=("téléphone", "tel", "mobile", "الهاتف")),
        Column(
            "size", "People in the household", Number(low=1, high=200, whole=True), numeric=True, example="6",
            aliases=("household size", "size", "taille du ménage", "taille", "members", "عدد الأفراد"),
        ),
        Column("pcode", "P-code or code of the place", Code(80), aliases=("place code", "adm4_pcode", "code")),
        Column(
            "place", "Name of the place", Text(), example="Wendou",
            aliases=("neighbourhood", "quartier", "secteur", "location", "الحي"),
        ),
        Column("site", "Code of the site", Code(40), aliases=("site", "camp")),
        Column("group", "Group", Choice(GROUP_WORDS), aliases=("population group", "groupe", "الفئة"), example="idp"),
        Column("stock_class", "IRIS class", Choice(words(StockClass)), aliases=("iris",)),
        Column("origin", "Came from", Text(), aliases=("origin", "origine", "provenance", "المنشأ"), example="Djibo"),
        Column("arrived_on", "Arrived on", Date(), aliases=("arrival date", "date d'arrivée", "تاريخ الوصول")),
        Column("reason", "Reason", Choice(words(DisplacementReason)), aliases=("motif", "cause")),
        Column("shelter_type", "Shelter", Choice(words(ShelterType)), aliases=("abri", "type d'abri", "المأوى")),
        Column("needs", "Needs", Choice(words(SpecificNeed), several=True), aliases=("besoins", "vulnerabilities")),
        Column("intention", "Wants to", Choice(words(Intention)), aliases=("intention", "intentions")),
        Column("legal_basis", "Ground", Choice(words(LegalBasis)), aliases=("legal basis", "base légale")),
        Column("consent_on", "Agreed on", Date(), aliases=("consent date", "date du consentement")),
        Column("registered_on", "Registered on", Date(), aliases=("registration date", "date d'enregistrement")),
    ),
)  # fmt: skip


class HouseholdImporter(TableImporter):
    kind = "households"
    label = "Households"
    permission = Permission.REGISTER_HOUSEHOLDS
    personal = True
    sheet = SHEET
    options = (
        Option("source", "Whose list", required=True),
        Option("registered_on", "Registered on", "date", help="For rows without a date of their own."),
        Option("consent_on", "They agreed on", "date", help="For rows without a date of their own."),
        Option(
            "legal_basis",
            "Ground",
            "choice",
            tuple((ground.value, ground.value.replace("_", " ")) for ground in LegalBasis),
        ),
    )

    def proposed_options(self, file: FileView) -> dict[str, Any]:
        return {"legal_basis": LegalBasis.CONSENT.value}

    def portions(self, context: ImportContext, *, skip_rows: int = 0) -> Iterator[Portion]:
        for portion in super().portions(context, skip_rows=skip_rows):
            yield replace(portion, take=partial(take_unnamed, context, portion))

    def take_rows(self, context: ImportContext, rows: Sequence[Row]) -> Counted:
        names = place_names(context.municipality.pk)
        sites = dict(Site.objects.filter(municipality=context.municipality).values_list("code", "pk"))
        homes: dict[str, list[Row]] = {}
        for row in rows:
            homes.setdefault(row.text("reference"), []).append(row)
        read: dict[str, HouseholdRow | RepriseError] = {}
        for reference, people in homes.items():
            try:
                read[reference] = household_of(context, people, names, sites)
            except RepriseError as refusal:
                read[reference] = refusal
        good = {reference: row for reference, row in read.items() if isinstance(row, HouseholdRow)}
        taken = register_households(by=context.by, municipality=context.municipality, rows=list(good.values()))
        outcomes = dict(zip(good, taken, strict=True))
        return counted(context, rows, [outcome_of(row.text("reference"), read, outcomes) for row in rows])

    def afterwards(self, context: ImportContext) -> dict[str, Any]:
        """Names do not stay behind in a file: what was taken in is sealed, and the list itself is deleted."""
        forget_file(context.batch.file)
        return {"lines": ["The list was deleted from this server, because it names persons."]}


def outcome_of(
    reference: str, read: Mapping[str, HouseholdRow | RepriseError], outcomes: Mapping[str, RowOutcome]
) -> RowOutcome:
    found = read[reference]
    return refused(found) if isinstance(found, RepriseError) else outcomes[reference]


def take_unnamed(context: ImportContext, portion: Portion, dry_run: bool) -> Counted:
    """Takes a portion; its remarks are kept without what was written."""
    total = portion.take(dry_run)
    total.notes = [replace(note, written="", reason=safe_reason(note)) for note in total.notes]
    return total


def safe_reason(note: RowNote) -> str:
    if note.status == REFUSED and note.code == "bad_cell":
        return f"What stands under {note.field} cannot be read. Look at the template, and correct it in your list."
    return note.reason


def household_of(
    context: ImportContext, people: Sequence[Row], names: PlaceNames, sites: Mapping[str, int]
) -> HouseholdRow:
    """The rows of one household: what concerns all stands in the first, each row names one person."""
    first = people[0]
    place = (names.find(first.text("pcode")) if first.text("pcode") else None) or names.find(first.text("place"))
    if place is None:
        column = "place" if first.text("place") else "pcode"
        raise Invalid("No place of that name or code is known here.", fields=[FieldError(column, "", "unknown_place")])
    site = first.text("site")
    if site and site not in sites:
        raise Invalid("No site of that code is known here.", fields=[FieldError("site", "", "unknown_site")])
    day = day_of(context, first, "registered_on") or context.today
    members = tuple(member_of(row, day, is_head=row is first) for row in people)
    size = first.number_of("size")
    return HouseholdRow(
        instance_id=f"{context.source.name}:{first.text('reference')}"[:200],
        neighbourhood_id=place,
        site_id=sites.get(site),
        group=first.text("group") or "unknown",
        stock_class=first.text("stock_class") or "unknown",
        size=int(size) if size is not None else len(people),
        phone=first.text("phone"),
        origin=first.text("origin"),
        arrived_on=day_of(context, first, "arrived_on"),
        reason=first.text("reason"),
        shelter_type=first.text("shelter_type") or "unknown",
        needs=tuple(first.values.get("needs") or ()),
        intention=first.text("intention"),
        intention_on=day if first.text("intention") else None,
        legal_basis=first.text("legal_basis") or context.option("legal_basis") or LegalBasis.CONSENT.value,
        consent_on=day_of(context, first, "consent_on"),
        members=tuple(member for member in members if member.name or member.birth_year),
        registered_on=day,
    )


def member_of(row: Row, day: date, *, is_head: bool) -> MemberRow:
    born, age = row.number_of("birth_year"), row.number_of("age")
    year = int(born) if born is not None else day.year - int(age) if age is not None else None
    return MemberRow(name=row.text("name"), sex=row.text("sex") or "unknown", birth_year=year, is_head=is_head)


def day_of(context: ImportContext, row: Row, name: str) -> date | None:
    seen = row.values.get(name)
    if seen is not None:
        found: date = seen.date()
        return found
    text = context.option(name) if name in ("registered_on", "consent_on") else ""
    return date.fromisoformat(text) if text else None


def household_cells(household: Mapping[str, Any], *, place: str, pcode: str, site: str) -> list[list[Any]]:
    """A household with its persons as rows of the sheet it can be imported with: one row per person."""
    shared = {name: household.get(name) for name in SHEET_NAMES}
    shared |= {"reference": household["code"], "place": place, "pcode": pcode, "site": site}
    shared["needs"] = ", ".join(household["needs"])
    people = household["members"] or [{}]
    rows = []
    for number, member in enumerate(people):
        own = {"name": member.get("name"), "sex": member.get("sex"), "birth_year": member.get("birth_year")}
        base = shared if number == 0 else {"reference": household["code"], "place": place, "pcode": pcode}
        rows.append([{**base, **own}.get(name) for name in SHEET_NAMES])
    return rows


def households_sheet(town: Municipality, opened: Iterable[Mapping[str, Any]]) -> IO[bytes]:
    """Opened households as one XLSX sheet that can be imported again; the caller closes it."""
    places = {place.pk: place for place in Neighbourhood.objects.filter(municipality=town)}
    sites = dict(Site.objects.filter(municipality=town).values_list("pk", "code"))
    rows = (
        row
        for one in opened
        for row in household_cells(
            one,
            place=places[one["neighbourhood"]].name,
            pcode=places[one["neighbourhood"]].pcode,
            site=sites.get(one["site"], ""),
        )
    )
    target = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
    write_xlsx(target, [column.label for column in SHEET.columns], rows, sheet=SHEET.label)
    target.seek(0)
    return target


SHEET_NAMES = tuple(column.name for column in SHEET.columns)
