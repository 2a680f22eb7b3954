"""The scenarios of the demonstration: what the unit of Tenkoro asks in November, so that the page is not empty."""

from dataclasses import dataclass
from typing import Any

BUDGET = 420_000_000.0
CREWS = {"electrical": 2.0, "pipe": 3.0, "building": 4.0, "vehicles": 2.0, "staff": 2.0, "planning": 1.0}
SCENARIOS: tuple[dict[str, Any], ...] = (
    {"name": "Most people served", "displaced_weight": 0.0},
    {"name": "Displaced areas first", "displaced_weight": 1.0},
)
PERIODS, PERIOD_DAYS = 22, 7


@dataclass(frozen=True)
class ArrivalStory:
    """An arrival scenario: rows of group, P-code (empty: the whole town), share, persons, P-code they leave."""

    name: str
    source: str
    rows: tuple[tuple[str, str, float | None, float | None, str], ...]


ARRIVALS = (
    ArrivalStory(
        "A fifth more displaced people",
        "Assumption of the unit, 20 November",
        (("displaced", "", 0.2, None, ""),),
    ),
    ArrivalStory(
        "Return to Tanghin",
        "Intentions of the last round: 600 would go back once there is water",
        (("returnee", "TK0124", None, 600.0, "TK0119"),),
    ),
)
