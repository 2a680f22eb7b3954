"""The play sends reports that every door takes, the same ones for the same seed."""

from itertools import islice

import pytest
from django.utils import timezone

from crisis.demo.facilities import facilities
from crisis.demo.places import TENKORO
from crisis.demo.play import (
    REPORTS_PER_MINUTE,
    TURNS,
    ArrivalReport,
    DamageReport,
    StatusReport,
    pauses,
    reports,
)
from crisis.demo.playing import Actions
from damage.models import DamageAssessment, Structure
from municipal_units.core.vocabulary import OperationalStatus, StatusCause
from municipal_units.models import Event, FacilityStatus
from municipal_units.selectors.population import people_present
from tests.demo.conftest import Demo


def test_the_same_seed_plays_the_same_afternoon() -> None:
    assert list(islice(reports(seed=3), 40)) == list(islice(reports(seed=3), 40))
    assert list(islice(reports(seed=3), 40)) != list(islice(reports(seed=4), 40))


def test_it_begins_with_team_3_at_b2217_and_then_something_happens_every_sixth_time() -> None:
    played = list(islice(reports(seed=1), 6 * len(TURNS)))
    first = played[0]
    assert isinstance(first, DamageReport)
    assert (first.building.number, first.value) == ("B-2217", "D3")
    assert sum(isinstance(report, DamageReport) for report in played) == 5 * len(TURNS)
    assert len({report.instance_id for report in played}) == len(played)


def test_its_words_are_those_of_the_vocabulary() -> None:
    codes = {facility.code for facility in facilities()}
    pcodes = {place.pcode for place in TENKORO.places}
    for turn in TURNS:
        if isinstance(turn, ArrivalReport):
            assert turn.pcode in pcodes
        else:
            assert turn.code in codes
            OperationalStatus(turn.status)
            assert all(StatusCause(cause) for cause in turn.causes)


@pytest.mark.parametrize("speed", [1.0, 10.0])
def test_reports_come_about_as_often_as_asked_for(speed: float) -> None:
    waited = sum(islice(pauses(seed=1, speed=speed), 2_000)) / 60
    assert waited * REPORTS_PER_MINUTE * speed == pytest.approx(2_000, rel=0.1)


def test_reports_through_the_actions_become_facts_and_events(demo: Demo) -> None:
    door = Actions(demo.cast)
    before = Event.objects.filter(municipality=demo.tenkoro).count()
    played = list(islice(reports(seed=1), 24))
    for report in played:
        door.send(report, at=timezone.now())
    facts = [report.instance_id for report in played]
    assert Event.objects.filter(municipality=demo.tenkoro).count() == before + len(played)
    assert DamageAssessment.objects.filter(fact_id__in=facts).count() == 20
    assert FacilityStatus.objects.filter(fact_id__in=facts).count() == sum(
        isinstance(report, StatusReport) for report in played
    )
    # The same reports again, as after a lost connection, are not facts again.
    for report in played[:5]:
        there = DamageAssessment.objects.get(fact_id=report.instance_id)
        door.send(report, at=there.observed_at)
    assert Event.objects.filter(municipality=demo.tenkoro).count() == before + len(played)
    assert Structure.objects.filter(municipality=demo.tenkoro).count() == 3_000


def test_arrivals_do_not_change_the_count_of_people_present(demo: Demo) -> None:
    door = Actions(demo.cast)
    turn = next(turn for turn in TURNS if isinstance(turn, ArrivalReport))
    door.send(turn, at=timezone.now())
    present = people_present(demo.tenkoro, as_of=demo.now.date())
    assert present["value"].sum() == 101_100
