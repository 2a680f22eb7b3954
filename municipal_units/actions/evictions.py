"""Eviction cases: opened by whoever sees a threat, brought forward step by step, never with a name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid
from municipal_units.actions.protection import require_area
from municipal_units.actions.rows import Problems
from municipal_units.core.evictions import (
    AFTER_CARRIED_OUT,
    ActorType,
    Answer,
    CaseStage,
    EvictionCause,
    Safeguard,
    Tenure,
)
from municipal_units.models import Event, EvictionCase, EvictionStage, Neighbourhood
from municipal_units.permissions import Actor, Permission, require

GRID_DEG = 0.01  # about a kilometre: the place of a case is never kept more exactly
MOST = 1_000_000


@dataclass(frozen=True, kw_only=True)
class EvictionRow:
    """One case. `households` and people are counts; `safeguards` answers by name, unknown where nothing is said."""

    stage: str
    on: date
    households: int
    actor_type: str = ActorType.UNKNOWN.value
    cause: str = EvictionCause.OTHER.value
    women: int | None = None
    men: int | None = None
    children: int | None = None
    displaced_households: int | None = None
    tenure: str = Tenure.UNKNOWN.value
    safeguards: Mapping[str, str] = field(default_factory=dict)
    notice_days: int | None = None
    deadline: date | None = None
    follow_up_due: date | None = None
    lon: float | None = None
    lat: float | None = None
    note: str = ""
    fact_id: UUID | None = None

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.word("stage", self.stage, CaseStage)
        problems.word("actor_type", self.actor_type, ActorType)
        problems.word("cause", self.cause, EvictionCause)
        problems.word("tenure", self.tenure, Tenure)
        problems.number("households", self.households, low=1, high=MOST)
        for name in ("women", "men", "children"):
            problems.number(name, getattr(self, name), high=MOST)
        problems.number("displaced_households", self.displaced_households, high=self.households)
        problems.number("notice_days", self.notice_days, high=3_660)
        check_safeguards(problems, self.safeguards)
        if self.on > timezone.localdate() + timedelta(days=1):
            problems.add("on", f"{self.on} lies in the future.")
        if (self.lon is None) != (self.lat is None):
            problems.add("lon", "A place needs both longitude and latitude.")
        elif self.lon is not None and self.lat is not None:
            problems.place(self.lon, self.lat)
        problems.texts(EvictionCase, {"note": self.note})
        return problems.error()


def check_safeguards(problems: Problems, safeguards: Mapping[str, str]) -> None:
    for name, answer in safeguards.items():
        problems.word("safeguards", name, Safeguard)
        problems.word(f"safeguards.{name[:40]}", answer, Answer)


@transaction.atomic
def open_eviction(*, by: Actor, neighbourhood: Neighbourhood, row: EvictionRow) -> EvictionCase:
    """A new case at its present stage. The same `fact_id` again gives what is there."""
    municipality = neighbourhood.municipality
    require_area(by, Permission.RECORD_EVICTIONS, municipality, neighbourhood.pk)
    if error := row.error():
        raise error
    if row.fact_id is not None:
        there = EvictionCase.objects.filter(municipality=municipality, fact_id=row.fact_id).first()
        if there is not None:
            same = (there.neighbourhood_id, there.households) == (neighbourhood.pk, row.households)
            if not same:
                raise Conflict("This case was already sent with other content.")
            return there
    case = EvictionCase.objects.create(
        municipality=municipality,
        neighbourhood=neighbourhood,
        fact_id=row.fact_id,
        stage=row.stage,
        stage_on=row.on,
        actor_type=row.actor_type,
        cause=row.cause,
        households=row.households,
        women=row.women,
        men=row.men,
        children=row.children,
        displaced_households=row.displaced_households,
        tenure=row.tenure,
        safeguards=dict(row.safeguards),
        notice_days=row.notice_days,
        deadline=row.deadline,
        follow_up_due=row.follow_up_due,
        location_fuzzed=fuzzed(row.lon, row.lat),
        note=row.note.strip(),
        opened_on=row.on,
        recorded_by_id=by.user_id,
    )
    _step(by, case, row.stage, row.on, "")
    return case


@transaction.atomic
def advance_eviction(
    *,
    by: Actor,
    case: EvictionCase,
    stage: str,
    on: date,
    note: str = "",
    safeguards: Mapping[str, str] | None = None,
    notice_days: int | None = None,
    deadline: date | None = None,
    follow_up_due: date | None = None,
) -> EvictionCase:
    """The next step of a case, with what is known of its safeguards by now; earlier steps stay."""
    require(by, Permission.EDIT_EVICTIONS, case.municipality_id, neighbourhood_id=case.neighbourhood_id)
    problems = Problems()
    problems.word("stage", stage, CaseStage)
    check_safeguards(problems, safeguards or {})
    problems.number("notice_days", notice_days, high=3_660)
    if on < case.stage_on:
        problems.add("on", f"The case was at {case.stage} on {case.stage_on} already.")
    if on > timezone.localdate() + timedelta(days=1):
        problems.add("on", f"{on} lies in the future.")
    problems.texts(EvictionCase, {"note": note})
    if error := problems.error():
        raise error
    went_through = set(case.stages.values_list("stage", flat=True))
    if CaseStage.CARRIED_OUT in went_through and stage not in AFTER_CARRIED_OUT:
        message = "It was carried out. It can only be resettled or remedied now."
        raise Invalid(message, fields=[FieldError("stage", message)])
    moved = stage != case.stage
    case.stage, case.stage_on = stage, on
    case.safeguards = {**case.safeguards, **(safeguards or {})}
    case.notice_days = case.notice_days if notice_days is None else notice_days
    case.deadline = deadline or case.deadline
    case.follow_up_due = follow_up_due
    case.save(update_fields=["stage", "stage_on", "safeguards", "notice_days", "deadline", "follow_up_due"])
    _step(by, case, stage if moved else "", on, note)
    return case


def fuzzed(lon: float | None, lat: float | None) -> Point | None:
    """The middle of a grid cell of about a kilometre."""
    if lon is None or lat is None:
        return None
    x, y = ((value // GRID_DEG + 0.5) * GRID_DEG for value in (lon, lat))
    return Point(round(x, 4), round(y, 4), srid=4326)


def _step(by: Actor, case: EvictionCase, stage: str, on: date, note: str) -> None:
    if stage or note.strip():
        EvictionStage.objects.create(
            municipality_id=case.municipality_id,
            case=case,
            stage=stage or case.stage,
            on=on,
            note=note.strip(),
            recorded_by_id=by.user_id,
        )
    Event.objects.record(
        "eviction.recorded",
        municipality_id=case.municipality_id,
        by_id=by.user_id,
        neighbourhood_id=case.neighbourhood_id,
        shows={"case": case.pk, "stage": case.stage, "neighbourhood": case.neighbourhood_id},
    )
