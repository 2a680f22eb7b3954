"""Registering facilities, recording what is seen of them, counting people, proposing works."""

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from assessments.actions.planning import change_work_status, propose_work, propose_works
from assessments.actions.work_rows import WorkAction, WorkRow
from assessments.models import Intervention, InterventionRequirement
from crisis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from municipal_units.actions.accounts import assign
from municipal_units.actions.facilities import (
    change_facility,
    register_facilities,
    register_facility,
    set_dependency,
    state_catchment_share,
)
from municipal_units.actions.facility_rows import CatchmentRow, DependencyRow, FacilityRow, ReachRow, StatusRow
from municipal_units.actions.facts import bulk_record_status, record_reach, record_status
from municipal_units.actions.population import EstimateRow, RoundRow, record_round
from municipal_units.actions.rows import RowState
from municipal_units.models import (
    Dependency,
    Event,
    Facility,
    FacilityStatus,
    Municipality,
    Neighbourhood,
    PopulationEstimate,
    User,
)
from municipal_units.permissions import Role, scope
from municipal_units.selectors.facilities import facility_items
from tests.conftest import acting

SEEN = datetime(2026, 11, 16, 8, tzinfo=UTC)
BOREHOLE = FacilityRow(
    code="F-07",
    name="Borehole F-07",
    service="water",
    asset_type="borehole",
    lon=-0.995,
    lat=13.005,
    capacity=90,
    unit="m3/day",
    source="register",
    source_key="7",
)


@pytest.fixture
def borehole(tenkoro: Municipality, ana: User) -> Facility:
    with scope(acting(ana)):
        return register_facility(by=acting(ana), municipality=tenkoro, row=BOREHOLE)


def test_who_may_not_register_is_refused(tenkoro: Municipality, paul: User, cleo: User) -> None:
    with scope(acting(paul)), pytest.raises(NotAllowed):
        register_facility(by=acting(paul), municipality=tenkoro, row=BOREHOLE)
    with scope(acting(cleo)), pytest.raises(NotFound):
        register_facility(by=acting(cleo), municipality=tenkoro, row=BOREHOLE)


def test_a_facility_finds_its_neighbourhood_and_its_unit(borehole: Facility, ana: User) -> None:
    with scope(acting(ana)):
        assert borehole.neighbourhood is not None
        assert borehole.neighbourhood.name == "Wendou"
        assert (borehole.stated_capacity, borehole.capacity_unit, borehole.capacity) == (90, "m3/day", 90_000)
        event = Event.objects.get(kind="facility.registered")
        assert event.shows["code"] == "F-07"
        assert event.service == "water"


def test_an_unknown_unit_is_asked_about(tenkoro: Municipality, ana: User) -> None:
    with scope(acting(ana)), pytest.raises(Invalid, match="Known: .*handpump") as refusal:
        register_facility(by=acting(ana), municipality=tenkoro, row=replace(BOREHOLE, unit="gallons"))
    assert refusal.value.fields[0].field == "unit"


def test_dwelling_units_are_counted_with_the_household_size_of_the_town(tenkoro: Municipality, ana: User) -> None:
    row = replace(
        BOREHOLE, code="S-1", service="housing_shelter", asset_type="site_shelter", capacity=10, unit="dwelling units"
    )
    with scope(acting(ana)):
        assert register_facility(by=acting(ana), municipality=tenkoro, row=row).capacity == 60


def test_the_same_rows_twice_change_nothing_and_a_changed_row_changes(tenkoro: Municipality, ana: User) -> None:
    rows = [BOREHOLE, replace(BOREHOLE, code="F-08", source_key="8", lon=-0.985)]
    with scope(acting(ana)):
        first = register_facilities(by=acting(ana), municipality=tenkoro, rows=rows)
        events = Event.objects.count()
        second = register_facilities(by=acting(ana), municipality=tenkoro, rows=rows)
        assert [o.state for o in first] == [RowState.ADDED] * 2
        assert [o.state for o in second] == [RowState.UNCHANGED] * 2
        assert [o.pk for o in first] == [o.pk for o in second]
        assert Event.objects.count() == events
        third = register_facilities(by=acting(ana), municipality=tenkoro, rows=[rows[0], replace(rows[1], capacity=5)])
        assert [o.state for o in third] == [RowState.UNCHANGED, RowState.CHANGED]
        assert Facility.objects.get(code="F-08").capacity == 5_000


