"""The public page: no sign-in, a weekly snapshot old enough, nothing that leads to a person or a sensitive place."""

from datetime import timedelta
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone

from crisis.lib.errors import Conflict
from crisis.models import Publication
from crisis.publishing import publish_town
from municipal_units.actions.facilities import register_facility
from municipal_units.actions.facility_rows import FacilityRow
from municipal_units.actions.population import EstimateRow, RoundRow, record_round
from municipal_units.models import Municipality, Neighbourhood, User
from municipal_units.permissions import scope, system_actor
from tests.conftest import acting
from tests.doors.test_account_page import page_of

COUNTS = {
    "Wendou": {"idp": 6, "host_community": 800},
    "Pelga": {"idp": 40, "host_community": 613},
    "Forage": {"idp": 55, "host_community": 300},
}


@pytest.fixture
def counted(tenkoro: Municipality) -> Municipality:
    system = system_actor(tenkoro.pk)
    with scope(system):
        places = {place.name: place.pk for place in Neighbourhood.objects.all()}
        rows = [
            EstimateRow(neighbourhood_id=places[name], group=group, individuals=count)
            for name, groups in COUNTS.items()
            for group, count in groups.items()
        ]
        head = RoundRow(
            name="Count", source="test", method="census", observed_on=timezone.localdate() - timedelta(days=30)
        )
        record_round(by=system, municipality=tenkoro, row=head, estimates=rows)
        shelter = FacilityRow(code="SH-9", name="Women shelter", service="housing_shelter", lon=-0.99512, lat=13.00512)
        register_facility(by=system, municipality=tenkoro, row=shelter)
    return tenkoro


def publish(user: User, town: Municipality, *, days_ago: float) -> Publication:
    with scope(acting(user)):
        return publish_town(by=acting(user), municipality=town, now=timezone.now() - timedelta(days=days_ago))


def test_a_picture_is_shown_once_it_is_three_days_old(counted: Municipality, ana: User) -> None:
    anybody = Client()
    publish(ana, counted, days_ago=2.9)
    assert anybody.get("/public/TK/").status_code == 404
    later = timezone.now() + timedelta(hours=3)
    with mock.patch("django.utils.timezone.now", return_value=later):
        assert anybody.get("/public/TK/").status_code == 200
    assert anybody.get("/public/ZZ/").status_code == 404


def test_outside_conflict_a_picture_is_shown_at_once(counted: Municipality, ana: User) -> None:
    with scope(acting(ana)):
        Municipality.objects.filter(pk=counted.pk).update(conflict_mode=False)
        counted.refresh_from_db()
    publish(ana, counted, days_ago=0)
    assert Client().get("/public/TK/").status_code == 200


def test_there_is_one_picture_a_week(counted: Municipality, ana: User) -> None:
    publish(ana, counted, days_ago=6)
    with pytest.raises(Conflict):
        publish(ana, counted, days_ago=0)
    assert page_of(ana).post("/m/TK/publish").status_code == 409


def test_the_public_reads_rounded_counts_and_no_small_ones(counted: Municipality, ana: User) -> None:
    publish(ana, counted, days_ago=4)
    table = Client().get("/public/TK/neighbourhoods.csv").content.decode()
    features = Client().get("/public/TK/neighbourhoods.geojson").json()
    page = Client().get("/public/TK/").content.decode()
    people = {one["properties"]["name"]: one["properties"]["people"] for one in features["features"]}
    assert people["Forage"] is None  # fewer than 500 live there
    assert people["Pelga"] in (None, 655)
    assert all(count is None or count % 5 == 0 for count in people.values())
    for text in (table, page, str(features)):
        for exact in ("806", "653", "355", "613"):
            assert f",{exact}," not in text
            assert f">{exact}<" not in text
    assert "Wendou" in page


def test_no_point_and_no_shelter_is_published(counted: Municipality, ana: User) -> None:
    publish(ana, counted, days_ago=4)
    for path in ("/public/TK/", "/public/TK/neighbourhoods.csv", "/public/TK/neighbourhoods.geojson"):
        text = Client().get(path).content.decode()
        assert "shelter" not in text.lower()
        assert "SH-9" not in text
        assert "99512" not in text
    kinds = {one["geometry"]["type"] for one in Client().get(path).json()["features"]}
    assert kinds <= {"Polygon", "MultiPolygon"}


def test_what_is_kept_for_next_week_is_in_no_answer(counted: Municipality, ana: User) -> None:
    made = publish(ana, counted, days_ago=4)
    assert made.kept["counts"]
    assert "kept" not in Client().get("/public/TK/neighbourhoods.geojson").json()
    assert "counts" not in str(made.body)
