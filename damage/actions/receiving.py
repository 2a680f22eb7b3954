"""Observations of damage come in here, one or a million: the same checks, the same statements, one event per call."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.db import transaction

from damage.actions.ground import lock_bulk
from damage.actions.recognition import Recognised, recognise, recognise_for_writing, standings_of
from damage.actions.rows import Ahead, Booleans, DamageReceipt, DamageRows, Floats, Integers, Objects
from damage.actions.staging import (
    COUNTS,
    NETWORK,
    NEW_REFERENCE,
    NEW_STRUCTURE,
    Decided,
    Provenance,
    forget_current,
    make_current,
    mark,
    store,
    take_ids,
)
from damage.core.grading import DamageGrade, Method
from damage.core.history import (
    BETTER_THAN_BEFORE,
    GRADE_NUMBER,
    HAS_ISSUES,
    RANK_OF,
    RECEIVED,
    Observation,
    standing,
    verdicts,
)
from damage.models import DamageAssessment, DamageProduct
from municipal_units.models import Crisis, Event, ImportBatch, Municipality
from municipal_units.permissions import Actor, Permission, require
from municipal_units.selectors.placing import PlaceIndex, place_index

OUTSIDE_LIMIT_M = 500.0
OUTSIDE_MUNICIPALITY = "outside_municipality"
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Placed:
    """Where rows lie: neighbourhood (0 outside all) and metres outside the municipality's outline."""

    neighbourhood_id: Integers
    metres_outside: Floats


