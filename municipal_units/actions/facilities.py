"""Facilities are registered and changed here, with what they need and whom they serve.

Every action exists for one row and for many; both run the same checks, and each call writes one event.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, NotAllowed, NotFound, RepriseError
from municipal_units.actions.facility_rows import CatchmentRow, DependencyRow, FacilityRow
from municipal_units.actions.rows import IfKnown, RowOutcome, RowState, refused, summary, the_one
from municipal_units.models import CatchmentShare, Dependency, Event, Facility, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require, require_somewhere
from municipal_units.selectors.capacity import Conversions, conversions_of
from municipal_units.selectors.facilities import facility_feature
from municipal_units.selectors.places import metres_outside, neighbourhoods_containing

WRITTEN = (
    "code",
    "name",
    "name_fr",
    "name_ar",
    "service",
    "asset_type",
    "geom",
    "stated_capacity",
    "capacity_unit",
    "capacity",
    "capacity_source",
    "capacity_status",
    "catchment_area",
    "catchment_m",
    "opening_hours",
    "written_place",
    "source",
    "source_key",
    "opened_on",
    "closed_on",
    "neighbourhood_id",
)
# A sheet that says nothing of these leaves them as somebody set them on the page.
KEPT_WHEN_EMPTY = ("catchment_area", "catchment_m", "opening_hours")
MOST_IDS_SHOWN = 500


def register_facility(*, by: Actor, municipality: Municipality, row: FacilityRow) -> Facility:
    """A new facility. The same row again gives what is there; its code with other content is a conflict."""
    outcomes = register_facilities(by=by, municipality=municipality, rows=[row], if_known=IfKnown.REFUSE)
    return Facility.objects.get(pk=the_one(outcomes))


@transaction.atomic
def register_facilities(
    *, by: Actor, municipality: Municipality, rows: Sequence[FacilityRow], if_known: IfKnown = IfKnown.CHANGE
) -> list[RowOutcome]:
    """Many facilities at once; good rows go in, each other row says why not."""
    require_somewhere(by, Permission.EDIT_FACILITIES, municipality)
    try:
        with transaction.atomic():
            return _register(by, municipality, rows, if_known)
    except IntegrityError:
        # Somebody else registered one of them at this very moment: now it is known, so look again.
        with transaction.atomic():
            return _register(by, municipality, rows, if_known)


@transaction.atomic
def change_facility(*, by: Actor, facility: Facility, row: FacilityRow) -> Facility:
    """The facility as `row` describes it from now on."""
    municipality = facility.municipality
    if error := row.error():
        raise error
    values = _values(row, _places(municipality, [row])[0], conversions_of(municipality, on=timezone.localdate()))
    for neighbourhood_id, service in (
        (facility.neighbourhood_id, facility.service),
        (values["neighbourhood_id"], values["service"]),
    ):
        if refusal := _not_allowed(by, Permission.EDIT_FACILITIES, municipality.pk, neighbourhood_id, service):
            raise refusal
    if not _assign(facility, values):
        return facility
    facility.save(update_fields=[name.removesuffix("_id") for name in WRITTEN])
    _facility_event("facility.changed", by, municipality, [facility], {})
    return facility


def set_dependency(*, by: Actor, municipality: Municipality, row: DependencyRow) -> Dependency:
    """What a facility needs from another service, replacing what was said about it before."""
    return Dependency.objects.get(pk=the_one(set_dependencies(by=by, municipality=municipality, rows=[row])))


@transaction.atomic
def set_dependencies(*, by: Actor, municipality: Municipality, rows: Sequence[DependencyRow]) -> list[RowOutcome]:
    """Many dependencies at once. They belong to the norms of the municipality, so they ask for that right."""
    require_somewhere(by, Permission.EDIT_NORMS, municipality)
    facilities = _facilities(municipality, [row.facility_id for row in rows])
    outcomes: list[RowOutcome] = []
    for row in rows:
        facility = facilities.get(row.facility_id)
        error = row.error() or _may_touch(by, Permission.EDIT_NORMS, municipality, facility)
        if error or facility is None:
            outcomes.append(refused(error or NotFound("There is no such facility here.")))
            continue
        values = {
            "strength": row.strength,
            "backup_share": row.backup_share,
            "hours_backup": row.hours_backup,
            "backup_since": row.backup_since,
            "source": row.source,
            "observed_on": row.observed_on,
        }
        key = {"municipality": municipality, "facility": facility, "service": row.service}
        outcomes.append(_upsert(Dependency, key, values))
    _link_event("dependency.changed", by, municipality, facilities, [row.facility_id for row in rows], outcomes)
    return outcomes


def state_catchment_share(*, by: Actor, municipality: Municipality, row: CatchmentRow) -> CatchmentShare:
    """The share of a neighbourhood a facility serves; a stated share wins over drawn areas and distance."""
    return CatchmentShare.objects.get(pk=the_one(state_catchment_shares(by=by, municipality=municipality, rows=[row])))


@transaction.atomic
def state_catchment_shares(*, by: Actor, municipality: Municipality, rows: Sequence[CatchmentRow]) -> list[RowOutcome]:
    """Many stated shares at once."""
    require_somewhere(by, Permission.EDIT_FACILITIES, municipality)
    facilities = _facilities(municipality, [row.facility_id for row in rows])
    places = set(
        Neighbourhood.objects.filter(
            municipality=municipality, pk__in={row.neighbourhood_id for row in rows}
        ).values_list("pk", flat=True)
    )
    outcomes: list[RowOutcome] = []
    for row in rows:
        facility = facilities.get(row.facility_id)
        error = row.error() or _may_touch(by, Permission.EDIT_FACILITIES, municipality, facility)
        if error is None and row.neighbourhood_id not in places:
            error = NotFound("There is no such neighbourhood here.")
        if error:
            outcomes.append(refused(error))
            continue
        key = {"municipality": municipality, "facility": facility, "neighbourhood_id": row.neighbourhood_id}
        values = {"share": row.share, "source": row.source, "observed_on": row.observed_on}
        outcomes.append(_upsert(CatchmentShare, key, values))
    _link_event("catchment.changed", by, municipality, facilities, [row.facility_id for row in rows], outcomes)
    return outcomes


def _register(
    by: Actor, municipality: Municipality, rows: Sequence[FacilityRow], if_known: IfKnown
) -> list[RowOutcome]:
    conversions = conversions_of(municipality, on=timezone.localdate())
    errors = [row.error() for row in rows]
    places = _places(municipality, [row for row, error in zip(rows, errors, strict=True) if error is None])
    place = iter(places)
    by_code, by_key = _known(municipality, rows)
    taken: set[str] = set()
    outcomes: list[RowOutcome | None] = []
    new: list[tuple[int, Facility]] = []
    changed: list[Facility] = []
    for number, (row, wrong) in enumerate(zip(rows, errors, strict=True)):
        error: RepriseError | None = wrong
        values: dict[str, Any] = {}
        if error is None:
            try:
                values = _values(row, next(place), conversions)
            except RepriseError as problem:
                error = problem
        facility = by_key.get((row.source, row.source_key)) or by_code.get(row.code)
        error = error or _refusal(by, municipality, row, values, facility, taken)
        if error:
            outcomes.append(refused(error))
            continue
        taken.add(row.code)
        notes = values.pop("notes")
        if facility is None:
            new.append((number, Facility(municipality=municipality, **values)))
            outcomes.append(RowOutcome(RowState.ADDED, notes=notes))
        elif not _assign(facility, _kept(facility, values)):
            outcomes.append(RowOutcome(RowState.UNCHANGED, facility.pk, notes=notes))
        elif if_known == IfKnown.REFUSE:
            outcomes.append(refused(Conflict(f"The code {row.code} is already used for: {facility.name}.")))
        else:
            changed.append(facility)
            outcomes.append(RowOutcome(RowState.CHANGED, facility.pk, notes=notes))
    Facility.objects.bulk_create([facility for _, facility in new], batch_size=2_000)
    for number, facility in new:
        outcomes[number] = RowOutcome(RowState.ADDED, facility.pk, notes=outcomes[number].notes)  # type: ignore[union-attr]
    if changed:
        Facility.objects.bulk_update(changed, [name.removesuffix("_id") for name in WRITTEN], batch_size=500)
    final = [outcome for outcome in outcomes if outcome is not None]
    written = [facility for _, facility in new] + changed
    _facility_event("facility.registered" if new else "facility.changed", by, municipality, written, summary(final))
    return final


def _refusal(
    by: Actor,
    municipality: Municipality,
    row: FacilityRow,
    values: dict[str, Any],
    facility: Facility | None,
    taken: set[str],
) -> RepriseError | None:
    if row.code in taken:
        message = f"The code {row.code} stands in more than one row. Give each facility its own."
        return Conflict(message, fields=[FieldError("code", message, "repeated")])
    refusal = _not_allowed(by, Permission.EDIT_FACILITIES, municipality.pk, values["neighbourhood_id"], row.service)
    if refusal is None and facility is not None:
        refusal = _not_allowed(
            by, Permission.EDIT_FACILITIES, municipality.pk, facility.neighbourhood_id, facility.service
        )
    return refusal


def _values(row: FacilityRow, place: tuple[int | None, float | None], conversions: Conversions) -> dict[str, Any]:
    """The model's values of a row: its neighbourhood by geometry, its capacity in the demand unit."""
    neighbourhood_id, metres = place
    capacity, source = None, row.capacity_source
    if row.capacity is not None:
        converted = conversions.in_demand_unit(
            service=row.service, asset_type=row.asset_type, unit=row.unit, value=row.capacity
        )
        capacity = converted.value
        source = "; ".join(part for part in (row.capacity_source, converted.source) if part)[:300]
    notes = (f"It lies {metres / 1000:.1f} km outside the town's outline.",) if metres else ()
    return {
        **{name: getattr(row, name) for name in WRITTEN if hasattr(row, name)},
        "geom": Point(row.lon, row.lat, srid=4326),
        "stated_capacity": row.capacity,
        "capacity_unit": row.unit,
        "capacity": capacity,
        "capacity_source": source,
        "neighbourhood_id": neighbourhood_id,
        "notes": notes,
    }


