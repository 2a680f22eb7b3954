"""Visits on a small map of the town: shapes by how far they are, so that the map reads in grey."""

from collections.abc import Mapping, Sequence
from typing import Any

from crisis.pages.drawing.plans import TownMap


def marked(drawing: TownMap, visits: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each visit with a position as a mark at x, y; the open ones drawn last, above the others."""
    placed = [visit for visit in visits if visit["lon"] is not None and drawing.outlines]
    marks = []
    for visit in reversed(placed):
        x, y = drawing.at(visit["lon"], visit["lat"])
        marks.append({"visit": visit, "x": round(x, 1), "y": round(y, 1)})
    return marks
