"""Answers of the API about what would happen if a facility stopped or worked again."""

from datetime import datetime
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
