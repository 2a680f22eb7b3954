"""What the commands on planning-case files share: one file in, one JSON document out, a refusal with exit status 2."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.core.case import PlanningCase
from assessments.core.document import load_case
from crisis.lib.errors import RepriseError

BAD_INPUT = 2


class CaseCommand(BaseCommand):
    """Reads CASE.json, prints `answer(case, options)` on standard output; everything else goes to standard error.

    Needs no database and no running server.
    """

    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", type=Path, metavar="CASE.json", help="a planning case as one JSON document")

    def answer(self, case: PlanningCase, options: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def handle(self, *args: object, **options: Any) -> None:
        try:
            case = load_case(options["case"].read_bytes())
            self.tell(case)
            answer = self.answer(case, options)
        except OSError as error:
            raise CommandError(f"CASE.json cannot be read: {error.strerror}.", returncode=BAD_INPUT) from error
        except RepriseError as error:
            raise CommandError(error.message, returncode=BAD_INPUT) from error
        self.stdout.write(json.dumps(answer, ensure_ascii=False, allow_nan=False, indent=1))

    def tell(self, case: PlanningCase) -> None:
        places, services = case.shape
        counts = f"{places} neighbourhoods, {services} services, {len(case.facility_ids)} facilities"
        self.stderr.write(f"Read {counts}, {len(case.interventions)} interventions.")
        for warning in case.warnings:
            self.stderr.write(f"{warning.field}: {warning.message}")
