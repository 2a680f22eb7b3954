"""Norms, weights and factors of a municipality: adopted once from the defaults, then only followed by newer rows."""

from collections.abc import Iterator
from datetime import date
from math import isfinite

from django.db import transaction

from crisis.lib.errors import FieldError, Invalid
from municipal_units.core import norms as defaults
from municipal_units.core.vocabulary import Phase
from municipal_units.models import Event, Municipality, Norm
from municipal_units.permissions import Actor, Permission, require
from municipal_units.selectors.norms import PHASED_KINDS, SHARE_KINDS, NormKind, value_in_force


@transaction.atomic
def adopt_default_norms(*, by: Actor, municipality: Municipality, today: date) -> list[Norm]:
    """Write every default as the municipality's own row, with its source and how sure it is."""
    require(by, Permission.EDIT_NORMS, municipality.pk)
    rows = [
        Norm(municipality=municipality, valid_from=today, recorded_by_id=by.user_id, **values)
        for values in _default_rows()
    ]
    Norm.objects.bulk_create(rows)
    Event.objects.record(
        "norms.changed", municipality_id=municipality.pk, by_id=by.user_id, shows={"adopted": len(rows)}
    )
    return rows


@transaction.atomic
def set_norm(
    *,
    by: Actor,
    municipality: Municipality,
    kind: str,
    value: float,
    source: str,
    valid_from: date,
    service: str = "",
    key: str = "",
    unit: str = "",
    phase: str = "",
    edition: str = "",
    certainty: str = "assumption",
) -> Norm:
    """A newer value of one norm. The older row stays; results name the version they were computed with."""
    require(by, Permission.EDIT_NORMS, municipality.pk)
    refuse_nonsense(kind, value, source)
    return write_norm(
        by=by,
        municipality=municipality,
        kind=kind,
        value=value,
        source=source,
        valid_from=valid_from,
        service=service,
        key=key,
        unit=unit,
        phase=phase,
        edition=edition,
        certainty=certainty,
    )


def write_norm(
    *,
    by: Actor,
    municipality: Municipality,
    kind: str,
    value: float,
    source: str,
    valid_from: date,
    service: str = "",
    key: str = "",
    unit: str = "",
    phase: str = "",
    edition: str = "",
    certainty: str = "assumption",
) -> Norm:
    """The row and its event, for actions that have asked for the right already."""
    phase = phase or (Phase.EMERGENCY if kind in PHASED_KINDS else "")
    before = value_in_force(municipality, valid_from, kind=kind, service=service, key=key, unit=unit, phase=phase)
    norm = Norm.objects.create(
        municipality=municipality,
        kind=kind,
        service=service,
        key=key,
        unit=unit,
        phase=phase,
        value=value,
        valid_from=valid_from,
        source=source,
        edition=edition,
        certainty=certainty,
        recorded_by_id=by.user_id,
    )
    Event.objects.record(
        "norms.changed",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=norm,
        service=service,
        shows={
            "kind": kind,
            "service": service,
            "key": key,
            "unit": unit,
            "value": value,
            "before": before,
            "source": source,
        },
    )
    return norm


def refuse_nonsense(kind: str, value: float, source: str) -> None:
    fields = []
    if kind not in set(NormKind):
        fields.append(FieldError("kind", f"'{kind}' is no kind of norm. Use one of: {', '.join(NormKind)}."))
    if not isfinite(value) or value < 0:
        fields.append(FieldError("value", f"A norm is zero or more; {value} was given."))
    elif kind in SHARE_KINDS and value > 1:
        fields.append(FieldError("value", f"This is a share between 0 and 1; {value} was given."))
    if not source.strip():
        fields.append(FieldError("source", "Say where the value comes from, so that others can check it."))
    if fields:
        raise Invalid(fields=fields)


def _default_rows() -> Iterator[dict[str, object]]:
    """The defaults of municipal_units/core/norms.py as rows. What has no value (an unknown status) has no row."""
    for norm in (*defaults.DEMAND_NORMS, *defaults.REFERENCE_NORMS):
        kind = NormKind.DEMAND if norm.is_demand else NormKind.REFERENCE
        yield {
            "kind": kind,
            "service": norm.service,
            "key": norm.code,
            "unit": norm.unit,
            "phase": norm.phase,
            "value": norm.value,
            "source": norm.source,
            "edition": norm.edition,
            "certainty": norm.certainty,
        }
    for weight in defaults.SERVICE_WEIGHTS:
        told = {"service": weight.service, "source": weight.source, "certainty": weight.certainty}
        yield {"kind": NormKind.WEIGHT, "value": weight.weight, **told}
        yield {"kind": NormKind.ESSENTIAL, "value": float(weight.essential), **told}
    for status in defaults.STATUS_FACTORS:
        if status.factor is not None:
            yield {
                "kind": NormKind.STATUS_FACTOR,
                "key": status.status,
                "value": status.factor,
                "source": status.source,
                "certainty": status.certainty,
            }
    for conversion in defaults.CAPACITY_CONVERSIONS:
        if conversion.factor is not None:
            yield {
                "kind": NormKind.CONVERSION,
                "service": conversion.service,
                "key": conversion.asset_type,
                "unit": conversion.unit,
                "phase": conversion.phase,
                "value": conversion.factor,
                "source": conversion.source,
                "certainty": conversion.certainty,
            }
    for catchment in defaults.CATCHMENTS:
        yield {
            "kind": NormKind.CATCHMENT,
            "service": catchment.service,
            "key": catchment.asset_type,
            "unit": "m",
            "phase": catchment.phase,
            "value": catchment.max_distance_m,
            "source": catchment.source,
            "certainty": catchment.certainty,
        }
    for need in defaults.DEPENDENCIES:
        yield {
            "kind": NormKind.DEPENDENCY,
            "service": need.service,
            "key": f"{need.asset_type}:{need.needs}",
            "value": need.strength,
            "source": need.source,
            "certainty": need.certainty,
        }
    for number, weight_of_zone in enumerate(defaults.CATCHMENT_ZONE_WEIGHTS, start=1):
        yield {
            "kind": NormKind.CATCHMENT_ZONE,
            "key": str(number),
            "value": weight_of_zone,
            "source": "E2SFCA (Luo and Qi 2009)",
        }
    yield {"kind": NormKind.DETOUR, "value": defaults.DETOUR_FACTOR, "source": defaults.ASSUMPTION}
    for validity in defaults.POPULATION_VALIDITY:
        yield {
            "kind": NormKind.POPULATION_DAYS,
            "key": validity.kind,
            "unit": "d",
            "value": validity.days,
            "source": defaults.ASSUMPTION,
        }
