"""Questions and answers of the API about households, their persons, movements and sites."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from crisis.lib.wire import STORABLE, Day, Id, In, Line, PageQuery, Source, Word
from municipal_units.actions.household_rows import HouseholdRow, MemberRow
from municipal_units.core.vocabulary import (
    AccessPurpose,
    Confidence,
    DisplacementReason,
    EstimationMethod,
    Intention,
    LegalBasis,
    MovementType,
    PopulationGroup,
    Sex,
    ShelterType,
    SpecificNeed,
    StockClass,
)


class MemberIn(In):
    """`wg`: the six answers of the Washington Group Short Set, 1 to 4, null where not asked."""

    name: Line = ""
    sex: Sex = Sex.UNKNOWN
    birth_year: int | None = Field(None, ge=1880, le=2200)
    is_head: bool = False
    wg: list[int | None] = Field([], max_length=6)

    def row(self) -> MemberRow:
        return MemberRow(**{**self.dict(), "wg": tuple(self.wg)})


class HouseholdIn(In):
    """One registration. `instance_id` is made by the sender: sent again, it is taken once."""

    instance_id: Line
    neighbourhood: Id
    group: PopulationGroup
    size: int = Field(ge=1, le=200)
    members: list[MemberIn] = Field([], max_length=200)
    phone: str = Field("", max_length=40, pattern=STORABLE)
    site: Id | None = None
    stock_class: StockClass = StockClass.UNKNOWN
    origin: Line = ""
    arrived_on: Day | None = None
    reason: DisplacementReason | Literal[""] = ""
    shelter_type: ShelterType = ShelterType.UNKNOWN
    needs: list[SpecificNeed] = Field([], max_length=20)
    intention: Intention | Literal[""] = ""
    intention_on: Day | None = None
    legal_basis: LegalBasis = LegalBasis.CONSENT
    consent_on: Day | None = None
    registered_on: Day

    def row(self) -> HouseholdRow:
        values = self.dict() | {"members": tuple(member.row() for member in self.members)}
        return HouseholdRow(
            neighbourhood_id=values.pop("neighbourhood"),
            site_id=values.pop("site"),
            needs=tuple(values.pop("needs")),
            **values,
        )


class HouseholdChange(In):
    """What is not given stays as it is."""

    neighbourhood: Id | None = None
    group: PopulationGroup | None = None
    size: int | None = Field(None, ge=1, le=200)
    phone: str | None = Field(None, max_length=40, pattern=STORABLE)
    site: Id | None = None
    stock_class: StockClass | None = None
    origin: Line | None = None
    arrived_on: Day | None = None
    reason: DisplacementReason | Literal[""] | None = None
    shelter_type: ShelterType | None = None
    needs: list[SpecificNeed] | None = Field(None, max_length=20)
    intention: Intention | Literal[""] | None = None
    intention_on: Day | None = None
    legal_basis: LegalBasis | None = None
    consent_on: Day | None = None

    def changes(self) -> dict[str, Any]:
        """The values that were given, by their names in the register; a null says "not known" of days and sites."""
        empty = ("site", "arrived_on", "intention_on", "consent_on")
        names = {"neighbourhood": "neighbourhood_id", "site": "site_id"}
        given = self.dict(exclude_unset=True).items()
        return {names.get(name, name): value for name, value in given if value is not None or name in empty}


class HouseholdOut(Schema):
    """A household without its persons."""

    uuid: UUID
    code: str
    neighbourhood: int
    site: int | None
    group: str
    stock_class: str
    size: int
    origin: str
    arrived_on: date | None
    shelter_type: str
    needs: list[str]
    intention: str
    legal_basis: str
    registered_on: date
    left_on: date | None


class HouseholdReceipt(HouseholdOut):
    """`alike`: how many households already there look like this one; a person decides."""

    alike: int


class HouseholdDetail(HouseholdOut):
    reason: str
    intention_on: date | None
    consent_on: date | None
    keep_until: date
    members_listed: int


class MemberOut(Schema):
    """`disability`: at least one Washington Group answer of 3 or 4; null where nothing was asked."""

    id: int
    name: str
    sex: str
    birth_year: int | None
    is_head: bool
    wg: list[int | None]
    disability: bool | None


class OpenedHousehold(HouseholdDetail):
    instance_id: str
    phone: str
    members: list[MemberOut]


class PurposeIn(In):
    """Why persons are looked at; written down with the asker's name and the time."""

    purpose: AccessPurpose


class SearchIn(PurposeIn):
    """A name or a phone number. It goes in the body, because addresses are kept in logs."""

    text: str = Field(min_length=2, max_length=200, pattern=STORABLE)


class SheetIn(PurposeIn):
    """Which households; persons leave in it, so only a short list at once, and a long one as a granted request."""

    group: PopulationGroup | Literal[""] = ""
    neighbourhood: Id | None = None
    site: Id | None = None


class FoundHousehold(HouseholdOut):
    """`likeness` 0-1 between what was asked and the best name of the household; `head` its head."""

    likeness: float
    head: str


