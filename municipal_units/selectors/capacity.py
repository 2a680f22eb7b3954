"""Capacities as people write them, turned into the one demand unit of each service (mechanics D4)."""

from dataclasses import dataclass
from datetime import date

from crisis.lib.errors import FieldError, Invalid
from municipal_units.core.norms import CAPACITY_CONVERSIONS, DEMAND_UNITS
from municipal_units.core.vocabulary import Phase, ServiceDomain
from municipal_units.models import Municipality
from municipal_units.selectors.norms import NormKind, norms_at

DWELLING_UNIT = "dwelling unit"


@dataclass(frozen=True)
class Capacity:
    """A capacity in the demand unit of its service, and where the factor comes from."""

    value: float
    source: str


@dataclass(frozen=True)
class Conversions:
    """(service, asset type, unit) -> factor and its source: the municipality's own rows first, else the defaults.

    A factor of None must be asked for.
    """

    factors: dict[tuple[str, str, str], tuple[float | None, str]]
    household_size: float | None

    def in_demand_unit(self, *, service: str, asset_type: str, unit: str, value: float) -> Capacity:
        """`value` `unit` of this kind of facility; an empty unit is the demand unit itself."""
        if not unit.strip():
            return Capacity(value, "")
        folded = folded_unit(unit)
        found = self.factors.get((service, asset_type, folded)) or self.factors.get((service, "", folded))
        if found is None:
            message = f"'{unit[:40]}' is no unit of {service}. Known: {', '.join(self.units(service, asset_type))}."
            raise Invalid(message, fields=[FieldError("unit", message, "unknown_unit")])
        factor, source = found
        if factor is None and folded == folded_unit(DWELLING_UNIT):
            factor, source = self.household_size, "household size of the municipality"
        if factor is None:
            message = (
                f"How many {DEMAND_UNITS[ServiceDomain(service)]} one {unit} gives is not known here. Set it first."
            )
            raise Invalid(message, fields=[FieldError("unit", message, "factor_needed")])
        return Capacity(value * factor, f"{factor:g} per {unit}: {source}" if factor != 1 else "")

    def units(self, service: str, asset_type: str) -> list[str]:
        return sorted({unit for s, kind, unit in self.factors if s == service and kind in ("", asset_type)})


def conversions_of(municipality: Municipality, *, on: date) -> Conversions:
    """The conversions in force in a municipality on a day (emergency phase)."""
    factors: dict[tuple[str, str, str], tuple[float | None, str]] = {
        (row.service.value, row.asset_type, folded_unit(row.unit)): (row.factor, row.source)
        for row in CAPACITY_CONVERSIONS
        if row.phase == Phase.EMERGENCY
    }
    for norm in norms_at(municipality, on).rows:
        if norm.kind == NormKind.CONVERSION:
            factors[(norm.service, norm.key, folded_unit(norm.unit))] = (norm.value, norm.source)
    return Conversions(factors, municipality.household_size)


def folded_unit(unit: str) -> str:
    """A unit without differences of writing: `M³/day`, `m3/d` and `taps`, `tap` are the same."""
    text = " ".join(unit.casefold().replace("³", "3").replace("_", " ").split()).replace("/day", "/d")
    return text[:-1] if text.endswith("s") and "/" not in text else text
