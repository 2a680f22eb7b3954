"""The planning case of a municipality as the database knows it now: everything that functionality is computed from."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd

from assessments.core.case import PlanningCase
from assessments.core.frames import CaseFrames, case_from_frames
from assessments.selectors.facts import Facts, read_facts
from assessments.selectors.needs import needs_frame
from assessments.selectors.works import candidate_works
from municipal_units.core.vocabulary import DataOrigin, ServiceDomain
from municipal_units.models import Municipality
from municipal_units.selectors.norms import Norms
from municipal_units.selectors.population import PRESENT_GROUPS, present_by_place

HOUSING, ROADS = ServiceDomain.HOUSING_SHELTER, ServiceDomain.ROAD_ACCESS


@dataclass(frozen=True)
class Town:
    """A municipality's case, and what the case itself does not hold but people want to read.

    facilities: id (database id as text; `housing:7` and `road:7` are made for neighbourhood 7), code, service,
        neighbourhood, k, c, c_lo, c_hi, origin, observed_at, basis
    places: id, lon, lat, people, people_lo, people_hi, resident, displaced, returnee, unknown (persons; NaN: not known)
    reach: neighbourhood, service, share, lo, hi, observed_at (a missing pair is 1, assumed)
    warnings: {code, ...} for the people who keep the registers
    valid_until: when the passage of time alone changes the case (figures age, backups run out)
    """

    case: PlanningCase
    facilities: pd.DataFrame
    places: pd.DataFrame
    reach: pd.DataFrame
    norms: Norms
    warnings: list[dict[str, Any]]
    as_of: datetime
    valid_until: datetime


def planning_case(municipality: Municipality, *, as_of: datetime) -> PlanningCase:
    """The case alone, for plans and exports."""
    return town_case(municipality, as_of=as_of).case


def town_case(municipality: Municipality, *, as_of: datetime) -> Town:
    return assemble(read_facts(municipality, as_of=as_of))


def assemble(facts: Facts) -> Town:
    """The case that follows from the facts; touches no database."""
    norms = facts.norms
    warnings: list[dict[str, Any]] = []
    places = facts.points.merge(present_by_place(facts.present), how="left", left_on="id", right_index=True)
    facilities, links = _with_roads(facts.facilities, facts.links, facts.reach, places)
    facilities, links = _with_housing(facilities, links, facts.housing, places)
    unknown = _unknown(facts, places, facilities, links)
    sized = facilities["k"].notna()
    warnings += [{"code": "capacity_unknown", "facility": str(code)} for code in facilities["code"][~sized]]
    facilities = facilities[sized].reset_index(drop=True)
    needs, expires = needs_frame(
        facts.dependencies, facilities=facilities, norms=norms, as_of=facts.as_of, warnings=warnings
    )
    works = candidate_works(facts.works, facilities=set(facilities["id"]), places=set(places["id"]), warnings=warnings)
    in_town = (facts.reach["service"] != ROADS) & facts.reach["neighbourhood"].isin(places["id"])
    reach = facts.reach[in_town].reset_index(drop=True)
    named = {*facilities["service"], *reach["service"], *needs["service"], *works.actions["service"].dropna()}
    services = _services(norms, named)
    roads = places["id"][[(place, ROADS) not in unknown for place in places["id"]]]
    frames = CaseFrames(
        neighbourhoods=places[["id"]],
        population=_population(places),
        services=services,
        facilities=_facilities(facilities),
        catchment=links[links["facility"].isin(facilities["id"])],
        dependencies=needs,
        reach=reach[["neighbourhood", "service", "share", "lo", "hi"]],
        demand=pd.DataFrame({"neighbourhood": roads, "service": str(ROADS), "demand": 1.0})
        if ROADS in set(services["id"])
        else None,
        unknown=pd.DataFrame(sorted(pair for pair in unknown if pair[1] in set(services["id"])), columns=PAIR),
        interventions=works.works,
        requirements=works.requirements,
        actions=works.actions,
    )
    tomorrow = datetime.combine(facts.as_of.date() + timedelta(days=1), time(), tzinfo=UTC)
    return Town(
        case=case_from_frames(frames, name=facts.municipality.code, beta=facts.municipality.beta),
        facilities=facilities,
        places=places,
        reach=reach,
        norms=norms,
        warnings=warnings,
        as_of=facts.as_of,
        valid_until=min(expires, tomorrow),
    )


CORE_NAMES = {"k": "nominal", "c": "current", "c_lo": "lo", "c_hi": "hi", "origin": "status"}
PAIR = ["neighbourhood", "service"]


def _facilities(facilities: pd.DataFrame) -> pd.DataFrame:
    """What is not open (any more) is no example for facilities of unknown state."""
    kinds = np.where(facilities["basis"] == "planned", "planned", "")
    chosen = facilities[["id", "service", "neighbourhood", *CORE_NAMES]].rename(columns=CORE_NAMES)
    return chosen.assign(damage_class=kinds, area=facilities["neighbourhood"])


def _population(places: pd.DataFrame) -> pd.DataFrame:
    by_group = places[["id", *PRESENT_GROUPS]].rename(columns={"id": "neighbourhood"})
    return by_group.melt("neighbourhood", var_name="group", value_name="people").dropna()


def _services(norms: Norms, named: set[str]) -> pd.DataFrame:
    """Services that count in the index, and others that something is said about."""
    rows = [
        (str(code), norms.weights.get(code, 0.0), code in norms.essential, norms.demand[code].value)
        for code in ServiceDomain
        if code in norms.demand and (norms.weights.get(code, 0.0) > 0 or code in norms.essential or code in named)
    ]
    return pd.DataFrame.from_records(rows, columns=["id", "weight", "essential", "norm"])


def _with_roads(
    facilities: pd.DataFrame, links: pd.DataFrame, reach: pd.DataFrame, places: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every neighbourhood needs one road access. Where no facility gives it, an observed reach of roads stands for one;
    several in one neighbourhood share it; one that serves several counts once for each (mechanics D11)."""
    is_road = facilities["service"] == ROADS
    own = links["facility"].isin(facilities["id"][is_road])
    seen = reach[
        (reach["service"] == ROADS)
        & reach["neighbourhood"].isin(places["id"])
        & ~reach["neighbourhood"].isin(links["neighbourhood"][own])
    ]
    made = pd.DataFrame(
        {
            "id": [f"road:{place}" for place in seen["neighbourhood"]],
            "code": "",
            "service": str(ROADS),
            "neighbourhood": seen["neighbourhood"],
            "k": 1.0,
            "c": seen["share"],
            "c_lo": seen["lo"],
            "c_hi": seen["hi"],
            "origin": str(DataOrigin.OBSERVED),
            "observed_at": seen["observed_at"],
            "basis": "reach",
        }
    )
    if own.any():
        links = links.copy()
        per_place = links[own].groupby("neighbourhood")["weight"].transform("sum")
        links.loc[own, "weight"] = links.loc[own, "weight"] / np.maximum(per_place, 1.0)
        load = facilities["id"].map(links[own].groupby("facility")["weight"].sum()).fillna(1.0).where(is_road, 1.0)
        facilities = facilities.assign(**{name: facilities[name] * load for name in ("k", "c", "c_lo", "c_hi")})
    return _joined(facilities, made), _linked(links, made)


