"""Questions and answers of the API about works."""

from datetime import date
from typing import Literal

from ninja import Field, Schema

from assessments.actions.work_rows import LONGEST_DURATION_DAYS, MOST_CREW_UNITS, WorkAction, WorkRow
from assessments.core.works import EffectKind, Relocation, WorkPhase, WorkStatus, WorkType
from crisis.lib.wire import Amount, Day, Id, In, Line, PageQuery, Source, Word
from municipal_units.core.vocabulary import ServiceDomain


class EffectIn(In):
    """What a work adds: capacity or backup of a facility (in `unit`), or local reach of a neighbourhood (a share)."""

    kind: EffectKind
    add: Amount
    facility: Id | None = None
    neighbourhood: Id | None = None
    service: ServiceDomain | Literal[""] = ""
    unit: Word = ""


class EffectOut(Schema):
    kind: str
    facility: int | None = Field(None, validation_alias="facility_id")
    neighbourhood: int | None = Field(None, validation_alias="neighbourhood_id")
    service: str
    add: float


class WorkIn(In):
    """A candidate work. `requires` names works by code; of one `exclusive_group` at most one is chosen."""

    code: Word
    name: Line
    intervention_type: WorkType
    cost: Amount
    duration_days: int = Field(ge=1, le=LONGEST_DURATION_DAYS)
    actions: list[EffectIn] = Field([], max_length=200)
    requires: list[Word] = Field([], max_length=200)
    name_fr: Line = ""
    name_ar: Line = ""
    phase: WorkPhase = WorkPhase.EARLY_RECOVERY
    neighbourhood: Id | None = None
    currency: str = Field("", pattern=r"^([A-Z]{3})?$")
    fund: Word = ""
    crew: str = Field("", max_length=40, pattern=r"^[^\x00]*$")
    crew_units: int = Field(1, ge=0, le=MOST_CREW_UNITS)
    exclusive_group: Word = ""
    source: Source = ""
    observed_on: Day | None = None

    def row(self) -> WorkRow:
        values = self.dict()
        actions = tuple(
            WorkAction(facility_id=effect.pop("facility"), neighbourhood_id=effect.pop("neighbourhood"), **effect)
            for effect in values.pop("actions")
        )
        requires = tuple(values.pop("requires"))
        return WorkRow(neighbourhood_id=values.pop("neighbourhood"), actions=actions, requires=requires, **values)


class WorkOut(Schema):
    id: int
    code: str
    name: str
    name_fr: str
    name_ar: str
    intervention_type: str
    phase: str
    status: str
    status_reason: str
    neighbourhood: int | None = Field(None, validation_alias="neighbourhood_id")
    cost: float
    currency: str
    fund: str
    duration_days: int
    crew: str
    crew_units: int
    exclusive_group: str
    requires: list[str] = Field(validation_alias="required_codes")
    actions: list[EffectOut] = Field(validation_alias="effects")
    source: str
    observed_on: date | None
    relocation: str


class WorkQuery(PageQuery):
    status: WorkStatus | Literal[""] = ""


class WorkStatusIn(In):
    status: WorkStatus
    reason: Source = ""


class RelocationIn(In):
    """`eviction_case`: the case whose safeguards are those of the people who move."""

    relocation: Relocation
    eviction_case: Id | None = None
