"""Places to live in from counted dwellings and what damage leaves habitable (mechanics D7), damaged facilities (D2)."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pandas as pd
import pytest
from django.contrib.gis.geos import Point
from django.utils import timezone

from assessments.actions.following import Follower
from assessments.models import FunctionalityScore
from assessments.selectors.case import town_case
from assessments.selectors.facts import read_facts
from damage.actions.submit import submit_damage
from damage.models import HousingStock, Structure
from municipal_units.models import Municipality, Neighbourhood
from municipal_units.permissions import scope, system_actor
from tests.assessments.worked_town import WorkedTown

House = Callable[..., Structure]
SIZE = 6.0  # persons per household in Tenkoro, as the cast has it


@pytest.fixture
def house(tenkoro: Municipality) -> House:
    """A building of Wendou with dwellings and, if given, an observed grade and habitability."""

    def build(
        dwellings: int | None, grade: str = "", habitability: str = "", facility: int | None = None, area: float = 100
    ) -> Structure:
        by = system_actor(tenkoro.pk)
        with scope(by):
            made = Structure.objects.create(
                municipality=tenkoro,
                neighbourhood=Neighbourhood.objects.get(name="Wendou"),
                geom=Point(-0.995 + 0.0001 * Structure.objects.count(), 13.005, srid=4326),
                dwelling_units=dwellings,
                facility_id=facility,
                floor_area_m2=area,
            )
        if grade:
            see(tenkoro, made, grade, habitability)
        return made

    return build


def see(town: Municipality, structure: Structure, grade: str, habitability: str = "") -> None:
    by = system_actor(town.pk)
    with scope(by):
        submit_damage(
            by=by,
            municipality=town,
            instance_id=uuid.uuid4(),
            place=structure.geom,
            source_scale="canonical",
            source_value=grade,
            method="rapid_field",
            observed_at=timezone.now() - timedelta(minutes=5),
            structure=structure.pk,
            habitability=habitability,
        )


def housing(town: Municipality) -> pd.DataFrame:
    with scope(system_actor(town.pk)):
        return read_facts(town, as_of=timezone.now()).housing


def counted(town: Municipality, dwellings: int, *, complete: bool) -> None:
    with scope(system_actor(town.pk)):
        HousingStock.objects.create(
            municipality=town,
            neighbourhood=Neighbourhood.objects.get(name="Wendou"),
            dwelling_units=dwellings,
            observed_on=timezone.localdate(),
            registered_complete=complete,
            source="test",
        )


def test_neither_stock_nor_register_is_unknown(tenkoro: Municipality, house: House) -> None:
    house(10, "none")
    assert housing(tenkoro).empty


def test_every_dwelling_registered_sums_what_damage_leaves(tenkoro: Municipality, house: House) -> None:
    counted(tenkoro, 40, complete=True)
    house(10, "none")
    house(10, "moderate")
    house(10, "heavy")
    house(10, "destroyed")
    (row,) = housing(tenkoro).to_dict("records")
    assert row["k"] == 40 * SIZE
    assert row["c"] == pytest.approx((10 + 5 + 1) * SIZE)
    assert row["stock"] == "structures"


def test_observed_habitability_beats_the_grade(tenkoro: Municipality, house: House) -> None:
    counted(tenkoro, 20, complete=True)
    house(10, "heavy", "habitable_with_repairs")
    house(10, "slight", "not_habitable")
    (row,) = housing(tenkoro).to_dict("records")
    assert row["c"] == pytest.approx(5 * SIZE)


def test_a_later_worse_grade_makes_the_old_habitability_void(tenkoro: Municipality, house: House) -> None:
    counted(tenkoro, 10, complete=True)
    home = house(10, "slight", "habitable")
    see(tenkoro, home, "destroyed")
    (row,) = housing(tenkoro).to_dict("records")
    assert row["c"] == 0


def test_what_nobody_has_looked_at_is_an_interval_around_the_others(tenkoro: Municipality, house: House) -> None:
    counted(tenkoro, 20, complete=True)
    house(10, "moderate")
    house(10)
    (row,) = housing(tenkoro).to_dict("records")
    assert row["c"] == pytest.approx((5 + 5) * SIZE)
    assert (row["c_lo"], row["c_hi"]) == pytest.approx((5 * SIZE, 15 * SIZE))


def test_an_estimated_stock_loses_what_damage_took(tenkoro: Municipality, house: House) -> None:
    counted(tenkoro, 100, complete=False)
    house(10, "destroyed")
    house(None, "moderate")  # one dwelling, where nobody counted
    house(30)  # not looked at: may be lost, but is not
    (row,) = housing(tenkoro).to_dict("records")
    assert row["k"] == 100 * SIZE
    assert row["c"] == pytest.approx((100 - 10 - 0.5) * SIZE)
    assert row["c_lo"] == pytest.approx((100 - 10 - 0.5 - 30) * 0.65 * SIZE)
    assert row["stock"] == "estimate"


def test_without_a_household_size_housing_is_unknown(tenkoro: Municipality, house: House) -> None:
    counted(tenkoro, 20, complete=True)
    house(20, "none")
    tenkoro.household_size = None
    assert housing(tenkoro).empty


def test_a_facility_without_report_is_as_good_as_its_buildings(town: WorkedTown, house: House) -> None:
    with scope(system_actor(town.municipality.pk)):
        town.facilities["W1"].statuses.update(review_state="rejected")
    house(None, "moderate", facility=town.facilities["W1"].pk, area=300)
    house(None, "none", facility=town.facilities["W1"].pk, area=100)
    with scope(system_actor(town.municipality.pk)):
        case = town_case(town.municipality, as_of=timezone.now()).case
    assert case.current[1] == pytest.approx(45_000 * (0.5 * 300 + 1.0 * 100) / 400)


def test_damage_to_the_building_of_a_facility_moves_what_it_serves(
    town: WorkedTown, house: House, numbered: Callable[[], None]
) -> None:
    with scope(system_actor(town.municipality.pk)):
        town.facilities["W2"].statuses.update(review_state="rejected")
    building = house(None, "none", facility=town.facilities["W2"].pk)
    follower = Follower()
    numbered()
    follower.follow(town.municipality.pk)
    numbered()
    follower.follow(town.municipality.pk)
    see(town.municipality, building, "very_heavy")
    numbered()
    follower.follow(town.municipality.pk)
    with scope(system_actor(town.municipality.pk)):
        score = FunctionalityScore.objects.filter(neighbourhood=town.places["C"], service="water").latest("run_id")
    assert score.value == pytest.approx(0.5 * 0.4 + 0.1 * 0.5)
