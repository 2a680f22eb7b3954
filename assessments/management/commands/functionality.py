"""`manage.py functionality CASE.json [--select i1,i2]`: how far each service works, and why not further."""

from typing import Any

from django.core.management.base import CommandParser

from assessments.core.answers import functionality_answer
from assessments.core.case import PlanningCase
from assessments.management.case_commands import CaseCommand


class Command(CaseCommand):
    help = "Computes the functionality of a planning case, with some of its works done or none."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--select", default="", metavar="i1,i2", help="works to count as done, separated by commas")

    def answer(self, case: PlanningCase, options: dict[str, Any]) -> dict[str, Any]:
        works = [name for part in options["select"].split(",") if (name := part.strip())]
        return functionality_answer(case, works)
