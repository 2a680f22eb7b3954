"""A facility between what it needs and what needs it, as SVG made on the server; the list beside it says the same.

The drawing has no words that have to turn: boxes mirror by themselves in pages that run from right to left.
"""

from dataclasses import dataclass
from typing import Any

BOX_WIDTH, BOX_HEIGHT, GAP, COLUMN = 200, 46, 14, 300
MARGIN = 10
MOST_IN_A_COLUMN = 8


@dataclass(frozen=True)
class Box:
    """One box: `kind` is facility, service (a need nobody provides) or self; x, y of its corner."""

    kind: str
    x: float
    y: float
    item: dict[str, Any]


@dataclass(frozen=True)
class Line:
    """An arrow from a provider to what depends on it; `width` grows with the strength, `stitched` when backed up."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    stitched: bool
    strength: float

    @property
    def path(self) -> str:
        middle = (self.x1 + self.x2) / 2
        return f"M{self.x1:g} {self.y1:g}C{middle:g} {self.y1:g} {middle:g} {self.y2:g} {self.x2:g} {self.y2:g}"


@dataclass(frozen=True)
class Drawing:
    width: float
    height: float
    boxes: list[Box]
    lines: list[Line]


def network_drawing(facility: dict[str, Any], network: dict[str, Any], *, mirrored: bool) -> Drawing:
    """Providers first in reading direction, the facility in the middle, those that need it last."""
    first = []
    for need in network["needs"]:
        shown = need["providers"] or [None]
        first += [(need, provider) for provider in shown]
    first, last = first[:MOST_IN_A_COLUMN], network["needed_by"][:MOST_IN_A_COLUMN]
    rows = max(len(first), len(last), 1)
    height = rows * BOX_HEIGHT + (rows - 1) * GAP + 2 * MARGIN
    own_column = 1 if first else 0
    width = (own_column + (1 if last else 0)) * COLUMN + BOX_WIDTH + 2 * MARGIN

    def across(x: float) -> float:
        return width - x - BOX_WIDTH if mirrored else x

    def down(number: int, of: int) -> float:
        used = of * BOX_HEIGHT + (of - 1) * GAP
        return (height - used) / 2 + number * (BOX_HEIGHT + GAP)

    own = Box("self", across(MARGIN + own_column * COLUMN), down(0, 1), facility)
    boxes, lines = [own], []
    for number, (need, provider) in enumerate(first):
        box = Box(
            "facility" if provider else "service",
            across(MARGIN),
            down(number, len(first)),
            (provider or {}) | {"service": need["service"]},
        )
        boxes.append(box)
        lines.append(tie(box, own, need, mirrored))
    for number, other in enumerate(last):
        box = Box("facility", across(MARGIN + (own_column + 1) * COLUMN), down(number, len(last)), other)
        boxes.append(box)
        lines.append(tie(own, box, other, mirrored))
    return Drawing(width, height, boxes, lines)


def tie(provider: Box, dependent: Box, need: dict[str, Any], mirrored: bool) -> Line:
    """The arrow ends a little before the box, where its head is drawn."""
    start, end = (0, BOX_WIDTH + 8) if mirrored else (BOX_WIDTH, -8)
    half = BOX_HEIGHT / 2
    strength = float(need["strength"])
    backed = float(need["backup_share"]) > 0
    return Line(
        provider.x + start, provider.y + half, dependent.x + end, dependent.y + half, 1 + 4 * strength, backed, strength
    )
