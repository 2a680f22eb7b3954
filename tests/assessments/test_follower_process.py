"""The follower as it runs in the worker: woken by commits, surviving a lost database, stopping when told."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command
from django.db import connection

from assessments.actions.following import LOCK_SPACE, Follower
from assessments.models import FunctionalityCursor, FunctionalityRun
from municipal_units.models import Event, EventCounter, Municipality
from municipal_units.permissions import scope, system_actor
from tests.assessments.worked_town import WorkedTown

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 20.0


def wait_for(condition: Callable[[], bool], what: str) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE_S, f"waited {PATIENCE_S:g} s for {what}"
        time.sleep(0.01)
    return time.monotonic() - began


def is_up_to_date(town: Municipality) -> bool:
    with scope(system_actor(town.pk)):
        cursor = FunctionalityCursor.objects.filter(municipality=town).first()
        return cursor is not None and cursor.seq == EventCounter.objects.get(municipality=town).seq


def told(town: Municipality) -> int:
    with scope(system_actor(town.pk)):
        return Event.objects.filter(kind="functionality.changed").count()


@pytest.fixture
def running(town: WorkedTown) -> Iterator[WorkedTown]:
    follower = Follower()
    thread = threading.Thread(target=follower.run)
    thread.start()
    try:
        wait_for(lambda: is_up_to_date(town.municipality), "the first computation")
        yield town
    finally:
        follower.stop()
        thread.join(timeout=PATIENCE_S)
        assert not thread.is_alive()


def test_a_commit_wakes_it_and_one_event_tells_what_changed(running: WorkedTown) -> None:
    before = told(running.municipality)
    running.status("P1", "fully_functional")
    wait_for(lambda: told(running.municipality) > before, "the change")
    wait_for(lambda: is_up_to_date(running.municipality), "the cursor to pass its own event")
    assert told(running.municipality) == before + 1
    with scope(system_actor(running.municipality.pk)):
        newest = FunctionalityRun.objects.order_by("id").last()
    assert newest is not None
    assert newest.person_functionality == pytest.approx(1819)


def test_a_lost_connection_loses_nothing(running: WorkedTown) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
    before = told(running.municipality)
    running.status("P1", "fully_functional")
    wait_for(lambda: told(running.municipality) > before, "the change after the connection was lost")


def test_one_process_follows_a_town_and_another_takes_over_when_it_ends(town: WorkedTown) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_SPACE, town.municipality.pk])
    follower = Follower()
    thread = threading.Thread(target=follower.run)
    thread.start()
    try:
        time.sleep(0.5)
        assert not is_up_to_date(town.municipality)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, town.municipality.pk])
        town.status("P1", "fully_functional")
        wait_for(lambda: is_up_to_date(town.municipality), "the other process to take over")
    finally:
        follower.stop()
        thread.join(timeout=PATIENCE_S)


def test_the_worker_once_does_what_there_is_to_do(town: WorkedTown, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("run_worker", "--once")
    assert "1 municipalities" in capsys.readouterr().out
    with scope(system_actor(town.municipality.pk)):
        run = FunctionalityRun.objects.get()
    assert run.person_functionality == pytest.approx(937)


def test_replay_computes_everything_anew(town: WorkedTown, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("replay", "--municipality", "TK")
    assert "TK: 0.375" in capsys.readouterr().out
