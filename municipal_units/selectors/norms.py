"""The norms a municipality works with on a day, as one typed object."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from municipal_units.core.vocabulary import Phase
from municipal_units.models import Municipality, Norm

# Changes when a formula of ours changes, so that older results are not mistaken for results of today's formula.
FORMULA = "functionality-1"


class NormKind(StrEnum):
    """The tables a municipality can edit. What `key` and `unit` of a row mean is said here.

    demand: key = code of the standard; conversion: key = asset type or empty, unit = the unit written in the register;
    catchment_m and dependency: key = asset type or empty (dependency: `asset_type:service needed`);
    status_factor: key = operational status; capacity_factor and habitable_share (with _lo, _hi): key = damage grade;
    unit_rule: key = rule of the unit; tension_cut: key = `indicator:1` to `indicator:3`; tension_level: key = level.
    """

    DEMAND = "demand"
    REFERENCE = "reference"
    WEIGHT = "weight"
    ESSENTIAL = "essential"
    STATUS_FACTOR = "status_factor"
    CAPACITY_FACTOR = "capacity_factor"
    CAPACITY_FACTOR_LO = "capacity_factor_lo"
    CAPACITY_FACTOR_HI = "capacity_factor_hi"
    HABITABLE_SHARE = "habitable_share"
    HABITABLE_SHARE_LO = "habitable_share_lo"
    HABITABLE_SHARE_HI = "habitable_share_hi"
    CONVERSION = "conversion"
    CATCHMENT = "catchment_m"
    CATCHMENT_ZONE = "catchment_zone"
    DETOUR = "detour"
    DEPENDENCY = "dependency"
    POPULATION_DAYS = "population_days"
    UNIT_RULE = "unit_rule"
    TENSION_CUT = "tension_cut"
    TENSION_LEVEL = "tension_level"


# How the unit works, not how functionality is computed: results stay comparable when these change.
GOVERNANCE_KINDS = frozenset({NormKind.UNIT_RULE, NormKind.TENSION_CUT, NormKind.TENSION_LEVEL})
SHARE_KINDS = frozenset(
    {
        NormKind.ESSENTIAL,
        NormKind.STATUS_FACTOR,
        NormKind.CAPACITY_FACTOR,
        NormKind.CAPACITY_FACTOR_LO,
        NormKind.CAPACITY_FACTOR_HI,
        NormKind.HABITABLE_SHARE,
        NormKind.HABITABLE_SHARE_LO,
        NormKind.HABITABLE_SHARE_HI,
        NormKind.CATCHMENT_ZONE,
        NormKind.DEPENDENCY,
    }
)
# These differ between emergency and later phases; a row without a phase is taken as one of the emergency.
PHASED_KINDS = frozenset({NormKind.DEMAND, NormKind.REFERENCE, NormKind.CONVERSION, NormKind.CATCHMENT})


@dataclass(frozen=True)
class Demand:
    """q[s]: units of a service needed per person present."""

    value: float
    unit: str
    source: str
    certainty: str


@dataclass(frozen=True)
class Norms:
    """Everything editable, in force on `day` for `phase`. Shares are 0-1, distances metres."""

    day: date
    phase: str
    demand: Mapping[str, Demand]
    weights: Mapping[str, float]
    essential: frozenset[str]
    status_factors: Mapping[str, float]
    conversions: Mapping[tuple[str, str, str], float]
    catchments_m: Mapping[tuple[str, str], float]
    zone_weights: tuple[float, ...]
    detour: float
    dependencies: Mapping[tuple[str, str, str], float]
    population_days: Mapping[str, int]
    parameters_version: str
    rows: tuple[Norm, ...] = field(repr=False)

    def by_key(self, kind: str) -> dict[str, float]:
        """All values of a kind without a service, by key: grades, statuses."""
        return {row.key: row.value for row in self.rows if row.kind == kind}

    def catchment_m(self, service: str, asset_type: str) -> float | None:
        """How far a facility of this kind reaches, on foot; None when it serves the whole municipality."""
        return self.catchments_m.get((service, asset_type), self.catchments_m.get((service, "")))

    def needs(self, service: str, asset_type: str) -> dict[str, float]:
        """Default strengths of what such a facility needs, by provider service; zero means independent."""
        found = {}
        for kind in ("", asset_type):
            found.update({n: share for (of, k, n), share in self.dependencies.items() if (of, k) == (service, kind)})
        return {needs: strength for needs, strength in found.items() if strength > 0}


def norms_at(municipality: Municipality, day: date, *, phase: str = Phase.EMERGENCY) -> Norms:
    """The rows in force on a day: of each norm the newest that has begun, or the first one for days before it."""
    in_force: dict[tuple[str, ...], Norm] = {}
    for norm in Norm.objects.filter(municipality=municipality).order_by("valid_from", "id"):
        identity = _identity(norm)
        if norm.valid_from <= day or identity not in in_force:
            in_force[identity] = norm
    rows = _of_phase(in_force.values(), phase)
    pairs = {kind: [row for row in rows if row.kind == kind] for kind in NormKind}
    zones = sorted(pairs[NormKind.CATCHMENT_ZONE], key=lambda row: row.key)
    return Norms(
        day=day,
        phase=phase,
        demand={row.service: Demand(row.value, row.unit, row.source, row.certainty) for row in pairs[NormKind.DEMAND]},
        weights={row.service: row.value for row in pairs[NormKind.WEIGHT]},
        essential=frozenset(row.service for row in pairs[NormKind.ESSENTIAL] if row.value > 0),
        status_factors={row.key: row.value for row in pairs[NormKind.STATUS_FACTOR]},
        conversions={(row.service, row.key, row.unit): row.value for row in pairs[NormKind.CONVERSION]},
        catchments_m={(row.service, row.key): row.value for row in pairs[NormKind.CATCHMENT]},
        zone_weights=tuple(row.value for row in zones),
        detour=next((row.value for row in pairs[NormKind.DETOUR]), 1.0),
        dependencies={(row.service, *_split(row.key)): row.value for row in pairs[NormKind.DEPENDENCY]},
        population_days={row.key: int(row.value) for row in pairs[NormKind.POPULATION_DAYS]},
        parameters_version=_version(rows, municipality, phase),
        rows=rows,
    )


def value_in_force(
    municipality: Municipality, day: date, *, kind: str, service: str, key: str, unit: str, phase: str
) -> float | None:
    """The value that a new row of the same identity would replace; None where there is none yet."""
    rows = Norm.objects.filter(municipality=municipality, kind=kind, service=service, phase=phase, valid_from__lte=day)
    if kind != NormKind.DEMAND:
        rows = rows.filter(key=key)
    if kind == NormKind.CONVERSION:
        rows = rows.filter(unit=unit)
    newest = rows.order_by("valid_from", "id").last()
    return newest.value if newest else None


def _identity(norm: Norm) -> tuple[str, ...]:
    """What a newer row replaces, the phase last. A service has one demand norm per phase, whatever its standard."""
    if norm.kind == NormKind.DEMAND:
        return (norm.kind, norm.service, norm.phase)
    unit = norm.unit if norm.kind == NormKind.CONVERSION else ""
    return (norm.kind, norm.service, norm.key, unit, norm.phase)


def _of_phase(norms: Iterable[Norm], phase: str) -> tuple[Norm, ...]:
    """Rows of the phase, of no phase, and those of the emergency where the phase has none of its own."""
    ranks = {Phase.EMERGENCY: 1, "": 2, phase: 3}
    best: dict[tuple[str, ...], Norm] = {}
    for norm in sorted(norms, key=lambda norm: ranks.get(norm.phase, 0)):
        if norm.phase in ranks:
            best[_identity(norm)[:-1]] = norm
    return tuple(best.values())


def _split(key: str) -> tuple[str, str]:
    asset_type, _, needs = key.partition(":")
    return asset_type, needs


def _version(rows: tuple[Norm, ...], municipality: Municipality, phase: str) -> str:
    """A hash of all numbers that shape a result, so that two results can be told to be comparable."""
    shaping = (row for row in rows if row.kind not in GOVERNANCE_KINDS)
    numbers = sorted((row.kind, row.service, row.key, row.unit, row.value) for row in shaping)
    text = json.dumps([FORMULA, phase, municipality.beta, numbers])
    return hashlib.sha256(text.encode()).hexdigest()
