"""The register of households, over HTTP. Names and phones come only for a stated purpose, and never in an address."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from ninja import Query, Router, Status

from crisis.lib.errors import NotFound
from crisis.lib.wire import Page, PageQuery, decoded_cursor, page
from municipal_units.actions.coverage import state_coverage
from municipal_units.actions.duplicates import keep_apart
from municipal_units.actions.households import (
    change_household,
    forget_persons,
    open_household,
    record_leaving,
    register_household,
)
from municipal_units.actions.merging import merge_households, unmerge_households
from municipal_units.actions.searching import compare_pair, search_households
from municipal_units.api.asking import Asking
from municipal_units.models import (
    DuplicatePair,
    HouseholdMerge,
    Neighbourhood,
    RegisterCoverage,
)
from municipal_units.permissions import Permission
from municipal_units.schemas.people import (
    CoverageIn,
    CoverageOut,
    CoverageStateOut,
    FoundHousehold,
    HouseholdChange,
    HouseholdDetail,
    HouseholdIn,
    HouseholdOut,
    HouseholdQuery,
    HouseholdReceipt,
    LeavingIn,
    MergeIn,
    MergeOut,
    OpenedHousehold,
    PairOut,
    PairQuery,
    PurposeIn,
    RegisterCountOut,
    SearchIn,
    SiteCountOut,
)
from municipal_units.selectors.duplicates import merge_of, pair_items, pair_of, pairs_about
from municipal_units.selectors.households import (
    HouseholdFilter,
    household_count,
    household_items,
    household_of,
    one_household,
    sort_of,
)
from municipal_units.selectors.places import municipality_for
from municipal_units.selectors.register import coverage_items, register_counts, site_items

router = Router(tags=["households"])
TOWN = "/municipalities/{slug:code}"
HOUSEHOLDS = TOWN + "/households"
ONE = HOUSEHOLDS + "/{uuid:household_id}"


@router.get(HOUSEHOLDS, response=Page[HouseholdOut], operation_id="households")
def households(request: Asking, code: str, query: Query[HouseholdQuery]) -> dict[str, Any]:
    """The register without persons: what the asker may see of it (enumerators their own of the last day)."""
    town = municipality_for(request.auth, code, Permission.REGISTER_HOUSEHOLDS)
    values = query.dict()
    limit, cursor, sort = values.pop("limit"), values.pop("cursor"), values.pop("sort")
    wanted, now = HouseholdFilter(**values), timezone.now()
    order, kind = sort_of(sort)
    name = order.lstrip("-")
    after = decoded_cursor(cursor, kind, int)
    items = household_items(town, request.auth, now=now, wanted=wanted, sort=sort, after=after, limit=limit + 1)
    count = household_count(town, request.auth, now=now, wanted=wanted)
    return page(items, limit=limit, count=count, key=[name, "id"])


@router.post(HOUSEHOLDS, response={201: HouseholdReceipt}, operation_id="register_household")
def register(request: Asking, code: str, household: HouseholdIn) -> Status[dict[str, Any]]:
    """A registration. Sent again, the answer is the same and nothing is added."""
    town = municipality_for(request.auth, code)
    made = register_household(by=request.auth, municipality=town, row=household.row())
    return Status(201, one_household(made) | {"alike": pairs_about(made)})


@router.post(HOUSEHOLDS + "/search", response=list[FoundHousehold], operation_id="search_households")
def search(request: Asking, code: str, asked: SearchIn) -> list[dict[str, Any]]:
    """Households by a name in any spelling, or by a phone number; the best first, at most fifty."""
    town = municipality_for(request.auth, code, Permission.VIEW_HOUSEHOLDS)
    return search_households(by=request.auth, municipality=town, text=asked.text, purpose=asked.purpose)


@router.get(ONE, response=HouseholdDetail, operation_id="household")
def household(request: Asking, code: str, household_id: UUID) -> dict[str, Any]:
    """One household without its persons."""
    town = municipality_for(request.auth, code, Permission.REGISTER_HOUSEHOLDS)
    return one_household(household_of(town, request.auth, household_id, now=timezone.now()))


@router.post(ONE + "/open", response=OpenedHousehold, operation_id="open_household")
def opened(request: Asking, code: str, household_id: UUID, asked: PurposeIn) -> dict[str, Any]:
    """One household with its persons. Who asked, when and why is kept."""
    town = municipality_for(request.auth, code, Permission.REGISTER_HOUSEHOLDS)
    found = household_of(town, request.auth, household_id, now=timezone.now())
    return open_household(by=request.auth, household=found, purpose=asked.purpose)


@router.patch(ONE, response=HouseholdDetail, operation_id="change_household")
def change(request: Asking, code: str, household_id: UUID, changes: HouseholdChange) -> dict[str, Any]:
    town = municipality_for(request.auth, code, Permission.REGISTER_HOUSEHOLDS)
    found = household_of(town, request.auth, household_id, now=timezone.now())
    return one_household(change_household(by=request.auth, household=found, changes=changes.changes()))


@router.post(ONE + "/leaving", response=HouseholdDetail, operation_id="record_leaving")
def leaving(request: Asking, code: str, household_id: UUID, left: LeavingIn) -> dict[str, Any]:
    """The household left the town; null takes it back."""
    town = municipality_for(request.auth, code, Permission.REGISTER_HOUSEHOLDS)
    found = household_of(town, request.auth, household_id, now=timezone.now())
    return one_household(record_leaving(by=request.auth, household=found, left_on=left.left_on))


@router.post(ONE + "/forget", response=HouseholdDetail, operation_id="forget_persons")
def forget(request: Asking, code: str, household_id: UUID) -> dict[str, Any]:
    """Wipes names, phone and index for good; the counts stay."""
    town = municipality_for(request.auth, code, Permission.DELETE_HOUSEHOLDS)
    found = household_of(town, request.auth, household_id, now=timezone.now())
    return one_household(forget_persons(by=request.auth, household=found))


@router.get(TOWN + "/register/counts", response=list[RegisterCountOut], operation_id="register_counts")
def counts(request: Asking, code: str) -> list[dict[str, Any]]:
    """How many households and persons are registered, by place and group: for those who see counts only."""
    return register_counts(municipality_for(request.auth, code, Permission.COUNT_HOUSEHOLDS))


@router.get(TOWN + "/register/sites", response=list[SiteCountOut], operation_id="register_sites")
def site_counts(request: Asking, code: str) -> list[dict[str, Any]]:
    """The sites with how many of the register live in them."""
    return site_items(municipality_for(request.auth, code, Permission.COUNT_HOUSEHOLDS))


@router.get(TOWN + "/register/coverage", response=list[CoverageStateOut], operation_id="register_coverage")
def coverage_stated(request: Asking, code: str) -> list[dict[str, Any]]:
    """Where and for which groups the register was said to hold everybody, beside how many it holds."""
    return coverage_items(municipality_for(request.auth, code, Permission.COUNT_HOUSEHOLDS))


@router.post(TOWN + "/register/coverage", response={201: CoverageOut}, operation_id="state_register_coverage")
def coverage(request: Asking, code: str, said: CoverageIn) -> Status[RegisterCoverage]:
    """Says whether the register holds everybody of a group in a place; only then it stands for the people present."""
    town = municipality_for(request.auth, code, Permission.EDIT_HOUSEHOLDS)
    place = Neighbourhood.objects.filter(municipality=town, pk=said.neighbourhood).first()
    if place is None:
        raise NotFound("There is no such neighbourhood here.")
    values = said.dict(exclude={"neighbourhood"})
    return Status(201, state_coverage(by=request.auth, neighbourhood=place, **values))


@router.get(TOWN + "/duplicates", response=Page[PairOut], operation_id="duplicates")
def duplicates(request: Asking, code: str, query: Query[PairQuery]) -> dict[str, Any]:
    """Pairs that may be one household, the likeliest first."""
    town = municipality_for(request.auth, code, Permission.MERGE_HOUSEHOLDS)
    after = decoded_cursor(query.cursor, float, int)
    items = pair_items(town, state=query.state, after=after, limit=query.limit + 1)
    count = DuplicatePair.objects.filter(municipality=town, state=query.state).count()
    return page(items, limit=query.limit, count=count, key=["score", "id"])


@router.post(TOWN + "/duplicates/{int:pair_id}/open", response=list[OpenedHousehold], operation_id="open_duplicate")
def open_pair(request: Asking, code: str, pair_id: int, asked: PurposeIn) -> list[dict[str, Any]]:
    """Both households with their persons, to be compared."""
    town = municipality_for(request.auth, code, Permission.MERGE_HOUSEHOLDS)
    return compare_pair(by=request.auth, pair=pair_of(town, pair_id), purpose=asked.purpose)


@router.post(TOWN + "/duplicates/{int:pair_id}/merge", response=MergeOut, operation_id="merge_households")
def merge(request: Asking, code: str, pair_id: int, asked: MergeIn) -> HouseholdMerge:
    """One household from two; nothing is lost, and `unmerge` takes it back."""
    town = municipality_for(request.auth, code, Permission.MERGE_HOUSEHOLDS)
    kept, absorbed = pair_of(town, pair_id).in_order(asked.keep)
    names = {"neighbourhood": "neighbourhood_id", "site": "site_id"}
    take = [names.get(name, name) for name in asked.take]
    return merge_households(by=request.auth, kept=kept, absorbed=absorbed, take=take)


@router.post(TOWN + "/duplicates/{int:pair_id}/different", response={204: None}, operation_id="keep_households_apart")
def different(request: Asking, code: str, pair_id: int) -> Status[None]:
    """These are two households; the pair is not asked about again."""
    town = municipality_for(request.auth, code, Permission.MERGE_HOUSEHOLDS)
    keep_apart(by=request.auth, pair=pair_of(town, pair_id))
    return Status(204, None)


@router.post(TOWN + "/merges/{int:merge_id}/undo", response=MergeOut, operation_id="unmerge_households")
def unmerge(request: Asking, code: str, merge_id: int) -> HouseholdMerge:
    """Both households as they were before the merge."""
    town = municipality_for(request.auth, code, Permission.MERGE_HOUSEHOLDS)
    return unmerge_households(by=request.auth, merge=merge_of(town, merge_id))


@router.get(TOWN + "/merges", response=Page[MergeOut], operation_id="merges")
def merges(request: Asking, code: str, query: Query[PageQuery]) -> dict[str, Any]:
    """What was merged, newest first."""
    town = municipality_for(request.auth, code, Permission.MERGE_HOUSEHOLDS)
    made = HouseholdMerge.objects.filter(municipality=town)
    after = decoded_cursor(query.cursor, int)
    rows = made.filter(pk__lt=after[0]) if after else made
    rows = rows.select_related("kept", "absorbed").order_by("-pk")
    return page(rows[: query.limit + 1], limit=query.limit, count=made.count(), key=["pk"])
