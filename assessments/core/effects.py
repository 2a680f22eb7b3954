"""Interventions of a case: read from frames, checked, and applied to its numbers (functionality.md 4)."""

import dataclasses
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from assessments.core.case import DataWarning, Effect, Intervention, PlanningCase
from assessments.core.checks import Table, number, refuse, whole
from assessments.core.works import EffectKind, impossible_requirement

INTERVENTIONS = (
    "id", "cost", "duration", "crew", "crew_units", "fund", "costs", "group", "mandatory", "forbidden", "earliest",
    "forbidden_because", "latest",
)  # fmt: skip
REQUIREMENTS = ("intervention", "requires")
ACTIONS = ("intervention", "type", "facility", "neighbourhood", "service", "add")


def interventions_from(
    case: PlanningCase,
    interventions: pd.DataFrame | None,
    requirements: pd.DataFrame | None,
    actions: pd.DataFrame | None,
) -> tuple[tuple[Intervention, ...], list[DataWarning]]:
    """The interventions of the frames (columns: `frames.CaseFrames`) in their order, and doubts about them."""
    table = Table("interventions", frame_or_empty(interventions, "id"), "id", INTERVENTIONS)
    ids = table.ids()
    number_of = {str(key): position for position, key in enumerate(ids)}
    effects, warnings = read_effects(case, actions, number_of)
    requires = read_requirements(requirements, number_of)
    columns = {name: table.values(name) for name in INTERVENTIONS}
    works = []
    for row, key in enumerate(ids):
        costs = read_costs(columns["costs"][row], table.field(row, "costs"))
        works.append(
            Intervention(
                id=key,
                cost=read_cost(columns["cost"][row], costs, table.field(row, "cost")),
                effects=tuple(effects[row]),
                duration=whole(first(columns["duration"][row], 1), table.field(row, "duration"), low=1),
                crew=str(first(columns["crew"][row], "")),
                crew_units=whole(first(columns["crew_units"][row], 1), table.field(row, "crew_units")),
                fund=columns["fund"][row] or None,
                costs=costs,
                requires=tuple(dict.fromkeys(requires[row])),
                group=columns["group"][row] or None,
                mandatory=bool(columns["mandatory"][row]),
                forbidden=bool(columns["forbidden"][row]),
                forbidden_because=str(first(columns["forbidden_because"][row], "")),
                earliest=whole(first(columns["earliest"][row], 0), table.field(row, "earliest")),
                latest=None
                if columns["latest"][row] is None
                else whole(columns["latest"][row], table.field(row, "latest")),
            )
        )
    refuse_impossible(works)
    return tuple(works), warnings


def frame_or_empty(frame: pd.DataFrame | None, *columns: str) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns)) if frame is None else frame


def first(value: object, default: object) -> object:
    return default if value is None else value


def read_costs(given: object, field: str) -> Mapping[str, float]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        refuse(field, "must be an object of fund: cost")
    return {str(fund): number(cost, f"{field}.{fund}") for fund, cost in given.items()}


def read_cost(given: object, costs: Mapping[str, float], field: str) -> float:
    if given is None and costs:
        return sum(costs.values())
    if given is None:
        refuse(field, "is missing")
    return number(given, field)


def read_requirements(frame: pd.DataFrame | None, number_of: dict[str, int]) -> list[list[int]]:
    table = Table("requirements", frame_or_empty(frame, *REQUIREMENTS), REQUIREMENTS, REQUIREMENTS)
    owner = table.positions("intervention", number_of, "intervention")
    result: list[list[int]] = [[] for _ in number_of]
    for work, required in zip(owner, table.positions("requires", number_of, "intervention"), strict=True):
        result[int(work)].append(int(required))
    return result


