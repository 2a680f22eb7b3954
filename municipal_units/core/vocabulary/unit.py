"""Roles of people and seats of the municipal unit."""

from enum import StrEnum


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
