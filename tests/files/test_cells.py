"""What texts mean: numbers in every style, dates of every order, doubts asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis.lib.cells import NumberStyle, fold, number_evidence, number_style, parse_dates, parse_numbers, read_flag


def column(*texts):
    return np.array(texts, dtype=object)


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (("1\u00a0426", "5\u202f443"), (1426, 5443)),
        (("1,306", "0,464", "12,5"), (1.306, 0.464, 12.5)),
        (("1,306", "2.5"), (1306, 2.5)),
        (("1.306", "2,5"), (1306, 2.5)),
        (("1.234.567", "8"), (1234567, 8)),
        (("1,234,567.5", "-8"), (1234567.5, -8)),
        (("1'200", "3.5"), (1200, 3.5)),
        (("٣٤٥", "١٢٫٥"), (345, 12.5)),
        (("37.123", "36.2"), (37.123, 36.2)),
        (("1e3", "+7"), (1000, 7)),
        (("−4", "-0"), (-4, 0)),
    ],
)
def test_numbers_are_read_in_the_style_of_their_column(texts, values):
    parsed = parse_numbers(column(*texts))
    assert parsed.values.tolist() == list(values)
    assert not parsed.errors
    assert not parsed.question


def test_one_comma_before_three_digits_is_asked_not_guessed():
    parsed = parse_numbers(column("1,306", "2,500"))
    assert "'1,306'" in parsed.question
    assert parse_numbers(column("1,306"), NumberStyle(",")).values.tolist() == [1.306]
    assert parse_numbers(column("1,306"), NumberStyle(".")).values.tolist() == [1306]
    assert number_style(number_evidence(column("1,306")), semicolons=True) == NumberStyle(",")


@pytest.mark.parametrize("text", ["twelve", "1,2,3.4.5", "12 people", "nan", "inf", "1e999", "0x10", "=1+1", "1..2"])
def test_what_is_no_number_is_said_with_its_own_text(text):
    parsed = parse_numbers(column("1", text, ""), NumberStyle("."))
    assert list(parsed.errors) == [1]
    assert text in parsed.errors[1]
    assert np.isnan(parsed.values[1:]).all()


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_a_number_written_either_way_is_the_same_number(value):
    written = f"{value:.6f}"
    assert parse_numbers(column(written), NumberStyle(".")).values[0] == float(written)
    assert parse_numbers(column(written.replace(".", ",")), NumberStyle(",")).values[0] == float(written)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2015/04/26", "2015-04-26T00:00:00"),
        ("2015-04-26", "2015-04-26T00:00:00"),
        ("20150426", "2015-04-26T00:00:00"),
        ("2017-09-30T00:00:00", "2017-09-30T00:00:00"),
        ("2026-11-19 14:30", "2026-11-19T14:30:00"),
        ("2026-11-19T14:30:00+02:00", "2026-11-19T12:30:00"),
        ("2026-11-19T14:30:00Z", "2026-11-19T14:30:00"),
        ("26/04/2015", "2015-04-26T00:00:00"),
        ("1 March 2015", "2015-03-01T00:00:00"),
        ("1er mars 2015", "2015-03-01T00:00:00"),
        ("March 1, 2015", "2015-03-01T00:00:00"),
        ("1 مارس 2015", "2015-03-01T00:00:00"),
        ("٢٦/٠٤/٢٠١٥", "2015-04-26T00:00:00"),
        ("42120", "2015-04-26T00:00:00"),
        ("42120.5", "2015-04-26T12:00:00"),
    ],
)
def test_dates_as_people_write_them(text, value):
    parsed = parse_dates(column(text))
    assert str(parsed.values[0]) == value
    assert not parsed.errors


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("31/11/2026", "November has 30 days. Write the date again."),
        ("29/02/2025", "February 2025 has 28 days. Write the date again."),
        ("2026-13-01", "There is no month 13. Write the date again."),
        ("19/11/26", "'19/11/26' has a year of two digits. Write the year with four."),
        ("soon", "'soon' is not a date. Write it as 2026-11-19."),
        ("2026-11-19 25:00", "There is no such time of day. Write it as 14:30."),
    ],
)
def test_impossible_dates_say_what_is_impossible(text, sentence):
    assert parse_dates(column(text)).errors == {0: sentence}


def test_the_column_decides_between_day_and_month():
    assert str(parse_dates(column("02/03/2016", "19/01/2016")).values[0])[:10] == "2016-03-02"
    assert str(parse_dates(column("02/03/2016", "01/19/2016")).values[0])[:10] == "2016-02-03"


def test_a_column_that_decides_nothing_asks_and_its_ambiguous_cells_wait():
    parsed = parse_dates(column("02/03/2016", "2016-01-01", "05/05/2016"))
    assert "'02/03/2016'" in parsed.question
    assert list(parsed.errors) == [0]
    assert str(parse_dates(column("02/03/2016"), "mdy").values[0])[:10] == "2016-02-03"


def test_contradicting_dates_in_one_column_ask():
    parsed = parse_dates(column("25/12/2016", "12/25/2016", "01/02/2016"))
    assert parsed.question
    assert list(parsed.errors) == [2]


def test_words_fold_over_case_accents_and_arabic_forms():
    assert fold("  Date d’enquête ") == fold("DATE D'ENQUETE")
    assert fold("إِدارةٌ") == fold("اداره")


def test_yes_and_no_in_three_languages():
    assert [read_flag(word) for word in ("Yes", "oui", "نعم", "1")] == [True] * 4
    assert [read_flag(word) for word in ("no", "Non", "لا", "0")] == [False] * 4
    with pytest.raises(ValueError, match="neither"):
        read_flag("perhaps")
