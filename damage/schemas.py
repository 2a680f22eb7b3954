"""Questions and answers of the API about structures and their damage."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from crisis.lib.wire import Day, Id, In, Latitude, Line, Longitude, Moment, PageQuery, Source, Word
from damage.actions.housing import MOST_DWELLINGS
from damage.core.grading import DamageGrade, Habitability, Method, SourceScale
from damage.core.history import ACCEPTED, REJECTED
from municipal_units.core.vocabulary import Confidence


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
