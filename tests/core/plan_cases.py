"""Small random planning cases with everything a choice of works can meet, and the plain enumeration of all choices."""

from itertools import product
from random import Random

import numpy as np

from assessments.core.case import PlanningCase
from assessments.core.planning.evaluation import Workbench, workbench
from tests.core.cases import Document, case_of
from tests.core.random_cases import random_document

FUNDS = ("city", "donor")


def planning_document(random: Random, *, works: int = 10) -> Document:
    """Cycles and emptied places as in `random_document`, and groups, funds, split costs, mandatory and forbidden works,
    equity rules."""
    document = random_document(random, works=random.randint(1, works))
    for item in document["interventions"]:
        item["cost"] = random.choice([0, 1, 5, 10, 25, 60])
        item["duration"] = random.randint(1, 3)
        item["crew"] = random.choice(["pipe", "electrical"])
        if random.random() < 0.3:
            item["group"] = random.choice(["either", "or"])
        if random.random() < 0.5:
            item["fund"] = random.choice(FUNDS)
        elif random.random() < 0.2:
            item["costs"] = dict.fromkeys(FUNDS, item["cost"] / 2)
        if random.random() < 0.05:
            item["forbidden"] = True
    drop_impossible(document)
    total = sum(item["cost"] for item in document["interventions"])
    document["budget_total"] = round(total * random.choice([0, 0.2, 0.4, 0.7, 1.1]), 2)
    if random.random() < 0.5:
        document["budgets"] = {fund: total * random.choice([0.1, 0.3]) for fund in FUNDS[: random.randint(1, 2)]}
    if random.random() < 0.25:
        document["group_weight"] = {"displaced": random.choice([0.5, 4])}
    if random.random() < 0.25:
        document["soft_floor"] = {"x": random.choice([0.3, 0.5, 0.9]), "kappa": random.choice([0.3, 2])}
    return document


def drop_impossible(document: Document) -> None:
    """Works whose prerequisites exclude each other are refused at entry; here they lose their group."""
    works = {item["id"]: item for item in document["interventions"]}
    for item in document["interventions"]:
        needed, waiting = [], list(item.get("requires", []))
        while waiting:
            other = waiting.pop()
            if other not in needed:
                needed.append(other)
                waiting += works[other].get("requires", [])
        seen: set[str] = {item["group"]} if item.get("group") else set()
        for other in needed:
            group = works[other].get("group")
            if group in seen:
                works[other]["group"] = None
            elif group:
                seen.add(group)


def planning_case(random: Random, *, works: int = 10) -> PlanningCase:
    return case_of(planning_document(random, works=works))


def every_choice(bench: Workbench) -> list[tuple[int, ...]]:
    """All sets of works that keep the rules."""
    count = len(bench.case.interventions)
    sets = (tuple(np.flatnonzero(bits).tolist()) for bits in product((0, 1), repeat=count))
    return [works for works in sets if not bench.rules.broken(works)]


def best_by_enumeration(case: PlanningCase) -> tuple[float, float, Workbench]:
    """The largest objective gain of all allowed sets, and the least cost it can be had for."""
    bench = workbench(case)
    worth = [(bench.gain(works), bench.rules.spent(works)) for works in every_choice(bench)]
    best = max(gain for gain, _ in worth)
    tie = 1e-7 * max(1.0, abs(best))
    return best, min(cost for gain, cost in worth if gain >= best - tie), bench
