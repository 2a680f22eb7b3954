"""Questions and answers of the API about safety settings."""

from datetime import datetime
from typing import Any

from ninja import Field, Schema

from crisis.lib.wire import In, Source


class SafetyValues(Schema):
    """The settings in force. Numbers in metres, hours, days and persons."""

    conflict_mode: bool
    sensitive_services: list[str]
    grid_m: int
    hazard_buffer_m: int
    publication_delay_hours: int
    publish_weekly: bool
    review_every_days: int
    partner_threshold: int
    partner_base: int
    public_threshold: int
    public_base: int


class SafetyIn(In):
    """Settings to change, by the names of SafetyValues, and why."""

    values: dict[str, bool | int | list[str]] = Field(min_length=1)
    reason: Source


class SafetyProposalOut(Schema):
    """`status`: in_force (it protects more and holds at once), proposed, approved or rejected."""

    id: int
    values: dict[str, Any]
    before: dict[str, Any]
    reason: str
    status: str
    proposed_at: datetime
    decided_at: datetime | None


class SafetyOut(Schema):
    values: SafetyValues
    changes: list[SafetyProposalOut]


class SafetyDecisionIn(In):
    approve: bool
