"""Undoing and bringing back: the old values are written again as a new change with its own event; nothing is erased."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid, NotFound
from municipal_units.models import Event
from municipal_units.permissions import Actor, noting, require, showing_deleted
from municipal_units.selectors.history import Kept, Part, name_in_events, reach_of, told_fields, versions_of


@transaction.atomic
def undo_change(*, by: Actor, kept: Kept, record: Any, change: UUID, reason: str) -> models.Model:
    """Writes back what one change replaced. Refused when a later change touched the same values, so that nobody's work
    is lost unseen; other values keep what they have now."""
    require(by, kept.edit, record.municipality_id, **reach_of(record))
    if not kept.undoable:
        raise Invalid("Changes of this register are not written back. Record what holds now.")
    _refuse_without_reason(reason)
    own = list(versions_of(kept.model).filter(pgh_obj_id=record.pk, pgh_context_id=change).order_by("pgh_id"))
    of_parts = {
        part: list(
            versions_of(part.model)
            .filter(**{f"{part.link}_id": record.pk}, pgh_context_id=change)
            .order_by("pgh_obj_id", "pgh_id")
        )
        for part in kept.parts
    }
    everything = [*own, *(version for versions in of_parts.values() for version in versions)]
    if not everything:
        raise NotFound("There is no such change of this record.")
    if Event.objects.filter(context=change, municipality_id=record.municipality_id, kind__in=kept.not_undone).exists():
        raise Conflict(
            "This is not undone here. Take a person out of the list, take a merge back on the page of duplicates;"
            " what was forgotten stays so."
        )
    if everything[0].pgh_created_at < timezone.now() - timedelta(days=settings.UNDO_DAYS):
        raise Conflict(f"Only changes of the last {settings.UNDO_DAYS} days can be undone. Enter the values anew.")
    with noting(reason=reason.strip()):
        if own:
            write_back(record, own)
        for part, versions in of_parts.items():
            _write_parts_back(part, record, versions)
    _record(kept.changed, by, kept, record, reason, undone=str(change))
    return record


@transaction.atomic
def delete_record(*, by: Actor, kept: Kept, record: Any, reason: str) -> models.Model:
    """Takes a record out of every list, map and computation; for 30 days it can be restored."""
    _refuse_without_reason(reason)
    if not kept.deleted:
        raise Invalid("Records of this register are not deleted. Close or retire it instead.")
    require(by, kept.edit, record.municipality_id, **reach_of(record))
    if record.deleted_at is None:
        with noting(reason=reason.strip()), showing_deleted():
            record.deleted_at = timezone.now()
            record.save(update_fields=["deleted_at"])
        _record(kept.deleted, by, kept, record, reason)
    return record


@transaction.atomic
def restore_record(*, by: Actor, kept: Kept, record: Any, reason: str = "") -> models.Model:
    """Brings a deleted record back as it was."""
    if not kept.deleted:
        raise Invalid("Records of this register are not deleted.")
    require(by, kept.edit, record.municipality_id, **reach_of(record))
    if record.deleted_at is None:
        return record
    if record.deleted_at < timezone.now() - timedelta(days=settings.UNDO_DAYS):
        raise Conflict(f"It was deleted more than {settings.UNDO_DAYS} days ago. Enter it anew.")
    try:
        with transaction.atomic(), noting(reason=reason.strip()), showing_deleted():
            record.deleted_at = None
            record.save(update_fields=["deleted_at"])
    except IntegrityError:
        raise Conflict("Another record has its code by now. Change that one's code first.") from None
    _record(kept.restored, by, kept, record, reason)
    return record


def _refuse_without_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("Say why.", fields=[FieldError("reason", "Say why.")])


def write_back(row: Any, versions: Sequence[Any]) -> None:
    """The values before the first of these versions, where they were changed by them and by nobody since."""
    after = _row_after(row, versions[-1])
    written = []
    for each in [*told_fields(type(row)), *_deletion(type(row))]:
        old, left = getattr(versions[0], each.attname), getattr(after, each.attname)
        if old == left:
            continue
        if getattr(row, each.attname) != left:
            raise Conflict(
                f"{each.verbose_name} was changed again since. Undo the later change first, or enter the value.",
                fields=[FieldError(each.name, "changed again since", "changed_since")],
            )
        setattr(row, each.attname, old)
        written.append(each.name)
    if written:
        with showing_deleted():
            row.save(update_fields=written)


def _row_after(row: Any, version: Any) -> Any:
    following = versions_of(type(row)).filter(pgh_obj_id=version.pgh_obj_id, pgh_id__gt=version.pgh_id)
    return following.order_by("pgh_id").first() or row


def _write_parts_back(part: Part, record: Any, versions: Sequence[Any]) -> None:
    """Changed rows get their old values; removed ones come back in place of those that were written instead of them."""
    removed = [version for version in versions if version.pgh_label == "removed"]
    for pk in dict.fromkeys(version.pgh_obj_id for version in versions if version.pgh_label == "changed"):
        row = part.model._default_manager.filter(pk=pk).first()
        if row is None:
            raise Conflict("A part of this change was removed since. Undo the later change first.")
        write_back(row, [version for version in versions if version.pgh_obj_id == pk])
    if not removed:
        return
    names = [each.attname for each in part.model._meta.concrete_fields if not isinstance(each, models.GeneratedField)]
    back = [
        part.model(**{name: getattr(version, name) for name in names if hasattr(version, name)}) for version in removed
    ]
    if not part.whole:
        if part.model._default_manager.filter(pk__in=[row.pk for row in back]).exists():
            raise Conflict("This was brought back already.")
        part.model._default_manager.bulk_create(back)
        return
    of_record = {f"{part.link}_id": record.pk}
    newest = max(version.pgh_id for version in removed)
    if versions_of(part.model).filter(**of_record, pgh_id__gt=newest).exists():
        raise Conflict("These parts were changed again since. Undo the later change first.")
    written_instead = part.model._default_manager.filter(**of_record, pk__gt=max(v.pgh_obj_id for v in removed))
    written_instead.delete()
    part.model._default_manager.bulk_create(back)


def _deletion(model: type[models.Model]) -> list[Any]:
    return [each for each in model._meta.concrete_fields if each.name == "deleted_at"]


def _record(kind: str, by: Actor, kept: Kept, record: Any, reason: str, **more: Any) -> None:
    called = {"code": getattr(record, "code", ""), "name": record.name}
    Event.objects.record(
        kind,
        municipality_id=record.municipality_id,
        by_id=by.user_id,
        subject=record,
        neighbourhood_id=reach_of(record)["neighbourhood_id"],
        service=reach_of(record)["service"] or "",
        shows={kept.shown: [name_in_events(kept, record)], **called, **more},
    )
