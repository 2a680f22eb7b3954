"""Small random cases with all that makes a computation hard: cycles, emptied places, idle and dead facilities."""

from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.core.cases import Document

SERVICES = ("power", "water", "health", "waste")


def random_document(random: Random, *, works: int = 0) -> Document:
    places = [f"N{number}" for number in range(random.randint(1, 5))]
    services = list(SERVICES[: random.randint(1, 4)])
    facilities = [random_facility(random, f"F{number}", places, services) for number in range(random.randint(0, 8))]
    weights = [random.choice([0, 1, 2, 3]) for _ in services]
    weights[random.randrange(len(services))] = 1
    return {
        "beta": random.choice([0, 0.3, 1]),
        "services": [
            {"id": s, "weight": weight, "essential": random.random() < 0.5, "norm": random.choice([0, 0.5, 1, 20])}
            for s, weight in zip(services, weights, strict=True)
        ],
        "neighbourhoods": [random_place(random, name, services) for name in places],
        "facilities": facilities,
        "interventions": random_works(random, works, places, services, facilities),
    }


def random_place(random: Random, name: str, services: list[str]) -> Document:
    place: Document = {
        "id": name,
        "population": {
            "resident": random.choice([0, 0, 10, 100, 1000]),
            "displaced": random.choice([0, 0, 50]),
        },
        "equity": random.choice([0, 1, 1, 2]),
        "local": {s: random.choice([0, 0.3, 0.8, 1]) for s in services if random.random() < 0.4},
    }
    if random.random() < 0.2:
        place["demand"] = {random.choice(services): random.choice([0, 1, 40])}
    if random.random() < 0.2:
        place["return_population"] = 80
    if random.random() < 0.15:
        place["unknown"] = [random.choice(services)]
    return place


def random_facility(random: Random, key: str, places: list[str], services: list[str]) -> Document:
    nominal = random.choice([0, 1, 60, 500, 4000])
    depends = {s: random.choice([0, 0.5, 0.9, 1, 1]) for s in services if random.random() < 0.5}
    facility: Document = {
        "id": key,
        "service": random.choice(services),
        "nbhd": random.choice([*places, *places, None]),
        "nominal": nominal,
        "current": nominal * random.choice([0, 0.25, 0.8, 1]),
        "catchment": {n: random.choice([0.22, 0.68, 1]) for n in places if random.random() < 0.6},
        "depends": depends,
        "backup": {s: nominal * random.choice([0.1, 0.5]) for s in depends if random.random() < 0.2},
    }
    if random.random() < 0.1:
        facility |= {"status": "unknown", "current": None}
    elif random.random() < 0.2:
        facility["status"] = random.choice(["estimated", "assumed", "unknown"])
    return facility


def random_works(
    random: Random, count: int, places: list[str], services: list[str], facilities: list[Document]
) -> list[Document]:
    result: list[Document] = []
    for number in range(count):
        actions: list[dict[str, Any]] = [
            {"type": "local", "nbhd": random.choice(places), "service": random.choice(services), "add": 0.4}
        ]
        if facilities:
            target = random.choice(facilities)
            actions.append({"type": "capacity", "facility": target["id"], "add": target["nominal"] * 0.5})
            if target["depends"]:
                service = random.choice(sorted(target["depends"]))
                actions.append(
                    {"type": "backup", "facility": target["id"], "service": service, "add": target["nominal"] * 0.3}
                )
        chosen = random.sample(actions, random.randint(1, len(actions)))
        requires = [f"i{random.randrange(number)}"] if number and random.random() < 0.3 else []
        cost = random.choice([0, 1, 10, 60])
        result.append({"id": f"i{number}", "cost": cost, "requires": requires, "actions": chosen})
    return result


def documents(*, works: int = 0) -> st.SearchStrategy[Document]:
    """Random case documents that shrink."""
    return st.randoms(use_true_random=False).map(lambda random: random_document(random, works=works))
