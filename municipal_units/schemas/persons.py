"""Questions and answers of the API about persons of a household, who looked at them, and lists that leave."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from crisis.lib.wire import Day, Id, In, Line, PageQuery, Source
from municipal_units.core.vocabulary import (
    AccessPurpose,
    Intention,
    PopulationGroup,
    RemovalReason,
    Sex,
    ShelterType,
    StockClass,
)
from municipal_units.schemas.history import ChangeOut


class MemberChange(In):
    """What is not given stays as it is; `birth_year` null says "not known"."""

    name: Line | None = None
    sex: Sex | None = None
    birth_year: int | None = Field(None, ge=1880, le=2200)
    is_head: bool | None = None
    wg: list[int | None] | None = Field(None, max_length=6)

    def changes(self) -> dict[str, Any]:
        given = self.dict(exclude_unset=True)
        told = {name: value for name, value in given.items() if value is not None or name == "birth_year"}
        return told | ({"wg": tuple(told["wg"])} if "wg" in told else {})


class RemovalIn(In):
    """Why the person is listed no longer, and how many people the household has now (none: as many as before)."""

    reason: RemovalReason
    size: int | None = Field(None, ge=1, le=200)


class HouseholdHistoryOut(Schema):
    """All changes of a household and its persons, newest first, without the persons."""

    household: UUID
    code: str
    items: list[ChangeOut]


class BulkChange(In):
    """What is new for all of them; what is not given stays. A null `left_on` says that they are here after all."""

    group: PopulationGroup | None = None
    stock_class: StockClass | None = None
    shelter_type: ShelterType | None = None
    intention: Intention | None = None
    neighbourhood: Id | None = None
    site: Id | None = None
    left_on: Day | None = None

    def changes(self) -> dict[str, Any]:
        names = {"neighbourhood": "neighbourhood_id", "site": "site_id"}
        given = self.dict(exclude_unset=True).items()
        return {
            names.get(name, name): value for name, value in given if value is not None or name in ("site", "left_on")
        }


class BulkIn(In):
    households: list[UUID] = Field(min_length=1, max_length=200)
    changes: BulkChange
    reason: Source


class BulkRefusalOut(Schema):
    code: str
    message: str


class BulkOut(Schema):
    """`change` names what was done, for undoing; codes of the households."""

    change: UUID | None
    changed: list[str]
    unchanged: list[str]
    refused: list[BulkRefusalOut]

    @staticmethod
    def resolve_refused(outcome: Any) -> list[dict[str, str]]:
        return [{"code": code, "message": message} for code, message in outcome.refused]


class AccessOut(Schema):
    at: datetime
    by: str
    kind: str
    purpose: str
    households: int
    household: UUID | None


class AccessQuery(PageQuery):
    kind: Literal["", "view", "search", "export", "compare"] = ""
    purpose: AccessPurpose | Literal[""] = ""


class ExportAskIn(In):
    """Which households with their names, and what for."""

    purpose: AccessPurpose
    group: PopulationGroup | Literal[""] = ""
    neighbourhood: Id | None = None
    site: Id | None = None


class ExportAnswerIn(In):
    """Somebody else than who asked; a refusal says why."""

    granted: bool
    answer: Source = ""


class ExportOut(Schema):
    """`state`: asked, granted, refused, withdrawn or expired; the `may_` say what the asker of this answer may do."""

    uuid: UUID
    purpose: str
    group: str
    neighbourhood: int | None
    site: int | None
    households: int
    state: str
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str
    answer: str
    expires_at: datetime | None
    taken_at: datetime | None
    may_answer: bool
    may_take: bool
    may_withdraw: bool
