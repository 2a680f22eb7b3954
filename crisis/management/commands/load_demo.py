"""Loads the demonstration: the made-up town Tenkoro and its neighbour Barsalo, with accounts."""

from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from crisis.demo.large import Size
from crisis.demo.loading.accounts import PASSWORDS, make_accounts
from crisis.demo.loading.large import load_large
from crisis.demo.loading.removal import remove_demo
from crisis.demo.loading.story import load_story, refresh_statistics
from crisis.demo.story import STORY_NOW


class Command(BaseCommand):
    help = (
        "Load the made-up town Tenkoro, its neighbour Barsalo and one account per role. A second run changes nothing. "
        "The story is moved so that its today is the day of loading."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--size", choices=("story", "large"), default="story", help="large: also a town of 1,000 neighbourhoods"
        )
        parser.add_argument("--reset", action="store_true", help="take the demonstration out first (passwords stay)")
        parser.add_argument("--today", type=date.fromisoformat, help="the day the story calls today (at 14:32 UTC)")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        story_now = now.replace(second=0, microsecond=0)
        if options["today"]:
            story_now = datetime.combine(options["today"], STORY_NOW.time(), tzinfo=UTC)
            if story_now.date() > now.date():
                raise CommandError("The story cannot play in the future: facts from tomorrow are refused.")
        if options["reset"]:
            self.stdout.write(f"{remove_demo()} demonstration towns removed.")
        call_command("make_keys", stdout=StringIO())
        loaded = load_story(now=story_now, today=now, passwords=settings.VAR / PASSWORDS)
        if loaded.is_new:
            self.stdout.write("Tenkoro and Barsalo are loaded.")
        else:
            self.stdout.write("Tenkoro is already there; nothing was changed.")
        if options["size"] == "large":
            cast = make_accounts(kept_in=loaded.passwords, today=now.date())
            large = load_large(size=Size(), now=story_now, cast=cast, progress=self.stdout.write)
            self.stdout.write("The large town is loaded." if large else "The large town is already there.")
        refresh_statistics()
        self.stdout.write(f"\nDemonstration accounts (kept in {loaded.passwords}):\n")
        self.stdout.write(loaded.passwords.read_text(encoding="utf-8"))
