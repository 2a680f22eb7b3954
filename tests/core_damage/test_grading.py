"""Source values become canonical grades by the table, unknown ones become questions, and D6 decides what counts."""

import itertools

import numpy as np
import pandas as pd
import pytest

from damage.core.grading import (
    CAPACITY_FACTORS,
    CROSSWALK,
    DAMAGE_RATIOS,
    HABITABLE_SHARES,
    METHOD_RANK,
    ORDERED,
    DamageGrade,
    GradedValue,
    Method,
    SourceScale,
    UnknownGradeValue,
    Verdict,
    grade,
    grade_column,
    supersedes,
)

G, S, M = DamageGrade, SourceScale, Method
SPAN = GradedValue(G.HEAVY, G.VERY_HEAVY)


@pytest.mark.parametrize(
    ("scale", "value", "expected"),
    [
        (S.EMS98, "D4", GradedValue(G.VERY_HEAVY)),
        (S.UNOSAT, "1", GradedValue(G.DESTROYED)),
        (S.UNOSAT, "2", SPAN),
        (S.UNOSAT, "3.0", GradedValue(G.MODERATE)),
        (S.UNOSAT, "Severe Damage", SPAN),
        (S.UNOSAT, "Possible Damage", GradedValue(G.POSSIBLE)),
        (S.COPERNICUS, "No visible damage", GradedValue(G.NONE, low_confidence=True)),
        (S.COPERNICUS, "Possibly damaged", GradedValue(G.POSSIBLE)),
        (S.COPERNICUS, "Damaged", SPAN),
        (S.COPERNICUS_PRE2018, "Not Affected", GradedValue(G.NONE, low_confidence=True)),
        (S.COPERNICUS_PRE2018, "Negligible to slight damage", GradedValue(G.SLIGHT)),
        (S.COPERNICUS_PRE2018, "Moderately Damaged", GradedValue(G.MODERATE)),
        (S.COPERNICUS_PRE2018, "Highly Damaged", SPAN),
        (S.COPERNICUS_PRE2018, "Completely Destroyed", GradedValue(G.DESTROYED)),
        (S.XBD, "minor-damage", GradedValue(G.MODERATE)),
        (S.XBD, "un-classified", GradedValue(G.NOT_ASSESSED)),
        (S.HAZUS, "extensive", SPAN),
        (S.FEMA_PDA, "affected", GradedValue(G.SLIGHT)),
        (S.IOM_DTM, "moderately", GradedValue(G.MODERATE)),
        (S.ATC20_BIN, "10-30 %", GradedValue(G.MODERATE)),
        (S.ATC20_BIN, "60-100", GradedValue(G.VERY_HEAVY)),
        (S.UN_HABITAT, "destroyed/razed", GradedValue(G.DESTROYED)),
        (S.CANONICAL, "very_heavy", GradedValue(G.VERY_HEAVY)),
    ],
)
def test_the_crosswalk(scale, value, expected):
    assert grade(scale, value) == expected


@pytest.mark.parametrize(
    ("scale", "value"), [(S.UNOSAT, "6"), (S.UNOSAT, "4"), (S.COPERNICUS, "Not Analysed"), (S.EMS98, "")]
)
def test_a_value_nobody_explained_is_a_question(scale, value):
    with pytest.raises(UnknownGradeValue, match="Say which grade"):
        grade(scale, value)


def test_a_persons_answer_wins_and_may_leave_rows_out():
    assert grade(S.UNOSAT, "6", {"6": G.NONE}) == GradedValue(G.NONE)
    assert grade(S.UNOSAT, "6", {"6": None}) is None
    assert grade(S.UNOSAT, "1", {"1": G.HEAVY}) == GradedValue(G.HEAVY)


def test_every_table_is_written_in_folded_keys_and_spans_upwards():
    for scale, table in CROSSWALK.items():
        for value, known in table.items():
            assert grade(scale, value.upper()) == known
            if known.grade_high is not None:
                assert ORDERED.index(known.grade_high) > ORDERED.index(known.grade)


def test_a_column_is_graded_like_its_values_one_by_one():
    values = pd.Series(["1", "2", None, "6", " 3 ", "", "6", "2"])
    column = grade_column(S.UNOSAT, values, {"7": None})
    assert column.grade.tolist() == ["destroyed", "heavy", "", "", "moderate", "", "", "heavy"]
    assert column.grade_high.tolist() == ["", "very_heavy", "", "", "", "", "", "very_heavy"]
    assert column.asked.tolist() == [False, False, False, True, False, False, True, False]
    assert [(question.value, question.rows) for question in column.questions] == [("6", 2)]
    left = grade_column(S.UNOSAT, values, {"6": None})
    assert left.left_out.tolist() == column.asked.tolist()
    assert not left.questions


