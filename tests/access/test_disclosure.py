"""What each audience is told of counts, by numbers a colleague can check by hand."""

import numpy as np
import pytest

from crisis.lib.disclosure import (
    RULES,
    Audience,
    safe_count,
    safe_ratio,
    safe_table,
    tightened,
    with_margins,
)

NAN = np.nan


@pytest.mark.parametrize(
    ("count", "public", "partner", "other", "own"),
    [
        (0, 0, 0, 0, 0),
        (4, None, None, None, 4),
        (5, None, 5, 5, 5),
        (9, None, 10, 9, 9),
        (10, 10, 10, 10, 10),
        (12, 10, 10, 12, 12),
        (13, 15, 15, 13, 13),
        (None, None, None, None, None),
    ],
)
def test_single_counts(count: int | None, public: object, partner: object, other: object, own: object) -> None:
    told = [
        safe_count(count, audience) for audience in (Audience.PUBLIC, Audience.PARTNER, Audience.OTHER, Audience.OWN)
    ]
    assert told == [public, partner, other, own]


def test_sensitive_counts_use_ten_for_everybody_outside() -> None:
    assert safe_count(7, Audience.PARTNER, sensitive=True) is None
    assert safe_count(7, Audience.OTHER, sensitive=True) is None
    assert safe_count(7, Audience.OWN, sensitive=True) == 7


def test_a_municipality_may_only_tighten() -> None:
    rule = RULES[Audience.PARTNER]
    assert tightened(rule, threshold=1, base=1, sensitive=1) == rule
    stricter = tightened(rule, threshold=20, base=10, sensitive=30)
    assert (stricter.threshold, stricter.base, stricter.sensitive) == (20, 10, 30)
    assert safe_count(19, stricter) is None


def test_shares_of_few_people_are_withheld() -> None:
    assert safe_ratio(15, 29, Audience.PUBLIC) is None
    assert safe_ratio(15, 30, Audience.PUBLIC) == 0.5
    assert safe_ratio(3, 300, Audience.PUBLIC) is None
    assert safe_ratio(297, 300, Audience.PUBLIC) is None
    assert safe_ratio(3, 4, Audience.OWN) == 0.75


def test_a_single_small_cell_takes_another_with_it() -> None:
    counts = np.array([[600.0, 6.0], [700.0, 300.0]])
    told = safe_table(counts, Audience.PUBLIC)
    assert np.isnan(told.shown[0, 1])
    assert np.isnan(told.shown).sum() > 1
    assert told.shown[1, 0] == 700 or np.isnan(told.shown[1, 0])


def test_totals_are_rounded_by_themselves() -> None:
    told = safe_table(np.array([[612.0, 612.0, 612.0]]), Audience.PUBLIC)
    assert told.shown[0].tolist() == [610, 610, 610, 1835]


def test_places_with_few_people_are_not_told_to_the_public() -> None:
    told = safe_table(np.array([[200.0, 250.0], [600.0, 800.0], [900.0, 700.0]]), Audience.PUBLIC)
    assert np.isnan(told.shown[0]).all()
    assert not np.isnan(safe_table(np.array([[200.0, 250.0], [600.0, 800.0]]), Audience.PARTNER).shown[0]).any()


def test_nobody_is_told_only_where_nobody_can_be() -> None:
    counts, never = np.array([[600.0, 0.0], [700.0, 20.0]]), np.array([[False, True], [False, False]])
    assert safe_table(counts, Audience.PUBLIC, impossible=never).shown[0, 1] == 0
    assert np.isnan(safe_table(counts, Audience.PUBLIC).shown[0, 1])


def test_small_changes_wait_until_they_have_grown() -> None:
    first = safe_table(np.array([[600.0, 700.0]]), Audience.PUBLIC)
    second = safe_table(np.array([[609.0, 700.0]]), Audience.PUBLIC, before=first)
    assert second.shown.tolist() == first.shown.tolist()
    third = safe_table(np.array([[611.0, 700.0]]), Audience.PUBLIC, before=second)
    assert third.shown[0, 0] == 610
    assert third.shown[0, -1] == 1310


def test_unknown_is_not_nobody() -> None:
    told = safe_table(np.array([[NAN, 700.0], [600.0, 800.0]]), Audience.PARTNER)
    assert np.isnan(told.shown[0, 0])
    assert safe_table(np.array([[NAN, 700.0]]), Audience.OWN).shown[0, 1] == 700


def test_the_own_municipality_sees_everything() -> None:
    counts = np.array([[3.0, 0.0], [7.0, 1.0]])
    assert safe_table(counts, Audience.OWN).shown.tolist() == with_margins(counts).tolist()
