"""A picture of an earlier day: the scores kept then, labelled, for the own municipality only."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import FunctionalityRun, FunctionalityScore
from municipal_units.models import Municipality, Neighbourhood, User
from municipal_units.permissions import scope, system_actor

pytestmark = pytest.mark.django_db
SITUATION = "/api/v1/municipalities/TK/situation"
VALUES = [(20, 0.2), (10, 0.5), (1, 0.8)]  # days ago, index of Wendou then


@pytest.fixture
def wendou(tenkoro: Municipality) -> Neighbourhood:
    """Three computations, of twenty, ten and one day ago."""
    with scope(system_actor(tenkoro.pk)):
        place = Neighbourhood.objects.get(pcode="TK0101")
        for number, (days, value) in enumerate(VALUES, start=1):
            run = FunctionalityRun.objects.create(
                municipality=tenkoro,
                seq=number,
                as_of=timezone.now() - timedelta(days=days),
                parameters_version="test",
                city=value,
                coverage=1,
            )
            FunctionalityScore.objects.create(
                municipality=tenkoro, run=run, neighbourhood=place, value=value, lo=value, hi=value, coverage=1
            )
    return place


def office(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def index_of(answer: Any, place: Neighbourhood) -> float | None:
    found = next(row for row in answer.json()["neighbourhoods"] if row["id"] == place.pk)
    value: float | None = found["index"]
    return value


def day(days_ago: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days_ago)).date().isoformat()


@pytest.mark.parametrize(("days_ago", "value"), [(0, 0.8), (5, 0.5), (15, 0.2), (30, None)])
def test_a_day_shows_what_was_known_then(wendou: Neighbourhood, ana: User, days_ago: int, value: float | None) -> None:
    answer = office(ana).get(SITUATION, {"at": day(days_ago)})
    assert answer.status_code == 200
    assert index_of(answer, wendou) == value
    assert answer.json()["city"]["index"] == value
    assert (answer.json()["at"] is None) == (days_ago == 0)


def test_without_a_day_nothing_changes(wendou: Neighbourhood, ana: User) -> None:
    answer = office(ana).get(SITUATION)
    assert (index_of(answer, wendou), answer.json()["at"]) == (0.8, None)
    assert answer.json()["since"].startswith(day(20))


def test_another_day_is_another_answer_for_the_browsers_cache(wendou: Neighbourhood, ana: User) -> None:
    now, then = office(ana).get(SITUATION), office(ana).get(SITUATION, {"at": day(5)})
    assert now["ETag"] != then["ETag"]


def test_a_partner_sees_the_present_only(wendou: Neighbourhood, paul: User) -> None:
    assert office(paul).get(SITUATION).json()["since"] is None
    assert office(paul).get(SITUATION, {"at": day(5)}).status_code == 403
    panel = office(paul).get(f"/api/v1/municipalities/TK/neighbourhoods/{wendou.pk}")
    assert panel.json()["curve"] == []


def test_the_curve_holds_every_change_until_the_day(wendou: Neighbourhood, ana: User) -> None:
    address = f"/api/v1/municipalities/TK/neighbourhoods/{wendou.pk}"
    assert [point["value"] for point in office(ana).get(address).json()["curve"]] == [0.2, 0.5, 0.8]
    then = office(ana).get(address, {"at": day(5)}).json()
    assert [point["value"] for point in then["curve"]] == [0.2, 0.5]


def test_the_page_says_that_it_is_not_now(wendou: Neighbourhood, ana: User) -> None:
    page = office(ana).get("/m/TK/", {"at": day(5)}).content.decode()
    assert "People and services as known on" in page
    assert 'class="curve"' in page
    assert 'id="past-note" role="status">' in page, "the note is shown, not hidden"
    assert "People and services as known on" not in office(ana).get("/m/TK/").content.decode()


def test_a_day_that_is_none_is_refused_by_the_api_and_is_now_on_the_page(wendou: Neighbourhood, ana: User) -> None:
    assert office(ana).get(SITUATION, {"at": "soon"}).status_code == 422
    assert office(ana).get("/m/TK/", {"at": "soon"}).status_code == 200
