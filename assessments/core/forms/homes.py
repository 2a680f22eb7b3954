"""Which form's answers become which facts: the forms we ship, and what a changed one must still ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Home:
    """`kind` names the facts; a form of this id keeps the home as long as it asks `asks` (path: type)."""

    kind: str
    asks: Mapping[str, str]


HOMES: Mapping[str, Home] = {
    "damage_rapid": Home("damage", {"/observed_at": "dateTime", "/place": "geopoint", "/grade": "select_one"}),
    "facility_status": Home(
        "facility_status", {"/observed_at": "dateTime", "/facility": "select_one", "/status": "select_one"}
    ),
    "population": Home("population", {"/observed_at": "dateTime", "/neighbourhood": "select_one", "/idp": "integer"}),
    "arrivals_departures": Home("movement", {"/neighbourhood": "select_one", "/individuals": "integer"}),
    "needs": Home("needs", {"/neighbourhood": "select_one", "/needs": "select_multiple"}),
    "hazard": Home("hazard", {"/hazard_type": "select_one", "/place": "geopoint"}),
}


def home_of(definition: dict[str, Any]) -> str:
    """The kind of facts the answers of a form become, empty where they are only kept."""
    home = HOMES.get(definition["form_id"])
    types = {question["path"]: question["type"] for question in definition["questions"]}
    if home is None or any(types.get(path) != type_ for path, type_ in home.asks.items()):
        return ""
    return home.kind
