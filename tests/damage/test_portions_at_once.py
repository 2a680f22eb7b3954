"""Portions of one import are written two at a time, and leave what they would leave one after the other."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.gis.geos import Point
from django.db import connection

from damage.actions import ground, recognition
from damage.importers import damage as importer
from damage.models import DamageAssessment, Structure, StructureReference
from municipal_units.actions.import_lanes import Lanes
from municipal_units.actions.import_rows import run_import
from municipal_units.actions.imports import confirm_import, stop_import
from municipal_units.models import Event, ImportBatch, Municipality, User
from municipal_units.permissions import scope, system_actor
from tests.conftest import acting
from tests.damage.test_at_once import at_once
from tests.damage.test_files import chosen, survey
from tests.damage.test_reports import report
from tests.imports.sending import box, checked, geojson, imported

PLACES = [(-0.9995 + 0.00072 * n, 13.003) for n in range(40)]
LATER = "2026-11-18T12:00:00Z"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def short_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "PORTION_ROWS", 5)


@pytest.fixture
def lanes_used(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many portions lanes took; a test in which they took none says nothing."""
    taken: list[int] = []
    take_next = Lanes.take_next

    def counting(lanes: Lanes) -> None:
        before = lanes.number
        take_next(lanes)
        taken.append(lanes.number - before)

    monkeypatch.setattr(Lanes, "take_next", counting)
    yield taken
    assert sum(taken) > 0


def confirmed(user: User, town: Municipality, content: bytes, **options: Any) -> ImportBatch:
    batch = checked(user, town, "damage", content, **chosen(**options))
    with scope(acting(user)):
        return confirm_import(by=acting(user), batch=batch)


def numbers_of(town: Municipality) -> dict[str, int]:
    with scope(system_actor(town.pk)):
        return {
            "structures": Structure.objects.count(),
            "assessments": DamageAssessment.objects.count(),
            "references": StructureReference.objects.count(),
        }


def meeting(monkeypatch: pytest.MonkeyPatch, first: int) -> list[int]:
    """Makes the first two portions in lanes recognise structures before either locks them, and `first` lock before the
    other; gives who met."""
    gate, locked = threading.Barrier(2), threading.Event()
    met: list[int] = []
    mine = threading.local()
    lock, hand_out = ground.lock_structures, Lanes.hand_out

    def noting_number(lanes: Lanes) -> Any:
        handed = hand_out(lanes)
        mine.number = handed[0]
        return handed

    def waiting(structure_ids: Any) -> None:
        number: int = getattr(mine, "number", -1)
        meets = number in (0, 1) and number not in met and len(met) < 2 and len(structure_ids)
        if meets:
            met.append(number)
            gate.wait(timeout=20)
            assert number == first or locked.wait(timeout=20)
        lock(structure_ids)
        if meets:
            locked.set()

    monkeypatch.setattr(Lanes, "hand_out", noting_number)
    monkeypatch.setattr(recognition, "lock_structures", waiting)
    return met


@pytest.mark.parametrize("first", [0, 1])
def test_a_structure_seen_by_two_portions_at_once_is_taken_by_one(
    tenkoro: Municipality, ana: User, monkeypatch: pytest.MonkeyPatch, lanes_used: list[int], first: int
) -> None:
    """The second to lock waits for the first and looks again; where the first has to wait for its turn, that is for the
    second, both are taken one after the other."""
    hall = box(-0.9998, 13.002, -0.9702, 13.004)  # three kilometres long: no piece of ground holds it
    content = geojson([(hall, {"damage": "D2", "seen": "2026-11-16", "quartier": ""})])
    imported(ana, tenkoro, "damage", content, **chosen())
    # The first portion is taken alone: its points lie beside the hall.
    outside = [(-0.99995, 13.0005 + 0.0001 * n) for n in range(5)]
    rows = survey([(lon, lat, "D4") for lon, lat in [*outside, *PLACES]], LATER)
    batch = confirmed(ana, tenkoro, rows, product="Survey 2")
    met = meeting(monkeypatch, first)
    assert run_import(municipality_id=tenkoro.pk, batch_id=batch.pk) == "finished"
    assert sorted(met) == [0, 1]
    with scope(system_actor(tenkoro.pk)):
        batch.refresh_from_db()
        told = {name: batch.summary[name] for name in ("rows", "new", "changed", "refused")}
        assert told == {"rows": 45, "new": 44, "changed": 1, "refused": 0}
        known = StructureReference.objects.get(product__name="Survey 1").structure
        assert known.assessments.filter(product__name="Survey 2").count() == 1
        assert known.current_grade == "very_heavy"
    assert numbers_of(tenkoro) == {"structures": 45, "assessments": 46, "references": 46}


