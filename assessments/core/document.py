"""The planning-case document: one JSON object that holds a whole case, read strictly and written completely.

Keys are those of the format; three were needed beside them to carry what the database knows: a facility's `backup`
{service: units}, a neighbourhood's `unknown` [services] and a work's `forbidden_because` (explosive_hazard).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from assessments.core.case import DEFAULT_BETA, EQUITY_MAX, EVERYBODY, Limits, PlanningCase
from assessments.core.checks import number, refuse, shown, whole
from assessments.core.frames import CaseFrames, case_from_frames
from assessments.core.works import EffectKind

TOP = {
    "name", "beta", "services", "neighbourhoods", "facilities", "interventions", "budget_total", "budgets", "periods",
    "crews", "budgets_by_period", "period_days", "group_weight", "soft_floor", "floors",
}  # fmt: skip
SERVICE = {"id", "weight", "essential", "norm"}
NEIGHBOURHOOD = {"id", "population", "demand", "local", "equity", "return_population", "unknown"}
FACILITY = {
    "id", "service", "nbhd", "nominal", "current", "catchment", "depends", "backup", "capacity_interval", "status",
}  # fmt: skip
INTERVENTION = {
    "id", "cost", "duration", "crew", "fund", "requires", "group", "actions", "crew_units", "mandatory", "forbidden",
    "earliest", "latest", "costs", "forbidden_because",
}  # fmt: skip
ACTION = {
    EffectKind.CAPACITY: {"type", "facility", "add"},
    EffectKind.BACKUP: {"type", "facility", "service", "add"},
    EffectKind.LOCAL: {"type", "nbhd", "service", "add"},
}

Object = Mapping[str, Any]
Rows = list[dict[str, Any]]


def load_case(text: str | bytes) -> PlanningCase:
    """The case in a JSON text. Raises `Invalid` naming the field, also for a key given twice."""
    try:
        document = json.loads(text, object_pairs_hook=single_keys)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        refuse("CASE", f"is not a JSON document: {error}", "unreadable")
    return read_case(document)


def single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            refuse(key, "is there twice in one object", "duplicate")
        result[key] = value
    return result


def read_case(document: object) -> PlanningCase:
    """The case of a parsed document."""
    top = an_object(document, "CASE", TOP)
    for needed in ("services", "neighbourhoods", "facilities"):
        if needed not in top:
            refuse(needed, "is missing")
    places = neighbourhood_rows(top)
    facilities = facility_rows(top)
    works = intervention_rows(top)
    frames = CaseFrames(
        neighbourhoods=frame(places["neighbourhoods"], "id"),
        population=frame(places["population"], "neighbourhood", "group", "people"),
        services=frame(service_rows(top), "id", "weight"),
        norms=frame(norm_rows(top), "service", "group", "norm"),
        facilities=frame(facilities["facilities"], "id", "service", "nominal"),
        catchment=frame(facilities["catchment"], "facility", "neighbourhood", "weight"),
        dependencies=frame(facilities["dependencies"], "facility", "service", "strength"),
        reach=frame(places["reach"], "neighbourhood", "service", "share"),
        demand=frame(places["demand"], "neighbourhood", "service", "demand"),
        unknown=frame(places["unknown"], "neighbourhood", "service"),
        interventions=frame(works["interventions"], "id"),
        requirements=frame(works["requirements"], "intervention", "requires"),
        actions=frame(works["actions"], "intervention", "add"),
    )
    beta = number(top.get("beta", DEFAULT_BETA), "beta", high=1.0)
    limits = read_limits(top)
    case = case_from_frames(frames, name=text_of(top.get("name", ""), "name"), beta=beta, limits=limits)
    for service in limits.floors:
        if service not in case.service_number:
            refuse(f"floors.{service}", "is no service of the case", "unknown")
    for group in limits.group_weight:
        if group not in case.group_ids:
            refuse(f"group_weight.{group}", "is no group of people in the case", "unknown")
    return case


def frame(rows: Rows, *columns: str) -> pd.DataFrame:
    """Plain Python values stay what they are: a text never becomes a number."""
    return pd.DataFrame(rows, dtype=object) if rows else pd.DataFrame(columns=list(columns), dtype=object)


def service_rows(top: Object) -> Rows:
    rows = []
    for where, item in each(top, "services", SERVICE):
        norm = item.get("norm")
        rows.append(
            {
                "id": item.get("id"),
                "weight": number(item.get("weight"), f"{where}.weight"),
                "essential": flag(item.get("essential", False), f"{where}.essential"),
                "norm": None if norm is None or isinstance(norm, Mapping) else number(norm, f"{where}.norm"),
            }
        )
    return rows


def norm_rows(top: Object) -> Rows:
    """A norm may be one number or an object by group."""
    return [
        {"service": item["id"], "group": group, "norm": value}
        for where, item in each(top, "services", SERVICE)
        if isinstance(item.get("norm"), Mapping)
        for group, value in amounts(item["norm"], f"{where}.norm").items()
    ]


def neighbourhood_rows(top: Object) -> dict[str, Rows]:
    tables: dict[str, Rows] = {"neighbourhoods": [], "population": [], "reach": [], "demand": [], "unknown": []}
    for where, item in each(top, "neighbourhoods", NEIGHBOURHOOD):
        key = item.get("id")
        back = item.get("return_population")
        if isinstance(back, Mapping):
            back = sum(amounts(back, f"{where}.return_population").values())
        tables["neighbourhoods"].append(
            {
                "id": key,
                "equity": number(item.get("equity", 1.0), f"{where}.equity", high=EQUITY_MAX),
                "return_population": None if back is None else number(back, f"{where}.return_population"),
            }
        )
        if "population" not in item and "demand" not in item:
            refuse(f"{where}.population", "is missing")
        population = item.get("population", 0)
        if not isinstance(population, Mapping):
            population = {EVERYBODY: number(population, f"{where}.population")}
        for table, column, name, values in (
            ("population", "group", "people", amounts(population, f"{where}.population")),
            ("demand", "service", "demand", amounts(item.get("demand", {}), f"{where}.demand")),
            ("reach", "service", "share", amounts(item.get("local", {}), f"{where}.local")),
        ):
            tables[table] += [{"neighbourhood": key, column: other, name: value} for other, value in values.items()]
        for service in a_list(item.get("unknown", []), f"{where}.unknown"):
            tables["unknown"].append({"neighbourhood": key, "service": service})
    for row in tables["reach"]:
        # A case is a snapshot: what it says is as fresh as the case.
        row["age_days"] = 0
    return tables


def facility_rows(top: Object) -> dict[str, Rows]:
    tables: dict[str, Rows] = {"facilities": [], "catchment": [], "dependencies": []}
    for where, item in each(top, "facilities", FACILITY):
        key, status = item.get("id"), item.get("status", "observed")
        current = item.get("current")
        if current is None and status != "unknown":
            refuse(f"{where}.current", "is missing; only a facility of status unknown may leave it out")
        if "nbhd" not in item:
            refuse(f"{where}.nbhd", "is missing")
        interval = a_list(item.get("capacity_interval") or [None, None], f"{where}.capacity_interval")
        if len(interval) != 2:
            refuse(f"{where}.capacity_interval", f"must be [lo, hi], but is {shown(interval)}")
        ends = [None if end is None else number(end, f"{where}.capacity_interval") for end in interval]
        tables["facilities"].append(
            {
                "id": key,
                "service": item.get("service"),
                "neighbourhood": item["nbhd"],
                "nominal": number(item.get("nominal"), f"{where}.nominal"),
                "current": None if current is None else number(current, f"{where}.current"),
                "lo": ends[0],
                "hi": ends[1],
                "status": status,
                "age_days": 0,
            }
        )
        for place, weight in amounts(item.get("catchment", {}), f"{where}.catchment", high=1.0).items():
            tables["catchment"].append({"facility": key, "neighbourhood": place, "weight": weight})
        backup = amounts(item.get("backup", {}), f"{where}.backup")
        depends = amounts(item.get("depends", {}), f"{where}.depends", high=1.0)
        for service in backup:
            if service not in depends:
                refuse(f"{where}.backup.{service}", "is no service this facility depends on")
        for service, strength in depends.items():
            tables["dependencies"].append(
                {"facility": key, "service": service, "strength": strength, "backup": backup.get(service, 0.0)}
            )
    return tables


def intervention_rows(top: Object) -> dict[str, Rows]:
    tables: dict[str, Rows] = {"interventions": [], "requirements": [], "actions": []}
    for where, item in each(top, "interventions", INTERVENTION):
        key = item.get("id")
        row = {name: item.get(name) for name in INTERVENTION - {"requires", "actions", "mandatory", "forbidden"}}
        for name in ("mandatory", "forbidden"):
            row[name] = flag(item.get(name, False), f"{where}.{name}")
        for name in ("fund", "group", "crew", "forbidden_because"):
            row[name] = None if row[name] is None else text_of(row[name], f"{where}.{name}")
        if row["cost"] is not None:
            row["cost"] = number(row["cost"], f"{where}.cost")
        row["duration"] = whole(item.get("duration", 1), f"{where}.duration", low=1)
        tables["interventions"].append(row)
        for required in a_list(item.get("requires") or [], f"{where}.requires"):
            tables["requirements"].append({"intervention": key, "requires": required})
        for place, action in enumerate(a_list(item.get("actions", []), f"{where}.actions")):
            tables["actions"].append({"intervention": key, **action_row(action, f"{where}.actions[{place}]")})
    tables["requirements"] = list(
        {(str(r["intervention"]), str(r["requires"])): r for r in tables["requirements"]}.values()
    )
    return tables


def action_row(action: object, where: str) -> dict[str, Any]:
    kind = an_object(action, where).get("type")
    if kind not in set(EffectKind):
        refuse(f"{where}.type", f"must be one of {', '.join(EffectKind)}, but is {shown(kind)}")
    item = an_object(action, where, ACTION[EffectKind(kind)])
    add = number(item.get("add"), f"{where}.add", low=None)
    return {
        "type": kind,
        "facility": item.get("facility"),
        "neighbourhood": item.get("nbhd"),
        "service": item.get("service"),
        "add": add,
    }


def read_limits(top: Object) -> Limits:
    total = top.get("budget_total")
    soft_floor = top.get("soft_floor")
    by_period = an_object(top.get("budgets_by_period", {}), "budgets_by_period")
    return Limits(
        budget_total=None if total is None else number(total, "budget_total"),
        budgets=amounts(top.get("budgets", {}), "budgets"),
        budgets_by_period={fund: row_of(values, f"budgets_by_period.{fund}") for fund, values in by_period.items()},
        periods=whole(top.get("periods", 1), "periods", low=1),
        period_days=row_of(top.get("period_days", []), "period_days"),
        crews=amounts(top.get("crews", {}), "crews"),
        group_weight=amounts(top.get("group_weight", {}), "group_weight"),
        soft_floor=None if soft_floor is None else read_soft_floor(soft_floor),
        floors=amounts(top.get("floors", {}), "floors", high=1.0),
    )


def read_soft_floor(value: object) -> dict[str, float]:
    item = an_object(value, "soft_floor", {"x", "kappa"})
    return {
        "x": number(item.get("x", 0.5), "soft_floor.x", high=1.0),
        "kappa": number(item.get("kappa", 0.3), "soft_floor.kappa"),
    }


def each(top: Object, key: str, keys: set[str]) -> list[tuple[str, Object]]:
    """The items of a list, each with its name for sentences."""
    found = []
    for place, item in enumerate(a_list(top.get(key, []), key)):
        name = item.get("id", place) if isinstance(item, Mapping) else place
        where = f"{key}[{name}]"
        entry = an_object(item, where, keys)
        if "id" not in entry:
            refuse(f"{key}[{place}].id", "is missing")
        found.append((where, entry))
    return found


def an_object(value: object, where: str, keys: set[str] | None = None) -> Object:
    if not isinstance(value, Mapping):
        refuse(where, f"must be an object, but is {shown(value)}")
    for key in value:
        if keys is not None and key not in keys:
            refuse(f"{where}.{key}" if where != "CASE" else str(key), "is not a key of this format", "unknown_key")
    return value


def a_list(value: object, where: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        refuse(where, f"must be a list, but is {shown(value)}")
    return value


def amounts(value: object, where: str, *, high: float | None = None) -> dict[str, float]:
    """An object of numbers of at least 0."""
    return {str(key): number(amount, f"{where}.{key}", high=high) for key, amount in an_object(value, where).items()}


def row_of(value: object, where: str) -> tuple[float, ...]:
    return tuple(number(amount, f"{where}[{place}]") for place, amount in enumerate(a_list(value, where)))


def text_of(value: object, where: str) -> str:
    return checked(value, where, lambda it: isinstance(it, str), "a text")


def flag(value: object, where: str) -> bool:
    return bool(checked(value, where, lambda it: isinstance(it, bool), "true or false"))


def checked(value: Any, where: str, fits: Callable[[object], bool], what: str) -> Any:
    if not fits(value):
        refuse(where, f"must be {what}, but is {shown(value)}")
    return value
