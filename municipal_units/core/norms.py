"""Seeds of the tables a municipality can edit: norms, weights, factors, conversions, catchments, dependencies.

Nothing reads these at run time except the code that fills the tables. Every row names its source and says how sure it
is: `verified` (read in the source), `unverified` (recalled from the named standard), `assumption` (ours, to change).
"""

from dataclasses import dataclass
from enum import StrEnum

from municipal_units.core.vocabulary import OperationalStatus, Phase, ServiceDomain, StatusCause

S = ServiceDomain
ASSUMPTION = "assumption"


class Certainty(StrEnum):
    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    ASSUMPTION = "assumption"


@dataclass(frozen=True)
class NormDefault:
    """A standard. `high` is set when the source gives a range; `is_demand` marks the q of functionality.md."""

    code: str
    service: ServiceDomain
    value: float
    unit: str
    source: str
    certainty: Certainty
    phase: Phase = Phase.EMERGENCY
    edition: str = ""
    high: float | None = None
    is_demand: bool = False
    note: str = ""


def assumed_demand(code: str, service: ServiceDomain, value: float, unit: str, note: str) -> NormDefault:
    return NormDefault(code, service, value, unit, ASSUMPTION, Certainty.ASSUMPTION, is_demand=True, note=note)


UNHCR_2020 = "UNHCR WASH Indicators and Targets"
SPHERE = "Sphere Handbook"
V, U, A = Certainty.VERIFIED, Certainty.UNVERIFIED, Certainty.ASSUMPTION
POST = Phase.POST_EMERGENCY

# q[s]: units of service needed per person present. One row per service and phase; the emergency row is the default.
DEMAND_NORMS: tuple[NormDefault, ...] = (
    NormDefault("water_l_pd", S.WATER, 15, "L/(person.d)", UNHCR_2020, V, edition="2020-01", is_demand=True),
    NormDefault("water_l_pd", S.WATER, 20, "L/(person.d)", UNHCR_2020, V, POST, "2020-01", is_demand=True),
    NormDefault(
        "water_urban_l_pd", S.WATER, 50, "L/(person.d)", "WHO/UN right to water", U, Phase.PERMANENT, "", 100, True
    ),
    assumed_demand("sanitation_place", S.SANITATION, 1, "place/person", "A toilet gives 50 places, later 20."),
    assumed_demand("waste_kg_pd", S.SOLID_WASTE, 0.5, "kg/(person.d)", "Range 0.3 to 1.0."),
    assumed_demand("power_kw_pp", S.POWER, 0.25, "kW/person", "Use the load before the crisis where it is known."),
    assumed_demand("road_access", S.ROAD_ACCESS, 0, "share", "Demand is 1 per neighbourhood, whoever lives there."),
    assumed_demand("telecom_place", S.TELECOM, 1, "place/person", "Capacity counts persons served."),
    assumed_demand("health_unit_pp", S.HEALTH, 0.0001, "basic unit/person", "One per 10,000; check the national norm."),
    assumed_demand("school_seat_pp", S.EDUCATION, 0.25, "seat/person", "School-age share where age bands are unknown."),
    assumed_demand("market_place", S.MARKET_LIVELIHOOD, 1, "place/person", "Capacity counts persons served."),
    assumed_demand("public_space_place", S.PUBLIC_SPACE, 1, "place/person", "Capacity counts persons served."),
    assumed_demand("registry_counter_pp", S.GOVERNANCE_REGISTRY, 1 / 20_000, "counter/person", "One per 20,000."),
    assumed_demand("housing_place", S.HOUSING_SHELTER, 1, "place/person", "One place per person."),
    assumed_demand("protection_place", S.PROTECTION_SOCIAL, 1, "place/person", "Capacity counts persons served."),
)

