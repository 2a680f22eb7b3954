"""Whether a facility works, and why not."""

from collections.abc import Mapping
from enum import StrEnum


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
