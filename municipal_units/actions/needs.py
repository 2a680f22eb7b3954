"""What people say they need is recorded here, as dated reports of a group in a place."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, Invalid, NotFound
from municipal_units.actions.rows import Problems
from municipal_units.core.needs import MOST_NEEDS, NEEDS, Urgency
from municipal_units.core.vocabulary import PopulationGroup
from municipal_units.models import Event, Municipality, NeedReport, Neighbourhood
from municipal_units.permissions import Actor, Permission, require

MOST_PEOPLE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class NeedRow:
    """One report. `first_need` is one of `needs`; with a single need it is that one."""

    neighbourhood_id: int
    group: str
    individuals: int
    needs: tuple[str, ...]
    urgency: str
    observed_at: datetime
    first_need: str = ""
    helped: bool | None = None
    helper: str = ""
    note: str = ""
    source: str = ""
    fact_id: UUID | None = None

    @property
    def first(self) -> str:
        return self.first_need or (self.needs[0] if len(self.needs) == 1 else "")

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.word("group", self.group, PopulationGroup)
        problems.number("individuals", self.individuals, low=1, high=MOST_PEOPLE)
        problems.word("urgency", self.urgency, Urgency)
        if not 1 <= len(set(self.needs)) <= MOST_NEEDS:
            problems.add("needs", f"Name at least one need and at most {MOST_NEEDS}.")
        for need in self.needs:
            problems.word("needs", need, sorted(NEEDS))
        if self.first not in self.needs:
            problems.add("first_need", "Say which of them comes first.")
        if self.observed_at > timezone.now() + timedelta(days=1):
            problems.add("observed_at", f"{self.observed_at:%Y-%m-%d %H:%M} lies in the future.")
        problems.texts(NeedReport, {"helper": self.helper, "note": self.note, "source": self.source})
        return problems.error()


@transaction.atomic
def record_need(*, by: Actor, municipality: Municipality, row: NeedRow) -> NeedReport:
    """A report of needs. The same `fact_id` again gives what is there."""
    require(by, Permission.RECORD_POPULATION, municipality.pk, neighbourhood_id=row.neighbourhood_id)
    if error := row.error():
        raise error
    if not Neighbourhood.objects.filter(municipality=municipality, pk=row.neighbourhood_id).exists():
        raise NotFound("There is no such neighbourhood here.")
    there = NeedReport.objects.filter(municipality=municipality, fact_id=row.fact_id).first() if row.fact_id else None
    if there is not None:
        same = (there.neighbourhood_id, there.group, there.individuals, tuple(there.needs))
        if same != (row.neighbourhood_id, row.group, row.individuals, tuple(dict.fromkeys(row.needs))):
            raise Conflict("This report was already sent with other content.")
        return there
    report = NeedReport.objects.create(
        municipality=municipality,
        neighbourhood_id=row.neighbourhood_id,
        fact_id=row.fact_id,
        group=row.group,
        individuals=row.individuals,
        needs=list(dict.fromkeys(row.needs)),
        first_need=row.first,
        urgency=row.urgency,
        helped=row.helped,
        helper=row.helper.strip(),
        note=row.note.strip(),
        observed_at=row.observed_at,
        source=row.source.strip(),
        recorded_by_id=by.user_id,
    )
    _tell(by, report)
    return report


@transaction.atomic
def judge_need(*, by: Actor, report: NeedReport, rejected: bool) -> NeedReport:
    """A reviewer takes a report out, or puts it back; it stays readable with the form it came in."""
    require(by, Permission.APPROVE_POPULATION, report.municipality_id, neighbourhood_id=report.neighbourhood_id)
    state = "rejected" if rejected else "accepted"
    if report.review_state != state:
        report.review_state = state
        report.save(update_fields=["review_state"])
        _tell(by, report)
    return report


def _tell(by: Actor, report: NeedReport) -> None:
    """Which needs and where; never of how many, because a family must not be recognised."""
    Event.objects.record(
        "needs.recorded",
        municipality_id=report.municipality_id,
        by_id=by.user_id,
        subject=report,
        neighbourhood_id=report.neighbourhood_id,
        shows={
            "report": report.pk,
            "neighbourhood": report.neighbourhood_id,
            "first_need": report.first_need,
            "urgency": report.urgency,
            "state": report.review_state,
        },
    )
