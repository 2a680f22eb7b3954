"""Road access: one per neighbourhood, needed as a support, never invented (mechanics D11)."""

import numpy as np
import pytest
from django.utils import timezone

from assessments.core.functionality import Functionality, evaluate
from assessments.selectors.case import town_case
from municipal_units.actions.facilities import register_facility, set_dependency
from municipal_units.actions.facility_rows import DependencyRow, FacilityRow
from municipal_units.permissions import scope, system_actor
from tests.assessments.worked_town import WorkedTown


@pytest.fixture
def needing(town: WorkedTown) -> WorkedTown:
    """The borehole W2 in C lives of tankers: without a road it gives nothing."""
    by = system_actor(town.municipality.pk)
    with scope(by):
        row = DependencyRow(facility_id=town.facilities["W2"].pk, service="road_access", strength=1.0)
        set_dependency(by=by, municipality=town.municipality, row=row)
    return town


def computed(town: WorkedTown) -> Functionality:
    with scope(system_actor(town.municipality.pk)):
        return evaluate(town_case(town.municipality, as_of=timezone.now()).case)


def of(result: Functionality, place: int, service: str) -> tuple[float, float]:
    """F and its low end."""
    column = result.case.service_number[service]
    return result.value[place, column], result.lo[place, column]


def test_where_nothing_is_known_of_roads_the_need_counts_as_met_but_the_low_end_doubts_it(needing: WorkedTown) -> None:
    result = computed(needing)
    value, _ = of(result, 2, "water")
    assert value == pytest.approx(0.7)
    assert np.isnan(of(result, 2, "road_access")[0])


def test_an_observed_reach_of_roads_is_the_road_of_that_place(needing: WorkedTown) -> None:
    needing.reach("C", "road_access", 0.4)
    result = computed(needing)
    assert of(result, 2, "road_access")[0] == pytest.approx(0.4)
    assert of(result, 2, "water")[0] == pytest.approx(0.2 + 0.5 * 0.4)
    assert result.index == pytest.approx([0.358, 0.358, 0.7 * (0.3 * 0.4 + 0.4 * 0.4 + 0.3 * 0.2) + 0.3 * 0.4])


def test_roads_of_one_place_share_it_and_one_measured_share_counts(needing: WorkedTown) -> None:
    by = system_actor(needing.municipality.pk)
    for number in range(2):
        with scope(by):
            row = FacilityRow(
                code=f"R{number}",
                name="Road",
                service="road_access",
                asset_type="local",
                lon=-0.9751 + 0.0001 * number,
                lat=13.005,
            )
            needing.facilities[f"R{number}"] = register_facility(by=by, municipality=needing.municipality, row=row)
    needing.status("R0", "not_functional")
    needing.status("R1", "partially_functional", output=0.5)
    assert of(computed(needing), 2, "road_access")[0] == pytest.approx(0.25)
    needing.status("R0", "fully_functional")
    needing.status("R1", "fully_functional")
    result = computed(needing)
    assert of(result, 2, "road_access")[0] == pytest.approx(1.0)
    assert np.isnan(of(result, 0, "road_access")[0])


def test_no_road_in_a_complete_register_is_no_road(needing: WorkedTown) -> None:
    needing.municipality.complete_registers = ["road_access"]
    result = computed(needing)
    assert of(result, 0, "road_access")[0] == 0
    assert of(result, 2, "water")[0] == pytest.approx(0.2)
