"""`begin FILE --code TK --name Tenkoro --coordinator "Ana Sawadogo"`: the first municipality and its first account."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from municipal_units.actions.accounts import INVITATION_DAYS, invite
from municipal_units.actions.places import create_municipality
from municipal_units.importing.command import WRONG_INPUT
from municipal_units.models import Municipality, NeighbourhoodBoundary
from municipal_units.permissions import Role, scope, system_actor


class Command(BaseCommand):
    help = (
        "Make a municipality from a file of neighbourhood boundaries, and the invitation of its first coordinator. "
        "Prints the link to hand over; it works once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="neighbourhood boundaries: GeoJSON, GeoPackage, zipped shapefile")
        parser.add_argument("--code", required=True, help="short code in addresses, such as TK")
        parser.add_argument("--name", required=True, help="name of the municipality")
        parser.add_argument("--coordinator", required=True, help="name of the first coordinator")
        parser.add_argument("--source", default="first boundaries", help="where the boundaries come from")
        parser.add_argument("--valid-from", metavar="DATE", help="day from which the boundaries hold")
        parser.add_argument("--household-size", type=float, help="people per household, for housing")
        parser.add_argument("--currency", default="XOF")
        parser.add_argument("--map", action="append", default=[], metavar="MEANING=COLUMN")
        parser.add_argument("--address", help="the address people will use; default: this machine's")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.", returncode=WRONG_INPUT)
        town = self.empty_town(options)
        call_command(
            "import_boundaries",
            str(options["file"]),
            municipality=town.code,
            source=options["source"],
            map=options["map"],
            valid_from=options["valid_from"],
            stdout=self.stdout,
            stderr=self.stderr,
        )
        actor = system_actor(town.pk)
        with scope(actor):
            if not NeighbourhoodBoundary.objects.filter(municipality=town).exists():
                raise CommandError(
                    "The file gave no neighbourhood; see the refused rows above.", returncode=WRONG_INPUT
                )
            _invitation, secret = invite(
                by=actor,
                municipality=town,
                name=options["coordinator"],
                role=Role.COORDINATOR,
                now=timezone.now(),
            )
        address = (options["address"] or f"http://localhost:{settings.PORT}").rstrip("/")
        self.stdout.write(f"\n{town.name} is there. Hand this link to {options['coordinator']}:")
        self.stdout.write(f"  {address}/invitation/{secret}")
        self.stdout.write(f"It works once, for {INVITATION_DAYS} days.")

    def empty_town(self, options: dict[str, Any]) -> Municipality:
        """A new municipality, or the one a run before left without neighbourhoods because its file was refused."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT municipal_units_id_of_code(%s)", [options["code"]])
            (known,) = cursor.fetchone()
        if known is None:
            return create_municipality(
                code=options["code"],
                name=options["name"],
                currency=options["currency"],
                household_size=options["household_size"],
            )
        with scope(system_actor(known)):
            if NeighbourhoodBoundary.objects.filter(municipality=known).exists():
                raise CommandError(f"There is a municipality {options['code']} already.", returncode=WRONG_INPUT)
            return Municipality.objects.get(pk=known)
