"""Writes the large town by the bulk road: the same actions, a few thousand rows a call."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

import numpy as np
import shapely
from django.db import transaction

from assessments.actions.planning import propose_works
from assessments.actions.work_rows import WorkAction, WorkRow
from crisis.demo.large import CODE, GRADE_WORDS, NAME, LargeFacility, Size, Structures, boundaries
from crisis.demo.large import facilities as large_facilities
from crisis.demo.large import people as large_people
from crisis.demo.large import structures as large_structures
from crisis.demo.loading.accounts import Cast
from crisis.demo.loading.registers import accepted, geos
from crisis.demo.people import DISPLACED, HOST, HOUSEHOLD_SIZE, RETURNEE
from damage.actions.products import product_named
from damage.actions.receiving import receive_damage
from damage.actions.rows import Ahead, DamageRows, microseconds
from damage.actions.submit import observed_as
from damage.models import HousingStock
from municipal_units.actions.accounts import assign
from municipal_units.actions.facilities import register_facilities, set_dependencies, state_catchment_shares
from municipal_units.actions.facility_rows import CatchmentRow, DependencyRow, FacilityRow, StatusRow
from municipal_units.actions.facts import bulk_record_status
from municipal_units.actions.places import add_neighbourhood, create_municipality
from municipal_units.actions.population import EstimateRow, RoundRow, record_round
from municipal_units.models import Crisis, Facility, Municipality
from municipal_units.permissions import Actor, Role, scope, system_actor
from municipal_units.selectors.placing import place_index

CHUNK = 10_000
OUTLINE_MARGIN = 0.005  # degrees, about half a kilometre
CHUNK_OF_FACILITIES = 2_000
SOURCE = "Generated for trials of size"
Progress = Callable[[str], None]
Row = TypeVar("Row")


@transaction.atomic
def load_large(*, size: Size, now: datetime, cast: Cast, progress: Progress) -> Municipality | None:
    """The large town, coordinated by the coordinator of Tenkoro; None when it is already there."""
    if cast.knows(CODE):
        return None
    crisis = Crisis.objects.order_by("pk").first()
    shapes = boundaries(size)
    west, south, east, north = shapely.total_bounds(shapes) + np.array([-1, -1, 1, 1]) * OUTLINE_MARGIN
    outline = geos(shapely.MultiPolygon([shapely.box(west, south, east, north)]))
    town = create_municipality(
        code=CODE, name=NAME, pcode=CODE, crisis=crisis, outline=outline, household_size=HOUSEHOLD_SIZE
    )
    assign(user=cast.users["coordinator"], role=Role.COORDINATOR, municipality=town)
    by = cast.actor("coordinator")
    with scope(system_actor(town.pk)):
        places = [
            add_neighbourhood(
                by=by,
                municipality=town,
                name=f"Secteur {number}",
                pcode=f"{CODE}{number:05d}",
                geom=geos(shape),
                valid_from=date(2020, 1, 1),
                source=SOURCE,
            ).pk
            for number, shape in enumerate(shapes, start=1)
        ]
        progress(f"{len(places):,} neighbourhoods")
        _count_people(town, places, size, by=by, now=now)
        made = list(large_facilities(size))
        ids = _register(town, places, made, by=by, now=now)
        progress(f"{len(made):,} facilities")
        _propose(town, places, made, ids, by=by)
        built = large_structures(size)
        for done in _receive(town, built, by=by, now=now):
            progress(f"{done:,} structures")
        _count_dwellings(town, places, built, now=now)
    return town


def _count_people(town: Municipality, places: Sequence[int], size: Size, *, by: Actor, now: datetime) -> None:
    row = RoundRow(
        name="Generated count",
        source=SOURCE,
        method="baseline_location",
        observed_on=(now - timedelta(days=20)).date(),
    )
    estimates = [
        EstimateRow(
            neighbourhood_id=place, group=group, individuals=float(number), households=round(number / HOUSEHOLD_SIZE)
        )
        for place, numbers in zip(places, large_people(size), strict=True)
        for group, number in zip((HOST, DISPLACED, RETURNEE), numbers, strict=True)
    ]
    record_round(by=by, municipality=town, row=row, estimates=estimates)


def _register(
    town: Municipality, places: Sequence[int], made: Sequence[LargeFacility], *, by: Actor, now: datetime
) -> dict[str, int]:
    """Facilities, needs, catchments and one state each; ids by code."""
    rows = [
        FacilityRow(
            code=facility.code,
            name=f"{facility.asset_type.replace('_', ' ').capitalize()} {facility.code}",
            service=facility.service,
            asset_type=facility.asset_type,
            lon=facility.lon,
            lat=facility.lat,
            capacity=facility.capacity,
            source=SOURCE,
            source_key=facility.code,
        )
        for facility in made
    ]
    for chunk in _chunks(rows, CHUNK_OF_FACILITIES):
        accepted(register_facilities(by=by, municipality=town, rows=chunk))
    ids = dict(Facility.objects.filter(municipality=town).values_list("code", "pk"))
    needs = [
        DependencyRow(
            facility_id=ids[facility.code],
            service=need.service,
            strength=need.strength,
            backup_share=need.backup,
            source=SOURCE,
        )
        for facility in made
        for need in facility.needs
    ]
    shares = [
        CatchmentRow(facility_id=ids[facility.code], neighbourhood_id=places[place], share=share, source=SOURCE)
        for facility in made
        for place, share in facility.serves.items()
    ]
    states = [
        StatusRow(
            facility_id=ids[facility.code],
            status=facility.status,
            causes=() if facility.status == "fully_functional" else ("equipment_damage",),
            observed_at=now - timedelta(days=number % 60, hours=1),
            source=SOURCE,
        )
        for number, facility in enumerate(made)
    ]
    for needed in _chunks(needs, CHUNK_OF_FACILITIES):
        accepted(set_dependencies(by=by, municipality=town, rows=needed))
    for stated in _chunks(shares, CHUNK_OF_FACILITIES):
        accepted(state_catchment_shares(by=by, municipality=town, rows=stated))
    for observed in _chunks(states, CHUNK_OF_FACILITIES):
        accepted(bulk_record_status(by=by, municipality=town, rows=observed))
    return ids


def _propose(
    town: Municipality, places: Sequence[int], made: Sequence[LargeFacility], ids: dict[str, int], *, by: Actor
) -> None:
    """One repair for every facility that gives half or less; every fifth waits for the power of its place."""
    stopped = {f.code: f for f in made if f.status in ("not_functional", "minimal", "partially_functional")}
    rows = []
    for number, facility in enumerate(stopped.values()):
        power = f"T-{facility.place + 1:04d}"
        waits = number % 5 == 0 and power in stopped and power != facility.code
        rows.append(
            WorkRow(
                code=facility.code,
                name=f"Repair {facility.code}",
                intervention_type="rehabilitation",
                phase="recovery",
                neighbourhood_id=places[facility.place],
                cost=1e6 * (5 + number % 60),
                duration_days=7 + number % 60,
                crew=("electrical", "pipe", "building")[number % 3],
                requires=(power,) if waits else (),
                actions=(WorkAction(kind="capacity", facility_id=ids[facility.code], add=facility.capacity),),
                source=SOURCE,
            )
        )
    accepted(propose_works(by=by, municipality=town, rows=rows))


def _receive(town: Municipality, built: Structures, *, by: Actor, now: datetime) -> Iterator[int]:
    """Structures in chunks; yields how many are in so far."""
    product = product_named(by=by, municipality=town, source_name=SOURCE, name="Generated survey", method="rapid_field")
    values = tuple(observed_as("canonical", word, "rapid_field", "medium") for word in GRADE_WORDS)
    index = place_index(town.pk, town.outline)
    ahead = Ahead(product_is_new=True, nothing_near=True)
    seen_at = microseconds(now - timedelta(days=15))
    for start in range(0, len(built.xy), CHUNK):
        chunk = slice(start, start + CHUNK)
        count = len(built.xy[chunk])
        rows = DamageRows(
            xy=built.xy[chunk],
            observed_at=np.full(count, seen_at),
            value=built.grade[chunk],
            values=values,
            row_number=np.arange(start + 1, start + count + 1),
            written=np.zeros(count, dtype=np.int64),
            network=np.zeros(count, dtype=bool),
            keys=np.array([f"XL-{number:07d}" for number in range(start, start + count)], dtype=object),
        )
        receipt = receive_damage(
            by=by, municipality=town, rows=rows, product=product, crisis=town.crisis, places=index, ahead=ahead
        )
        assert bool(receipt.written.all()), "every generated structure lies inside the town and is new"
        yield start + count


def _count_dwellings(town: Municipality, places: Sequence[int], built: Structures, *, now: datetime) -> None:
    dwellings = np.bincount(built.place, weights=built.dwelling_units, minlength=len(places))
    HousingStock.objects.bulk_create(
        HousingStock(
            municipality=town,
            neighbourhood_id=place,
            dwelling_units=int(number),
            observed_on=now.date(),
            source=SOURCE,
        )
        for place, number in zip(places, dwellings, strict=True)
    )


def _chunks(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
