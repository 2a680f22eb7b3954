"""The event log as its readers get it: what each may see, a bare number for the rest."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from municipal_units.event_kinds import EVENT_KINDS
from municipal_units.models import Event, EventCounter, Municipality
from municipal_units.permissions import Actor

CATCH_UP_LIMIT = 2_000


@dataclass(frozen=True)
class CatchUp:
    """Events after a number, in order. `reset` tells the reader to load the picture anew instead."""

    epoch: str
    seq: int
    events: list[dict[str, Any]]
    reset: bool


def event_message(event: Event) -> dict[str, Any]:
    """One event as sent to those who may see it."""
    return {
        "seq": event.seq,
        "uuid": str(event.uuid),
        "kind": event.kind,
        "at": event.at.isoformat(),
        "neighbourhood": event.neighbourhood_id,
        "service": event.service or None,
        "shows": event.shows,
    }


def may_see_kind(actor: Actor, municipality_id: int, kind: str, neighbourhood_id: int | None, service: str) -> bool:
    """Whether this reader belongs to the audience of a kind of event there. A kind that is not declared has none."""
    permission = EVENT_KINDS.get(kind)
    if permission is None:
        return False
    return actor.may(permission, municipality_id, neighbourhood_id=neighbourhood_id, service=service or None) or (
        neighbourhood_id is None and not service and actor.may_somewhere(permission, municipality_id)
    )


def events_between(municipality_id: int, after: int, upto: int | None = None) -> list[Event]:
    """The numbered events of a municipality after one number, oldest first, at most CATCH_UP_LIMIT of them."""
    events = Event.objects.filter(municipality_id=municipality_id, seq__gt=after)
    if upto is not None:
        events = events.filter(seq__lte=upto)
    return list(events.order_by("seq")[:CATCH_UP_LIMIT])


def shown_to(actor: Actor, municipality_id: int, events: Iterable[Event]) -> list[dict[str, Any]]:
    """Each event in full or, outside its audience, as a bare number, so that readers can see there is no gap."""
    return [
        event_message(event)
        if may_see_kind(actor, municipality_id, event.kind, event.neighbourhood_id, event.service)
        else {"seq": event.seq}
        for event in events
    ]


def catch_up(municipality: Municipality, *, after: int, actor: Actor, epoch: str = "") -> CatchUp:
    """What happened after `after`. A foreign epoch, a number from the future or too long a list asks for a reset."""
    counter = EventCounter.objects.get(municipality=municipality)
    stale = bool(epoch and epoch != str(counter.epoch)) or after > counter.seq or after < 0
    if stale or counter.seq - after > CATCH_UP_LIMIT:
        return CatchUp(str(counter.epoch), counter.seq, [], reset=True)
    events = events_between(municipality.pk, after, counter.seq)
    return CatchUp(
        str(counter.epoch),
        max([counter.seq, *[event.seq or 0 for event in events]]),
        shown_to(actor, municipality.pk, events),
        reset=False,
    )
