"""Words of places, services, people and roles: one enum per idea, and the one map of aliases.

Codes follow services.md 1, damage.md 5 and 5.1, municipal_units.md 3 and displacement.md of the project's domain notes.
Translations live at the edge; only names that belong to a definition (functionality classes, service letters) are here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import floor, isnan


class ServiceDomain(StrEnum):
    """What a town gives its people; the unit in which a neighbourhood's need is counted."""

    WATER = "water"
    SANITATION = "sanitation"
    SOLID_WASTE = "solid_waste"
    POWER = "power"
    ROAD_ACCESS = "road_access"
    TELECOM = "telecom"
    HEALTH = "health"
    EDUCATION = "education"
    MARKET_LIVELIHOOD = "market_livelihood"
    PUBLIC_SPACE = "public_space"
    GOVERNANCE_REGISTRY = "governance_registry"
    HOUSING_SHELTER = "housing_shelter"
    PROTECTION_SOCIAL = "protection_social"


# Other spellings met in files, older notes and planning cases, all leading to one code.
SERVICE_ALIASES: Mapping[str, ServiceDomain] = {
    "wash": ServiceDomain.WATER,
    "drinking_water": ServiceDomain.WATER,
    "water_supply": ServiceDomain.WATER,
    "eau": ServiceDomain.WATER,
    "sewage": ServiceDomain.SANITATION,
    "sewerage": ServiceDomain.SANITATION,
    "toilets": ServiceDomain.SANITATION,
    "latrines": ServiceDomain.SANITATION,
    "assainissement": ServiceDomain.SANITATION,
    "waste": ServiceDomain.SOLID_WASTE,
    "garbage": ServiceDomain.SOLID_WASTE,
    "dechets": ServiceDomain.SOLID_WASTE,
    "electricity": ServiceDomain.POWER,
    "energy": ServiceDomain.POWER,
    "electricite": ServiceDomain.POWER,
    "road": ServiceDomain.ROAD_ACCESS,
    "roads": ServiceDomain.ROAD_ACCESS,
    "access": ServiceDomain.ROAD_ACCESS,
    "transport": ServiceDomain.ROAD_ACCESS,
    "route": ServiceDomain.ROAD_ACCESS,
    "telecommunication": ServiceDomain.TELECOM,
    "telecommunications": ServiceDomain.TELECOM,
    "communications": ServiceDomain.TELECOM,
    "clinic": ServiceDomain.HEALTH,
    "sante": ServiceDomain.HEALTH,
    "schools": ServiceDomain.EDUCATION,
    "school": ServiceDomain.EDUCATION,
    "market": ServiceDomain.MARKET_LIVELIHOOD,
    "markets": ServiceDomain.MARKET_LIVELIHOOD,
    "food": ServiceDomain.MARKET_LIVELIHOOD,
    "livelihood": ServiceDomain.MARKET_LIVELIHOOD,
    "marche": ServiceDomain.MARKET_LIVELIHOOD,
    "open_space": ServiceDomain.PUBLIC_SPACE,
    "governance": ServiceDomain.GOVERNANCE_REGISTRY,
    "administration": ServiceDomain.GOVERNANCE_REGISTRY,
    "registry": ServiceDomain.GOVERNANCE_REGISTRY,
    "civil_registry": ServiceDomain.GOVERNANCE_REGISTRY,
    "housing": ServiceDomain.HOUSING_SHELTER,
    "shelter": ServiceDomain.HOUSING_SHELTER,
    "logement": ServiceDomain.HOUSING_SHELTER,
    "protection": ServiceDomain.PROTECTION_SOCIAL,
    "social_services": ServiceDomain.PROTECTION_SOCIAL,
}


def service_domain(word: str) -> ServiceDomain | None:
    """The service meant by a code or alias, whatever its case, spaces or hyphens; None when it is not known."""
    code = "_".join(word.strip().casefold().replace("-", " ").replace("_", " ").split())
    try:
        return ServiceDomain(code)
    except ValueError:
        return SERVICE_ALIASES.get(code)


@dataclass(frozen=True)
class Names:
    """One name in the three languages the product starts with."""

    en: str
    fr: str
    ar: str


