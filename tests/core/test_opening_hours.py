"""Opening hours as services write them."""

from datetime import datetime

import pytest

from municipal_units.core.opening_hours import hours_a_week, is_open, opening_spans


@pytest.mark.parametrize(
    ("text", "hours"),
    [("", None), ("24/7", 168), ("Mo-Fr 08:00-16:00; Sa 08:00-12:00", 44), ("Mo,We 20:00-02:00", 12),
     ("Fr-Mo 10:00-11:00", 4), ("Mo-Su 08:00-12:00, 14:00-18:00; Fr 08:00-12:00", 52)],
)  # fmt: skip
def test_hours_of_a_week(text: str, hours: float | None) -> None:
    assert hours_a_week(text) == hours


@pytest.mark.parametrize("text", ["always", "Mo-Fr", "Mo 25:00-26:00", "Xx 08:00-09:00", "Mo 08:00-24:30"])
def test_what_nobody_can_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text[:2]):
        opening_spans(text)


@pytest.mark.parametrize(
    ("at", "open_now"),
    [("2026-11-16T23:00", True), ("2026-11-17T01:59", True), ("2026-11-17T02:00", False), ("2026-11-15T23:00", False)],
)
def test_a_night_runs_into_the_next_day(at: str, open_now: bool) -> None:
    assert is_open("Mo 20:00-02:00", datetime.fromisoformat(at)) is open_now


def test_sunday_night_runs_into_monday() -> None:
    assert is_open("Su 20:00-02:00", datetime.fromisoformat("2026-11-16T01:00")) is True