def test_numbers_from_a_table_of_numbers_are_the_same_classes():
    for values in (pd.Series([1, 2, 3]), pd.Series([1.0, 2.0, 3.0]), pd.Series([1, 2, 3], dtype="Int64")):
        assert grade_column(S.UNOSAT, values).grade.tolist() == ["destroyed", "heavy", "moderate"]
    assert grade_column(S.UNOSAT, pd.Series([1.0, np.nan])).grade.tolist() == ["destroyed", ""]


def test_an_empty_column_gives_empty_arrays():
    assert len(grade_column(S.UNOSAT, pd.Series([], dtype=object)).grade) == 0


# -- D6 ----------------------------------------------------------------------------------------------------------------


def test_newer_and_worse_always_counts():
    for before, now in itertools.pairwise(ORDERED):
        assert supersedes(before, M.DETAILED_ENGINEERING, now, M.SATELLITE) is Verdict.CURRENT


def test_newer_and_better_counts_only_if_seen_as_closely_or_repaired():
    assert supersedes(G.HEAVY, M.RAPID_FIELD, G.SLIGHT, M.SATELLITE) is Verdict.KEPT_FOR_REVIEW
    assert supersedes(G.HEAVY, M.RAPID_FIELD, G.SLIGHT, M.SATELLITE, repair_recorded=True) is Verdict.CURRENT
    assert supersedes(G.HEAVY, M.RAPID_FIELD, G.SLIGHT, M.DETAILED_ENGINEERING) is Verdict.CURRENT
    assert supersedes(G.HEAVY, M.SATELLITE, G.SLIGHT, M.COMMUNITY_REPORT) is Verdict.CURRENT


def test_older_ones_are_kept_beside():
    assert supersedes(G.NONE, M.SATELLITE, G.DESTROYED, M.DETAILED_ENGINEERING, is_newer=False) is Verdict.KEPT


def test_a_glance_that_confirms_does_not_open_the_way_for_a_softer_glance():
    assert supersedes(G.HEAVY, M.DETAILED_ENGINEERING, G.HEAVY, M.SATELLITE) is Verdict.KEPT
    assert supersedes(G.HEAVY, M.SATELLITE, G.HEAVY, M.SATELLITE) is Verdict.CURRENT


def test_grades_without_order():
    assert supersedes(G.NOT_ASSESSED, M.DETAILED_ENGINEERING, G.NONE, M.SATELLITE) is Verdict.CURRENT
    assert supersedes(G.NONE, M.SATELLITE, G.NOT_ASSESSED, M.DETAILED_ENGINEERING) is Verdict.KEPT
    assert supersedes(G.NONE, M.RAPID_FIELD, G.POSSIBLE, M.SATELLITE) is Verdict.CURRENT
    assert supersedes(G.DESTROYED, M.SATELLITE, G.POSSIBLE, M.DETAILED_ENGINEERING) is Verdict.KEPT
    assert supersedes(G.POSSIBLE, M.RAPID_FIELD, G.NONE, M.SATELLITE) is Verdict.KEPT_FOR_REVIEW
    assert supersedes(G.POSSIBLE, M.RAPID_FIELD, G.HEAVY, M.SATELLITE) is Verdict.CURRENT


def test_ranks_are_those_of_the_mechanics():
    assert sorted(METHOD_RANK.values()) == [1, 1, 2, 2, 3, 4, 5]
    assert set(METHOD_RANK) == set(Method)


# -- defaults ----------------------------------------------------------------------------------------------------------


def test_worse_grades_cost_more_and_leave_less():
    ratios = [row.value for row in DAMAGE_RATIOS if row.grade in ORDERED]
    assert ratios == [0.0, 0.02, 0.10, 0.40, 0.75, 1.0]
    assert [row.value for row in CAPACITY_FACTORS if row.grade in ORDERED] == [1.0, 0.9, 0.5, 0.3, 0.1, 0.0]
    assert [row.value for row in HABITABLE_SHARES if row.grade in ORDERED] == [1.0, 1.0, 0.5, 0.1, 0.0, 0.0]


def test_what_is_not_known_is_an_interval_and_never_a_point():
    for table in (CAPACITY_FACTORS, HABITABLE_SHARES):
        unknown = {row.grade: row for row in table if row.grade.ordinal is None}
        assert set(unknown) == {G.POSSIBLE, G.NOT_ASSESSED}
        assert all(row.value is None and row.low < row.high for row in unknown.values())
