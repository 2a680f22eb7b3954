"""Questions and answers of the API about visits, teams, and what to assess first."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from crisis.lib.wire import Day, Id, In, Line, Moment, Source, Word


class VisitIn(In):
    """Where to go, by id: a facility, a structure, or a whole neighbourhood (`form`: damage_rapid or population). For
    a person, a team, or whoever is near. `origin` proposed: taken from the list of what to assess first."""

    facility: Id | None = None
    structure: Id | None = None
    neighbourhood: Id | None = None
    form: Word = ""
    assigned_to: Word = ""
    team: Line = ""
    due_on: Day | None = None
    reason: Source = ""
    origin: Literal["chosen", "proposed"] = "chosen"


class VisitStateIn(In):
    state: Literal["planned", "cancelled"]


class VisitOut(Schema):
    """`state`: planned, under_way, done, refused, inaccessible, cancelled. `value`: share of the first places of the
    ranking that the answer could replace, when it was proposed."""

    id: int
    title: str
    reason: str
    form_id: str
    facility: str | None
    structure: int | None
    neighbourhood: int | None
    lon: float | None
    lat: float | None
    origin: str
    value: float | None
    state: str
    assigned_to: str
    team: str
    due_on: date | None
    note: str
    said_at: datetime | None
    closed_at: datetime | None
    submission: int | None


class SaidIn(In):
    """Progress of one visit as the phone saw it; `at` by the phone's clock."""

    visit: Id
    state: Literal["under_way", "done", "refused", "inaccessible"]
    at: Moment
    note: Source = ""


class SaidAllIn(In):
    said: list[SaidIn] = Field(max_length=500)


class VisitNow(Schema):
    id: int
    state: str


class VisitsNowOut(Schema):
    visits: list[VisitNow]


class TeamIn(In):
    """`people` are user names; the team has exactly these afterwards."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    people: list[Word] = Field([], max_length=200)


class TeamPerson(Schema):
    username: str
    name: str


class TeamOut(Schema):
    id: int
    name: str
    people: list[TeamPerson]


class TeamsOut(Schema):
    items: list[TeamOut]


class DoubtOut(Schema):
    """How rank bands were made. The same `stamp` (of the inputs) and `seed` give the same bands; not `is_current`:
    facts have changed since, and the next answer is under way."""

    draws: int
    first_places: int
    asked_places: int | None
    seed: int
    stamp: str
    as_of: datetime | None
    computed_at: datetime
    seconds: float | None
    is_current: bool


class AskIn(In):
    """Weigh the ranking again. `first_places` None: a quarter of the works."""

    first_places: int | None = Field(None, ge=1, le=1_000)
    seed: int | None = Field(None, ge=0, le=2**31 - 1)


class AskedOut(Schema):
    asked_places: int | None
    seed: int


class AssessFirstItem(Schema):
    """What to look at. `kind`: facility, people, housing or roads of a neighbourhood; `form` answers it (empty: no
    field form does). `value`: share of the first places the answer could replace (None: nobody can say);
    `stake` (plans): persons more fully served if it were known."""

    kind: str
    facility: int | None
    code: str
    name: str
    names: dict[str, str]
    service: str
    neighbourhood: int | None
    place: dict[str, str] | None
    observed_at: datetime | None
    form: str
    is_planned: bool
    why: str
    value: float | None
    stake: int | None = None


class AssessFirstOut(Schema):
    items: list[AssessFirstItem]
    doubt: DoubtOut | None


class PlanDoubtOut(Schema):
    """How firm a plan is when weights, people and capacities vary together; gains are those of 5 %, 50 % and 95 % of
    the draws, `regret` the mean share of the gain that the best plan of each draw would add."""

    draws: int
    seed: int
    stamp: str
    computed_at: datetime
    seconds: float
    gain_low: int | None
    gain_middle: int | None
    gain_high: int | None
    regret: float
    surveys: list[AssessFirstItem]
