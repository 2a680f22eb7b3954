"""People present: groups, methods of counting, stocks, shelter, needs, movements."""

from collections.abc import Mapping
from enum import StrEnum


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


class RemovalReason(StrEnum):
    """Why a person is listed in a household no longer. Chosen from a list, so that no name gets into the history."""

    MOVED_OUT = "moved_out"
    DIED = "died"
    MISTAKE = "mistake"
    LISTED_TWICE = "listed_twice"
    OWN_REQUEST = "own_request"


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
