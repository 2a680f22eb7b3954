"""The works that Tenkoro could do: what each costs, needs first and would restore.

`works.csv` holds one row per work: `cost_m` in million francs (XOF), `days`, the crew, `group` (of one group at most
one is chosen), `requires` (codes) and `effects`: `capacity FACILITY amount`, `backup FACILITY service amount` (amounts
in the unit of the facility) or `local P-code service share`.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SHEET = Path(__file__).with_name("works.csv")
FRANCS = 1_000_000


@dataclass(frozen=True)
class Effect:
    """`kind` capacity or backup: adds `amount` to `target`, a facility; local: adds a share to `target`, a place."""

    kind: str
    target: str
    service: str
    amount: float


@dataclass(frozen=True)
class Work:
    """A candidate work; `cost` in XOF."""

    code: str
    name: str
    name_fr: str
    name_ar: str
    kind: str
    phase: str
    pcode: str
    cost: float
    days: int
    crew: str
    crew_units: int
    group: str
    requires: tuple[str, ...]
    effects: tuple[Effect, ...]
    source: str


@cache
def works() -> tuple[Work, ...]:
    """Every work, in the order of the sheet."""
    with SHEET.open(encoding="utf-8", newline="") as sheet:
        return tuple(_work(row) for row in csv.DictReader(sheet))


def _work(row: dict[str, str]) -> Work:
    return Work(
        code=row["code"],
        name=row["name"],
        name_fr=row["name_fr"],
        name_ar=row["name_ar"],
        kind=row["type"],
        phase=row["phase"],
        pcode=row["pcode"],
        cost=float(row["cost_m"]) * FRANCS,
        days=int(row["days"]),
        crew=row["crew"],
        crew_units=int(row["crew_units"]),
        group=row["group"],
        requires=tuple(row["requires"].split()),
        effects=tuple(_effect(part.strip()) for part in row["effects"].split(";") if part.strip()),
        source=row["source"],
    )


def _effect(text: str) -> Effect:
    words = text.split()
    if words[0] == "capacity":
        return Effect("capacity", words[1], "", float(words[2]))
    return Effect(words[0], words[1], words[2], float(words[3]))