def _with_housing(
    facilities: pd.DataFrame, links: pd.DataFrame, housing: pd.DataFrame, places: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The housing stock of each neighbourhood as a facility for it alone. A registered facility of the kind `building`
    is that stock: works may name it, and it takes the counted figures unless it has its own observed state."""
    facilities = facilities.copy()
    housing = housing[housing["neighbourhood"].isin(places["id"])]
    stock = facilities[(facilities["service"] == HOUSING) & (facilities["asset_type"] == "building")]
    stock = stock[stock["neighbourhood"].notna()].drop_duplicates("neighbourhood").set_index("neighbourhood")
    made = []
    for row in housing.to_dict("records"):
        place = row["neighbourhood"]
        if place not in stock.index:
            made.append({**row, "id": f"housing:{place}", "code": "", "service": str(HOUSING), "basis": row["stock"]})
            continue
        registered = facilities["id"] == stock.loc[place, "id"]
        if stock.loc[place, "basis"] in ("unknown", "grade"):
            names = ["k", "c", "c_lo", "c_hi", "origin", "observed_at"]
            facilities.loc[registered, names] = [row[name] for name in names]
            facilities.loc[registered, "basis"] = row["stock"]
        links = links[links["facility"] != stock.loc[place, "id"]]
        links = _linked(links, pd.DataFrame({"id": [stock.loc[place, "id"]], "neighbourhood": [place]}))
    frame = pd.DataFrame.from_records(made, columns=facilities.columns)
    return _joined(facilities, frame), _linked(links, frame)


def _joined(facilities: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([facilities, made], ignore_index=True) if len(made) else facilities


def _linked(links: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """Each of these facilities serves the whole of its own neighbourhood."""
    if made.empty:
        return links
    own = pd.DataFrame({"facility": made["id"], "neighbourhood": made["neighbourhood"], "weight": 1.0})
    return pd.concat([links, own], ignore_index=True)


def _unknown(
    facts: Facts, places: pd.DataFrame, facilities: pd.DataFrame, links: pd.DataFrame
) -> frozenset[tuple[int, str]]:
    """Where nothing is known, which is neither zero nor one: no count of people; a service nobody has registered
    anything of (unless its register is said to be complete); only facilities of unknown capacity; no figure of housing
    or roads for this very place."""
    complete = set(facts.municipality.complete_registers)
    of_service = links.merge(facilities[["id", "service", "k"]], left_on="facility", right_on="id")
    registered = set(facilities["service"])
    sized = set(zip(*_pairs(of_service[of_service["k"].notna()]), strict=True))
    unsized = set(zip(*_pairs(of_service[of_service["k"].isna()]), strict=True)) - sized
    stock = facilities[facilities["basis"].isin(("structures", "estimate"))]
    housed = set(stock["neighbourhood"]) | set(facilities["neighbourhood"][facilities["asset_type"] == "building"])
    unknown = set(unsized)
    for service in map(str, facts.norms.demand):
        for place, people in zip(places["id"], places["people"], strict=True):
            nothing = service not in registered and service not in complete
            no_road = service == ROADS and (place, service) not in sized and service not in complete
            no_housing = service == HOUSING and place not in housed and service not in complete
            if nothing or no_road or no_housing or np.isnan(people) and service != ROADS:
                unknown.add((place, service))
    return frozenset(unknown)


def _pairs(links: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return links["neighbourhood"], links["service"]