# The letter that stands for a facility of the service on map and print; unique within each language.
SERVICE_LETTERS: Mapping[ServiceDomain, Names] = {
    ServiceDomain.WATER: Names("W", "E", "م"),
    ServiceDomain.SANITATION: Names("S", "A", "ف"),
    ServiceDomain.SOLID_WASTE: Names("G", "D", "ن"),
    ServiceDomain.POWER: Names("P", "C", "ك"),
    ServiceDomain.ROAD_ACCESS: Names("R", "R", "ط"),
    ServiceDomain.TELECOM: Names("T", "T", "ا"),
    ServiceDomain.HEALTH: Names("H", "S", "ص"),
    ServiceDomain.EDUCATION: Names("E", "N", "ت"),
    ServiceDomain.MARKET_LIVELIHOOD: Names("M", "M", "ق"),
    ServiceDomain.PUBLIC_SPACE: Names("O", "P", "ح"),
    ServiceDomain.GOVERNANCE_REGISTRY: Names("A", "G", "د"),
    ServiceDomain.HOUSING_SHELTER: Names("D", "L", "س"),
    ServiceDomain.PROTECTION_SOCIAL: Names("C", "I", "ر"),
}

SERVICE_NAMES: Mapping[ServiceDomain, Names] = {
    ServiceDomain.WATER: Names("Water", "Eau", "المياه"),
    ServiceDomain.SANITATION: Names("Sanitation", "Assainissement", "الصرف الصحي"),
    ServiceDomain.SOLID_WASTE: Names("Solid waste", "Déchets", "النفايات"),
    ServiceDomain.POWER: Names("Power", "Électricité", "الكهرباء"),
    ServiceDomain.ROAD_ACCESS: Names("Road access", "Accès routier", "الطرق"),
    ServiceDomain.TELECOM: Names("Telecom", "Télécommunications", "الاتصالات"),
    ServiceDomain.HEALTH: Names("Health", "Santé", "الصحة"),
    ServiceDomain.EDUCATION: Names("Education", "Éducation", "التعليم"),
    ServiceDomain.MARKET_LIVELIHOOD: Names("Market and livelihood", "Marché et moyens d'existence", "السوق وسبل العيش"),
    ServiceDomain.PUBLIC_SPACE: Names("Public space", "Espace public", "الحدائق والساحات"),
    ServiceDomain.GOVERNANCE_REGISTRY: Names("Town hall and registry", "Mairie et état civil", "الإدارة والسجل المدني"),
    ServiceDomain.HOUSING_SHELTER: Names("Housing", "Logement", "السكن"),
    ServiceDomain.PROTECTION_SOCIAL: Names("Social protection", "Protection sociale", "الرعاية الاجتماعية"),
}


# Kinds of facility per service (damage.md 5). A code is unique within its service: `primary` is a road and a school.
ASSET_TYPES: Mapping[ServiceDomain, tuple[str, ...]] = {
    ServiceDomain.WATER: (
        "well",
        "borehole",
        "spring",
        "intake",
        "desalination",
        "treatment_plant",
        "pump_station",
        "reservoir",
        "water_tower",
        "pipe_main",
        "standpipe",
        "handpump",
        "trucking_point",
    ),
    ServiceDomain.SANITATION: (
        "public_toilet",
        "latrine_block",
        "sewer_main",
        "sewage_pump",
        "wastewater_plant",
        "drain",
        "desludging_site",
    ),
    ServiceDomain.SOLID_WASTE: (
        "collection_route",
        "container_site",
        "transfer_site",
        "dump_landfill",
        "sorting_site",
    ),
    ServiceDomain.POWER: (
        "generation",
        "substation",
        "transformer",
        "line",
        "solar_minigrid",
        "generator",
        "street_light",
    ),
    ServiceDomain.ROAD_ACCESS: ("primary", "secondary", "local", "bridge", "culvert", "footpath", "intersection"),
    ServiceDomain.TELECOM: ("mast", "exchange", "fibre", "radio"),
    ServiceDomain.HEALTH: (
        "hospital",
        "health_centre",
        "health_post",
        "maternity",
        "pharmacy",
        "ambulance_base",
        "mobile_team",
    ),
    ServiceDomain.EDUCATION: ("preschool", "primary", "secondary", "vocational", "temporary_learning_space"),
    ServiceDomain.MARKET_LIVELIHOOD: ("market", "bakery", "food_shop", "bank_cash_point", "fuel_station"),
    ServiceDomain.PUBLIC_SPACE: ("park", "playground", "square", "sports", "community_centre", "cemetery"),
    ServiceDomain.GOVERNANCE_REGISTRY: ("town_hall", "civil_registry", "police", "fire", "court", "land_office"),
    ServiceDomain.HOUSING_SHELTER: ("building", "site_shelter", "transitional_unit"),
    ServiceDomain.PROTECTION_SOCIAL: (),
}


