"""The dated housing stock of neighbourhoods: how many dwellings there were before damage (mechanics D7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import FieldError, Invalid, NotAllowed, NotFound, RepriseError
from damage.models import HousingStock
from municipal_units.actions.rows import Problems, RowOutcome, RowState, refused, summary, the_one
from municipal_units.core.vocabulary import Confidence
from municipal_units.models import Event, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require, require_somewhere

MOST_DWELLINGS = 5_000_000
MOST_IDS_SHOWN = 500


@dataclass(frozen=True, kw_only=True)
class HousingStockRow:
    """`dwelling_units` counted or estimated on a day; `registered_complete`: every dwelling is in the register of
    structures, so that these are summed instead."""

    neighbourhood_id: int
    dwelling_units: int
    observed_on: date
    source: str
    registered_complete: bool = False
    confidence: str = Confidence.MEDIUM.value

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.number("dwelling_units", self.dwelling_units, high=MOST_DWELLINGS)
        problems.require("source", self.source.strip())
        problems.word("confidence", self.confidence, Confidence)
        if self.observed_on > timezone.localdate() + timedelta(days=1):
            problems.add("observed_on", f"{self.observed_on} lies in the future.")
        problems.texts(HousingStock, {"source": self.source})
        return problems.error()


def record_housing_stock(*, by: Actor, municipality: Municipality, row: HousingStockRow) -> HousingStock:
    """The dwellings of one neighbourhood. The same place, day and source again replaces the number."""
    return HousingStock.objects.get(pk=the_one(record_housing_stocks(by=by, municipality=municipality, rows=[row])))


@transaction.atomic
def record_housing_stocks(
    *,
    by: Actor,
    municipality: Municipality,
    rows: Sequence[HousingStockRow],
) -> list[RowOutcome]:
    """Many at once; good rows go in, each other row says why not. One event for all."""
    require_somewhere(by, Permission.REVIEW_DAMAGE, municipality)
    places = set(
        Neighbourhood.objects.filter(
            municipality=municipality, pk__in={row.neighbourhood_id for row in rows}
        ).values_list("pk", flat=True)
    )
    seen: set[tuple[int, date, str]] = set()
    outcomes = []
    for row in rows:
        error = row.error() or _refusal(by, municipality, row, places, seen)
        seen.add((row.neighbourhood_id, row.observed_on, row.source))
        outcomes.append(refused(error) if error else _receive(municipality, row))
    written = [
        row.neighbourhood_id
        for row, outcome in zip(rows, outcomes, strict=True)
        if outcome.state in (RowState.ADDED, RowState.CHANGED)
    ]
    if written:
        one = written[0] if len(set(written)) == 1 else None
        Event.objects.record(
            "housing.recorded",
            municipality_id=municipality.pk,
            by_id=by.user_id,
            neighbourhood_id=one,
            shows={**summary(outcomes), "places": sorted(set(written))[:MOST_IDS_SHOWN]},
        )
    return outcomes


def _refusal(
    by: Actor,
    municipality: Municipality,
    row: HousingStockRow,
    places: set[int],
    seen: set[tuple[int, date, str]],
) -> RepriseError | None:
    if row.neighbourhood_id not in places:
        return NotFound("There is no such neighbourhood here.")
    if (row.neighbourhood_id, row.observed_on, row.source) in seen:
        message = "The same place, day and source stands in more than one row."
        return Invalid(message, fields=[FieldError("neighbourhood", message, "repeated")])
    try:
        require(by, Permission.REVIEW_DAMAGE, municipality.pk, neighbourhood_id=row.neighbourhood_id)
    except (NotAllowed, NotFound) as refusal:
        return refusal
    return None


def _receive(municipality: Municipality, row: HousingStockRow) -> RowOutcome:
    key = {"neighbourhood_id": row.neighbourhood_id, "observed_on": row.observed_on, "source": row.source}
    values = {
        "dwelling_units": row.dwelling_units,
        "registered_complete": row.registered_complete,
        "confidence": row.confidence,
    }
    stock, is_new = HousingStock.objects.get_or_create(municipality=municipality, **key, defaults=values)
    if is_new:
        return RowOutcome(RowState.ADDED, stock.pk)
    if all(getattr(stock, name) == value for name, value in values.items()):
        return RowOutcome(RowState.UNCHANGED, stock.pk)
    for name, value in values.items():
        setattr(stock, name, value)
    stock.save(update_fields=list(values))
    return RowOutcome(RowState.CHANGED, stock.pk)