def test_good_rows_go_in_and_each_bad_row_says_why(tenkoro: Municipality, ana: User) -> None:
    rows = [
        BOREHOLE,
        replace(BOREHOLE, code="", source_key="9"),
        replace(BOREHOLE, source_key="10"),
        replace(BOREHOLE, code="F-11", source_key="11", service="magic"),
        replace(BOREHOLE, code="F-12", source_key="12", capacity=float("nan")),
        replace(BOREHOLE, code="F-13", source_key="13", name="x\x00y"),
        replace(BOREHOLE, code="F-14", source_key="14", lon=5.0),
    ]
    with scope(acting(ana)):
        outcomes = register_facilities(by=acting(ana), municipality=tenkoro, rows=rows)
        assert [o.state.value for o in outcomes] == ["added"] + ["refused"] * 5 + ["added"]
        assert all(o.error and o.error.message for o in outcomes[1:6])
        assert "km outside" in outcomes[6].notes[0]
        assert Facility.objects.get(code="F-14").neighbourhood is None


def test_a_used_code_with_other_content_is_a_conflict(borehole: Facility, tenkoro: Municipality, ana: User) -> None:
    with scope(acting(ana)):
        assert register_facility(by=acting(ana), municipality=tenkoro, row=BOREHOLE) == borehole
        with pytest.raises(Conflict, match="F-07"):
            register_facility(by=acting(ana), municipality=tenkoro, row=replace(BOREHOLE, name="Other"))


def test_moving_a_facility_moves_it_to_the_neighbourhood_there(borehole: Facility, ana: User) -> None:
    with scope(acting(ana)):
        moved = change_facility(by=acting(ana), facility=borehole, row=replace(BOREHOLE, lon=-0.975))
        moved.refresh_from_db()
        assert moved.neighbourhood is not None
        assert moved.neighbourhood.name == "Forage"
        assert Event.objects.filter(kind="facility.changed").count() == 1


def status(facility: Facility, **changes: Any) -> StatusRow:
    values: dict[str, Any] = {
        "facility_id": facility.pk,
        "status": "not_functional",
        "causes": ("no_power",),
        "observed_at": SEEN,
        "fact_id": uuid.uuid4(),
        **changes,
    }
    return StatusRow(**values)


def test_a_resent_status_is_accepted_once(borehole: Facility, tenkoro: Municipality, ben: User) -> None:
    row = status(borehole)
    with scope(acting(ben)):
        first = record_status(by=acting(ben), municipality=tenkoro, row=row)
        again = record_status(by=acting(ben), municipality=tenkoro, row=row)
        assert first == again
        assert FacilityStatus.objects.count() == 1
        event = Event.objects.get(kind="facility.status_changed")
        assert (event.shows["status"], event.shows["causes"], event.shows["is_latest"]) == (
            "not_functional",
            ["no_power"],
            True,
        )
        with pytest.raises(Conflict):
            record_status(by=acting(ben), municipality=tenkoro, row=replace(row, status="minimal"))


def test_a_late_observation_is_kept_but_is_not_the_latest(borehole: Facility, tenkoro: Municipality, ben: User) -> None:
    with scope(acting(ben)):
        record_status(by=acting(ben), municipality=tenkoro, row=status(borehole))
        late = status(borehole, status="fully_functional", causes=(), observed_at=SEEN - timedelta(days=3))
        record_status(by=acting(ben), municipality=tenkoro, row=late)
        shows = [e.shows for e in Event.objects.filter(kind="facility.status_changed").order_by("id")]
        assert [s["is_latest"] for s in shows] == [True, False]
        (item,) = facility_items(tenkoro)
        assert (item["status"], item["factor"], item["causes"]) == ("not_functional", 0.0, ["no_power"])


