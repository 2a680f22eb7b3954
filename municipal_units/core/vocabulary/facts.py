"""How sure a fact is, where it comes from, of which phase, how sensitive."""

from enum import StrEnum


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
