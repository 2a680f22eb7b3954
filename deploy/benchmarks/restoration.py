"""The Shelby County utility networks as a planning case: nodes are facilities, interdependencies their needs.

Power, water, gas and telecommunication nodes with a demand serve the people the file counts for them; a node serves
what its own upstream nodes can bring, so the arcs of a network are not followed one by one: every demand node stands in
a neighbourhood of its own, and is served by itself as far as the supply nodes of its network reach it (shares of the
nearest three by length of arcs). A third of all nodes is broken, each to a random degree, and repaired for its `q`.
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
from assessments.core.evaluation import workbench
from assessments.core.list_rule import placed
from assessments.core.schedule import schedule
from assessments.core.timeline import Timeline

NETWORKS = {"Power": 0.4, "Water": 0.35, "Gas": 0.1, "Telecommunication": 0.15}
BROKEN = 1 / 3
# A facility keeps so little without what it depends on physically; a cyber link is weaker.
STRENGTH = {"Physical": 1.0, "Cyber": 0.3}
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
    """Every node is a facility of its network's service in a neighbourhood of its own: the people around it. Its
    catchment is that place and those of the nodes it is joined to by an arc, at half weight."""
    random = np.random.default_rng(seed)
    nodes = {network: rows_of(folder, f"{network}Nodes") for network in NETWORKS}
    people = {
        f"{network}-{row['ID']}": float(row["population"] or 0) for network, rows in nodes.items() for row in rows
    }
    needs: dict[str, dict[str, float]] = {}
    linked: dict[str, list[str]] = {}
    for row in rows_of(folder, "Interdep"):
        giver, taker = f"{row['Dependee Network']}-{row['Dependee Node']}", f"{row['Depender Network']}-{row['Depender Node']}"
        strength = STRENGTH[row["Type"]]
        service = row["Dependee Network"]
        needs.setdefault(taker, {})[service] = max(strength, needs.get(taker, {}).get(service, 0.0))
        linked.setdefault(giver, []).append(taker)
    for network in NETWORKS:
        for row in rows_of(folder, f"{network}Arcs"):
            linked.setdefault(f"{network}-{row['Start Node']}", []).append(f"{network}-{row['End Node']}")
    facilities, works = [], []
    for network, rows in nodes.items():
        for row in rows:
            key = f"{network}-{row['ID']}"
            reach = {key: 1.0, **{other: 0.5 for other in linked.get(key, ()) if other != key and other in people}}
            capacity = max(1.0, sum(weight * max(people[place], 1.0) for place, weight in reach.items()))
            broken = random.random() < BROKEN
            left = float(random.uniform(0, 0.6)) if broken else 1.0
            facilities.append(
                {"id": key, "service": network, "nbhd": key, "nominal": capacity, "current": capacity * left,
                 "catchment": reach, "depends": needs.get(key, {})}
            )  # fmt: skip
            if broken:
                cost = float(row["q (complete DS)"] or 1) * (1 - left)
                works.append(
                    {"id": f"repair-{key}", "cost": cost, "duration": 1 + int(left < 0.3), "crew": network,
                     "actions": [{"type": "capacity", "facility": key, "add": capacity * (1 - left)}]}
                )  # fmt: skip
    return read_case(
        {
            "name": "shelby",
            "beta": 0.3,
            "services": [
                {"id": network, "weight": weight, "essential": network in ("Power", "Water"), "norm": 1}
                for network, weight in NETWORKS.items()
            ],
            "neighbourhoods": [{"id": key, "population": count} for key, count in people.items()],
            "facilities": facilities,
            "interventions": works,
            "periods": PERIODS,
            "crews": dict.fromkeys(NETWORKS, CREWS),
        }
    )


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