@transaction.atomic
def receive_damage(
    *,
    by: Actor,
    municipality: Municipality,
    rows: DamageRows,
    product: DamageProduct,
    batch: ImportBatch | None = None,
    crisis: Crisis | None = None,
    places: PlaceIndex | None = None,
    match_distance_m: float = 5.0,
    ahead: Ahead | None = None,
    dry_run: bool = False,
) -> DamageReceipt:
    """Many observations of one product. Rows more than 500 m outside the municipality are refused, rows already
    recorded change nothing. A dry run says what would happen and writes nothing."""
    require(by, Permission.ASSESS_DAMAGE, municipality.pk)
    if not dry_run:
        lock_bulk(municipality.pk, rows, match_distance_m)
        if ahead is not None:
            ahead.look_again()
    places = places or place_index(municipality.pk, municipality.outline)
    placed = Placed(places.neighbourhoods(rows.xy, rows.observed_at // DAY_US), places.metres_outside(rows.xy))
    provenance = Provenance(
        municipality.pk, crisis.pk if crisis else None, product.pk, batch.pk if batch else None, by.user_id
    )
    receipt = receive(
        rows,
        placed,
        provenance,
        accepted_only=municipality.accepted_facts_only,
        match_distance_m=match_distance_m,
        ahead=ahead or Ahead(),
        refuse_outside=True,
        dry_run=dry_run,
    )
    if dry_run or not receipt.written.any():
        return receipt
    event = Event.objects.record(
        "damage.assessed",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=batch or product,
        shows=damage_counts(rows, receipt, batch),
    )
    return replace(receipt, event_uuid=event.uuid)


def damage_counts(rows: DamageRows, receipt: DamageReceipt, batch: ImportBatch | None) -> dict[str, Any]:
    """What the event of many observations shows: how many in which neighbourhood, and the rectangle they lie in."""
    places, counts = np.unique(receipt.neighbourhood_id[receipt.written], return_counts=True)
    west, south = rows.xy[receipt.written].min(axis=0)
    east, north = rows.xy[receipt.written].max(axis=0)
    return {
        "count": int(receipt.written.sum()),
        "neighbourhoods": [
            {"id": int(place) or None, "count": int(count)} for place, count in zip(places, counts, strict=True)
        ],
        "bbox": [round(float(value), 6) for value in (west, south, east, north)],
        "import": batch.pk if batch else None,
    }


def receive(
    rows: DamageRows,
    placed: Placed,
    provenance: Provenance,
    *,
    accepted_only: bool,
    match_distance_m: float,
    ahead: Ahead,
    refuse_outside: bool,
    dry_run: bool,
) -> DamageReceipt:
    """The one way in: recognise, decide what counts, store. The caller holds the lock and writes the event."""
    outside = placed.metres_outside > OUTSIDE_LIMIT_M
    refused = outside if refuse_outside else np.zeros(len(rows), dtype=bool)
    same_fact, conflicting = facts_already_there(rows, provenance.municipality_id)
    found = (recognise if dry_run else recognise_for_writing)(
        rows,
        ~(refused | same_fact | conflicting),
        municipality_id=provenance.municipality_id,
        product_id=provenance.product_id,
        match_distance_m=match_distance_m,
        ahead=ahead,
    )
    unchanged = same_fact | found.same_observation
    taken = ~(refused | conflicting | unchanged)
    reasons = np.where(outside & taken, OUTSIDE_MUNICIPALITY, "").astype(object)
    outcome = Outcome(rows, found, taken, placed, provenance, reasons)
    outcome.decide(accepted_only=accepted_only)
    if not dry_run and taken.any():
        outcome.store()
    return DamageReceipt(
        refused=refused,
        conflicting=conflicting,
        unchanged=unchanged,
        new_structure=outcome.is_new & taken,
        to_review=outcome.reasons != "",
        metres_outside=placed.metres_outside,
        near_m=found.near_m,
        neighbourhood_id=placed.neighbourhood_id,
        structure_id=outcome.structure_id,
        assessment_id=outcome.assessment_id,
    )


class Outcome:
    """The decisions of one call on their way to the database."""

    def __init__(
        self,
        rows: DamageRows,
        found: Recognised,
        taken: Booleans,
        placed: Placed,
        provenance: Provenance,
        reasons: Objects,
    ) -> None:
        self.rows, self.found, self.taken, self.placed, self.provenance = rows, found, taken, placed, provenance
        self.reasons = reasons
        self.is_new = found.structure_id == 0
        self.counts = np.zeros(len(rows), dtype=bool)
        self.group = self.groups()
        self.structure_id = found.structure_id.copy()
        self.assessment_id = np.zeros(len(rows), dtype=np.int64)
        self.resettled: list[Resettled] = []

    def groups(self) -> Integers:
        """Rows of one structure share a number: by its id, or by the product's name for it where it is new."""
        group = self.found.structure_id.copy()
        new = np.flatnonzero(self.is_new)
        if self.rows.keys is None:
            group[new] = -1 - new
            return group
        keys = self.rows.keys[new]
        named = np.array([key is not None for key in keys], dtype=bool)
        group[new[~named]] = -1 - new[~named]
        _, number = np.unique(keys[named].astype(str), return_inverse=True)
        group[new[named]] = -1 - len(self.rows) - number
        return group

    def decide(self, *, accepted_only: bool) -> None:
        """Sets `counts`, review reasons and, where history has to be told again, `resettled`."""
        places = np.flatnonzero(self.taken)
        _, inverse, sizes = np.unique(self.group[places], return_inverse=True, return_counts=True)
        alone = sizes[inverse] == 1
        grade = grade_numbers(self.rows)
        rank = ranks(self.rows)
        new_alone = places[alone & self.is_new[places]]
        told_again = np.zeros(len(self.rows), dtype=bool)
        told_again[places[~alone]] = True
        if accepted_only:
            told_again[places] = True
        else:
            self.counts[new_alone] = True
        known = places[~self.is_new[places]]
        if len(known):
            held = standings_of(np.unique(self.structure_id[known]))
            at = np.searchsorted(held.structure_id, self.structure_id[known])
            late = self.rows.observed_at[known] < held.newest_us[at]
            told_again[known[late]] = True
            simple = ~told_again[known]
            current, doubted = verdicts(
                held.grade[at[simple]], held.rank[at[simple]], grade[known[simple]], rank[known[simple]]
            )
            self.counts[known[simple]] = current
            self.reasons[known[simple][doubted]] = BETTER_THAN_BEFORE
        if told_again.any():
            self.tell_again(np.flatnonzero(told_again), accepted_only=accepted_only)

    def tell_again(self, places: Integers, *, accepted_only: bool) -> None:
        """Structures with several rows here, or with a row older than what is known: their whole history decides."""
        order = places[np.argsort(self.group[places], kind="stable")]
        known = [int(pk) for pk in np.unique(self.structure_id[order]) if pk > 0]
        histories = histories_of(known)
        for members in np.split(order, np.flatnonzero(np.diff(self.group[order])) + 1):
            structure_id = int(self.structure_id[members[0]])
            before = histories.get(structure_id, [])
            observed = [seen.observation for seen in before] + [self.observation(place) for place in members]
            verdict = standing(observed, accepted_only=accepted_only)
            doubted = verdict.doubted
            for number, place in enumerate(members, start=len(before)):
                self.counts[place] = number == verdict.current
                if number in doubted:
                    self.reasons[place] = BETTER_THAN_BEFORE
            if structure_id:
                old = None if verdict.current is None or verdict.current >= len(before) else before[verdict.current].pk
                self.resettled.append(
                    Resettled(
                        structure_id,
                        current_assessment=old,
                        nothing_counts=verdict.current is None,
                        doubted=[before[n].pk for n in doubted if n < len(before) and not before[n].is_doubted],
                        cleared=[seen.pk for n, seen in enumerate(before) if seen.is_doubted and n not in doubted],
                    )
                )

    def observation(self, place: int) -> Observation:
        value = self.rows.values[self.rows.value[place]]
        moment = datetime.fromtimestamp(0, UTC) + np.timedelta64(int(self.rows.observed_at[place]), "us").item()
        return Observation(DamageGrade(value.grade), Method(value.method), moment, arrival=2**62 + int(place))

    def store(self) -> None:
        """New ids, the three inserts, then what changed for structures that were already there."""
        places = np.flatnonzero(self.taken)
        self.assessment_id[places] = take_ids("damage_damageassessment", len(places))
        makers = self.makers(places)
        ids = take_ids("damage_structure", len(makers))
        new_id = dict(zip(self.group[makers].tolist(), ids.tolist(), strict=True))
        new_places = places[self.is_new[places]]
        if len(new_places) == len(makers):
            self.structure_id[makers] = ids
        else:
            self.structure_id[new_places] = [new_id[group] for group in self.group[new_places].tolist()]
        flags = self.flags(places, makers)
        store(
            Decided(
                self.rows.take(places),
                self.structure_id[places],
                self.assessment_id[places],
                self.placed.neighbourhood_id[places],
                flags[places],
                self.reasons[places],
            ),
            self.provenance,
        )
        self.settle(places)

    def makers(self, places: Integers) -> Integers:
        """The row that makes each new structure: the one that counts, else the first."""
        new = places[self.is_new[places]]
        order = new[np.lexsort((new, ~self.counts[new], self.group[new]))]
        first = np.ones(len(order), dtype=bool)
        first[1:] = np.diff(self.group[order]) != 0
        return np.sort(order[first])

    def flags(self, places: Integers, makers: Integers) -> Integers:
        flags = self.rows.network.astype(np.int64) * NETWORK + self.counts.astype(np.int64) * COUNTS
        flags[makers] |= NEW_STRUCTURE
        if self.provenance.product_id is not None and self.rows.keys is not None:
            unnamed = places[~self.found.by_name[places]]
            _, first = np.unique(self.group[unnamed], return_index=True)
            flags[unnamed[first]] |= NEW_REFERENCE
        return flags

    def settle(self, places: Integers) -> None:
        """Existing structures take over what counts now; older observations whose standing changed are marked."""
        existing = places[~self.is_new[places] & self.counts[places]]
        make_current(
            [
                *self.assessment_id[existing].tolist(),
                *(s.current_assessment for s in self.resettled if s.current_assessment),
            ]
        )
        forget_current([s.structure_id for s in self.resettled if s.nothing_counts])
        mark([pk for s in self.resettled for pk in s.doubted], state=HAS_ISSUES, reason=BETTER_THAN_BEFORE)
        mark([pk for s in self.resettled for pk in s.cleared], state=RECEIVED, reason="")


@dataclass(frozen=True)
class Resettled:
    """A structure whose history was told again: which older assessment counts, whose doubts came or went."""

    structure_id: int
    current_assessment: int | None
    nothing_counts: bool
    doubted: list[int]
    cleared: list[int]


@dataclass(frozen=True)
class Seen:
    """A recorded assessment as history needs it."""

    pk: int
    observation: Observation

    @property
    def is_doubted(self) -> bool:
        return self.observation.review_state == HAS_ISSUES and self.observation.review_reason == BETTER_THAN_BEFORE


def histories_of(structure_ids: Sequence[int]) -> dict[int, list[Seen]]:
    """All recorded assessments of some structures."""
    histories: dict[int, list[Seen]] = {pk: [] for pk in structure_ids}
    columns = ("pk", "structure_id", "grade", "method", "observed_at", "review_state", "review_reason")
    for pk, structure_id, grade, method, observed_at, state, reason in DamageAssessment.objects.filter(
        structure_id__in=structure_ids
    ).values_list(*columns):
        seen = Observation(DamageGrade(grade), Method(method), observed_at, pk, state, reason)
        histories[structure_id].append(Seen(pk, seen))
    return histories


def grade_numbers(rows: DamageRows) -> Integers:
    return np.array([GRADE_NUMBER[value.grade] for value in rows.values], dtype=np.int64)[rows.value]


def ranks(rows: DamageRows) -> Integers:
    return np.array([RANK_OF[value.method] for value in rows.values], dtype=np.int64)[rows.value]


def facts_already_there(rows: DamageRows, municipality_id: int) -> tuple[Booleans, Booleans]:
    """Rows whose instance id is recorded: with the same content, and with other content."""
    same, other = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    if rows.fact_id is None:
        return same, other
    asked = [fact for fact in rows.fact_id if fact is not None]
    there = {
        seen.fact_id: seen
        for seen in DamageAssessment.objects.filter(municipality_id=municipality_id, fact_id__in=asked)
    }
    for place, fact in enumerate(rows.fact_id):
        if (seen := there.get(fact)) is not None:
            same[place] = content_of(rows, place) == recorded_content(seen)
            other[place] = not same[place]
    return same, other


def content_of(rows: DamageRows, place: int) -> tuple[Any, ...]:
    value = rows.values[rows.value[place]]
    lon, lat = (round(float(degrees), 7) for degrees in rows.xy[place])
    habitability = (rows.habitability[place] if rows.habitability is not None else "") or ""
    written = rows.written_places[rows.written[place]]
    return (
        value.source_scale,
        value.source_value,
        value.method,
        int(rows.observed_at[place]),
        lon,
        lat,
        habitability,
        written,
    )


def recorded_content(seen: DamageAssessment) -> tuple[Any, ...]:
    assert seen.geom is not None
    inside = seen.geom.point_on_surface if seen.geom.geom_type != "Point" else seen.geom
    moment = int(np.datetime64(seen.observed_at.astimezone(UTC).replace(tzinfo=None), "us").astype(np.int64))
    lon, lat = round(inside.x, 7), round(inside.y, 7)
    return (seen.source_scale, seen.source_value, seen.method, moment, lon, lat, seen.habitability, seen.written_place)
