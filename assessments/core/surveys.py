"""Which visit would change the ranking most: the value of knowing an input that is unknown, old or only estimated
(functionality.md section 8). Every input has an interval; the works are ranked again with it at either end."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from assessments.core.case import Floats, Ints, PlanningCase
from assessments.core.effects import closure
from assessments.core.engine import Engine
from assessments.core.local import LocalState, effects_of
from assessments.core.ranking import id_ranks, noise_of, order, without_noise
from assessments.core.uncertainty import OBSERVED

# Inputs looked at: those whose interval moves person-functionality most.
MOST_INPUTS = 60
# What was seen is trusted when neither end lies further from it than this share: a fresh observation (10 %) is, one
# older than a month is not.
TRUSTED = 0.15
# People whose count lies within less than this share of it are counted well enough.
NARROW = 0.02


class InputKind(StrEnum):
    FACILITY = "facility"
    PEOPLE = "people"


class PeopleBounds(NamedTuple):
    """The interval of persons present per neighbourhood (N,); NaN where nobody has counted."""

    lo: Floats
    hi: Floats


@dataclass(frozen=True)
class Doubt:
    """An input that is not known well: C of facility `target` in service units, or the persons present in place
    `target`, somewhere from `low` to `high`."""

    kind: InputKind
    target: int
    low: float
    high: float


@dataclass(frozen=True)
class Change:
    """How the list differs: works that come among the first places and that leave them, best first, and how many of
    those in either have another rank."""

    enters: tuple[int, ...]
    leaves: tuple[int, ...]
    moved: int


@dataclass(frozen=True)
class RankSurvey:
    """A visit that could change the list. `value` is the share of the first places that the answer could replace: the
    mean over both ends of the interval, 0-1."""

    doubt: Doubt
    at_low: Change
    at_high: Change
    value: float

    @property
    def moved(self) -> int:
        return self.at_low.moved + self.at_high.moved


def rank_surveys(
    case: PlanningCase,
    *,
    first_places: int,
    people: PeopleBounds | None = None,
    most: int = MOST_INPUTS,
    engine: Engine = Engine.AUTO,
) -> list[RankSurvey]:
    """Inputs whose true value could change the first places of the list, the most valuable first. An input that
    changes neither who is among them nor their order is not listed."""
    if not case.interventions:
        return []
    state = LocalState(case, engine=engine)
    lister = Lister(case)
    now = lister.listed(state)
    found = []
    for doubt in doubts_of(case, people=people, most=most, engine=engine):
        changes = []
        for end in (doubt.low, doubt.high):
            state.become(known(case, doubt, end))
            changes.append(difference(now, lister.listed(state), first_places))
        replaced = sum(len(change.enters) for change in changes)
        survey = RankSurvey(doubt, changes[0], changes[1], replaced / (2 * max(1, min(first_places, len(now)))))
        if survey.moved:
            found.append(survey)
    return sorted(found, key=lambda it: (-it.value, -it.moved, it.doubt.kind, name_of(case, it.doubt)))


class Lister:
    """Ranks the works of a case and of cases that differ in numbers only."""

    def __init__(self, case: PlanningCase) -> None:
        self.closures = [closure(case, work) for work in range(len(case.interventions))]
        self.costs = np.array([sum(case.interventions[work].cost for work in one) for one in self.closures])
        self.effects, self.ids = effects_of(case), id_ranks(case)

    def listed(self, state: LocalState) -> Ints:
        """Intervention numbers, best first, as `ranking.rank` orders them."""
        gains = without_noise(state.gains(self.closures, self.effects), noise_of(state.case))
        return order(gains, self.costs, self.ids)


def difference(now: Ints, then: Ints, first_places: int) -> Change:
    before, after = now[:first_places].tolist(), then[:first_places].tolist()
    place = {int(work): rank for rank, work in enumerate(now)}
    other = {int(work): rank for rank, work in enumerate(then)}
    return Change(
        enters=tuple(work for work in after if place[work] >= first_places),
        leaves=tuple(work for work in before if other[work] >= first_places),
        moved=sum(place[work] != other[work] for work in {*before, *after}),
    )


def doubts_of(
    case: PlanningCase, *, people: PeopleBounds | None, most: int, engine: Engine = Engine.AUTO
) -> list[Doubt]:
    """Doubtful inputs by how far person-functionality moves between their ends, at most so many of either kind."""
    facilities = [
        Doubt(InputKind.FACILITY, facility, float(case.current_lo[facility]), float(case.current_hi[facility]))
        for facility in in_doubt(case, most, engine=engine)
    ]
    return [*facilities, *counts_in_doubt(case, people, most)]


def in_doubt(case: PlanningCase, most: int, *, engine: Engine = Engine.AUTO) -> list[int]:
    """Facilities not observed, or not lately, by how far person-functionality moves between the ends of their
    interval. One nobody could even guess at hides its services, so it counts by the people it could serve."""
    width = case.current_hi - case.current_lo
    off = np.maximum(case.current_hi - case.current, case.current - case.current_lo)
    doubtful = (width > 0) & ((case.origin != OBSERVED) | (off > TRUSTED * case.current))
    state = LocalState(case, engine=engine)
    hidden = people_reached(case)
    moves: list[tuple[float, str, int]] = []
    for facility in np.flatnonzero(doubtful).tolist():
        now = float(state.live.current[facility])
        up = state.gain(state.change_facility(facility, current=float(case.current_hi[facility])))
        down = state.gain(state.change_facility(facility, current=float(case.current_lo[facility])))
        state.change_facility(facility, current=now)
        blind = float(hidden[facility]) if case.undetermined[facility] else 0.0
        moves.append((-max(abs(up), abs(down), blind), str(case.facility_ids[facility]), facility))
    return [facility for _, _, facility in sorted(moves)[:most]]


def people_reached(case: PlanningCase) -> Floats:
    """Persons in each facility's catchment, weighted by it and by what its service counts."""
    owner, _ = case.links
    reached = case.weighted_people[case.catchment_place] * case.catchment_weight
    total = np.bincount(owner, weights=reached, minlength=len(case.facility_ids))
    return np.asarray(total * case.weight[case.service_of])


