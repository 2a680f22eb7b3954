"""Counts of people present, over HTTP."""

from datetime import date
from typing import Any

from django.db.models import Q
from ninja import Query, Router, Status

from crisis.lib.errors import NotFound
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from municipal_units.actions.population import EstimateRow, RoundRow, record_round
from municipal_units.api.asking import Asking
from municipal_units.models import PopulationEstimate, PopulationRound
from municipal_units.permissions import Permission
from municipal_units.schemas.registers import EstimateOut, RoundIn, RoundOut
from municipal_units.selectors.places import municipality_for

router = Router(tags=["population"])
ROUNDS = "/municipalities/{slug:code}/population/rounds"


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
    values = count.dict()
    figures = [
        EstimateRow(neighbourhood_id=figure.pop("neighbourhood"), **figure) for figure in values.pop("estimates")
    ]
    return Status(201, record_round(by=request.auth, municipality=town, row=RoundRow(**values), estimates=figures))


@router.get(ROUNDS + "/{int:round_id}/estimates", response=Page[EstimateOut], operation_id="population_estimates")
def estimates(request: Asking, code: str, round_id: int, query: Query[PageQuery]) -> dict[str, Any]:
    """The figures of one count as they were written. Small groups are not rounded here, so only those who record
    people may read them; everybody else reads the situation."""
    town = municipality_for(request.auth, code, Permission.RECORD_POPULATION)
    if not PopulationRound.objects.filter(municipality=town, pk=round_id).exists():
        raise NotFound("There is no such count here.")
    figures = PopulationEstimate.objects.filter(municipality=town, round_id=round_id)
    after = decoded_cursor(query.cursor, int)
    rows = figures.filter(pk__gt=after[0]) if after else figures
    return page(rows.order_by("pk")[: query.limit + 1], limit=query.limit, count=figures.count(), key=["pk"])
