"""Plans of neighbourhoods: what the unit writes, the figures beside it, versions, signatures."""

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field


class AreaPlanIn(Schema):
    """`sections`: text by section and field (municipal_units.md 4); `changed`: what and why; `onto`: the version it was
    written from, so that nobody overwrites another."""

    sections: dict[str, dict[str, Any]] = Field(max_length=20)
    changed: str = Field(max_length=300)
    onto: int | None = None


class AreaVoteIn(Schema):
    title: str = Field(max_length=300)
    text: str = Field(max_length=10_000)


class AreaAgreementIn(Schema):
    decision: int


class AreaVersion(Schema):
    id: int
    version: int
    status: str
    changed: str
    written_at: datetime
    written_by: str
    agreed_at: datetime | None


class AreaPlanRow(Schema):
    neighbourhood: int
    names: dict[str, str]
    plan: AreaVersion | None


class Signature(Schema):
    """A seat's vote on the decision; its holder's name and words are told to members."""

    seat: int
    code: str
    title: str
    community: str
    name: str
    vote: str
    words: str


class AreaPlanOut(AreaVersion):
    """`figures`: by section, each value with `source` and `as_of`; `protected`: what is never kept or printed, for
    those the role matrix names."""

    neighbourhood: int
    names: dict[str, str]
    sections: dict[str, Any]
    figures: dict[str, Any]
    versions: list[AreaVersion]
    decision: int | None
    decision_number: int | None
    signatures: list[Signature]
    dissent: str
    protected: dict[str, Any]


class WrittenChange(Schema):
    section: str
    field: str
    before: Any
    after: Any


class FigureChange(Schema):
    section: str
    key: str
    kind: str
    before: Any
    after: Any


class AreaComparisonOut(Schema):
    older: AreaVersion
    newer: AreaVersion
    written: list[WrittenChange]
    figures: list[FigureChange]
