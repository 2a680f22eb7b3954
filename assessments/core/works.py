"""Works: their kinds, phases and states (municipal_units.md 4 and 7), and which requirements are impossible."""

from collections.abc import Mapping, Set
from enum import StrEnum


class WorkType(StrEnum):
    DEBRIS_UXO = "debris_uxo"
    EMERGENCY_REPAIR = "emergency_repair"
    REHABILITATION = "rehabilitation"
    RECONSTRUCTION = "reconstruction"
    NEW_BUILD = "new_build"
    TEMPORARY_SERVICE = "temporary_service"
    STAFFING = "staffing"
    CONSUMABLES_FUEL = "consumables_fuel"
    CASH_RENT_SUPPORT = "cash_rent_support"
    TENURE_DOCUMENTATION = "tenure_documentation"
    SOCIAL_COHESION = "social_cohesion"
    CAPACITY_BUILDING = "capacity_building"
    LIVELIHOOD = "livelihood"
    PLANNING = "planning"


class WorkPhase(StrEnum):
    EMERGENCY = "emergency"
    EARLY_RECOVERY = "early_recovery"
    RECOVERY = "recovery"
    RECONSTRUCTION = "reconstruction"
    SUSTAIN = "sustain"


class WorkStatus(StrEnum):
    """The first eight follow one another; the last three are side exits and need a reason."""

    PROPOSED = "proposed"
    SCREENED = "screened"
    PRIORITISED = "prioritised"
    APPROVED = "approved"
    FUNDED = "funded"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    VERIFIED = "verified"
    SUSPENDED = "suspended"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class EffectKind(StrEnum):
    """What a work adds: capacity or backup of a facility, local reach of a neighbourhood (functionality.md 4)."""

    CAPACITY = "capacity"
    BACKUP = "backup"
    LOCAL = "local"


class Relocation(StrEnum):
    """Whether people have to leave their homes for a work."""

    NONE = "none"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"


ROAD: tuple[WorkStatus, ...] = tuple(WorkStatus)[:8]
SIDE_EXITS = frozenset({WorkStatus.SUSPENDED, WorkStatus.REJECTED, WorkStatus.CANCELLED})


def may_follow(old: WorkStatus, new: WorkStatus) -> bool:
    """Whether a work in state `old` may come into state `new`: forward on the road, out by a side exit while it is not
    finished, from suspension anywhere back, from rejection or cancellation only to a new proposal."""
    if old == WorkStatus.VERIFIED or old == new:
        return False
    if old == WorkStatus.SUSPENDED:
        return True
    if old in SIDE_EXITS:
        return new == WorkStatus.PROPOSED
    if new in SIDE_EXITS:
        return old != WorkStatus.COMPLETED
    return ROAD.index(new) > ROAD.index(old)


def needed_before(requires: Mapping[str, Set[str]], work: str) -> set[str]:
    """Everything that must be finished before `work`, directly or through others. It holds `work` itself in a cycle."""
    found: set[str] = set()
    waiting = list(requires.get(work, ()))
    while waiting:
        other = waiting.pop()
        if other not in found:
            found.add(other)
            waiting.extend(requires.get(other, ()))
    return found


def impossible_requirement(
    requires: Mapping[str, Set[str]], groups: Mapping[str, str], work: str
) -> tuple[str, str] | None:
    """Why a work can never be done: ("cycle", itself) or ("exclusive", the prerequisite of its own exclusive group).

    Two prerequisites of one group exclude each other too, whatever the work's own group.
    """
    before = needed_before(requires, work)
    if work in before:
        return "cycle", work
    seen = {groups[work]: work} if groups.get(work) else {}
    for other in sorted(before):
        group = groups.get(other)
        if group and group in seen:
            return "exclusive", other
        if group:
            seen[group] = other
    return None
