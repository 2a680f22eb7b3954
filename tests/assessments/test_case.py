"""The planning case read from the database."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from django.utils import timezone

from assessments.core.functionality import evaluate
from assessments.models import Intervention
from assessments.selectors.case import Town, town_case
from municipal_units.actions.facilities import set_dependency
from municipal_units.actions.facility_rows import DependencyRow
from municipal_units.actions.norms import set_norm
from municipal_units.models import FacilityStatus, Municipality, PopulationEstimate
from municipal_units.permissions import scope, system_actor
from tests.assessments.worked_town import WorkedTown


def read(town: WorkedTown) -> Town:
    with scope(system_actor(town.municipality.pk)):
        return town_case(town.municipality, as_of=timezone.now())


def capacity(town: WorkedTown, code: str) -> tuple[float, float, float]:
    """C, low and high of a facility."""
    case = read(town).case
    number = case.facility_number[str(town.facilities[code].pk)]
    return case.current[number], case.current_lo[number], case.current_hi[number]


def test_the_worked_example_comes_out_of_the_database_as_it_is_in_the_book(town: WorkedTown) -> None:
    case = read(town).case
    assert case.service_ids == ("water", "power", "health")
    assert case.people.tolist() == [1000, 1000, 500]
    assert case.weight == pytest.approx([0.4, 0.3, 0.3])
    assert case.essential.tolist() == [True, True, False]
    assert case.nominal.tolist() == [500, 45_000, 5_000, 2.5]
    assert case.current.tolist() == [200, 36_000, 5_000, 0.5]
    assert case.demand.tolist() == [[20_000, 200, 1], [20_000, 200, 1], [10_000, 100, 0.5]]
    assert case.known.all()
    assert len(case.interventions) == 5


def test_functionality_of_the_worked_town_is_as_in_the_book(town: WorkedTown) -> None:
    result = evaluate(read(town).case)
    assert result.value == pytest.approx(np.array([[0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [0.7, 0.4, 0.2]]))
    assert result.index == pytest.approx([0.358, 0.358, 0.442])
    assert result.person_functionality == pytest.approx(937)


def test_a_provider_outage_does_not_lower_the_facility_itself(town: WorkedTown) -> None:
    town.status("W1", "not_functional", causes=("no_power",))
    assert capacity(town, "W1")[0] == 45_000
    town.status("W1", "not_functional", causes=("no_power", "equipment_damage"))
    assert capacity(town, "W1")[0] == 0


def test_measured_output_wins_over_the_factor_of_the_status(town: WorkedTown) -> None:
    town.status("W1", "partially_functional")
    assert capacity(town, "W1")[0] == 22_500
    town.status("W1", "fully_functional", output=10_000)
    assert capacity(town, "W1")[0] == 10_000


def test_a_report_without_power_is_evidence_of_the_need_for_power(town: WorkedTown) -> None:
    town.status("W2", "not_functional", causes=("no_power",))
    found = read(town)
    assert {"code": "need_assumed", "facility": "W2", "service": "power"} in found.warnings
    assert evaluate(found.case).value[2, 0] == pytest.approx(0.5 * 0.4 + 0.5 * 0.4)


def test_what_nobody_knows_is_compared_with_its_like_and_keeps_its_whole_interval(town: WorkedTown) -> None:
    town.status("W2", "unknown")
    point, low, high = capacity(town, "W2")
    assert point == pytest.approx(5_000 * 0.8)  # as W1: 36 000 of 45 000
    assert (low, high) == (0, 5_000)


def test_rejected_reports_do_not_count_and_unreviewed_ones_only_where_allowed(town: WorkedTown) -> None:
    report = town.status("W1", "not_functional")
    assert capacity(town, "W1")[0] == 0
    with scope(system_actor(town.municipality.pk)):
        FacilityStatus.objects.filter(pk=report.pk).update(review_state="rejected")
    assert capacity(town, "W1")[0] == 36_000
    town.municipality.accepted_facts_only = True
    assert capacity(town, "W1")[1:] == (0, 45_000)


@pytest.mark.parametrize(("days", "width"), [(1, 0.1), (29, 0.1), (30, 0.2), (90, 0.2), (91, 0.35)])
def test_the_interval_widens_with_the_age_of_the_report(town: WorkedTown, days: int, width: float) -> None:
    with scope(system_actor(town.municipality.pk)):
        FacilityStatus.objects.filter(facility=town.facilities["W2"]).update(review_state="rejected")
    town.status("W2", "partially_functional", days_ago=days)
    assert capacity(town, "W2") == pytest.approx((2_500, 2_500 * (1 - width), 2_500 * (1 + width)))


def test_a_service_nobody_registered_is_unknown_and_never_zero_or_one(town: WorkedTown) -> None:
    assert "sanitation" not in read(town).case.service_ids
    by = system_actor(town.municipality.pk)
    with scope(by):
        set_norm(
            by=by,
            municipality=town.municipality,
            kind="weight",
            service="sanitation",
            value=0.2,
            source="test",
            valid_from=timezone.localdate(),
        )
    result = evaluate(read(town).case)
    column = result.case.service_number["sanitation"]
    assert np.isnan(result.value[:, column]).all()
    assert (result.lo[:, column] == 0).all()
    assert (result.hi[:, column] == 1).all()
    assert result.index == pytest.approx([0.358, 0.358, 0.442])
    town.municipality.complete_registers = ["sanitation"]
    assert (evaluate(read(town).case).value[:, column] == 0).all()


def test_where_nobody_was_counted_nothing_is_claimed(town: WorkedTown) -> None:
    with scope(system_actor(town.municipality.pk)):
        PopulationEstimate.objects.filter(neighbourhood=town.places["C"]).delete()
    result = evaluate(read(town).case)
    assert np.isnan(result.index[2])
    assert np.isnan(result.value[2]).all()


def test_backup_is_share_times_strength_times_capacity_while_its_hours_last(town: WorkedTown) -> None:
    by = system_actor(town.municipality.pk)
    started = timezone.now() - timedelta(hours=10)

    def backup(hours: float) -> tuple[float, datetime]:
        row = DependencyRow(
            facility_id=town.facilities["W1"].pk,
            service="power",
            strength=0.9,
            backup_share=0.5,
            hours_backup=hours,
            backup_since=started,
        )
        with scope(by):
            set_dependency(by=by, municipality=town.municipality, row=row)
        found = read(town)
        return found.case.depends_backup[0], found.valid_until

    amount, until = backup(11)
    assert amount == pytest.approx(0.5 * 0.9 * 45_000)
    assert until <= started + timedelta(hours=11)
    assert backup(9)[0] == 0


def test_a_finished_work_is_no_candidate_and_its_followers_no_longer_wait_for_it(town: WorkedTown) -> None:
    by = system_actor(town.municipality.pk)
    with scope(by):
        Intervention.objects.filter(code="i5").update(status="verified")
    found = read(town).case
    assert len(found.interventions) == 4
    assert all(not work.requires for work in found.interventions)
    with scope(by):
        Intervention.objects.filter(code="i5").update(status="cancelled")
    given_up = read(town)
    assert len(given_up.case.interventions) == 3
    assert {"code": "requirement_given_up", "work": "i4"} in given_up.warnings


def test_nothing_of_another_municipality_is_read(town: WorkedTown, barsalo: Municipality) -> None:
    before = read(town).case
    with scope(system_actor(town.municipality.pk, barsalo.pk)):
        both = town_case(town.municipality, as_of=timezone.now()).case
        other = town_case(barsalo, as_of=timezone.now()).case
    assert both.neighbourhood_ids == before.neighbourhood_ids
    assert both.facility_ids == before.facility_ids
    assert other.facility_ids == ()
    assert np.isnan(evaluate(other).index).all()
