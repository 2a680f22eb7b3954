"""Field reports as they might come in on the story's afternoon: a few that matter, many that do not, from one seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, cycle
from uuid import UUID

import numpy as np

from crisis.demo.buildings import EMS98, Building, buildings

REPORTS_PER_MINUTE = 12.0  # at speed 1
TURN = 6  # every so many reports one that matters


@dataclass(frozen=True)
class DamageReport:
    """A team looked at a building: `value` on the EMS-98 scale."""

    instance_id: UUID
    building: Building
    value: str
    habitability: str
    occupied_now: bool


@dataclass(frozen=True)
class StatusReport:
    """Someone looked at a facility; `measured` in the unit of the need of its service, None if not measured."""

    instance_id: UUID
    code: str
    status: str
    causes: tuple[str, ...] = ()
    measured: float | None = None
    note: str = ""


@dataclass(frozen=True)
class ArrivalReport:
    """People who arrived in a neighbourhood since the last count: a movement, not a count of all."""

    instance_id: UUID
    pcode: str
    people: int
    where: str


Report = DamageReport | StatusReport | ArrivalReport
NOT_YET = UUID(int=0)  # the id is drawn when the report is made


def _status(
    code: str, status: str, note: str, *, causes: tuple[str, ...] = (), measured: float | None = None
) -> StatusReport:
    return StatusReport(NOT_YET, code, status, causes, measured, note)


def _arrival(pcode: str, people: int, where: str) -> ArrivalReport:
    return ArrivalReport(NOT_YET, pcode, people, where)


OFF, IN_PART, ON = "not_functional", "partially_functional", "fully_functional"
BROKEN = ("equipment_damage",)
TAPS = 250 * 15.0  # litres a day of one tap

# What happens to the town meanwhile: repairs, setbacks, arrivals, in turn and from the start again.
TURNS: tuple[StatusReport | ArrivalReport, ...] = (
    _arrival("TK0119", 46, "School Wendou B"),
    _status("F-12", ON, "The new pump runs."),
    _status("T-09", ON, "Fuse and cable replaced; the street is lit."),
    _status("F-07", ON, "Water again in Wendou."),
    _status("SP-3", ON, "All nine taps run.", measured=9 * TAPS),
    _status("D-02", ON, "Fuel came, the pump is mended."),
    _arrival("TK0114", 31, "Houses near the standpipes"),
    _status("C-04", IN_PART, "Two nurses today.", causes=("no_staff",)),
    _status("S-01", "minimal", "The second winding is hot; load shed.", causes=BROKEN, measured=600),
    _status("T-09", OFF, "The fuse blew again.", causes=BROKEN),
    _status("F-07", OFF, "The pump stands still again.", causes=("no_power",)),
    _status("S-01", IN_PART, "Back to one winding.", causes=BROKEN, measured=1100),
    _status("F-12", OFF, "A pipe burst at the new pump.", causes=BROKEN),
    _status("SP-3", IN_PART, "Three taps broken again.", causes=BROKEN, measured=6 * TAPS),
    _status("D-02", OFF, "The tank is empty.", causes=("no_fuel", "equipment_damage")),
    _arrival("TK0122", 58, "School Forage"),
)


def reports(*, seed: int, houses: Sequence[Building] | None = None) -> Iterator[Report]:
    """Endless reports; the first is that of team 3 on building B-2217. The same seed gives the same reports."""
    rng = np.random.default_rng(seed)
    houses = list(buildings() if houses is None else houses)
    known = next(house for house in houses if house.number == "B-2217")
    yield DamageReport(_id(rng), known, "D3", "habitable_with_repairs", True)
    turns = cycle(TURNS)
    for number in count(1):
        matters = number % TURN == TURN - 1
        yield replace(next(turns), instance_id=_id(rng)) if matters else _look(houses, rng)


def pauses(*, seed: int, speed: float) -> Iterator[float]:
    """Seconds between reports: irregular, `REPORTS_PER_MINUTE` times `speed` on average."""
    rng = np.random.default_rng([seed, 1])
    mean = 60 / (REPORTS_PER_MINUTE * speed)
    while True:
        yield float(min(rng.exponential(mean), 4 * mean))


def _look(houses: Sequence[Building], rng: np.random.Generator) -> DamageReport:
    """A team finds what is known, one grade more or, rarely, one less."""
    house = houses[int(rng.integers(len(houses)))]
    grades = list(EMS98)
    before = grades.index(house.grade) if house.grade in EMS98 else int(rng.integers(0, 4))
    grade = grades[int(np.clip(before + rng.choice((-1, 0, 1), p=(0.1, 0.6, 0.3)), 0, 5))]
    fit = {"none": "habitable", "slight": "habitable", "moderate": "habitable_with_repairs"}.get(grade, "not_habitable")
    return DamageReport(_id(rng), house, EMS98[grade], fit, fit != "not_habitable")


def _id(rng: np.random.Generator) -> UUID:
    return UUID(bytes=rng.bytes(16), version=4)
