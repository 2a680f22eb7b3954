"""What the command line prints: one JSON document per question, numbers unrounded, no number where none is known."""

import math
from collections.abc import Sequence
from typing import Any

from assessments.core.case import PlanningCase
from assessments.core.checks import refuse
from assessments.core.document_writing import plain_id
from assessments.core.effects import applied
from assessments.core.explanation import Explanation, explain
from assessments.core.functionality import Functionality, evaluate
from assessments.core.ranking import rank


def functionality_answer(case: PlanningCase, select: Sequence[str] = ()) -> dict[str, Any]:
    """The answer of `functionality CASE.json [--select i1,i2]`: the case with these works done."""
    return functionality_document(evaluate(applied(case, selected(case, select))))


def selected(case: PlanningCase, select: Sequence[str]) -> list[int]:
    """Numbers of the named interventions, each once."""
    unknown = [name for name in select if name not in case.intervention_number]
    if unknown:
        refuse("--select", f"names {unknown[0]!r}, which is no intervention of the case", "unknown")
    return list(dict.fromkeys(case.intervention_number[name] for name in select))


def functionality_document(result: Functionality) -> dict[str, Any]:
    case = result.case
    services = [str(key) for key in case.service_ids]
    places = [str(key) for key in case.neighbourhood_ids]
    width = len(services)
    risk = result.black_start_risk
    return {
        "functionality": {
            n: {s: number(result.value[row, column]) for column, s in enumerate(services)}
            for row, n in enumerate(places)
        },
        "index": {n: number(result.index[row]) for row, n in enumerate(places)},
        "person_functionality": number(result.person_functionality),
        "city": number(result.city),
        "black_start_risk": [
            {
                "n": plain_id(case.neighbourhood_ids[row]),
                "s": plain_id(case.service_ids[column]),
                "greatest": number(result.value[row, column]),
                "least": number(result.started[row, column]),
            }
            for row in range(len(places))
            for column in range(width)
            if risk[row, column]
        ],
        "reasons": {
            n: {s: result.reasons.code(case, row * width + column) for column, s in enumerate(services)}
            for row, n in enumerate(places)
        },
    }


def rank_answer(case: PlanningCase) -> dict[str, Any]:
    """The answer of `rank CASE.json`: every work with its explanation, best first."""
    return {"ranking": [ranked_item(case, explanation) for explanation in explain(rank(case))]}


def ranked_item(case: PlanningCase, explanation: Explanation) -> dict[str, Any]:
    work = explanation.work
    place, service = case.neighbourhood_ids, case.service_ids
    return {
        "id": plain_id(work.id),
        "rank": work.rank,
        "gain": work.gain,
        "cost": work.cost,
        "gain_per_cost": work.gain_per_cost,
        "closure": [plain_id(case.interventions[number].id) for number in work.closure],
        "breakdown": [
            {"n": plain_id(place[part.neighbourhood]), "s": plain_id(service[part.service]), "gain": part.gain}
            for part in explanation.parts
        ],
        "weakest": [{"n": plain_id(place[row]), "gain": gain} for row, gain in explanation.weakest],
        "reason": explanation.reason.sentence(case),
        "unlockers": [
            {"id": plain_id(case.interventions[other].id), "pair_bonus": bonus}
            for other, bonus in explanation.unlockers
        ],
    }


def number(value: float) -> float | None:
    """JSON has no NaN: what is not known is null."""
    return None if math.isnan(value) else float(value)