class OperationalStatus(StrEnum):
    """Whether a facility works, independent of how damaged it is (damage.md 5.1)."""

    FULLY_FUNCTIONAL = "fully_functional"
    AFFECTED = "affected"
    PARTIALLY_FUNCTIONAL = "partially_functional"
    MINIMAL = "minimal"
    NOT_FUNCTIONAL = "not_functional"
    CLOSED_BY_DECISION = "closed_by_decision"
    UNKNOWN = "unknown"


OPERATIONAL_STATUS_ALIASES: Mapping[str, OperationalStatus] = {
    "fully functioning": OperationalStatus.FULLY_FUNCTIONAL,
    "fully functional": OperationalStatus.FULLY_FUNCTIONAL,
    "functional": OperationalStatus.FULLY_FUNCTIONAL,
    "functioning": OperationalStatus.FULLY_FUNCTIONAL,
    "works": OperationalStatus.FULLY_FUNCTIONAL,
    "partially functioning": OperationalStatus.PARTIALLY_FUNCTIONAL,
    "partially functional": OperationalStatus.PARTIALLY_FUNCTIONAL,
    "not functioning": OperationalStatus.NOT_FUNCTIONAL,
    "not functional": OperationalStatus.NOT_FUNCTIONAL,
    "non functional": OperationalStatus.NOT_FUNCTIONAL,
    "stopped": OperationalStatus.NOT_FUNCTIONAL,
    "closed": OperationalStatus.CLOSED_BY_DECISION,
}


class StatusCause(StrEnum):
    """Why a facility does not work as it should; several may hold at once."""

    BUILDING_DAMAGE = "building_damage"
    EQUIPMENT_DAMAGE = "equipment_damage"
    NO_POWER = "no_power"
    NO_FUEL = "no_fuel"
    NO_WATER = "no_water"
    NO_STAFF = "no_staff"
    STAFF_UNPAID = "staff_unpaid"
    NO_MEDICINES_CONSUMABLES = "no_medicines_consumables"
    NO_SPARE_PARTS = "no_spare_parts"
    ACCESS_BLOCKED = "access_blocked"
    INSECURITY = "insecurity"
    UXO = "uxo"
    OCCUPIED_AS_SHELTER = "occupied_as_shelter"
    OVERLOADED = "overloaded"
    NO_BUDGET = "no_budget"
    ADMINISTRATIVE = "administrative"
    CONTAMINATION = "contamination"
    UNKNOWN = "unknown"


# These say that a provider failed, not the facility: they act through its dependencies and never lower its own
# condition, otherwise the outage would count twice (services.md 5).
PROVIDER_OUTAGE_CAUSES = frozenset(
    {StatusCause.NO_POWER, StatusCause.NO_FUEL, StatusCause.NO_WATER, StatusCause.ACCESS_BLOCKED}
)


class PassableBy(StrEnum):
    """The largest traveller a road lets through."""

    TRUCK = "truck"
    LIGHT = "light"
    PEDESTRIAN = "pedestrian"
    NONE = "none"


class Role(StrEnum):
    """What a person may be in a municipality (municipal_units.md 3)."""

    COORDINATOR = "coordinator"
    UNIT_LEAD = "unit_lead"
    SERVICE_REP = "service_rep"
    ENUMERATOR = "enumerator"
    COMMUNITY_REP = "community_rep"
    PARTNER = "partner"
    PUBLIC = "public"


