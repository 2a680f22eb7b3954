"""The Shelby County utility networks as a planning case: nodes are facilities, interdependencies their needs.

Every node stands in a place of its own with the people the files count for it, who need its service and what the node
itself needs; so a person is counted once per network. A node serves its own place, and those it is joined to by an arc
or an interdependency at half weight; together the nodes were built for just what is needed. Flows along several arcs
are not followed. A third of the nodes is broken, each to a random degree, and is repaired for its share of `q`.
"""

import argparse
import csv
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assessments.core.case import PlanningCase
from assessments.core.document import read_case
from assessments.core.planning.evaluation import workbench
from assessments.core.planning.list_rule import placed
from assessments.core.planning.schedule import schedule
from assessments.core.planning.timeline import Timeline

NETWORKS = {"Power": 0.4, "Water": 0.35, "Gas": 0.1, "Telecommunication": 0.15}
BROKEN = 1 / 3
# A facility keeps so little without what it depends on physically; a cyber link is weaker.
STRENGTH = {"Physical": 1.0, "Cyber": 0.3}
BESIDE = 0.5
ESSENTIAL = ("Power", "Water")
# Below this share left a repair takes two periods.
SEVERE = 0.3
PERIODS = 12
CREWS = 1


@dataclass(frozen=True)
class Comparison:
    """Areas are gains of person-functionality over doing nothing, times periods."""

    facilities: int
    works: int
    periods: int
    ours: float
    gap: float
    most_damaged: float
    cheapest: float


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def restoration_case(folder: Path, *, seed: int) -> PlanningCase:
    """The networks after a disaster; the seed says which nodes are broken and how far."""
    random = np.random.default_rng(seed)
    nodes = {network: rows_of(folder, f"{network}Nodes") for network in NETWORKS}
    people = {f"{network}-{row['ID']}": amount(row["population"]) for network, rows in nodes.items() for row in rows}
    needs, linked = links_of(folder, set(people))
    demand = {
        key: {
            service: count if service == key.split("-")[0] or service in needs.get(key, {}) else 0.0
            for service in NETWORKS
        }
        for key, count in people.items()
    }
    crowd: dict[tuple[str, str], float] = {}
    for key, reach in linked.items():
        for place, weight in reach.items():
            at = place, key.split("-")[0]
            crowd[at] = crowd.get(at, 0.0) + weight
    facilities, works = [], []
    for network, rows in nodes.items():
        for row in rows:
            key = f"{network}-{row['ID']}"
            built_for = [
                weight * demand[place][network] / crowd[place, network] for place, weight in linked[key].items()
            ]
            capacity = max(1.0, sum(built_for))
            broken = random.random() < BROKEN
            left = float(random.uniform(0, 0.6)) if broken else 1.0
            facilities.append(
                {"id": key, "service": network, "nbhd": key, "nominal": capacity, "current": capacity * left,
                 "catchment": linked[key], "depends": needs.get(key, {})}
            )  # fmt: skip
            if broken:
                works.append(
                    {"id": f"repair-{key}", "cost": amount(row["q (complete DS)"]) * (1 - left), "crew": network,
                     "duration": 1 + int(left < SEVERE),
                     "actions": [{"type": "capacity", "facility": key, "add": capacity * (1 - left)}]}
                )  # fmt: skip
    return read_case(
        {
            "name": "shelby",
            "beta": 0.3,
            "services": [
                {"id": network, "weight": weight, "essential": network in ESSENTIAL, "norm": 1}
                for network, weight in NETWORKS.items()
            ],
            "neighbourhoods": [
                {"id": key, "population": count, "demand": demand[key]} for key, count in people.items()
            ],
            "facilities": facilities,
            "interventions": works,
            "periods": PERIODS,
            "crews": dict.fromkeys(NETWORKS, CREWS),
        }
    )


def amount(text: str) -> float:
    """A number of the files, which write N/A where there is none."""
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0


def links_of(folder: Path, keys: set[str]) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """What every node needs, with strength, and whom it serves, with weight."""
    needs: dict[str, dict[str, float]] = {}
    linked = {key: {key: 1.0} for key in sorted(keys)}
    for row in rows_of(folder, "Interdep"):
        network = row["Dependee Network"]
        giver, taker = f"{network}-{row['Dependee Node']}", f"{row['Depender Network']}-{row['Depender Node']}"
        if giver in keys and taker in keys:
            own = needs.setdefault(taker, {})
            own[network] = max(STRENGTH[row["Type"]], own.get(network, 0.0))
            linked[giver].setdefault(taker, BESIDE)
    for network in NETWORKS:
        for row in rows_of(folder, f"{network}Arcs"):
            start, end = f"{network}-{row['Start Node']}", f"{network}-{row['End Node']}"
            if start in keys and end in keys:
                linked[start].setdefault(end, BESIDE)
    return needs, linked


def compare(folder: Path, *, seed: int, time_s: float) -> Comparison:
    """Our calendar against starting the most damaged first and the cheapest first, with the same crews."""
    case = restoration_case(folder, seed=seed)
    timeline = Timeline(workbench(case))
    missing = {
        number: -work.effects[0].add / case.nominal[work.effects[0].target]
        for number, work in enumerate(case.interventions)
    }
    by_damage = sorted(missing, key=lambda it: (missing[it], it))
    by_cost = sorted(missing, key=lambda it: (case.interventions[it].cost, it))
    plan = schedule(case, clock=time.monotonic, gap=0.005, time_s=time_s)
    return Comparison(
        facilities=len(case.facility_ids),
        works=len(case.interventions),
        periods=PERIODS,
        ours=plan.value.area_gain,
        gap=plan.gap,
        most_damaged=timeline.area(placed(timeline, by_damage))[1],
        cheapest=timeline.area(placed(timeline, by_cost))[1],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with the networks' node, arc and interdependency files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--time", type=float, default=60.0)
    options = parser.parse_args()
    print(json.dumps(vars(compare(options.folder, seed=options.seed, time_s=options.time))))


if __name__ == "__main__":
    main()
