"""Wipes the names of households whose time is over, in every municipality; meant to be run once a day."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from municipal_units.actions.households import forget_overdue
from municipal_units.management.commands.rotate_keys import municipality_ids
from municipal_units.models import Municipality
from municipal_units.permissions import scope, system_actor


class Command(BaseCommand):
    help = "Forget the persons of households that were last met longer ago than the municipality keeps names."

    def handle(self, *args: Any, **options: Any) -> None:
        total = 0
        for pk in municipality_ids():
            actor = system_actor(pk)
            with scope(actor, statement_timeout_ms=0):
                town = Municipality.objects.get(pk=pk)
                total += forget_overdue(by=actor, municipality=town, today=timezone.localdate())
        self.stdout.write(f"The persons of {total:,} households were forgotten; their counts stay.")
