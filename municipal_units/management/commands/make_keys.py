"""Makes the key file that opens names and phones; an existing one is left as it is."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from crisis.lib.sealing import new_ring, write_ring


class Command(BaseCommand):
    help = "Make the key file of the household register, once. Keep a copy of it away from this server."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.KEYS_FILE)
        if path.exists():
            self.stdout.write("The key file is there already.")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_ring(path, new_ring())
        self.stdout.write("The key file was made. Without it nobody can read the names: keep a copy elsewhere.")
