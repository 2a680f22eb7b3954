"""Counts and boundaries of an import are taken back here: by new changes, and only where nobody has built on them."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from crisis.lib.errors import Invalid
from municipal_units.actions.boundaries import set_outline
from municipal_units.actions.import_undo import ids_of, later_changes, put_back
from municipal_units.importing.contract import Withdrawn
from municipal_units.models import (
    Event,
    ImportBatch,
    Neighbourhood,
    NeighbourhoodBoundary,
    PopulationEstimate,
    PopulationRound,
)
from municipal_units.permissions import Actor
from municipal_units.selectors.history import versions_of

MOST_IDS_SHOWN = 500
TAKEN_BACK = "import taken back"
# What refers to a neighbourhood and may do so after it is retired: rows that are placed again, the log, computed
# scores, and damage that was seen there then.
PLACED_AGAIN = frozenset(
    {
        "municipal_units.neighbourhoodboundary",
        "municipal_units.facility",
        "municipal_units.event",
        "damage.structure",
        "damage.damageassessment",
        "assessments.functionalityscore",
    }
)


def withdraw_counts(*, by: Actor, batch: ImportBatch) -> Withdrawn:
    """Counts the import made are rejected and give their name free, so that a mended file can bring it again. A count
    that somebody accepted, added to or put in place of another one stays."""
    ids = ids_of(batch.summary.get("new_ids", []))
    if not ids and batch.summary.get("new"):
        raise Invalid("This import kept no note of its counts. Reject them one by one on the page of counts.")
    rounds = PopulationRound.objects.filter(municipality_id=batch.municipality_id, estimates__pk__in=ids).distinct()
    withdrawn, left = 0, []
    for counted in rounds.order_by("pk"):
        if why := _count_stays(counted, ids, batch):
            left.append(f"{counted.name}, {counted.observed_on}: {why}")
            continue
        withdrawn += PopulationEstimate.objects.filter(round=counted).count()
        counted.name = f"{counted.name[:150]} (import {batch.pk} taken back)"
        counted.review_state, counted.review_reason = "rejected", TAKEN_BACK
        counted.reviewed_by_id, counted.reviewed_at = by.user_id, timezone.now()
        counted.save(update_fields=["name", "review_state", "review_reason", "reviewed_by", "reviewed_at"])
        Event.objects.record(
            "population.reviewed",
            municipality_id=batch.municipality_id,
            by_id=by.user_id,
            subject=counted,
            shows={"round": counted.pk, "name": counted.name, "state": counted.review_state, "superseded_by": None},
        )
    return Withdrawn(withdrawn, 0, tuple(left))


def _count_stays(counted: PopulationRound, ids: list[int], batch: ImportBatch) -> str:
    if counted.review_state == "accepted" and counted.reviewed_by_id is not None:
        return "somebody accepted it since"
    if PopulationEstimate.objects.filter(round=counted).exclude(pk__in=ids).exists():
        return "it also holds figures of another origin"
    if PopulationRound.objects.filter(superseded_by=counted).exists():
        return "it stands in place of another count"
    return ""


def withdraw_boundaries(*, by: Actor, batch: ImportBatch) -> Withdrawn:
    """New neighbourhoods are retired with their outline, outlines drawn anew give way to those before, names are put
    back, and what stands there is placed again. Places drawn or used since stay."""
    town, today = batch.municipality, timezone.localdate()
    renamed, left = put_back(Neighbourhood, batch)
    new = set(ids_of(batch.summary.get("new_ids", [])))
    gone, in_use = _retire_new(new, batch, today)
    redrawn, drawn_since = _reopen(new, batch)
    restored = sorted({*renamed, *redrawn})
    if batch.options.get("also_outline") and NeighbourhoodBoundary.objects.filter(municipality=town, valid_to=None):
        set_outline(town)
    Event.objects.record(
        "boundary.changed",
        municipality_id=town.pk,
        by_id=by.user_id,
        shows={"neighbourhoods": [*gone, *restored][:MOST_IDS_SHOWN], "undone_import": batch.pk},
    )
    for action in settings.AFTER_BOUNDARIES.values():
        import_string(action)(by=by, municipality=town, on=today)
    return Withdrawn(len(gone), len(restored), (*left, *in_use, *drawn_since))


def _retire_new(new: set[int], batch: ImportBatch, today: date) -> tuple[list[int], list[str]]:
    """Retires the places the import added and nobody used; the ids, and the names of those that stay."""
    places = list(Neighbourhood.objects.filter(municipality_id=batch.municipality_id, pk__in=new).order_by("pk"))
    changed = later_changes(Neighbourhood, [place.pk for place in places], batch)
    outlines = NeighbourhoodBoundary.objects.filter(municipality_id=batch.municipality_id)
    gone, left = [], []
    for place in places:
        own = list(outlines.filter(neighbourhood=place).values_list("pk", flat=True))
        why = _used(place) or ("changed since" if place.pk in changed else "")
        if len(own) != 1 or later_changes(NeighbourhoodBoundary, own, batch):
            why = "drawn again since"
        if why:
            left.append(f"{place.name}: {why}")
            continue
        outlines.filter(pk__in=own).delete()
        place.retired_on = today
        place.save(update_fields=["retired_on"])
        gone.append(place.pk)
    return gone, left


def _used(place: Neighbourhood) -> str:
    """What was recorded about a place since, in a word; empty where nothing was."""
    for relation in Neighbourhood._meta.related_objects:
        model: Any = relation.related_model
        label = model._meta.label_lower
        if label in PLACED_AGAIN or label.endswith("version"):
            continue
        if model._base_manager.filter(**{relation.field.name: place}).exists():
            return f"used since ({model._meta.verbose_name})"
    return ""


def _reopen(new: set[int], batch: ImportBatch) -> tuple[list[int], list[str]]:
    """Outlines the import ended hold again in place of those it drew; ids of the places, and those drawn since."""
    ended = versions_of(NeighbourhoodBoundary).filter(
        municipality_id=batch.municipality_id, pgh_context__contains={"import": batch.pk}, valid_to=None
    )
    done, left = [], []
    before = NeighbourhoodBoundary.objects.select_related("neighbourhood")
    for old in before.filter(pk__in=ended.values("pgh_obj_id")).exclude(neighbourhood_id__in=new).order_by("pk"):
        drawn = NeighbourhoodBoundary.objects.filter(
            neighbourhood_id=old.neighbourhood_id, valid_from__gte=old.valid_from, valid_to=None
        ).first()
        if (
            drawn is None
            or drawn.valid_from != old.valid_to
            or later_changes(NeighbourhoodBoundary, [old.pk, drawn.pk], batch)
        ):
            left.append(f"{old.neighbourhood.name}: drawn again since")
            continue
        drawn.delete()
        old.valid_to = None
        old.save(update_fields=["valid_to"])
        done.append(old.neighbourhood_id)
    return done, left