def test_an_import_that_broke_off_says_how_far_it_came_and_goes_on_from_there(
    tenkoro: Municipality, ana: User, monkeypatch: pytest.MonkeyPatch, lanes_used: list[int]
) -> None:
    batch = confirmed(ana, tenkoro, survey([(lon, lat, "D3") for lon, lat in PLACES]))
    write, calls = importer.Work.write, []

    def failing(work: Any, first: int, last: int, **how: Any) -> Callable[[], Any]:
        calls.append(first)
        if len(calls) == 4:
            raise RuntimeError("the disk is full")
        return write(work, first, last, **how)

    monkeypatch.setattr(importer.Work, "write", failing)
    with pytest.raises(RuntimeError, match="disk"):
        run_import(municipality_id=tenkoro.pk, batch_id=batch.pk)
    monkeypatch.setattr(importer.Work, "write", write)
    with scope(system_actor(tenkoro.pk)):
        batch.refresh_from_db()
        assert batch.state == "failed"
        assert 10 <= batch.done_rows < 40
        assert batch.accepted == batch.done_rows == DamageAssessment.objects.count()
        ImportBatch.objects.filter(pk=batch.pk).update(state="running")  # as the watch does for a killed worker
    assert run_import(municipality_id=tenkoro.pk, batch_id=batch.pk) == "finished"
    assert numbers_of(tenkoro) == {"structures": 40, "assessments": 40, "references": 40}
    with scope(system_actor(tenkoro.pk)):
        batch.refresh_from_db()
        assert (batch.done_rows, batch.accepted, batch.unchanged) == (40, 40, 0)
        seqs = list(Event.objects.filter(kind="damage.assessed").order_by("seq").values_list("seq", flat=True))
        assert len(seqs) == 8
        rows = set(DamageAssessment.objects.values_list("row_number", flat=True))
        assert rows == set(range(1, 41))


def test_a_stop_is_heard_between_portions(
    tenkoro: Municipality, ana: User, monkeypatch: pytest.MonkeyPatch, lanes_used: list[int]
) -> None:
    batch = confirmed(ana, tenkoro, survey([(lon, lat, "D3") for lon, lat in PLACES]))

    def stop(done: int, rows: int) -> None:
        if done == 10:
            with scope(acting(ana)):
                stop_import(by=acting(ana), batch=ImportBatch.objects.get(pk=batch.pk))

    assert run_import(municipality_id=tenkoro.pk, batch_id=batch.pk, progress=stop) == "stopped"
    with scope(system_actor(tenkoro.pk)):
        batch.refresh_from_db()
        assert 10 <= batch.done_rows < 40
        assert batch.done_rows == DamageAssessment.objects.count()


def test_reports_that_come_in_meanwhile_mean_the_same_structures(
    tenkoro: Municipality, ana: User, ben: User, lanes_used: list[int]
) -> None:
    batch = confirmed(ana, tenkoro, survey([(lon, lat, "D3") for lon, lat in PLACES]))
    tasks: list[Callable[[], object]] = [partial(run_import, municipality_id=tenkoro.pk, batch_id=batch.pk)]
    for places in (PLACES[0::4], PLACES[3::4]):
        tasks.append(partial(report_all, ben, tenkoro, places))
    assert at_once(tasks) == []
    assert numbers_of(tenkoro) == {"structures": 40, "assessments": 60, "references": 40}


def report_all(user: User, town: Municipality, places: list[tuple[float, float]]) -> None:
    for lon, lat in reversed(places):
        report(user, town, instance_id=uuid4(), place=Point(lon, lat, srid=4326))
    connection.close()
