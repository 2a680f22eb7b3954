"""Made-up towns of any size, for measuring and for tests: neighbourhoods on a grid, ten services, cycles of needs.

Nothing here describes a real place. All chance comes from the generator passed in, so a seed gives one town.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from assessments.core.case import Floats, Ints, PlanningCase
from assessments.core.frames import CaseFrames, case_from_frames
from municipal_units.core.vocabulary import ServiceDomain

S = ServiceDomain


@dataclass(frozen=True)
class MadeUpService:
    """Weight and norm of a service, its share of all facilities, how many neighbourhoods one facility reaches, and what
    it needs how much."""

    code: ServiceDomain
    weight: float
    norm: float
    facilities: float
    reach: int
    essential: bool = False
    needs: tuple[tuple[ServiceDomain, float], ...] = ()


SERVICES: tuple[MadeUpService, ...] = (
    MadeUpService(S.POWER, 0.14, 0.25, 0.10, 6, essential=True),
    MadeUpService(S.WATER, 0.18, 15, 0.14, 5, essential=True, needs=((S.POWER, 0.9),)),
    MadeUpService(S.SANITATION, 0.10, 1, 0.14, 3, essential=True, needs=((S.POWER, 0.7), (S.WATER, 0.6))),
    MadeUpService(S.HEALTH, 0.14, 0.0001, 0.08, 8, essential=True, needs=((S.POWER, 0.4), (S.WATER, 0.6))),
    MadeUpService(S.HOUSING_SHELTER, 0.18, 1, 0.20, 1, essential=True),
    MadeUpService(S.EDUCATION, 0.10, 0.25, 0.12, 4, needs=((S.WATER, 0.3), (S.SANITATION, 0.3))),
    MadeUpService(S.SOLID_WASTE, 0.04, 0.5, 0.06, 6),
    MadeUpService(S.TELECOM, 0.04, 1, 0.05, 9, needs=((S.POWER, 0.8),)),
    MadeUpService(S.MARKET_LIVELIHOOD, 0.05, 1, 0.08, 4, needs=((S.POWER, 0.3), (S.TELECOM, 0.2))),
    MadeUpService(S.GOVERNANCE_REGISTRY, 0.03, 0.00005, 0.03, 9, needs=((S.POWER, 0.3), (S.TELECOM, 0.3))),
)
ZONES = (1.0, 0.68, 0.22)
# So many of the pumped water facilities, and of the power facilities in a cycle, cannot run at all without the other.
FULLY_DEPENDENT = 0.3


def made_up_case(
    random: np.random.Generator,
    *,
    neighbourhoods: int = 1_000,
    facilities: int = 5_000,
    works: int = 0,
    power_in_cycles: float = 0.1,
) -> PlanningCase:
    """A town of about so many facilities; `power_in_cycles` is the share of power facilities that need water, which
    needs power. `works` are repairs of damaged facilities, one in ten after another one."""
    side = int(np.ceil(np.sqrt(neighbourhoods)))
    people = np.round(random.lognormal(6.5, 0.7, neighbourhoods))
    people[random.random(neighbourhoods) < 0.02] = 0
    away = np.round(people * random.beta(1, 4, neighbourhoods))
    parts = [made_up_facilities(random, service, people, side, facilities) for service in SERVICES]
    stock = pd.concat([part[0] for part in parts], ignore_index=True)
    frames = CaseFrames(
        neighbourhoods=pd.DataFrame({"id": np.arange(neighbourhoods)}),
        population=pd.DataFrame(
            {
                "neighbourhood": np.tile(np.arange(neighbourhoods), 2),
                "group": np.repeat(["resident", "displaced"], neighbourhoods),
                "people": np.concatenate([people - away, away]),
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
        dependencies=made_up_needs(random, stock, power_in_cycles),
        **made_up_works(random, stock, works),
    )
    return case_from_frames(frames, name="made-up")


def made_up_facilities(
    random: np.random.Generator, service: MadeUpService, people: Floats, side: int, total: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Facilities of one service and their catchment: the place they stand in and those around it."""
    count = max(1, round(total * service.facilities))
    home = random.integers(len(people), size=count)
    reached = np.minimum(random.poisson(service.reach - 1, count) + 1, 25)
    owner = np.repeat(np.arange(count), reached)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(reached) - reached, reached)
    place = around(home[owner], step, side, len(people))
    links = pd.DataFrame(
        {"facility": owner, "neighbourhood": place, "weight": np.choose((step > 0) + 0 + (step > 4), ZONES)}
    )
    links = links.drop_duplicates(["facility", "neighbourhood"])
    served = np.bincount(links["facility"], weights=links["weight"] * people[links["neighbourhood"]], minlength=count)
    crowd = np.maximum(np.bincount(links["neighbourhood"], weights=links["weight"], minlength=len(people)), 1)
    nominal = served * service.norm / crowd[home] * random.lognormal(0.1, 0.3, count) + service.norm
    state = np.where(random.random(count) < 0.45, 1.0, random.beta(1.2, 1.8, count))
    names = [f"{service.code}-{number}" for number in range(count)]
    stock = pd.DataFrame(
        {
            "id": names,
            "service": str(service.code),
            "neighbourhood": home,
            "nominal": nominal,
            "current": nominal * state,
            "status": "observed",
            "age_days": random.integers(0, 120, count),
        }
    )
    return stock, links.assign(facility=np.array(names, dtype=object)[links["facility"]])


