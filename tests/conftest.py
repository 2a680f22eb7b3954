"""The cast: Ana coordinates Tenkoro, Ben collects there, Lea leads its unit, Paul is a partner; Cleo is from Barsalo.

The database is made and migrated as owner; every test then works as the web role, under row-level security.
"""

import logging
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import connection, connections
from django.test import override_settings
from django.utils import timezone

from crisis.lib.sealing import new_ring, write_ring
from municipal_units.actions.accounts import assign, create_account, create_token
from municipal_units.actions.places import add_neighbourhood, create_municipality
from municipal_units.models import Crisis, Municipality, User
from municipal_units.permissions import Actor, Role, actor_for, scope, system_actor
from tests.planted.persons import plant
from tests.serving import LiveTown, Town, read_accounts

SESSION_LOG = tempfile.NamedTemporaryFile(prefix="reprise-tests-", suffix=".log")  # noqa: SIM115 (as long as the run)
OWNER, WEB = "reprise_owner", "reprise_web"
PASSWORD = "a long enough password 42"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Creation and migration run as the owner; each process of the suite has a database of its own."""
    connections.settings["default"]["USER"] = OWNER
    connections["default"].settings_dict["USER"] = OWNER


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        become(OWNER)
        with connection.cursor() as cursor:
            # Only in the test database: a test that commits is cleaned up by TRUNCATE, after which Django writes
            # its content types and permissions again.
            cursor.execute(f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {WEB}")
            cursor.execute(f"GRANT INSERT, DELETE ON django_content_type, auth_permission TO {WEB}")
        become(WEB)
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        become(OWNER)


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ring of keys for names and phones, as `deploy/up` makes one."""
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    write_ring(path, new_ring())
    return path


@pytest.fixture(autouse=True)
def _keys(key_file: Path) -> Iterator[None]:
    with override_settings(KEYS_FILE=key_file):
        yield


def become(role: str) -> None:
    """Reconnect as another database role."""
    connection.close()
    connection.settings_dict["USER"] = role


def square(west: float, south: float, size: float = 0.01) -> MultiPolygon:
    """A square neighbourhood `size` degrees wide."""
    return MultiPolygon(Polygon.from_bbox((west, south, west + size, south + size)), srid=4326)


def make_town(code: str, name: str, west: float, places: list[tuple[str, str]]) -> Municipality:
    """A municipality of square neighbourhoods in a row, made through the ordinary actions."""
    crisis, _ = Crisis.objects.get_or_create(name="Displacement since August", started_on=date(2026, 8, 1))
    outline = MultiPolygon(Polygon.from_bbox((west, 13.0, west + 0.01 * len(places), 13.01)), srid=4326)
    town = create_municipality(
        code=code, name=name, pcode=code.upper(), crisis=crisis, outline=outline, household_size=6
    )
    system = system_actor(town.pk)
    with scope(system):
        for number, (pcode, place) in enumerate(places):
            add_neighbourhood(
                by=system,
                municipality=town,
                pcode=pcode,
                name=place,
                geom=square(west + 0.01 * number, 13.0),
                valid_from=date(2020, 1, 1),
                source="test",
            )
    return town


@pytest.fixture
def tenkoro(db: None) -> Municipality:
    """A town of three square neighbourhoods, one hundredth of a degree wide, from west to east."""
    return make_town("TK", "Tenkoro", -1.0, [("TK0101", "Wendou"), ("TK0102", "Pelga"), ("TK0103", "Forage")])


@pytest.fixture
def barsalo(db: None) -> Municipality:
    """The other town, where our people have no business."""
    return make_town("BS", "Barsalo", -2.0, [("BS0101", "Nord"), ("BS0102", "Sud")])


def person(username: str, name: str, role: Role, town: Municipality) -> User:
    user = create_account(username=username, name=name, password=PASSWORD)
    assign(user=user, role=role, municipality=town)
    return user


@pytest.fixture
def ana(tenkoro: Municipality) -> User:
    return person("ana", "Ana Sawadogo", Role.COORDINATOR, tenkoro)


@pytest.fixture
def lea(tenkoro: Municipality) -> User:
    return person("lea", "Lea Ouedraogo", Role.UNIT_LEAD, tenkoro)


@pytest.fixture
def ben(tenkoro: Municipality) -> User:
    return person("ben", "Ben Traore", Role.ENUMERATOR, tenkoro)


@pytest.fixture
def paul(tenkoro: Municipality) -> User:
    return person("paul", "Paul Martin", Role.PARTNER, tenkoro)


@pytest.fixture
def cleo(barsalo: Municipality) -> User:
    return person("cleo", "Cleo Zongo", Role.COORDINATOR, barsalo)


def acting(user: User) -> Actor:
    """The actor of a member of the cast, today."""
    return actor_for(user, today=timezone.localdate())


@pytest.fixture
def token_of() -> Callable[[User], str]:
    """Makes an API token for a member of the cast and gives its secret."""
    return lambda user: create_token(user=user, name="test", now=timezone.now())[1]


@pytest.fixture
def numbered(db: None) -> Callable[[], None]:
    """Stamps the events of a test that never commits, as COMMIT would."""

    def stamp() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    return stamp


@pytest.fixture(scope="session")
def live_town(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[LiveTown]:
    """The whole demo town on a server and worker of its own, for browser tests; loaded once per session."""
    with Town(tmp_path_factory.mktemp("live-town")) as town:
        town.manage("load_demo", role=OWNER)
        town.start_server()
        town.start_worker()
        planted = plant(town)
        yield LiveTown(town=town, accounts=read_accounts(town.folder / "demo-accounts.txt"), planted=planted)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="long tests at full size instead of a tenth of it")


def pytest_configure(config: pytest.Config) -> None:
    """Whatever is logged during the whole run is kept, to look for planted persons at its end."""
    handler = logging.FileHandler(SESSION_LOG.name)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger("tests").warning("the run begins")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The search for planted persons comes after everything else."""
    items.sort(key=lambda item: "/planted/" in str(item.path))


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether long tests run at full size (deploy/test --full)."""
    return bool(request.config.getoption("--full"))
