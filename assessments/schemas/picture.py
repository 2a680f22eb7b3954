"""Answers of the API that tell the town's picture; the selectors build them, a test holds them to these shapes."""

from datetime import UTC, date, datetime, time

from ninja import Field, Schema
from pydantic import ConfigDict

from assessments.schemas.visits import DoubtOut
from crisis.lib.wire import Day, Moment
from municipal_units.schemas.registers import FacilityOut, MunicipalityOut, Names


class CityOut(Schema):
    index: float | None
    lo: float | None
    hi: float | None
    coverage: float | None
    people: int | None
    hosts: int | None
    displaced: int | None
    returnees: int | None


class ClassOut(Schema):
    code: str
    low: float | None = Field(None, alias="from")
    high: float | None = Field(None, alias="to")


class ServiceOut(Schema):
    code: str
    weight: float
    essential: bool
    letter: str
    letters: Names
    unit: str
    norm: float


class PartOut(Schema):
    service: str
    people: int


class NamedFacility(Schema):
    id: int
    code: str
    name: str


class WhyOut(Schema):
    """The service that leaves most people short, and what limits it."""

    service: str
    code: str
    facility: NamedFacility | None
    text: str


class CellOut(Schema):
    """One service in one place: share of need met with interval, the share of it that rests on observations, and why
    it is not more."""

    f: float | None
    lo: float | None
    hi: float | None
    reason: str
    text: str
    observed_at: datetime | None
    observed: bool
    coverage: float | None
    demand: float | None
    supply: float | None
    black_start_risk: bool


class PlaceOut(Schema):
    """One neighbourhood. `short` is people x (1 - index); `parts` sum to it, largest first."""

    id: int
    pcode: str
    name: str
    names: Names
    centre: list[float] | None
    index: float | None
    lo: float | None
    hi: float | None
    coverage: float | None
    hatched: bool
    class_: str = Field(alias="class")
    rank: int | None
    previous_index: float | None
    people: int | None
    hosts: int | None
    displaced: int | None
    returnees: int | None
    people_lo: int | None
    people_hi: int | None
    short: int | None
    parts: list[PartOut]
    why: WhyOut | None
    services: dict[str, CellOut]


class StoppedOut(Schema):
    """A facility that does not fully work."""

    id: int
    code: str
    name: str
    service: str
    status: str
    lon: float
    lat: float


class MomentQuery(Schema):
    """A moment or a day (then: its end) to look back to; nothing means now."""

    at: Moment | Day | None = None

    def moment(self) -> datetime | None:
        if self.at is None or isinstance(self.at, datetime):
            return self.at
        return datetime.combine(self.at, time.max, tzinfo=UTC)


class SituationOut(Schema):
    """`functionality_seq` is the event the figures follow; it may be behind `seq` for a moment. `at`: the earlier
    moment asked for, None now; `since`: as far back as can be asked."""

    municipality: MunicipalityOut
    seq: int
    epoch: str
    functionality_seq: int
    as_of: datetime | None
    at: datetime | None
    since: datetime | None
    city: CityOut
    threshold: float
    beta: float
    classes: list[ClassOut]
    services: list[ServiceOut]
    neighbourhoods: list[PlaceOut]
    stopped: list[StoppedOut]


class FigureOut(Schema):
    value: int | None
    lo: int | None
    hi: int | None


class AlternativeOut(Schema):
    """What another count says that does not decide; the name of the count, its source and day stand beside it."""

    model_config = ConfigDict(extra="allow")
    value: int | None


class PresentOut(FigureOut):
    source: str | None
    method: str | None
    confidence: str | None
    observed_on: date | None
    groups: dict[str, FigureOut]
    flags: list[str]
    alternatives: list[AlternativeOut]


class DamageOut(Schema):
    structures: int
    assessed: int
    by_grade: dict[str, int]
    to_review: int


class GainHere(Schema):
    n: int
    s: str
    gain: int


class WeakestGain(Schema):
    n: int
    gain: int


class UnlockerOut(Schema):
    id: int
    code: str
    pair_bonus: int | None


class RankedWorkOut(Schema):
    """A work as if it were the only one, with what it needs first (`closure`). `gain` is persons fully served.

    `band` (firm, likely, contested, outside) says how often it is among the first places when weights, people and
    capacities vary together: in `share` of the draws; nine times of ten its rank is `rank_low` to `rank_high`. None
    until that was worked out."""

    rank: int
    id: int
    code: str
    name: str
    names: Names
    phase: str
    status: str
    neighbourhood: int | None
    gain: int | None
    cost: float
    currency: str
    gain_per_cost: float | None
    duration_days: int
    closure: list[str]
    breakdown: list[GainHere]
    weakest: list[WeakestGain]
    reason: str
    unlockers: list[UnlockerOut]
    lo: int | None
    hi: int | None
    band: str | None
    share: float | None
    rank_low: int | None
    rank_high: int | None


class RankingOut(Schema):
    items: list[RankedWorkOut]
    note: str
    doubt: DoubtOut | None


class HelpOut(RankedWorkOut):
    """A work that would help here, with its gain here beside that in the whole town."""

    gain_here: int | None


class BoundaryOut(Schema):
    valid_from: date
    source: str


class CurvePointOut(Schema):
    at: datetime
    value: float | None


class PanelOut(PlaceOut):
    """A place in full; `visits` is their number by state, for those who fill in forms here."""

    at: datetime | None
    curve: list[CurvePointOut]
    population: PresentOut
    damage: DamageOut
    facilities: list[FacilityOut]
    helps: list[HelpOut]
    visits: dict[str, int]
    boundary: BoundaryOut | None
