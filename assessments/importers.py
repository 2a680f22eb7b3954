"""Sheets of candidate works: one row per effect; rows of one code describe one work."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from assessments.actions.planning import MOST_IDS_SHOWN, propose_works
from assessments.actions.work_rows import WorkAction, WorkRow
from assessments.core.works import EffectKind, WorkPhase, WorkType
from assessments.models import Intervention
from assessments.selectors.history import WORKS
from crisis.lib.errors import Conflict, FieldError, Invalid, RepriseError
from crisis.lib.sheets import Choice, Code, Column, Date, Number, Sheet, Text
from municipal_units.actions.history import undo_change
from municipal_units.actions.import_undo import withdraw_new
from municipal_units.actions.rows import IfKnown, RowOutcome, RowState
from municipal_units.importers.facilities import SERVICE_WORDS
from municipal_units.importing.contract import REFUSED, Counted, ImportContext, Option, RowNote, Withdrawn
from municipal_units.importing.tables import Row, TableImporter, stable_code
from municipal_units.importing.views import FileView
from municipal_units.models import Event, Facility, ImportBatch
from municipal_units.permissions import Actor, Permission
from municipal_units.selectors.history import versions_of
from municipal_units.selectors.names import PlaceNames, place_names

TYPE_WORDS = {
    **{kind.value: kind.value for kind in WorkType},
    "reparation d'urgence": "emergency_repair",
    "repair": "emergency_repair",
    "rehabilitation": "rehabilitation",
    "reconstruction": "reconstruction",
    "new": "new_build",
    "construction": "new_build",
    "debris": "debris_uxo",
    "deblaiement": "debris_uxo",
}
PHASE_WORDS = {phase.value: phase.value for phase in WorkPhase}
EFFECT_WORDS = {
    **{kind.value: kind.value for kind in EffectKind},
    "capacite": "capacity",
    "secours": "backup",
    "acces": "local",
    "reach": "local",
}
SHEET = Sheet(
    "interventions",
    "Works",
    (
        Column("code", "Code", Code(80), required=True, aliases=("id", "work", "work code", "code du projet", "الرمز")),
        Column("name", "Name", Text(), aliases=("title", "nom", "intitule", "الاسم")),
        Column("name_fr", "Name in French", Text(), aliases=("nom_fr",)),
        Column("name_ar", "Name in Arabic", Text(), aliases=("nom_ar",)),
        Column("intervention_type", "Kind of work", Choice(TYPE_WORDS), aliases=("type", "kind", "النوع")),
        Column("phase", "Phase", Choice(PHASE_WORDS)),
        Column("cost", "Cost", Number(low=0), numeric=True, aliases=("cout", "budget", "montant", "التكلفة")),
        Column("currency", "Currency", Code(3), aliases=("devise", "monnaie")),
        Column("duration_days", "Days", Number(low=1, whole=True), numeric=True, aliases=("duration", "duree")),
        Column("crew", "Crew", Text(40), aliases=("team", "equipe")),
        Column("crew_units", "Crews needed at once", Number(low=0, whole=True), numeric=True, aliases=("crews",)),
        Column("requires", "Only after", Text(1_000), aliases=("prerequisites", "apres", "depends on")),
        Column("exclusive_group", "At most one of", Text(80), aliases=("group", "groupe", "exclusive group")),
        Column("fund", "Fund", Text(80), aliases=("donor", "bailleur")),
        Column("neighbourhood", "Neighbourhood", Text(), aliases=("quartier", "place", "الحي")),
        Column("observed_on", "Estimated on", Date(), aliases=("date",)),
        Column("effect", "Effect: capacity, backup or local", Choice(EFFECT_WORDS), aliases=("action", "effet")),
        Column("facility", "Facility of the effect", Code(80), aliases=("facility code", "site", "ouvrage")),
        Column("effect_place", "Neighbourhood of the effect", Text(), aliases=("target neighbourhood",)),
        Column("service", "Service of the effect", Choice(SERVICE_WORDS), aliases=("secteur",)),
        Column("add", "Adds", Number(), numeric=True, aliases=("added capacity", "adds capacity", "ajoute", "gain")),
        Column("unit", "Unit of what it adds", Text(40), aliases=("unite",)),
    ),
)  # fmt: skip
SEPARATORS = str.maketrans(";|", ",,")


@dataclass
class Work:
    """The rows of one code."""

    rows: list[Row]
    work: WorkRow | None = None
    wrong: dict[int, RepriseError] = field(default_factory=dict)


class InterventionImporter(TableImporter):
    kind = "interventions"
    label = "Works"
    permission = Permission.EDIT_WORKS
    sheet = SHEET
    options = (
        Option("source", "Who proposes them", required=True),
        Option("currency", "Currency", help="For rows that do not say; three capital letters."),
    )

    def proposed_options(self, file: FileView) -> dict[str, Any]:
        return {}

    def withdraw(self, *, by: Actor, batch: ImportBatch) -> Withdrawn:
        """New works are deleted (restorable), changed ones get their old values and effects again."""
        gone, left = withdraw_new(Intervention, batch, also_touched=set())
        of_import = versions_of(Intervention).filter(
            municipality_id=batch.municipality_id, pgh_context__contains={"import": batch.pk}
        )
        restored = []
        for pk, context in of_import.order_by("pgh_obj_id", "-pgh_id").values_list("pgh_obj_id", "pgh_context_id"):
            work = Intervention.objects.get(pk=pk)
            try:
                undo_change(by=by, kept=WORKS, record=work, change=context, reason=f"import {batch.pk} undone")
                restored.append(pk)
            except Conflict:
                left.append(f"{work.code} {work.name}: changed again since")
        if gone:
            Event.objects.record(
                "work.deleted",
                municipality_id=batch.municipality_id,
                by_id=by.user_id,
                shows={"works": gone[:MOST_IDS_SHOWN], "count": len(gone), "undone_import": batch.pk},
            )
        return Withdrawn(len(gone), len(set(restored)), tuple(left))

    def take_rows(self, context: ImportContext, rows: Sequence[Row]) -> Counted:
        """A work is one thing: if one of its rows is wrong, none of them goes in, and each says so."""
        names = place_names(context.municipality.pk)
        facilities = dict(Facility.objects.filter(municipality=context.municipality).values_list("code", "pk"))
        by_code: dict[str, Work] = {}
        for row in rows:
            by_code.setdefault(row.text("code"), Work([])).rows.append(row)
        for work in by_code.values():
            build(context, work, names, facilities)
        ready = [work for work in by_code.values() if work.work is not None]
        outcomes = propose_works(
            by=context.by,
            municipality=context.municipality,
            rows=[work.work for work in ready if work.work is not None],
            if_known=IfKnown.CHANGE,
        )
        total = Counted()
        for work in by_code.values():
            if work.work is None:
                refuse_all(context, work, total)
        for work, outcome in zip(ready, outcomes, strict=True):
            count(context, work, outcome, total)
        return total


def build(context: ImportContext, work: Work, names: PlaceNames, facilities: dict[str, int]) -> None:
    """The work its rows describe, or what is wrong with them. Its own columns count in the first row that has them."""
    actions = []
    for place, row in enumerate(work.rows):
        try:
            if action := action_of(row, names, facilities):
                actions.append(action)
        except RepriseError as problem:
            work.wrong[place] = problem
    try:
        row = work.rows[0]
        made = WorkRow(
            code=row.text("code"),
            name=first(work, "name"),
            name_fr=first(work, "name_fr"),
            name_ar=first(work, "name_ar"),
            intervention_type=first(work, "intervention_type"),
            phase=first(work, "phase") or WorkPhase.EARLY_RECOVERY.value,
            cost=number(work, "cost", "The work has no cost. Write 0 if it costs nothing."),
            duration_days=int(number(work, "duration_days", "The work has no duration. Write the days it takes.")),
            actions=tuple(actions),
            requires=tuple(
                part.strip() for part in first(work, "requires").translate(SEPARATORS).split(",") if part.strip()
            ),
            neighbourhood_id=place_id(first(work, "neighbourhood"), "neighbourhood", names),
            currency=first(work, "currency") or context.option("currency"),
            fund=first(work, "fund"),
            crew=first(work, "crew"),
            crew_units=int(float(first(work, "crew_units") or 1)),
            exclusive_group=first(work, "exclusive_group"),
            source=context.option("source") or context.source.name,
            observed_on=day.date() if (day := value(work, "observed_on")) is not None else None,
        )
    except RepriseError as problem:
        work.wrong.setdefault(0, problem)
        return
    work.work = None if work.wrong else made


def value(work: Work, name: str) -> Any:
    return next((row.values[name] for row in work.rows if row.values.get(name) is not None), None)


def first(work: Work, name: str) -> str:
    found = value(work, name)
    return "" if found is None else str(found)


def number(work: Work, name: str, message: str) -> float:
    found = value(work, name)
    if found is None:
        raise Invalid(message, fields=[FieldError(name, message)])
    return float(found)


def place_id(text: str, column: str, names: PlaceNames) -> int | None:
    if not text:
        return None
    if (found := names.find(text)) is None:
        message = names.why_not(text)
        raise Invalid(message, fields=[FieldError(column, message)])
    return found


def action_of(row: Row, names: PlaceNames, facilities: dict[str, int]) -> WorkAction | None:
    """The effect a row describes; None when it describes none. A facility alone means capacity, a place local reach."""
    code, target = row.text("facility"), row.text("effect_place")
    if not (code or target or row.text("effect")) and row.number_of("add") is None:
        return None
    kind = row.text("effect") or (EffectKind.CAPACITY.value if code else EffectKind.LOCAL.value)
    added = row.number_of("add")
    if added is None:
        message = "The effect does not say how much it adds."
        raise Invalid(message, fields=[FieldError("add", message)])
    if code and code not in facilities:
        message = f"No facility has the code '{code[:40]}'. Import the facilities first, or correct the code."
        raise Invalid(message, fields=[FieldError("facility", message)])
    return WorkAction(
        kind=kind,
        add=added,
        facility_id=facilities.get(code),
        neighbourhood_id=place_id(target or row.text("neighbourhood"), "effect_place", names)
        if kind == EffectKind.LOCAL
        else None,
        service=row.text("service") if kind != EffectKind.CAPACITY else "",
        unit=row.text("unit"),
    )


def refuse_all(context: ImportContext, work: Work, total: Counted) -> None:
    for place, row in enumerate(work.rows):
        error = work.wrong.get(place)
        if error is None:
            other = work.rows[min(work.wrong)].number
            error = Invalid(f"Row {other} of the same work is wrong. Correct that one; then both go in.")
        refuse(context, row, error, total)


def refuse(context: ImportContext, row: Row, error: RepriseError, total: Counted) -> None:
    name = error.fields[0].field if error.fields else ""
    column = context.column(name) or name
    total.refused += 1
    total.notes.append(
        RowNote(row.number, REFUSED, stable_code(error), error.message, column, row.text(name), row.layer)
    )


def count(context: ImportContext, work: Work, outcome: RowOutcome, total: Counted) -> None:
    if outcome.error is not None:
        for row in work.rows:
            refuse(context, row, outcome.error, total)
        return
    size = len(work.rows)
    total.new += size * (outcome.state is RowState.ADDED)
    if outcome.state is RowState.ADDED and outcome.pk is not None:
        total.new_ids.append(outcome.pk)
    total.changed += size * (outcome.state is RowState.CHANGED)
    total.unchanged += size * (outcome.state is RowState.UNCHANGED)