# Standards shown for judgement and used by indicators, not by functionality (services.md 2).
REFERENCE_NORMS: tuple[NormDefault, ...] = (
    NormDefault("water_survival_l_pd", S.WATER, 7.5, "L/(person.d)", SPHERE, V, edition="2011", high=15),
    NormDefault("persons_per_tap", S.WATER, 250, "person/tap", UNHCR_2020, V, edition="2020-01"),
    NormDefault("persons_per_tap", S.WATER, 100, "person/tap", UNHCR_2020, V, POST, "2020-01"),
    NormDefault("persons_per_handpump_well", S.WATER, 500, "person/handpump", UNHCR_2020, V, edition="2020-01"),
    NormDefault("persons_per_handpump_well", S.WATER, 250, "person/handpump", UNHCR_2020, V, POST, "2020-01"),
    NormDefault("persons_per_open_well", S.WATER, 400, "person/well", SPHERE, U, edition="2018"),
    NormDefault("tap_flow_l_min", S.WATER, 7.5, "L/min", SPHERE, U, edition="2018"),
    NormDefault("water_distance_m", S.WATER, 500, "m", UNHCR_2020, V, edition="2020-01"),
    NormDefault("water_distance_m", S.WATER, 200, "m", UNHCR_2020, V, POST, "2020-01"),
    NormDefault("water_queue_min", S.WATER, 30, "min", SPHERE, U, edition="2018"),
    NormDefault("hh_storage_share", S.WATER, 0.70, "share", UNHCR_2020, V, edition="2020-01"),
    NormDefault("hh_storage_share", S.WATER, 0.80, "share", UNHCR_2020, V, POST, "2020-01"),
    NormDefault("protected_source_share", S.WATER, 0.70, "share", UNHCR_2020, V, edition="2020-01"),
    NormDefault("protected_source_share", S.WATER, 0.95, "share", UNHCR_2020, V, POST, "2020-01"),
    NormDefault(
        "water_quality_share",
        S.WATER,
        0.95,
        "share of tests",
        UNHCR_2020,
        V,
        edition="2020-01",
        note="0 CFU/100 ml, or free chlorine 0.2-2 mg/l and turbidity below 5 NTU. The 2015 edition asked 0.5-1 mg/l.",
    ),
    NormDefault("network_loss_share", S.WATER, 0.10, "share", "UNHCR Emergency Handbook", V, high=0.35),
    NormDefault("school_water_l_pupil_d", S.WATER, 3, "L/(pupil.d)", "UNHCR standards sheet", V, edition="2018"),
    NormDefault("pupils_per_school_tap", S.WATER, 200, "pupil/tap", "UNHCR standards sheet", V, edition="2018"),
    NormDefault("inpatient_water_l_d", S.WATER, 40, "L/(patient.d)", "UNHCR guideline, ODI GPR1", V, high=60),
    NormDefault("outpatient_water_l", S.WATER, 5, "L/visit", SPHERE, U),
    NormDefault("persons_per_toilet", S.SANITATION, 50, "person/toilet", UNHCR_2020, V, edition="2020-01"),
    NormDefault("persons_per_toilet", S.SANITATION, 20, "person/toilet", UNHCR_2020, V, POST, "2020-01"),
    NormDefault("hh_toilet_share", S.SANITATION, 0.85, "share", UNHCR_2020, V, POST, "2020-01"),
    NormDefault("persons_per_shower", S.SANITATION, 50, "person/shower", UNHCR_2020, V, edition="2020-01"),
    NormDefault("persons_per_shower", S.SANITATION, 20, "person/shower", UNHCR_2020, V, POST, "2020-01"),
    NormDefault("toilet_distance_m", S.SANITATION, 50, "m", "UNHCR/Sphere comparison", V, edition="2001"),
    NormDefault(
        "school_pupils_per_toilet", S.SANITATION, 50, "pupil/toilet", "UNHCR standards sheet", V, edition="2018"
    ),
    NormDefault("hospital_beds_per_toilet", S.SANITATION, 20, "bed/toilet", SPHERE, U),
    NormDefault("market_stalls_per_toilet", S.SANITATION, 50, "stall/toilet", SPHERE, U),
    NormDefault("female_male_toilet_ratio", S.SANITATION, 3, "ratio", SPHERE, U, edition="2018"),
    NormDefault(
        "waste_container_l",
        S.SOLID_WASTE,
        100,
        "L/10 families",
        "UNHCR/Sphere comparison",
        V,
        edition="2001",
        note="Sphere 2018 revised this; check.",
    ),
    NormDefault("waste_access_share", S.SOLID_WASTE, 0.70, "share", UNHCR_2020, V, edition="2020-01"),
    NormDefault("waste_access_share", S.SOLID_WASTE, 0.90, "share", UNHCR_2020, V, POST, "2020-01"),
    NormDefault("soap_share", S.SANITATION, 0.70, "share", UNHCR_2020, V, edition="2020-01"),
    NormDefault("soap_share", S.SANITATION, 0.90, "share", UNHCR_2020, V, POST, "2020-01"),
    NormDefault("persons_per_hygiene_promoter", S.SANITATION, 500, "person", UNHCR_2020, V, edition="2020-01"),
    NormDefault("persons_per_hygiene_promoter", S.SANITATION, 1000, "person", UNHCR_2020, V, POST, "2020-01"),
    NormDefault("covered_m2_pp", S.HOUSING_SHELTER, 3.5, "m2/person", SPHERE, V, edition="2011"),
    NormDefault("covered_cold_m2_pp", S.HOUSING_SHELTER, 4.5, "m2/person", SPHERE, U, edition="2018", high=5.5),
    NormDefault("ceiling_m", S.HOUSING_SHELTER, 2.0, "m", SPHERE, V, edition="2011"),
    NormDefault(
        "settlement_m2_pp", S.HOUSING_SHELTER, 30, "m2/person", "UNHCR/Sphere comparison", V, edition="2001", high=45
    ),
    NormDefault("persons_per_room", S.HOUSING_SHELTER, 3, "person/room", "UN-Habitat sufficient living area", U),
    NormDefault("public_space_share", S.PUBLIC_SPACE, 0.45, "share of land", "UN-Habitat", U, high=0.50),
    NormDefault("phc_within_1h_walk_share", S.HEALTH, 0.80, "share", SPHERE, U, edition="2018"),
    NormDefault("beds_per_10000", S.HEALTH, 18, "bed/10000 persons", SPHERE, U, edition="2018"),
    NormDefault("health_unit_per", S.HEALTH, 10_000, "person/unit", SPHERE, U, edition="2011"),
    NormDefault("health_centre_per", S.HEALTH, 50_000, "person/centre", SPHERE, U, edition="2011"),
    NormDefault("district_hospital_per", S.HEALTH, 250_000, "person/hospital", SPHERE, U, edition="2011"),
    NormDefault("skilled_staff_per_10000", S.HEALTH, 23, "staff/10000 persons", "WHO", V, edition="2006", high=44.5),
    NormDefault("chw_per_1000", S.HEALTH, 1, "worker/1000 persons", SPHERE, U, edition="2018", high=2),
    NormDefault("consult_per_clinician_day", S.HEALTH, 50, "consultation/d", SPHERE, U, edition="2011"),
    NormDefault("consult_per_person_year", S.HEALTH, 1, "consultation/(person.year)", "UNHCR", U, high=4),
    NormDefault("pupils_per_teacher", S.EDUCATION, 40, "pupil/teacher", "UNHCR/UNESCO planning figure", U),
    NormDefault("pupils_per_classroom", S.EDUCATION, 40, "pupil/classroom", "UNHCR/UNESCO planning figure", U, high=50),
    NormDefault("m2_per_pupil", S.EDUCATION, 1.0, "m2/pupil", "UNHCR/UNESCO planning figure", U, high=1.25),
    NormDefault("shifts_max", S.EDUCATION, 2, "shift/d", ASSUMPTION, A),
    NormDefault("power_hours_day", S.POWER, 8, "h/d", "ESMAP Multi-Tier Framework, tier 3", U),
    NormDefault("power_kwh_hh_d", S.POWER, 1.0, "kWh/(household.d)", "ESMAP Multi-Tier Framework, tier 3", U),
    NormDefault("health_power_hours", S.POWER, 24, "h/d", ASSUMPTION, A),
    NormDefault("mobile_coverage_share", S.TELECOM, 0.90, "share of area", ASSUMPTION, A),
    NormDefault("transit_distance_m", S.ROAD_ACCESS, 500, "m", "SDG 11.2.1", U, high=1000),
    NormDefault("open_space_walk_m", S.PUBLIC_SPACE, 400, "m", "SDG 11.7.1", U),
    NormDefault("persons_per_registry_counter", S.GOVERNANCE_REGISTRY, 20_000, "person/counter", ASSUMPTION, A),
    NormDefault("market_walk_m", S.MARKET_LIVELIHOOD, 1000, "m", ASSUMPTION, A),
)


