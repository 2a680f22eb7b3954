"""Counts of people present, over HTTP."""

from datetime import date
from typing import Any

from django.db.models import Q
from ninja import Query, Router, Status

from crisis.lib.errors import NotFound
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from municipal_units.actions.population import (
    EstimateRow,
    PartRow,
    RoundRow,
    record_round,
    review_round,
    supersede_round,
)
from municipal_units.api.asking import Asking
from municipal_units.models import Municipality, PopulationEstimate, PopulationRound
from municipal_units.permissions import Permission
from municipal_units.schemas.registers import (
    ComparedOut,
    EstimateIn,
    EstimateOut,
    FlagOut,
    ReviewRoundIn,
    RoundIn,
    RoundOut,
    SupersedeIn,
)
from municipal_units.selectors.places import municipality_for
from municipal_units.selectors.rounds import compared_rounds, figures_of

router = Router(tags=["population"])
ROUNDS = "/municipalities/{slug:code}/population/rounds"
ONE = ROUNDS + "/{int:round_id}"


@router.get(ROUNDS, response=Page[RoundOut], operation_id="population_rounds")
def rounds(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """The counts that were made, newest first."""
    town = municipality_for(request.auth, code, Permission.VIEW_POPULATION)
    made = PopulationRound.objects.filter(municipality=town)
    rows = made.order_by("-observed_on", "-pk")
    if after := decoded_cursor(query.cursor, date, int):
        rows = rows.filter(Q(observed_on__lt=after[0]) | Q(observed_on=after[0], pk__lt=after[1]))
    return page(rows[: query.limit + 1], limit=query.limit, count=made.count(), key=["observed_on", "pk"])


@router.post(ROUNDS, response={201: RoundOut}, operation_id="record_round")
def record(request: Asking, code: str, count: RoundIn) -> Status[PopulationRound]:
    """A count with all its figures. A correction is a new count."""
    town = municipality_for(request.auth, code)
    values = count.dict(exclude={"estimates"})
    values["informant_types"] = tuple(values["informant_types"])
    figures = [estimate_row(figure) for figure in count.estimates]
    return Status(201, record_round(by=request.auth, municipality=town, row=RoundRow(**values), estimates=figures))


def estimate_row(figure: EstimateIn) -> EstimateRow:
    values = figure.dict(exclude={"neighbourhood", "site", "parts"})
    parts = tuple(PartRow(**part.dict()) for part in figure.parts)
    return EstimateRow(neighbourhood_id=figure.neighbourhood, site_id=figure.site, parts=parts, **values)


@router.get(ONE + "/estimates", response=Page[EstimateOut], operation_id="population_estimates")
def estimates(request: Asking, code: str, round_id: int, query: Query[PageQuery]) -> dict[str, Any]:
    """The figures of one count as they were written. Small groups are not rounded here, so only those who record
    people may read them; everybody else reads the situation."""
    town = municipality_for(request.auth, code, Permission.RECORD_POPULATION)
    figures = PopulationEstimate.objects.filter(round=round_of(town, round_id))
    after = decoded_cursor(query.cursor, int)
    rows = figures.filter(pk__gt=after[0]) if after else figures
    return page(rows.order_by("pk")[: query.limit + 1], limit=query.limit, count=figures.count(), key=["pk"])


@router.get(ONE + "/flags", response=list[FlagOut], operation_id="population_flags")
def flags(request: Asking, code: str, round_id: int) -> list[dict[str, Any]]:
    """The figures of a count that do not add up. They stay as written."""
    town = municipality_for(request.auth, code, Permission.RECORD_POPULATION)
    figures = figures_of(round_of(town, round_id))
    return [{"estimate": one.estimate.pk, "flags": one.flags} for one in figures if one.flags]


@router.get(ONE + "/compared/{int:other_id}", response=list[ComparedOut], operation_id="compared_rounds")
def compared(request: Asking, code: str, round_id: int, other_id: int) -> list[dict[str, Any]]:
    """What this count and an older one say, place by place. They are compared, never added up."""
    town = municipality_for(request.auth, code, Permission.RECORD_POPULATION)
    return compared_rounds(round_of(town, other_id), round_of(town, round_id))


@router.post(ONE + "/review", response=RoundOut, operation_id="review_round")
def review(request: Asking, code: str, round_id: int, asked: ReviewRoundIn) -> PopulationRound:
    """Accepts a count or rejects it with a reason; not by who recorded it."""
    town = municipality_for(request.auth, code, Permission.APPROVE_POPULATION)
    return review_round(by=request.auth, counted=round_of(town, round_id), **asked.dict())


@router.post(ONE + "/supersede", response=RoundOut, operation_id="supersede_round")
def supersede(request: Asking, code: str, round_id: int, asked: SupersedeIn) -> PopulationRound:
    """A newer count stands for this one from now on."""
    town = municipality_for(request.auth, code, Permission.APPROVE_POPULATION)
    return supersede_round(by=request.auth, counted=round_of(town, round_id), by_round=round_of(town, asked.by))


def round_of(town: Municipality, round_id: int) -> PopulationRound:
    found = PopulationRound.objects.filter(municipality=town, pk=round_id).first()
    if found is None:
        raise NotFound("There is no such count here.")
    return found