def read_effects(
    case: PlanningCase, frame: pd.DataFrame | None, number_of: dict[str, int]
) -> tuple[list[list[Effect]], list[DataWarning]]:
    table = Table("actions", frame_or_empty(frame, "intervention"), "intervention", ACTIONS)
    owner = table.positions("intervention", number_of, "intervention")
    add = table.numbers("add", low=None)
    columns = {name: table.values(name) for name in ("type", "facility", "neighbourhood", "service")}
    result: list[list[Effect]] = [[] for _ in number_of]
    warnings: list[DataWarning] = []
    for row, work in enumerate(owner):
        if add[row] < 0:
            refuse(
                table.field(row, "add"),
                f"must be at least 0, but is {add[row]:g}: what lowers a service is a change of data, not a work",
            )
        word = str(columns["type"][row])
        if word not in set(EffectKind):
            refuse(table.field(row, "type"), f"must be one of {', '.join(EffectKind)}, but is {word!r}")
        kind = EffectKind(word)
        target = (
            find(case.neighbourhood_number, columns["neighbourhood"][row], table.field(row, "neighbourhood"))
            if kind == EffectKind.LOCAL
            else find(case.facility_number, columns["facility"][row], table.field(row, "facility"))
        )
        service = -1
        if kind != EffectKind.CAPACITY:
            service = find(case.service_number, columns["service"][row], table.field(row, "service"))
        effect = Effect(kind, target, service, float(add[row]))
        if kind == EffectKind.BACKUP and dependency_number(case, target, service) < 0:
            warnings.append(backup_without_need(case, effect, table.field(row, "service")))
        result[int(work)].append(effect)
    return result, warnings


def find(numbers: dict[str, int], value: object, field: str) -> int:
    if value is None:
        refuse(field, "is missing")
    name = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if name not in numbers:
        refuse(field, f"names {value!r}, which is not in the case", "unknown")
    return numbers[name]


def backup_without_need(case: PlanningCase, effect: Effect, field: str) -> DataWarning:
    facility, service = case.facility_ids[effect.target], case.service_ids[effect.service]
    return DataWarning(
        "backup_without_need", field, f"{facility} does not depend on {service}: a backup for it changes nothing."
    )


def dependency_number(case: PlanningCase, facility: int, service: int) -> int:
    """Position of the dependency of a facility on a service; -1 if there is none."""
    start, end = int(case.depends_ptr[facility]), int(case.depends_ptr[facility + 1])
    found = np.flatnonzero(case.depends_service[start:end] == service)
    return start + int(found[0]) if len(found) else -1


def refuse_impossible(works: list[Intervention]) -> None:
    """Nobody could ever choose these: a prerequisite cycle, or prerequisites that exclude each other."""
    names = [str(work.id) for work in works]
    requires = {str(work.id): {names[other] for other in work.requires} for work in works}
    groups = {str(work.id): work.group for work in works if work.group}
    for work in works:
        field = f"interventions[{work.id}]"
        if work.mandatory and work.forbidden:
            refuse(f"{field}.mandatory", "and forbidden exclude each other")
        why = impossible_requirement(requires, groups, str(work.id)) if work.requires else None
        if why is not None:
            message = (
                "leads back to itself: a cycle can never be finished"
                if why[0] == "cycle"
                else f"needs {why[1]}, which excludes it or another prerequisite by their group"
            )
            refuse(f"{field}.requires", message, why[0])


def closure(case: PlanningCase, work: int) -> tuple[int, ...]:
    """The work itself, then its prerequisites, direct and through others, in the order of their ids."""
    found: dict[int, None] = {}
    waiting = list(case.interventions[work].requires)
    while waiting:
        other = waiting.pop()
        if other not in found and other != work:
            found[other] = None
            waiting.extend(case.interventions[other].requires)
    return (work, *sorted(found, key=lambda other: id_order(case.interventions[other].id)))


def id_order(key: object) -> tuple[int, int, str]:
    """Whole numbers by value, then texts."""
    return (0, key, "") if isinstance(key, int) else (1, 0, str(key))


def applied(case: PlanningCase, works: Iterable[int]) -> PlanningCase:
    """The case with these works done: sums clipped at K and at 1, bounds of the intervals moved alike."""
    current, lo, hi = case.current.copy(), case.current_lo.copy(), case.current_hi.copy()
    backup = case.depends_backup.copy()
    reach, reach_lo, reach_hi = case.reach.copy(), case.reach_lo.copy(), case.reach_hi.copy()
    for work in works:
        for effect in case.interventions[work].effects:
            if effect.kind == EffectKind.CAPACITY:
                for bound in (current, lo, hi):
                    bound[effect.target] += effect.add
            elif effect.kind == EffectKind.LOCAL:
                for bound in (reach, reach_lo, reach_hi):
                    bound[effect.target, effect.service] += effect.add
            elif (position := dependency_number(case, effect.target, effect.service)) >= 0:
                backup[position] += effect.add
    return dataclasses.replace(
        case,
        current=np.minimum(current, case.nominal),
        current_lo=np.minimum(lo, case.nominal),
        current_hi=np.minimum(hi, case.nominal),
        depends_backup=backup,
        reach=np.minimum(reach, 1.0),
        reach_lo=np.minimum(reach_lo, 1.0),
        reach_hi=np.minimum(reach_hi, 1.0),
    )