def counts_in_doubt(case: PlanningCase, people: PeopleBounds | None, most: int) -> Iterator[Doubt]:
    """Counts of people with an interval worth the name, the widest first."""
    if people is None:
        return
    width = np.nan_to_num(people.hi - people.lo)
    doubtful = np.flatnonzero((case.people > 0) & (width > NARROW * case.people)).tolist()
    for place in sorted(doubtful, key=lambda place: (-width[place], str(case.neighbourhood_ids[place])))[:most]:
        yield Doubt(InputKind.PEOPLE, place, float(people.lo[place]), float(people.hi[place]))


def known(case: PlanningCase, doubt: Doubt, value: float) -> PlanningCase:
    """The case if a visit found this value."""
    if doubt.kind == InputKind.FACILITY:
        return known_to_be(case, doubt.target, value)
    population = case.population.copy()
    population[doubt.target] *= value / case.people[doubt.target]
    return dataclasses.replace(case, population=population)


def known_to_be(case: PlanningCase, facility: int, current: float) -> PlanningCase:
    """The case if a survey found this capacity."""
    arrays = {}
    for name in ("current", "current_lo", "current_hi"):
        array = getattr(case, name).copy()
        array[facility] = current
        arrays[name] = array
    undetermined, origin = case.undetermined.copy(), case.origin.copy()
    undetermined[facility], origin[facility] = False, OBSERVED
    return dataclasses.replace(case, undetermined=undetermined, origin=origin, **arrays)


def name_of(case: PlanningCase, doubt: Doubt) -> str:
    ids = case.facility_ids if doubt.kind == InputKind.FACILITY else case.neighbourhood_ids
    return str(ids[doubt.target])
