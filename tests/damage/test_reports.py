"""A report of damage by phone: who may, what is kept, what happens when it is sent again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.gis.geos import Point

from crisis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from damage.actions import review_damage, submit_damage
from damage.models import DamageAssessment, Structure
from damage.selectors import assessments_to_review, damage_by_grade
from municipal_units.models import Event, Municipality, User
from municipal_units.permissions import scope
from tests.conftest import acting

MORNING = datetime(2026, 11, 16, 8, tzinfo=UTC)
WENDOU = Point(-0.995, 13.005, srid=4326)


def report(user: User, town: Municipality, **changes: Any) -> DamageAssessment:
    """A field report of heavy damage in Wendou on the morning of 16 November, changed as asked."""
    content: dict[str, Any] = {
        "instance_id": uuid4(),
        "place": WENDOU,
        "source_scale": "ems98",
        "source_value": "D3",
        "method": "rapid_field",
        "observed_at": MORNING,
    } | changes
    actor = acting(user)
    with scope(actor):
        return submit_damage(by=actor, municipality=town, **content)


def test_a_partner_and_a_stranger_may_not_report(tenkoro: Municipality, paul: User, cleo: User) -> None:
    with pytest.raises(NotAllowed):
        report(paul, tenkoro)
    with pytest.raises(NotFound):
        report(cleo, tenkoro)


def test_a_report_makes_a_structure_an_assessment_and_one_event(tenkoro: Municipality, ben: User) -> None:
    seen = report(ben, tenkoro, written_place="Wendou")
    with scope(acting(ben)):
        assert (seen.grade, seen.source_scale, seen.source_value) == ("heavy", "ems98", "D3")
        assert seen.neighbourhood is not None
        assert seen.neighbourhood.pcode == "TK0101"
        assert seen.structure.current_assessment_id == seen.pk
        assert seen.recorded_by == ben
        event = Event.objects.get(kind="damage.assessed")
        assert event.shows["type"] == "Feature"
        assert event.shows["properties"]["grade_ord"] == 3
        assert event.neighbourhood_id == seen.neighbourhood_id
        assert damage_by_grade(tenkoro)["heavy"] == 1


def test_a_resent_report_is_accepted_once(tenkoro: Municipality, ben: User) -> None:
    first = report(ben, tenkoro, instance_id=UUID(int=7))
    again = report(ben, tenkoro, instance_id=UUID(int=7))
    assert first == again
    with scope(acting(ben)):
        assert DamageAssessment.objects.count() == Structure.objects.count() == 1
        assert Event.objects.filter(kind="damage.assessed").count() == 1


@pytest.mark.parametrize("change", [{"source_value": "D4"}, {"observed_at": MORNING + timedelta(hours=1)}])
def test_the_same_id_with_other_content_is_a_conflict(tenkoro: Municipality, ben: User, change: dict[str, Any]) -> None:
    report(ben, tenkoro, instance_id=UUID(int=7))
    with pytest.raises(Conflict):
        report(ben, tenkoro, instance_id=UUID(int=7), **change)


def test_a_second_report_within_five_metres_speaks_of_the_same_structure(tenkoro: Municipality, ben: User) -> None:
    first = report(ben, tenkoro)
    near = report(ben, tenkoro, place=Point(-0.995 + 3 / 108_500, 13.005, srid=4326))
    far = report(ben, tenkoro, place=Point(-0.995 + 12 / 108_500, 13.005, srid=4326))
    assert near.structure_id == first.structure_id != far.structure_id


def test_a_newer_worse_report_counts_and_a_newer_better_one_from_above_waits(tenkoro: Municipality, ben: User) -> None:
    report(ben, tenkoro, source_value="D2")
    worse = report(ben, tenkoro, source_value="D5", observed_at=MORNING + timedelta(days=1))
    better = report(ben, tenkoro, source_value="D1", method="satellite", observed_at=MORNING + timedelta(days=2))
    with scope(acting(ben)):
        structure = Structure.objects.get()
        assert (structure.current_grade, structure.current_assessment_id) == ("destroyed", worse.pk)
        assert list(assessments_to_review(tenkoro)) == [better]
        assert better.review_reason == "better_than_before"
    closer = report(ben, tenkoro, source_value="D2", observed_at=MORNING + timedelta(days=3))
    with scope(acting(ben)):
        structure.refresh_from_db()
        assert structure.current_assessment_id == closer.pk


def test_a_late_report_of_an_earlier_day_gives_the_same_answer_as_one_in_time(tenkoro: Municipality, ben: User) -> None:
    glance = report(ben, tenkoro, source_value="D1", method="satellite", observed_at=MORNING + timedelta(days=9))
    late = report(ben, tenkoro, source_value="D5", observed_at=MORNING)
    with scope(acting(ben)):
        structure = Structure.objects.get()
        glance.refresh_from_db()
        assert structure.current_assessment_id == late.pk
        assert (glance.review_state, glance.review_reason) == ("has_issues", "better_than_before")


def test_an_accepted_better_grade_is_a_repair_and_a_rejected_one_never_counts(
    tenkoro: Municipality, ana: User, ben: User
) -> None:
    report(ben, tenkoro, source_value="D5")
    better = report(ben, tenkoro, source_value="D1", method="satellite", observed_at=MORNING + timedelta(days=1))
    coordinator = acting(ana)
    with pytest.raises(NotAllowed), scope(acting(ben)):
        review_damage(by=acting(ben), assessment=better, state="accepted")
    with scope(coordinator):
        review_damage(by=coordinator, assessment=better, state="accepted")
        assert Structure.objects.get().current_grade == "slight"
        review_damage(by=coordinator, assessment=better, state="rejected")
        assert Structure.objects.get().current_grade == "destroyed"


def test_a_report_far_outside_the_town_is_kept_for_review(tenkoro: Municipality, ben: User) -> None:
    seen = report(ben, tenkoro, place=Point(-0.5, 13.005, srid=4326))
    assert (seen.neighbourhood_id, seen.review_state, seen.review_reason) == (
        None,
        "has_issues",
        "outside_municipality",
    )


def test_a_value_that_the_scale_does_not_have_is_refused_in_words(tenkoro: Municipality, ben: User) -> None:
    with pytest.raises(Invalid, match="'6' is not a value of the scale unosat"):
        report(ben, tenkoro, source_scale="unosat", source_value="6")
    with pytest.raises(Invalid, match="method"):
        report(ben, tenkoro, method="gossip")


def test_where_only_accepted_facts_count_a_new_report_changes_nothing_yet(tenkoro: Municipality, ben: User) -> None:
    tenkoro.accepted_facts_only = True
    seen = report(ben, tenkoro)
    assert (seen.structure.current_grade, seen.structure.current_assessment_id) == ("not_assessed", None)
