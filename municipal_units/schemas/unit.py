"""Questions and answers of the API about the unit: seats, meetings, decisions, proposals."""

from datetime import date, datetime
from typing import Any, Literal

from ninja import Field, Schema

from crisis.lib.wire import Day, Id, In, Line, Moment, Note, Number, PageQuery, Source, Word
from municipal_units.core.unit import Community, Vote
from municipal_units.core.vocabulary import Phase, SeatCode, ServiceDomain
from municipal_units.selectors.norms import NormKind

Title = Source


class SeatIn(In):
    """Host and displaced seats speak for their community, and the mayor's seat chairs, unless said otherwise."""

    code: SeatCode
    title: Line = ""
    community: Community | None = None
    chairs: bool | None = None


class UnitIn(In):
    """Without `seats`: the nine of the Burkina Faso units."""

    name: Line
    founded_on: Day
    legal_basis: Source = ""
    seats: list[SeatIn] | None = Field(None, max_length=100)


class UnitChange(In):
    name: Line
    legal_basis: Source = ""
    meets_every_days: int = Field(90, ge=1, le=366)


class HolderIn(In):
    """Who holds the seat: the name of somebody in office. `account` where they sign in here."""

    holder: Line
    starts_on: Day
    ends_on: Day | None = None
    woman: bool | None = None
    organisation: Line = ""


class EndIn(In):
    ends_on: Day
    because: Source = ""


class AbolishIn(In):
    abolished_on: Day


class SeatOut(Schema):
    id: int
    code: str
    title: str
    community: str
    chairs: bool
    vacant: bool
    vacant_since: date | None
    holder: str
    woman: bool | None
    organisation: str
    starts_on: date | None
    ends_on: date | None
    ends_soon: bool


class BalanceOut(Schema):
    """`problems`: no_chair, too_few_host, too_few_displaced, too_few_women."""

    seats: int
    held: int
    vacant: int
    host: int
    displaced: int
    women: int
    told: int
    women_share: float | None
    problems: list[str]


class QuorumOut(Schema):
    """`problems`: chair_absent, too_few_seats, host_absent, displaced_absent."""

    present: int
    seats: int
    needed: int
    reached: bool
    problems: list[str]


class RuleOut(Schema):
    """`own`: the municipality has set it (a norm of the kind unit_rule); else it is the proposed value."""

    rule: str
    value: float
    source: str
    own: bool


class UnitOut(Schema):
    id: int
    name: str
    founded_on: date
    legal_basis: str
    meets_every_days: int
    seats: list[SeatOut]
    balance: BalanceOut
    rules: list[RuleOut]


class MeetingIn(In):
    held_at: Moment
    title: Line = ""
    place: Line = ""
    agenda: list[Title] = Field([], max_length=60)


class PresentIn(In):
    """`name`: who sat there, where it was not the holder."""

    seat: Id
    present: bool
    name: Line = ""


class AttendanceIn(In):
    seats: list[PresentIn] = Field(min_length=1, max_length=100)


class MinutesIn(In):
    """`points`: what was said by position on the agenda."""

    minutes: str = Field("", max_length=100_000, pattern=r"^[^\x00]*$")
    points: dict[int, Note] = Field({}, max_length=60)
    for_partners: bool = False


class AgendaOut(Schema):
    position: int
    title: str
    minutes: str


class AttendanceOut(Schema):
    seat: int
    code: str
    title: str
    community: str
    chairs: bool
    holder: str
    vacant: bool
    present: bool | None
    name: str


class LinkIn(In):
    """What is approved: `reference` is its id as text (of a norm_proposal its number)."""

    kind: Literal["parameters", "norm_proposal", "ranking", "plan", "area_plan", "document", "work"]
    reference: Line
    title: Title = ""


class LinkOut(Schema):
    kind: str
    reference: str
    title: str


class VoteOut(Schema):
    seat: int
    code: str
    title: str
    name: str
    vote: str
    words: str


class DecisionIn(In):
    title: Title
    text: str = Field(min_length=1, max_length=50_000, pattern=r"^[^\x00]*$")
    meeting: Id | None = None
    links: list[LinkIn] = Field([], max_length=50)
    replaces: Id | None = None


class VoteIn(In):
    seat: Id
    vote: Vote
    words: Note = ""


class DecideIn(In):
    """The votes of the seats that were at the meeting, and dissent in its own words."""

    meeting: Id
    votes: list[VoteIn] = Field(min_length=1, max_length=100)
    dissent: str = Field("", max_length=20_000, pattern=r"^[^\x00]*$")


class BecauseIn(In):
    because: Source


class DecisionOut(Schema):
    """`votes` are for members of the unit, others get the sums. `status`: proposed, adopted, rejected, withdrawn."""

    id: int
    number: int
    title: str
    text: str
    status: str
    meeting: int | None
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decided_by: str
    quorum: dict[str, Any] | None
    sums: dict[str, int]
    votes: list[VoteOut]
    dissent: str
    withdrawn_because: str
    replaces: int | None
    replaced_by: int | None
    links: list[LinkOut]


class DecisionQuery(PageQuery):
    status: Literal["", "proposed", "adopted", "rejected", "withdrawn"] = ""


class MeetingOut(Schema):
    id: int
    title: str
    held_at: datetime
    place: str
    status: str
    minutes: str
    minutes_for_partners: bool
    closed_at: datetime | None
    agenda: list[AgendaOut]
    attendance: list[AttendanceOut]
    quorum: QuorumOut
    decisions: list[DecisionOut]


class MeetingHead(Schema):
    id: int
    title: str
    held_at: datetime
    place: str
    status: str


class NormProposalIn(In):
    kind: NormKind
    value: Number
    source: Source
    service: ServiceDomain | Literal[""] = ""
    key: Word = ""
    unit: str = Field("", max_length=60, pattern=r"^[^\x00]*$")
    phase: Phase | Literal[""] = ""
    valid_from: Day | None = None
    reason: Note = ""


class AnswerIn(In):
    """`answer` is needed to reject."""

    approve: bool
    answer: Note = ""


class NormProposalOut(Schema):
    id: int
    kind: str
    service: str
    key: str
    unit: str
    phase: str
    value: float
    before: float | None
    valid_from: date
    source: str
    reason: str
    status: str
    proposed_at: datetime
    decided_at: datetime | None
    answer: str
    decision: int | None = Field(None, validation_alias="decision_id")
    norm: int | None = Field(None, validation_alias="norm_id")
