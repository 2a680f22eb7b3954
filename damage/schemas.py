"""Questions and answers of the API about structures and their damage."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from crisis.lib.wire import Day, Id, In, Latitude, Line, Longitude, Moment, Note, PageQuery, Source, Word
from damage.actions.housing import MOST_DWELLINGS
from damage.core.grading import DamageGrade, Habitability, Method, SourceScale
from damage.core.history import ACCEPTED, REJECTED
from damage.core.structures import HazardClass, HazardConfidence, HazardType
from municipal_units.core.vocabulary import Confidence
from municipal_units.schemas.registers import Names


class DamageIn(In):
    """One observation, in the source's own scale and word. `instance_id` is made by the sender: sent again, it is taken
    once. `structure` when the sender knows which one it is; else the nearest is looked for."""

    instance_id: UUID
    lon: Longitude
    lat: Latitude
    source_scale: SourceScale = SourceScale.EMS98
    source_value: Word
    observed_at: Moment
    method: Method = Method.RAPID_FIELD
    structure: Id | None = None
    confidence: Confidence = Confidence.MEDIUM
    habitability: Habitability | Literal[""] = ""
    occupied_now: bool | None = None
    written_place: Line = ""


class AssessmentOut(Schema):
    id: int
    instance_id: UUID | None = Field(None, validation_alias="fact_id")
    structure: int = Field(validation_alias="structure_id")
    neighbourhood: int | None = Field(None, validation_alias="neighbourhood_id")
    source_scale: str
    source_value: str
    grade: str
    grade_high: str
    method: str
    confidence: str
    observed_at: datetime
    received_at: datetime
    habitability: str
    occupied_now: bool | None
    review_state: str
    review_reason: str
    written_place: str


class DamageReceipt(AssessmentOut):
    """`event` is the uuid under which every open screen hears of it; `feature` the structure as it counts now."""

    event: UUID | None
    feature: dict[str, Any]


class AssessmentQuery(PageQuery):
    """`review` keeps those that wait for a person."""

    structure: Id | None = None
    neighbourhood: Id | None = None
    review: bool = False


class ReviewIn(In):
    state: Literal["accepted", "rejected"]
    reason: str = Field("", max_length=60, pattern=r"^[^\x00]*$")


assert {ACCEPTED, REJECTED} == {"accepted", "rejected"}


class StructureOut(Schema):
    """A structure as a GeoJSON Feature with the grade that counts now."""

    type: str
    id: int
    geometry: dict[str, Any]
    properties: dict[str, Any]


class HousingIn(In):
    """Dwellings of a neighbourhood before damage, as counted or estimated on a day."""

    neighbourhood: Id
    dwelling_units: int = Field(ge=0, le=MOST_DWELLINGS)
    observed_on: Day
    source: Source
    registered_complete: bool = False
    confidence: Confidence = Confidence.MEDIUM


class HousingOut(Schema):
    id: int
    neighbourhood: int = Field(validation_alias="neighbourhood_id")
    dwelling_units: int
    observed_on: date
    source: str
    registered_complete: bool
    confidence: str


class StructureQuery(PageQuery):
    neighbourhood: Id | None = None
    grade: DamageGrade | Literal[""] = ""


class HazardIn(In):
    """Something dangerous, at a position or at least in a neighbourhood. `reach_m`: how far from the position it may
    lie. `instance_id` is made by the sender: sent again, it is taken once."""

    instance_id: UUID
    kind: HazardType
    observed_at: Moment
    lon: Longitude | None = None
    lat: Latitude | None = None
    neighbourhood: Id | None = None
    reach_m: int = Field(0, ge=0, le=10_000)
    status: Literal["suspected", "confirmed"] = "suspected"
    confidence: HazardConfidence = HazardConfidence.REPORTED
    blocks_road: bool | None = None
    marked: bool | None = None
    written_place: Line = ""
    note: Note = ""
    source: Line = ""


class HazardStateIn(In):
    """`note`: on what ground, needed when it is declared gone."""

    status: HazardClass
    on: Day
    note: Note = ""


class HazardQuery(PageQuery):
    """`status`: open, gone, all, or one state."""

    status: Literal["open", "gone", "all"] | HazardClass = "open"
    neighbourhood: Id | None = None


class HazardStepOut(Schema):
    status: str
    on: date
    note: str
    by: str


class HazardReceipt(Schema):
    id: int


class HazardOut(Schema):
    """`generalised`: the position is the middle of a coarse square, and what would say more is left out."""

    id: int
    neighbourhood: int | None
    names: Names | None
    kind: str
    explosive: bool
    status: str
    status_on: date
    open: bool
    confidence: str
    observed_at: datetime
    lon: float | None
    lat: float | None
    reach_m: int
    generalised: bool
    blocks_road: bool | None
    marked: bool | None
    written_place: str
    note: str
    source: str
    steps: list[HazardStepOut]