class HouseholdQuery(PageQuery):
    """`q` is the beginning of a code; `shelter` may also be `critical`."""

    q: str = Field("", max_length=8, pattern=r"^[0-9A-Fa-f]*$")
    group: PopulationGroup | Literal[""] = ""
    neighbourhood: Id | None = None
    site: Id | None = None
    shelter: ShelterType | Literal["", "critical"] = ""
    need: SpecificNeed | Literal[""] = ""
    intention: Intention | Literal[""] = ""
    state: Literal["present", "left", "all"] = "present"
    sort: Literal["newest", "arrived", "size", "code"] = "newest"


class LeavingIn(In):
    left_on: Day | None


class PairOut(Schema):
    """Two households that may be one, and what about them agreed."""

    id: int
    first: HouseholdOut
    second: HouseholdOut
    score: float
    reasons: list[str]
    state: str
    found_at: datetime


class PairQuery(PageQuery):
    state: Literal["open", "merged", "different"] = "open"


class MergeIn(In):
    """`keep` stays; `take` names the values it takes over from the other one."""

    keep: UUID
    take: list[Word] = Field([], max_length=20)


class MergeOut(Schema):
    id: int
    kept: UUID
    absorbed: UUID
    at: datetime
    undone_at: datetime | None

    @staticmethod
    def resolve_kept(merge: Any) -> UUID:
        found: UUID = merge.kept.uuid
        return found

    @staticmethod
    def resolve_absorbed(merge: Any) -> UUID:
        found: UUID = merge.absorbed.uuid
        return found


class SiteIn(In):
    code: Word
    name: Line
    neighbourhood: Id
    shelter_type: ShelterType = ShelterType.UNKNOWN
    capacity: int | None = Field(None, ge=0, le=10_000_000)
    opened_on: Day | None = None
    closed_on: Day | None = None


class SiteOut(Schema):
    id: int
    code: str
    name: str
    neighbourhood: int = Field(validation_alias="neighbourhood_id")
    shelter_type: str
    capacity: int | None
    opened_on: date | None
    closed_on: date | None


class MovementIn(In):
    """People who came, left, returned, moved on or were evicted. At least one end lies in the town."""

    instance_id: Line
    kind: MovementType
    group: PopulationGroup
    origin: Id | None = None
    destination: Id | None = None
    origin_text: Line = ""
    destination_text: Line = ""
    happened_on: Day
    individuals: int = Field(ge=1, le=10_000_000)
    households: int | None = Field(None, ge=0, le=10_000_000)
    reason: DisplacementReason | Literal[""] = ""
    method: EstimationMethod = EstimationMethod.EVENT_TRACKING
    confidence: Confidence = Confidence.MEDIUM
    source: Source = ""


class MovementOut(Schema):
    id: int
    instance_id: str
    kind: str
    group: str
    origin: int | None = Field(None, validation_alias="origin_id")
    destination: int | None = Field(None, validation_alias="destination_id")
    origin_text: str
    destination_text: str
    happened_on: date
    individuals: int
    households: int | None
    reason: str
    method: str
    confidence: str
    source: str
    review_state: str


class MovementQuery(PageQuery):
    kind: MovementType | Literal[""] = ""
    neighbourhood: Id | None = None


class StockQuery(Schema):
    """The period, its days included (none: the last thirty days), and the group (empty: everybody)."""

    start: Day | None = None
    end: Day | None = None
    group: PopulationGroup | Literal[""] = ""


class StockOut(Schema):
    """closing = opening + came - left, persons; `counted` is what the newest count at the end says, and `difference`
    what neither explains. Null where nothing was counted."""

    neighbourhood: int
    opening: float | None
    came: int
    left: int
    closing: float | None
    counted: float | None
    difference: float | None
    opening_source: str
    counted_source: str


class MovementReviewIn(In):
    rejected: bool


class CoverageIn(In):
    """Whether the register holds everybody of a group in a place, from this day."""

    neighbourhood: Id
    group: PopulationGroup
    complete: bool
    stated_on: Day


class CoverageOut(Schema):
    neighbourhood: int = Field(validation_alias="neighbourhood_id")
    group: str
    complete: bool
    stated_on: date


class CoverageStateOut(Schema):
    """What was last said of a group in a place, and how many the register holds there; `complete` null where nobody
    said anything."""

    neighbourhood: int
    group: str
    households: int
    persons: int
    complete: bool | None
    stated_on: date | None
    stated_by: str


class SiteCountOut(Schema):
    """`full`: registered persons over what the site can hold; null where that is not known."""

    id: int
    code: str
    name: str
    neighbourhood: int
    shelter_type: str
    capacity: int | None
    opened_on: date | None
    closed_on: date | None
    households: int
    persons: int
    full: float | None


class RegisterCountOut(Schema):
    """Households and persons registered and present, of one group in one neighbourhood."""

    neighbourhood: int
    group: str
    households: int
    persons: int
    with_needs: int
