"""How exactly a count of people may be told, by who asks (reliability.md 4). Everything that shows counts asks here."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Audience(StrEnum):
    OWN = "own"
    PARTNER = "partner"
    PUBLIC = "public"


@dataclass(frozen=True)
class Rule:
    """Counts from 1 to `threshold` - 1 are withheld; the rest is rounded to a multiple of `base`."""

    threshold: int
    base: int


RULES: dict[Audience, Rule] = {
    Audience.OWN: Rule(threshold=0, base=1),
    Audience.PARTNER: Rule(threshold=5, base=5),
    Audience.PUBLIC: Rule(threshold=10, base=5),
}


def safe_count(count: float | None, audience: Audience) -> int | None:
    """The count as this audience may see it; None when it is not known or withheld. Nobody is told as nobody."""
    if count is None or count != count:
        return None
    rule = RULES[audience]
    if 0 < count < rule.threshold:
        return None
    return round(count / rule.base) * rule.base


def is_withheld(count: float | None, audience: Audience) -> bool:
    """Whether a known count is kept from this audience."""
    return count is not None and count == count and safe_count(count, audience) is None


def safe_parts(total: int, shares: Sequence[float], audience: Audience) -> list[int]:
    """Split an already safe total by shares into whole parts of the audience's base that add up to it exactly
    (largest remainder; ties go to the earlier part)."""
    base = RULES[audience].base
    units, whole = total // base, sum(shares)
    if not shares or whole <= 0:
        return [0] * len(shares)
    exact = [units * share / whole for share in shares]
    parts = [int(number) for number in exact]
    by_remainder = sorted(range(len(shares)), key=lambda n: (parts[n] - exact[n], n))
    for number in by_remainder[: units - sum(parts)]:
        parts[number] += 1
    return [part * base for part in parts]
