"""Who changed what, when, by which door and why: row versions and events of one record, told as a list of changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry, Point
from django.db import models
from django.db.models import Q
from django.utils import timezone

from crisis.lib.errors import NotFound
from municipal_units.models import (
    CatchmentShare,
    Dependency,
    Event,
    EvictionCase,
    Facility,
    Household,
    Mandate,
    Member,
    Municipality,
    Neighbourhood,
    NeighbourhoodBoundary,
    NormProposal,
    Seat,
    TensionIncident,
    TensionRecord,
    User,
)
from municipal_units.models.sealed import SealedField
from municipal_units.permissions import Actor, Permission, require, showing_deleted

MOST_EVENTS = 300
QUIET = frozenset({"id", "municipality", "geom_3857", "deleted_at"})


@dataclass(frozen=True)
class Part:
    """Rows that belong to a record and are told with it: `link` names the record in them. `whole`: they are written
    anew together, so that bringing some back takes away what was written instead."""

    model: type[models.Model]
    link: str
    title: str  # the field that says which one it is
    whole: bool = True


@dataclass(frozen=True)
class Kept:
    """A register whose records show their history; `word` is its name in addresses, `shown` in what events show."""

    word: str
    model: type[models.Model]
    view: Permission
    edit: Permission
    changed: str
    shown: str
    deleted: str = ""
    restored: str = ""
    parts: tuple[Part, ...] = ()
    undoable: bool = True  # not where a change has its own rules (four eyes, stages), which writing back would evade
    by_uuid: bool = False  # events name its records by uuid, not by number
    not_undone: frozenset[str] = frozenset()  # kinds of events that are taken back in their own way


FACILITIES = Kept(
    "facility",
    Facility,
    Permission.VIEW_FACILITIES,
    Permission.EDIT_FACILITIES,
    changed="facility.changed",
    shown="facilities",
    deleted="facility.deleted",
    restored="facility.restored",
    parts=(Part(Dependency, "facility", "service"), Part(CatchmentShare, "facility", "neighbourhood")),
)
NEIGHBOURHOODS = Kept(
    "neighbourhood",
    Neighbourhood,
    Permission.VIEW_PLACES,
    Permission.EDIT_PLACES,
    changed="boundary.changed",
    shown="neighbourhoods",
    parts=(Part(NeighbourhoodBoundary, "neighbourhood", "valid_from"),),
)
SEATS = Kept(
    "seat",
    Seat,
    Permission.VIEW_UNIT,
    Permission.EDIT_UNIT,
    changed="unit.changed",
    shown="seats",
    parts=(Part(Mandate, "seat", "starts_on"),),
    undoable=False,
)
TENSION = Kept(
    "tension",
    TensionRecord,
    Permission.VIEW_TENSION,
    Permission.EDIT_TENSION,
    changed="tension.recorded",
    shown="records",
    undoable=False,
)
INCIDENTS = Kept(
    "incident",
    TensionIncident,
    Permission.VIEW_TENSION,
    Permission.EDIT_TENSION,
    changed="incident.recorded",
    shown="incidents",
    undoable=False,
)
EVICTIONS = Kept(
    "eviction",
    EvictionCase,
    Permission.VIEW_EVICTIONS,
    Permission.EDIT_EVICTIONS,
    changed="eviction.recorded",
    shown="cases",
    undoable=False,
)
PROPOSALS = Kept(
    "norm-proposal",
    NormProposal,
    Permission.PROPOSE_NORMS,
    Permission.APPROVE_NORMS,
    changed="norms.answered",
    shown="proposals",
    undoable=False,
)


# What happened to a household is told without its persons: sealed values are only said to have changed.
HOUSEHOLDS = Kept(
    "household",
    Household,
    Permission.VIEW_HOUSEHOLDS,
    Permission.EDIT_HOUSEHOLDS,
    changed="household.changed",
    shown="households",
    parts=(Part(Member, "household", "id", whole=False),),
    by_uuid=True,
    not_undone=frozenset({"household.merged", "household.unmerged", "household.member_added", "household.forgotten"}),
)


@dataclass(frozen=True)
class FieldChange:
    """One value before and after, as text. `part` and `title` say of which row, when it is not the record itself.
    `sealed`: it changed, and what it was is not told here."""

    name: str
    before: str
    after: str
    part: str = ""
    title: str = ""
    sealed: bool = False


@dataclass
class Change:
    """What one action did to a record. `id` names it for undoing; None when it left no earlier values."""

    id: UUID | None
    at: datetime
    actor: str = ""
    door: str = ""
    reason: str = ""
    events: list[str] = field(default_factory=list)
    fields: list[FieldChange] = field(default_factory=list)
    may_be_undone: bool = False


def record_of(kept: Kept, municipality: Municipality, pk: int, *, actor: Actor) -> models.Model:
    """The record, deleted or not, for somebody who may see it."""
    with showing_deleted():
        found = kept.model._default_manager.filter(municipality=municipality, pk=pk).first()
    if found is None:
        raise NotFound("There is no such record here.")
    require(actor, kept.view, municipality.pk, **reach_of(found))
    return found


def reach_of(record: models.Model) -> dict[str, Any]:
    """Neighbourhood and service of a record, for assignments that are narrowed to them."""
    place = record.pk if isinstance(record, Neighbourhood) else getattr(record, "neighbourhood_id", None)
    return {"neighbourhood_id": place, "service": getattr(record, "service", None)}


def history_of(kept: Kept, record: models.Model, *, actor: Actor) -> list[Change]:
    """All changes of a record, newest first. Who may neither edit it nor read the audit log learns no names."""
    municipality_id: int = record.municipality_id  # type: ignore[attr-defined]
    changes: dict[UUID, Change] = {}
    undo_since = timezone.now() - timedelta(days=settings.UNDO_DAYS)
    may_edit = actor.may(kept.edit, municipality_id, **reach_of(record))
    actor_ids: dict[int, int] = {}
    for version, after, part in _steps(kept, record):
        change = changes.setdefault(
            version.pgh_context_id or UUID(int=version.pgh_id), Change(None, version.pgh_created_at)
        )
        change.id = version.pgh_context_id
        change.may_be_undone = kept.undoable and bool(change.id) and may_edit and version.pgh_created_at >= undo_since
        told: Mapping[str, Any] = version.pgh_context or {}
        change.door, change.reason = str(told.get("door", "")), str(told.get("reason", ""))
        actor_ids[id(change)] = told.get("actor") or 0
        change.fields += _differences(version, after, part)
    known = list(changes.values())
    for event in _events(kept, record):
        own = changes.get(event.context) if event.context else None
        if own is None:
            own = Change(None, event.at)
            known.append(own)
            if event.context:
                changes[event.context] = own
            actor_ids[id(own)] = event.by_id or 0
        own.events.append(event.kind)
        own.may_be_undone &= event.kind not in kept.not_undone
        own.at = event.at
        own.reason = own.reason or str(event.shows.get("reason", ""))
    if may_edit or actor.may(Permission.VIEW_AUDIT, municipality_id):
        names = {user.pk: str(user) for user in User.objects.filter(pk__in=set(actor_ids.values()))}
        for change in known:
            change.actor = names.get(actor_ids.get(id(change), 0), "")
    else:
        for change in known:
            change.reason = ""
    return sorted(known, key=lambda change: change.at, reverse=True)


def _steps(kept: Kept, record: models.Model) -> Iterable[tuple[Any, models.Model | None, Part | None]]:
    """Every version with what followed it: the next version of the same row, the row itself, or nothing (removed)."""
    own = list(versions_of(kept.model).filter(pgh_obj_id=record.pk).order_by("pgh_id"))
    for version, after in zip(own, [*own[1:], record], strict=False):
        yield version, after, None
    for part in kept.parts:
        versions = versions_of(part.model).filter(**{f"{part.link}_id": record.pk}).order_by("pgh_obj_id", "pgh_id")
        rows = part.model._default_manager.in_bulk({version.pgh_obj_id for version in versions})
        ordered = list(versions)
        for version, following in zip(ordered, [*ordered[1:], None], strict=False):
            same_row = following is not None and following.pgh_obj_id == version.pgh_obj_id
            after = following if same_row else rows.get(version.pgh_obj_id)
            yield version, None if version.pgh_label == "removed" else after, part


def versions_of(model: type[models.Model]) -> models.QuerySet[Any]:
    """The versions of a register, as a query."""
    related = model._meta.get_field("versions").related_model
    assert isinstance(related, type)
    return related._default_manager.all()


def told_fields(model: type[models.Model]) -> list[Any]:
    """The fields of a register that its versions keep and that say something to people."""
    kept = {each.name for each in versions_of(model).model._meta.concrete_fields}
    return [
        each
        for each in model._meta.concrete_fields
        if each.name in kept - QUIET and not isinstance(each, models.GeneratedField)
    ]


def _differences(version: Any, after: models.Model | None, part: Part | None) -> list[FieldChange]:
    model = version.pgh_tracked_model
    title = text_of(getattr(version, part.title)) if part else ""
    found = []
    for each in told_fields(model):
        if part and each.name in (part.link, part.title):
            continue
        before = getattr(version, each.attname)
        following = None if after is None else getattr(after, each.attname)
        if before != following and isinstance(each, SealedField):
            part_name = model._meta.model_name if part else ""
            found.append(FieldChange(each.name, "", "", part_name, title, sealed=True))
        elif before != following:
            found.append(
                FieldChange(
                    each.name,
                    text_of(_readable(version, each)),
                    "" if after is None else text_of(_readable(after, each)),
                    model._meta.model_name if part else "",
                    title,
                )
            )
    deleted_before, deleted_after = getattr(version, "deleted_at", None), getattr(after, "deleted_at", None)
    if not part and deleted_before != deleted_after:
        found.append(FieldChange("deleted_at", text_of(deleted_before), text_of(deleted_after)))
    return found


def _readable(row: Any, each: Any) -> Any:
    """A neighbourhood or facility by its name, everything else as it is."""
    if not each.is_relation:
        return getattr(row, each.name)
    pk = getattr(row, each.attname)
    if pk is None:
        return None
    return each.related_model._default_manager.filter(pk=pk).first() or pk


def text_of(value: Any) -> str:
    """A value as people read it in a list of changes; neutral, so that programs can read it too."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Point):
        return f"{value.y:.5f}, {value.x:.5f}"
    if isinstance(value, GEOSGeometry):
        return f"{value.num_points} corners"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return ", ".join(f"{key}: {text_of(each)}" for key, each in sorted(value.items()))
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return str(value)


def name_in_events(kept: Kept, record: Any) -> int | str:
    """How events call a record."""
    return str(record.uuid) if kept.by_uuid else int(record.pk)


def _events(kept: Kept, record: models.Model) -> list[Event]:
    """Events about the record itself, and those of bulk changes that name it."""
    here = Event.objects.filter(municipality_id=record.municipality_id)  # type: ignore[attr-defined]
    own = Q(subject_type=kept.model._meta.model_name, subject_id=record.pk)
    prefix = kept.changed.split(".")[0]
    named = Q(kind__startswith=f"{prefix}.") & (
        Q(**{f"shows__{kept.shown}__contains": [name_in_events(kept, record)]})
        | Q(**{f"shows__{kept.word.replace('-', '_')}": record.pk})
    )
    if kept.by_uuid:
        named |= Q(kind__startswith=f"{prefix}.", shows__absorbed=str(record.uuid))  # type: ignore[attr-defined]
    return list(here.filter(own | named).order_by("-id")[:MOST_EVENTS])