@dataclass(frozen=True)
class WeightDefault:
    """omega[s] of functionality.md 2; the weights sum to 1."""

    service: ServiceDomain
    weight: float
    essential: bool
    source: str = ASSUMPTION
    certainty: Certainty = Certainty.ASSUMPTION


SERVICE_WEIGHTS: tuple[WeightDefault, ...] = (
    WeightDefault(S.POWER, 0.14, True),
    WeightDefault(S.WATER, 0.18, True),
    WeightDefault(S.SANITATION, 0.10, True),
    WeightDefault(S.HEALTH, 0.14, True),
    WeightDefault(S.HOUSING_SHELTER, 0.18, True),
    WeightDefault(S.EDUCATION, 0.10, False),
    WeightDefault(S.SOLID_WASTE, 0.04, False),
    WeightDefault(S.TELECOM, 0.04, False),
    WeightDefault(S.MARKET_LIVELIHOOD, 0.05, False),
    WeightDefault(S.GOVERNANCE_REGISTRY, 0.03, False),
    WeightDefault(S.ROAD_ACCESS, 0.0, False),
    WeightDefault(S.PUBLIC_SPACE, 0.0, False),
    WeightDefault(S.PROTECTION_SOCIAL, 0.0, False),
)
BETA = 0.3  # weight of the weakest essential service, functionality.md 3


