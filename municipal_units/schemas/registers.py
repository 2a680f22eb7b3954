"""Questions and answers of the API about places, facilities, people, norms and accounts."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from crisis.lib.wire import (
    Amount,
    Day,
    Id,
    In,
    Latitude,
    Line,
    Longitude,
    Moment,
    Note,
    Number,
    PageQuery,
    Share,
    Source,
    Word,
)
from municipal_units.actions.facility_rows import FacilityRow
from municipal_units.core.vocabulary import (
    Confidence,
    DataOrigin,
    EstimationMethod,
    InformantType,
    OperationalStatus,
    Phase,
    PopulationGroup,
    ServiceDomain,
    Sex,
    StatusCause,
)
from municipal_units.selectors.norms import NormKind

# -- places


class Names(Schema):
    en: str
    fr: str
    ar: str


class CrisisOut(Schema):
    id: int
    name: str
    started_on: date


class MunicipalityOut(Schema):
    """`bbox` is west, south, east, north in degrees; `role` the first of the asker's `roles` here."""

    id: int
    code: str
    name: str
    names: Names
    crisis: CrisisOut | None
    bbox: list[float] | None
    role: str | None
    roles: list[str]
    currency: str


class NeighbourhoodOut(Schema):
    id: int
    pcode: str
    local_code: str
    name: str
    names: Names
    aliases: list[str]
    retired_on: date | None

    @staticmethod
    def resolve_names(place: Any) -> dict[str, str]:
        return {"en": place.name, "fr": place.name_fr or place.name, "ar": place.name_ar or place.name}


# -- facilities


class NeedOut(Schema):
    service: str
    strength: float
    backup_share: float
    hours_backup: float | None
    backup_since: datetime | None


class FacilityOut(Schema):
    """`capacity` is in `unit`, the demand unit of the service; `factor` the share of it seen working."""

    id: int
    code: str
    name: str
    names: Names
    service: str
    asset_type: str
    capacity: float | None
    unit: str
    stated_capacity: float | None
    stated_unit: str
    capacity_source: str
    status: str
    factor: float | None
    causes: list[str]
    measured_output: float | None
    observed_at: datetime | None
    confidence: str | None
    lon: float
    lat: float
    neighbourhood: int | None
    closed_on: date | None
    opened_on: date | None
    opening_hours: str
    depends: list[NeedOut]


class FacilityQuery(PageQuery):
    """`q` is part of a name or code."""

    service: ServiceDomain | Literal[""] = ""
    status: OperationalStatus | Literal[""] = ""
    q: Line = ""
    neighbourhood: Id | None = None


class FacilityIn(In):
    """`capacity` is counted in `unit`; an empty unit is the demand unit of the service."""

    code: Word
    name: Line
    service: ServiceDomain
    lon: Longitude
    lat: Latitude
    asset_type: Word = ""
    name_fr: Line = ""
    name_ar: Line = ""
    capacity: Amount | None = None
    unit: Word = ""
    capacity_source: Source = ""
    capacity_status: DataOrigin = DataOrigin.OBSERVED
    source: Line = ""
    opened_on: Day | None = None
    closed_on: Day | None = None
    opening_hours: Line = ""

    def row(self) -> FacilityRow:
        return FacilityRow(**self.dict())


class FacilityChange(In):
    """What is not given stays as it is."""

    code: Word | None = None
    name: Line | None = None
    service: ServiceDomain | None = None
    lon: Longitude | None = None
    lat: Latitude | None = None
    asset_type: Word | None = None
    name_fr: Line | None = None
    name_ar: Line | None = None
    capacity: Amount | None = None
    unit: Word | None = None
    capacity_source: Source | None = None
    capacity_status: DataOrigin | None = None
    source: Line | None = None
    opened_on: Day | None = None
    closed_on: Day | None = None
    opening_hours: Line | None = None


class StatusIn(In):
    """One observation. `instance_id` is made by the sender: sent again, it is taken once."""

    instance_id: UUID
    status: OperationalStatus
    observed_at: Moment
    causes: list[StatusCause] = Field([], max_length=20)
    measured_output: Amount | None = None
    confidence: Confidence = Confidence.MEDIUM
    method: Literal["facility_report", "rapid_field", "detailed_engineering", "community"] = "facility_report"
    note: Note = ""


class StatusOut(Schema):
    id: int
    instance_id: UUID | None = Field(None, validation_alias="fact_id")
    facility: int = Field(validation_alias="facility_id")
    status: str
    causes: list[str]
    measured_output: float | None
    observed_at: datetime
    received_at: datetime
    confidence: str
    method: str
    source: str
    review_state: str
    note: str


class StatusReceipt(StatusOut):
    """`event` is the uuid under which every open screen hears of it."""

    event: UUID | None


class DependencyIn(In):
    """`strength`: share of capacity lost without the service; a backup carries `backup_share` for `hours_backup`."""

    strength: Share
    backup_share: Share = 0
    hours_backup: Amount | None = None
    backup_since: Moment | None = None
    source: Source = ""
    observed_on: Day | None = None


