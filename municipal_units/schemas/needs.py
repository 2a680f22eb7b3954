"""Questions and answers of the API about reported needs."""

from datetime import datetime
from uuid import UUID

from ninja import Field, Schema

from crisis.lib.wire import Id, In, Line, Moment, Note, PageQuery, Source, Word
from municipal_units.core.needs import MOST_NEEDS, Urgency
from municipal_units.core.vocabulary import PopulationGroup


class NeedIn(In):
    """`first_need` is one of `needs`, which are services, food or items. `instance_id` is made by the sender."""

    instance_id: UUID
    neighbourhood: Id
    group: PopulationGroup
    individuals: int = Field(ge=1, le=1_000_000)
    needs: list[Word] = Field(min_length=1, max_length=MOST_NEEDS)
    first_need: Word = ""
    urgency: Urgency
    observed_at: Moment
    helped: bool | None = None
    helper: Line = ""
    note: Note = ""
    source: Source = ""


class NeedOut(Schema):
    """`individuals` is null where it is withheld."""

    id: int
    neighbourhood: int
    group: str
    individuals: int | None
    needs: list[str]
    first_need: str
    urgency: str
    helped: bool | None
    helper: str
    note: str
    source: str
    observed_at: datetime
    review_state: str


class NeedReceipt(Schema):
    id: int


class NeedQuery(PageQuery):
    neighbourhood: Id | None = None
