"""Answers of the API about what hangs on a facility: what if it stops, who needs it, whom it serves."""

from datetime import date, datetime
from typing import Literal

from ninja import Schema

from municipal_units.schemas.registers import Names


class WhatIfQuery(Schema):
    state: Literal["stopped", "works"] = "stopped"


class ServiceMoved(Schema):
    """`before` and `after`: share of need met; `people`: persons whose need it changes, negative for a loss."""

    service: str
    before: float
    after: float
    people: int | None


class PlaceMoved(Schema):
    id: int
    name: str
    names: Names
    present: int | None
    index_before: float | None
    index_after: float | None
    people: int | None
    services: list[ServiceMoved]


class FacilityMoved(Schema):
    """Shares of its capacity that a facility gives."""

    id: int
    code: str
    name: str
    names: Names
    service: str
    before: float
    after: float


class WhatIfOut(Schema):
    """`computed` is false where the capacity of the facility is not known; nothing of this is kept anywhere."""

    facility: int
    state: str
    as_of: datetime
    computed: bool
    people: int | None
    places: list[PlaceMoved]
    facilities: list[FacilityMoved]


class TiedFacility(Schema):
    id: int
    code: str
    name: str
    names: Names
    service: str


class Provider(TiedFacility):
    """`share`: of the place the facility stands in, that this one serves."""

    share: float


class NeedTold(Schema):
    service: str
    strength: float
    backup_share: float
    hours_backup: float | None
    backup_since: datetime | None
    source: str
    observed_on: date | None
    providers: list[Provider]


class Dependent(TiedFacility):
    needs: str
    strength: float
    backup_share: float
    hours_backup: float | None


class ReachedPlace(Schema):
    neighbourhood: int
    name: str
    names: Names
    share: float


class NetworkOut(Schema):
    """What a facility needs and from whom, who needs it, and the share of each neighbourhood it serves."""

    needs: list[NeedTold]
    needed_by: list[Dependent]
    left_out: int
    reaches: list[ReachedPlace]
