"""Plays an afternoon in Tenkoro: field reports come in, so that the live map can be watched."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from crisis.demo.loading.accounts import PASSWORDS, make_accounts
from crisis.demo.places import TENKORO
from crisis.demo.play import ArrivalReport, DamageReport, Report, pauses, reports
from crisis.demo.playing import Actions, Door, Http
from municipal_units.actions.accounts import create_token, revoke_token


class Command(BaseCommand):
    help = "Send field reports to Tenkoro for a while: damage, states of facilities, arrivals. Stop with Ctrl+C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--minutes", type=float, default=10, help="how long to play (10)")
        parser.add_argument("--speed", type=float, default=1, help="1 means twelve reports a minute")
        parser.add_argument("--seed", type=int, default=1, help="the same seed sends the same reports")
        parser.add_argument("--base-url", default="", help="post to this server instead of calling the actions here")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["minutes"] <= 0 or options["speed"] <= 0:
            raise CommandError("Minutes and speed are more than zero.")
        cast = make_accounts(kept_in=settings.VAR / PASSWORDS, today=timezone.now().date())
        if not cast.knows(TENKORO.code):
            raise CommandError("Tenkoro is not there yet. Run load_demo first.")
        actions = Actions(cast)
        if not options["base_url"]:
            self.play(actions, options)
            return
        token, secret = create_token(user=cast.users["enumerator"], name="play_demo", now=timezone.now(), days=1)
        try:
            self.play(Http(options["base_url"], secret, actions), options)
        finally:
            revoke_token(token=token, now=timezone.now())

    def play(self, door: Door, options: dict[str, Any]) -> None:
        ends = time.monotonic() + options["minutes"] * 60
        sent = 0
        for report, pause in zip(
            reports(seed=options["seed"]), pauses(seed=options["seed"], speed=options["speed"]), strict=True
        ):
            if time.monotonic() >= ends:
                break
            now = timezone.now()
            door.send(report, at=now)
            sent += 1
            self.stdout.write(f"{now:%H:%M:%S}  {said(report)}")
            time.sleep(max(0.0, min(pause, ends - time.monotonic())))
        self.stdout.write(f"{sent} reports sent.")


def said(report: Report) -> str:
    """One line about a report, for the one who watches the terminal."""
    if isinstance(report, DamageReport):
        return f"{report.building.number} in {place_name(report.building.pcode)}: {report.value}"
    if isinstance(report, ArrivalReport):
        return f"{report.people} people arrived in {place_name(report.pcode)}: {report.where}"
    return f"{report.code} {report.status.replace('_', ' ')}: {report.note}"


def place_name(pcode: str) -> str:
    return next(place.name for place in TENKORO.places if place.pcode == pcode)
