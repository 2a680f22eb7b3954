"""`manage.py plan CASE.json [--gap 0.01] [--time 60]`: which works to choose, and how far from the best that can be."""

from typing import Any

from assessments.core.case import PlanningCase
from assessments.core.planning.answers import plan_answer
from assessments.management.plan_commands import PlanCommand


class Command(PlanCommand):
    help = "Chooses the works of a planning case that restore most within its budgets and rules."

    def answer(self, case: PlanningCase, options: dict[str, Any]) -> dict[str, Any]:
        return plan_answer(case, **self.effort(options))
