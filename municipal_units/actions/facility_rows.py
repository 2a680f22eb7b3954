"""Rows about facilities as files, forms and phones give them, and what can be wrong with each by itself."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib.gis.geos import MultiPolygon

from crisis.lib.errors import Invalid
from municipal_units.actions.rows import Problems
from municipal_units.core.opening_hours import opening_spans
from municipal_units.core.vocabulary import (
    ASSET_TYPES,
    Confidence,
    DataOrigin,
    OperationalStatus,
    ServiceDomain,
    StatusCause,
)
from municipal_units.models import CatchmentShare, Dependency, Facility, FacilityStatus, LocalReach


@dataclass(frozen=True, kw_only=True)
class FacilityRow:
    """A facility. `capacity` is counted in `unit` (empty: the demand unit of the service); lon and lat in degrees.

    `observed_on` is the day whose boundaries decide its neighbourhood (today when unknown). A row is recognised by
    `source` and `source_key` when the source has keys, else by `code`.
    """

    code: str
    name: str
    service: str
    lon: float
    lat: float
    asset_type: str = ""
    name_fr: str = ""
    name_ar: str = ""
    capacity: float | None = None
    unit: str = ""
    capacity_source: str = ""
    capacity_status: str = DataOrigin.OBSERVED.value
    catchment_area: MultiPolygon | None = None
    catchment_m: float | None = None
    opening_hours: str = ""
    written_place: str = ""
    source: str = ""
    source_key: str = ""
    opened_on: date | None = None
    closed_on: date | None = None
    observed_on: date | None = None

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.require("code", self.code.strip())
        problems.require("name", self.name.strip())
        problems.word("service", self.service, ServiceDomain)
        if self.service in set(ServiceDomain):
            problems.word("asset_type", self.asset_type, ASSET_TYPES[ServiceDomain(self.service)], blank=True)
        problems.place(self.lon, self.lat)
        problems.number("capacity", self.capacity)
        problems.number("catchment_m", self.catchment_m, low=1, high=1_000_000)
        hours(problems, self.opening_hours)
        problems.word("capacity_status", self.capacity_status, DataOrigin)
        if self.opened_on and self.closed_on and self.closed_on < self.opened_on:
            problems.add("closed_on", "This is before the day it opened.")
        texts = ("code", "name", "name_fr", "name_ar", "capacity_source", "written_place", "source", "source_key")
        given = {name: getattr(self, name) for name in (*texts, "opening_hours")}
        problems.texts(Facility, given | {"capacity_unit": self.unit})
        return problems.error()


@dataclass(frozen=True, kw_only=True)
class StatusRow:
    """One observation of whether a facility works. `measured_output` is in the demand unit of its service.

    `fact_id` is the id made on the phone; rows of files have none and are recognised by facility, source and moment.
    """

    facility_id: int
    status: str
    observed_at: datetime
    causes: tuple[str, ...] = ()
    measured_output: float | None = None
    fact_id: UUID | None = None
    method: str = "facility_report"
    confidence: str = Confidence.MEDIUM.value
    source: str = ""
    note: str = ""

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.word("status", self.status, OperationalStatus)
        for cause in self.causes:
            problems.word("causes", cause, StatusCause)
        problems.number("measured_output", self.measured_output)
        problems.word("confidence", self.confidence, Confidence)
        problems.require("method", self.method)
        moment(problems, "observed_at", self.observed_at)
        problems.texts(FacilityStatus, {"source": self.source, "note": self.note, "method": self.method})
        return problems.error()


@dataclass(frozen=True, kw_only=True)
class DependencyRow:
    """`strength`: share of capacity lost without the service; a backup carries `backup_share` for `hours_backup`."""

    facility_id: int
    service: str
    strength: float
    backup_share: float = 0
    hours_backup: float | None = None
    backup_since: datetime | None = None
    source: str = ""
    observed_on: date | None = None

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.word("service", self.service, ServiceDomain)
        problems.number("strength", self.strength, high=1)
        problems.number("backup_share", self.backup_share, high=1)
        problems.number("hours_backup", self.hours_backup)
        if self.backup_since is not None:
            moment(problems, "backup_since", self.backup_since)
        problems.texts(Dependency, {"source": self.source})
        return problems.error()


@dataclass(frozen=True, kw_only=True)
class CatchmentRow:
    """The share of a neighbourhood that a facility serves, as somebody states it."""

    facility_id: int
    neighbourhood_id: int
    share: float
    source: str = ""
    observed_on: date | None = None

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.number("share", self.share, high=1)
        problems.texts(CatchmentShare, {"source": self.source})
        return problems.error()


@dataclass(frozen=True, kw_only=True)
class ReachRow:
    """The share of a neighbourhood that a service can physically get to, as observed."""

    neighbourhood_id: int
    service: str
    share: float
    observed_at: datetime
    source: str = ""
    confidence: str = Confidence.MEDIUM.value

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.word("service", self.service, ServiceDomain)
        problems.number("share", self.share, high=1)
        problems.word("confidence", self.confidence, Confidence)
        moment(problems, "observed_at", self.observed_at)
        problems.texts(LocalReach, {"source": self.source})
        return problems.error()


def moment(problems: Problems, field: str, value: datetime) -> None:
    """A moment needs its time zone; one a day ahead of any clock is a typing mistake the actions find."""
    if value.tzinfo is None:
        problems.add(field, "This needs a time zone, for example 2026-11-20T14:32:00Z.")


def hours(problems: Problems, text: str) -> None:
    """Opening hours nobody can read are asked about again."""
    try:
        opening_spans(text)
    except ValueError as part:
        problems.add("opening_hours", f"'{str(part)[:60]}' is not understood. Write for example Mo-Fr 08:00-16:00.")


def row_of(facility: Facility) -> FacilityRow:
    """The facility as a row, to be sent again with changes."""
    same = (
        "code",
        "name",
        "service",
        "asset_type",
        "name_fr",
        "name_ar",
        "capacity_status",
        "catchment_area",
        "catchment_m",
    )
    rest = ("written_place", "source", "source_key", "opened_on", "closed_on", "opening_hours")
    return FacilityRow(
        **{name: getattr(facility, name) for name in same + rest},
        lon=facility.geom.x,
        lat=facility.geom.y,
        capacity=facility.stated_capacity,
        unit=facility.capacity_unit,
        capacity_source=facility.capacity_source,
    )
