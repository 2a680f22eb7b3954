"""What was counted and seen in the story, recorded in the order in which it happened."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from crisis.demo.facilities import Reach, Service, State
from crisis.demo.loading.accounts import Cast
from crisis.demo.loading.registers import accepted
from crisis.demo.people import HOUSEHOLD_SIZE, PRESENT, ROUNDS, Round, figure
from crisis.demo.story import STORY_DAY, StoryClock, moment
from municipal_units.actions.facility_rows import ReachRow, StatusRow
from municipal_units.actions.facts import bulk_record_status, record_reaches
from municipal_units.actions.population import EstimateRow, RoundRow, record_round
from municipal_units.models import Facility, Municipality, Neighbourhood
from municipal_units.selectors.capacity import conversions_of

FROM_THE_FIELD = ("Field report", "Residents", "Unit survey")


@dataclass(frozen=True)
class Happening:
    """Something recorded at a moment of the story."""

    at: datetime
    record: Callable[[], object]


def counts(
    municipality: Municipality, places: Mapping[str, Neighbourhood], *, cast: Cast, clock: StoryClock
) -> list[Happening]:
    """The counts of people present in Tenkoro, each whole."""
    happenings = []
    for of in ROUNDS:
        figures = {
            (pcode, group): individuals
            for pcode, present in PRESENT.items()
            for group in present.groups()
            if (individuals := figure(of, pcode, group)) is not None
        }
        happenings.append(count(of, figures, municipality, places, cast=cast, author="coordinator", clock=clock))
    return happenings


def count(
    of: Round,
    figures: Mapping[tuple[str, str], int],
    municipality: Municipality,
    places: Mapping[str, Neighbourhood],
    *,
    cast: Cast,
    author: str,
    clock: StoryClock,
) -> Happening:
    """One count with its figures by P-code and group."""
    row = RoundRow(
        name=of.name,
        source=of.source,
        method=of.method,
        observed_on=clock.day(of.observed_on),
        coverage=of.coverage,
    )
    estimates = [
        EstimateRow(
            neighbourhood_id=places[pcode].pk,
            group=group,
            individuals=individuals,
            households=round(individuals / HOUSEHOLD_SIZE),
            lo=individuals * (1 - of.spread),
            hi=individuals * (1 + of.spread),
            confidence=of.confidence,
            status="observed" if of.method == "census" else "estimated",
            written_place=places[pcode].name,
        )
        for (pcode, group), individuals in figures.items()
    ]
    return Happening(
        moment(of.observed_on, 18),
        lambda: record_round(by=cast.actor(author), municipality=municipality, row=row, estimates=estimates),
    )


def states(
    municipality: Municipality,
    services: tuple[Service, ...],
    facilities: Mapping[str, Facility],
    *,
    cast: Cast,
    clock: StoryClock,
    author: str = "coordinator",
    field_author: str = "enumerator",
) -> list[Happening]:
    """The states of facilities, those of one day and one author together."""
    conversions = conversions_of(municipality, on=clock.day(STORY_DAY))
    together: dict[tuple[date, str], list[tuple[datetime, StatusRow]]] = defaultdict(list)

    def row(service: Service, state: State) -> StatusRow:
        measured = None
        if state.measured is not None:
            measured = conversions.in_demand_unit(
                service=service.service, asset_type=service.asset_type, unit=service.unit, value=state.measured
            ).value
        return StatusRow(
            facility_id=facilities[service.code].pk,
            status=state.status,
            causes=state.causes,
            measured_output=measured,
            observed_at=clock.at(state.observed_at),
            method=state.method,
            confidence="low" if state.status == "unknown" else "medium",
            source=state.source,
            note=state.note,
        )

    for service in services:
        for state in service.states:
            who = field_author if state.source in FROM_THE_FIELD else author
            together[state.observed_at.date(), who].append((state.observed_at, row(service, state)))

    def report(who: str, rows: list[StatusRow]) -> Callable[[], object]:
        return lambda: accepted(bulk_record_status(by=cast.actor(who), municipality=municipality, rows=rows))

    return [
        Happening(max(at for at, _ in dated), report(who, [row for _, row in dated]))
        for (_, who), dated in together.items()
    ]


def reaches(
    municipality: Municipality,
    told: tuple[Reach, ...],
    places: Mapping[str, Neighbourhood],
    *,
    cast: Cast,
    clock: StoryClock,
) -> list[Happening]:
    """How far services get, as observed."""

    def report(reach: Reach) -> Callable[[], object]:
        row = ReachRow(
            neighbourhood_id=places[reach.pcode].pk,
            service=reach.service,
            share=reach.share,
            observed_at=clock.at(moment(reach.observed_on, 16)),
            source=reach.source,
        )
        return lambda: accepted(record_reaches(by=cast.actor("coordinator"), municipality=municipality, rows=[row]))

    return [Happening(moment(reach.observed_on, 16), report(reach)) for reach in told]
