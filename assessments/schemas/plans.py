"""Questions and answers of the API about scenarios, runs and plans."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from assessments.schemas.expansion import ExpectedIn
from assessments.schemas.visits import PlanDoubtOut
from crisis.lib.wire import Amount, Day, Id, In, Line, Note, Share, Source, Word

Table = Annotated[dict[Word, Amount], Field(max_length=200)]
Ids = Annotated[list[Id], Field(max_length=5_000)]


class ScenarioIn(In):
    """What a plan may use and must respect. What is left out is taken from `copy_of`, else its usual value.
    `arrivals_from`: the arrival scenario whose rows it takes over as they are now; `duration_factors`: by `type|crew`,
    as offered by the learned durations."""

    name: Line = Field(min_length=1, max_length=120)
    copy_of: Id | None = None
    budget_total: Amount | None = None
    budgets: Table = {}
    crews: Table = {}
    periods: int = Field(26, ge=1, le=240)
    period_days: int = Field(7, ge=1, le=365)
    displaced_weight: float = Field(0, ge=0, le=10)
    floor_share: Share | None = None
    floor_price: float = Field(0.3, ge=0, le=10)
    low_share: Share = 0.4
    mandatory: Ids = []
    forbidden: Ids = []
    weights: Table = {}
    displaced_change: float = Field(0, ge=-1, le=5)
    arrival_places: Ids = []
    arrivals_from: Id | None = None
    duration_factors: Table = {}
    gap: float = Field(0.01, ge=0, le=0.5)
    time_s: int = Field(60, ge=1, le=1800)


class FrozenArrivals(Schema):
    """The rows of an arrival scenario as they were when the scenario of the plan was written."""

    name: str
    rows: list[ExpectedIn]


class ScenarioOut(Schema):
    id: int
    name: str
    copy_of: int | None
    created_at: datetime
    budget_total: float | None
    budgets: dict[str, float]
    crews: dict[str, float]
    periods: int
    period_days: int
    displaced_weight: float
    floor_share: float | None
    floor_price: float
    low_share: float
    mandatory: list[int]
    forbidden: list[int]
    weights: dict[str, float]
    weights_source: str
    weights_on: date | None
    displaced_change: float
    arrival_places: list[int]
    arrivals: FrozenArrivals | None
    under_way: dict[str, float]
    duration_factors: dict[str, float]
    gap: float
    time_s: int


class RunOut(Schema):
    """How far a solve is. `gap` is relative to the gain; `plan` is its answer once there is one."""

    id: int
    scenario: int
    state: str
    attempts: int
    message: str
    stop_requested: bool
    stage: str
    seconds: float | None
    gain: int | None
    bound: int | None
    gap: float | None
    case_sha256: str
    frozen_at: datetime
    finished_at: datetime | None
    plan: int | None


class ScenarioRunOut(ScenarioOut):
    run: RunOut | None


class PlanRow(Schema):
    id: int
    scenario: int
    name: str
    state: str
    gain: int | None
    bound: int | None
    gap: float | None
    proof: str
    proof_text: str
    cost: float
    budget: float | None
    city_before: float | None
    city_after: float | None
    computed_at: datetime
    starts_on: date | None


class PlansOut(Schema):
    scenarios: list[ScenarioRunOut]
    plans: list[PlanRow]


class PlanWorkOut(Schema):
    """A work of a plan. `share`: of the best plans when the inputs vary together, how many hold it; `band` in words
    (firm, likely, contested, outside); None until that was worked out."""

    id: int
    code: str
    name: str
    names: dict[str, str]
    neighbourhood: int | None
    status: str
    phase: str
    chosen: bool
    start_period: int | None
    begins_on: date | None
    ends_on: date | None
    beyond_horizon: bool
    cost: float
    gain: int | None
    why: str
    band: str | None
    share: float | None
    votes_for: int
    votes_against: int
    started_on: date | None
    finished_on: date | None
    actual_cost: float | None
    verified_on: date | None


class PlanOut(PlanRow):
    """A plan in full; states and curves as in `core/planning/story.py`, people as the reader may see them."""

    scenario_values: ScenarioOut
    run: RunOut
    currency: str
    before: dict[str, Any]
    after: dict[str, Any]
    groups: list[dict[str, Any]]
    places: list[dict[str, Any]]
    curve: list[dict[str, Any]]
    achieved: list[dict[str, Any]]
    behind: list[dict[str, Any]]
    frontier: list[dict[str, Any]]
    works: list[PlanWorkOut]
    doubt: PlanDoubtOut | None
    dissent: str
    decision: int | None
    approved_at: datetime | None
    published_at: datetime | None
    withdrawn_reason: str


class ComparedWork(PlanWorkOut):
    inside: list[bool]
    whys: list[str]
    differs: bool


class ComparisonOut(Schema):
    plans: list[PlanOut]
    works: list[ComparedWork]


class PlanStateIn(In):
    """propose, approve (with `starts_on` and dissent in its own words), publish, or withdraw (with a reason)."""

    do: Literal["propose", "approve", "publish", "withdraw"]
    starts_on: Day | None = None
    decision: Id | None = None
    dissent: Note = ""
    reason: Source = ""


class ReplanIn(In):
    name: Line = Field(min_length=1, max_length=120)


class WorkRecordIn(In):
    started_on: Day | None = None
    finished_on: Day | None = None
    actual_cost: Amount | None = None


class WorkRecordOut(Schema):
    work: int = Field(validation_alias="intervention_id")
    started_on: date | None
    finished_on: date | None
    actual_cost: float | None
    verified_on: date | None


class VoteIn(In):
    value: Literal[-1, 1]


class VoteOut(Schema):
    work: int
    votes_for: int
    votes_against: int


class FundIn(In):
    code: Word
    name: Line
    amount: Amount
    donor: Line = ""
    state: Literal["pledged", "committed", "received"] = "pledged"
    services: Annotated[list[Word], Field(max_length=50)] = []
    until: Day | None = None


class FundOut(Schema):
    id: int
    code: str
    name: str
    donor: str
    state: str
    services: list[str]
    until: date | None
    amount: float
    set_aside: float
    left: float


class FundingIn(In):
    amount: Amount


class FundingOut(Schema):
    """Funds, works of the plan in force (or all) with what is missing, and sums per sector."""

    plan: int | None
    currency: str
    funds: list[FundOut]
    works: list[dict[str, Any]]
    sectors: list[dict[str, Any]]


class LearnedOut(Schema):
    """Finished works of one type and crew: how many, and actual over planned days: middle, lowest and highest (of four
    or more: the middle half). `key` is the key of a scenario's `duration_factors`."""

    key: str
    intervention_type: str
    crew: str
    n: int
    factor: float
    low: float
    high: float
    planned_days: float
    actual_days: float
    cost_factor: float | None
    cost_n: int
    works: list[str]
