"""Counts of people present are recorded here: a round, and its figures by neighbourhood and group."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound, RepriseError
from municipal_units.actions.rows import Problems, RowOutcome, RowState, refused, summary
from municipal_units.core.vocabulary import Confidence, DataOrigin, EstimationMethod, PopulationGroup
from municipal_units.models import Event, Municipality, Neighbourhood, PopulationEstimate, PopulationRound
from municipal_units.permissions import Actor, Permission, require, require_somewhere

COVERAGES = ("complete", "partial")
MOST_IDS_SHOWN = 500


@dataclass(frozen=True, kw_only=True)
class EstimateRow:
    """Persons of one group in one neighbourhood, with an interval where one is known."""

    neighbourhood_id: int
    group: str
    individuals: float
    households: float | None = None
    lo: float | None = None
    hi: float | None = None
    confidence: str = Confidence.MEDIUM.value
    status: str = DataOrigin.ESTIMATED.value
    written_place: str = ""

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.word("group", self.group, PopulationGroup)
        problems.number("individuals", self.individuals)
        problems.number("households", self.households)
        problems.number("lo", self.lo, high=self.individuals)
        problems.number("hi", self.hi, low=self.individuals)
        problems.word("confidence", self.confidence, Confidence)
        problems.word("status", self.status, DataOrigin)
        problems.texts(PopulationEstimate, {"written_place": self.written_place})
        return problems.error()


@dataclass(frozen=True, kw_only=True)
class RoundRow:
    """One count: who counted, how, on which day, and whether it reached everybody."""

    name: str
    source: str
    method: str
    observed_on: date
    coverage: str = "complete"
    excludes_sites: bool = False

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.require("name", self.name.strip())
        problems.require("source", self.source.strip())
        problems.word("method", self.method, EstimationMethod)
        problems.word("coverage", self.coverage, COVERAGES)
        if self.observed_on > timezone.localdate() + timedelta(days=1):
            problems.add("observed_on", f"{self.observed_on} lies in the future.")
        problems.texts(PopulationRound, {"name": self.name, "source": self.source})
        return problems.error()


@transaction.atomic
def record_round(
    *, by: Actor, municipality: Municipality, row: RoundRow, estimates: Sequence[EstimateRow]
) -> PopulationRound:
    """A count with all its figures, or nothing: the first wrong figure is refused with its position."""
    counted, outcomes = record_round_rows(by=by, municipality=municipality, row=row, estimates=estimates)
    fields: list[FieldError] = []
    for number, outcome in enumerate(outcomes):
        if isinstance(outcome.error, Invalid):
            fields += [FieldError(f"estimates.{number}.{f.field}", f.message, f.code) for f in outcome.error.fields]
        elif outcome.error is not None:
            raise outcome.error
    if fields:
        raise Invalid(" ".join(f"{f.field}: {f.message}" for f in fields[:5]), fields=fields)
    return counted


@transaction.atomic
def record_round_rows(
    *, by: Actor, municipality: Municipality, row: RoundRow, estimates: Sequence[EstimateRow]
) -> tuple[PopulationRound, list[RowOutcome]]:
    """A count from a file: good figures go in, each other one says why not.

    The same round again (name and day) adds what is missing and leaves what is there; another figure for the same
    place and group is a conflict, because a correction is a new round.
    """
    require_somewhere(by, Permission.RECORD_POPULATION, municipality)
    if error := row.error():
        raise error
    counted = _round(municipality, row)
    places = set(
        Neighbourhood.objects.filter(
            municipality=municipality, pk__in={estimate.neighbourhood_id for estimate in estimates}
        ).values_list("pk", flat=True)
    )
    there = {(e.neighbourhood_id, e.group): e for e in PopulationEstimate.objects.filter(round=counted)}
    outcomes: list[RowOutcome] = []
    new: list[PopulationEstimate] = []
    for estimate in estimates:
        refusal = _refusal(by, municipality, estimate, places)
        known = there.get((estimate.neighbourhood_id, estimate.group))
        if refusal is None and known is not None:
            refusal = _difference(known, estimate)
        if refusal is not None:
            outcomes.append(refused(refusal))
        elif known is not None:
            outcomes.append(RowOutcome(RowState.UNCHANGED, known.pk))
        else:
            made = _estimate(municipality, counted, estimate)
            there[(estimate.neighbourhood_id, estimate.group)] = made
            new.append(made)
            outcomes.append(RowOutcome(RowState.ADDED))
    PopulationEstimate.objects.bulk_create(new, batch_size=2_000)
    _event(by, municipality, counted, new, outcomes)
    return counted, outcomes


def record_rounds(
    *, by: Actor, municipality: Municipality, rounds: Sequence[tuple[RoundRow, Sequence[EstimateRow]]]
) -> list[PopulationRound]:
    """Several counts, each whole or not at all."""
    return [record_round(by=by, municipality=municipality, row=row, estimates=figures) for row, figures in rounds]


def _round(municipality: Municipality, row: RoundRow) -> PopulationRound:
    values = {
        "source": row.source,
        "method": row.method,
        "coverage": row.coverage,
        "excludes_sites": row.excludes_sites,
    }
    counted, is_new = PopulationRound.objects.get_or_create(
        municipality=municipality,
        name=row.name,
        observed_on=row.observed_on,
        defaults={**values, "crisis_id": municipality.crisis_id},
    )
    if not is_new and any(getattr(counted, name) != value for name, value in values.items()):
        message = f"A count named {row.name} of {row.observed_on} is there with another source, method or coverage."
        raise Conflict(f"{message} Give this one its own name.")
    return counted


def _refusal(by: Actor, municipality: Municipality, row: EstimateRow, places: set[int]) -> RepriseError | None:
    if error := row.error():
        return error
    if row.neighbourhood_id not in places:
        return NotFound("There is no such neighbourhood here.")
    try:
        require(by, Permission.RECORD_POPULATION, municipality.pk, neighbourhood_id=row.neighbourhood_id)
    except NotAllowed as refusal:
        return refusal
    return None


def _difference(known: PopulationEstimate, row: EstimateRow) -> Conflict | None:
    same = (known.individuals, known.households, known.lo, known.hi) == (
        row.individuals,
        row.households,
        row.lo,
        row.hi,
    )
    if same:
        return None
    return Conflict("This count already has another figure for this place and group. Send a correction as a new count.")


def _estimate(municipality: Municipality, counted: PopulationRound, row: EstimateRow) -> PopulationEstimate:
    return PopulationEstimate(
        municipality=municipality,
        round=counted,
        neighbourhood_id=row.neighbourhood_id,
        group=row.group,
        individuals=row.individuals,
        households=row.households,
        lo=row.lo,
        hi=row.hi,
        confidence=row.confidence,
        status=row.status,
        written_place=row.written_place,
    )


def _event(
    by: Actor,
    municipality: Municipality,
    counted: PopulationRound,
    new: Sequence[PopulationEstimate],
    outcomes: Sequence[RowOutcome],
) -> None:
    """Says that people were counted and where, never how many: small groups must not leak through the log."""
    if not new:
        return
    places = sorted({estimate.neighbourhood_id for estimate in new})
    Event.objects.record(
        "population.estimated",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=counted,
        neighbourhood_id=places[0] if len(places) == 1 else None,
        shows={
            "round": counted.pk,
            "name": counted.name,
            "method": counted.method,
            "observed_on": counted.observed_on.isoformat(),
            "neighbourhoods": places[:MOST_IDS_SHOWN],
            **summary(outcomes),
        },
    )
