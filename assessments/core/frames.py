"""A planning case from data frames: the one place where inputs are checked, numbered and completed."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd

from assessments.core.case import (
    DEFAULT_BETA,
    EQUITY_MAX,
    NOWHERE,
    DataWarning,
    Flags,
    Floats,
    Id,
    Ints,
    Limits,
    PlanningCase,
)
from assessments.core.checks import Table, number, refuse
from assessments.core.effects import interventions_from
from assessments.core.uncertainty import ORIGINS, UNKNOWN, Capacities, fill_capacities, half_width
from municipal_units.core.vocabulary import DataOrigin

NEIGHBOURHOODS = ("id", "equity", "return_population")
POPULATION = ("neighbourhood", "group", "people")
SERVICES = ("id", "weight", "essential", "norm")
NORMS = ("service", "group", "norm")
FACILITIES = (
    "id", "service", "neighbourhood", "nominal", "current", "lo", "hi", "status", "age_days", "damage_class", "area",
)  # fmt: skip
CATCHMENT = ("facility", "neighbourhood", "weight")
DEPENDENCIES = ("facility", "service", "strength", "backup")
REACH = ("neighbourhood", "service", "share", "lo", "hi", "status", "age_days")
DEMAND = ("neighbourhood", "service", "demand")
UNKNOWN_CELLS = ("neighbourhood", "service")


@dataclass(frozen=True)
class CaseFrames:
    """What a case is made of. Columns marked * are needed; ids are texts or whole numbers; extra columns are refused.

    neighbourhoods  id*, equity (1; 0-3), return_population (persons expected where nobody is left)
    population      neighbourhood*, group*, people*           one row per pair; a missing pair is nobody
    services        id*, weight* (normalised here), essential (False), norm (service units per person)
    norms           service*, group*, norm*                   wins over services.norm for that group
    facilities      id*, service*, neighbourhood (empty: stands outside), nominal* (K), current (C; empty: unknown),
                    lo, hi (interval of C), status (observed | estimated | assumed | unknown), age_days (empty: old),
                    damage_class and area (whom an unknown facility is compared with)
    catchment       facility*, neighbourhood*, weight* (0-1)
    dependencies    facility*, service*, strength* (0-1), backup (0; service units of the facility)
    reach           neighbourhood*, service*, share*, lo, hi, status, age_days      a missing pair is 1 without width
    demand          neighbourhood*, service*, demand*         explicit demand, wins over population times norm
    unknown         neighbourhood*, service*                  pairs for which there is no data at all
    interventions   id*, cost, duration (1), crew, crew_units (1), fund, costs (mapping), group, mandatory, forbidden,
                    forbidden_because, earliest (0), latest (empty: any time; the periods in which it may begin)
    requirements    intervention*, requires*
    actions         intervention*, type* (capacity | backup | local), facility, neighbourhood, service, add*
    """

    neighbourhoods: pd.DataFrame
    population: pd.DataFrame
    services: pd.DataFrame
    facilities: pd.DataFrame
    catchment: pd.DataFrame
    dependencies: pd.DataFrame | None = None
    norms: pd.DataFrame | None = None
    reach: pd.DataFrame | None = None
    demand: pd.DataFrame | None = None
    unknown: pd.DataFrame | None = None
    interventions: pd.DataFrame | None = None
    requirements: pd.DataFrame | None = None
    actions: pd.DataFrame | None = None


def case_from_frames(
    frames: CaseFrames, *, name: str = "", beta: float = DEFAULT_BETA, limits: Limits | None = None
) -> PlanningCase:
    """Checks everything and numbers it. Raises `crisis.lib.errors.Invalid` naming the first wrong field."""
    places = Table("neighbourhoods", frames.neighbourhoods, "id", NEIGHBOURHOODS)
    services = Table("services", frames.services, "id", SERVICES)
    facilities = Table("facilities", frames.facilities, "id", FACILITIES)
    place_ids, service_ids, facility_ids = places.ids(), services.ids(), facilities.ids()
    place_of, service_of, facility_of = numbers_of(place_ids), numbers_of(service_ids), numbers_of(facility_ids)
    group_ids, population = read_population(frames.population, place_of)
    weight = normalised(services.numbers("weight"))
    cells = (place_of, service_of)
    demand = spread(table_of("demand", frames.demand, DEMAND), "demand", cells)
    norm = read_norms(services, frames.norms, service_of, group_ids, demand)
    reach, reach_lo, reach_hi, warnings = read_reach(table_of("reach", frames.reach, REACH), cells)
    standing = facilities.positions("neighbourhood", place_of, "neighbourhood", missing=NOWHERE)
    kind = facilities.positions("service", service_of, "service")
    nominal, origin, capacities, more = read_capacities(facilities, kind)
    catchment = read_catchment(frames.catchment, facility_of, place_of)
    depends = read_dependencies(frames.dependencies, facility_of, service_of)
    case = PlanningCase(
        name=name,
        beta=number(beta, "beta", high=1.0),
        service_ids=service_ids,
        weight=weight,
        essential=services.flags("essential", default=False),
        norm=norm,
        neighbourhood_ids=place_ids,
        group_ids=group_ids,
        population=population,
        equity=places.numbers("equity", default=1.0, high=EQUITY_MAX),
        return_population=places.numbers("return_population", may_be_missing=True),
        explicit_demand=demand,
        reach=reach,
        reach_lo=reach_lo,
        reach_hi=reach_hi,
        stated_known=~marked(frames.unknown, cells),
        facility_ids=facility_ids,
        service_of=kind,
        stands_in=standing,
        nominal=nominal,
        current=capacities.current,
        current_lo=capacities.lo,
        current_hi=capacities.hi,
        origin=origin,
        undetermined=capacities.undetermined,
        catchment_ptr=catchment[0],
        catchment_place=catchment[1],
        catchment_weight=catchment[2],
        depends_ptr=depends[0],
        depends_service=depends[1],
        depends_strength=depends[2],
        depends_backup=depends[3],
        limits=limits or Limits(),
        warnings=(*warnings, *more),
    )
    works, about_works = interventions_from(case, frames.interventions, frames.requirements, frames.actions)
    return dataclasses.replace(case, interventions=works, warnings=(*case.warnings, *about_works))


def numbers_of(ids: tuple[Id, ...]) -> dict[str, int]:
    return {str(key): position for position, key in enumerate(ids)}


def table_of(name: str, frame: pd.DataFrame | None, columns: tuple[str, ...]) -> Table:
    """A table with a key of two columns; absent means empty."""
    return Table(name, pd.DataFrame(columns=list(columns[:2])) if frame is None else frame, columns[:2], columns)


def normalised(weight: Floats) -> Floats:
    total = float(weight.sum())
    if not total > 0:
        refuse("services.weight", "must not be 0 for every service: there would be nothing to compare")
    return weight / total


def read_population(frame: pd.DataFrame, place_of: dict[str, int]) -> tuple[tuple[str, ...], Floats]:
    table = table_of("population", frame, POPULATION)
    row = table.positions("neighbourhood", place_of, "neighbourhood")
    names = [str(value) for value in table.values("group")]
    group_ids = tuple(dict.fromkeys(names))
    column = np.array([group_ids.index(name) for name in names], dtype=np.int64)
    table.once(row, column)
    result = np.zeros((len(place_of), len(group_ids)))
    result[row, column] = table.numbers("people")
    return group_ids, result


def read_norms(
    services: Table, frame: pd.DataFrame | None, service_of: dict[str, int], groups: tuple[str, ...], demand: Floats
) -> Floats:
    """q (G, S). Needed where a neighbourhood gives no explicit demand."""
    norm = np.tile(services.numbers("norm", may_be_missing=True), (len(groups), 1))
    table = table_of("norms", frame, NORMS)
    column = table.positions("service", service_of, "service")
    value = table.numbers("norm")
    for position, name in enumerate(table.values("group")):
        if str(name) in groups:
            norm[groups.index(str(name)), column[position]] = value[position]
    lacking = np.isnan(norm).any(axis=0) & np.isnan(demand).any(axis=0) if groups else np.zeros(len(services), bool)
    if lacking.any():
        refuse(services.field(int(np.flatnonzero(lacking)[0]), "norm"), "is missing, and not every demand is given")
    return norm


def cell_numbers(table: Table, cells: tuple[dict[str, int], dict[str, int]]) -> tuple[Ints, Ints]:
    row = table.positions("neighbourhood", cells[0], "neighbourhood")
    column = table.positions("service", cells[1], "service")
    table.once(row, column)
    return row, column


def spread(table: Table, column: str, cells: tuple[dict[str, int], dict[str, int]]) -> Floats:
    """Values by (neighbourhood, service); NaN where there is no row."""
    result = np.full((len(cells[0]), len(cells[1])), np.nan)
    result[cell_numbers(table, cells)] = table.numbers(column)
    return result


def marked(frame: pd.DataFrame | None, cells: tuple[dict[str, int], dict[str, int]]) -> Flags:
    result = np.zeros((len(cells[0]), len(cells[1])), dtype=bool)
    result[cell_numbers(table_of("unknown", frame, UNKNOWN_CELLS), cells)] = True
    return result


def read_reach(
    table: Table, cells: tuple[dict[str, int], dict[str, int]]
) -> tuple[Floats, Floats, Floats, list[DataWarning]]:
    """l with interval, clipped at 1 with a warning; 1 without width where nothing is said."""
    at = cell_numbers(table, cells)
    share = table.numbers("share")
    warnings = [
        DataWarning(
            "reach_clipped",
            table.field(int(row), "share"),
            f"Local reach {share[row]:g} is above 1 and was taken as 1.",
        )
        for row in np.flatnonzero(share > 1)
    ]
    point = np.minimum(share, 1.0)
    width = half_width(read_origin(table), table.numbers("age_days", may_be_missing=True))
    lo, hi = table.numbers("lo", may_be_missing=True), table.numbers("hi", may_be_missing=True)
    result = tuple(np.ones((len(cells[0]), len(cells[1]))) for _ in range(3))
    result[0][at] = point
    result[1][at] = np.minimum(np.where(np.isnan(lo), point * (1 - width), lo), point)
    result[2][at] = np.maximum(np.minimum(np.where(np.isnan(hi), point * (1 + width), hi), 1.0), point)
    return result[0], result[1], result[2], warnings


def read_origin(table: Table) -> Ints:
    """Numbers of ORIGINS; observed where nothing is said."""
    words = [str(origin) for origin in ORIGINS]
    result = np.zeros(len(table), dtype=np.int64)
    for row, word in enumerate(table.values("status")):
        if word is None:
            word = DataOrigin.OBSERVED
        if str(word) not in words:
            refuse(table.field(row, "status"), f"must be one of {', '.join(words)}, but is {word!r}")
        result[row] = words.index(str(word))
    return result


def read_capacities(table: Table, service: Ints) -> tuple[Floats, Ints, Capacities, list[DataWarning]]:
    """K, origin, C with interval. C above K is taken as K with a warning; an unknown C is assumed, never 0 or 1."""
    nominal = table.numbers("nominal")
    stated = table.numbers("current", may_be_missing=True)
    origin = np.where(np.isnan(stated), UNKNOWN, read_origin(table))
    frame = table.frame
    nothing = pd.Series([""] * len(table))
    lo, hi = table.numbers("lo", may_be_missing=True), table.numbers("hi", may_be_missing=True)
    crossed = np.flatnonzero(lo > hi)
    if len(crossed):
        refuse(table.field(int(crossed[0]), "lo"), f"{lo[crossed[0]]:g} is above hi {hi[crossed[0]]:g}")
    capacities = fill_capacities(
        nominal=nominal,
        current=np.minimum(stated, nominal),
        lo=lo,
        hi=hi,
        origin=origin,
        age_days=table.numbers("age_days", may_be_missing=True),
        service=service,
        damage_class=frame.get("damage_class", nothing),
        area=frame.get("area", nothing),
    )
    warnings = [
        DataWarning(
            "capacity_clipped",
            table.field(int(row), "current"),
            f"Current capacity {stated[row]:g} is above the nominal {nominal[row]:g} and was taken as that.",
        )
        for row in np.flatnonzero(stated > nominal)
    ]
    for flags, code, words in (
        (capacities.assumed, "capacity_assumed", "is assumed from facilities like it"),
        (capacities.undetermined, "capacity_undetermined", "is not known and nothing like it is known either"),
    ):
        warnings += [
            DataWarning(code, table.field(int(row), "current"), f"The current capacity {words}.")
            for row in np.flatnonzero(flags)
        ]
    return nominal, origin, capacities, warnings


def rows_by_facility(owner: Ints, facilities: int, *columns: np.ndarray, order: Ints) -> tuple[np.ndarray, ...]:
    """Columns sorted by owning facility and then by `order`, with the pointer array first."""
    sorting = np.lexsort((order, owner))
    pointer = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=facilities)))).astype(np.int64)
    return (pointer, *(column[sorting] for column in columns))


def read_catchment(
    frame: pd.DataFrame, facility_of: dict[str, int], place_of: dict[str, int]
) -> tuple[np.ndarray, ...]:
    """Links of weight 0 reach nobody and are left out."""
    table = table_of("catchment", frame, CATCHMENT)
    owner = table.positions("facility", facility_of, "facility")
    place = table.positions("neighbourhood", place_of, "neighbourhood")
    weight = table.numbers("weight", high=1.0)
    table.once(owner, place)
    used = weight > 0
    return rows_by_facility(owner[used], len(facility_of), place[used], weight[used], order=place[used])


def read_dependencies(
    frame: pd.DataFrame | None, facility_of: dict[str, int], service_of: dict[str, int]
) -> tuple[np.ndarray, ...]:
    table = table_of("dependencies", frame, DEPENDENCIES)
    owner = table.positions("facility", facility_of, "facility")
    service = table.positions("service", service_of, "service")
    strength = table.numbers("strength", high=1.0)
    table.once(owner, service)
    # Equal limits are told apart by the service's id, whatever the order of the records.
    rank = np.argsort(np.argsort(np.array(list(service_of), dtype=str)))
    return rows_by_facility(
        owner, len(facility_of), service, strength, table.numbers("backup", default=0.0), order=rank[service]
    )
