"""Expressions of forms by hand-checked values, and forms of other people's making."""

from datetime import UTC, datetime

import pytest

from assessments.core.forms.compiler import FormRefused, compile_form
from assessments.core.forms.expressions import Context, NotSupported, Value, evaluate, parse

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ANSWERS = {"/a": "3", "/b": "red blue", "/day": "2026-11-19", "/g/c": "", "/text": "O'Neil"}


def value(text: str, own: str = "") -> Value:
    tree = parse(text, own_path="/g/me", root="data")
    return evaluate(tree, Context(lambda path: ANSWERS.get(path, ""), own, NOW))


@pytest.mark.parametrize(
    ("text", "own", "expected"),
    [
        ("1 + 2 * 3", "", 7.0),
        ("(1 + 2) * 3", "", 9.0),
        ("7 div 2", "", 3.5),
        ("-7 mod 3", "", -1.0),
        ("10 - 2 - 3", "", 5.0),
        (" /data/a  = 3", "", True),
        ("/data/a = '3'", "", True),
        ("/data/g/c = ''", "", True),
        (". >= 1 and . <= 60", "61", False),
        (". >= 1 or 1 div 0 > 5", "0", True),
        ("selected(/data/b, 'blue')", "", True),
        ("selected(/data/b, 'blu')", "", False),
        ("count-selected(/data/b)", "", 2.0),
        ("not(selected(., 'unknown')) or count-selected(.) = 1", "unknown no_fuel", False),
        ("if(/data/a > 2, 'many', 'few')", "", "many"),
        ("coalesce(/data/g/c, /data/a)", "", "3"),
        ("../../a", "", "3"),
        (". <= today()", "2026-11-20", True),
        (". <= today()", "2026-11-21", False),
        (". >= /data/day", "2026-11-18", False),
        ("regex(., '^[Bb]?-?[0-9]{1,12}$')", "B-2217", True),
        ("regex(., '^[Bb]?-?[0-9]{1,12}$')", "B 2217", False),
        ("string-length(/data/text)", "", 6.0),
        ("round(2.5)", "", 3.0),
        ("min(3, '', 2)", "", 2.0),
    ],
)
def test_values_that_can_be_checked_by_hand(text: str, own: str, expected: Value) -> None:
    assert value(text, own) == expected


@pytest.mark.parametrize(
    "text",
    ["pulldata('a', 'b', 'c', 'd')", "/data/a[1]", "instance('x')/root/item", "a b", "(1", "1 +", "/other/a", "'open"],
)
def test_what_lies_outside_says_so(text: str) -> None:
    with pytest.raises(NotSupported):
        parse(text, own_path="/g/me", root="data")


def test_a_pattern_that_would_take_for_ever_is_not_tried() -> None:
    with pytest.raises(NotSupported):
        value("regex(., '^(a+)+$')", "a" * 40)


def test_refusals_name_sheet_and_row() -> None:
    source = b"| survey |\n| | type | name | label |\n| | text | a | A |\n| | select_one nowhere | b | B |\n"
    source += b"| choices |\n| | list_name | name | label |\n| | yn | yes | Yes |\n"
    with pytest.raises(FormRefused) as refused:
        compile_form(source, ".md")
    assert [(problem.sheet, problem.row) for problem in refused.value.problems] == [("survey", 3)]


def test_no_workbook_of_others_breaks_the_reader() -> None:
    for content in (b"", b"PK\x03\x04 broken", b"\x00" * 1000, "نموذج".encode()):
        for kind in (".xlsx", ".xls", ".csv", ".md"):
            with pytest.raises(FormRefused):
                compile_form(content, kind)
