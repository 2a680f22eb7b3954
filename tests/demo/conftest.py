"""The demonstration, loaded and committed once for all tests here, and taken out again after them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone

from assessments.models import FunctionalityRun
from crisis.demo.loading.accounts import PASSWORDS, Cast
from crisis.demo.loading.removal import remove_demo
from crisis.demo.loading.story import load_story, refresh_statistics
from damage.models import Structure
from municipal_units.models import Assignment, Event, Municipality, User
from municipal_units.permissions import Role, scope, system_actor
from tests.conftest import OWNER, WEB, become


@dataclass(frozen=True)
class Loaded:
    """When and with which passwords the towns were loaded; `now` is both the story's now and ours."""

    now: datetime
    passwords: Path


@dataclass(frozen=True)
class Demo:
    """The loaded towns, as the web role sees them from inside."""

    tenkoro: Municipality
    barsalo: Municipality
    passwords: Path
    now: datetime

    @property
    def cast(self) -> Cast:
        return Cast({user.username: user for user in User.objects.filter(is_demo=True)}, self.now.date())


@pytest.fixture(scope="package")
def loaded(
    django_db_setup: None, django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    """The towns are loaded by the owner, as `deploy/manage load_demo` does; what it removes is gone without a trace."""
    now = timezone.now().replace(second=0, microsecond=0)
    passwords = tmp_path_factory.mktemp("var") / PASSWORDS
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        become(OWNER)
        load_story(now=now, today=now, passwords=passwords)
        refresh_statistics()
        become(WEB)
    yield Loaded(now, passwords)
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        become(OWNER)
        assert remove_demo() == 2
        for model in (Municipality, User, Event, Structure, FunctionalityRun):
            assert not model._default_manager.exists(), model
        become(WEB)


@pytest.fixture
def demo(loaded: Loaded, db: None) -> Iterator[Demo]:
    """Both towns, in a transaction of the web role's own that is rolled back after the test."""
    ids = Assignment.objects.filter(role=Role.COORDINATOR).values_list("municipality_id", flat=True)
    with scope(system_actor(*ids)):
        towns = {town.code: town for town in Municipality.objects.all()}
        yield Demo(towns["TK"], towns["BS"], loaded.passwords, loaded.now)
