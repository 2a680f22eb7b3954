"""The follower: one thread of the worker that keeps functionality up with the event log (mechanics, Functionality).

It holds every municipality's facts in memory, applies what an event says has changed, and reads everything again when
it cannot tell. The cursor in the database is the only promise: behind means there is work to do.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

from assessments.actions.functionality import (
    CHANGED,
    Computed,
    Overtaken,
    functionality_of,
    recompute,
    store,
)
from assessments.core.case import PlanningCase
from assessments.core.local import LocalState
from assessments.models import FunctionalityCursor, FunctionalityRun
from assessments.selectors import facts as reading
from assessments.selectors.case import assemble
from assessments.selectors.facts import Facts
from assessments.selectors.followed import Followed, followed_municipalities
from assessments.selectors.picture import Picture, picture_of, stored_picture
from assessments.selectors.ranking import ranked
from municipal_units.actions.facts import MOST_IDS_SHOWN
from municipal_units.models import Event, Municipality
from municipal_units.permissions import scope, system_actor

log = logging.getLogger(__name__)

POLL_S = 10.0
COALESCE_S = 0.25
QUIET_S = 0.03  # nothing new for so long: do not wait the whole COALESCE_S
LONGEST_BACKOFF_S = 30.0
REST = timedelta(seconds=60)  # before a municipality whose computation failed is tried again
LOCK_SPACE = 0x52_45_50  # first key of the advisory locks, so that they meet nobody else's


class Follower:
    """Follows every municipality of which it gets the advisory lock; another process gets the others."""

    def __init__(self, *, clock: Callable[[], datetime] = timezone.now) -> None:
        self.clock = clock
        self.held: dict[int, Computed] = {}
        self.resting: dict[int, datetime] = {}
        self.stopping = threading.Event()

    def stop(self) -> None:
        self.stopping.set()

    def run(self) -> None:
        """Until `stop`: follow, and after a lost connection begin again, ever more patiently."""
        backoff = 0.5
        while not self.stopping.is_set():
            began = time.monotonic()
            try:
                self._listen()
            except (psycopg.Error, DatabaseError) as failure:
                name = type(failure).__name__
                log.warning("The follower lost the database (%s); trying again in %.1f s.", name, backoff)
            except Exception:
                log.exception("The follower stumbled; trying again in %.1f s.", backoff)
            self.forget()
            self.stopping.wait(backoff)
            lasted = time.monotonic() - began > LONGEST_BACKOFF_S
            backoff = 0.5 if lasted else min(LONGEST_BACKOFF_S, backoff * 2)
        self.forget()

    def forget(self) -> None:
        """What is in memory may be behind: other processes may follow meanwhile."""
        self.held.clear()
        connection.close()

    def follow_all(self, *, mine: Callable[[int], bool] = lambda _: True) -> int:
        """Brings every municipality that is behind up to date; the number of those brought."""
        return sum(self.follow(pk) for pk in self.behind() if mine(pk))

    def behind(self) -> list[int]:
        """Municipalities with events after their cursor, or whose figures have aged since."""
        now = self.clock()
        return [
            followed.municipality_id
            for followed in followed_municipalities()
            if (followed.seq > followed.computed_seq or self._aged(followed, now))
            and self.resting.get(followed.municipality_id, now) <= now
        ]

    def _aged(self, followed: Followed, now: datetime) -> bool:
        held = self.held.get(followed.municipality_id)
        if held is not None:
            return held.town.valid_until <= now
        return followed.computed_at is not None and followed.computed_at.date() < now.date()

    def follow(self, municipality_id: int) -> bool:
        """One municipality up to its last event; False when another process was quicker."""
        try:
            with scope(system_actor(municipality_id)):
                self._follow(Municipality.objects.get(pk=municipality_id))
            return True
        except Overtaken:
            self._drop(municipality_id)
            return False
        except (psycopg.Error, DatabaseError):
            self._drop(municipality_id)
            raise
        except Exception:
            self._drop(municipality_id)
            self.resting[municipality_id] = self.clock() + REST
            log.exception("Functionality of municipality %s could not be computed.", municipality_id)
            return False

    def _drop(self, municipality_id: int) -> None:
        self.held.pop(municipality_id, None)

    def _follow(self, municipality: Municipality) -> None:
        now, held = self.clock(), self.held.get(municipality.pk)
        if held is None or not self._is_current(municipality, held) or held.town.valid_until <= now:
            self._read_everything(municipality, now)
            return
        events = list(Event.objects.filter(municipality=municipality, seq__gt=held.seq).order_by("seq"))
        if not events:
            return
        told = [event for event in events if event.kind not in IGNORED]
        last = int(events[-1].seq or held.seq)
        if not told:
            FunctionalityCursor.objects.filter(municipality=municipality, seq=held.seq).update(seq=last)
            self.held[municipality.pk] = replace(held, seq=last)
            return
        facts = applied(held.facts, told, now)
        if facts is None:
            self._read_everything(municipality, now)
            return
        self._store(municipality, held, facts, last, [str(event.uuid) for event in told])

    def _is_current(self, municipality: Municipality, held: Computed) -> bool:
        """Whether what is stored is still what this process stored."""
        cursor = FunctionalityCursor.objects.filter(municipality=municipality).values_list("seq", flat=True).first()
        newest = FunctionalityRun.objects.filter(municipality=municipality).order_by("-seq", "-id")
        return cursor == held.seq and newest.values_list("pk", flat=True).first() == held.run_id

    def _read_everything(self, municipality: Municipality, now: datetime) -> None:
        self._drop(municipality.pk)
        self.held[municipality.pk] = recompute(municipality, now=now)

    def _store(self, municipality: Municipality, held: Computed, facts: Facts, seq: int, because: list[str]) -> None:
        town = assemble(facts)
        states = followed_to(town.case, held)
        picture = picture_of(town, functionality_of(town.case, states), ranked(town.case, states))
        before: Picture | None = held.picture
        if (held.picture.places, held.picture.services) != (picture.places, picture.services):
            before = stored_picture(municipality, picture)
        run = store(municipality, picture, before, expected=held.seq, seq=seq, because=because, town=town)
        self.held[municipality.pk] = Computed(facts, town, picture, seq, run.pk if run else held.run_id, states)

    def _listen(self) -> None:
        """One connection of its own: notifications come in by it, and it holds the advisory locks."""
        database = connection.settings_dict
        with psycopg.connect(
            host=database["HOST"], dbname=database["NAME"], user=database["USER"], autocommit=True
        ) as wire:
            wire.execute("LISTEN events")
            locked: set[int] = set()

            def mine(municipality_id: int) -> bool:
                if municipality_id not in locked and lock(wire, municipality_id):
                    locked.add(municipality_id)
                return municipality_id in locked

            while not self.stopping.is_set():
                self.follow_all(mine=mine)
                self._wait(wire)

    def _wait(self, wire: psycopg.Connection[Any]) -> None:
        """Until something happens, at most POLL_S; then a moment more, so that a burst is computed once."""
        until = time.monotonic() + POLL_S
        while not self.stopping.is_set() and time.monotonic() < until:
            if list(wire.notifies(timeout=min(1.0, POLL_S), stop_after=1)):
                full = time.monotonic() + COALESCE_S
                while time.monotonic() < full and list(wire.notifies(timeout=QUIET_S, stop_after=1)):
                    pass
                return


def followed_to(case: PlanningCase, held: Computed) -> tuple[LocalState, ...]:
    """The fixed points of the new case; where its links are the same, only what the change can reach is computed."""
    for state in held.states:
        state.become(case)
    return held.states


def lock(wire: psycopg.Connection[Any], municipality_id: int) -> bool:
    row = wire.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, municipality_id]).fetchone()
    return bool(row and row[0])


# What an event changes in the facts. Kinds in neither table change who reaches whom, or the norms: read everything.
IGNORED = frozenset(
    {
        CHANGED,
        "import.progress",
        "import.finished",
        "form.published",
        "submission.received",
        "submission.kept_aside",
        "submission.reviewed",
        "submission.withdrawn",
        "holding.explained",
        "visit.changed",
        "team.changed",
        "ranking.asked",
        "ranking.weighed",
        "plan.weighed",
        "hazard.recorded",
        "needs.recorded",
        "safety.changed",
        "unit.changed",
        "meeting.changed",
        "decision.proposed",
        "decision.made",
        "norms.proposed",
        "norms.answered",
        "tension.recorded",
        "incident.recorded",
        "eviction.recorded",
        "task.changed",
    }
)


def applied(facts: Facts, events: Sequence[Event], now: datetime) -> Facts | None:
    """The facts after these events, reading only what they changed; None when everything must be read again."""
    facts = replace(facts, as_of=now)
    touched: dict[str, set[int]] = {}
    for event in events:
        parts = parts_touched(event)
        if parts is None:
            return None
        for part, ids in parts.items():
            touched.setdefault(part, set()).update(ids)
    known = {int(key) for key in facts.facilities["id"]}
    if not touched.get("facilities", set()) <= known:
        return None
    if "facilities" in touched:
        facts = reading.with_facilities_seen(facts, sorted(touched["facilities"]), as_of=now)
    for part, read in READERS.items():
        if part in touched:
            facts = read(facts, now)
    return facts


READERS: dict[str, Callable[[Facts, datetime], Facts]] = {
    "people": lambda facts, now: reading.with_people_counted(facts, as_of=now),
    "reach": lambda facts, now: reading.with_reach_seen(facts, as_of=now),
    "housing": lambda facts, now: reading.with_housing_seen(facts, as_of=now),
    "works": lambda facts, now: reading.with_works_changed(facts),
}
WHOLE_PARTS = {
    "population.estimated": "people",
    "population.reviewed": "people",
    "household.registered": "people",
    "household.changed": "people",
    "household.merged": "people",
    "household.unmerged": "people",
    "register.coverage_stated": "people",
    "reach.recorded": "reach",
    "housing.recorded": "housing",
    "work.proposed": "works",
    "work.changed": "works",
}


# Flows stand beside the counts and change no score; a site is known by the figures counted in it.
TOUCHING_NOTHING = frozenset({"movement.recorded", "site.changed"})


def parts_touched(event: Event) -> dict[str, Iterable[int]] | None:
    """Parts of the facts an event changed, with ids for facilities; None when its kind or size says: everything."""
    if event.kind in TOUCHING_NOTHING:
        return {}
    if event.kind in WHOLE_PARTS:
        return {WHOLE_PARTS[event.kind]: ()}
    if event.kind == "facility.status_changed":
        ids = [event.shows["facility"]] if "facility" in event.shows else event.shows.get("facilities", [])
        return {"facilities": ids} if len(ids) < MOST_IDS_SHOWN else None  # a long list is cut off
    if event.kind in ("damage.assessed", "damage.reviewed") and event.shows.get("type") == "Feature":
        structure = event.shows["properties"]
        parts: dict[str, Iterable[int]] = {"housing": ()} if structure["kind"] == "building" else {}
        if structure["facility"] is not None:
            parts["facilities"] = [structure["facility"]]
        return parts
    return None
