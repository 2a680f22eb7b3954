"""Which of a structure's observations counts now, whatever order they arrived in (mechanics D6).

Observations are put in the order in which they were made and rule `supersedes` is applied from the first to the last.
A late report of an older day therefore gives the same answer as one that came in time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from damage.core.grading import METHOD_RANK, DamageGrade, Method, Verdict, supersedes

RECEIVED, HAS_ISSUES, ACCEPTED, REJECTED = "received", "has_issues", "accepted", "rejected"
BETTER_THAN_BEFORE = "better_than_before"


@dataclass(frozen=True)
class Observation:
    """One observation of one structure. `arrival` orders those made at the same moment."""

    grade: DamageGrade
    method: Method
    observed_at: datetime
    arrival: int
    review_state: str = RECEIVED
    review_reason: str = ""


@dataclass(frozen=True)
class Standing:
    """Place in the given sequence of the observation that counts, and of those a person should look at."""

    current: int | None
    doubted: frozenset[int]


def standing(observations: Sequence[Observation], *, accepted_only: bool = False) -> Standing:
    """Applies D6 in the order of observation. Rejected ones never count, an accepted one is a recorded repair."""
    current: int | None = None
    doubted = set()
    for place in sorted(range(len(observations)), key=lambda i: (observations[i].observed_at, observations[i].arrival)):
        new = observations[place]
        if new.review_state == REJECTED or accepted_only and new.review_state != ACCEPTED:
            continue
        if current is None:
            current = place
            continue
        held = observations[current]
        verdict = supersedes(
            held.grade, held.method, new.grade, new.method, repair_recorded=new.review_state == ACCEPTED
        )
        if verdict is Verdict.CURRENT:
            current = place
        elif verdict is Verdict.KEPT_FOR_REVIEW:
            doubted.add(place)
    return Standing(current, frozenset(doubted))


GRADES: tuple[DamageGrade, ...] = tuple(DamageGrade)
GRADE_NUMBER = {grade.value: number for number, grade in enumerate(GRADES)}
RANK_OF = {method.value: rank for method, rank in METHOD_RANK.items()}
VERDICTS: tuple[Verdict, ...] = tuple(Verdict)


def _verdict_table() -> np.ndarray:
    """VERDICTS index by (current grade, new grade, seen at least as closely): `supersedes` written out."""
    near, far = Method.DETAILED_ENGINEERING, Method.SATELLITE
    table = np.zeros((len(GRADES), len(GRADES), 2), dtype=np.int8)
    for i, current in enumerate(GRADES):
        for j, new in enumerate(GRADES):
            table[i, j, 0] = VERDICTS.index(supersedes(current, near, new, far))
            table[i, j, 1] = VERDICTS.index(supersedes(current, far, new, near))
    return table


VERDICT_TABLE = _verdict_table()


def verdicts(
    current: np.ndarray, current_rank: np.ndarray, new: np.ndarray, new_rank: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For many structures at once, each with one newer observation: becomes current, is to be reviewed (booleans).

    `current` and `new` are places in GRADES, ranks are those of METHOD_RANK (0 where nothing was observed yet).
    """
    found = VERDICT_TABLE[current, new, (new_rank >= current_rank).astype(np.int8)]
    return found == VERDICTS.index(Verdict.CURRENT), found == VERDICTS.index(Verdict.KEPT_FOR_REVIEW)
