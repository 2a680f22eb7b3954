"""`manage.py rank CASE.json`: which work first, without a budget, with gains and reasons; `--draws` says how sure."""

from typing import Any

import numpy as np
from django.core.management.base import CommandParser

from assessments.core.answers import rank_answer
from assessments.core.case import PlanningCase
from assessments.core.robustness import FIRST_PLACES, rank_robustness
from assessments.management.case_commands import CaseCommand


class Command(CaseCommand):
    help = "Ranks the works of a planning case by what they restore per cost."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--draws", type=int, default=0, help="say how firm each place is, from so many draws")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same draws")
        parser.add_argument("--first", type=int, default=FIRST_PLACES, help="how many first places count")

    def answer(self, case: PlanningCase, options: dict[str, Any]) -> dict[str, Any]:
        answer = rank_answer(case)
        if options["draws"] > 0:
            random, first = np.random.default_rng(options["seed"]), options["first"]
            robust = rank_robustness(case, random=random, draws=options["draws"], first_places=first)
            answer["bands"] = [
                {
                    "id": work.id,
                    "band": str(robust.band(number)),
                    "share": float(robust.acceptability[number]),
                    "rank_low": float(robust.rank_low[number]),
                    "rank_high": float(robust.rank_high[number]),
                }
                for number, work in enumerate(case.interventions)
            ]
        return answer
