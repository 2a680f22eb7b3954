"""What the command line prints: one JSON document per question, numbers unrounded, no number where none is known."""

import math
from collections.abc import Sequence
from typing import Any

from assessments.core.case import PlanningCase
from assessments.core.checks import refuse
from assessments.core.effects import applied
from assessments.core.functionality import Functionality, evaluate


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
                "n": n,
                "s": s,
                "greatest": number(result.value[row, column]),
                "least": number(result.started[row, column]),
            }
            for row, n in enumerate(places)
            for column, s in enumerate(services)
            if risk[row, column]
        ],
        "reasons": {
            n: {s: result.reasons.code(case, row * width + column) for column, s in enumerate(services)}
            for row, n in enumerate(places)
        },
    }


def number(value: float) -> float | None:
    """JSON has no NaN: what is not known is null."""
    return None if math.isnan(value) else float(value)
