"""Catchment shares against published examples of the two-step floating catchment area (functionality.md 10)."""

from math import exp

import numpy as np
import pytest

from assessments.core.functionality import evaluate
from tests.core.cases import case_of, facility


def access(demand: list[float], supply: list[float], weights: list[list[float]]) -> list[float]:
    """Supply per unit of demand in every place, before the cap at 1; `weights` by place and facility."""
    document = {
        "services": [{"id": "health", "weight": 1, "norm": 1}],
        "neighbourhoods": [{"id": f"N{n}", "population": people} for n, people in enumerate(demand)],
        "facilities": [
            facility(f"F{f}", "health", None, units, units, {f"N{n}": row[f] for n, row in enumerate(weights)})
            for f, units in enumerate(supply)
        ],
    }
    result = evaluate(case_of(document))
    shares = result.supply[:, 0] / result.demand[:, 0]
    np.testing.assert_allclose(result.value[:, 0], np.minimum(shares, 1))
    return [float(share) for share in shares]


def test_gaussian_weights_on_a_line():
    """README of the package sdc-catchment: places at 0, 1, 2, supply at 0 and 2, weight exp(-d² / 2)."""
    weights = [[exp(-((place - at) ** 2) / 2) for at in (0, 2)] for place in (0, 1, 2)]

    assert access([100, 100, 100], [10, 10], weights) == pytest.approx([0.065179, 0.069641, 0.065179], abs=5e-7)


def test_a_travel_limit():
    """miserman/catchment, tests of catchment_ratio: a place counts for a facility within 30."""
    costs = [(5, 55), (35, 15), (40, 25)]
    weights = [[1.0 if cost < 30 else 0.0 for cost in row] for row in costs]

    assert access([5, 10, 50], [5, 10], weights) == pytest.approx([1, 1 / 6, 1 / 6])


def test_gravity_weights_with_a_limit():
    """pysal/access, hospital example, scenario 0: two suburbs and a city, weight 1 / cost below 61."""
    costs = [(1, 80, 40), (80, 1, 40), (40, 40, 1)]
    weights = [[1 / cost if cost < 61 else 0.0 for cost in row] for row in costs]

    expected = [0.331444, 0.579828, 7.286418]
    assert access([100, 50, 10], [15, 20, 100], weights) == pytest.approx(expected, abs=5e-7)
