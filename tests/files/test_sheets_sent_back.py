"""What we write cannot be executed by a spreadsheet program, and senders recognise their own sheet."""

import csv
from io import BytesIO, StringIO

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis.lib.sheets import Column, Number, Sheet, Text
from crisis.lib.sheetwriter import own_sheet_back, restored, safe, template, write_csv, write_xlsx

HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    " =1",
    "\ufeff=1",
    "=HYPERLINK(1)",
]


def as_csv(**options) -> list[list[str]]:
    target = BytesIO()
    own_sheet_back(target, **options)
    return list(csv.reader(StringIO(target.getvalue().decode("utf-8-sig"))))


CHUNKS = [
    (pd.DataFrame({"Nom": ["a", "=b"], "Âge": ["-3", "4,5"]}), ["accepted", "refused"], ["", "Row 3: no such place."]),
    (pd.DataFrame({"Nom": ["c"], "Âge": [None]}), ["accepted"], [""]),
]


def test_a_sheet_comes_back_with_its_own_columns_a_status_and_a_reason():
    assert as_csv(chunks=CHUNKS) == [
        ["Nom", "Âge", "import status", "import reason"],
        ["a", "-3", "accepted", ""],
        ["'=b", "4,5", "refused", "Row 3: no such place."],
        ["c", "", "accepted", ""],
    ]


def test_only_what_has_to_be_corrected_may_be_asked_for():
    assert [row[0] for row in as_csv(chunks=CHUNKS, refused_only=True)] == ["Nom", "'=b"]


def test_a_sheet_that_came_back_before_gets_new_columns_of_ours():
    chunks = [(pd.DataFrame({"a": ["1"], "import status": ["refused"]}), ["accepted"], [""])]
    assert as_csv(chunks=chunks)[0] == ["a", "import status", "import status (new)", "import reason"]


def test_the_same_sheet_as_workbook_holds_texts_and_no_formula():
    target = BytesIO()
    own_sheet_back(target, CHUNKS, xlsx=True)
    sheet = openpyxl.load_workbook(target).active
    assert [[cell.value for cell in row] for row in sheet.rows][2] == ["=b", "4,5", "refused", "Row 3: no such place."]
    assert {cell.data_type for row in sheet.rows for cell in row} <= {"s", "n"}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_that_looks_like_a_formula_is_disarmed_and_comes_back_as_it_was(text):
    assert safe(text).startswith("'")
    assert restored(safe(text)) == text


@pytest.mark.parametrize("text", ["-3", "+7.5", "-1,5", "-1e5", "3%", "-12 345,6", "plain", "a=b", "'quoted", ""])
def test_numbers_and_plain_texts_stay_as_they_are(text):
    assert safe(text) == text


@given(st.text(max_size=20))
def test_whatever_is_written_is_read_again_as_it_was(text):
    assert restored(safe(text)) == text or (text[:1] == "'" and restored(text) != text)


def test_numbers_of_a_workbook_stay_numbers():
    target = BytesIO()
    write_xlsx(target, ["n", "t"], [[-3, "=1"], [0.5, "http://x"], [float("nan"), None], [True, 10**20]])
    sheet = openpyxl.load_workbook(target).active
    rows = [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert rows[0] == [(-3, "n"), ("=1", "s")]
    assert rows[1] == [(0.5, "n"), ("http://x", "s")]
    assert sheet["B3"].hyperlink is None
    assert rows[3] == [("True", "s"), ("1" + "0" * 20, "s")]


def test_headers_are_disarmed_too():
    target = BytesIO()
    write_csv(target, ["=cmd()"], [])
    assert target.getvalue().decode("utf-8-sig") == "'=cmd()\r\n"


def test_a_template_has_the_labels_an_example_and_help():
    sheet = Sheet("s", "People", (
        Column("a", "Place", Text(), required=True, help="The place's code.", example="TEN-01"),
        Column("b", "People", Number()),
    ))  # fmt: skip
    target = BytesIO()
    template(target, sheet)
    book = openpyxl.load_workbook(target)
    assert [cell.value for cell in book["People"][1]] == ["Place *", "People"]
    assert book["People"]["A2"].value == "TEN-01"
    assert book["Help"]["B1"].value == "Required. The place's code."
    assert sheet.match(["Place *", "People"]) == {"a": "Place *", "b": "People"}
