"""Unknown is never zero and never one; a point alone gets the width of its age; coverage says what is observed."""

import numpy as np
import pandas as pd
import pytest

from assessments.core.case import PlanningCase
from assessments.core.frames import CaseFrames, case_from_frames
from assessments.core.functionality import evaluate
from tests.core.cases import case_of, facility, one_place


def stock(rows: list[dict[str, object]]) -> PlanningCase:
    """Water facilities of 100 units each in A, for 100 persons each."""
    facilities = pd.DataFrame(
        [{"id": f"W{number}", "service": "water", "neighbourhood": "A", "nominal": 100, **row}
         for number, row in enumerate(rows)]
    )  # fmt: skip
    return case_from_frames(
        CaseFrames(
            neighbourhoods=pd.DataFrame({"id": ["A"]}),
            population=pd.DataFrame({"neighbourhood": ["A"], "group": ["all"], "people": [100.0 * len(rows)]}),
            services=pd.DataFrame({"id": ["water"], "weight": [1], "norm": [1]}),
            facilities=facilities,
            catchment=pd.DataFrame({"facility": facilities["id"], "neighbourhood": "A", "weight": 1.0}),
        )
    )


@pytest.mark.parametrize(
    ("status", "age_days", "lo", "hi"),
    [
        ("observed", 0, 36, 44), ("observed", 29, 36, 44), ("observed", 30, 32, 48), ("observed", 90, 32, 48),
        ("observed", 91, 26, 54), ("observed", None, 26, 54), ("estimated", 0, 26, 54), ("assumed", 0, 26, 54),
        ("unknown", 0, 0, 100),
    ],
)  # fmt: skip
def test_the_default_width_follows_origin_and_age(status, age_days, lo, hi):
    case = stock([{"current": 40.0, "status": status, "age_days": age_days}])

    assert (case.current_lo[0], case.current_hi[0]) == pytest.approx((lo, hi))


def test_a_given_interval_wins_and_never_passes_the_nominal_capacity():
    case = stock([{"current": 40.0, "lo": 35.0, "hi": 130.0, "status": "observed", "age_days": 400}])

    assert (case.current_lo[0], case.current_hi[0]) == (35, 100)


def test_an_unknown_facility_is_assumed_to_be_like_its_likes():
    """Same service and damage class in the same area first, then anywhere, then the same service."""
    case = stock(
        [
            {"current": 20.0, "damage_class": "heavy", "area": "north"},
            {"current": 60.0, "damage_class": "heavy", "area": "south"},
            {"current": 100.0, "damage_class": "none", "area": "south"},
            {"current": np.nan, "damage_class": "heavy", "area": "north"},
            {"current": np.nan, "damage_class": "heavy", "area": "east"},
            {"current": np.nan, "damage_class": "moderate", "area": "north"},
        ]
    )

    assert case.current[3:] == pytest.approx([20, 40, 60])
    assert case.current_lo[3:] == pytest.approx([0, 0, 0])
    assert case.current_hi[3:] == pytest.approx([100, 100, 100])
    assert [warning.code for warning in case.warnings] == ["capacity_assumed"] * 3


def test_where_nothing_is_comparable_the_service_is_unknown():
    result = evaluate(stock([{"current": np.nan}]))

    assert np.isnan(result.value[0, 0])
    assert (result.lo[0, 0], result.hi[0, 0]) == (0, 1)
    assert result.reasons.code(result.case, 0) == "unknown"
    assert np.isnan(result.city)
    assert result.city_interval == (0, 1)


def test_one_known_facility_beside_an_unknown_one_gives_a_number():
    result = evaluate(stock([{"current": 80.0, "age_days": 0}, {"current": np.nan}]))

    assert result.value[0, 0] == pytest.approx(0.8)
    assert result.lo[0, 0] == pytest.approx(0.36)
    assert result.hi[0, 0] == pytest.approx(0.94)


def test_intervals_pass_through_dependencies():
    document = one_place(
        facility("P", "power", "A", 100, 50, {"A": 1}, capacity_interval=[20, 90]),
        facility("W", "water", "A", 100, 100, {"A": 1}, capacity_interval=[80, 100], depends={"power": 1}),
    )
    result = evaluate(case_of(document))

    assert result.value[0] == pytest.approx([0.5, 0.5])
    assert result.lo[0] == pytest.approx([0.2, 0.2])
    assert result.hi[0] == pytest.approx([0.9, 0.9])
    assert result.city_interval == pytest.approx((0.2, 0.9))


def test_an_uncertain_reach_widens_the_interval_too():
    document = one_place(facility("P", "power", "A", 100, 100, {"A": 1}, capacity_interval=[100, 100]))
    document["neighbourhoods"][0]["local"] = {"power": 0.5}
    result = evaluate(case_of(document))

    assert (result.lo[0, 0], result.value[0, 0], result.hi[0, 0]) == pytest.approx((0.45, 0.5, 0.55))


def test_coverage_is_the_share_that_rests_on_observation():
    """Power: 300 of 400 units observed. Water: nobody brings it, which is known. A weighs power 3 to 1."""
    document = one_place(
        facility("P1", "power", "A", 300, 100, {"A": 1}),
        facility("P2", "power", "A", 100, 50, {"A": 1}, status="estimated"),
    )
    document["services"][0]["weight"] = 3
    result = evaluate(case_of(document))

    assert result.observed[0] == pytest.approx([0.75, 1])
    assert result.coverage[0] == pytest.approx((3 * 0.75 + 1) / 4)
    assert result.service_coverage == pytest.approx([0.75, 1])
    assert result.city_coverage == pytest.approx((3 * 0.75 + 1) / 4)


def test_coverage_counts_unknown_services_as_not_covered_and_leaves_out_what_nobody_needs():
    document = one_place(facility("P", "power", "A", 100, 100, {"A": 1}))
    document["neighbourhoods"] = [
        {"id": "A", "population": 100, "unknown": ["water"]},
        {"id": "B", "population": 0},
    ]
    result = evaluate(case_of(document))

    assert result.coverage[0] == pytest.approx(0.5)
    assert np.isnan(result.coverage[1])
    assert result.city_coverage == pytest.approx(0.5)