class DependencyOut(Schema):
    facility: int = Field(validation_alias="facility_id")
    service: str
    strength: float
    backup_share: float
    hours_backup: float | None
    backup_since: datetime | None
    source: str
    observed_on: date | None


class CatchmentIn(In):
    share: Share
    source: Source = ""
    observed_on: Day | None = None


class CatchmentOut(Schema):
    facility: int = Field(validation_alias="facility_id")
    neighbourhood: int = Field(validation_alias="neighbourhood_id")
    share: float
    source: str
    observed_on: date | None


class ReachIn(In):
    neighbourhood: Id
    service: ServiceDomain
    share: Share
    observed_at: Moment
    source: Source = ""
    confidence: Confidence = Confidence.MEDIUM


class ReachOut(Schema):
    id: int
    neighbourhood: int = Field(validation_alias="neighbourhood_id")
    service: str
    share: float
    observed_at: datetime
    source: str
    confidence: str


# -- people


class PartIn(In):
    """Persons of one sex and age band; both ages are included, null is open."""

    sex: Sex
    age_min: int | None = Field(None, ge=0, le=130)
    age_max: int | None = Field(None, ge=0, le=130)
    individuals: Amount


class EstimateIn(In):
    """`site`: of these, how many live in it. `disabled`: persons with a disability by the Washington Group."""

    neighbourhood: Id
    site: Id | None = None
    disabled: Amount | None = None
    parts: list[PartIn] = Field([], max_length=60)
    group: PopulationGroup
    individuals: Amount
    households: Amount | None = None
    lo: Amount | None = None
    hi: Amount | None = None
    confidence: Confidence = Confidence.MEDIUM
    status: DataOrigin = DataOrigin.ESTIMATED


class EstimateOut(Schema):
    id: int
    neighbourhood: int = Field(validation_alias="neighbourhood_id")
    group: str
    individuals: float
    households: float | None
    lo: float | None
    hi: float | None
    confidence: str
    status: str
    written_place: str
    site: int | None = Field(None, validation_alias="site_id")
    disabled: float | None


class RoundIn(In):
    """One count with its figures; all of them are taken or none."""

    name: Line
    source: Source
    method: EstimationMethod
    observed_on: Day
    coverage: Literal["complete", "partial"] = "complete"
    excludes_sites: bool = False
    informants: int | None = Field(None, ge=0, le=100_000)
    informant_types: list[InformantType] = Field([], max_length=10)
    estimates: list[EstimateIn] = Field(min_length=1, max_length=20_000)


class RoundOut(Schema):
    id: int
    name: str
    source: str
    method: str
    observed_on: date
    coverage: str
    excludes_sites: bool
    informants: int | None
    informant_types: list[str]
    review_state: str
    review_reason: str
    superseded_by: int | None = Field(None, validation_alias="superseded_by_id")


class ReviewRoundIn(In):
    accepted: bool
    reason: str = Field("", max_length=300, pattern=r"^[^\x00]*$")


class SupersedeIn(In):
    """The newer count that stands from now on."""

    by: Id


class ComparedOut(Schema):
    """What two counts say of one group in one place or site. `notable`: they differ by more than a quarter."""

    neighbourhood: int
    site: int | None
    group: str
    older: float | None
    newer: float | None
    change: float | None
    notable: bool

    @staticmethod
    def resolve_site(row: Any) -> int | None:
        return row["site"].pk if row["site"] else None


class FlagOut(Schema):
    """A figure that does not add up, and how: parts_differ, more_disabled, more_households, sites_exceed."""

    estimate: int
    flags: list[str]


# -- norms


class NormIn(In):
    """A newer value; the older row stays. What `key` and `unit` mean depends on `kind`."""

    kind: NormKind
    value: Number
    source: Source
    valid_from: Day | None = None
    service: ServiceDomain | Literal[""] = ""
    key: Word = ""
    unit: str = Field("", max_length=60, pattern=r"^[^\x00]*$")
    phase: Phase | Literal[""] = ""
    edition: str = Field("", max_length=100, pattern=r"^[^\x00]*$")
    certainty: Literal["verified", "unverified", "assumption"] = "assumption"


class NormOut(Schema):
    id: int
    kind: str
    service: str
    key: str
    unit: str
    phase: str
    value: float
    valid_from: date
    source: str
    edition: str
    certainty: str


# -- accounts


class GrantOut(Schema):
    """A role in a municipality; empty lists mean that it is not narrowed."""

    municipality: str
    role: str
    neighbourhoods: list[int]
    services: list[str]


class MeOut(Schema):
    username: str
    name: str
    organisation: str
    language: str
    by_token: bool
    grants: list[GrantOut]


class TokenIn(In):
    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")
    days: int = Field(90, ge=1, le=366)


class TokenOut(Schema):
    id: int
    name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewTokenOut(TokenOut):
    """`secret` is shown this once."""

    secret: str
