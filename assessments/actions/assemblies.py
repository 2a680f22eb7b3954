"""Votes of assemblies of residents, as counts by group; they stand beside the computed order and change nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from assessments.models import AssemblyVote, Intervention
from crisis.lib.errors import FieldError, Invalid
from municipal_units.actions.rows import Problems
from municipal_units.core.vocabulary import PresenceGroup
from municipal_units.models import Event, Municipality
from municipal_units.permissions import Actor, Permission, require

GROUPS = (*(str(group) for group in PresenceGroup), "unknown")
MOST_ROWS = 5_000


@dataclass(frozen=True)
class AssemblyRow:
    """One group's vote on one work: how many of the group were there, for, against."""

    work: str
    assembly: str
    held_on: date
    group: str
    present: int
    votes_for: int
    votes_against: int

    def problem(self, works: dict[str, int]) -> str:
        """Why this row cannot be taken; empty when it can."""
        if self.work not in works:
            return f"There is no work {self.work[:40]} here."
        if self.group not in GROUPS:
            return f"'{self.group[:40]}' is no group. Known: {', '.join(GROUPS)}."
        if not self.assembly.strip():
            return "Say which assembly it was."
        if self.held_on > timezone.localdate():
            return "This assembly has not been held yet."
        if min(self.present, self.votes_for, self.votes_against) < 0:
            return "A count cannot be negative."
        if self.votes_for + self.votes_against > self.present:
            return f"{self.votes_for + self.votes_against} votes of {self.present} people present."
        return ""


@transaction.atomic
def record_assemblies(
    *, by: Actor, municipality: Municipality, rows: Sequence[AssemblyRow], source: str
) -> list[tuple[AssemblyRow, str]]:
    """Writes the rows that can be written and gives back each with the reason against it, empty where it was taken.
    The same work, assembly, day and group again replaces the counts."""
    require(by, Permission.RECORD_VOTES, municipality.pk)
    problems = Problems()
    problems.require("source", source.strip())
    problems.texts(AssemblyVote, {"source": source})
    for row in rows[:MOST_ROWS]:
        problems.texts(AssemblyVote, {"assembly": row.assembly})
    if error := problems.error():
        raise error
    if len(rows) > MOST_ROWS:
        raise Invalid(fields=[FieldError("rows", f"At most {MOST_ROWS} rows at once.")])
    works = dict(Intervention.objects.filter(municipality=municipality).values_list("code", "pk"))
    told = [(row, row.problem(works)) for row in rows]
    for row, problem in told:
        if problem:
            continue
        AssemblyVote.objects.update_or_create(
            intervention_id=works[row.work],
            assembly=row.assembly.strip(),
            held_on=row.held_on,
            group=row.group,
            defaults={
                "municipality": municipality,
                "present": row.present,
                "votes_for": row.votes_for,
                "votes_against": row.votes_against,
                "source": source.strip(),
                "recorded_by_id": by.user_id,
            },
        )
    taken = sum(not problem for _, problem in told)
    if taken:
        Event.objects.record("assembly.voted", municipality_id=municipality.pk, by_id=by.user_id, shows={"rows": taken})
    return told
