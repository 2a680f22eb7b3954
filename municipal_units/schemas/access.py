"""Questions and answers of the API about who has access."""

from datetime import date, datetime

from ninja import Field, Schema

from crisis.lib.wire import Day, In, Line
from municipal_units.permissions import Role


class AccessOut(Schema):
    """One role of one person here. `last_seen` is a sign-in, an open session or a used key, whichever is newest."""

    id: int
    name: str
    organisation: str
    role: Role
    neighbourhoods: list[str]
    services: list[str]
    last_seen: datetime | None
    has_second_factor: bool
    devices: int
    keys: int
    ends_on: date | None


class AccessListOut(Schema):
    """`review_due` says that the list is to be gone through again, every `review_every_days` days."""

    items: list[AccessOut]
    count: int
    reviewed_at: datetime | None
    review_due: bool
    review_every_days: int


class InvitationIn(In):
    """`neighbourhoods` and `services` narrow the role; `access_ends_on` is its last day."""

    name: Line
    role: Role
    neighbourhoods: list[int] = Field(default_factory=list, max_length=500)
    services: list[str] = Field(default_factory=list, max_length=50)
    access_ends_on: Day | None = None


class InvitationOut(Schema):
    id: int
    name: str
    role: Role
    neighbourhood_ids: list[int]
    services: list[str]
    expires_at: datetime


class InvitationListOut(Schema):
    items: list[InvitationOut]
    count: int


class NewInvitationOut(InvitationOut):
    """`path` is the address to hand over; it is in this answer and nowhere else."""

    path: str


class DeviceOut(Schema):
    id: int
    name: str
    expires_at: datetime


class NewDeviceOut(DeviceOut):
    """`secret` is what the phone scans; it is in this answer and nowhere else."""

    secret: str


class DeviceIn(In):
    name: Line


class ReviewOut(Schema):
    people: int
    at: datetime
