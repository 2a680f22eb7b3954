"""Realistic made-up towns for measuring plans: damage in hot spots, displaced people in the spared places, cycles of
needs, patches against full repairs, rubble to clear first. All chance comes from the generator passed in."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from assessments.core.case import Floats, Limits, PlanningCase
from assessments.core.frames import CaseFrames, case_from_frames
from assessments.core.synthetic import SERVICES, made_up_facilities, made_up_needs
from municipal_units.core.vocabulary import ServiceDomain as S

FACILITIES_PER_PLACE = 6
HOT_SPOTS_PER_1000 = 20
# Rubble stands in the way where more than so much of a place is hit; it takes that share of the reach of these.
BLOCKED = 0.55
BLOCKED_SERVICES = (S.WATER, S.HEALTH, S.SOLID_WASTE)
CREWS = {S.POWER: "electrical", S.TELECOM: "electrical", S.WATER: "pipe", S.SANITATION: "pipe"}
Row = dict[str, Any]


def realistic_case(
    random: np.random.Generator,
    *,
    neighbourhoods: int = 1_000,
    works: int = 5_000,
    budget_share: float = 0.15,
    periods: int = 12,
    crews: int | None = None,
) -> PlanningCase:
    """A town with at most so many works and a budget of this share of what all of them cost. `crews` units of every
    type; None: as many as let the budget be built within the periods, about."""
    side = int(np.ceil(np.sqrt(neighbourhoods)))
    hit = damage_field(random, neighbourhoods, side)
    homes = np.round(random.lognormal(6.5, 0.6, neighbourhoods))
    stay = np.round(homes * (1 - 0.85 * hit))
    stay[hit > 0.97] = 0
    away = (homes - stay).sum() * 0.7
    pull = (1 - hit) ** 3 * homes * random.lognormal(0, 0.4, neighbourhoods)
    displaced = np.round(away * pull / pull.sum())
    people = stay + displaced
    parts = [
        made_up_facilities(random, service, np.maximum(homes, 1), side, FACILITIES_PER_PLACE * neighbourhoods)
        for service in SERVICES
    ]
    stock = pd.concat([part[0] for part in parts], ignore_index=True)
    strength = np.clip(hit[stock["neighbourhood"]] * random.lognormal(0, 0.5, len(stock)), 0, 1)
    damaged = (random.random(len(stock)) < 0.08 + 0.9 * strength) & (strength > 0.05)
    stock["current"] = stock["nominal"] * np.where(damaged, 1 - np.clip(strength + 0.15, 0, 1), 1.0)
    needs = made_up_needs(random, stock, 0.1)
    candidates, actions, requires = town_works(random, stock, needs, hit, works)
    blocked = np.flatnonzero(hit > BLOCKED)
    frames = CaseFrames(
        neighbourhoods=pd.DataFrame({"id": np.arange(neighbourhoods)}),
        population=pd.DataFrame(
            {
                "neighbourhood": np.tile(np.arange(neighbourhoods), 2),
                "group": np.repeat(["resident", "displaced"], neighbourhoods),
                "people": np.concatenate([people - displaced, displaced]),
            }
        ),
        services=pd.DataFrame(
            {
                "id": [str(service.code) for service in SERVICES],
                "weight": [service.weight for service in SERVICES],
                "essential": [service.essential for service in SERVICES],
                "norm": [service.norm for service in SERVICES],
            }
        ),
        facilities=stock,
        catchment=pd.concat([part[1] for part in parts], ignore_index=True),
        dependencies=needs,
        reach=pd.DataFrame(
            {
                "neighbourhood": np.repeat(blocked, len(BLOCKED_SERVICES)),
                "service": [str(service) for service in BLOCKED_SERVICES] * len(blocked),
                "share": np.repeat(1 - hit[blocked] * 0.7, len(BLOCKED_SERVICES)),
                "age_days": 0,
            }
        ),
        interventions=pd.DataFrame(candidates),
        requirements=pd.DataFrame(requires, columns=["intervention", "requires"], dtype=object),
        actions=pd.DataFrame(actions),
    )
    total = sum(row["cost"] for row in candidates)
    return case_from_frames(
        frames,
        name="realistic",
        limits=Limits(
            budget_total=round(total * budget_share, 2),
            periods=periods,
            crews=crews_for(candidates, budget_share, periods, crews),
        ),
    )


def damage_field(random: np.random.Generator, places: int, side: int) -> Floats:
    """Share of every neighbourhood that is hit, highest in hot spots and falling off around them."""
    count = max(2, round(HOT_SPOTS_PER_1000 * places / 1000))
    centre = random.integers(places, size=count)
    radius = side * random.uniform(0.03, 0.09, count) + 1
    force = random.uniform(0.5, 1.0, count)
    row, column = np.arange(places) // side, np.arange(places) % side
    hit = np.zeros(places)
    for at, reach, strong in zip(centre, radius, force, strict=True):
        distance = np.hypot(row - at // side, column - at % side)
        hit = np.maximum(hit, strong * np.exp(-((distance / reach) ** 2)))
    return np.clip(hit + random.normal(0.04, 0.04, places), 0, 1)


def town_works(
    random: np.random.Generator, stock: pd.DataFrame, needs: pd.DataFrame, hit: Floats, most: int
) -> tuple[list[Row], list[Row], list[tuple[str, str]]]:
    """Clearances of rubble, repairs in full, patches instead of them, and generators: at most `most` in all."""
    works: list[Row] = []
    actions: list[Row] = []
    requires: list[tuple[str, str]] = []
    clearing: dict[int, str] = {}
    for place in np.flatnonzero(hit > BLOCKED):
        key = f"clear-{place}"
        clearing[int(place)] = key
        works.append(work_row(key, 60 * hit[place] * random.lognormal(0, 0.4), 1, "building"))
        for service in BLOCKED_SERVICES:
            actions.append({"intervention": key, "type": "local", "neighbourhood": int(place), "service": str(service),
                            "add": float(hit[place] * 0.7)})  # fmt: skip
    missing = ((stock["nominal"] - stock["current"]) / stock["nominal"]).to_numpy()
    for f in np.argsort(-missing, kind="stable"):
        if missing[f] <= 0.05 or len(works) >= most * 0.9:
            break
        name, service = stock["id"].iloc[f], S(stock["service"].iloc[f])
        gap = float(stock["nominal"].iloc[f] * missing[f])
        group = f"either-{name}" if random.random() < 0.4 else None
        cost = 100 * missing[f] ** 0.8 * random.lognormal(0, 0.6)
        crew, home = CREWS.get(service, "building"), int(stock["neighbourhood"].iloc[f])
        options = [(f"repair-{name}", cost, gap, int(random.integers(1, 5)))]
        if group:
            options.append((f"patch-{name}", cost * 0.35, gap * random.uniform(0.3, 0.6), 1))
        for key, price, add, duration in options:
            works.append(work_row(key, price, duration, crew, group))
            actions.append({"intervention": key, "type": "capacity", "facility": name, "add": add})
        if home in clearing and random.random() < 0.7:
            requires.append((f"repair-{name}", clearing[home]))
    powered = needs[(needs["service"] == str(S.POWER)) & (needs["strength"] > 0.5)]
    nominal_of = dict(zip(stock["id"], stock["nominal"], strict=True))
    for row in random.permutation(len(powered))[: max(0, most - len(works))]:
        name = powered["facility"].iloc[row]
        key = f"generator-{name}"
        works.append(work_row(key, 35 * random.lognormal(0, 0.3), 1, "electrical"))
        actions.append({"intervention": key, "type": "backup", "facility": name, "service": str(S.POWER),
                        "add": float(nominal_of[name]) * random.uniform(0.3, 0.7)})  # fmt: skip
    return works, actions, requires


def work_row(key: str, cost: float, duration: int, crew: str, group: str | None = None) -> Row:
    return {"id": key, "cost": round(float(cost), 2), "duration": duration, "crew": crew, "group": group}


def crews_for(works: list[Row], budget_share: float, periods: int, units: int | None) -> dict[str, float]:
    load: dict[str, float] = {}
    for row in works:
        load[row["crew"]] = load.get(row["crew"], 0.0) + row["duration"]
    if units is not None:
        return dict.fromkeys(sorted(load), float(units))
    return {crew: float(max(1, round(load[crew] * budget_share / periods))) for crew in sorted(load)}


def without_crews(case: PlanningCase) -> PlanningCase:
    return dataclasses.replace(case, limits=dataclasses.replace(case.limits, crews={}))
