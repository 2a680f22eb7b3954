"""Questions and answers of the API about service expansion: needs, arrival scenarios, a facility put on the map."""

from datetime import datetime
from typing import Literal

from ninja import Field, Schema

from assessments.actions.arrivals import Expected
from assessments.actions.expansion import Proposal
from assessments.selectors.expansion import Question
from assessments.selectors.new_facility import Site
from crisis.lib.wire import Amount, Id, In, Latitude, Line, Longitude, Number, Source, Word
from municipal_units.schemas.registers import Names


class QuestionIn(In):
    """`phase`: whose norm is asked for; `target`: share of it to reach; `arrivals`: an arrival scenario by id."""

    service: Word = "water"
    phase: Literal["emergency", "post_emergency", "permanent"] = "emergency"
    target: Number = 1.0
    arrivals: Id | None = None

    def question(self) -> Question:
        return Question(self.service, self.phase, self.target, self.arrivals)


class SiteIn(QuestionIn):
    """`capacity` in `unit` (empty: the demand unit); a point in degrees, or a neighbourhood, whose middle it is."""

    capacity: Amount | None = None
    unit: Line = ""
    asset_type: Line = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    neighbourhood: Id | None = None
    only_here: bool = False
    independent: bool = False

    def site(self) -> Site:
        names = ("asset_type", "capacity", "unit", "lon", "lat", "neighbourhood", "only_here", "independent")
        return Site(**{name: getattr(self, name) for name in names})


class ProposalIn(SiteIn):
    """The site as asked, and what the works list needs: cost in the municipality's currency, days, crew."""

    code: Word
    name: Line
    cost: Amount
    duration_days: int = Field(ge=1, le=36_500)
    crew: Line = ""
    crew_units: int = Field(1, ge=0, le=100_000)
    fund: Line = ""
    requires: list[Word] = Field(default_factory=list, max_length=500)

    def proposal(self) -> Proposal:
        return Proposal(
            code=self.code,
            name=self.name,
            cost=self.cost,
            duration_days=self.duration_days,
            crew=self.crew,
            crew_units=self.crew_units,
            fund=self.fund,
            requires=tuple(self.requires),
        )


class ExpectedIn(In):
    """Either `share` (0.2: a fifth more of those there now) or `persons`. Without a neighbourhood: the whole town.
    `leaving`: the neighbourhood they go away from; who returns was displaced there."""

    group: Word
    neighbourhood: Id | None = None
    share: Number | None = None
    persons: Number | None = None
    leaving: Id | None = None


class ArrivalsIn(In):
    name: Line
    source: Source = ""
    rows: list[ExpectedIn] = Field(max_length=500)

    def expected(self) -> list[Expected]:
        return [
            Expected(
                group=row.group,
                neighbourhood_id=row.neighbourhood,
                share=row.share,
                persons=row.persons,
                leaving_id=row.leaving,
            )
            for row in self.rows
        ]


class ArrivalsOut(Schema):
    id: int
    name: str
    source: str
    changed_at: datetime
    rows: list[ExpectedIn]


class NormOut(Schema):
    """Service units per person, and who says so."""

    phase: str
    value: float
    unit: str
    source: str


class NeedsItem(Schema):
    """In service units, but `people`, `groups` (persons) and shares. `built`: if every facility gave its capacity;
    `short`: missing now; `missing`: missing even then, the size of an expansion; `verdict`: met, repair, connect,
    expand, no_demand or unknown."""

    people: float
    groups: dict[str, float]
    need: float
    gets: float | None
    built: float
    reach: float
    share: float | None
    class_: str = Field(alias="class")
    short: float | None
    missing: float | None
    verdict: str


class NeedsSum(Schema):
    people: float
    groups: dict[str, float]
    need: float
    gets: float
    built: float
    short: float
    missing: float
    share: float | None
    unknown_places: int
    verdicts: dict[str, int]


class PlaceNeeds(Schema):
    id: int
    name: str
    names: Names
    now: NeedsItem
    then: NeedsItem


class ModuleOut(Schema):
    """One `unit` of this kind of facility gives so many service units."""

    unit: str
    asset_type: str
    gives: float


class SiteFound(Schema):
    """A place for a facility of `asset_type` (empty: any) and what it would have to give."""

    id: int
    name: str
    names: Names
    asset_type: str
    size: float


class ServiceNeedsOut(Schema):
    """`now` with the people there are, `then` with those of the arrival scenario (the same without one)."""

    service: str
    unit: str
    norm: NormOut
    target: float
    arrivals: ArrivalsOut | None
    as_of: datetime
    now: NeedsSum
    then: NeedsSum
    places: list[PlaceNeeds]
    modules: list[ModuleOut]
    sites: list[SiteFound]


class NeedOfSite(Schema):
    service: str
    strength: float


class GivesOut(Schema):
    """What the facility could give now, and the service that holds it back."""

    amount: float
    share: float
    limited_by: str | None


class GroupGains(Schema):
    """`served`: persons whose need of the service is newly met; `gain`: persons more served over all services."""

    group: str
    people: float
    share_before: float | None
    share_after: float | None
    served: float
    index_before: float | None
    index_after: float | None
    gain: float


class PlaceGains(Schema):
    id: int
    name: str
    names: Names
    people: float
    before: float | None
    after: float | None
    class_before: str
    class_after: str
    index_before: float | None
    index_after: float | None
    served: dict[str, float]
    served_all: float
    moved: bool


class NewFacilityOut(Schema):
    """Before and after one more facility; nothing of this is kept. `capacity_for_all`: with which nobody it reaches
    would be short."""

    service: str
    unit: str
    asset_type: str
    capacity: float
    lon: float
    lat: float
    neighbourhood: int | None
    only_here: bool
    independent: bool
    as_of: datetime
    arrivals: ArrivalsOut | None
    norm: NormOut
    needs: list[NeedOfSite]
    gives: GivesOut
    capacity_for_all: float
    groups: list[GroupGains]
    city_before: float | None
    city_after: float | None
    places: list[PlaceGains]
