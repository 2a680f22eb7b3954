"""A sheet declared once recognises files in three languages and says what is wrong, cell by cell."""

import numpy as np
import pandas as pd

from crisis.lib.cells import NumberStyle
from crisis.lib.sheets import Choice, Code, Column, Date, Flag, Number, Sheet, Style, Text

PEOPLE = Sheet(
    "population",
    "People present",
    (
        Column("place", "Place code", Code(), required=True, aliases=("pcode", "code", "الرقم", "#adm2+code")),
        Column("name", "Neighbourhood", Text(20), aliases=("quartier", "الحي")),
        Column("people", "People", Number(low=0, whole=True), numeric=True, aliases=("personnes", "#affected +idps")),
        Column("area", "Area", Number(low=0), numeric=True, aliases=("superficie (km²)",)),
        Column("seen", "Seen on", Date(), aliases=("date d’enquête", "#date+reported")),
        Column("works", "Works", Flag()),
        Column(
            "causes", "Causes", Choice({"no power": "no_power", "sans courant": "no_power", "uxo": "uxo"}, several=True)
        ),
    ),
)


def frame(**columns):
    return pd.DataFrame(columns, dtype=object)


def test_headers_are_recognised_in_any_language_and_by_tag():
    assert PEOPLE.match(["CODE", "Quartier", "Personnes", "Superficie (km²)", "Date d'enquête"]) == {
        "place": "CODE",
        "name": "Quartier",
        "people": "Personnes",
        "area": "Superficie (km²)",
        "seen": "Date d'enquête",
    }
    assert PEOPLE.match(["الرقم", "الحي"]) == {"place": "الرقم", "name": "الحي"}
    assert PEOPLE.match(["a", "b", "c"], ["#adm2 +code", "", "#affected+idps"]) == {"place": "a", "people": "c"}


def test_a_required_column_nobody_mapped_is_named():
    assert [column.name for column in PEOPLE.missing({"name": "Quartier"})] == ["place"]


def test_each_wrong_cell_is_said_with_the_row_the_sender_sees():
    table = frame(code=["A", "", "C"], people=["12", "-3", "1.5"], seen=["2026-11-19", "31/11/2026", "2026-11-20"])
    parsed = PEOPLE.parse(table, {"place": "code", "people": "people", "seen": "seen"}, sheet_rows=[5, 77, 78])
    assert [error.sentence for error in parsed.errors] == [
        "Row 77: This is required. Fill it in.",
        "Row 77: -3 must be at least 0. Correct it.",
        "Row 77: November has 30 days. Write the date again.",
        "Row 78: 1.5 must be a whole number. Correct it.",
    ]
    assert parsed.good.tolist() == [True, False, False]
    assert parsed.reasons()[0] == ""
    assert "seen: November has 30 days" in parsed.reasons()[1]


def test_good_values_are_typed_and_empty_ones_are_missing():
    table = frame(place=["01", "02"], people=["1\u00a0426", ""], seen=["2026-11-19", ""])
    table["works"], table["causes"] = ["oui", ""], ["uxo; no power", ""]
    values = PEOPLE.parse(table).values
    assert values["place"].tolist() == ["01", "02"]
    assert values["people"][0] == 1426
    assert np.isnan(values["people"][1])
    assert str(values["seen"][0])[:10] == "2026-11-19"
    assert pd.isna(values["seen"][1])
    assert values["works"][0] is True
    assert values["works"].isna()[1]
    assert values["causes"].tolist() == [("uxo", "no_power"), None]


def test_all_number_columns_of_a_file_decide_its_style_together():
    table = frame(people=["1.426", "2"], area=["0,464", "12,5"])
    style = PEOPLE.evidence(table, {"people": "people", "area": "area"})
    assert style.number == NumberStyle(",")
    assert PEOPLE.parse(table, {"people": "people"}, style=style).values["people"].tolist() == [1426, 2]


def test_a_doubtful_column_asks_and_an_answer_settles_it():
    table = frame(area=["1,306", "2,500"])
    (question,) = PEOPLE.parse(table).questions
    assert question.column == "area"
    settled = PEOPLE.parse(table, answers={"area": Style(number=NumberStyle(","))})
    assert not settled.questions
    assert settled.values["area"].tolist() == [1.306, 2.5]


def test_a_code_that_a_spreadsheet_turned_into_a_number_is_refused():
    parsed = PEOPLE.parse(frame(place=["1.23E+11", "007"]))
    assert "Format the column as text" in parsed.errors[0].message
    assert parsed.values["place"][1] == "007"


def test_a_word_that_is_no_choice_lists_the_choices():
    (error,) = PEOPLE.parse(frame(causes=["rain"])).errors
    assert error.message == "'rain' is not one of no_power, uxo. Choose one of them."


def test_long_columns_are_read_by_their_distinct_values():
    many = pd.DataFrame({"seen": np.tile(np.array(["2026-11-19", "19/11/2026"], dtype=object), 100_000)})
    parsed = PEOPLE.parse(many)
    assert parsed.good.all()
    assert len(set(parsed.values["seen"])) == 1
