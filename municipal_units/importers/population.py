"""Files of people present: one row per place and group, or one row per place with a column for each group."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from crisis.lib.errors import FieldError, Invalid, RepriseError
from crisis.lib.sheets import Choice, Code, Column, Date, Number, Sheet, Text
from municipal_units.actions.population import COVERAGES, EstimateRow, PartRow, RoundRow, record_round_rows
from municipal_units.actions.rows import RowOutcome, RowState
from municipal_units.actions.withdrawing import withdraw_counts
from municipal_units.core.vocabulary import Confidence, DataOrigin, EstimationMethod, PopulationGroup
from municipal_units.importing.contract import (
    CHOOSE,
    NOTED,
    REFUSED,
    Counted,
    ImportContext,
    Option,
    Question,
    RowNote,
    Unanswered,
    Withdrawn,
)
from municipal_units.importing.tables import Row, TableImporter, stable_code
from municipal_units.importing.views import FileView
from municipal_units.models import ImportBatch, Site
from municipal_units.permissions import Actor, Permission
from municipal_units.selectors.names import PlaceNames, place_names

G = PopulationGroup
GROUP_LABELS: Mapping[PopulationGroup, str] = {
    G.HOST_COMMUNITY: "Hosts",
    G.RESIDENT_AFFECTED: "Residents with damaged homes",
    G.IDP: "Displaced people",
    G.RETURNEE_IDP: "Returned from displacement",
    G.RETURNEE_ABROAD: "Returned from abroad",
    G.REFUGEE: "Refugees",
    G.ASYLUM_SEEKER: "Asylum seekers",
    G.OIP: "Others in need of protection",
    G.MIGRANT: "Migrants",
    G.THIRD_COUNTRY_NATIONAL: "Third-country nationals",
    G.STATELESS: "Stateless people",
    G.UNKNOWN: "People of unknown group",
}
GROUP_ALIASES: Mapping[PopulationGroup, tuple[str, ...]] = {
    G.HOST_COMMUNITY: ("host", "hosts", "hote", "hotes", "population hote", "residents", "residents hotes", "المضيف"),
    G.IDP: (
        "idp", "idps", "displaced", "pdi", "deplaces", "deplaces internes", "numpresentidpind", "idp individuals",
        "النازحون", "نازحين", "#affected+idps",
    ),
    G.RETURNEE_IDP: ("returnees", "returnee", "retournes", "returned idps", "العائدون"),
    G.REFUGEE: ("refugees", "refugies", "لاجئون"),
}  # fmt: skip
WORDS = {
    **{word: group.value for group, aliases in GROUP_ALIASES.items() for word in aliases if word[:1] != "#"},
    **{group.value: group.value for group in G},
    **{label: group.value for group, label in GROUP_LABELS.items()},
}
SHEET = Sheet(
    "population",
    "People present",
    (
        Column(
            "pcode", "P-code or code of the place", Code(80),
            aliases=("place code", "code", "adm4_pcode", "adm3_pcode", "admin3pcode", "admin2pcode"),
        ),
        Column(
            "place", "Name of the place", Text(),
            aliases=("neighbourhood", "neighborhood", "quartier", "secteur", "location", "admin2name", "الحي"),
        ),
        Column("group", "Group", Choice(WORDS), aliases=("population group", "groupe", "الفئة")),
        Column(
            "individuals", "People", Number(low=0), numeric=True,
            aliases=("individuals", "persons", "personnes", "population", "individus", "people", "عدد الأفراد"),
        ),
        Column(
            "households", "Households", Number(low=0), numeric=True,
            aliases=("menages", "ménages", "hh", "families", "عدد الأسر", "hane"),
        ),
        Column("lo", "At least", Number(low=0), numeric=True, aliases=("low", "minimum")),
        Column("hi", "At most", Number(low=0), numeric=True, aliases=("high", "maximum")),
        Column("total", "Total of all groups", Number(low=0), numeric=True, aliases=("total population", "total")),
        Column("site", "Code of the site", Code(40), aliases=("site code", "code du site")),
        Column(
            "disabled", "With a disability (Washington Group)", Number(low=0), numeric=True,
            aliases=("disabled", "persons with disability", "personnes handicapées", "#affected+disabled"),
        ),
        Column(
            "females", "Women and girls", Number(low=0), numeric=True,
            aliases=("females", "femmes", "numberfemales", "#affected+idps+f"),
        ),
        Column(
            "males", "Men and boys", Number(low=0), numeric=True,
            aliases=("males", "hommes", "numbermales", "#affected+idps+m"),
        ),
        Column("operation", "Operation", Text(), aliases=("operation", "opération", "#operation+name")),
        Column("round_number", "Number of the round", Code(20), aliases=("round", "roundnumber", "#round+code")),
        Column("tool", "Kind of assessment", Code(40), aliases=("assessmenttype", "#assessment+type")),
        Column("cause", "Reason of displacement", Text(), aliases=("displacementreason", "#cause+type")),
        Column(
            "observed_on", "Counted on", Date(),
            aliases=("date", "reportingdate", "date d'enquete", "date d’enquête", "التاريخ"),
        ),
        *(
            Column(
                f"group_{group.value}", f"{label} (own column)", Number(low=0), numeric=True,
                aliases=(group.value, *GROUP_ALIASES.get(group, ())),
            )
            for group, label in GROUP_LABELS.items()
        ),
    ),
)  # fmt: skip
METHODS = tuple((method.value, method.value.replace("_", " ")) for method in EstimationMethod)


@dataclass
class Reading:
    """What one row says: its figures by group, and what is worth knowing about it."""

    row: Row
    day: date
    round: str = ""
    estimates: list[EstimateRow] = field(default_factory=list)
    notes: list[RowNote] = field(default_factory=list)


class PopulationImporter(TableImporter):
    kind = "population"
    label = "People present"
    permission = Permission.RECORD_POPULATION
    sheet = SHEET
    options = (
        Option("source", "Who counted", required=True),
        Option("round", "Name of the count", required=True),
        Option("method", "How they were counted", "choice", (CHOOSE, *METHODS), required=True),
        Option("observed_on", "Counted on", "date", help="For rows without a date of their own."),
        Option(
            "group",
            "Who is counted",
            "choice",
            (("", "as the rows say"), *((g.value, w) for g, w in GROUP_LABELS.items())),
        ),
        Option("coverage", "It reached", "choice", (("complete", "everybody"), ("partial", "only some"))),
        Option("household_size", "People in one household", "number", help="For files that count households only."),
        Option("excludes_sites", "People in sites are not in it", "flag"),
    )

    def proposed_options(self, file: FileView) -> dict[str, Any]:
        return {"round": file.name.rsplit(".", 1)[0][:200], "coverage": COVERAGES[0]}

    def withdraw(self, *, by: Actor, batch: ImportBatch) -> Withdrawn:
        return withdraw_counts(by=by, batch=batch)

    def take_rows(self, context: ImportContext, rows: Sequence[Row]) -> Counted:
        names = place_names(context.municipality.pk)
        sites = dict(Site.objects.filter(municipality=context.municipality).values_list("code", "pk"))
        total = Counted()
        readings: list[Reading] = []
        for row in rows:
            try:
                readings.append(read_row(context, row, names, sites))
            except RepriseError as refusal:
                if isinstance(refusal, Unanswered):
                    raise
                total.refused += 1
                total.notes.append(refused_note(context, row, refusal))
        for day, name in sorted({(reading.day, reading.round) for reading in readings}):
            record(context, day, name, [r for r in readings if (r.day, r.round) == (day, name)], total)
        return total


def read_row(context: ImportContext, row: Row, names: PlaceNames, sites: Mapping[str, int]) -> Reading:
    """Finds the place and the figures; nothing is altered, sums that do not add up are remarked."""
    written = row.text("place") or row.text("pcode")
    place = (names.find(row.text("pcode")) if row.text("pcode") else None) or names.find(row.text("place"))
    if not written:
        raise wrong("place", "The row names no place: it is a total of several, and totals are not added.", "no_place")
    if place is None:
        raise wrong("place" if row.text("place") else "pcode", names.why_not(written), "unknown_place")
    if (site := row.text("site")) and site not in sites:
        raise wrong("site", f"No site has the code '{site[:40]}'. Register it first.", "unknown_site")
    reading = Reading(row, day_of(context, row), round_of(row))
    groups = {group: value for group in G if (value := row.number_of(f"group_{group.value}")) is not None}
    if not groups:
        groups = {G(group_of(context, row)): people_of(context, row, reading)}
    elif (stated := row.number_of("total")) is not None and abs(sum(groups.values()) - stated) > 0.5:
        text = f"The groups add up to {sum(groups.values()):,.0f}, the total says {stated:,.0f}. Both stay as written."
        reading.notes.append(note(context, row, "total_differs", text, "total"))
    single = len(groups) == 1
    estimated = row.number_of("individuals") is None and single and row.number_of("households") is not None
    reading.estimates = [
        EstimateRow(
            neighbourhood_id=place,
            group=group.value,
            individuals=people,
            households=row.number_of("households") if single else None,
            lo=row.number_of("lo") if single else None,
            hi=row.number_of("hi") if single else None,
            confidence=Confidence.LOW.value if estimated else Confidence.MEDIUM.value,
            status=DataOrigin.ESTIMATED.value,
            written_place=written,
            site_id=sites.get(site),
            disabled=row.number_of("disabled") if single else None,
            parts=parts_of(row) if single else (),
        )
        for group, people in groups.items()
    ]
    return reading


def round_of(row: Row) -> str:
    """What tells one count from another inside a file: operation, round and kind of assessment. Figures of different
    ones are never added up, also where they name the same place and day."""
    number = row.text("round_number")
    told = (row.text("operation"), f"round {number}" if number else "", row.text("tool"))
    return ", ".join(part for part in told if part)


def parts_of(row: Row) -> tuple[PartRow, ...]:
    sexes = {"f": row.number_of("females"), "m": row.number_of("males")}
    return tuple(PartRow(sex=s, age_min=None, age_max=None, individuals=n) for s, n in sexes.items() if n is not None)


def wrong(column: str, message: str, code: str = "bad_cell") -> Invalid:
    return Invalid(message, fields=[FieldError(column, message, code)])


def day_of(context: ImportContext, row: Row) -> date:
    if (seen := row.values.get("observed_on")) is not None:
        day: date = seen.date()
        return day
    if text := context.option("observed_on"):
        return date.fromisoformat(text)
    if context.column("observed_on"):
        raise wrong("observed_on", "The row does not say when people were counted. Give it a date.")
    raise Unanswered([Question("observed_on", "The file does not say when people were counted. Give the date.")])


def group_of(context: ImportContext, row: Row) -> str:
    if found := row.text("group") or context.option("group"):
        return found
    if context.column("group"):
        raise wrong("group", "The row does not say which group was counted.")
    choices = tuple((group.value, label) for group, label in GROUP_LABELS.items())
    raise Unanswered([Question("group", "The file does not say who was counted. Choose the group.", choices)])


def people_of(context: ImportContext, row: Row, reading: Reading) -> float:
    """People as written, else households times the household size of the municipality (asked for, never assumed)."""
    if (people := row.number_of("individuals")) is not None:
        return people
    households = row.number_of("households")
    if households is None:
        raise wrong("individuals", "The row gives no number of people.")
    size = size_of_household(context)
    text = f"Counted in households; {size:g} people each make {households * size:,.0f}."
    reading.notes.append(note(context, row, "from_households", text, "households"))
    return round(households * size)


def size_of_household(context: ImportContext) -> float:
    answer = context.option("household_size").replace(",", ".")
    try:
        size = float(answer) if answer else context.municipality.household_size
    except ValueError:
        raise Invalid(f"'{answer[:20]}' is no household size. Write a number such as 6.2.") from None
    if not size or size <= 0:
        text = "The file counts households only. How many people live in one household here?"
        raise Unanswered([Question("household_size", text, column=context.column("households"))])
    return size


def record(context: ImportContext, day: date, name: str, readings: Sequence[Reading], total: Counted) -> None:
    """The figures of one count. Rows of one place that differ by their reason of displacement are parts of one."""
    row = RoundRow(
        name=", ".join(part for part in (context.option("round"), name) if part)[:200],
        source=context.option("source") or context.source.name,
        method=context.option("method"),
        observed_on=day,
        coverage=context.option("coverage") or COVERAGES[0],
        excludes_sites=bool(context.option("excludes_sites")),
    )
    figures: dict[Key, EstimateRow] = {}
    causes: dict[Key, set[str]] = {}
    own: list[list[Key]] = []
    for reading in readings:
        cause, keys = reading.row.text("cause"), []
        for estimate in reading.estimates:
            key: Key = (estimate.neighbourhood_id, estimate.group, estimate.site_id, 0)
            if key in figures and (not cause or cause in causes[key]):
                key = (*key[:3], len(figures))  # the same said twice: left to the action, which keeps the first
            elif key in figures:
                text = f"Added to the rows of the same place with other reasons: {cause[:60]}."
                reading.notes.append(note(context, reading.row, "reason_added", text, "cause"))
            figures[key] = together(figures[key], estimate) if key in figures else estimate
            causes.setdefault(key, set()).add(cause)
            keys.append(key)
        own.append(keys)
    _, outcomes = record_round_rows(
        by=context.by, municipality=context.municipality, row=row, estimates=list(figures.values())
    )
    by_key = dict(zip(figures, outcomes, strict=True))
    for reading, keys in zip(readings, own, strict=True):
        count_reading(context, reading, [by_key[key] for key in keys], total)


Key = tuple[int, str, int | None, int]


def together(one: EstimateRow, other: EstimateRow) -> EstimateRow:
    """Two parts of one figure. An interval or a number of households is known only where both parts know it."""

    def added(mine: float | None, theirs: float | None) -> float | None:
        return None if mine is None or theirs is None else mine + theirs

    sexes: dict[str, float] = defaultdict(float)
    for part in (*one.parts, *other.parts):
        sexes[part.sex] += part.individuals
    return replace(
        one,
        individuals=one.individuals + other.individuals,
        households=added(one.households, other.households),
        lo=added(one.lo, other.lo),
        hi=added(one.hi, other.hi),
        disabled=added(one.disabled, other.disabled),
        parts=tuple(PartRow(sex=s, age_min=None, age_max=None, individuals=n) for s, n in sorted(sexes.items())),
    )


def count_reading(context: ImportContext, reading: Reading, outcomes: Sequence[RowOutcome], total: Counted) -> None:
    """A row is refused when none of its figures went in; a figure refused beside others is a remark."""
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if len(errors) == len(outcomes):
        total.refused += 1
        total.notes.append(refused_note(context, reading.row, errors[0]))
        return
    added = any(outcome.state is RowState.ADDED for outcome in outcomes)
    total.new += added
    total.unchanged += not added
    total.new_ids += [outcome.pk for outcome in outcomes if outcome.state is RowState.ADDED and outcome.pk is not None]
    total.notes += reading.notes
    for estimate, outcome in zip(reading.estimates, outcomes, strict=True):
        if outcome.error is not None:
            text = f"{GROUP_LABELS[G(estimate.group)]}: {outcome.error.message}"
            total.notes.append(note(context, reading.row, "figure_refused", text, f"group_{estimate.group}"))


def note(context: ImportContext, row: Row, code: str, text: str, column: str) -> RowNote:
    return RowNote(row.number, NOTED, code, text, context.column(column), row.text(column), row.layer)


def refused_note(context: ImportContext, row: Row, error: RepriseError) -> RowNote:
    column = error.fields[0].field if error.fields else ""
    return RowNote(
        row.number, REFUSED, stable_code(error), error.message, context.column(column), row.text(column), row.layer
    )
