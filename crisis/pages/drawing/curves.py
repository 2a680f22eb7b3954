"""The small recovery curve of a place: steps of its index over time, as points of a drawing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

WIDTH, HEIGHT = 280, 56


def drawn_curve(points: Sequence[Mapping[str, Any]], *, until: datetime) -> dict[str, Any] | None:
    """A stepped line (a value holds until the next one), its ends and dates; None with fewer than two known values."""
    known = [(point["at"], point["value"]) for point in points if point["value"] is not None]
    if len(known) < 2:
        return None
    first, span = known[0][0], max((until - known[0][0]).total_seconds(), 1)
    path = ""
    for at, value in known:
        across = (at - first).total_seconds() / span * WIDTH
        down = HEIGHT * (1 - value)
        path += f"M{across:.1f} {down:.1f}" if not path else f"H{across:.1f}V{down:.1f}"
    return {
        "path": f"{path}H{WIDTH}",
        "width": WIDTH,
        "height": HEIGHT,
        "from": first,
        "first": known[0][1],
        "last": known[-1][1],
    }
