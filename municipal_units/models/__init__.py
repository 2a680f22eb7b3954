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
from municipal_units.models.imports import ImportBatch, ImportRow, ImportSource, StoredFile
from municipal_units.models.places import (
    Crisis,
    Municipality,
    Neighbourhood,
    NeighbourhoodBoundary,
    NeighbourhoodChange,
)
from municipal_units.models.population import PopulationEstimate, PopulationRound

__all__ = [
    "AccessReview",
    "ApiToken",
    "Assignment",
    "CatchmentShare",
    "Crisis",
    "Dependency",
    "DisclosureRule",
    "Event",
    "EventCounter",
    "Facility",
    "FacilityStatus",
    "ImportBatch",
    "ImportRow",
    "ImportSource",
    "Invitation",
    "LocalReach",
    "Municipality",
    "Neighbourhood",
    "NeighbourhoodBoundary",
    "NeighbourhoodChange",
    "Norm",
    "PopulationEstimate",
    "PopulationRound",
    "SafetySettings",
    "StoredFile",
    "User",
]
