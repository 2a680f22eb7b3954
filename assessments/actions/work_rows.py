"""Works as files and forms give them, and what can be wrong with each by itself."""

from dataclasses import dataclass
from datetime import date

from assessments.core.works import EffectKind, WorkPhase, WorkType
from assessments.models import Intervention
from crisis.lib.errors import Invalid
from municipal_units.actions.rows import Problems
from municipal_units.core.vocabulary import ServiceDomain

LONGEST_DURATION_DAYS = 36_500
MOST_CREW_UNITS = 100_000


@dataclass(frozen=True, kw_only=True)
class WorkAction:
    """One effect: `capacity` or `backup` added to a facility (in `unit`, empty: the demand unit of its service), or
    `local` reach added to a neighbourhood as a share. `service` is the one backed up or reached."""

    kind: str
    add: float
    facility_id: int | None = None
    neighbourhood_id: int | None = None
    service: str = ""
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class WorkRow:
    """A candidate work. `requires` names works by code; of one `exclusive_group` at most one is chosen."""

    code: str
    name: str
    intervention_type: str
    cost: float
    duration_days: int
    actions: tuple[WorkAction, ...] = ()
    requires: tuple[str, ...] = ()
    name_fr: str = ""
    name_ar: str = ""
    phase: str = WorkPhase.EARLY_RECOVERY.value
    neighbourhood_id: int | None = None
    currency: str = ""
    fund: str = ""
    crew: str = ""
    crew_units: int = 1
    exclusive_group: str = ""
    source: str = ""
    observed_on: date | None = None

    def error(self) -> Invalid | None:
        problems = Problems()
        problems.require("code", self.code.strip())
        problems.require("name", self.name.strip())
        problems.word("intervention_type", self.intervention_type, WorkType)
        problems.word("phase", self.phase, WorkPhase)
        problems.number("cost", self.cost)
        problems.number("duration_days", self.duration_days, low=1, high=LONGEST_DURATION_DAYS)
        problems.number("crew_units", self.crew_units, high=MOST_CREW_UNITS)
        if self.currency and not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            problems.add("currency", "A currency is three capital letters, for example XOF.")
        texts = ("code", "name", "name_fr", "name_ar", "fund", "crew", "exclusive_group", "source")
        problems.texts(Intervention, {name: getattr(self, name) for name in texts})
        for number, action in enumerate(self.actions):
            _check_action(problems, f"actions.{number}", action)
        return problems.error()


def _check_action(problems: Problems, where: str, action: WorkAction) -> None:
    problems.word(f"{where}.kind", action.kind, EffectKind)
    problems.number(f"{where}.add", action.add, high=1 if action.kind == EffectKind.LOCAL else None)
    if action.add == 0:
        problems.add(f"{where}.add", "An effect adds something; leave it out if it adds nothing.")
    if action.kind == EffectKind.LOCAL:
        problems.require(f"{where}.neighbourhood_id", action.neighbourhood_id)
    else:
        problems.require(f"{where}.facility_id", action.facility_id)
    if action.kind != EffectKind.CAPACITY or action.service:
        problems.word(f"{where}.service", action.service, ServiceDomain)
