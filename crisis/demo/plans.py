"""The scenario of the demonstration: what the unit of Tenkoro asks in November, so that the page is not empty."""

from typing import Any

BUDGET = 420_000_000.0
CREWS = {"electrical": 2.0, "pipe": 3.0, "building": 4.0, "vehicles": 2.0, "staff": 2.0, "planning": 1.0}
SCENARIOS: tuple[dict[str, Any], ...] = (
    {"name": "Most people served", "displaced_weight": 0.0},
    {"name": "Displaced areas first", "displaced_weight": 1.0},
)
PERIODS, PERIOD_DAYS = 22, 7
