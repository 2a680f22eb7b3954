"""Questions and answers of the API about tension, incidents, evictions and the tasks that follow."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema

from crisis.lib.wire import Amount, Day, Id, In, Latitude, Line, Longitude, Note, Number
from municipal_units.core.evictions import ActorType, Answer, CaseStage, EvictionCause, Safeguard, Tenure
from municipal_units.core.tension import IncidentKind, TensionIndicator, Verification
from municipal_units.schemas.registers import Names


class TensionIn(In):
    """`values` by indicator; what was not measured is left out."""

    neighbourhood: Id
    observed_on: Day
    values: dict[TensionIndicator, Number] = Field(min_length=1)
    note: Note = ""


class TensionOut(Schema):
    """The level of a neighbourhood. `masked`: only the level is told to this reader."""

    neighbourhood: int
    name: str
    names: Names
    level: str
    index: float | None
    scores: dict[str, int]
    values: dict[str, float]
    lethal: bool | None
    record: int | None
    observed_on: date | None
    note: str
    recorded_by: str
    confirmed: bool
    masked: bool


class TensionList(Schema):
    items: list[TensionOut]


class RecordedOut(Schema):
    id: int


class SuggestionOut(Schema):
    """What the registers already say of the indicators; the person who records decides."""

    values: dict[str, float]


class IncidentIn(In):
    """No names of persons or groups. `instance_id` is made by the sender: sent again, it is taken once."""

    neighbourhood: Id
    kind: IncidentKind
    occurred_on: Day
    lethal: bool = False
    account: Note = ""
    source: Line = ""
    instance_id: UUID | None = None


class IncidentOut(Schema):
    id: int
    neighbourhood: int = Field(validation_alias="neighbourhood_id")
    kind: str
    occurred_on: date
    lethal: bool
    verification: str
    account: str
    source: str
    recorded_at: datetime


class VerifyIn(In):
    verification: Verification


class EvictionIn(In):
    """`lon` and `lat` are kept to about a kilometre. `instance_id`: sent again, the case is taken once."""

    neighbourhood: Id
    stage: CaseStage
    on: Day
    households: int = Field(ge=1, le=1_000_000)
    actor_type: ActorType = ActorType.UNKNOWN
    cause: EvictionCause = EvictionCause.OTHER
    women: int | None = Field(None, ge=0, le=1_000_000)
    men: int | None = Field(None, ge=0, le=1_000_000)
    children: int | None = Field(None, ge=0, le=1_000_000)
    displaced_households: int | None = Field(None, ge=0, le=1_000_000)
    tenure: Tenure = Tenure.UNKNOWN
    safeguards: dict[Safeguard, Answer] = {}
    notice_days: int | None = Field(None, ge=0, le=3_660)
    deadline: Day | None = None
    follow_up_due: Day | None = None
    lon: Longitude | None = None
    lat: Latitude | None = None
    note: Note = ""
    instance_id: UUID | None = None


class StageIn(In):
    stage: CaseStage
    on: Day
    note: Note = ""
    safeguards: dict[Safeguard, Answer] = {}
    notice_days: int | None = Field(None, ge=0, le=3_660)
    deadline: Day | None = None
    follow_up_due: Day | None = None


class StageOut(Schema):
    stage: str
    on: date
    note: str
    by: str


class EvictionOut(Schema):
    """`classification` follows from the safeguards by rule; it is never a legal finding."""

    id: int
    neighbourhood: int
    stage: str
    stage_on: date
    actor_type: str
    cause: str
    households: int
    women: int | None
    men: int | None
    children: int | None
    displaced_households: int | None
    tenure: str
    safeguards: dict[str, str]
    notice_days: int | None
    deadline: date | None
    follow_up_due: date | None
    lon: float | None
    lat: float | None
    note: str
    opened_on: date
    recorded_by: str
    classification: str
    stages: list[StageOut]


class EvictionTotals(Schema):
    """Shares 0-1. Null: nothing to tell, or withheld."""

    cases: int | None
    households_at_risk: int | None
    at_risk_per_1000: float | None
    carried_out_90d: int | None
    households_carried_out_90d: int | None
    median_notice_days: Amount | None
    with_alternatives: float | None
    averted_rate: float | None


class TaskOut(Schema):
    id: int
    neighbourhood: int | None = Field(None, validation_alias="neighbourhood_id")
    because: str
    options: list[str]
    status: str
    opened_at: datetime
    due_on: date
    chosen: str
    note: str
    done_at: datetime | None


class TaskDone(In):
    chosen: Literal["dialogue", "service_fix", "referral"]
    note: Note
