"""Functionality follows the event log: what is stored, what is told, and what happens when a worker dies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from assessments.actions.following import Follower
from assessments.actions.functionality import recompute
from assessments.models import FunctionalityCursor, FunctionalityRun, FunctionalityScore
from municipal_units.actions.facility_rows import StatusRow
from municipal_units.actions.facts import bulk_record_status
from municipal_units.actions.norms import set_norm
from municipal_units.actions.places import create_municipality
from municipal_units.models import Event, EventCounter, Municipality
from municipal_units.permissions import scope, system_actor
from tests.assessments.worked_town import WorkedTown

Stamp = Callable[[], None]


@contextmanager
def inside(town: WorkedTown) -> Iterator[None]:
    with scope(system_actor(town.municipality.pk)):
        yield


@pytest.fixture
def follower(town: WorkedTown, numbered: Stamp) -> Follower:
    """A follower that has already computed the worked town."""
    numbered()
    follower = Follower()
    assert follower.follow(town.municipality.pk)
    numbered()
    return follower


def follow(follower: Follower, town: WorkedTown, numbered: Stamp) -> list[dict[str, Any]]:
    """Number what was recorded, follow it, and give what the new events show."""
    numbered()
    with inside(town):
        after = EventCounter.objects.get().seq
    follower.follow(town.municipality.pk)
    numbered()
    with inside(town):
        events = Event.objects.filter(kind="functionality.changed", seq__gt=after).order_by("seq")
        return [event.shows for event in events]


def scores(town: WorkedTown) -> dict[tuple[str, str], float | None]:
    """The newest stored value by place and service ("" is the index)."""
    names = {place.pk: letter for letter, place in town.places.items()}
    with inside(town):
        rows = FunctionalityScore.objects.order_by("run_id").values_list("neighbourhood", "service", "value")
        return {(names[place], service): value for place, service, value in rows}


def test_the_worked_example_is_stored_as_in_the_book(town: WorkedTown, follower: Follower) -> None:
    stored = scores(town)
    assert {key: value for key, value in stored.items() if key[1] == "water"} == pytest.approx(
        {("A", "water"): 0.4, ("B", "water"): 0.4, ("C", "water"): 0.7}
    )
    assert [stored[place, ""] for place in "ABC"] == pytest.approx([0.358, 0.358, 0.442])
    with inside(town):
        run = FunctionalityRun.objects.get()
        assert run.city == pytest.approx(0.3748)
        assert run.person_functionality == pytest.approx(937)
        limited = FunctionalityScore.objects.get(neighbourhood=town.places["A"], service="water")
    assert limited.reason == "support:power"
    assert limited.facility_id == town.facilities["W1"].pk


def test_a_report_moves_scores_and_is_told_once_with_before_and_after(
    town: WorkedTown, follower: Follower, numbered: Stamp
) -> None:
    status = town.status("P1", "fully_functional")
    (shown,) = follow(follower, town, numbered)
    moved = {place["id"]: (place["before"], place["index"]) for place in shown["neighbourhoods"]}
    expected = {"A": (0.358, 0.716), "B": (0.358, 0.716), "C": (0.442, 0.774)}
    assert moved == {town.places[place].pk: pytest.approx(pair) for place, pair in expected.items()}
    with inside(town):
        because = Event.objects.get(subject_type="facilitystatus", subject_id=status.pk)
    assert shown["because"] == [str(because.uuid)]
    assert shown["text"] == "Wendou rose from 36 to 72; 2 more places moved."
    assert scores(town)["C", "water"] == pytest.approx(0.9)
    assert follow(follower, town, numbered) == []


def test_only_what_changed_gets_a_new_row(town: WorkedTown, follower: Follower, numbered: Stamp) -> None:
    with inside(town):
        before = FunctionalityScore.objects.count()
    town.reach("B", "water", 0.3)
    follow(follower, town, numbered)
    with inside(town):
        new = FunctionalityScore.objects.order_by("id")[before:]
        assert {(row.neighbourhood_id, row.service) for row in new} == {
            (town.places["B"].pk, "water"),
            (town.places["B"].pk, ""),
        }
    assert scores(town)["B", "water"] == pytest.approx(0.3)


def test_local_changes_give_what_reading_everything_gives(
    town: WorkedTown, follower: Follower, numbered: Stamp
) -> None:
    steps: list[Callable[[], object]] = [
        lambda: town.status("P1", "not_functional"),
        lambda: town.status("W1", "fully_functional"),
        lambda: town.reach("A", "power", 0.5),
        lambda: town.status("P1", "affected"),
        lambda: town.count("Second count", {"A": (2000, 100, 0), "B": (600, 400, 0), "C": (300, 0, 200)}),
        lambda: town.status("W1", "unknown"),
        lambda: town.status("W2", "not_functional", causes=("no_power",)),
    ]
    for step in steps:
        step()
        follow(follower, town, numbered)
        local = scores(town)
        with inside(town):
            recompute(town.municipality, now=timezone.now())
        numbered()
        assert scores(town) == pytest.approx(local, abs=1e-6)


def test_own_events_only_move_the_cursor(town: WorkedTown, follower: Follower, numbered: Stamp) -> None:
    with inside(town):
        runs, events = FunctionalityRun.objects.count(), Event.objects.count()
    assert follow(follower, town, numbered) == []
    with inside(town):
        assert FunctionalityCursor.objects.get().seq == EventCounter.objects.get().seq
        assert (FunctionalityRun.objects.count(), Event.objects.count()) == (runs, events)


def test_a_new_worker_catches_up_where_the_dead_one_stopped(
    town: WorkedTown, follower: Follower, numbered: Stamp
) -> None:
    town.status("P1", "fully_functional")
    town.status("W1", "fully_functional")
    (shown,) = follow(Follower(), town, numbered)
    assert len(shown["because"]) == 2
    assert scores(town)["A", "water"] == pytest.approx(1.0)
    town.status("P1", "not_functional")
    follow(follower, town, numbered)  # the old one comes back with what it remembers
    assert scores(town)["A", "power"] == 0
    assert scores(town)["A", "water"] == 0


def test_an_older_report_that_arrives_late_changes_nothing(
    town: WorkedTown, follower: Follower, numbered: Stamp
) -> None:
    town.status("P1", "fully_functional")
    follow(follower, town, numbered)
    town.status("P1", "not_functional", days_ago=10)
    assert follow(follower, town, numbered) == []
    assert scores(town)["A", "power"] == 1


def test_a_burst_is_one_event(town: WorkedTown, follower: Follower, numbered: Stamp) -> None:
    for output in (100.0, 300.0, 500.0):
        town.status("P1", "partially_functional", output=output)
    (shown,) = follow(follower, town, numbered)
    assert len(shown["because"]) == 3
    assert scores(town)["A", "power"] == 1


def test_the_follower_finds_its_towns_without_seeing_them(
    town: WorkedTown, barsalo: Municipality, follower: Follower, numbered: Stamp
) -> None:
    numbered()
    assert Municipality.objects.count() == 0
    assert set(follower.behind()) >= {town.municipality.pk, barsalo.pk}
    assert follower.follow_all() >= 2
    numbered()
    follower.follow_all()
    assert follower.behind() == []
    with scope(system_actor(barsalo.pk)):
        assert FunctionalityRun.objects.filter(municipality=town.municipality).count() == 0
        assert not FunctionalityScore.objects.exclude(municipality=barsalo).exists()


def test_a_place_with_very_few_people_is_not_shown_in_the_event(
    town: WorkedTown, follower: Follower, numbered: Stamp
) -> None:
    town.count("Second count", {"A": (1000, 0, 0), "B": (600, 400, 0), "C": (3, 0, 0)})
    (shown,) = follow(follower, town, numbered)
    assert town.places["C"].pk not in {place["id"] for place in shown["neighbourhoods"]}
    town.status("P1", "fully_functional")
    (shown,) = follow(follower, town, numbered)
    assert town.places["C"].pk not in {place["id"] for place in shown["neighbourhoods"]}


def test_a_changed_norm_moves_everything_it_touches(town: WorkedTown, follower: Follower, numbered: Stamp) -> None:
    by = system_actor(town.municipality.pk)
    with inside(town):
        versions = set(FunctionalityRun.objects.values_list("parameters_version", flat=True))
        set_norm(
            by=by,
            municipality=town.municipality,
            kind="demand",
            service="power",
            key="test",
            value=0.4,
            source="test",
            valid_from=timezone.localdate(),
        )
    (shown,) = follow(follower, town, numbered)
    assert scores(town)["A", "power"] == pytest.approx(0.2)
    with inside(town):
        assert FunctionalityRun.objects.latest("id").parameters_version not in versions
    assert len(shown["neighbourhoods"]) == 3


def test_many_reports_in_one_go_are_applied_alike(town: WorkedTown, follower: Follower, numbered: Stamp) -> None:
    by = system_actor(town.municipality.pk)
    rows = [
        StatusRow(facility_id=town.facilities[code].pk, status="fully_functional", observed_at=timezone.now())
        for code in ("P1", "W1", "H1")
    ]
    with inside(town):
        bulk_record_status(by=by, municipality=town.municipality, rows=rows)
    follow(follower, town, numbered)
    stored = scores(town)
    assert [stored["A", service] for service in ("power", "water", "health")] == pytest.approx(
        [1, 1, 0.9]
    )  # in B water reaches 0.8


def test_a_municipality_without_any_place_is_no_error(db: None, numbered: Stamp) -> None:
    bare = create_municipality(code="NEW", name="New")
    numbered()
    assert Follower().follow(bare.pk)
    with scope(system_actor(bare.pk)):
        assert FunctionalityCursor.objects.get().seq == EventCounter.objects.get().seq


def test_when_the_day_changes_the_figures_age(town: WorkedTown, numbered: Stamp) -> None:
    now = timezone.now()
    numbered()
    follower = Follower(clock=lambda: now)
    follower.follow(town.municipality.pk)
    numbered()
    follower.follow(town.municipality.pk)
    assert follower.behind() == []
    now = now + timedelta(days=31)
    assert follower.behind() == [town.municipality.pk]
    with inside(town):
        fresh = FunctionalityScore.objects.filter(neighbourhood=town.places["A"], service="power").latest("run_id")
    follower.follow(town.municipality.pk)
    with inside(town):
        aged = FunctionalityScore.objects.filter(neighbourhood=town.places["A"], service="power").latest("run_id")
    assert (fresh.value, aged.value) == (0.4, 0.4)
    assert aged.lo is not None
    assert fresh.lo is not None
    assert aged.lo < fresh.lo
