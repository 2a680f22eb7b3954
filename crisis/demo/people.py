"""People present in Tenkoro: who is where now, and the counts that say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

HOST, DISPLACED, RETURNEE = "host_community", "idp", "returnee_idp"

HOUSEHOLD_SIZE = 6.6  # persons, measured by the count of November; used for dwelling units and households


@dataclass(frozen=True)
class Present:
    """Persons of each group in one neighbourhood."""

    hosts: int
    displaced: int
    returnees: int

    @property
    def people(self) -> int:
        return self.hosts + self.displaced + self.returnees

    def groups(self) -> Mapping[str, int]:
        return {HOST: self.hosts, DISPLACED: self.displaced, RETURNEE: self.returnees}


@dataclass(frozen=True)
class Round:
    """One count. `scale` and `displaced_scale` turn today's figures into those of its day; `skips` it did not reach.

    `spread` is the half width of the interval as a share of the figure.
    """

    name: str
    source: str
    method: str
    observed_on: date
    confidence: str
    spread: float
    scale: float
    displaced_scale: float
    coverage: str = "complete"
    skips: tuple[str, ...] = ()


# Hosts, displaced people, returnees. In Kiri one fisher family of four is left: too few to show anywhere but at home.
PRESENT: Mapping[str, Present] = {
    "TK0101": Present(3600, 900, 100),
    "TK0102": Present(3400, 900, 100),
    "TK0103": Present(4200, 2400, 100),
    "TK0104": Present(4600, 1200, 100),
    "TK0105": Present(3000, 2300, 100),
    "TK0106": Present(3200, 1100, 0),
    "TK0107": Present(3300, 2100, 100),
    "TK0108": Present(3000, 1150, 50),
    "TK0109": Present(4000, 1350, 50),
    "TK0110": Present(2700, 2300, 100),
    "TK0111": Present(2400, 550, 50),
    "TK0112": Present(2400, 450, 50),
    "TK0113": Present(2400, 1050, 50),
    "TK0114": Present(1900, 3400, 0),
    "TK0115": Present(1700, 2200, 100),
    "TK0116": Present(1900, 850, 50),
    "TK0117": Present(596, 1300, 0),
    "TK0118": Present(1500, 2500, 0),
    "TK0119": Present(1500, 5200, 0),
    "TK0120": Present(1600, 2900, 0),
    "TK0121": Present(1400, 2000, 100),
    "TK0122": Present(1300, 2900, 0),
    "TK0123": Present(4, 0, 0),
    "TK0124": Present(1300, 1900, 100),
}

ROUNDS = (
    Round(
        "Town register, July",
        "Town hall of Tenkoro, civil registry",
        "admin_record",
        date(2026, 7, 10),
        "medium",
        0.15,
        1.0,
        0.06,
    ),
    Round(
        "Displacement round 1",
        "Displacement tracking, key informants of 24 neighbourhoods",
        "baseline_location",
        date(2026, 8, 28),
        "medium",
        0.20,
        0.99,
        0.55,
    ),
    Round(
        "Displacement round 2",
        "Displacement tracking, key informants of 24 neighbourhoods",
        "baseline_location",
        date(2026, 10, 14),
        "medium",
        0.20,
        1.0,
        0.88,
    ),
    Round(
        "Town count, November",
        "Municipal unit of Tenkoro, door to door",
        "census",
        date(2026, 11, 12),
        "high",
        0.05,
        1.0,
        1.0,
        skips=("TK0117",),
    ),
)

# The road to Tambila is cut since 2 November, so the count of November could not go there; its figure stays that of
# October. The scale of round 2 does not apply to it: nobody has arrived there since.
UNCHANGED_SINCE_ROUND_2 = ("TK0117",)


def figure(of: Round, pcode: str, group: str) -> int | None:
    """Persons of a group that a round counted in a place; None where it did not go."""
    if pcode in of.skips:
        return None
    now = PRESENT[pcode].groups()[group]
    if pcode in UNCHANGED_SINCE_ROUND_2 and of.observed_on >= ROUNDS[2].observed_on:
        return now
    return round(now * (of.scale if group == HOST else of.displaced_scale))
