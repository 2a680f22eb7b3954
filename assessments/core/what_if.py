"""What one facility is worth to everybody else: the same fixed point with it stopped, or with it whole again."""

from dataclasses import dataclass

import numpy as np

from assessments.core.case import Floats, PlanningCase
from assessments.core.index import index_of, index_weights
from assessments.core.local import LocalState

MOVED = 1e-9


@dataclass(frozen=True, eq=False)
class WhatIf:
    """Before and after. `works`: F (N, S), NaN where unknown; `index`: I (N,), NaN where unknown; `effective`: E (F,)
    in service units. Nothing else about the case is changed, and backups count as they do now."""

    works_before: Floats
    works_after: Floats
    index_before: Floats
    index_after: Floats
    effective_before: Floats
    effective_after: Floats


def with_facility_at(case: PlanningCase, facility: int, share: float) -> WhatIf:
    """The case with the own state C of one facility at `share` (0-1) of its capacity K."""
    state = LocalState(case)
    works, effective = _cells(state), np.array(state.live.effective)
    state.change_facility(facility, current=share * float(case.nominal[facility]))
    works_after, effective_after = _cells(state), np.array(state.live.effective)
    return WhatIf(
        works_before=np.where(case.known, works, np.nan),
        works_after=np.where(case.known, works_after, np.nan),
        index_before=_index(case, works),
        index_after=_index(case, works_after),
        effective_before=effective,
        effective_after=effective_after,
    )


def _cells(state: LocalState) -> Floats:
    return np.array(state.live.works[:-1]).reshape(state.case.shape)


def _index(case: PlanningCase, works: Floats) -> Floats:
    """As functionality does it: where nobody needs a service it counts as met."""
    return index_of(index_weights(case), np.where(case.demand > 0, works, 1.0))