# The one demand unit in which capacity and need of a service are kept (mechanics D4).
DEMAND_UNITS: dict[ServiceDomain, str] = {
    S.WATER: "L/d",
    S.SANITATION: "person place",
    S.SOLID_WASTE: "kg/d",
    S.POWER: "kW",
    S.ROAD_ACCESS: "share",
    S.TELECOM: "person place",
    S.HEALTH: "basic unit",
    S.EDUCATION: "seat",
    S.MARKET_LIVELIHOOD: "person place",
    S.PUBLIC_SPACE: "person place",
    S.GOVERNANCE_REGISTRY: "counter",
    S.HOUSING_SHELTER: "person place",
    S.PROTECTION_SOCIAL: "person place",
}


@dataclass(frozen=True)
class ConversionDefault:
    """capacity in demand units = value x factor. An empty asset type means every asset of the service.

    A factor of None must be asked for: dwelling units need the household size of the municipality.
    """

    service: ServiceDomain
    asset_type: str
    unit: str
    factor: float | None
    source: str
    certainty: Certainty
    phase: Phase = Phase.EMERGENCY
    note: str = ""


def own_unit(service: ServiceDomain) -> ConversionDefault:
    return ConversionDefault(service, "", DEMAND_UNITS[service], 1, "definition", V)


CAPACITY_CONVERSIONS: tuple[ConversionDefault, ...] = (
    *(own_unit(service) for service in ServiceDomain),
    ConversionDefault(S.WATER, "", "m3/d", 1000, "definition", V),
    ConversionDefault(S.WATER, "", "tap", 250 * 15, UNHCR_2020, V, note="250 persons at 15 L"),
    ConversionDefault(S.WATER, "", "tap", 100 * 20, UNHCR_2020, V, POST, "100 persons at 20 L"),
    ConversionDefault(S.WATER, "", "handpump", 500 * 15, UNHCR_2020, V, note="500 persons at 15 L"),
    ConversionDefault(S.WATER, "", "handpump", 250 * 20, UNHCR_2020, V, POST, "250 persons at 20 L"),
    ConversionDefault(S.SANITATION, "", "toilet", 50, UNHCR_2020, V),
    ConversionDefault(S.SANITATION, "", "toilet", 20, UNHCR_2020, V, POST),
    ConversionDefault(S.SOLID_WASTE, "", "t/d", 1000, "definition", V),
    ConversionDefault(S.POWER, "", "MW", 1000, "definition", V),
    ConversionDefault(S.HEALTH, "health_post", "facility", 1, ASSUMPTION, A),
    ConversionDefault(S.HEALTH, "health_centre", "facility", 5, SPHERE, U, note="One per 50,000"),
    ConversionDefault(S.HEALTH, "hospital", "facility", 25, SPHERE, U, note="One per 250,000"),
    ConversionDefault(S.EDUCATION, "", "classroom", 40, "UNHCR/UNESCO planning figure", U, note="Times the shifts"),
    ConversionDefault(S.TELECOM, "", "person", 1, "definition", V),
    ConversionDefault(S.MARKET_LIVELIHOOD, "", "person", 1, "definition", V),
    ConversionDefault(S.HOUSING_SHELTER, "", "place", 1, "definition", V),
    ConversionDefault(
        S.HOUSING_SHELTER,
        "",
        "dwelling unit",
        None,
        "municipality",
        A,
        note="Mean household size of the municipality: measured, never a global default.",
    ),
)


