"""The planning case: everything a functionality computation or a plan needs, as arrays (functionality.md 1 and 4).

Places (n), services (s), facilities (f) and interventions (i) are numbered in the order of their id tuples; all other
fields refer to these numbers. Arrays are never changed in place: a change makes a new case (`dataclasses.replace`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from assessments.core.works import EffectKind

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Id = int | str

DEFAULT_BETA = 0.3
EQUITY_MAX = 3.0
# The group of a population given as one number, when nothing is known about groups.
EVERYBODY = "people"
NOWHERE = -1


@dataclass(frozen=True)
class DataWarning:
    """Something in the data that was put right or assumed. `field` names it, as in a refusal; `code` is stable."""

    code: str
    field: str
    message: str


@dataclass(frozen=True)
class Effect:
    """What one action of an intervention adds: `target` is a facility number (capacity, backup) or a neighbourhood
    number (local); `service` is a service number, -1 for capacity. `add` is in the unit of the service, or a share."""

    kind: EffectKind
    target: int
    service: int
    add: float


@dataclass(frozen=True)
class Intervention:
    """A candidate work. `requires` are intervention numbers; at most one of a `group` is chosen; `duration` and
    `earliest` count periods, and it begins no later than `latest` (None: at any time); `costs` splits the cost over
    funds where there is more than one; `forbidden_because` is a code where something else than the scenario forbids
    it."""

    id: Id
    cost: float
    effects: tuple[Effect, ...]
    duration: int = 1
    crew: str = ""
    crew_units: int = 1
    fund: str | None = None
    costs: Mapping[str, float] = field(default_factory=dict)
    requires: tuple[int, ...] = ()
    group: str | None = None
    mandatory: bool = False
    forbidden: bool = False
    forbidden_because: str = ""
    earliest: int = 0
    latest: int | None = None


@dataclass(frozen=True)
class Limits:
    """What a plan may use and must respect; keys as in the case document."""

    budget_total: float | None = None
    budgets: Mapping[str, float] = field(default_factory=dict)
    budgets_by_period: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    periods: int = 1
    period_days: tuple[float, ...] = ()
    crews: Mapping[str, float] = field(default_factory=dict)
    group_weight: Mapping[str, float] = field(default_factory=dict)
    soft_floor: Mapping[str, float] | None = None
    floors: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class PlanningCase:
    """One case. Letters in brackets are the symbols of functionality.md; shapes are N places, S services, G groups,
    F facilities, L catchment links, R dependencies."""

    name: str
    beta: float
    # Services: weight ω sums to 1; norm q is per group (G, S), NaN where demand is only ever given explicitly.
    service_ids: tuple[Id, ...]
    weight: Floats
    essential: Flags
    norm: Floats
    # Neighbourhoods: persons by group (N, G); equity weight v; persons expected where nobody is left, NaN if unknown;
    # explicit demand (N, S), NaN where it follows from norms; local reach l with interval (N, S);
    # `stated_known` False (N, S): there is no data for the service in the neighbourhood.
    neighbourhood_ids: tuple[Id, ...]
    group_ids: tuple[str, ...]
    population: Floats
    equity: Floats
    return_population: Floats
    explicit_demand: Floats
    reach: Floats
    reach_lo: Floats
    reach_hi: Floats
    stated_known: Flags
    # Facilities: service and place numbers (-1 = outside every neighbourhood), K, C with interval, where C comes from
    # (a number of ORIGINS), and whether C could not even be assumed.
    facility_ids: tuple[Id, ...]
    service_of: Ints
    stands_in: Ints
    nominal: Floats
    current: Floats
    current_lo: Floats
    current_hi: Floats
    origin: Ints
    undetermined: Flags
    # Catchment w[f, n] > 0 and dependencies (δ, B), both in rows by facility: f owns ptr[f] to ptr[f + 1].
    catchment_ptr: Ints
    catchment_place: Ints
    catchment_weight: Floats
    depends_ptr: Ints
    depends_service: Ints
    depends_strength: Floats
    depends_backup: Floats
    interventions: tuple[Intervention, ...] = ()
    limits: Limits = field(default_factory=Limits)
    warnings: tuple[DataWarning, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Number of neighbourhoods and of services."""
        return len(self.neighbourhood_ids), len(self.service_ids)

    @cached_property
    def people(self) -> Floats:
        """Persons present P[n], all groups."""
        return np.asarray(self.population.sum(axis=1), dtype=np.float64)

    @cached_property
    def weighted_people(self) -> Floats:
        """P[n] times the equity weight v[n]."""
        return self.people * self.equity

    @cached_property
    def demand(self) -> Floats:
        """D[n, s] in service units: the explicit value where there is one, else persons times norm."""
        return demand_of(self.population, self.norm, self.explicit_demand)

    @cached_property
    def links(self) -> tuple[Ints, Ints]:
        """Facility number and cell number (n * S + s) of every catchment link."""
        owner = np.repeat(np.arange(len(self.facility_ids)), np.diff(self.catchment_ptr))
        return owner, self.catchment_place * len(self.service_ids) + self.service_of[owner]

    @cached_property
    def known(self) -> Flags:
        """Whether F[n, s] can be said at all: data is there, and not only facilities of undetermined state."""
        owner, cell = self.links
        size = self.stated_known.size
        reached = np.bincount(cell, minlength=size)
        blind = np.bincount(cell[self.undetermined[owner]], minlength=size)
        only_blind = ((reached > 0) & (reached == blind)).reshape(self.shape)
        return np.asarray(self.stated_known & ~only_blind)

    @cached_property
    def neighbourhood_number(self) -> dict[str, int]:
        return {str(key): number for number, key in enumerate(self.neighbourhood_ids)}

    @cached_property
    def service_number(self) -> dict[str, int]:
        return {str(key): number for number, key in enumerate(self.service_ids)}

    @cached_property
    def facility_number(self) -> dict[str, int]:
        return {str(key): number for number, key in enumerate(self.facility_ids)}

    @cached_property
    def intervention_number(self) -> dict[str, int]:
        return {str(work.id): number for number, work in enumerate(self.interventions)}


def demand_of(population: Floats, norm: Floats, explicit: Floats) -> Floats:
    """D (N, S) of persons by group (N, G), norms (G, S) and explicit values (N, S) that win where not NaN."""
    return np.where(np.isnan(explicit), population @ np.nan_to_num(norm), explicit)
