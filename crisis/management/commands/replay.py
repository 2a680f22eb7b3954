"""Computes functionality anew from all facts, under the norms of today."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from assessments.actions.functionality import recompute
from assessments.selectors.followed import followed_municipalities
from municipal_units.models import Municipality
from municipal_units.permissions import scope, system_actor


class Command(BaseCommand):
    help = "Compute the functionality of a municipality anew from its registers; only what differs is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--municipality", required=True, help="code of the municipality, or 'all'")

    def handle(self, *args: Any, municipality: str, **options: Any) -> None:
        found = 0
        for followed in followed_municipalities():
            with scope(system_actor(followed.municipality_id)):
                town = Municipality.objects.get(pk=followed.municipality_id)
                if municipality in (town.code, "all"):
                    computed = recompute(town, now=timezone.now())
                    city = computed.picture.city["city"]
                    shown = "not known" if city is None else f"{city:.3f}"
                    self.stdout.write(f"{town.code}: {shown}, up to event {computed.seq}.")
                    found += 1
        if not found:
            raise CommandError(f"There is no municipality with the code '{municipality}'.")
