"""Holds receipts against what is kept: manage.py check_receipts CODE FILE (one receipt as JSON per line)."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.selectors.receipt_check import check_receipts
from municipal_units.actions.files import file_store
from municipal_units.importing.command import municipality_id
from municipal_units.models import Municipality
from municipal_units.permissions import scope, system_actor


class Command(BaseCommand):
    help = "Says whether everything a phone got a receipt for is kept, with its files by hash."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="the municipality's code")
        parser.add_argument("file", type=Path, help="receipts, one JSON object per line")

    def handle(self, *args: Any, code: str, file: Path, **options: Any) -> None:
        number = municipality_id(code)
        receipts = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
        with scope(system_actor(number)):
            town = Municipality.objects.get(pk=number)
            result = check_receipts(town, receipts, file_store())
        told = f"{result.checked} receipts: {len(result.lost)} lost, {len(result.damaged)} damaged, "
        self.stdout.write(told + f"{len(result.doubled)} doubled")
        if not result.holds:
            raise CommandError("\n".join([*result.lost, *result.damaged, *result.doubled][:50]))
