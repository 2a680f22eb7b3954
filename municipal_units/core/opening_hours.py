"""Opening hours as OpenStreetMap writes them: `24/7` or `Mo-Fr 08:00-16:00; Sa 08:00-12:00`.

Reference: OpenStreetMap wiki, Key:opening_hours. Holidays and seasons are left to people.
"""

import re
from dataclasses import dataclass
from datetime import datetime

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
ALWAYS = "24/7"
MINUTES_OF_A_DAY = 24 * 60
RULE = re.compile(r"^(?P<days>[A-Z][a-z](?:\s*[-,]\s*[A-Z][a-z])*)\s+(?P<times>[\d:,\s-]+)$")
SPAN = re.compile(r"^(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$")


@dataclass(frozen=True)
class Span:
    """Open on `day` (0 is Monday) from `start` until `end`, minutes after midnight; past 1440 runs into the next."""

    day: int
    start: int
    end: int


def opening_spans(text: str) -> tuple[Span, ...]:
    """The spans of a week, in order; ValueError says which part is not understood. An empty text has none."""
    text = " ".join(text.split())
    if not text:
        return ()
    if text == ALWAYS:
        return tuple(Span(day, 0, MINUTES_OF_A_DAY) for day in range(7))
    spans: dict[int, list[Span]] = {}
    for rule in filter(None, (part.strip() for part in text.split(";"))):
        found = RULE.match(rule)
        if not found:
            raise ValueError(rule)
        times = [_minutes(rule, part.strip()) for part in found["times"].split(",")]
        for day in _days(rule, found["days"]):
            spans[day] = [Span(day, start, end) for start, end in times]  # a later rule replaces an earlier one
    return tuple(span for day in sorted(spans) for span in sorted(spans[day], key=lambda span: span.start))


def hours_a_week(text: str) -> float | None:
    """Hours open in a week; None when nothing is said."""
    spans = opening_spans(text)
    return sum(span.end - span.start for span in spans) / 60 if spans else None


def is_open(text: str, at: datetime) -> bool | None:
    """Whether it is open at a local moment by its hours; None when nothing is said."""
    spans = opening_spans(text)
    if not spans:
        return None
    now = at.weekday() * MINUTES_OF_A_DAY + at.hour * 60 + at.minute
    week = 7 * MINUTES_OF_A_DAY
    starts = [(span.day * MINUTES_OF_A_DAY + span.start, span.end - span.start) for span in spans]
    return any((now - start) % week < length for start, length in starts)


def _days(rule: str, text: str) -> list[int]:
    found: list[int] = []
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(rule)
        begin = DAYS.index(first)
        length = (DAYS.index(last) - begin) % 7 if last else 0
        found += [(begin + step) % 7 for step in range(length + 1)]
    return found


def _minutes(rule: str, text: str) -> tuple[int, int]:
    found = SPAN.match(text)
    if not found:
        raise ValueError(rule)
    hour, minute, end_hour, end_minute = (int(number) for number in found.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if hour > 23 or minute > 59 or end_minute > 59 or end > MINUTES_OF_A_DAY:
        raise ValueError(rule)
    return start, end if end > start else end + MINUTES_OF_A_DAY