class SeatCode(StrEnum):
    """Seats of a municipal unit (municipal_units.md 1.1)."""

    MAYOR = "mayor"
    SOCIAL_SERVICES = "social_services"
    EDUCATION = "education"
    HEALTH = "health"
    WATER = "water"
    ELECTRICITY = "electricity"
    HOST_COMMUNITY = "host_community"
    IDP_COMMUNITY = "idp_community"
    HUMANITARIAN = "humanitarian"
    URBAN_PLANNING = "urban_planning"
    LAND_REGISTRY = "land_registry"
    SECURITY_LIAISON = "security_liaison"
    WOMEN_GROUP = "women_group"
    YOUTH_GROUP = "youth_group"
    DISABILITY_ORG = "disability_org"


class PopulationGroup(StrEnum):
    """Who somebody is with regard to displacement, at a date (displacement.md 1)."""

    IDP = "idp"
    RETURNEE_IDP = "returnee_idp"
    RETURNEE_ABROAD = "returnee_abroad"
    REFUGEE = "refugee"
    ASYLUM_SEEKER = "asylum_seeker"
    OIP = "oip"
    MIGRANT = "migrant"
    THIRD_COUNTRY_NATIONAL = "third_country_national"
    STATELESS = "stateless"
    HOST_COMMUNITY = "host_community"
    RESIDENT_AFFECTED = "resident_affected"
    UNKNOWN = "unknown"


class PresenceGroup(StrEnum):
    """The three groups that functionality distinguishes (mechanics D8)."""

    RESIDENT = "resident"
    RETURNEE = "returnee"
    DISPLACED = "displaced"


# `unknown` is missing on purpose: such people count in the total only.
PRESENCE_OF: Mapping[PopulationGroup, PresenceGroup] = {
    PopulationGroup.HOST_COMMUNITY: PresenceGroup.RESIDENT,
    PopulationGroup.RESIDENT_AFFECTED: PresenceGroup.RESIDENT,
    PopulationGroup.RETURNEE_IDP: PresenceGroup.RETURNEE,
    PopulationGroup.RETURNEE_ABROAD: PresenceGroup.RETURNEE,
    PopulationGroup.IDP: PresenceGroup.DISPLACED,
    PopulationGroup.REFUGEE: PresenceGroup.DISPLACED,
    PopulationGroup.ASYLUM_SEEKER: PresenceGroup.DISPLACED,
    PopulationGroup.OIP: PresenceGroup.DISPLACED,
    PopulationGroup.MIGRANT: PresenceGroup.DISPLACED,
    PopulationGroup.THIRD_COUNTRY_NATIONAL: PresenceGroup.DISPLACED,
    PopulationGroup.STATELESS: PresenceGroup.DISPLACED,
}


class EstimationMethod(StrEnum):
    """How a number of people was obtained (displacement.md 3), in order of precedence, best first."""

    REGISTRATION_IND = "registration_ind"
    REGISTRATION_HH = "registration_hh"
    CENSUS = "census"
    SAMPLE_SURVEY = "sample_survey"
    SITE_ASSESSMENT = "site_assessment"
    BASELINE_LOCATION = "baseline_location"
    MSLA = "msla"
    ADMIN_RECORD = "admin_record"
    REMOTE_SENSING = "remote_sensing"
    BASELINE_AREA = "baseline_area"
    EVENT_TRACKING = "event_tracking"
    FLOW_REGISTRY = "flow_registry"
    FLOW_SURVEY = "flow_survey"


# Flows and events are no stock of people present, so the last three never compete for a total.
METHOD_PRECEDENCE: tuple[EstimationMethod, ...] = tuple(EstimationMethod)[:10]


class StockClass(StrEnum):
    """Where a person stands in the IRIS stock of displaced people; beside the group, never derived from it."""

    DISPLACEMENT_LOCATION = "stock_displacement_location"
    RETURN_LOCATION = "stock_return_location"
    SETTLEMENT_ELSEWHERE = "stock_settlement_elsewhere"
    IDP_RELATED = "idp_related"
    NONE = "not_in_stock"
    UNKNOWN = "unknown"


