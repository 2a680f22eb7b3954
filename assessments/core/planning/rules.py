"""What a plan may choose: costs and budgets, prerequisites, exclusive groups, mandatory and forbidden works."""

import dataclasses
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assessments.core.case import Flags, Floats, Ints, PlanningCase
from assessments.core.checks import refuse
from assessments.core.effects import closure
from assessments.core.ranking import id_ranks
from assessments.core.works import EffectKind

TOTAL = "total"
# A plan may pass a budget by this share of it: sums of many costs are rounded.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Budget:
    """A limit on a sum of costs: of one fund, or of everything (`TOTAL`). `cost` is per work."""

    fund: str
    cost: Floats
    limit: float

    @property
    def most(self) -> float:
        return self.limit + ROUNDING * max(1.0, self.limit)


@dataclass(frozen=True)
class Broken:
    """A rule a plan breaks. `code` is one of over_budget, missing_prerequisite, exclusive_group, forbidden,
    missing_mandatory; `what` names the fund, group or work, `by` the amount or the other works."""

    code: str
    what: str
    by: str = ""


@dataclass(frozen=True, eq=False)
class Rules:
    """The rules of one case. Works are intervention numbers; `ids` is the place of each when sorted by id."""

    case: PlanningCase
    cost: Floats
    budgets: tuple[Budget, ...]
    closures: tuple[tuple[int, ...], ...]
    groups: tuple[tuple[int, ...], ...]
    ids: Ints

    @cached_property
    def allowed(self) -> Flags:
        """Works that some plan could hold: neither they nor a prerequisite forbidden, and affordable alone."""
        works = self.case.interventions
        barred = np.array([work.forbidden for work in works], dtype=bool)
        result = np.array([not barred[list(one)].any() for one in self.closures], dtype=bool)
        for budget in self.budgets:
            needed = np.array([budget.cost[list(one)].sum() for one in self.closures])
            result &= needed <= budget.most
        return result

    @cached_property
    def forced(self) -> tuple[int, ...]:
        """Mandatory works with their prerequisites. Refuses what cannot be had together."""
        works = self.case.interventions
        found = sorted({other for i, work in enumerate(works) if work.mandatory for other in self.closures[i]})
        for broken in self.broken(found):
            field = f"budgets.{broken.what}" if broken.what != TOTAL else "budget_total"
            if broken.code == "over_budget":
                refuse(field, "is less than the mandatory works and their prerequisites cost", "impossible")
            names = f"interventions[{broken.what}].mandatory"
            refuse(names, "cannot be kept: a mandatory work or a prerequisite of one is forbidden", "impossible")
        return tuple(found)

    @cached_property
    def dependents(self) -> tuple[tuple[int, ...], ...]:
        """For every work, the works whose closure holds it, itself included."""
        result: list[list[int]] = [[] for _ in self.closures]
        for work, needed in enumerate(self.closures):
            for other in needed:
                result[other].append(work)
        return tuple(tuple(one) for one in result)

    def broken(self, works: Collection[int]) -> list[Broken]:
        """Every rule these works break together; empty for a plan that may be carried out."""
        case, held = self.case, set(works)
        found = []
        for budget in self.budgets:
            spent = float(budget.cost[sorted(held)].sum())
            if spent > budget.most:
                found.append(Broken("over_budget", budget.fund, f"{spent - budget.limit:.10g}"))
        for work in sorted(held, key=lambda it: self.ids[it]):
            missing = [str(case.interventions[other].id) for other in self.closures[work] if other not in held]
            if missing:
                found.append(Broken("missing_prerequisite", str(case.interventions[work].id), ", ".join(missing)))
            if case.interventions[work].forbidden:
                found.append(Broken("forbidden", str(case.interventions[work].id)))
        for members in self.groups:
            together = [str(case.interventions[work].id) for work in members if work in held]
            if len(together) > 1:
                found.append(Broken("exclusive_group", str(case.interventions[members[0]].group), ", ".join(together)))
        for number, one in enumerate(case.interventions):
            if one.mandatory and number not in held:
                found.append(Broken("missing_mandatory", str(one.id)))
        return found

    def sorted(self, works: Iterable[int]) -> tuple[int, ...]:
        """Each work once, in the order of ids."""
        return tuple(sorted({int(work) for work in works}, key=lambda it: int(self.ids[it])))

    def spent(self, works: Collection[int]) -> float:
        return float(self.cost[list(works)].sum())


def rules_of(case: PlanningCase) -> Rules:
    works = case.interventions
    groups: dict[str, list[int]] = {}
    for number, work in enumerate(works):
        if work.group:
            groups.setdefault(work.group, []).append(number)
    cost = np.array([work.cost for work in works], dtype=np.float64)
    return Rules(
        case=case,
        cost=cost,
        budgets=tuple(budgets_of(case, cost)),
        closures=tuple(closure(case, number) for number in range(len(works))),
        groups=tuple(tuple(members) for members in groups.values() if len(members) > 1),
        ids=id_ranks(case),
    )


def budgets_of(case: PlanningCase, cost: Floats) -> list[Budget]:
    """Limits on the whole horizon: stated ones, and what the budgets by period come to together. A fund without a
    stated limit has none of its own."""
    limits = dict(case.limits.budgets)
    if case.limits.budget_total is not None:
        limits[TOTAL] = min(case.limits.budget_total, limits.get(TOTAL, np.inf))
    for fund, row in case.limits.budgets_by_period.items():
        limits[fund] = min(sum(row), limits.get(fund, np.inf))
    return [Budget(fund, cost_to(case, fund, cost), limit) for fund, limit in sorted(limits.items())]


def cost_to(case: PlanningCase, fund: str, cost: Floats) -> Floats:
    """What every work costs this fund: by its split over funds where it has one, else all of it to its one fund."""
    if fund == TOTAL:
        return cost
    return np.array(
        [work.costs.get(fund, 0.0) if work.costs else work.cost * (work.fund == fund) for work in case.interventions],
        dtype=np.float64,
    )


def places_of(case: PlanningCase, work: int) -> set[int]:
    """Neighbourhood numbers where a work takes place: where its facilities stand, or where it improves the reach."""
    return {
        effect.target if effect.kind == EffectKind.LOCAL else int(case.stands_in[effect.target])
        for effect in case.interventions[work].effects
    } - {-1}


EXPLOSIVE_HAZARD = "explosive_hazard"


def forbidding(case: PlanningCase, works: Iterable[int], *, because: str = "") -> PlanningCase:
    """The case with these works forbidden too, `because` of what; they lose their being mandatory."""
    barred = set(works)
    return dataclasses.replace(
        case,
        interventions=tuple(
            dataclasses.replace(work, forbidden=True, mandatory=False, forbidden_because=because)
            if number in barred
            else work
            for number, work in enumerate(case.interventions)
        ),
    )


def under_suspicion(
    case: PlanningCase, suspected: Collection[int], clearing: Collection[int], at: dict[int, int] | None = None
) -> set[int]:
    """Works that an open suspicion of explosive hazard forbids: all that take place in a suspected neighbourhood
    (numbers) but survey and clearance, given as works in `clearing`. `at` places works whose effects do not say where
    they happen."""
    stated = at or {}
    return {
        work
        for work in range(len(case.interventions))
        if work not in clearing
        and (places_of(case, work) | ({stated[work]} if work in stated else set())) & set(suspected)
    }
