"""`manage.py schedule CASE.json [--select i1,i2] [--gap 0.01] [--time 60]`: which works to start in which period."""

from typing import Any

from django.core.management.base import CommandParser

from assessments.core.case import PlanningCase
from assessments.core.planning.answers import schedule_answer
from assessments.management.plan_commands import PlanCommand


class Command(PlanCommand):
    help = "Puts the works of a planning case in time so that most is restored earliest."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--select", default="", metavar="i1,i2", help="the only works to use, separated by commas")

    def answer(self, case: PlanningCase, options: dict[str, Any]) -> dict[str, Any]:
        works = [name for part in options["select"].split(",") if (name := part.strip())]
        return schedule_answer(case, works, **self.effort(options))
