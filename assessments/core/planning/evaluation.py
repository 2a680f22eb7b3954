"""The exact value of any set of works, by the fixed point: of a plan made by hand, of a solver's answer, of nothing."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np

from assessments.core.case import Floats, PlanningCase
from assessments.core.dependencies import FixedPoint, Inputs, Structure, greatest, inputs_of, structure_of
from assessments.core.local import Effects, effects_of
from assessments.core.planning.aims import Aims, Reached, aims_of, index_by_group
from assessments.core.planning.rules import Broken, Rules, rules_of


@dataclass(frozen=True)
class PlanValue:
    """What a set of works is worth. `gain` is the rise of person-functionality over doing nothing, `objective` the rise
    of what is maximised (the same where no equity rule is set); shortfalls as in `aims.Reached`; `groups` is the mean
    index of the persons of each group, `broken` the rules that the set breaks."""

    works: tuple[int, ...]
    person_functionality: float
    gain: float
    objective: float
    short: float
    hard: float
    cost: float
    cost_by_fund: dict[str, float]
    groups: dict[str, float]
    broken: tuple[Broken, ...]


@dataclass(frozen=True, eq=False)
class Workbench:
    """A case made ready for valuing many sets of works."""

    case: PlanningCase
    structure: Structure
    inputs: Inputs
    effects: Effects
    rules: Rules
    aims: Aims
    start: FixedPoint
    before: Reached
    _seen: dict[tuple[int, ...], Reached] = field(default_factory=dict)

    def done(self, works: Iterable[int]) -> Inputs:
        """The inputs with these works done: sums clipped at K and at 1."""
        return with_works(self.inputs, self.effects, works)

    def point(self, works: Iterable[int]) -> FixedPoint:
        chosen = list(works)
        return greatest(self.structure, self.done(chosen)) if chosen else self.start

    def reached(self, works: Collection[int]) -> Reached:
        key = tuple(sorted(int(work) for work in works))
        if key not in self._seen:
            self._seen[key] = self.aims.reached(self.point(key).works)
        return self._seen[key]

    def gain(self, works: Collection[int]) -> float:
        """Rise of the objective."""
        return self.reached(works).objective - self.before.objective

    def value(self, works: Collection[int]) -> PlanValue:
        chosen = self.rules.sorted(works)
        reached = self.reached(chosen)
        funds: dict[str, float] = {}
        for number in chosen:
            work = self.case.interventions[number]
            split = work.costs or ({work.fund: work.cost} if work.fund else {})
            for fund, cost in split.items():
                funds[fund] = funds.get(fund, 0.0) + cost
        return PlanValue(
            works=chosen,
            person_functionality=reached.person_functionality,
            gain=reached.person_functionality - self.before.person_functionality,
            objective=reached.objective - self.before.objective,
            short=reached.short,
            hard=reached.hard,
            cost=self.rules.spent(chosen),
            cost_by_fund=funds,
            groups=index_by_group(self.case, self.point(chosen).works),
            broken=tuple(self.rules.broken(chosen)),
        )


def workbench(case: PlanningCase) -> Workbench:
    structure, inputs, aims = structure_of(case), inputs_of(case), aims_of(case)
    start = greatest(structure, inputs)
    return Workbench(case, structure, inputs, effects_of(case), rules_of(case), aims, start, aims.reached(start.works))


def evaluate_plan(case: PlanningCase, works: Collection[int]) -> PlanValue:
    """The value of a plan made by hand, whether it keeps the rules or not."""
    return workbench(case).value(works)


def with_works(inputs: Inputs, effects: Effects, works: Iterable[int]) -> Inputs:
    chosen = np.array(sorted(set(works)), dtype=np.int64)
    if not len(chosen):
        return inputs
    length = effects.ptr[chosen + 1] - effects.ptr[chosen]
    first = np.repeat(effects.ptr[chosen] - np.concatenate(([0], np.cumsum(length)[:-1])), length)
    entries = np.arange(int(length.sum())) + first
    kind, at, add = effects.kind[entries], effects.at[entries], effects.add[entries]

    def raised(array: Floats, number: int) -> Floats:
        mine = kind == number
        return array + np.bincount(at[mine], weights=add[mine], minlength=len(array))

    return inputs._replace(
        current=np.minimum(raised(inputs.current, 0), inputs.nominal),
        backup=raised(inputs.backup, 1),
        cap=np.minimum(raised(inputs.cap, 2), 1.0),
    )