class ShelterType(StrEnum):
    """Where people live (displacement.md 6)."""

    CAMP_PLANNED = "camp_planned"
    SELF_SETTLED_SITE = "self_settled_site"
    COLLECTIVE_CENTRE = "collective_centre"
    SCHOOL_BUILDING = "school_building"
    RELIGIOUS_BUILDING = "religious_building"
    UNFINISHED_ABANDONED = "unfinished_abandoned"
    MAKESHIFT = "makeshift"
    OPEN_AIR = "open_air"
    HOST_FAMILY = "host_family"
    RENTED = "rented"
    HOTEL = "hotel"
    OWN_DAMAGED = "own_damaged"
    OWN_INTACT = "own_intact"
    TRANSITIONAL_UNIT = "transitional_unit"
    RECEPTION_TRANSIT = "reception_transit"
    UNKNOWN = "unknown"


# The group `critical` of DTM: people there need something better first.
CRITICAL_SHELTERS = frozenset(
    {
        ShelterType.SELF_SETTLED_SITE,
        ShelterType.COLLECTIVE_CENTRE,
        ShelterType.SCHOOL_BUILDING,
        ShelterType.RELIGIOUS_BUILDING,
        ShelterType.UNFINISHED_ABANDONED,
        ShelterType.MAKESHIFT,
        ShelterType.OPEN_AIR,
    }
)


class SpecificNeed(StrEnum):
    """A circumstance that calls for follow-up (displacement.md 5), never a label. Survivors of sexual violence are
    referred, not stored."""

    CHILD_AT_RISK = "child_at_risk"
    UNACCOMPANIED_CHILD = "unaccompanied_separated_child"
    WOMAN_AT_RISK = "woman_at_risk"
    OLDER_PERSON_AT_RISK = "older_person_at_risk"
    SINGLE_PARENT = "single_parent_caregiver"
    DISABILITY = "disability"
    SERIOUS_MEDICAL_CONDITION = "serious_medical_condition"
    FAMILY_UNITY = "family_unity"
    LEGAL_PHYSICAL_PROTECTION = "legal_physical_protection"


class Intention(StrEnum):
    """What a household says it wants (displacement.md 8), asked and never guessed."""

    STAY_INTEGRATE = "stay_integrate"
    RETURN_ORIGIN = "return_origin"
    RELOCATE_WITHIN_CITY = "relocate_within_city"
    RELOCATE_ELSEWHERE = "relocate_elsewhere"
    LEAVE_COUNTRY = "leave_country"
    UNDECIDED = "undecided"
    NO_ANSWER = "no_answer"


class DisplacementReason(StrEnum):
    """Why people had to leave (displacement.md 7)."""

    ARMED_CONFLICT = "armed_conflict"
    GENERALISED_VIOLENCE = "generalised_violence"
    HUMAN_RIGHTS_VIOLATION = "human_rights_violation"
    DISASTER_SUDDEN = "disaster_sudden"
    DISASTER_SLOW = "disaster_slow"
    HUMAN_MADE_DISASTER = "human_made_disaster"
    FORCED_EVICTION = "forced_eviction"
    DEVELOPMENT_PROJECT = "development_project"
    SERVICE_COLLAPSE = "service_collapse"
    ECONOMIC = "economic"
    OTHER = "other"
    UNKNOWN = "unknown"


class Sex(StrEnum):
    """As stored (displacement.md 4.1); `other_or_undisclosed` is published above the threshold only."""

    FEMALE = "f"
    MALE = "m"
    OTHER = "other_or_undisclosed"
    UNKNOWN = "unknown"


class LegalBasis(StrEnum):
    """On what ground a household is kept in the register."""

    CONSENT = "consent"
    VITAL_INTEREST = "vital_interest"
    PUBLIC_TASK = "public_task"


class AccessPurpose(StrEnum):
    """Why somebody opens what is known about persons. Chosen from a list, so that no name gets into the log."""

    ASSISTANCE = "assistance"
    VERIFICATION = "verification"
    CORRECTION = "correction"
    DUPLICATES = "duplicates"
    REFERRAL = "referral"
    OWN_REQUEST = "own_request"
    REGISTRATION = "registration"


