"""The cases of functionality.md section 7 as documents, and small builders for the others."""

import copy
from typing import Any

from assessments.core.case import PlanningCase
from assessments.core.document import read_case

Document = dict[str, Any]


def facility(
    key: str, service: str, nbhd: str | None, nominal: float, current: float, catchment: Document, **more: Any
) -> Document:
    return {
        "id": key, "service": service, "nbhd": nbhd, "nominal": nominal, "current": current, "catchment": catchment,
        "depends": {}, **more,
    }  # fmt: skip


def work(key: str, cost: float, *actions: Document, **more: Any) -> Document:
    return {"id": key, "cost": cost, "duration": 1, "crew": "any", "actions": list(actions), **more}


def adds(facility_id: str, amount: float) -> Document:
    return {"type": "capacity", "facility": facility_id, "add": amount}


def backs_up(facility_id: str, service: str, amount: float) -> Document:
    return {"type": "backup", "facility": facility_id, "service": service, "add": amount}


def reaches(nbhd: str, service: str, amount: float) -> Document:
    return {"type": "local", "nbhd": nbhd, "service": service, "add": amount}


WORKED: Document = {
    "name": "worked-example",
    "beta": 0.3,
    "services": [
        {"id": "power", "weight": 0.3, "essential": True, "norm": 0.2},
        {"id": "water", "weight": 0.4, "essential": True, "norm": 20},
        {"id": "health", "weight": 0.3, "essential": False, "norm": 0.001},
    ],
    "neighbourhoods": [
        {"id": "A", "population": {"resident": 1000, "displaced": 0, "returnee": 0}},
        {"id": "B", "population": {"resident": 600, "displaced": 400, "returnee": 0}, "local": {"water": 0.8}},
        {"id": "C", "population": {"resident": 300, "displaced": 0, "returnee": 200}},
    ],
    "facilities": [
        facility("P1", "power", "A", 500, 200, {"A": 1, "B": 1, "C": 1}),
        facility("W1", "water", "A", 45_000, 36_000, {"A": 1, "B": 1, "C": 0.5}, depends={"power": 1.0}),
        facility("W2", "water", "C", 5_000, 5_000, {"C": 1}),
        facility("H1", "health", "B", 2.5, 0.5, {"A": 1, "B": 1, "C": 1}, depends={"power": 0.5, "water": 0.5}),
    ],
    "interventions": [
        work("i1", 60, adds("P1", 300), duration=2, crew="electrical", fund=None, requires=[], group=None),
        work("i2", 40, adds("W1", 9_000), crew="pipe"),
        work("i3", 10, backs_up("W1", "power", 13_500), crew="electrical"),
        work("i4", 50, adds("H1", 1.5), duration=2, crew="building", requires=["i5"]),
        work("i5", 10, reaches("B", "water", 0.2), crew="building"),
    ],
    "budget_total": 100,
    "budgets": {},
    "periods": 6,
    "crews": {"electrical": 1, "pipe": 1, "building": 1},
}

COMPLEMENTARITY: Document = {
    "name": "complementarity",
    "beta": 0.0,
    "services": [
        {"id": "power", "weight": 0, "essential": False, "norm": 1},
        {"id": "water", "weight": 1, "essential": True, "norm": 20},
    ],
    "neighbourhoods": [{"id": "A", "population": {"resident": 1000}}, {"id": "B", "population": {"resident": 10}}],
    "facilities": [
        facility("P", "power", "A", 1000, 0, {"A": 1}),
        facility("W", "water", "A", 20_000, 0, {"A": 1}, depends={"power": 1.0}),
        facility("V", "water", "B", 200, 0, {"B": 1}),
    ],
    "interventions": [
        work("repair_power", 50, adds("P", 1000)),
        work("repair_water", 50, adds("W", 20_000)),
        work("decoy", 1, adds("V", 200)),
    ],
    "budget_total": 100,
    "periods": 2,
}

CYCLE: Document = {
    "name": "cycle",
    "beta": 0.0,
    "services": [
        {"id": "power", "weight": 0.5, "essential": True, "norm": 1},
        {"id": "water", "weight": 0.5, "essential": True, "norm": 1},
    ],
    "neighbourhoods": [{"id": "A", "population": {"resident": 100}}],
    "facilities": [
        facility("P", "power", "A", 100, 80, {"A": 1}, depends={"water": 1}),
        facility("W", "water", "A", 100, 90, {"A": 1}, depends={"power": 1}),
    ],
    "interventions": [],
    "periods": 1,
}


def worked(**changes: Any) -> Document:
    """A copy of the worked example with top-level keys replaced."""
    return {**copy.deepcopy(WORKED), **changes}


def one_place(*facilities: Document, people: float = 100, **top: Any) -> Document:
    """One neighbourhood A, power and water with a norm of one unit per person, plain average of both."""
    return {
        "beta": 0.0,
        "services": [
            {"id": "power", "weight": 1, "essential": True, "norm": 1},
            {"id": "water", "weight": 1, "essential": True, "norm": 1},
        ],
        "neighbourhoods": [{"id": "A", "population": {"resident": people}}],
        "facilities": list(facilities),
        **top,
    }


def case_of(document: Document) -> PlanningCase:
    return read_case(copy.deepcopy(document))