def _places(municipality: Municipality, rows: Sequence[FacilityRow]) -> list[tuple[int | None, float | None]]:
    """Neighbourhood of each row, and for those outside all of them the metres outside the outline."""
    if not rows:
        return []
    points = [(row.lon, row.lat) for row in rows]
    days: list[date] = [row.observed_on or timezone.localdate() for row in rows]
    found = neighbourhoods_containing(municipality.pk, points, days)
    outside = [point for point, place in zip(points, found, strict=True) if place is None]
    metres = iter(metres_outside(municipality.pk, outside) if outside else [])
    return [(place, None) if place is not None else (None, next(metres)) for place in found]


def _known(
    municipality: Municipality, rows: Sequence[FacilityRow]
) -> tuple[dict[str, Facility], dict[tuple[str, str], Facility]]:
    here = Facility.objects.filter(municipality=municipality)
    clean = [row for row in rows if "\x00" not in row.code + row.source_key]
    by_code = {facility.code: facility for facility in here.filter(code__in={row.code for row in clean})}
    keys = {row.source_key for row in clean if row.source_key}
    by_key = {(f.source, f.source_key): f for f in here.filter(source_key__in=keys)} if keys else {}
    return by_code, by_key


def _kept(facility: Facility, values: dict[str, Any]) -> dict[str, Any]:
    kept = {name: getattr(facility, name) for name in KEPT_WHEN_EMPTY if not values[name]}
    return values | kept