class MovementType(StrEnum):
    """What moved people (displacement.md 2)."""

    ARRIVAL = "arrival"
    DEPARTURE = "departure"
    RETURN = "return"
    SECONDARY_DISPLACEMENT = "secondary_displacement"
    EVICTION = "eviction"
    BIRTH = "birth"
    DEATH = "death"


class InformantType(StrEnum):
    """Who told a figure (displacement.md 3)."""

    GOVERNMENT_OFFICIAL = "government_official"
    COMMUNITY_LEADER = "community_leader"
    HUMANITARIAN_PARTNER = "humanitarian_partner"
    IDP_REPRESENTATIVE = "idp_representative"
    HOST_REPRESENTATIVE = "host_representative"
    SERVICE_PROVIDER = "service_provider"
    SITE_MANAGER = "site_manager"


# The six questions of the Washington Group Short Set, in their order; answers 1 (no difficulty) to 4 (cannot do it).
WG_QUESTIONS = ("seeing", "hearing", "walking", "cognition", "selfcare", "communication")
WG_DISABILITY = 3  # a lot of difficulty, in at least one of the six
WG_YOUNGEST = 5  # the short set is not for younger children


class Confidence(StrEnum):
    """How far a figure may be trusted; for population figures the rule is in displacement.md 3."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class DataOrigin(StrEnum):
    """Where a number in a computation comes from (functionality.md 8)."""

    OBSERVED = "observed"
    ESTIMATED = "estimated"
    ASSUMED = "assumed"
    UNKNOWN = "unknown"


class Phase(StrEnum):
    """The phase a norm holds for (services.md)."""

    EMERGENCY = "emergency"
    POST_EMERGENCY = "post_emergency"
    PERMANENT = "permanent"


class Sensitivity(StrEnum):
    """Who may read a kind of data (displacement.md 10)."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    SEVERE = "severe"


class FunctionalityClass(StrEnum):
    """Classes shown on map, print and API (mechanics D20)."""

    BARELY_WORKS = "barely_works"
    FAILING = "failing"
    STRAINED = "strained"
    MOSTLY_WORKS = "mostly_works"
    WORKS = "works"
    NO_DATA = "no_data"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class ClassCut:
    """One functionality class: from `low` (included) to `high` (excluded, except 1.0) as shares of need met."""

    code: FunctionalityClass
    low: float
    high: float
    names: Names


FUNCTIONALITY_CLASSES: tuple[ClassCut, ...] = (
    ClassCut(FunctionalityClass.BARELY_WORKS, 0.0, 0.2, Names("Barely works", "Ne marche presque plus", "شبه متوقف")),
    ClassCut(FunctionalityClass.FAILING, 0.2, 0.4, Names("Failing", "Défaillant", "متعثر")),
    ClassCut(FunctionalityClass.STRAINED, 0.4, 0.6, Names("Strained", "Sous tension", "تحت الضغط")),
    ClassCut(FunctionalityClass.MOSTLY_WORKS, 0.6, 0.8, Names("Mostly works", "Marche en général", "يعمل غالبًا")),
    ClassCut(FunctionalityClass.WORKS, 0.8, 1.0, Names("Works", "Marche", "يعمل")),
)
RETURN_THRESHOLD = 0.60


def functionality_class(share: float | None) -> FunctionalityClass:
    """Class of a share of need met, 0-1; `low` belongs to the class (with room for rounding errors of 1e-9)."""
    if share is None or isnan(share):
        return FunctionalityClass.NO_DATA
    return next(
        (cut.code for cut in reversed(FUNCTIONALITY_CLASSES) if share + 1e-9 >= cut.low), FUNCTIONALITY_CLASSES[0].code
    )


def shown_hundredths(share: float) -> int:
    """A share as the whole number people read: rounded, but never into another class, so that 0.198 reads 19 and not
    20 beside "barely works 0-19". The one rule for map, table, sentence, print and event."""
    nearest = floor(share * 100 + 0.5 + 1e-9)
    same_class = functionality_class(nearest / 100) == functionality_class(share)
    return nearest if same_class else floor(share * 100 + 1e-9)
