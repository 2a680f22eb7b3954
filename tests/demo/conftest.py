"""The demonstration, loaded once for the tests of a module and rolled back after them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from crisis.demo.loading.accounts import PASSWORDS, Cast, make_accounts
from crisis.demo.loading.story import load_story, number_events
from municipal_units.models import Assignment, Municipality
from municipal_units.permissions import Role, scope, system_actor


@dataclass(frozen=True)
class Demo:
    """The loaded towns; `now` is both the story's now and ours."""

    tenkoro: Municipality
    barsalo: Municipality
    passwords: Path
    now: datetime

    @property
    def cast(self) -> Cast:
        return make_accounts(kept_in=self.passwords, today=self.now.date())


@pytest.fixture(scope="module")
def demo(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """Both towns, as the web role sees them from inside."""
    now = timezone.now().replace(second=0, microsecond=0)
    passwords = tmp_path_factory.mktemp("var") / PASSWORDS
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        load_story(now=now, today=now, passwords=passwords)
        number_events()
        ids = Assignment.objects.filter(role=Role.COORDINATOR).values_list("municipality_id", flat=True)
        with scope(system_actor(*ids)):
            towns = {town.code: town for town in Municipality.objects.all()}
            yield Demo(towns["TK"], towns["BS"], passwords, now)
        transaction.set_rollback(True)
