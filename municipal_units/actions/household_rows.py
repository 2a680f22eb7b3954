"""What is written down of a household when it is registered or corrected, and when that is refused."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from crisis.lib.errors import Invalid
from crisis.lib.sealing import KeyRing
from municipal_units.actions.rows import Problems
from municipal_units.core.person_names import Person, stored_texts
from municipal_units.core.vocabulary import (
    WG_QUESTIONS,
    DisplacementReason,
    Intention,
    LegalBasis,
    PopulationGroup,
    Sex,
    ShelterType,
    SpecificNeed,
    StockClass,
)
from municipal_units.models import Household, Member

LARGEST_HOUSEHOLD = 200
LONGEST_NAME = 200
LONGEST_PHONE = 40
OLDEST = 120


@dataclass(frozen=True, kw_only=True)
class MemberRow:
    """A person as far as it has to be known; `birth_year` is what an age in years comes down to."""

    name: str = ""
    sex: str = Sex.UNKNOWN.value
    birth_year: int | None = None
    is_head: bool = False
    wg: tuple[int | None, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HouseholdRow:
    """One registration. `instance_id` is made by the sender: the same again is taken once. `size` counts everybody,
    also those who are not listed in `members`."""

    instance_id: str
    neighbourhood_id: int
    group: str
    size: int
    members: tuple[MemberRow, ...] = ()
    phone: str = ""
    site_id: int | None = None
    stock_class: str = StockClass.UNKNOWN.value
    origin: str = ""
    arrived_on: date | None = None
    reason: str = ""
    shelter_type: str = ShelterType.UNKNOWN.value
    needs: tuple[str, ...] = ()
    intention: str = ""
    intention_on: date | None = None
    legal_basis: str = LegalBasis.CONSENT.value
    consent_on: date | None = None
    registered_on: date = field(default_factory=timezone.localdate)

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.require("instance_id", self.instance_id.strip())
        problems.word("group", self.group, PopulationGroup)
        problems.word("stock_class", self.stock_class, StockClass)
        problems.number("size", self.size, low=max(1, len(self.members)), high=LARGEST_HOUSEHOLD)
        problems.word("reason", self.reason, DisplacementReason, blank=True)
        problems.word("shelter_type", self.shelter_type, ShelterType)
        problems.word("intention", self.intention, Intention, blank=True)
        problems.word("legal_basis", self.legal_basis, LegalBasis)
        for need in self.needs:
            problems.word("needs", need, SpecificNeed)
        if self.legal_basis == LegalBasis.CONSENT and self.consent_on is None:
            problems.add("consent_on", "Say on which day the household agreed, or on what other ground it is kept.")
        soon = timezone.localdate() + timedelta(days=1)
        for name in ("arrived_on", "registered_on", "consent_on", "intention_on"):
            if (day := getattr(self, name)) is not None and day > soon:
                problems.add(name, f"{day} lies in the future.")
        problems.texts(Household, {"instance_id": self.instance_id, "origin": self.origin})
        if len(self.phone) > LONGEST_PHONE:
            problems.add("phone", f"This is longer than {LONGEST_PHONE} characters.")
        problems.texts(Household, {"phone": self.phone})
        for number, member in enumerate(self.members):
            check_member(problems, f"members.{number}.", member)
        if sum(member.is_head for member in self.members) > 1:
            problems.add("members", "A household has one head.")
        return problems.error()


def check_member(problems: Problems, before: str, member: MemberRow) -> None:
    """Never repeats what was written: a refusal may be read by others than the one who wrote it."""
    problems.word(f"{before}sex", member.sex, Sex)
    if len(member.name) > LONGEST_NAME:
        problems.add(f"{before}name", f"This is longer than {LONGEST_NAME} characters.")
    elif "\x00" in member.name or any("\ud800" <= letter <= "\udfff" for letter in member.name):
        problems.add(f"{before}name", "This holds characters that cannot be stored. Remove them.")
    year = timezone.localdate().year
    problems.number(f"{before}birth_year", member.birth_year, low=year - OLDEST, high=year)
    if member.wg and (len(member.wg) != len(WG_QUESTIONS) or any(a not in (None, 1, 2, 3, 4) for a in member.wg)):
        problems.add(
            f"{before}wg", "Six answers from 1 (no difficulty) to 4 (cannot do at all), empty where not asked."
        )


CHANGEABLE = tuple(f.name for f in fields(HouseholdRow) if f.name not in ("instance_id", "members", "registered_on"))


def digest_of(row: HouseholdRow, ring: KeyRing) -> str:
    """The same content gives the same digest; keyed, because names could be guessed from a plain one."""
    return ring.token(json.dumps(asdict(row), default=str, sort_keys=True), context="household.digest")


def person_of(name: str, sex: str, birth_year: int | None, phone: str, origin: str) -> Person:
    told = sex if sex in (Sex.FEMALE, Sex.MALE) else ""
    return Person(name=name, sex=told, birth_year=birth_year, phone=phone, origin=origin)


def tokens_of(person: Person, ring: KeyRing, municipality_id: int) -> list[str]:
    """The blind index of a person; each municipality has its own, so that two registers cannot be laid together."""
    return ring.tokens(stored_texts(person), context=index_context(municipality_id)) if person.name else []


def index_context(municipality_id: int) -> str:
    return f"member.tokens.{municipality_id}"


def made_members(household: Household, row: HouseholdRow, ring: KeyRing) -> list[Member]:
    """The member rows of a new household; the first is its head where nobody is named so."""
    heads = any(member.is_head for member in row.members)
    made = []
    for number, member in enumerate(row.members):
        is_head = member.is_head or not heads and number == 0
        person = person_of(member.name, member.sex, member.birth_year, row.phone if is_head else "", row.origin)
        made.append(
            Member(
                municipality_id=household.municipality_id,
                household=household,
                is_head=is_head,
                name=member.name.strip(),
                sex=member.sex,
                birth_year=member.birth_year,
                wg=list(member.wg),
                tokens=tokens_of(person, ring, household.municipality_id),
            )
        )
    return made


def changed_row(household: Household, changes: Mapping[str, Any]) -> HouseholdRow:
    """The household as a row, with some values changed, to be checked like a new one."""
    same = {name: getattr(household, name) for name in CHANGEABLE}
    values = {**same, **changes}
    values["needs"] = tuple(values["needs"])
    return HouseholdRow(instance_id=household.instance_id, registered_on=household.registered_on, **values)


def members_in_order(members: Sequence[Member]) -> list[Member]:
    return sorted(members, key=lambda member: (not member.is_head, member.pk))
