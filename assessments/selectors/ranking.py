"""The ranking of a computed case as it is stored with its run; `planning.py` puts names and words to it."""

from typing import Any

import numpy as np

from assessments.core.case import PlanningCase
from assessments.core.explanation import Explanation, WorkReason, explain
from assessments.core.local import LocalState, effects_of
from assessments.core.ranking import rank

# Explanations are kept for so many works of a long list; the rest keep rank, gain and cost.
EXPLAINED = 200
PARTS_KEPT = 40


def ranked(case: PlanningCase, states: tuple[LocalState, ...]) -> list[dict[str, Any]]:
    """Every candidate, best first: id, rank, gain with lo and hi (persons fully served; the ends are the gains at the
    low and the high end of all inputs), cost, gain_per_cost, closure (ids, itself first), breakdown and weakest (they
    sum to the gain), limit (what binds then), unlockers. `states` follow the case at point, low and high end and are
    left as they were."""
    if not case.interventions:
        return []
    ranking = rank(case, state=states[0])
    closures = [work.closure for work in ranking.works]
    effects = effects_of(case)
    ends = np.array([[work.gain for work in ranking.works], *(state.gains(closures, effects) for state in states[1:])])
    explained = {told.work.number: told for told in explain(ranking, ranking.works[:EXPLAINED])}
    return [
        {
            "id": work.id,
            "rank": work.rank,
            "gain": work.gain,
            "lo": float(lo),
            "hi": float(hi),
            "cost": work.cost,
            "gain_per_cost": work.gain_per_cost,
            "closure": [case.interventions[number].id for number in work.closure],
            **_explanation(case, explained.get(work.number)),
        }
        for work, lo, hi in zip(ranking.works, ends.min(axis=0), ends.max(axis=0), strict=True)
    ]


def _explanation(case: PlanningCase, told: Explanation | None) -> dict[str, Any]:
    if told is None:
        return {"breakdown": [], "weakest": [], "limit": None, "unlockers": []}
    parts = sorted(told.parts, key=lambda part: -part.gain)[:PARTS_KEPT]
    return {
        "breakdown": [
            {
                "n": int(case.neighbourhood_ids[part.neighbourhood]),
                "s": str(case.service_ids[part.service]),
                "gain": part.gain,
            }
            for part in parts
        ],
        "weakest": [{"n": int(case.neighbourhood_ids[n]), "gain": gain} for n, gain in told.weakest],
        "limit": _limit(case, told.reason),
        "unlockers": [{"id": case.interventions[number].id, "pair_bonus": bonus} for number, bonus in told.unlockers],
    }


def _limit(case: PlanningCase, reason: WorkReason) -> dict[str, Any]:
    """Codes for the sentence: binding, facility (database id, None where it is no registered one), service, place,
    level (share the limit stands at)."""
    facility = str(case.facility_ids[reason.facility]) if reason.facility >= 0 else ""
    return {
        "binding": str(reason.binding),
        "facility": int(facility) if facility.isdigit() else None,
        "service": str(case.service_ids[reason.service]) if reason.service >= 0 else None,
        "n": int(case.neighbourhood_ids[reason.neighbourhood]) if reason.neighbourhood >= 0 else None,
        "level": None if np.isnan(reason.level) else float(reason.level),
    }