def around(home: Ints, step: Ints, side: int, size: int) -> Ints:
    """The `step`-th place around a home on the grid, wrapping at its edges; step 0 is the home itself."""
    offset = np.array([(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0), *((r, c) for r in range(-2, 3) for c in range(-2, 3))])
    row, column = home // side + offset[step, 0], home % side + offset[step, 1]
    return (row % side * side + column % side) % size


def made_up_needs(random: np.random.Generator, stock: pd.DataFrame, power_in_cycles: float) -> pd.DataFrame:
    """Dependencies of the services' table, a little backup here and there, and water for some power facilities."""
    parts = [
        pd.DataFrame({"facility": ids, "service": str(needed), "strength": strength})
        for service in SERVICES
        for needed, strength in service.needs
        for ids in [stock["id"][stock["service"] == str(service.code)]]
    ]
    power = stock["id"][stock["service"] == str(S.POWER)].to_numpy()
    cooled = power[random.random(len(power)) < power_in_cycles]
    strength = np.where(random.random(len(cooled)) < FULLY_DEPENDENT, 1.0, random.uniform(0.3, 0.9, len(cooled)))
    parts.append(pd.DataFrame({"facility": cooled, "service": str(S.WATER), "strength": strength}))
    needs = pd.concat(parts, ignore_index=True)
    pumped = needs["facility"].str.startswith(f"{S.WATER}-") & (random.random(len(needs)) < FULLY_DEPENDENT)
    needs.loc[pumped, "strength"] = 1.0
    nominal = stock.set_index("id")["nominal"].reindex(needs["facility"]).to_numpy()
    has_backup = random.random(len(needs)) < 0.15
    return needs.assign(backup=np.where(has_backup, nominal * random.uniform(0.1, 0.6, len(needs)), 0.0))


def made_up_works(random: np.random.Generator, stock: pd.DataFrame, works: int) -> dict[str, pd.DataFrame]:
    """Repairs of the facilities that miss most, as the frames of `CaseFrames`."""
    if not works:
        return {}
    missing = (stock["nominal"] - stock["current"]) / stock["nominal"]
    damaged = stock.assign(missing=missing).sort_values("missing", ascending=False, kind="stable").head(works)
    ids = [f"repair-{number}" for number in range(len(damaged))]
    later = np.flatnonzero(random.random(len(damaged)) < 0.1)
    later = later[later > 0]
    share = damaged["missing"].to_numpy()
    return {
        "interventions": pd.DataFrame(
            {
                "id": ids,
                "cost": np.round(100 * share * random.lognormal(0, 0.6, len(damaged)), 2),
                "duration": random.integers(1, 5, len(damaged)),
                "crew": damaged["service"].to_numpy(),
            }
        ),
        "requirements": pd.DataFrame(
            {
                "intervention": [ids[number] for number in later],
                "requires": [ids[int(random.integers(number))] for number in later],
            },
            dtype=object,
        ),
        "actions": pd.DataFrame(
            {
                "intervention": ids,
                "type": "capacity",
                "facility": damaged["id"].to_numpy(),
                "add": (damaged["nominal"] - damaged["current"]).to_numpy(),
            }
        ),
    }
