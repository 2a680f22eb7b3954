"""What more money buys, and what a weight for a group moves."""

import time

import pytest

from assessments.core.planning.sweeps import frontier, parity
from tests.core.cases import Document, adds, case_of, facility, one_place, work, worked


def test_the_frontier_of_the_worked_example_rises_with_the_budget():
    points = frontier(case_of(worked()), [170, 0, 100, 120, 10], clock=time.monotonic)

    assert [(point.at, round(point.plan.value.person_functionality, 6)) for point in points] == [
        (0, 937), (10, 1126), (100, 1964), (120, 2134), (170, 2395)
    ]  # fmt: skip


def hosts_and_guests() -> Document:
    document = one_place(facility("P", "power", "A", 100, 0, {"A": 1}), facility("Q", "power", "B", 60, 0, {"B": 1}))
    document["neighbourhoods"] = [
        {"id": "A", "population": {"resident": 100}}, {"id": "B", "population": {"displaced": 60}}
    ]  # fmt: skip
    document["interventions"] = [work("host", 10, adds("P", 100)), work("guest", 10, adds("Q", 60))]
    return {**document, "budget_total": 10}


def test_a_larger_weight_never_lowers_the_index_of_its_group():
    points = parity(case_of(hosts_and_guests()), "displaced", clock=time.monotonic)

    shown = [(point.at, point.plan.value.groups["displaced"]) for point in points]
    assert [index for _, index in shown] == pytest.approx([0, 0, 0.5, 0.5, 0.5])
    assert points[0].plan.value.gain > points[-1].plan.value.gain
