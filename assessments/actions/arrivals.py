"""Arrival scenarios are written here: who is expected where, as the unit assumes it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from assessments.models import ArrivalRow, ArrivalScenario
from crisis.lib.errors import Conflict, FieldError, Invalid
from municipal_units.models import Event, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.population import PRESENT_GROUPS

MOST_ROWS, MOST_SHARE, MOST_PERSONS = 500, 20.0, 10_000_000.0


@dataclass(frozen=True, kw_only=True)
class Expected:
    """One row as forms and clients give it; `share` 0.2 is a fifth more."""

    group: str
    neighbourhood_id: int | None = None
    share: float | None = None
    persons: float | None = None
    leaving_id: int | None = None


@transaction.atomic
def write_arrivals(
    *,
    by: Actor,
    municipality: Municipality,
    name: str,
    rows: Sequence[Expected],
    source: str = "",
    scenario: ArrivalScenario | None = None,
) -> ArrivalScenario:
    """A new arrival scenario, or the given one as it is from now on. Plans already made keep the rows they had."""
    require_somewhere(by, Permission.EDIT_PLANS, municipality)
    refuse_impossible(municipality, name, rows)
    same_name = ArrivalScenario.objects.filter(municipality=municipality, name=name.strip()).first()
    if same_name is not None and (scenario is None or same_name.pk != scenario.pk):
        message = f"There is already an arrival scenario called {name.strip()}."
        raise Conflict(message, fields=[FieldError("name", message)])
    written = scenario or ArrivalScenario(municipality=municipality)
    written.name, written.source, written.changed_by_id = name.strip(), source.strip()[:300], by.user_id
    written.save()
    written.rows.all().delete()
    ArrivalRow.objects.bulk_create(
        ArrivalRow(
            municipality=municipality,
            scenario=written,
            position=position,
            group=row.group,
            neighbourhood_id=row.neighbourhood_id,
            share=row.share,
            persons=row.persons,
            leaving_id=row.leaving_id,
        )
        for position, row in enumerate(rows)
    )
    record(by, written, "written")
    return written


@transaction.atomic
def remove_arrivals(*, by: Actor, scenario: ArrivalScenario) -> None:
    """Takes an arrival scenario away; plans made with it keep their copy of its rows."""
    require_somewhere(by, Permission.EDIT_PLANS, scenario.municipality)
    record(by, scenario, "removed")
    scenario.delete()


def record(by: Actor, scenario: ArrivalScenario, change: str) -> None:
    Event.objects.record(
        "arrivals.changed",
        municipality_id=scenario.municipality_id,
        by_id=by.user_id,
        subject=scenario,
        shows={"arrivals": scenario.pk, "name": scenario.name, "change": change},
    )


def refuse_impossible(municipality: Municipality, name: str, rows: Sequence[Expected]) -> None:
    wrong = [] if name.strip() and len(name.strip()) <= 120 else [FieldError("name", "Give it a name.")]
    if not rows or len(rows) > MOST_ROWS:
        wrong.append(FieldError("rows", f"Give between 1 and {MOST_ROWS} rows."))
    named = {pk for row in rows for pk in (row.neighbourhood_id, row.leaving_id) if pk is not None}
    known = set(Neighbourhood.objects.filter(municipality=municipality, pk__in=named).values_list("pk", flat=True))
    for number, row in enumerate(rows):
        where = f"rows.{number}"
        if row.group not in PRESENT_GROUPS:
            wrong.append(FieldError(f"{where}.group", f"'{row.group[:20]}' is no group. {', '.join(PRESENT_GROUPS)}."))
        if (row.share is None) == (row.persons is None):
            wrong.append(FieldError(f"{where}.share", "Give either a share or a number of persons."))
        limits = ((row.share, -1.0, MOST_SHARE, "share"), (row.persons, -MOST_PERSONS, MOST_PERSONS, "persons"))
        for value, low, high, field in limits:
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                wrong.append(FieldError(f"{where}.{field}", f"This must be between {low:g} and {high:g}."))
        if {row.neighbourhood_id, row.leaving_id} - {None} - known:
            wrong.append(FieldError(f"{where}.neighbourhood", "There is no such neighbourhood here."))
        if row.leaving_id is not None and row.leaving_id == row.neighbourhood_id:
            wrong.append(FieldError(f"{where}.leaving", "They cannot leave the place they come to."))
    if wrong:
        raise Invalid(fields=wrong)
