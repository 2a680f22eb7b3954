"""Works for which people have to move: no approval without a checklist of safeguards (municipal_units.md 6)."""

from django.db import transaction

from assessments.core.works import ROAD, Relocation, WorkStatus
from assessments.models import Intervention
from crisis.lib.errors import Conflict, FieldError, Invalid
from municipal_units.core.evictions import Answer, Safeguard
from municipal_units.models import Event, EvictionCase
from municipal_units.permissions import Actor, Permission, require

# From approval on a work goes ahead.
GOING_AHEAD = frozenset(ROAD[ROAD.index(WorkStatus.APPROVED) :])


@transaction.atomic
def set_relocation(*, by: Actor, work: Intervention, relocation: str, case: EvictionCase | None = None) -> Intervention:
    """Says whether people have to move, and which case holds their safeguards. A work that goes ahead already is
    suspended first."""
    require(by, Permission.EDIT_WORKS, work.municipality_id, neighbourhood_id=work.neighbourhood_id)
    if relocation not in set(Relocation):
        message = f"'{relocation[:40]}' is not known here. Known: {', '.join(Relocation)}."
        raise Invalid(message, fields=[FieldError("relocation", message)])
    if case is not None:
        require(by, Permission.EDIT_EVICTIONS, work.municipality_id, neighbourhood_id=case.neighbourhood_id)
        if case.municipality_id != work.municipality_id:
            raise Invalid("This case belongs to another town.")
    if work.status in GOING_AHEAD and relocation != work.relocation:
        raise Conflict(f"This work is {work.status.replace('_', ' ')} already. Suspend it first.")
    work.relocation = relocation
    work.eviction_case = None if relocation == Relocation.NONE else case or work.eviction_case
    work.save(update_fields=["relocation", "eviction_case"])
    Event.objects.record(
        "work.changed",
        municipality_id=work.municipality_id,
        by_id=by.user_id,
        subject=work,
        neighbourhood_id=work.neighbourhood_id,
        shows={"work": work.pk, "code": work.code, "name": work.name, "relocation": relocation},
    )
    return work


def refuse_without_safeguards(work: Intervention, status: str) -> None:
    """Approval, and everything after it, waits for a linked case in which every safeguard is answered."""
    if status not in GOING_AHEAD or work.relocation == Relocation.NONE:
        return
    told = work.eviction_case.safeguards if work.eviction_case else {}
    open_ = [name.value for name in Safeguard if told.get(name, Answer.UNKNOWN) == Answer.UNKNOWN]
    if work.eviction_case is None:
        raise Conflict(f"People have to move for {work.code}. Link the eviction case with their safeguards first.")
    if open_:
        words = ", ".join(name.replace("_", " ") for name in open_)
        raise Conflict(f"People have to move for {work.code}, and not every safeguard is answered yet: {words}.")
