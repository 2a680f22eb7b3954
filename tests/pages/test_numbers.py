"""A number reads the same everywhere: rounded, never beside a class it does not belong to, in the language's digits."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from crisis.templatetags.reprise import age, css_text, money, number, percent, quantity, said_beside, share, signed
from municipal_units.core.vocabulary import FUNCTIONALITY_CLASSES, functionality_class, shown_hundredths


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, 0), (0.1658, 17), (0.198, 19), (0.1949, 19), (0.3095, 31), (0.598, 59), (0.6, 60), (0.999, 100), (1.0, 100)],
)
def test_a_share_is_rounded_inside_its_class(value: float, shown: int) -> None:
    assert shown_hundredths(value) == shown


@given(st.floats(0, 1))
def test_number_and_class_never_contradict(value: float) -> None:
    cut = next(cut for cut in FUNCTIONALITY_CLASSES if cut.code == functionality_class(value))
    last = 100 if cut.high == 1 else round(cut.high * 100) - 1
    assert round(cut.low * 100) <= shown_hundredths(value) <= last
    assert abs(shown_hundredths(value) - value * 100) <= 1


def test_unknown_and_withheld_are_marked_and_never_zero() -> None:
    assert (share(None), number(None), percent(None), quantity(None), money(None, "XOF")) == ("?", "–", "?", "–", "–")


@pytest.mark.parametrize(
    ("language", "whole", "part", "small"),
    [("en", "6,700", "17%", "0.13"), ("fr", "6\u202f700", "17\u202f%", "0,13"), ("ar", "٦٬٧٠٠", "١٧٪", "٠٫١٣")],
)
def test_each_language_writes_numbers_its_own_way(language: str, whole: str, part: str, small: str) -> None:
    with translation.override(language):
        assert (number(6700), percent(0.17), quantity(0.13)) == (whole, part, small)


def test_a_loss_has_a_minus_sign() -> None:
    assert (signed(1930), signed(-314), signed(0)) == ("+1,930", "−314", "0")


def test_a_sentence_beside_its_service_does_not_repeat_it() -> None:
    assert said_beside("Water: the pump of F-07 has had no power.", "water") == "The pump of F-07 has had no power."
    assert said_beside("Nobody has reported yet.", "water") == "Nobody has reported yet."


def test_a_date_nobody_knows_is_said_so() -> None:
    assert age(None) == "never seen"


def test_a_name_cannot_leave_the_style_sheet_it_is_printed_by() -> None:
    assert css_text('Ten"} body{display:none}\\') == "Ten bodydisplay:none"
