"""People expected to come, to go or to return: the population of a case under an arrival scenario."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assessments.core.case import NOWHERE, Floats

EVERYWHERE = -2


@dataclass(frozen=True)
class Arrival:
    """More (or fewer) people of one group: `share` of those who are there now, plus `persons`.

    `place` is a neighbourhood number or EVERYWHERE (then `persons` is for the whole town, spread as the group is now).
    As many of group `leaving_group` leave `leaving_place` (NOWHERE: they come from outside the town).
    """

    place: int
    group: int
    share: float = 0.0
    persons: float = 0.0
    leaving_place: int = NOWHERE
    leaving_group: int = 0


def with_arrivals(population: Floats, arrivals: Sequence[Arrival]) -> Floats:
    """Persons by place and group (N, G) after all rows; each row counts from the people who are there now, and nobody
    leaves a place in which nobody is left."""
    changed = population.copy()
    for row in arrivals:
        present = population[:, row.group]
        if row.place == EVERYWHERE:
            total = present.sum()
            spread = present / total if total > 0 else np.zeros(len(present))
            coming = row.share * present + row.persons * spread
        else:
            coming = np.zeros(len(present))
            coming[row.place] = row.share * present[row.place] + row.persons
        changed[:, row.group] += coming
        if row.leaving_place != NOWHERE:
            changed[row.leaving_place, row.leaving_group] -= coming.sum()
    return np.maximum(changed, 0.0)
