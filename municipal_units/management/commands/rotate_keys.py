"""Turns the keys of the household register: a new key, everything sealed anew, the old keys dropped."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from crisis.lib.sealing import KeyRing, read_ring, write_ring
from municipal_units.actions.sealing import seal_anew
from municipal_units.permissions import scope, system_actor


class Command(BaseCommand):
    help = "Seal every name and phone with a new key. Can be stopped and started again; old keys go at the end."

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.KEYS_FILE)
        ring = read_ring(path)
        if ring is None:
            raise CommandError("There is no key file to turn. deploy/manage make_keys makes one.")
        if len(ring.keys) == 1:
            ring = ring.turned()
            write_ring(path, ring)
        total = sum(self.turn(town, ring) for town in municipality_ids())
        write_ring(path, ring.only_current())
        self.stdout.write(f"{total:,} values sealed anew with {ring.current}; older keys are gone from the file.")

    def turn(self, municipality_id: int, ring: KeyRing) -> int:
        sealed = 0
        while True:
            with scope(system_actor(municipality_id), statement_timeout_ms=0):
                done = seal_anew(municipality_id=municipality_id, ring=ring)
            sealed += done
            if done == 0:
                return sealed


def municipality_ids() -> list[int]:
    """Every municipality of this server; the ids alone are no secret of any of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipal_units_ids()")
        return sorted(pk for (pk,) in cursor.fetchall())
