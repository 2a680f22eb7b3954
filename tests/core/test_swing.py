"""Swing weighting by hand: spread, outliers, weights that sum to one."""

import pytest

from assessments.core.swing import medians, spread_of, weights_from


def test_answers_are_told_apart_by_how_far_they_lie() -> None:
    close = spread_of({1: 100, 2: 95, 3: 100}, some=20, wide=50)
    some = spread_of({1: 60, 2: 70, 3: 85, 4: 100}, some=20, wide=50)
    wide = spread_of({1: 35, 2: 50, 3: 85}, some=20, wide=50)
    assert close is not None
    assert some is not None
    assert wide is not None
    assert [one.word for one in (close, some, wide)] == ["close", "some", "wide"]
    assert (some.low, some.q1, some.median, some.q3, some.high) == (60, 67.5, 77.5, 88.75, 100)
    assert spread_of({}, some=20, wide=50) is None


def test_only_a_seat_far_from_the_others_is_an_outlier() -> None:
    answers: dict[int, float] = {1: 80, 2: 80, 3: 85, 4: 80, 5: 20}
    spread = spread_of(answers, some=20, wide=50)
    assert spread is not None
    assert spread.outliers == (5,)
    nearer = spread_of(answers | {5: 70}, some=20, wide=50)
    assert nearer is not None
    assert nearer.outliers == (), "ten points are no disagreement worth a name"


def test_services_that_were_not_weighed_keep_their_share() -> None:
    weights = weights_from({"water": 100, "power": 50}, {"water": 0.4, "power": 0.4, "telecom": 0.2})
    assert weights == pytest.approx({"telecom": 0.2, "water": 0.8 * 2 / 3, "power": 0.8 / 3})
    assert sum(weights.values()) == pytest.approx(1)
    with pytest.raises(ValueError, match="must count"):
        weights_from({"water": 0}, {"water": 1.0})


def test_an_agreement_begins_at_the_middle_answers() -> None:
    said = [{"water": 100.0, "power": 40.0}, {"water": 90.0, "power": 100.0}, {"water": 80.0, "power": 60.0}]
    assert medians(said) == pytest.approx({"water": 100, "power": 60 * 100 / 90})