@dataclass(frozen=True)
class StatusFactorDefault:
    """C/K from an observed operational status; None means it says nothing and the interval stays open."""

    status: OperationalStatus
    factor: float | None
    source: str = ASSUMPTION
    certainty: Certainty = Certainty.ASSUMPTION


STATUS_FACTORS: tuple[StatusFactorDefault, ...] = (
    StatusFactorDefault(OperationalStatus.FULLY_FUNCTIONAL, 1.0),
    StatusFactorDefault(OperationalStatus.AFFECTED, 0.75),
    StatusFactorDefault(OperationalStatus.PARTIALLY_FUNCTIONAL, 0.5),
    StatusFactorDefault(OperationalStatus.MINIMAL, 0.2),
    StatusFactorDefault(OperationalStatus.NOT_FUNCTIONAL, 0.0),
    StatusFactorDefault(OperationalStatus.CLOSED_BY_DECISION, 0.0),
    StatusFactorDefault(OperationalStatus.UNKNOWN, None),
)

# Which service failed when such a cause is named; fuel and staff are not services.
OUTAGE_PROVIDERS: dict[StatusCause, ServiceDomain | None] = {
    StatusCause.NO_POWER: S.POWER,
    StatusCause.NO_FUEL: None,
    StatusCause.NO_WATER: S.WATER,
    StatusCause.ACCESS_BLOCKED: S.ROAD_ACCESS,
}


@dataclass(frozen=True)
class CatchmentDefault:
    """How far people go. An empty asset type means the rest of the service; no row at all, the whole municipality."""

    service: ServiceDomain
    asset_type: str
    max_distance_m: float
    source: str
    certainty: Certainty
    phase: Phase = Phase.EMERGENCY
    note: str = ""


CATCHMENT_ZONE_WEIGHTS = (1.0, 0.68, 0.22)  # at one, two and three thirds of the maximum (E2SFCA)
DETOUR_FACTOR = 1.3  # straight line to walking distance, assumption
WALK_M_PER_HOUR = 5000

WATER_POINTS = ("well", "borehole", "spring", "standpipe", "handpump", "trucking_point")
CATCHMENTS: tuple[CatchmentDefault, ...] = (
    *(CatchmentDefault(S.WATER, kind, 500, UNHCR_2020, V) for kind in WATER_POINTS),
    *(CatchmentDefault(S.WATER, kind, 200, UNHCR_2020, V, POST) for kind in WATER_POINTS),
    CatchmentDefault(S.SANITATION, "public_toilet", 50, "UNHCR/Sphere comparison", V),
    CatchmentDefault(S.SANITATION, "latrine_block", 50, "UNHCR/Sphere comparison", V),
    CatchmentDefault(S.SOLID_WASTE, "container_site", 100, SPHERE, U),
    CatchmentDefault(S.EDUCATION, "preschool", 1500, ASSUMPTION, A, note="as primary school"),
    CatchmentDefault(S.EDUCATION, "primary", 1500, ASSUMPTION, A, note="IIEP/UNESCO practice 1.5-3 km"),
    CatchmentDefault(S.EDUCATION, "temporary_learning_space", 1500, ASSUMPTION, A, note="as primary school"),
    CatchmentDefault(S.EDUCATION, "secondary", 3000, ASSUMPTION, A),
    CatchmentDefault(S.EDUCATION, "vocational", 3000, ASSUMPTION, A, note="as secondary school"),
    CatchmentDefault(S.HEALTH, "hospital", 30_000, ASSUMPTION, A, note="60 minutes by vehicle at 30 km/h"),
    CatchmentDefault(S.HEALTH, "", 5000, SPHERE, U, note="60 minutes on foot, 4-5 km"),
    CatchmentDefault(S.MARKET_LIVELIHOOD, "", 1000, ASSUMPTION, A),
    CatchmentDefault(S.PUBLIC_SPACE, "", 400, "SDG 11.7.1", U),
    CatchmentDefault(S.GOVERNANCE_REGISTRY, "", 3000, ASSUMPTION, A),
)


