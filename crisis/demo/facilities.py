"""The facilities of Tenkoro: what they give, whether they work and since when, what they need and whom they serve.

`facilities.csv` holds one row per facility: `x`, `y` on the town's plan, `capacity` in `unit`, the latest state with
its causes and measured output (in `unit`), `seen_days` before the story's now, `needs` as `service strength backup`
and `serves` as `P-code share`. Shares and capacities were chosen so that the computed index tells the story. Of the
facilities of Tambila, where no road leads, not even the capacity is known: about this place nothing can be said.
"""

import csv
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from crisis.demo.story import DISPLACEMENT_BEGAN, FLOOD, POWER_LOST, ago, moment

SHEET = Path(__file__).with_name("facilities.csv")
WORKS = "fully_functional"

# Since when the present state lasts, where the story tells it; the day it was first reported.
STATE_SINCE = {
    "F-07": POWER_LOST,
    "T-09": POWER_LOST,
    "T-12": date(2026, 11, 2),
    "PL-3": FLOOD,
    "WT-1": date(2026, 9, 6),
    "L-05": date(2026, 9, 12),
    "L-08": date(2026, 9, 14),
    "S-01": date(2026, 9, 20),
    "WC-2": date(2026, 10, 5),
    "WC-1": date(2026, 10, 5),
    "D-02": date(2026, 11, 11),
    "E-08": date(2026, 8, 24),
    "E-10": date(2026, 8, 21),
    "E-11": date(2026, 9, 28),
    "F-12": date(2026, 10, 30),
    "F-09": date(2026, 10, 12),
    "SP-3": date(2026, 10, 21),
    "L-04": date(2026, 10, 8),
    "C-04": date(2026, 10, 1),
}


@dataclass(frozen=True)
class Need:
    """`strength` is the share of output lost without the service, `backup` the share of that loss a backup covers."""

    service: str
    strength: float
    backup: float = 0.0


@dataclass(frozen=True)
class State:
    """One observation of a facility; `measured` in the facility's own unit."""

    status: str
    causes: tuple[str, ...]
    measured: float | None
    observed_at: datetime
    method: str
    source: str
    note: str


@dataclass(frozen=True)
class Service:
    """A facility with its states, oldest first. `serves` maps P-codes to the stated share of the people there."""

    code: str
    name: str
    name_fr: str
    name_ar: str
    service: str
    asset_type: str
    pcode: str
    x: float
    y: float
    capacity: float | None
    unit: str
    needs: tuple[Need, ...]
    serves: dict[str, float]
    states: tuple[State, ...]


@dataclass(frozen=True)
class Reach:
    """Share of a neighbourhood that a service can get to, as observed; 1 where nothing was observed."""

    pcode: str
    service: str
    share: float
    observed_on: date
    source: str


REACHES = (
    Reach("TK0114", "water", 0.21, date(2026, 11, 12), "One standpipe for 1,770 people; count of the town"),
    Reach("TK0107", "power", 0.57, date(2026, 10, 28), "Homes with a connection; power company"),
    Reach("TK0110", "power", 0.40, date(2026, 10, 28), "Homes with a connection; power company"),
    Reach("TK0119", "market_livelihood", 0.32, date(2026, 11, 5), "Road to the market muddy; market visit"),
)


@cache
def facilities() -> tuple[Service, ...]:
    """Every facility of Tenkoro, in the order of the sheet."""
    with SHEET.open(encoding="utf-8", newline="") as sheet:
        return tuple(_service(row) for row in csv.DictReader(sheet))


def _service(row: dict[str, str]) -> Service:
    return Service(
        code=row["code"],
        name=row["name"],
        name_fr=row["name_fr"],
        name_ar=row["name_ar"],
        service=row["service"],
        asset_type=row["asset_type"],
        pcode=row["pcode"],
        x=float(row["x"]),
        y=float(row["y"]),
        capacity=float(row["capacity"]) if row["capacity"] else None,
        unit=row["unit"],
        needs=tuple(_need(part) for part in _parts(row["needs"])),
        serves={pcode: float(share) for pcode, share in (part.split() for part in _parts(row["serves"]))},
        states=_states(row),
    )


def _states(row: dict[str, str]) -> tuple[State, ...]:
    """It worked when the displacement began; then, if it does not, the first report; then the latest look."""
    before = State(WORKS, (), None, moment(DISPLACEMENT_BEGAN), "facility_report", row["source"], "")
    latest = State(
        row["status"],
        tuple(row["causes"].split()),
        float(row["measured"]) if row["measured"] else None,
        ago(days=float(row["seen_days"])),
        row["method"],
        row["source"],
        row["note"],
    )
    since = STATE_SINCE.get(row["code"])
    if since is None:
        return before, latest
    first = State(latest.status, latest.causes, latest.measured, moment(since, 7), "community_report", "Residents", "")
    return (before, first, latest) if first.observed_at < latest.observed_at else (before, latest)


def _need(text: str) -> Need:
    service, strength, *backup = text.split()
    return Need(service, float(strength), float(backup[0]) if backup else 0.0)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]
