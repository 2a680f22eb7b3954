"""Counts by site, sex and age; what does not add up; four eyes; the register as a floor; movements and stock."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from crisis.lib.errors import Conflict, Invalid, NotAllowed
from municipal_units.actions.coverage import state_coverage
from municipal_units.actions.movements import MovementRow, record_movement, reject_movement
from municipal_units.actions.population import (
    EstimateRow,
    PartRow,
    RoundRow,
    SiteRow,
    record_round,
    record_site,
    review_round,
    supersede_round,
)
from municipal_units.models import Event, Movement, Municipality, Neighbourhood, PopulationRound, Site, User
from municipal_units.permissions import scope
from municipal_units.selectors.movements import stock_by_place
from municipal_units.selectors.population import people_present
from municipal_units.selectors.rounds import compared_rounds, figures_of
from tests.conftest import acting
from tests.people.conftest import Register

TODAY = timezone.localdate()


def counted(
    town: Municipality, user: User, *estimates: EstimateRow, name: str = "Round 1", day: date = TODAY, **values: Any
) -> PopulationRound:
    row = RoundRow(name=name, source="Town", method="baseline_location", observed_on=day, **values)
    with scope(acting(user)):
        return record_round(by=acting(user), municipality=town, row=row, estimates=list(estimates))


@pytest.fixture
def school(tenkoro: Municipality, wendou: Neighbourhood, ana: User) -> Site:
    with scope(acting(ana)):
        row = SiteRow(code="S1", name="School", neighbourhood_id=wendou.pk, shelter_type="school_building")
        return record_site(by=acting(ana), municipality=tenkoro, row=row)


def present(town: Municipality, user: User, day: date = TODAY) -> dict[str, Any]:
    with scope(acting(user)):
        return {row["group"]: row for row in people_present(town, as_of=day).to_dict("records")}


def idp(place: Neighbourhood, people: float, **values: Any) -> EstimateRow:
    return EstimateRow(neighbourhood_id=place.pk, group="idp", individuals=people, **values)


def test_totals_that_do_not_add_up_are_flagged_and_stay_as_written(
    tenkoro: Municipality, wendou: Neighbourhood, school: Site, ana: User
) -> None:
    parts = tuple(PartRow(sex=sex, age_min=0, age_max=17, individuals=30) for sex in "fm")
    round_ = counted(
        tenkoro, ana, idp(wendou, 100, parts=parts, disabled=120, households=20), idp(wendou, 130, site_id=school.pk)
    )
    with scope(acting(ana)):
        whole, site = figures_of(round_)
    assert (whole.estimate.individuals, whole.flags) == (100, ["parts_differ", "more_disabled", "sites_exceed"])
    assert (site.estimate.individuals, site.flags) == (130, [])


def test_people_in_sites_are_in_the_figure_of_the_place_unless_the_round_excludes_them(
    tenkoro: Municipality, wendou: Neighbourhood, school: Site, ana: User
) -> None:
    counted(tenkoro, ana, idp(wendou, 100), idp(wendou, 40, site_id=school.pk), day=TODAY - timedelta(1))
    assert present(tenkoro, ana)["displaced"]["value"] == 100
    counted(tenkoro, ana, idp(wendou, 90), idp(wendou, 40, site_id=school.pk), name="Round 2", excludes_sites=True)
    assert present(tenkoro, ana)["displaced"]["value"] == 130


def test_a_count_is_reviewed_by_somebody_else_and_a_rejected_one_does_not_count(
    tenkoro: Municipality, wendou: Neighbourhood, ana: User, lea: User
) -> None:
    older = counted(tenkoro, ana, idp(wendou, 100), name="Older", day=TODAY - timedelta(30))
    newer = counted(tenkoro, ana, idp(wendou, 500))
    with scope(acting(ana)), pytest.raises(NotAllowed, match="Somebody else"):
        review_round(by=acting(ana), counted=newer, accepted=True)
    with scope(acting(lea)):
        with pytest.raises(Invalid, match="Say why"):
            review_round(by=acting(lea), counted=newer, accepted=False)
        review_round(by=acting(lea), counted=newer, accepted=False, reason="Counted twice")
    assert present(tenkoro, ana)["displaced"]["value"] == 100
    with scope(acting(lea)):
        Municipality.objects.filter(pk=tenkoro.pk).update(accepted_facts_only=True)
        tenkoro.refresh_from_db()
    assert present(tenkoro, ana) == {}
    with scope(acting(lea)):
        review_round(by=acting(lea), counted=older, accepted=True)
    assert present(tenkoro, ana)["displaced"]["value"] == 100


def test_counts_are_compared_and_superseded_never_summed(
    tenkoro: Municipality, wendou: Neighbourhood, ana: User
) -> None:
    older = counted(tenkoro, ana, idp(wendou, 100), day=TODAY - timedelta(30))
    newer = counted(tenkoro, ana, idp(wendou, 140), name="Round 2")
    with scope(acting(ana)):
        (row,) = compared_rounds(older, newer)
        assert (row["older"], row["newer"], row["change"], row["notable"]) == (100, 140, 40, True)
        with pytest.raises(Invalid, match="newer one"):
            supersede_round(by=acting(ana), counted=newer, by_round=older)
        supersede_round(by=acting(ana), counted=older, by_round=newer)
    found = present(tenkoro, ana)["displaced"]
    assert (found["value"], [a["value"] for a in found["alternatives"]]) == (140, [100])


def test_the_register_is_a_floor_until_somebody_says_it_is_complete(
    tenkoro: Municipality, wendou: Neighbourhood, register: Register, ana: User
) -> None:
    register("Awa Kaboré", size=9)
    register("Issa Zongo", size=3)
    assert (present(tenkoro, ana)["displaced"]["floor"], present(tenkoro, ana)["displaced"]["round"]) == (12, None)
    counted(tenkoro, ana, idp(wendou, 10))
    found = present(tenkoro, ana)["displaced"]
    assert (found["value"], found["floor"], "floor_is_larger" in found["flags"]) == (10, 12, True)
    with scope(acting(ana)):
        state_coverage(by=acting(ana), neighbourhood=wendou, group="idp", complete=True, stated_on=TODAY)
    found = present(tenkoro, ana)["displaced"]
    assert (found["value"], found["round"], found["method"]) == (12, "Household register", "registration_hh")


def moved(kind: str, people: int, **values: Any) -> MovementRow:
    plain: dict[str, Any] = {"instance_id": f"{kind}-{people}", "group": "idp", "happened_on": TODAY}
    return MovementRow(**plain | {"kind": kind, "individuals": people} | values)


def test_closing_is_opening_plus_who_came_minus_who_left(
    tenkoro: Municipality, wendou: Neighbourhood, ana: User, lea: User
) -> None:
    counted(tenkoro, ana, idp(wendou, 100), day=TODAY - timedelta(20))
    actor = acting(ana)
    with scope(actor):
        pelga = Neighbourhood.objects.get(name="Pelga")
        rows = [
            moved("arrival", 30, destination_id=wendou.pk),
            moved("departure", 5, origin_id=wendou.pk),
            moved("eviction", 7, origin_id=wendou.pk),
            moved("secondary_displacement", 8, origin_id=wendou.pk, destination_id=pelga.pk),
        ]
        made = [record_movement(by=actor, municipality=tenkoro, row=row) for row in rows]
        again = record_movement(by=actor, municipality=tenkoro, row=rows[0])
        assert (again.pk, Movement.objects.count()) == (made[0].pk, 4)
        assert Event.objects.filter(kind="movement.recorded").count() == 4
        assert all("individuals" not in event.shows for event in Event.objects.filter(kind="movement.recorded"))
        with pytest.raises(Conflict):
            record_movement(by=actor, municipality=tenkoro, row=moved("arrival", 30, destination_id=pelga.pk))
        start = TODAY - timedelta(10)
        stock = {row["place"].name: row for row in stock_by_place(tenkoro, start=start, end=TODAY)}
        assert [stock["Wendou"][key] for key in ("opening", "came", "left", "closing")] == [100, 30, 20, 110]
        assert [stock["Pelga"][key] for key in ("opening", "came", "closing")] == [None, 8, None]
    counted(tenkoro, ana, idp(wendou, 104), name="Round 2")
    with scope(acting(lea)):
        reject_movement(by=acting(lea), movement=made[2], rejected=True)
        (row,) = [r for r in stock_by_place(tenkoro, start=start, end=TODAY) if r["place"].name == "Wendou"]
    assert (row["closing"], row["counted"], row["difference"]) == (117, 104, -13)


def test_a_movement_needs_an_end_in_the_town(tenkoro: Municipality, wendou: Neighbourhood, ana: User) -> None:
    with scope(acting(ana)):
        for row, field in (
            (moved("arrival", 3), "destination"),
            (moved("eviction", 3), "origin"),
            (moved("secondary_displacement", 3, origin_id=wendou.pk, destination_id=wendou.pk), "destination"),
        ):
            with pytest.raises(Invalid) as refusal:
                record_movement(by=acting(ana), municipality=tenkoro, row=row)
            assert field in [one.field for one in refusal.value.fields]
