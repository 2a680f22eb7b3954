"""What the bulk actions take and give back: one row in, one outcome out, whoever sends it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Model

from crisis.lib.errors import FieldError, Invalid, NotFound, RepriseError


class RowState(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class IfKnown(StrEnum):
    """What happens to a row that names something already there with other content."""

    REFUSE = "refuse"
    CHANGE = "change"


@dataclass(frozen=True)
class RowOutcome:
    """What became of one row: the row's id in our table, or why it was refused; `notes` are worth showing anyway."""

    state: RowState
    pk: int | None = None
    error: RepriseError | None = None
    notes: tuple[str, ...] = ()


def refused(error: RepriseError) -> RowOutcome:
    return RowOutcome(RowState.REFUSED, error=error)


def the_one(outcomes: Sequence[RowOutcome]) -> int:
    """The id that an action on a single row gave; its refusal is raised."""
    (outcome,) = outcomes
    if outcome.error is not None or outcome.pk is None:
        raise outcome.error or NotFound()
    return outcome.pk


def summary(outcomes: Sequence[RowOutcome]) -> dict[str, int]:
    """How many rows of each state, as shown in events and answers."""
    return {state.value: sum(o.state == state for o in outcomes) for state in RowState}


class Problems:
    """Collects what is wrong with one row, field by field, and says it all at once."""

    def __init__(self) -> None:
        self.fields: list[FieldError] = []

    def add(self, field: str, message: str) -> None:
        self.fields.append(FieldError(field, message))

    def require(self, field: str, value: object) -> None:
        if value is None or value == "":
            self.add(field, "This is needed.")

    def word(self, field: str, value: str, known: Iterable[str], *, blank: bool = False) -> None:
        known = [str(word) for word in known]
        if value not in known and not (blank and value == ""):
            self.add(field, f"'{value[:40]}' is not known here. Known: {', '.join(known)}.")

    def number(self, field: str, value: float | None, *, low: float | None = 0, high: float | None = None) -> None:
        if value is None:
            return
        if not math.isfinite(value):
            self.add(field, "This must be a number.")
        elif low is not None and value < low:
            self.add(field, f"{value:g} is below {low:g}.")
        elif high is not None and value > high:
            self.add(field, f"{value:g} is above {high:g}.")

    def place(self, lon: float, lat: float) -> None:
        self.number("lon", lon, low=-180, high=180)
        self.number("lat", lat, low=-90, high=90)

    def texts(self, model: type[Model], values: Mapping[str, Any]) -> None:
        """Texts that the table could not keep: too long, or with characters no database stores."""
        for name, value in values.items():
            if not isinstance(value, str):
                continue
            if "\x00" in value or not value.isprintable() and has_lone_surrogate(value):
                self.add(name, "This holds characters that cannot be stored. Remove them.")
                continue
            longest = getattr(model._meta.get_field(name), "max_length", None)
            if longest is not None and len(value) > longest:
                self.add(name, f"This is longer than {longest} characters.")

    def error(self) -> Invalid | None:
        if not self.fields:
            return None
        return Invalid(" ".join(f"{f.field}: {f.message}" for f in self.fields), fields=self.fields)


def has_lone_surrogate(text: str) -> bool:
    """Half of a character, as JSON escapes can smuggle in; it cannot be written as UTF-8."""
    return any("\ud800" <= character <= "\udfff" for character in text)