def test_many_statuses_at_once_with_repeats_inside_the_call(
    borehole: Facility, tenkoro: Municipality, ana: User
) -> None:
    row = status(borehole)
    rows = [
        row,
        row,
        replace(row, status="minimal"),
        status(borehole, fact_id=None, source="file"),
        status(borehole, fact_id=None, source="file"),
        status(borehole, observed_at=timezone.now() + timedelta(days=30)),
        replace(status(borehole), facility_id=0),
        replace(status(borehole), causes=("bad_luck",)),
    ]
    with scope(acting(ana)):
        outcomes = bulk_record_status(by=acting(ana), municipality=tenkoro, rows=rows)
        states = [o.state.value for o in outcomes]
        assert states == ["added", "unchanged", "refused", "added", "unchanged", "refused", "refused", "refused"]
        assert FacilityStatus.objects.count() == 2
        assert Event.objects.filter(kind="facility.status_changed").count() == 1


def test_a_narrowed_assignment_acts_inside_its_service_only(
    borehole: Facility, tenkoro: Municipality, ana: User, ben: User
) -> None:
    assign(user=ben, role=Role.ENUMERATOR, municipality=tenkoro, services=["health"])
    with scope(acting(ben)), pytest.raises(NotAllowed):
        record_status(by=acting(ben), municipality=tenkoro, row=status(borehole))


def test_dependencies_are_replaced_and_belong_to_the_norms(
    borehole: Facility, tenkoro: Municipality, ana: User, ben: User
) -> None:
    row = DependencyRow(facility_id=borehole.pk, service="power", strength=0.9, backup_share=0.2, hours_backup=6)
    with scope(acting(ben)), pytest.raises(NotAllowed):
        set_dependency(by=acting(ben), municipality=tenkoro, row=row)
    with scope(acting(ana)):
        set_dependency(by=acting(ana), municipality=tenkoro, row=row)
        set_dependency(by=acting(ana), municipality=tenkoro, row=replace(row, strength=1.0))
        assert Dependency.objects.get().strength == 1.0
        assert Event.objects.filter(kind="dependency.changed").count() == 2
        with pytest.raises(Invalid, match="above 1"):
            set_dependency(by=acting(ana), municipality=tenkoro, row=replace(row, strength=1.5))


def test_stated_shares_and_reach_are_recorded(borehole: Facility, tenkoro: Municipality, ana: User) -> None:
    with scope(acting(ana)):
        place = Neighbourhood.objects.get(name="Pelga")
        share = CatchmentRow(facility_id=borehole.pk, neighbourhood_id=place.pk, share=0.4, source="town hall")
        assert state_catchment_share(by=acting(ana), municipality=tenkoro, row=share).share == 0.4
        reach = ReachRow(neighbourhood_id=place.pk, service="water", share=0.8, observed_at=SEEN, source="walk")
        first = record_reach(by=acting(ana), municipality=tenkoro, row=reach)
        assert record_reach(by=acting(ana), municipality=tenkoro, row=reach) == first
        with pytest.raises(Conflict):
            record_reach(by=acting(ana), municipality=tenkoro, row=replace(reach, share=0.1))


COUNT = RoundRow(name="Count", source="town hall", method="census", observed_on=date(2026, 11, 12))


def test_a_count_is_recorded_once_and_its_event_holds_no_numbers(tenkoro: Municipality, ana: User) -> None:
    with scope(acting(ana)):
        place = Neighbourhood.objects.get(name="Pelga")
        figures = [
            EstimateRow(neighbourhood_id=place.pk, group="host_community", individuals=4711, lo=4700, hi=4800),
            EstimateRow(neighbourhood_id=place.pk, group="idp", individuals=3),
        ]
        first = record_round(by=acting(ana), municipality=tenkoro, row=COUNT, estimates=figures)
        assert record_round(by=acting(ana), municipality=tenkoro, row=COUNT, estimates=figures) == first
        assert PopulationEstimate.objects.count() == 2
        event = Event.objects.get(kind="population.estimated")
        assert "4711" not in str(event.shows)
        with pytest.raises(Conflict, match="correction"):
            record_round(
                by=acting(ana), municipality=tenkoro, row=COUNT, estimates=[replace(figures[0], individuals=4750)]
            )


