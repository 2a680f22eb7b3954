"""Tables as people send them: separators, encodings, titles, tags, odd cells."""

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from crisis.lib.errors import Unreadable
from crisis.lib.tabular import TableLayout, read_table, table_layouts
from tests.files.made import workbook


def layout(path: Path, **options) -> TableLayout:
    (found,) = table_layouts(path, xlsx=path.suffix == ".xlsx", **options)
    return found


def rows(path: Path, **options) -> list[list[str]]:
    return [row for chunk in read_table(path, layout(path, **options)) for row in chunk.frame.to_numpy().tolist()]


def text(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_even_where_commas_are_decimals(tmp_path, separator):
    cell = '"1,5"' if separator == "," else "1,5"
    path = text(tmp_path / "a.csv", "\n".join(separator.join(row) for row in [["a", "b"], [cell, "x"], [cell, "y"]]))
    assert layout(path).delimiter == separator
    assert rows(path) == [["1,5", "x"], ["1,5", "y"]]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-8", "Ménages;Été;قلعة"),
        ("utf-8-sig", "الحي;عدد الأسر;قلعة حلب"),
        ("utf-16", "Ménages;Été;قلعة"),
        ("cp1252", "Ménages;Superficie (km²);Date d’enquête"),
        ("cp1256", "الحي;عدد الأسر;قلعة حلب"),
    ],
)
def test_the_letters_are_found(tmp_path, encoding, words):
    path = text(
        tmp_path / "a.csv", f"{words}\n1\u00a0426;2;3\n" if encoding != "cp1256" else f"{words}\n1;2;3\n", encoding
    )
    assert layout(path).columns == tuple(words.split(";"))


def test_another_encoding_may_be_chosen_and_a_wrong_one_is_said(tmp_path):
    path = text(tmp_path / "a.csv", "الحي;س\nقلعة;1\n", "cp1256")
    assert layout(path, encoding="cp1252").columns[0] == "الحي".encode("cp1256").decode("cp1252")
    with pytest.raises(Unreadable, match="Choose another"):
        layout(path, encoding="utf-8")


def test_titles_above_the_header_are_left_out_and_rows_keep_their_line(tmp_path):
    path = text(tmp_path / "a.csv", "Commune of Tenkoro\n\nTable 3;;\nCode;Name;People\nA;Wendou;12\n\nB;Kaya;7\n")
    found = layout(path)
    assert (found.header_row, found.columns) == (4, ("Code", "Name", "People"))
    (chunk,) = read_table(path, found)
    assert (chunk.rows.tolist(), chunk.sheet_rows.tolist()) == ([1, 2], [5, 7])


def test_the_tag_row_is_no_data_and_is_kept_as_tags(tmp_path):
    path = text(tmp_path / "a.csv", "Zone,Reached\n#adm1+name, #reached +f\nCoast,3\n")
    assert layout(path).hxl == ("#adm1+name", "#reached +f")
    assert rows(path) == [["Coast", "3"]]


def test_a_tag_row_without_names_above_names_the_columns(tmp_path):
    path = text(tmp_path / "a.csv", "#adm1+name,#reached\nCoast,3\n")
    assert layout(path).columns == ("#adm1+name", "#reached")
    assert rows(path) == [["Coast", "3"]]


def test_a_first_line_naming_the_separator_is_obeyed(tmp_path):
    path = text(tmp_path / "a.csv", "sep=|\na|b\n1|2\n")
    assert layout(path).columns == ("a", "b")
    assert rows(path) == [["1", "2"]]


def test_short_rows_are_filled_and_long_ones_pointed_out(tmp_path):
    path = text(tmp_path / "a.csv", "a,b\n1\n1,2,3\n1,2,\n")
    (chunk,) = read_table(path, TableLayout("", ("a", "b"), 1, 2))
    assert chunk.frame.to_numpy().tolist() == [["1", ""], ["1", "2"], ["1", "2"]]
    assert chunk.extra == (1,)


def test_nameless_and_repeated_columns_get_names_of_their_own(tmp_path):
    assert layout(text(tmp_path / "a.csv", "a,,a\n1,2,3\n")).columns == ("a", "column B", "a (2)")


def test_a_quotation_mark_never_closed_is_said(tmp_path):
    path = text(tmp_path / "a.csv", 'a,b\n1,2\n3,"' + "x" * 1_100_000)
    with pytest.raises(Unreadable, match="quotation mark"):
        rows(path)


def test_sheets_of_a_workbook_are_read_as_seen(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx",
        Town=[
            ["Name", "People", "Seen", "Works"],
            ["قلعة", 12.0, dt.date(2026, 11, 19), True],
            ["b", 0.5, None, False],
        ],
    )
    assert rows(path) == [["قلعة", "12", "2026-11-19", "TRUE"], ["b", "0.5", "", "FALSE"]]


def test_hidden_sheets_are_not_offered_and_formulas_give_their_last_value(tmp_path):
    path = workbook(tmp_path / "a.xlsx", Town=[["a", "b"], ["=1+1", 3]], Secret=[["a"], [1]])
    book = openpyxl.load_workbook(path)
    book["Secret"].sheet_state = "hidden"
    book.save(path)
    assert layout(path).sheet == "Town"
    assert rows(path) == [["", "3"]]


def test_merged_cells_and_a_wrong_extent_do_not_disturb(tmp_path):
    path = workbook(tmp_path / "a.xlsx", Town=[["Report", None, None], ["a", "b", "c"], [1, 2, 3]])
    book = openpyxl.load_workbook(path)
    book["Town"].merge_cells("A1:C1")
    book.save(path)
    assert layout(path).header_row == 2
    assert rows(path) == [["1", "2", "3"]]


def test_a_workbook_that_is_none_is_said_so(tmp_path):
    for content in (b"PK\x03\x04nothing", b"plain text"):
        path = tmp_path / "a.xlsx"
        path.write_bytes(content)
        with pytest.raises(Unreadable):
            layout(path)
