"""What the texts in a column mean: numbers, dates, words. Whole columns at a time; doubts are asked, not guessed.

Every parser takes an object array of texts ("" is empty) and gives values and, per position, a sentence for what it
could not read.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

Texts = np.ndarray[Any, Any]

DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫−–", "01234567890123456789.--")
GAPS = re.compile("[\\s\u00a0\u202f\u2009'’٬_]")
EXCEL_DAY_ZERO = dt.date(1899, 12, 30)


@dataclass(frozen=True)
class NumberStyle:
    """How decimals are written: with a point or a comma. Spaces and apostrophes always only group digits."""

    decimal: str = "."


@dataclass
class Parsed:
    """`values` as long as the texts (NaN, NaT or None where empty or wrong); `errors`: position -> sentence.

    `question`: set when the column can be read in two ways and a person has to say which.
    """

    values: Texts
    errors: dict[int, str] = field(default_factory=dict)
    question: str = ""


def by_distinct(texts: Texts, read: Callable[[str], Any]) -> tuple[Texts, dict[int, str]]:
    """Applies `read` once per distinct text; it returns a value or raises ValueError with a sentence. Empty: None."""
    codes, distinct = pd.factorize(texts)
    values = np.full(len(distinct) + 1, None, dtype=object)
    wrong: dict[int, str] = {}
    for number, text in enumerate(distinct):
        if not text:
            continue
        try:
            values[number] = read(text)
        except ValueError as error:
            wrong[number] = str(error)
    if not wrong:
        return values[codes], {}
    rows = np.flatnonzero(np.isin(codes, list(wrong)))
    return values[codes], {int(row): wrong[codes[row]] for row in rows}


# -- numbers -----------------------------------------------------------------------------------------------------------


def clean_number(text: str) -> str:
    """Western digits, no grouping spaces; a separator keeps its place."""
    return GAPS.sub("", text.translate(DIGITS))


def number_evidence(texts: Texts) -> tuple[bool, bool, bool]:
    """Whether the column holds numbers that can only be read with a decimal point, only with a comma, or either way."""
    point = comma = unclear = False
    for text in pd.unique(texts[texts != ""])[:20_000]:
        plain = clean_number(text).lstrip("+-")
        if not re.fullmatch(r"[\d.,]+%?", plain):
            continue
        commas, points = plain.count(","), plain.count(".")
        if commas and points:
            last_is_comma = plain.rfind(",") > plain.rfind(".")
            comma, point = comma or last_is_comma, point or not last_is_comma
        elif commas > 1 or points > 1:
            comma, point = comma or points > 1, point or commas > 1
        elif commas or points:
            thousand = re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", plain) is not None
            # A point with three digits is read as a decimal unless something else in the file speaks against it.
            unclear = unclear or (thousand and bool(commas))
            comma = comma or (bool(commas) and not thousand)
            point = point or (bool(points) and not thousand)
    return point, comma, unclear


def number_style(evidence: tuple[bool, bool, bool], *, semicolons: bool = False) -> NumberStyle | None:
    """The style the evidence speaks for; None when it must be asked. A semicolon file speaks for decimal commas."""
    point, comma, unclear = evidence
    if comma and point:
        return None
    if comma or (unclear and semicolons and not point):
        return NumberStyle(",")
    if point or not unclear:
        return NumberStyle(".")
    return None


def parse_numbers(texts: Texts, style: NumberStyle | None = None, *, what: str = "number") -> Parsed:
    """Floats. Grouping is accepted only in threes; percent signs, units and words are not numbers."""
    question = ""
    if style is None:
        evidence = number_evidence(texts)
        style = number_style(evidence)
        if style is None:
            example = next((text for text in texts if "," in text), "")
            question = f"'{example}' can be read in two ways. Say whether the comma marks decimals or thousands."
            style = NumberStyle(".")
    values = np.full(len(texts), np.nan)
    filled = texts != ""
    rest = filled.copy()
    if style.decimal == ".":
        quick = pd.to_numeric(pd.Series(texts[filled], dtype=object), errors="coerce").to_numpy(dtype=float)
        good = np.isfinite(quick)
        places = np.flatnonzero(filled)[good]
        values[places] = quick[good]
        rest[places] = False
    errors: dict[int, str] = {}
    if rest.any():
        read, wrong = by_distinct(texts[rest], lambda text: read_number(text, style, what))
        places = np.flatnonzero(rest)
        values[places] = np.array([np.nan if value is None else value for value in read], dtype=float)
        errors = {int(places[row]): message for row, message in wrong.items()}
    return Parsed(values, errors, question)


def read_number(text: str, style: NumberStyle, what: str = "number") -> float:
    plain = clean_number(text)
    group = "," if style.decimal == "." else "."
    pattern = rf"[+-]?(\d+|\d{{1,3}}(\{group}\d{{3}})+)?(\{style.decimal}\d*)?([eE][+-]?\d{{1,3}})?"
    if re.fullmatch(pattern, plain) and any(letter.isdigit() for letter in plain):
        value = float(plain.replace(group, "").replace(style.decimal, "."))
        if np.isfinite(value):
            return value
    raise ValueError(f"'{text[:40]}' is not a {what}. Write digits only.")


# -- dates -------------------------------------------------------------------------------------------------------------

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv يناير كانون-الثاني",
            "february feb février fevrier févr fevr فبراير شباط",
            "march mar mars مارس آذار",
            "april apr avril avr أبريل نيسان",
            "may mai مايو أيار",
            "june jun juin يونيو حزيران",
            "july jul juillet juil يوليو تموز",
            "august aug août aout أغسطس آب",
            "september sep sept septembre سبتمبر أيلول",
            "october oct octobre أكتوبر تشرين-الأول",
            "november nov novembre نوفمبر تشرين-الثاني",
            "december dec décembre decembre déc ديسمبر كانون-الأول",
        ),
        1,
    )
    for name in names.split()
}
MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
MONTH_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December")  # fmt: skip
CLOCK = r"(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + CLOCK)
COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})" + CLOCK)
SHORT_YEAR = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}")
NAMED = re.compile(r"(\d{1,2})(?:er|st|nd|rd|th)?[- .]+([^\W\d_]+(?:-[^\W\d_]+)?)\.?[- ,]+(\d{4})" + CLOCK)
NAMED_FIRST = re.compile(r"([^\W\d_]+)\.?[- ]+(\d{1,2})(?:st|nd|rd|th)?[, ]+(\d{4})" + CLOCK)
SERIAL = re.compile(r"([2-7]\d{4})(?:\.(\d+))?")


def date_order(texts: Texts) -> str | None:
    """ "dmy" or "mdy" when the column decides it (or has no such dates: "dmy"); None when it must be asked."""
    day_first = month_first = seen = False
    for text in pd.unique(texts[texts != ""]):
        if found := YEAR_LAST.fullmatch(text.translate(DIGITS)):
            seen = True
            first, second = int(found[1]), int(found[2])
            day_first, month_first = day_first or first > 12, month_first or second > 12
    if day_first != month_first:
        return "dmy" if day_first else "mdy"
    return None if seen else "dmy"


def parse_dates(texts: Texts, order: str | None = None) -> Parsed:
    """numpy datetime64[s]. Texts with an offset become UTC; others are the writer's own clock.

    ISO dates, dd/mm/yyyy or mm/dd/yyyy as the column decides, named months in three languages, spreadsheet serials.
    A column that may be read both ways carries a question, and its ambiguous cells are errors until it is answered.
    """
    settled = order or date_order(texts)
    question = ""
    if settled is None:
        example = next(text for text in texts if YEAR_LAST.fullmatch(text.translate(DIGITS)))
        question = f"'{example}' can be read in two ways. Say whether the day or the month comes first."
    values, errors = by_distinct(texts, lambda text: read_date(text, settled))
    array = np.array([np.datetime64("NaT") if value is None else value for value in values], dtype="datetime64[s]")
    return Parsed(array, errors, question)


def read_date(text: str, order: str | None) -> np.datetime64:
    plain = " ".join(text.translate(DIGITS).split()).removesuffix(".")
    if found := YEAR_FIRST.fullmatch(plain):
        return moment(int(found[1]), int(found[2]), int(found[3]), found.groups()[3:])
    if found := COMPACT.fullmatch(plain):
        return moment(int(found[1]), int(found[2]), int(found[3]))
    if found := YEAR_LAST.fullmatch(plain):
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        if order is None and first != second and first <= 12 and second <= 12:
            raise ValueError(f"'{text}' can be read in two ways. Say whether the day or the month comes first.")
        day, month = (second, first) if order == "mdy" or (order is None and second > 12) else (first, second)
        return moment(year, month, day, found.groups()[3:])
    if found := NAMED.fullmatch(plain):
        return moment(int(found[3]), month_number(found[2], text), int(found[1]), found.groups()[3:])
    if found := NAMED_FIRST.fullmatch(plain):
        return moment(int(found[3]), month_number(found[1], text), int(found[2]), found.groups()[3:])
    if found := SERIAL.fullmatch(plain):
        serial_day = EXCEL_DAY_ZERO + dt.timedelta(days=int(found[1]))
        seconds = round(float(f"0.{found[2]}") * 86_400) if found[2] else 0
        return np.datetime64(serial_day, "s") + np.timedelta64(seconds, "s")
    if SHORT_YEAR.fullmatch(plain):
        raise ValueError(f"'{text[:40]}' has a year of two digits. Write the year with four.")
    raise ValueError(f"'{text[:40]}' is not a date. Write it as 2026-11-19.")


def month_number(name: str, text: str) -> int:
    number = MONTHS.get(name.casefold())
    if number is None:
        raise ValueError(f"'{text[:40]}' names no month. Write the date as 2026-11-19.")
    return number


def moment(year: int, month: int, day: int, clock: tuple[Any, ...] = ()) -> np.datetime64:
    """The instant, or a sentence that says which part is impossible."""
    if not 1 <= month <= 12:
        raise ValueError(f"There is no month {month}. Write the date again.")
    if not 1 <= day <= MONTH_LENGTHS[month - 1]:
        raise ValueError(f"{MONTH_NAMES[month - 1]} has {MONTH_LENGTHS[month - 1]} days. Write the date again.")
    if not 1900 <= year <= 2200:
        raise ValueError(f"The year {year} cannot be right. Write the date again.")
    try:
        day_start = np.datetime64(dt.date(year, month, day), "s")
    except ValueError:
        raise ValueError(f"February {year} has 28 days. Write the date again.") from None
    hour, minute, second, offset = (*clock, None, None, None, None)[:4]
    if int(hour or 0) > 23 or int(minute or 0) > 59 or int(second or 0) > 60:
        raise ValueError("There is no such time of day. Write it as 14:30.")
    seconds = int(hour or 0) * 3600 + int(minute or 0) * 60 + int(second or 0)
    if offset and offset != "Z":
        digits = offset[1:].replace(":", "")
        shift = int(digits[:2]) * 3600 + int(digits[2:]) * 60
        seconds -= shift if offset[0] == "+" else -shift
    return day_start + np.timedelta64(seconds, "s")


# -- words -------------------------------------------------------------------------------------------------------------


def fold(text: str) -> str:
    """Case, accents, Arabic vowel marks and letter forms, punctuation and spacing do not tell words apart."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("ـ", "")
    plain = plain.translate(str.maketrans("أإآٱىة", "اااايه")).translate(DIGITS)
    return " ".join(re.sub(r"[\W_]+", " ", plain).split())


YES = frozenset({"yes", "y", "true", "1", "oui", "vrai", "o", "نعم", "x", "✓"})
NO = frozenset({"no", "n", "false", "0", "non", "faux", "لا", "-"})


def read_flag(text: str) -> bool:
    word = fold(text) or text.strip()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError(f"'{text[:40]}' is neither yes nor no. Write yes or no.")