def test_a_wrong_figure_refuses_the_whole_count_and_names_its_place(tenkoro: Municipality, ana: User) -> None:
    with scope(acting(ana)):
        place = Neighbourhood.objects.get(name="Pelga")
        figures = [
            EstimateRow(neighbourhood_id=place.pk, group="idp", individuals=10),
            EstimateRow(neighbourhood_id=place.pk, group="elves", individuals=10, lo=11),
        ]
        with pytest.raises(Invalid) as refusal:
            record_round(by=acting(ana), municipality=tenkoro, row=COUNT, estimates=figures)
        assert {f.field for f in refusal.value.fields} == {"estimates.1.group", "estimates.1.lo"}
        assert PopulationEstimate.objects.count() == 0


def work(code: str, facility: Facility, **changes: Any) -> WorkRow:
    values: dict[str, Any] = {
        "code": code,
        "name": f"Work {code}",
        "intervention_type": "emergency_repair",
        "cost": 14_000_000,
        "duration_days": 6,
        "actions": (WorkAction(kind="capacity", facility_id=facility.pk, add=20, unit="m3/d"),),
        **changes,
    }
    return WorkRow(**values)


def test_works_come_with_what_they_need_and_what_they_add(borehole: Facility, tenkoro: Municipality, ana: User) -> None:
    rows = [work("T-09", borehole, requires=("T-01",)), work("T-01", borehole)]
    with scope(acting(ana)):
        outcomes = propose_works(by=acting(ana), municipality=tenkoro, rows=rows)
        assert [o.state for o in outcomes] == [RowState.ADDED] * 2
        made = Intervention.objects.get(code="T-09")
        assert made.actions.get().add == 20_000
        assert [r.required.code for r in made.requirements.all()] == ["T-01"]
        again = propose_works(by=acting(ana), municipality=tenkoro, rows=rows)
        assert [o.state for o in again] == [RowState.UNCHANGED] * 2
        changed = propose_works(by=acting(ana), municipality=tenkoro, rows=[replace(rows[0], requires=())])
        assert changed[0].state == RowState.CHANGED
        assert InterventionRequirement.objects.count() == 0


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("A", ("B",), ""), ("B", ("C",), ""), ("C", ("A",), "")], "requires itself"),
        ([("A", ("A",), "")], "requires itself"),
        ([("A", ("B",), "pump"), ("B", (), "pump")], "exclusive group"),
        ([("A", ("B", "C"), ""), ("B", (), "pump"), ("C", (), "pump")], "exclusive group"),
        ([("A", ("nowhere",), "")], "nowhere"),
    ],
)
def test_works_that_can_never_be_done_are_refused(
    borehole: Facility, tenkoro: Municipality, ana: User, rows: list[tuple[str, tuple[str, ...], str]], message: str
) -> None:
    given = [work(code, borehole, requires=needs, exclusive_group=group) for code, needs, group in rows]
    with scope(acting(ana)):
        outcomes = propose_works(by=acting(ana), municipality=tenkoro, rows=given)
        assert outcomes[0].error is not None
        assert message in outcomes[0].error.message
        assert not Intervention.objects.filter(code="A").exists()


def test_impossible_numbers_of_a_work_are_refused(borehole: Facility, tenkoro: Municipality, ana: User) -> None:
    row = work("T-1", borehole, cost=-1, duration_days=0, actions=(WorkAction(kind="local", add=2, service="water"),))
    with scope(acting(ana)), pytest.raises(Invalid) as refusal:
        propose_work(by=acting(ana), municipality=tenkoro, row=row)
    assert {f.field for f in refusal.value.fields} >= {
        "cost",
        "duration_days",
        "actions.0.add",
        "actions.0.neighbourhood_id",
    }


def test_a_work_goes_forward_and_leaves_only_with_a_reason(
    borehole: Facility, tenkoro: Municipality, ana: User, ben: User
) -> None:
    with scope(acting(ana)):
        made = propose_work(by=acting(ana), municipality=tenkoro, row=work("T-1", borehole))
        with pytest.raises(NotAllowed):
            change_work_status(by=acting(ben), work=made, status="approved")
        change_work_status(by=acting(ana), work=made, status="approved")
        with pytest.raises(Conflict, match="cannot become proposed"):
            change_work_status(by=acting(ana), work=made, status="proposed")
        with pytest.raises(Invalid):
            change_work_status(by=acting(ana), work=made, status="suspended")
        change_work_status(by=acting(ana), work=made, status="suspended", reason="No fuel.")
        made.refresh_from_db()
        assert (made.status, made.status_reason) == ("suspended", "No fuel.")