def _assign(facility: Facility, values: dict[str, Any]) -> bool:
    """Sets the values; whether any of them was different."""
    different = False
    for name in WRITTEN:
        if not _same(getattr(facility, name), values[name]):
            setattr(facility, name, values[name])
            different = True
    return different


def _same(old: Any, new: Any) -> bool:
    if hasattr(old, "equals_exact") and hasattr(new, "equals_exact"):
        return bool(old.geom_typeid == new.geom_typeid and old.equals_exact(new, 1e-9))
    return bool(old == new)


def _upsert(model: type[Dependency] | type[CatchmentShare], key: dict[str, Any], values: dict[str, Any]) -> RowOutcome:
    row, is_new = model.objects.get_or_create(**key, defaults=values)
    if is_new:
        return RowOutcome(RowState.ADDED, row.pk)
    if all(getattr(row, name) == value for name, value in values.items()):
        return RowOutcome(RowState.UNCHANGED, row.pk)
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    return RowOutcome(RowState.CHANGED, row.pk)


def _facilities(municipality: Municipality, ids: Sequence[int]) -> dict[int, Facility]:
    return Facility.objects.filter(municipality=municipality).in_bulk(list(set(ids)))


def _may_touch(
    by: Actor, permission: Permission, municipality: Municipality, facility: Facility | None
) -> RepriseError | None:
    if facility is None:
        return NotFound("There is no such facility here.")
    return _not_allowed(by, permission, municipality.pk, facility.neighbourhood_id, facility.service)


def _not_allowed(
    by: Actor, permission: Permission, municipality_id: int, neighbourhood_id: int | None, service: str
) -> RepriseError | None:
    try:
        require(by, permission, municipality_id, neighbourhood_id=neighbourhood_id, service=service)
    except (NotAllowed, NotFound) as refusal:
        return refusal
    return None


def _facility_event(
    kind: str, by: Actor, municipality: Municipality, written: Sequence[Facility], counts: dict[str, int]
) -> None:
    if not written:
        return
    one = written[0] if len(written) == 1 else None
    ids = [facility.pk for facility in written[:MOST_IDS_SHOWN]]
    Event.objects.record(
        kind,
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=one,
        neighbourhood_id=one.neighbourhood_id if one else None,
        service=one.service if one else "",
        shows=facility_feature(one) if one else {**counts, "facilities": ids},
    )


def _link_event(
    kind: str,
    by: Actor,
    municipality: Municipality,
    facilities: dict[int, Facility],
    facility_ids: Sequence[int],
    outcomes: Sequence[RowOutcome],
) -> None:
    written = (RowState.ADDED, RowState.CHANGED)
    touched = {pk for pk, outcome in zip(facility_ids, outcomes, strict=True) if outcome.state in written}
    _facility_event(kind, by, municipality, [facilities[pk] for pk in sorted(touched)], summary(outcomes))