@dataclass(frozen=True)
class DependencyDefault:
    """delta: the share of output lost when the provider service is absent and there is no backup.

    An empty asset type means every asset of the dependent service without a row of its own for that provider.
    """

    service: ServiceDomain
    asset_type: str
    needs: ServiceDomain
    strength: float
    source: str = ASSUMPTION
    certainty: Certainty = Certainty.ASSUMPTION
    note: str = ""


PUMPED_WATER = ("borehole", "intake", "desalination", "treatment_plant", "pump_station")
CLINICS = ("health_centre", "health_post", "maternity", "mobile_team", "pharmacy")
# Housing has none: its own needs are counted by the services themselves (mechanics D7).
DEPENDENCIES: tuple[DependencyDefault, ...] = (
    *(DependencyDefault(S.WATER, kind, S.POWER, 0.9, "OCHA, Gaza, 2023-10", V, "pumped") for kind in PUMPED_WATER),
    DependencyDefault(S.WATER, "", S.POWER, 0.0, note="gravity or hand"),
    DependencyDefault(S.WATER, "trucking_point", S.ROAD_ACCESS, 0.8, "OCHA, Gaza, 2023-10", V),
    DependencyDefault(S.SANITATION, "wastewater_plant", S.POWER, 0.9, "OCHA, Gaza, 2023-10", V),
    DependencyDefault(S.SANITATION, "sewage_pump", S.POWER, 0.7, "OCHA, Gaza, 2023-10", V),
    DependencyDefault(S.SANITATION, "sewer_main", S.WATER, 0.6, note="flush systems"),
    DependencyDefault(S.SANITATION, "public_toilet", S.WATER, 0.6, note="flush systems; 0 for dry latrines"),
    DependencyDefault(S.HEALTH, "hospital", S.POWER, 0.7, "WHO, Gaza, 2007", V),
    *(DependencyDefault(S.HEALTH, kind, S.POWER, 0.4, "WHO, Gaza, 2007", V) for kind in CLINICS),
    DependencyDefault(S.HEALTH, "", S.WATER, 0.6, "WHO/UNICEF WASH in health care facilities", U),
    DependencyDefault(S.HEALTH, "", S.ROAD_ACCESS, 0.4),
    DependencyDefault(S.EDUCATION, "", S.WATER, 0.3),
    DependencyDefault(S.EDUCATION, "", S.SANITATION, 0.3),
    DependencyDefault(S.SOLID_WASTE, "", S.ROAD_ACCESS, 0.8),
    DependencyDefault(S.POWER, "generation", S.ROAD_ACCESS, 0.3, note="fuel delivery"),
    DependencyDefault(S.POWER, "generator", S.ROAD_ACCESS, 0.3, note="fuel delivery"),
    DependencyDefault(S.TELECOM, "", S.POWER, 0.8),
    DependencyDefault(S.MARKET_LIVELIHOOD, "", S.ROAD_ACCESS, 0.5),
    DependencyDefault(S.MARKET_LIVELIHOOD, "", S.POWER, 0.3),
    DependencyDefault(S.MARKET_LIVELIHOOD, "", S.TELECOM, 0.2),
    DependencyDefault(S.GOVERNANCE_REGISTRY, "", S.POWER, 0.3),
    DependencyDefault(S.GOVERNANCE_REGISTRY, "", S.TELECOM, 0.3),
    DependencyDefault(S.PUBLIC_SPACE, "", S.SOLID_WASTE, 0.2),
    DependencyDefault(S.PUBLIC_SPACE, "", S.POWER, 0.2, note="lighting"),
)


@dataclass(frozen=True)
class ValidityDefault:
    """For how many days a figure of people present is used (mechanics D8)."""

    kind: str
    days: int


POPULATION_VALIDITY: tuple[ValidityDefault, ...] = (ValidityDefault("round", 180), ValidityDefault("census", 365))

# Interval half-widths where only a point is known (functionality.md 8); age in days up to which the width holds.
INTERVAL_WIDTHS: tuple[tuple[str, int | None, float], ...] = (
    ("observed", 30, 0.10),
    ("observed", 90, 0.20),
    ("observed", None, 0.35),
    ("estimated", None, 0.35),
)
