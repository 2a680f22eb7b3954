"""Events are numbered at commit, without gaps, each municipality for itself."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from municipal_units.models import Event, EventCounter, Municipality, Neighbourhood
from municipal_units.permissions import scope, system_actor
from municipal_units.selectors.events import catch_up, shown_to
from tests.conftest import acting


def test_without_a_scope_there_are_no_rows(tenkoro: Municipality) -> None:
    assert Neighbourhood.objects.count() == 0
    assert Event.objects.count() == 0
    with scope(system_actor(tenkoro.pk)):
        assert Neighbourhood.objects.count() == 3


def test_a_scope_sees_its_own_municipality_only(tenkoro: Municipality, barsalo: Municipality) -> None:
    with scope(system_actor(barsalo.pk)):
        assert {n.name for n in Neighbourhood.objects.all()} == {"Nord", "Sud"}
        with scope(system_actor(tenkoro.pk)):
            assert Neighbourhood.objects.count() == 3
        assert Neighbourhood.objects.count() == 2


def test_writing_into_another_municipality_is_refused_by_the_database(
    tenkoro: Municipality, barsalo: Municipality
) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), scope(system_actor(tenkoro.pk)):
        Neighbourhood.objects.create(municipality=barsalo, name="Intruder")


def test_the_web_role_cannot_change_or_delete_an_event(tenkoro: Municipality) -> None:
    for sql in ("UPDATE municipal_units_event SET kind = 'x'", "DELETE FROM municipal_units_event"):
        refused = pytest.raises(ProgrammingError, match="permission denied")
        with refused, scope(system_actor(tenkoro.pk)), connection.cursor() as cursor:
            cursor.execute(sql)


def test_events_are_numbered_in_order_without_gaps(tenkoro: Municipality, numbered: Callable[[], None]) -> None:
    numbered()
    with scope(system_actor(tenkoro.pk)):
        seqs = list(Event.objects.order_by("id").values_list("seq", flat=True))
        assert seqs == list(range(1, len(seqs) + 1))
        assert EventCounter.objects.get().seq == len(seqs)


def test_a_reader_outside_the_audience_gets_a_bare_number(
    tenkoro: Municipality, ana: object, paul: object, ben: object, numbered: Callable[[], None]
) -> None:
    with scope(system_actor(tenkoro.pk)):
        Event.objects.record("import.finished", municipality_id=tenkoro.pk, shows={"file": "points.csv"})
        Event.objects.record("something.undeclared", municipality_id=tenkoro.pk, shows={"secret": 1})
        numbered()
        last = list(Event.objects.order_by("seq"))[-2:]
    for_ana, for_paul = (shown_to(acting(who), tenkoro.pk, last) for who in (ana, paul))  # type: ignore[arg-type]
    assert for_ana[0]["shows"] == {"file": "points.csv"}
    assert for_paul[0] == {"seq": last[0].seq}
    assert for_ana[1] == {"seq": last[1].seq}


def test_catching_up_gives_what_is_missing_or_asks_for_a_reset(
    tenkoro: Municipality, ana: object, numbered: Callable[[], None]
) -> None:
    numbered()
    actor = acting(ana)  # type: ignore[arg-type]
    with scope(actor):
        everything = catch_up(tenkoro, after=0, actor=actor)
        assert [event["seq"] for event in everything.events] == list(range(1, everything.seq + 1))
        assert catch_up(tenkoro, after=everything.seq, actor=actor).events == []
        assert catch_up(tenkoro, after=everything.seq + 1, actor=actor).reset
        assert catch_up(tenkoro, after=0, actor=actor, epoch="another").reset


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_leave_no_gap_and_no_number_twice(tenkoro: Municipality) -> None:
    with scope(system_actor(tenkoro.pk)):
        before = EventCounter.objects.get().seq
    start = threading.Barrier(8)

    def write() -> None:
        start.wait()
        for _ in range(10):
            with scope(system_actor(tenkoro.pk)), transaction.atomic():
                Event.objects.record("work.changed", municipality_id=tenkoro.pk)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with scope(system_actor(tenkoro.pk)):
        seqs = list(Event.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
    assert len(seqs) == before + 80
