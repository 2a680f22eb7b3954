"""Files of facilities: hospitals, boreholes, schools, with capacity and, where the file says it, whether they work."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import shapely

from crisis.lib.sheets import Choice, Code, Column, Date, Number, Sheet, Text
from municipal_units.actions.facilities import MOST_IDS_SHOWN, register_facilities
from municipal_units.actions.facility_rows import FacilityRow, StatusRow
from municipal_units.actions.facts import bulk_record_status
from municipal_units.actions.import_undo import ids_of, put_back, withdraw_new
from municipal_units.actions.rows import IfKnown, RowOutcome, RowState
from municipal_units.core.vocabulary import (
    ASSET_TYPES,
    OPERATIONAL_STATUS_ALIASES,
    SERVICE_ALIASES,
    SERVICE_NAMES,
    OperationalStatus,
    ServiceDomain,
    StatusCause,
    service_domain,
)
from municipal_units.importing.contract import NOTED, REFUSED, Counted, ImportContext, Option, RowNote, Withdrawn
from municipal_units.importing.tables import Row, TableImporter, counted
from municipal_units.models import Event, Facility, FacilityStatus, ImportBatch, Neighbourhood
from municipal_units.permissions import Actor, Permission
from municipal_units.selectors.names import NOTHING, place_names

# Kinds as sources write them, in three languages; our own codes are known anyway.
ASSET_WORDS: Mapping[str, str] = {
    "forage": "borehole",
    "puits": "well",
    "borne fontaine": "standpipe",
    "pompe manuelle": "handpump",
    "chateau d'eau": "water_tower",
    "latrine": "latrine_block",
    "transformateur": "transformer",
    "groupe electrogene": "generator",
    "hopital": "hospital",
    "csps": "health_centre",
    "centre de sante": "health_centre",
    "health center": "health_centre",
    "clinic": "health_centre",
    "poste de sante": "health_post",
    "pharmacie": "pharmacy",
    "primary school": "primary",
    "ecole primaire": "primary",
    "lycee": "secondary",
    "marche": "market",
    "بئر": "borehole",
    "مستشفى": "hospital",
    "مدرسة": "primary",
}
SERVICE_WORDS: Mapping[str, str] = {
    **{alias.replace("_", " "): service.value for alias, service in SERVICE_ALIASES.items()},
    **{name: service.value for service, names in SERVICE_NAMES.items() for name in (names.en, names.fr, names.ar)},
    **{service.value: service.value for service in ServiceDomain},
}
STATUS_WORDS: Mapping[str, str] = {
    **{alias: status.value for alias, status in OPERATIONAL_STATUS_ALIASES.items()},
    **{status.value: status.value for status in OperationalStatus},
    "fonctionne": "fully_functional",
    "fonctionnel": "fully_functional",
    "en panne": "not_functional",
    "panne": "not_functional",
    "a l'arret": "not_functional",
    "ferme": "closed_by_decision",
    "partiel": "partially_functional",
    "open": "fully_functional",
    "working": "fully_functional",
    "not working": "not_functional",
    "يعمل": "fully_functional",
    "متوقف": "not_functional",
    "جزئي": "partially_functional",
}
CAUSE_WORDS: Mapping[str, str] = {cause.value: cause.value for cause in StatusCause}

SHEET = Sheet(
    "facilities",
    "Facilities",
    (
        Column("code", "Code", Code(80), aliases=("facility code", "id", "ref", "code site", "uuid")),
        Column(
            "name", "Name", Text(), required=True,
            aliases=("facility", "facility name", "nom", "site", "hospital", "school", "الاسم", "#loc+name", "ad"),
        ),
        Column("name_fr", "Name in French", Text(), aliases=("nom_fr",)),
        Column("name_ar", "Name in Arabic", Text(), aliases=("nom_ar", "الاسم بالعربية")),
        Column("service", "Service", Choice(SERVICE_WORDS), aliases=("sector", "secteur", "domaine", "القطاع")),
        Column("asset_type", "Kind", Text(40), aliases=("type", "facility type", "kind", "النوع", "tur")),
        Column("capacity", "Capacity", Number(low=0), numeric=True, aliases=("capacite", "debit", "beds", "السعة")),
        Column("unit", "Unit of the capacity", Text(40), aliases=("unite", "الوحدة")),
        Column("status", "State", Choice(STATUS_WORDS), aliases=("etat", "fonctionnalite", "functionality", "الحالة")),
        Column("causes", "Because", Choice(CAUSE_WORDS, several=True), aliases=("cause", "reasons", "السبب")),
        Column("observed_at", "Seen on", Date(), aliases=("date", "vu le", "last visit", "التاريخ")),
        Column(
            "written_place", "Neighbourhood as written", Text(),
            aliases=("neighbourhood", "neighborhood", "quartier", "district", "الحي", "mahalle"),
        ),
        Column("opened_on", "Opened on", Date(), aliases=("date ouverture",)),
        Column("note", "Remark", Text(2_000), aliases=("remarque", "comment", "ملاحظات")),
    ),
)  # fmt: skip
SERVICES = tuple((service.value, SERVICE_NAMES[service].en) for service in ServiceDomain)


class FacilityImporter(TableImporter):
    kind = "facilities"
    label = "Facilities"
    permission = Permission.EDIT_FACILITIES
    sheet = SHEET
    needs_shapes = True
    options = (
        Option("source", "Who made the list", required=True),
        Option("service", "Service", "choice", (("", "as the rows say"), *SERVICES), help="For rows that do not say."),
        Option("asset_type", "Kind", help="For rows that do not say."),
        Option("unit", "Unit of the capacity", help="For rows that do not say, for example m3/day or bed."),
        Option("observed_on", "Seen on", "date", help="For states without a date of their own."),
        Option("srid", "Coordinate system (EPSG number)", "number", help="Only where the file does not declare one."),
    )

    def proposed_options(self, file: Any) -> dict[str, Any]:
        """The name of the file often says the service."""
        words = re.split(r"[\W_]+", fold_ascii(file.name))
        found = next((service for word in words if (service := service_of_word(word))), None)
        return {"service": found.value} if found else {}

    def withdraw(self, *, by: Actor, batch: ImportBatch) -> Withdrawn:
        """New facilities are deleted (restorable), changed ones get their old values, its reports are rejected."""
        here = FacilityStatus.objects.filter(municipality_id=batch.municipality_id)
        new = ids_of(batch.summary.get("new_ids", []))
        own_reports = here.filter(pk__in=ids_of(batch.summary.get("report_ids", [])))
        reported = here.filter(facility_id__in=new).exclude(pk__in=own_reports.values("pk"))
        gone, left = withdraw_new(Facility, batch, also_touched=set(reported.values_list("facility_id", flat=True)))
        restored, also_left = put_back(Facility, batch)
        own_reports.exclude(facility_id__in=set(new) - set(gone)).update(review_state="rejected")
        touched = [*gone, *restored]
        for kind, ids in (("facility.deleted", gone), ("facility.changed", restored)):
            if ids:
                Event.objects.record(
                    kind,
                    municipality_id=batch.municipality_id,
                    by_id=by.user_id,
                    shows={"facilities": ids[:MOST_IDS_SHOWN], "count": len(ids), "undone_import": batch.pk},
                )
        return Withdrawn(len(gone), len(touched) - len(gone), (*left, *also_left))

    def take_rows(self, context: ImportContext, rows: Sequence[Row]) -> Counted:
        codes = codes_of(rows)
        ready, wrong = [], Counted()
        facility_rows = []
        for row, code in zip(rows, codes, strict=True):
            try:
                facility_rows.append(facility_row(context, row, code))
                ready.append(row)
            except ValueError as problem:
                wrong.refused += 1
                column = context.column("asset_type") or context.column("service")
                wrong.notes.append(RowNote(row.number, REFUSED, "unknown_word", str(problem), column, layer=row.layer))
        outcomes = register_facilities(
            by=context.by, municipality=context.municipality, rows=facility_rows, if_known=IfKnown.CHANGE
        )
        reports: list[int] = []
        outcomes = with_statuses(context, ready, outcomes, reports)
        total = counted(context, ready, outcomes)
        total.report_ids = reports
        total.notes += disagreements(context, ready, outcomes)
        total.refused += wrong.refused
        total.notes += wrong.notes
        return total


def facility_row(context: ImportContext, row: Row, code: str) -> FacilityRow:
    """The row as the action takes it; what the file leaves out comes from what was said about the whole file."""
    service = row.text("service") or context.option("service")
    asset_type, found = asset_of(row.text("asset_type") or context.option("asset_type"), service)
    service = service or found
    if not service:
        raise ValueError("The row names no service. Choose the service of this file, or map a column to it.")
    lon, lat = place_of(row)
    source = context.option("source") or context.source.name
    return FacilityRow(
        code=code,
        name=row.text("name"),
        name_fr=row.text("name_fr"),
        name_ar=row.text("name_ar"),
        service=service,
        asset_type=asset_type,
        lon=lon,
        lat=lat,
        capacity=row.number_of("capacity"),
        unit=unit_of(row.text("unit") or (context.option("unit") if row.number_of("capacity") is not None else "")),
        capacity_source=source if row.number_of("capacity") is not None else "",
        written_place=row.text("written_place"),
        source=source,
        source_key=code if context.column("code") else "",
        opened_on=day_of(row.values.get("opened_on")),
        observed_on=day_of(row.values.get("observed_at")),
    )


UNIT_WORDS = {"robinet": "tap", "pompe manuelle": "handpump", "toilette": "toilet", "salle de classe": "classroom"}


def unit_of(text: str) -> str:
    """The unit in the language of the conversions: a day is a day in French too."""
    plain = re.sub(r"/\s*j(our|r)?\.?$", "/d", text.strip(), flags=re.IGNORECASE)
    return UNIT_WORDS.get(fold_ascii(plain), UNIT_WORDS.get(fold_ascii(plain).removesuffix("s"), plain))


def place_of(row: Row) -> tuple[float, float]:
    """The point, or a point inside the area or on the line that a file draws for a facility."""
    if row.xy is not None:
        return row.xy
    inside = shapely.point_on_surface(shapely.from_wkb(row.wkb))
    return float(inside.x), float(inside.y)


def asset_of(text: str, service: str) -> tuple[str, str]:
    """Our code for a kind and, where only one service has it, that service. An unknown kind is a question."""
    if not text:
        return "", ""
    word = fold_ascii(text)
    code = ASSET_WORDS_FOLDED.get(word, word.replace(" ", "_"))
    services = [domain.value for domain, kinds in ASSET_TYPES.items() if code in kinds]
    if service:
        if code in ASSET_TYPES[ServiceDomain(service)]:
            return code, service
        known = ", ".join(ASSET_TYPES[ServiceDomain(service)])
        raise ValueError(f"'{text[:40]}' is no kind of {service} facility here. Known: {known}.")
    if len(services) == 1:
        return code, services[0]
    if services:
        raise ValueError(f"'{text[:40]}' may belong to {' or '.join(services)}. Say the service.")
    raise ValueError(f"'{text[:40]}' is no kind of facility known here. Say the service and leave the kind empty.")


def fold_ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.split(r"[\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))).strip()


ASSET_WORDS_FOLDED = {fold_ascii(word): code for word, code in ASSET_WORDS.items()}
KINDS = {
    kind: domain for domain, kinds in ASSET_TYPES.items() for kind in kinds if kind not in ("primary", "secondary")
}


def service_of_word(word: str) -> ServiceDomain | None:
    """The service that a word of a file name speaks of, in singular or plural."""
    for form in (word, word.removesuffix("s"), ASSET_WORDS_FOLDED.get(word.removesuffix("s"), "")):
        if form and (found := service_domain(form) or KINDS.get(form)):
            return found
    return None


def codes_of(rows: Sequence[Row]) -> list[str]:
    """The codes of the rows; where the file has none, one made from the name, the same in every file."""
    seen: Counter[str] = Counter()
    codes = []
    for row in rows:
        code = row.text("code")
        if not code:
            code = re.sub(r"\W+", "-", fold_ascii(row.text("name")).replace("ı", "i")).strip("-").upper()[:70] or "SITE"
            seen[code] += 1
            code = code if seen[code] == 1 else f"{code}-{seen[code]}"
        codes.append(code)
    return codes


def day_of(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None


def with_statuses(
    context: ImportContext, rows: Sequence[Row], outcomes: Sequence[RowOutcome], reports: list[int]
) -> list[RowOutcome]:
    """Records the states the file gives; a facility stays in when its state alone is wrong, with a remark. Ids of new
    reports are added to `reports`."""
    final = list(outcomes)
    places, status_rows = [], []
    for place, (row, outcome) in enumerate(zip(rows, outcomes, strict=True)):
        if row.text("status") and outcome.pk is not None and outcome.state is not RowState.REFUSED:
            seen = row.values.get("observed_at") or day_text(context.option("observed_on"))
            if seen is None:
                final[place] = remark(outcome, "Its state has no date and was left aside. Give the date it was seen.")
                continue
            places.append(place)
            status_rows.append(status_row(context, row, outcome.pk, seen))
    received = bulk_record_status(by=context.by, municipality=context.municipality, rows=status_rows) if places else []
    for place, result in zip(places, received, strict=True):
        outcome = final[place]
        if result.state is RowState.ADDED and result.pk is not None:
            reports.append(result.pk)
        if result.error is not None:
            final[place] = remark(outcome, f"Its state was left aside. {result.error.message}")
        elif result.state is RowState.ADDED and outcome.state is RowState.UNCHANGED:
            final[place] = RowOutcome(RowState.CHANGED, outcome.pk, notes=outcome.notes)
    return final


def remark(outcome: RowOutcome, text: str) -> RowOutcome:
    return RowOutcome(outcome.state, outcome.pk, outcome.error, (*outcome.notes, text))


def status_row(context: ImportContext, row: Row, facility_id: int, seen: datetime) -> StatusRow:
    return StatusRow(
        facility_id=facility_id,
        status=row.text("status"),
        observed_at=seen.replace(tzinfo=UTC),
        causes=row.values.get("causes") or (),
        source=(context.option("source") or context.source.name)[:200],
        note=row.text("note"),
    )


def day_text(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def disagreements(context: ImportContext, rows: Sequence[Row], outcomes: Sequence[RowOutcome]) -> list[RowNote]:
    """Rows whose written neighbourhood is not the one the place lies in, and rows in none."""
    names = place_names(context.municipality.pk)
    lies_in = dict(
        Neighbourhood.objects.filter(facilities__in=[o.pk for o in outcomes if o.pk]).values_list("facilities", "pk")
    )
    notes = []
    for row, outcome in zip(rows, outcomes, strict=True):
        if outcome.pk is None:
            continue
        place, written = lies_in.get(outcome.pk), row.text("written_place")
        if place is None:
            text = f"It lies in no neighbourhood of {context.municipality.name}; it counts for the whole town only."
            notes.append(RowNote(row.number, NOTED, "no_neighbourhood", text, layer=row.layer))
        elif written and fold_ascii(written) not in NOTHING and names.find(written) != place:
            text = f"The place lies in {names.name(place)}. Both are kept; the place decides."
            column = context.column("written_place")
            notes.append(RowNote(row.number, NOTED, "place_differs", text, column, written, row.layer))
    return notes
