"""Rules of a municipal unit: who balances whom, when it may decide (municipal_units.md 1.1). Plain counting."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from municipal_units.core.vocabulary import SeatCode

# The municipality's own rows (norms of the kind `unit_rule`) come before these proposals of municipal_units.md 1.1.
RULE_SOURCE = "Convention of Reprise, for the unit to confirm or change"


class UnitRule(StrEnum):
    """Numbers a municipality may set: shares 0-1, seats as counts, yes as 1 and no as 0; spreads of answers on how
    much a service counts in points of 100, and whether a seat far from the others is named."""

    QUORUM_SHARE = "quorum_share"
    CHAIR_NEEDED = "chair_needed"
    BOTH_COMMUNITIES = "both_communities"
    LEAST_HOST = "least_host_seats"
    LEAST_DISPLACED = "least_displaced_seats"
    WOMEN_SHARE = "women_share"
    SPREAD_SOME = "spread_some"
    SPREAD_WIDE = "spread_wide"
    OUTLIERS_NAMED = "outliers_named"


DEFAULT_RULES: Mapping[str, float] = {
    UnitRule.QUORUM_SHARE: 0.5,
    UnitRule.CHAIR_NEEDED: 1,
    UnitRule.BOTH_COMMUNITIES: 1,
    UnitRule.LEAST_HOST: 1,
    UnitRule.LEAST_DISPLACED: 1,
    UnitRule.WOMEN_SHARE: 0.4,
    UnitRule.SPREAD_SOME: 20,
    UnitRule.SPREAD_WIDE: 50,
    UnitRule.OUTLIERS_NAMED: 1,
}


class Community(StrEnum):
    """For which community a seat speaks; most speak for a service or an organisation."""

    NONE = ""
    HOST = "host"
    DISPLACED = "displaced"


COMMUNITY_OF: Mapping[SeatCode, Community] = {
    SeatCode.HOST_COMMUNITY: Community.HOST,
    SeatCode.IDP_COMMUNITY: Community.DISPLACED,
}


class Vote(StrEnum):
    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


@dataclass(frozen=True)
class SeatNow:
    """A seat on a day: `held` by somebody, who is a woman, is not, or it is not said (None)."""

    id: int
    chairs: bool
    community: str
    held: bool
    woman: bool | None = None


@dataclass(frozen=True)
class Balance:
    """`problems` are codes: no_chair, too_few_host, too_few_displaced, too_few_women. `women_share` is of the holders
    of whom it is said, None where it is said of nobody."""

    seats: int
    held: int
    vacant: int
    host: int
    displaced: int
    women: int
    told: int
    women_share: float | None
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Quorum:
    """`problems`: chair_absent, too_few_seats, host_absent, displaced_absent. `needed` seats of all `seats`, vacant
    ones included: an empty chair does not make deciding easier."""

    present: int
    seats: int
    needed: int
    reached: bool
    problems: tuple[str, ...]


def balance_of(seats: Iterable[SeatNow], rules: Mapping[str, float]) -> Balance:
    """Whether the unit speaks for everybody it decides about."""
    seats = list(seats)
    held = [seat for seat in seats if seat.held]
    host = sum(seat.community == Community.HOST for seat in held)
    displaced = sum(seat.community == Community.DISPLACED for seat in held)
    told = [seat for seat in held if seat.woman is not None]
    women = sum(bool(seat.woman) for seat in told)
    share = women / len(told) if told else None
    problems = []
    if rules[UnitRule.CHAIR_NEEDED] and not any(seat.chairs for seat in held):
        problems.append("no_chair")
    if host < rules[UnitRule.LEAST_HOST]:
        problems.append("too_few_host")
    if displaced < rules[UnitRule.LEAST_DISPLACED]:
        problems.append("too_few_displaced")
    if share is not None and share < rules[UnitRule.WOMEN_SHARE]:
        problems.append("too_few_women")
    return Balance(
        len(seats), len(held), len(seats) - len(held), host, displaced, women, len(told), share, tuple(problems)
    )


def quorum_of(seats: Iterable[SeatNow], present: Iterable[int], rules: Mapping[str, float]) -> Quorum:
    """Whether those present may decide: the chair, a share of all seats, and both communities."""
    seats = list(seats)
    there = {pk for pk in present if any(seat.id == pk and seat.held for seat in seats)}
    here = [seat for seat in seats if seat.id in there]
    exact = rules[UnitRule.QUORUM_SHARE] * len(seats)
    needed = max(1, int(exact) + (exact > int(exact)))
    problems = []
    if rules[UnitRule.CHAIR_NEEDED] and not any(seat.chairs for seat in here):
        problems.append("chair_absent")
    if len(here) < needed:
        problems.append("too_few_seats")
    if rules[UnitRule.BOTH_COMMUNITIES]:
        communities = {seat.community for seat in here}
        problems += ["host_absent"] * (Community.HOST not in communities)
        problems += ["displaced_absent"] * (Community.DISPLACED not in communities)
    return Quorum(len(here), len(seats), needed, not problems, tuple(problems))


def carried(votes: Iterable[str]) -> bool:
    """More for than against; abstentions count for neither."""
    votes = list(votes)
    return votes.count(Vote.FOR) > votes.count(Vote.AGAINST)
