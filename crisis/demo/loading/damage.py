"""The buildings of the story and what was seen of them, received like any delivery: one product after the other."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby

import numpy as np

from crisis.demo.buildings import REGISTER, Building, Seen
from crisis.demo.loading.accounts import Cast
from crisis.demo.loading.facts import Happening
from crisis.demo.loading.registers import REGISTERED_ON
from crisis.demo.people import ROUNDS
from crisis.demo.places import Town, project
from crisis.demo.story import StoryClock
from damage.actions.products import product_named
from damage.actions.receiving import receive_damage
from damage.actions.rows import DamageReceipt, DamageRows, ObservedAs, microseconds
from damage.actions.submit import observed_as
from damage.models import HousingStock
from municipal_units.models import Municipality, Neighbourhood

Observation = tuple[Building, Seen]


def deliveries(
    town: Town, municipality: Municipality, buildings: Sequence[Building], *, cast: Cast, clock: StoryClock
) -> list[Happening]:
    """Each product as it came in: register and satellite map at once, the survey week by week."""
    seen = sorted(
        ((building, look) for building in buildings for look in building.seen),
        key=lambda pair: (pair[1].product, pair[1].observed_at, pair[0].number),
    )
    happenings = []
    for (product, _), observations in groupby(seen, key=lambda pair: (pair[1].product, _week(pair[1].observed_at))):
        together = list(observations)
        happenings.append(
            Happening(
                max(look.observed_at for _, look in together),
                _delivery(town, municipality, product, together, cast=cast, clock=clock),
            )
        )
    return happenings


def _delivery(
    town: Town,
    municipality: Municipality,
    product: str,
    observations: Sequence[Observation],
    *,
    cast: Cast,
    clock: StoryClock,
) -> Callable[[], DamageReceipt]:
    method = observations[0][1].method

    def receive() -> DamageReceipt:
        by = cast.actor("enumerator" if method == "rapid_field" else "coordinator")
        receipt = receive_damage(
            by=by,
            municipality=municipality,
            rows=rows_of(town, observations, clock=clock),
            product=product_named(
                by=by, municipality=municipality, source_name=_sender(method), name=product, method=method
            ),
            crisis=municipality.crisis,
        )
        assert not receipt.refused.any(), f"{product}: our own buildings stand inside the town"
        return receipt

    return receive


def rows_of(town: Town, observations: Sequence[Observation], *, clock: StoryClock) -> DamageRows:
    """Observations as the columns that the damage actions take; only the register describes the building."""
    meanings = list(dict.fromkeys(_meaning(look) for _, look in observations))
    number = {meaning: place for place, meaning in enumerate(meanings)}
    registered = observations[0][1].scale == "canonical"
    return DamageRows(
        xy=np.array([project(town, building.x, building.y) for building, _ in observations]),
        observed_at=np.array([microseconds(clock.at(look.observed_at)) for _, look in observations]),
        value=np.array([number[_meaning(look)] for _, look in observations]),
        values=tuple(meanings),
        row_number=np.zeros(len(observations), dtype=np.int64),
        written=np.zeros(len(observations), dtype=np.int64),
        network=np.zeros(len(observations), dtype=bool),
        keys=_column(building.number for building, _ in observations),
        habitability=_column(look.habitability for _, look in observations),
        occupied_now=_column(look.occupied_now for _, look in observations),
        details=_column(_details(building) for building, _ in observations) if registered else None,
    )


def count_dwellings(
    municipality: Municipality,
    buildings: Sequence[Building],
    places: Mapping[str, Neighbourhood],
    *,
    clock: StoryClock,
) -> None:
    """The register of dwellings is complete wherever somebody could check it since (not in Tambila)."""
    dwellings: Counter[str] = Counter()
    for building in buildings:
        dwellings[building.pcode] += building.dwelling_units
    HousingStock.objects.bulk_create(
        HousingStock(
            municipality=municipality,
            neighbourhood=places[pcode],
            dwelling_units=number,
            observed_on=clock.day(REGISTERED_ON),
            registered_complete=True,
            source=REGISTER,
        )
        for pcode, number in sorted(dwellings.items())
        if pcode not in ROUNDS[-1].skips
    )


def _meaning(look: Seen) -> ObservedAs:
    confidence = "low" if look.method == "satellite" else "medium"
    return observed_as(look.scale, look.value, look.method, confidence)


def _details(building: Building) -> dict[str, object]:
    return {
        "structure_type": building.structure_type,
        "occupancy": building.occupancy,
        "storeys": building.storeys,
        "dwelling_units": building.dwelling_units,
        "floor_area_m2": building.floor_area_m2,
    }


def _column(values: Iterable[object]) -> np.ndarray:
    listed = list(values)
    column = np.empty(len(listed), dtype=object)
    column[:] = listed
    return column


def _week(moment: datetime) -> date:
    """The Sunday that ends the week."""
    return date.fromisocalendar(*moment.isocalendar()[:2], 7)


def _sender(method: str) -> str:
    return {
        "satellite": "Satellite mapping service",
        "rapid_field": "Field teams of Tenkoro",
        "community_report": "Town hall of Tenkoro",
    }[method]
