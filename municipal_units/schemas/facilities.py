"""Questions and answers about one facility as a whole: whom it serves, and states of many at once."""

from typing import Any
from uuid import UUID

from ninja import Field, Schema

from crisis.lib.wire import Amount, Id, In, Share, Source
from municipal_units.actions.facility_links import CatchmentMethod
from municipal_units.schemas.registers import CatchmentOut, StatusIn


class FacilityStatusIn(StatusIn):
    facility: Id


class CatchmentSetIn(In):
    """How it is known whom a facility serves: `distance_m` (null: the norm of its kind), `shares` by neighbourhood id,
    or `area` as a GeoJSON polygon. The other two are taken away."""

    method: CatchmentMethod
    distance_m: Amount | None = None
    shares: dict[Id, Share] = Field({}, max_length=5_000)
    area: dict[str, Any] | None = None
    source: Source = ""


class CatchmentAnswer(Schema):
    """Which method counts now. `norm_m`: what applies to facilities of its kind; null is the whole municipality."""

    method: str
    distance_m: float | None
    norm_m: float | None
    area: dict[str, Any] | None
    shares: list[CatchmentOut]


class StatusesIn(In):
    """Observations of several facilities, taken together: good ones go in, each other one says why not."""

    statuses: list[FacilityStatusIn] = Field(min_length=1, max_length=1_000)


class StatusOutcome(Schema):
    facility: int
    state: str
    id: int | None
    problem: str


class StatusesReceipt(Schema):
    """`recorded` are the ids to take back with; `event` is null when nothing was new."""

    recorded: list[int]
    refused: int
    outcomes: list[StatusOutcome]
    event: UUID | None


class WithdrawIn(In):
    statuses: list[Id] = Field(min_length=1, max_length=1_000)
    reason: Source = ""


class WithdrawnOut(Schema):
    withdrawn: int
