"""What the observations of a file mean, which rows contradict others, and the order in which they go in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from crisis.lib.errors import Invalid
from damage.actions.rows import Booleans, DamageRows, Integers, ObservedAs
from damage.core.grading import DamageGrade, Method, SourceScale, UnknownGradeValue, grade
from damage.core.presets import occupancy_of
from damage.core.structures import Occupancy, ground_codes
from damage.importers.reading import NO_DATE, Sheet
from municipal_units.core.vocabulary import Confidence
from municipal_units.importing.contract import ImportContext, Question, Unanswered

LEAVE_OUT = "leave_out"
MOST_QUESTIONS = 25
OCCUPANCIES = ("", *(occupancy.value for occupancy in Occupancy))


def latest_moment(now: datetime) -> int:
    """Nobody can have seen tomorrow; clocks may be a day off."""
    return int((now + timedelta(days=1) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


def graded(context: ImportContext, sheet: Sheet) -> tuple[tuple[ObservedAs, ...], Integers]:
    """The meaning of every written value, and per value its number among the meanings (-1: leave out, -2: none).

    Values nobody has explained are asked about, all in one go.
    """
    scale = SourceScale(context.option("scale"))
    method = Method(context.option("method"))
    overrides = answers_of(context.answers)
    counts = np.zeros(len(sheet.values), dtype=np.int64)
    for column in sheet.value:
        counts += np.bincount(column[~sheet.refused], minlength=len(sheet.values))
    meanings: list[ObservedAs] = []
    numbers = np.full(len(sheet.values), -2, dtype=np.int64)
    questions = []
    for number, text in enumerate(sheet.values):
        if not text or not counts[number]:
            continue
        try:
            known = grade(scale, text, overrides)
        except UnknownGradeValue:
            questions.append(question_about(context, text, int(counts[number])))
            continue
        if known is None:
            numbers[number] = -1
            continue
        confidence = Confidence.LOW if known.low_confidence else Confidence(context.option("confidence") or "medium")
        numbers[number] = len(meanings)
        worst = known.grade_high.value if known.grade_high else ""
        meanings.append(ObservedAs(scale.value, text[:100], known.grade.value, worst, method.value, confidence.value))
    if len(questions) > MOST_QUESTIONS:
        heading = context.column("value")
        raise Invalid(
            f"{heading} holds {len(questions)} values that this scale does not have. Choose another column or scale."
        )
    if questions:
        raise Unanswered(questions)
    return tuple(meanings), numbers


def answers_of(answers: Mapping[str, str]) -> dict[str, DamageGrade | None]:
    known = {grade.value: grade for grade in DamageGrade}
    return {
        value: None if answer in ("", LEAVE_OUT) else known[answer]
        for value, answer in answers.items()
        if answer in known or answer in ("", LEAVE_OUT)
    }


def question_about(context: ImportContext, text: str, rows: int) -> Question:
    column = context.column("value")
    choices = [(grade.value, grade.value.replace("_", " ")) for grade in DamageGrade]
    return Question(
        key=text,
        text=f"{rows} rows say '{text}' in {column}, which the scale does not explain. Say which grade it means.",
        choices=(*choices, (LEAVE_OUT, "no observation, leave these rows out")),
        column=column,
        value=text,
        rows=rows,
    )


@dataclass(frozen=True)
class Ordered:
    """Rows in the order in which they go in (refused ones are not among them) and the observations of each.

    The observations of a row, and the rows of a structure, stand side by side.
    """

    rows: Integers
    observation_row: Integers
    value: Integers
    moment: Integers
    meanings: tuple[ObservedAs, ...]
    occupancy_of_site: Integers


def ordered(context: ImportContext, sheet: Sheet, now: datetime) -> Ordered:
    """Checks values and dates of all rows, then sorts structures along the ground, each with its dates in order."""
    meanings, numbers = graded(context, sheet)
    observed_on = context.option("observed_on")
    fallback = int(np.datetime64(observed_on, "us").astype(np.int64)) if observed_on else NO_DATE
    value = np.array([numbers[column] for column in sheet.value])
    moment = np.array(sheet.moment)
    moment[moment == NO_DATE] = fallback
    said = value >= 0
    refuse_unreadable(context, sheet, value, moment, said, now)
    said &= ~sheet.refused
    occasion, row = np.nonzero(said)
    refuse_contradictions(sheet, row, moment[occasion, row], value[occasion, row])
    keep = ~sheet.refused[row]
    occasion, row = occasion[keep], row[keep]
    order = sorted_along_the_ground(sheet, row, moment[occasion, row])
    occasion, row = occasion[order], row[order]
    return Ordered(
        rows=row[np.flatnonzero(np.diff(row, prepend=-1))],
        observation_row=row,
        value=value[occasion, row],
        moment=moment[occasion, row],
        meanings=meanings,
        occupancy_of_site=np.array([OCCUPANCIES.index(occupancy_of(site) or "") for site in sheet.sites]),
    )


def refuse_unreadable(
    context: ImportContext, sheet: Sheet, value: Integers, moment: Integers, said: Booleans, now: datetime
) -> None:
    """`value`, `moment` and `said`: by occasion and row."""
    column = context.column("value")
    left_out = (value == -1).any(axis=0) & ~said.any(axis=0)
    written = np.array(sheet.values, dtype=object)[sheet.value[0]] if left_out.any() else None
    reason = "You said that '{written}' is no observation."
    sheet.refuse(np.flatnonzero(left_out), "left_out", reason, column=column, written=written)
    sheet.refuse(np.flatnonzero(~said.any(axis=0)), "no_value", "The row says nothing about damage.", column=column)
    undated = (said & (moment == NO_DATE)).any(axis=0) & ~sheet.refused
    if undated.sum() == (~sheet.refused).sum() and undated.any():
        raise Unanswered([Question("observed_on", "The file does not say when this was seen. Give the date.")])
    sheet.refuse(np.flatnonzero(undated), "no_date", "The row does not say when this was seen. Give it a date.")
    future = (said & (moment > latest_moment(now))).any(axis=0)
    sheet.refuse(np.flatnonzero(future), "future_date", "The date lies in the future. Correct it.")


def refuse_contradictions(sheet: Sheet, row: Integers, moment: Integers, value: Integers) -> None:
    """Two rows about one structure and one moment: the first stands, the other is refused with its number."""
    group = sheet.names.group[row]
    several = pd.Series(group).duplicated(keep=False).to_numpy()
    if not several.any():
        return
    places = np.flatnonzero(several)
    frame = pd.DataFrame({"group": group[places], "moment": moment[places], "place": places})
    frame["first"] = frame.groupby(["group", "moment"], sort=False)["place"].transform("min")
    for place, first in frame.loc[frame["first"] != frame["place"], ["place", "first"]].to_numpy():
        other = int(sheet.number[row[first]])
        if value[place] == value[first]:
            reason = f"Row {other} says the same. It is taken once."
        else:
            reason = f"Row {other} says another class of the same structure on the same day. Keep one."
        sheet.refuse(row[place], "said_twice", reason)


def sorted_along_the_ground(sheet: Sheet, row: Integers, moment: Integers) -> Integers:
    """The order in which observations go in: structures along a Z-curve, so that portions are compact and indexes are
    filled side by side; within a structure row by row, oldest first."""
    code = ground_codes(sheet.xy[row])
    group = sheet.names.group[row]
    order = np.argsort(code, kind="stable")
    if not pd.Series(group).duplicated().any():
        return order
    # Each structure stands where its first row in Z-order stands.
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    first = pd.Series(rank).groupby(group, sort=False).transform("min").to_numpy()
    return np.lexsort((moment, row, first))


def damage_rows(sheet: Sheet, plan: Ordered, chosen: slice) -> DamageRows:
    """Some observations in the form the action takes."""
    row = plan.observation_row[chosen]
    used, written = np.unique(sheet.written[row], return_inverse=True)
    return DamageRows(
        xy=sheet.xy[row],
        observed_at=plan.moment[chosen],
        value=plan.value[chosen],
        values=plan.meanings,
        row_number=sheet.number[row],
        written=written,
        written_places=tuple(sheet.written_places[number] for number in used),
        network=sheet.network[row],
        wkb=None if sheet.wkb is None else sheet.wkb[row],
        keys=sheet.names.keys(sheet.xy, row),
        site=plan.occupancy_of_site[sheet.site[row]],
        occupancies=OCCUPANCIES,
        details=None if sheet.details is None else sheet.details[row],
    )
