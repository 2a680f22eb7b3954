"""Strips of answers from 0 to 100: a dot per seat, the middle half as a line, the agreed value below; they mirror."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, INSET, BASE, STEP, SIDE = 400.0, 8.0, 32.0, 9.0, 10.0
HIGHEST = 3  # dots above each other before the next one goes beside them
NEAR = 2.5  # points closer than this share a column


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    community: str
    points: float
    seat: Mapping[str, Any]
    far: bool


@dataclass(frozen=True)
class Strip:
    """Positions in a drawing 400 by 46: dots, marks at 0, 50 and 100, the middle half, where an agreed value stands."""

    dots: list[Dot]
    marks: list[float]
    half: tuple[float, float] | None
    agreed: float | None


def strip_of(service: Mapping[str, Any], agreed: float | None, *, mirrored: bool) -> Strip:
    spread = service["spread"]
    far = {item["seat"] for item in spread["outliers"]} if spread else set()
    half = None if spread is None else (across(spread["q1"], mirrored), across(spread["q3"], mirrored))
    return Strip(
        dots=placed(service["answers"], far, mirrored),
        marks=[across(points, mirrored) for points in (0, 50, 100)],
        half=half,
        agreed=None if agreed is None else across(agreed, mirrored),
    )


def across(points: float, mirrored: bool) -> float:
    x = INSET + points / 100 * (WIDTH - 2 * INSET)
    return round(WIDTH - x if mirrored else x, 1)


def placed(answers: Sequence[Mapping[str, Any]], far: set[Any], mirrored: bool) -> list[Dot]:
    """Equal answers stand above each other, the fourth and later beside them towards the middle."""
    dots: list[Dot] = []
    columns: dict[int, int] = {}
    for answer in sorted(answers, key=lambda one: -one["points"]):
        column = round(answer["points"] / NEAR)
        number = columns.get(column, 0)
        columns[column] = number + 1
        inwards = -1 if answer["points"] > 50 else 1
        x = across(answer["points"], mirrored) + (-1 if mirrored else 1) * inwards * SIDE * (number // HIGHEST)
        y = BASE - STEP * (number % HIGHEST)
        dots.append(Dot(round(x, 1), y, answer["community"], answer["points"], answer, answer["seat"] in far))
    return dots
