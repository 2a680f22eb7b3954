"""A real worker process is killed (-9) while it solves: another takes the run up and it ends once."""

import time
from typing import Any

import psycopg

from tests.serving import LiveTown, Town, database_host

PATIENCE_S = 90.0
START = """
from assessments.actions.plans import start_run
from assessments.models import Scenario
from municipal_units.permissions import scope, system_actor
from municipal_units.models import Municipality, Assignment
pk = Assignment.objects.filter(user__username="unit_lead").values_list("municipality_id", flat=True).first()
by = system_actor(pk)
with scope(by):
    print(start_run(by=by, scenario=Scenario.objects.get(name="Displaced areas first", municipality_id=pk)).pk)
"""


def asked(town: Town, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(host=database_host(), dbname=town.name, user="reprise_owner", autocommit=True) as connection:
        cursor = connection.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def wait_for_state(town: Town, run: int, *states: str) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        ((state,),) = asked(town, "SELECT state FROM assessments_planrun WHERE id = %s", run)
        if state in states:
            return str(state)
        time.sleep(0.02)
    log = (town.folder / "worker.log").read_text()[-3000:]
    raise AssertionError(f"The run is still {state}, not {states}. The worker said:\n{log}")


def test_a_run_whose_worker_is_killed_is_taken_up_again_and_ends_once(live_town: LiveTown) -> None:
    town = live_town.town
    if town.worker is None:
        town.start_worker()
    run = int(town.manage("shell", "-v", "0", "-c", START).split()[-1])
    wait_for_state(town, run, "running")
    assert town.worker is not None
    town.worker.kill()
    town.worker.wait()
    ((state, attempts),) = asked(town, "SELECT state, attempts FROM assessments_planrun WHERE id = %s", run)
    assert (state, attempts) == ("running", 1), "it was killed in mid-run"
    # A minute of silence, without waiting for it.
    asked(town, "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '2 minutes'")
    town.start_worker()
    wait_for_state(town, run, "finished")
    ((attempts, plans),) = asked(
        town,
        "SELECT attempts, (SELECT count(*) FROM assessments_plan WHERE run_id = r.id) FROM assessments_planrun r"
        " WHERE id = %s",
        run,
    )
    assert (attempts, plans) == (2, 1)
    ended = asked(
        town, "SELECT count(*) FROM municipal_units_event WHERE kind = 'plan.computed' AND shows->>'run' = %s", str(run)
    )
    assert ended == [(1,)]
    waiting = (
        "SELECT count(*) FROM procrastinate_jobs WHERE (args->>'run_id')::int = %s AND status IN ('todo', 'doing')"
    )
    deadline = time.monotonic() + 10
    while asked(town, waiting, run) != [(0,)] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert asked(town, waiting, run) == [(0,)], "nobody works on it any more"
