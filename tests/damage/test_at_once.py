"""Many at the same moment: one report is one row, one place is one structure."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.contrib.gis.geos import Point
from django.db import connection

from damage.models import DamageAssessment, Structure
from municipal_units.models import Event, Municipality, User
from municipal_units.permissions import scope, system_actor
from tests.damage.test_reports import report


def at_once(tasks: Sequence[Callable[[], object]]) -> list[BaseException]:
    """Runs all tasks in threads that start together; gives what went wrong."""
    gate = threading.Barrier(len(tasks))
    failures: list[BaseException] = []

    def run(task: Callable[[], object]) -> None:
        try:
            gate.wait(timeout=30)
            task()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return failures


@pytest.mark.django_db(transaction=True)
def test_one_report_posted_twenty_times_at_once_is_one_row(tenkoro: Municipality, ben: User) -> None:
    assert at_once([lambda: report(ben, tenkoro, instance_id=UUID(int=42))] * 20) == []
    with scope(system_actor(tenkoro.pk)):
        assert DamageAssessment.objects.count() == Structure.objects.count() == 1
        assert Event.objects.filter(kind="damage.assessed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_people_at_one_place_make_one_structure(tenkoro: Municipality, ben: User) -> None:
    places = [Point(-0.995 + step * 1e-7, 13.005, srid=4326) for step in range(10)]
    tasks = [partial(report, ben, tenkoro, instance_id=uuid4(), place=place) for place in places]
    assert at_once(tasks) == []
    with scope(system_actor(tenkoro.pk)):
        assert (Structure.objects.count(), DamageAssessment.objects.count()) == (1, 10)
        numbers = Event.objects.filter(kind="damage.assessed").order_by("seq").values_list("seq", flat=True)
        first = numbers[0] or 0
        assert list(numbers) == list(range(first, first + 10))
