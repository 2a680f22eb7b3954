"""Places, people, services, accounts and events: who and what exists."""

from municipal_units.models.accounts import (
    AccessReview,
    ApiToken,
    Assignment,
    DisclosureRule,
    Invitation,
    SafetySettings,
    User,
)
from municipal_units.models.events import Event, EventCounter
from municipal_units.models.facilities import (
    CatchmentShare,
    Dependency,
    Facility,
    FacilityStatus,
    LocalReach,
    Norm,
)
from municipal_units.models.households import (
    DuplicatePair,
    Household,
    HouseholdMerge,
    Member,
    PersonAccess,
    RegisterCoverage,
)
from municipal_units.models.imports import ImportBatch, ImportRow, ImportSource, StoredFile
from municipal_units.models.places import (
    Crisis,
    Municipality,
    Neighbourhood,
    NeighbourhoodBoundary,
    NeighbourhoodChange,
)
from municipal_units.models.population import EstimatePart, Movement, PopulationEstimate, PopulationRound, Site

__all__ = [
    "AccessReview",
    "ApiToken",
    "Assignment",
    "CatchmentShare",
    "Crisis",
    "Dependency",
    "DisclosureRule",
    "DuplicatePair",
    "EstimatePart",
    "Event",
    "EventCounter",
    "Facility",
    "FacilityStatus",
    "Household",
    "HouseholdMerge",
    "ImportBatch",
    "ImportRow",
    "ImportSource",
    "Invitation",
    "LocalReach",
    "Member",
    "Movement",
    "Municipality",
    "Neighbourhood",
    "NeighbourhoodBoundary",
    "NeighbourhoodChange",
    "Norm",
    "PersonAccess",
    "PopulationEstimate",
    "PopulationRound",
    "SafetySettings",
    "RegisterCoverage",
    "Site",
    "StoredFile",
    "User",
]
