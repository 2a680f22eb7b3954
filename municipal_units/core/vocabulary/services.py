"""What a municipality gives its people: service domains, their names and letters, kinds of facility."""

from collections.abc import Mapping
from enum import StrEnum

from municipal_units.core.vocabulary.words import Names


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
