"""Words of places, services, people and roles: one enum per idea, and the one map of aliases.

Codes follow services.md 1, damage.md 5 and 5.1, municipal_units.md 3 and displacement.md of the project's domain notes.
Translations live at the edge; only names that belong to a definition (functionality classes, service letters) are here.
"""

from municipal_units.core.vocabulary.facilities import (
    OPERATIONAL_STATUS_ALIASES,
    PROVIDER_OUTAGE_CAUSES,
    OperationalStatus,
    PassableBy,
    StatusCause,
)
from municipal_units.core.vocabulary.facts import (
    Confidence,
    DataOrigin,
    Phase,
    Sensitivity,
)
from municipal_units.core.vocabulary.figures import (
    FUNCTIONALITY_CLASSES,
    RETURN_THRESHOLD,
    ClassCut,
    FunctionalityClass,
    functionality_class,
    shown_hundredths,
)
from municipal_units.core.vocabulary.people import (
    CRITICAL_SHELTERS,
    METHOD_PRECEDENCE,
    PRESENCE_OF,
    WG_DISABILITY,
    WG_QUESTIONS,
    WG_YOUNGEST,
    AccessPurpose,
    DisplacementReason,
    EstimationMethod,
    InformantType,
    Intention,
    LegalBasis,
    MovementType,
    PopulationGroup,
    PresenceGroup,
    RemovalReason,
    Sex,
    ShelterType,
    SpecificNeed,
    StockClass,
)
from municipal_units.core.vocabulary.services import (
    ASSET_TYPES,
    SERVICE_ALIASES,
    SERVICE_LETTERS,
    SERVICE_NAMES,
    ServiceDomain,
    service_domain,
)
from municipal_units.core.vocabulary.unit import (
    Role,
    SeatCode,
)
from municipal_units.core.vocabulary.words import (
    Names,
)

__all__ = [
    "ASSET_TYPES",
    "AccessPurpose",
    "CRITICAL_SHELTERS",
    "ClassCut",
    "Confidence",
    "DataOrigin",
    "DisplacementReason",
    "EstimationMethod",
    "FUNCTIONALITY_CLASSES",
    "FunctionalityClass",
    "InformantType",
    "Intention",
    "LegalBasis",
    "METHOD_PRECEDENCE",
    "MovementType",
    "Names",
    "OPERATIONAL_STATUS_ALIASES",
    "OperationalStatus",
    "PRESENCE_OF",
    "PROVIDER_OUTAGE_CAUSES",
    "PassableBy",
    "Phase",
    "PopulationGroup",
    "RemovalReason",
    "PresenceGroup",
    "RETURN_THRESHOLD",
    "Role",
    "SERVICE_ALIASES",
    "SERVICE_LETTERS",
    "SERVICE_NAMES",
    "SeatCode",
    "Sensitivity",
    "ServiceDomain",
    "Sex",
    "ShelterType",
    "SpecificNeed",
    "StatusCause",
    "StockClass",
    "WG_DISABILITY",
    "WG_QUESTIONS",
    "WG_YOUNGEST",
    "functionality_class",
    "service_domain",
    "shown_hundredths",
]
