"""Weighing services together: what is asked, what seats answer, how far apart they are, what agreeing changes."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

Points = dict[str, Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]]
Shares = dict[str, float]


class WeighingIn(Schema):
    """`services` empty: all that count today. `blind`: nobody sees the answers of a round before it is shown."""

    services: list[str] = Field(default_factory=list, max_length=40)
    blind: bool = True


class SeatAnswerIn(Schema):
    """Points 0-100 for every service asked about; the one to bring up first has 100."""

    seat: int
    points: Points = Field(max_length=40)
    words: str = Field("", max_length=1000)


class WeighingStateIn(Schema):
    """show: ends the round; again: opens the next; drop: the old weights stay, with the reason; propose: to the
    municipality; approve: by somebody else."""

    do: Literal["show", "again", "drop", "propose", "approve"]
    because: str = Field("", max_length=300)


class AgreementIn(Schema):
    points: Points = Field(max_length=40)
    dissent: str = Field("", max_length=5000)
    name: str = Field("", max_length=120)


class PointsIn(Schema):
    points: Points = Field(max_length=40)


class WeighingRow(Schema):
    id: int
    meeting: int
    held_at: datetime
    title: str
    state: str
    round: int
    answers: int
    agreed_at: datetime | None
    approved_at: datetime | None


class SeatPoints(Schema):
    """`seat`, its code and community are empty where the unit does not name seats."""

    seat: int | None
    code: str
    title: str
    community: str
    points: float


class OutlierOut(Schema):
    seat: int
    code: str
    title: str
    points: float


class SpreadOut(Schema):
    """Points: ends, middle half, median, width = high - low in a word (close, some, wide), seats far from the rest."""

    low: float
    q1: float
    median: float
    q3: float
    high: float
    width: float
    word: str
    outliers: list[OutlierOut]


class WeighedService(Schema):
    service: str
    norm: float | None
    unit: str
    before: float
    answers: list[SeatPoints]
    spread: SpreadOut | None


class WeighingSeat(Schema):
    """`kept_from`: the earlier round whose answer still stands where the seat said nothing in this one."""

    seat: int
    code: str
    title: str
    community: str
    chairs: bool
    vacant: bool
    absent: bool
    mine: bool
    answered: bool
    kept_from: int | None
    on_shared_screen: bool


class SeatWords(Schema):
    seat: int
    code: str
    title: str
    words: str


class QuorumSeen(Schema):
    present: int
    seats: int
    needed: int
    reached: bool
    problems: list[str]


class AgreedOut(Schema):
    points: Points = {}
    weights: Shares = {}


class WeighingOut(WeighingRow):
    """`shown_round`: the round whose answers lie on the table, 0 for none. `kept`: weights of services not weighed.
    `suggested`: medians, where an agreement can begin."""

    services: list[WeighedService]
    kept: Shares
    blind: bool
    shown_round: int
    outliers_named: bool
    seats: list[WeighingSeat]
    mine: dict[int, Points]
    words: list[SeatWords]
    suggested: Points
    quorum: QuorumSeen
    agreed: AgreedOut
    dissent: str
    agreed_by: str
    scenario: int | None
    scenario_name: str
    proposals: list[int]
    proposed_at: datetime | None
    dropped_because: str


class WeightMove(Schema):
    service: str
    before: float
    after: float


class RankMove(Schema):
    id: int
    code: str = ""
    names: dict[str, str]
    from_: int = Field(alias="from")
    to: int


class EffectOut(Schema):
    """`first_places_firm`: whether every seat's own values give the same first three places; null without answers."""

    weights: list[WeightMove]
    places: list[RankMove]
    first_places_firm: bool | None
    works: list[RankMove]
