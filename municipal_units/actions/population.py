"""Counts of people present are recorded here: a round, and its figures by neighbourhood and group."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound, RepriseError
from municipal_units.actions.rows import Problems, RowOutcome, RowState, refused, summary
from municipal_units.core.vocabulary import (
    Confidence,
    DataOrigin,
    EstimationMethod,
    InformantType,
    PopulationGroup,
    Sex,
    ShelterType,
)
from municipal_units.models import (
    EstimatePart,
    Event,
    Municipality,
    Neighbourhood,
    PopulationEstimate,
    PopulationRound,
    Site,
)
from municipal_units.permissions import Actor, Permission, require, require_somewhere

COVERAGES = ("complete", "partial")
MOST_IDS_SHOWN = 500


@dataclass(frozen=True, kw_only=True)
class PartRow:
    """Persons of one sex and age band, both ages included; None is open."""

    sex: str
    age_min: int | None
    age_max: int | None
    individuals: float


@dataclass(frozen=True, kw_only=True)
class EstimateRow:
    """Persons of one group in one neighbourhood, with an interval where one is known.

    With a site: of these, how many live in it, or how many more where the count excludes sites. `disabled`: persons
    with a disability by the Washington Group. `parts` are kept as counted, also where they do not add up.
    """

    neighbourhood_id: int
    group: str
    individuals: float
    households: float | None = None
    lo: float | None = None
    hi: float | None = None
    confidence: str = Confidence.MEDIUM.value
    status: str = DataOrigin.ESTIMATED.value
    written_place: str = ""
    site_id: int | None = None
    disabled: float | None = None
    parts: tuple[PartRow, ...] = ()

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.word("group", self.group, PopulationGroup)
        problems.number("disabled", self.disabled)
        for number, part in enumerate(self.parts):
            problems.word(f"parts.{number}.sex", part.sex, Sex)
            problems.number(f"parts.{number}.individuals", part.individuals)
            problems.number(f"parts.{number}.age_min", part.age_min, high=part.age_max)
        if len({(part.sex, part.age_min, part.age_max) for part in self.parts}) < len(self.parts):
            problems.add("parts", "The same sex and ages are given twice.")
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
    informants: int | None = None
    informant_types: tuple[str, ...] = ()

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.require("name", self.name.strip())
        problems.require("source", self.source.strip())
        problems.word("method", self.method, EstimationMethod)
        problems.word("coverage", self.coverage, COVERAGES)
        problems.number("informants", self.informants)
        for kind in self.informant_types:
            problems.word("informant_types", kind, InformantType)
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
    counted = _round(by, municipality, row)
    places = set(
        Neighbourhood.objects.filter(
            municipality=municipality, pk__in={estimate.neighbourhood_id for estimate in estimates}
        ).values_list("pk", flat=True)
    )
    wanted_sites = {estimate.site_id for estimate in estimates if estimate.site_id is not None}
    sites = dict(
        Site.objects.filter(municipality=municipality, pk__in=wanted_sites).values_list("pk", "neighbourhood_id")
    )
    there = {(e.neighbourhood_id, e.group, e.site_id): e for e in PopulationEstimate.objects.filter(round=counted)}
    outcomes: list[RowOutcome] = []
    new: list[PopulationEstimate] = []
    parts: list[EstimatePart] = []
    for estimate in estimates:
        identity = (estimate.neighbourhood_id, estimate.group, estimate.site_id)
        refusal = _refusal(by, municipality, estimate, places)
        if refusal is None and estimate.site_id is not None and sites.get(estimate.site_id) != identity[0]:
            refusal = NotFound("There is no such site in this neighbourhood.")
        known = there.get(identity)
        if refusal is None and known is not None:
            refusal = _difference(known, estimate)
        if refusal is not None:
            outcomes.append(refused(refusal))
        elif known is not None:
            outcomes.append(RowOutcome(RowState.UNCHANGED, known.pk))
        else:
            made = _estimate(municipality, counted, estimate)
            there[identity] = made
            new.append(made)
            parts += [_part(made, part) for part in estimate.parts]
            outcomes.append(RowOutcome(RowState.ADDED))
    PopulationEstimate.objects.bulk_create(new, batch_size=2_000)
    EstimatePart.objects.bulk_create(parts, batch_size=2_000)
    written = iter(new)
    outcomes = [replace(one, pk=next(written).pk) if one.state is RowState.ADDED else one for one in outcomes]
    _event(by, municipality, counted, new, outcomes)
    return counted, outcomes


@transaction.atomic
def review_round(*, by: Actor, counted: PopulationRound, accepted: bool, reason: str = "") -> PopulationRound:
    """Somebody else than its author accepts a count, or rejects it with a reason the author sees."""
    require(by, Permission.APPROVE_POPULATION, counted.municipality_id)
    counted = PopulationRound.objects.select_for_update().get(pk=counted.pk)
    if counted.recorded_by_id is not None and counted.recorded_by_id == by.user_id:
        raise NotAllowed("You recorded this count yourself. Somebody else has to look at it.")
    if not accepted and not reason.strip():
        raise Invalid("Say why, so that the author can mend it.", fields=[FieldError("reason", "This is needed.")])
    problems = Problems()
    problems.texts(PopulationRound, {"review_reason": reason})
    if error := problems.error():
        raise error
    counted.review_state = "accepted" if accepted else "rejected"
    counted.reviewed_by_id, counted.reviewed_at, counted.review_reason = by.user_id, timezone.now(), reason.strip()
    counted.save(update_fields=["review_state", "reviewed_by", "reviewed_at", "review_reason"])
    _reviewed(by, counted)
    return counted


@transaction.atomic
def supersede_round(*, by: Actor, counted: PopulationRound, by_round: PopulationRound) -> PopulationRound:
    """The newer count stands for the older one, which stays to be read but does not count any more."""
    require(by, Permission.APPROVE_POPULATION, counted.municipality_id)
    if by_round.municipality_id != counted.municipality_id or by_round.pk == counted.pk:
        raise Invalid("Choose another count of the same town.")
    if by_round.observed_on < counted.observed_on:
        raise Invalid("A count is superseded by a newer one, not by an older one.")
    if by_round.superseded_by_id is not None:
        raise Conflict("That count was superseded itself. Choose the one that stands.")
    counted.superseded_by = by_round
    counted.save(update_fields=["superseded_by"])
    _reviewed(by, counted)
    return counted


def _reviewed(by: Actor, counted: PopulationRound) -> None:
    shows = {"round": counted.pk, "name": counted.name, "state": counted.review_state}
    Event.objects.record(
        "population.reviewed",
        municipality_id=counted.municipality_id,
        by_id=by.user_id,
        subject=counted,
        shows=shows | {"superseded_by": counted.superseded_by_id},
    )


@dataclass(frozen=True, kw_only=True)
class SiteRow:
    """A place that hosts displaced people. Its position is its neighbourhood, nothing finer."""

    code: str
    name: str
    neighbourhood_id: int
    shelter_type: str = ShelterType.UNKNOWN.value
    capacity: int | None = None
    opened_on: date | None = None
    closed_on: date | None = None


@transaction.atomic
def record_site(*, by: Actor, municipality: Municipality, row: SiteRow) -> Site:
    """A site, or what is new about one with the same code."""
    require(by, Permission.RECORD_POPULATION, municipality.pk, neighbourhood_id=row.neighbourhood_id)
    problems = Problems()
    problems.require("code", row.code.strip())
    problems.require("name", row.name.strip())
    problems.word("shelter_type", row.shelter_type, ShelterType)
    problems.number("capacity", row.capacity)
    problems.texts(Site, {"code": row.code, "name": row.name})
    if row.opened_on and row.closed_on and row.closed_on < row.opened_on:
        problems.add("closed_on", "It cannot close before it opened.")
    if error := problems.error():
        raise error
    if not Neighbourhood.objects.filter(municipality=municipality, pk=row.neighbourhood_id).exists():
        raise NotFound("There is no such neighbourhood here.")
    values = {
        name: getattr(row, name)
        for name in ("name", "neighbourhood_id", "shelter_type", "capacity", "opened_on", "closed_on")
    }
    site, _ = Site.objects.update_or_create(municipality=municipality, code=row.code, defaults=values)
    Event.objects.record(
        "site.changed",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=site,
        neighbourhood_id=site.neighbourhood_id,
        shows={"site": site.pk, "code": site.code},
    )
    return site


def record_rounds(
    *, by: Actor, municipality: Municipality, rounds: Sequence[tuple[RoundRow, Sequence[EstimateRow]]]
) -> list[PopulationRound]:
    """Several counts, each whole or not at all."""
    return [record_round(by=by, municipality=municipality, row=row, estimates=figures) for row, figures in rounds]


def _part(estimate: PopulationEstimate, row: PartRow) -> EstimatePart:
    return EstimatePart(
        municipality_id=estimate.municipality_id,
        estimate=estimate,
        sex=row.sex,
        age_min=row.age_min,
        age_max=row.age_max,
        individuals=row.individuals,
    )


def _round(by: Actor, municipality: Municipality, row: RoundRow) -> PopulationRound:
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
        defaults={
            **values,
            "crisis_id": municipality.crisis_id,
            "informants": row.informants,
            "informant_types": list(row.informant_types),
            "recorded_by_id": by.user_id,
        },
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
        site_id=row.site_id,
        disabled=row.disabled,
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
