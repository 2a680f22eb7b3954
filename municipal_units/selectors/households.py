"""The register of households: lists without a person in them, and the one door through which persons leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from crisis.lib.errors import Invalid, Locked, NotFound
from municipal_units.core.vocabulary import CRITICAL_SHELTERS, WG_DISABILITY
from municipal_units.models import Household, Member, Municipality
from municipal_units.models.sealed import ring_or_none
from municipal_units.permissions import Actor, Permission

OWN_HOURS = 24  # how long an enumerator sees and corrects what they registered (municipal_units.md 3)
SORTS: dict[str, tuple[str, type]] = {
    "newest": ("-id", int),
    "arrived": ("-arrived_on", date),
    "size": ("-size", int),
    "code": ("code", str),
}
SCREEN: tuple[str, ...] = (
    "id", "uuid", "code", "neighbourhood_id", "site_id", "group", "stock_class", "size", "origin", "arrived_on",
    "shelter_type", "needs", "intention", "legal_basis", "registered_on", "left_on",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class HouseholdFilter:
    """What a list is narrowed to; empty means everything. `q` is the beginning of a code, never a name."""

    q: str = ""
    group: str = ""
    neighbourhood: int | None = None
    site: int | None = None
    shelter: str = ""
    need: str = ""
    intention: str = ""
    state: str = "present"

    def where(self) -> Q:
        found = Q()
        if self.q:
            found &= Q(code__startswith=self.q.upper())
        exact = {"group": self.group, "neighbourhood_id": self.neighbourhood, "site_id": self.site}
        exact |= {"intention": self.intention}
        for name, value in exact.items():
            found &= Q(**{name: value}) if value else Q()
        if self.shelter:
            critical = self.shelter == "critical"
            found &= Q(shelter_type__in=sorted(CRITICAL_SHELTERS)) if critical else Q(shelter_type=self.shelter)
        if self.need:
            found &= Q(needs__contains=[self.need])
        if self.state == "present":
            found &= Q(left_on=None)
        elif self.state == "left":
            found &= Q(left_on__isnull=False)
        return found


def visible_households(town: Municipality, actor: Actor, *, now: datetime) -> QuerySet[Household]:
    """What the actor may see of the register: all of their neighbourhoods, or their own of the last day."""
    found = Household.objects.filter(municipality=town, merged_into=None)
    if actor.is_system:
        return found
    rows = Q(pk__in=[])
    for grant in actor.grants:
        if grant.municipality_id != town.pk or grant.services:
            continue
        inside = Q(neighbourhood_id__in=grant.neighbourhood_ids) if grant.neighbourhood_ids else Q()
        if grant.role in Permission.VIEW_HOUSEHOLDS.roles:
            if not inside:
                return found
            rows |= inside
        elif grant.role in Permission.EDIT_OWN_HOUSEHOLDS.roles:
            own = Q(registered_by_id=actor.user_id, registered_at__gte=now - timedelta(hours=OWN_HOURS))
            rows |= own & inside
    return found.filter(rows)


def household_items(
    town: Municipality,
    actor: Actor,
    *,
    now: datetime,
    wanted: HouseholdFilter,
    sort: str = "newest",
    after: tuple[Any, ...] | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """A page of the register by key (`sort` value and id of the last row before it), without anything about persons."""
    rows = visible_households(town, actor, now=now).filter(wanted.where())
    order, _ = sort_of(sort)
    name, down = order.lstrip("-"), order.startswith("-")
    if sort == "arrived":
        rows = rows.filter(arrived_on__isnull=False)
    if after is not None:
        beyond = "lt" if down else "gt"
        last = {f"{name}__{beyond}": after[0]}
        rows = rows.filter(Q(**last) | Q(**{name: after[0], "id__lt": after[1]}) if name != "id" else Q(**last))
    ordering = ["-id"] if name == "id" else [F(name).desc() if down else F(name).asc(), "-id"]
    return [as_item(row) for row in rows.order_by(*ordering).values(*SCREEN)[:limit]]


def sort_of(sort: str) -> tuple[str, type]:
    if sort not in SORTS:
        raise Invalid(f"This list cannot be sorted by '{sort[:20]}'. Known: {', '.join(SORTS)}.")
    return SORTS[sort]


def household_count(town: Municipality, actor: Actor, *, now: datetime, wanted: HouseholdFilter) -> int:
    return visible_households(town, actor, now=now).filter(wanted.where()).count()


def as_item(row: dict[str, Any]) -> dict[str, Any]:
    item = {**row, "neighbourhood": row["neighbourhood_id"], "site": row["site_id"]}
    return {name: value for name, value in item.items() if name not in ("neighbourhood_id", "site_id")}


def household_of(town: Municipality, actor: Actor, household_id: Any, *, now: datetime) -> Household:
    """One household the actor may see; anything else is not there."""
    visible = visible_households(town, actor, now=now)
    found = visible.select_related("municipality", "neighbourhood", "site").filter(uuid=household_id).first()
    if found is None:
        raise NotFound("There is no such household here, or it is not yours to see.")
    return found


def one_household(household: Household) -> dict[str, Any]:
    """A household without its persons: what its page shows before a purpose was given."""
    item = as_item({name: getattr(household, name) for name in SCREEN})
    listed = household.members.count()
    return item | {
        "reason": household.reason,
        "intention_on": household.intention_on,
        "consent_on": household.consent_on,
        "keep_until": household.keep_until,
        "members_listed": listed,
    }


def persons(household: Household) -> dict[str, Any]:
    """Names, phone and members. Only actions that write down who looks, and why, may call this."""
    if ring_or_none() is None:
        raise Locked
    members = sorted(household.members.all(), key=lambda member: (not member.is_head, member.pk))
    return {"phone": household.phone, "members": [member_item(member) for member in members]}


def member_item(member: Member) -> dict[str, Any]:
    return {
        "id": member.pk,
        "name": member.name,
        "sex": member.sex,
        "birth_year": member.birth_year,
        "is_head": member.is_head,
        "wg": member.wg,
        "disability": has_disability(member.wg),
    }


def has_disability(answers: Sequence[int | None]) -> bool | None:
    """At least one of the six answers is 'a lot of difficulty' or more; None where nothing was answered."""
    told = [answer for answer in answers if answer is not None]
    return any(answer >= WG_DISABILITY for answer in told) if told else None


def heads_of(households: Sequence[int]) -> dict[int, str]:
    """Name of the head by household, for those who gave a purpose; empty where there is none."""
    if ring_or_none() is None:
        raise Locked
    heads = Member.objects.filter(household_id__in=households, is_head=True)
    return {member.household_id: member.name or "" for member in heads}
