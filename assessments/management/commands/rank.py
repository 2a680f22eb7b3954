"""`manage.py rank CASE.json`: which work first, without a budget, with gains and reasons."""

from typing import Any

from assessments.core.answers import rank_answer
from assessments.core.case import PlanningCase
from assessments.management.case_commands import CaseCommand


class Command(CaseCommand):
    help = "Ranks the works of a planning case by what they restore per cost."

    def answer(self, case: PlanningCase, options: dict[str, Any]) -> dict[str, Any]:
        return rank_answer(case)
