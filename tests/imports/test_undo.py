"""Undoing a whole import: its rows are withdrawn, what it changed is put back, later work is left and listed."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.gis.geos import Point, Polygon
from django.test import Client
from django.utils import timezone

from assessments.models import Intervention
from crisis.lib.errors import Invalid
from damage.actions.submit import review_damage, submit_damage
from damage.models import Structure
from municipal_units.actions.facilities import change_facility, register_facility
from municipal_units.actions.facility_rows import FacilityRow
from municipal_units.actions.import_undo import preview_undo, undo_import
from municipal_units.actions.population import EstimateRow, RoundRow, record_round, review_round
from municipal_units.models import (
    Event,
    Facility,
    FacilityStatus,
    ImportBatch,
    Municipality,
    Neighbourhood,
    PopulationRound,
    User,
)
from municipal_units.permissions import scope
from municipal_units.selectors.places import boundaries_on, neighbourhoods_on
from municipal_units.selectors.population import people_present
from tests.conftest import acting
from tests.imports.sending import imported, received

pytestmark = pytest.mark.django_db
SHEET = (
    b"code,name,service,lon,lat,status,observed_at\n"
    b"W1,Renamed by file,water,-0.995,13.005,not_functional,2026-11-10\n"
    b"W2,New from file,water,-0.994,13.004,,\n"
    b"W3,Also new,water,-0.993,13.003,,\n"
)


def row(code: str, name: str) -> FacilityRow:
    return FacilityRow(code=code, name=name, service="water", lon=-0.995, lat=13.005)


@pytest.fixture
def batch(tenkoro: Municipality, ana: User) -> ImportBatch:
    with scope(acting(ana)):
        register_facility(by=acting(ana), municipality=tenkoro, row=row("W1", "Well"))
    batch = imported(ana, tenkoro, "facilities", SHEET, "wells.csv", source_name="Ministry")
    with scope(acting(ana)):
        batch.refresh_from_db()
        assert batch.state == "finished", batch.message
        assert sorted(Facility.objects.values_list("code", "name")) == [
            ("W1", "Renamed by file"),
            ("W2", "New from file"),
            ("W3", "Also new"),
        ]
    return batch


def undone(user: User, batch: ImportBatch) -> dict[str, Any]:
    with scope(acting(user)):
        summary: dict[str, Any] = undo_import(by=acting(user), batch=batch, reason="wrong file").summary["undone"]
    return summary


def test_new_rows_go_changed_rows_come_back_and_reports_are_rejected(batch: ImportBatch, ana: User) -> None:
    assert undone(ana, batch) == {"withdrawn": 2, "put_back": 1, "left": 0, "rows_left": []}
    with scope(acting(ana)):
        assert list(Facility.objects.values_list("code", "name")) == [("W1", "Well")]
        assert FacilityStatus.objects.get().review_state == "rejected", "an append-only fact is kept and rejected"
        assert Event.objects.filter(kind="import.undone").count() == 1


def test_rows_somebody_worked_on_since_are_left_and_listed(
    batch: ImportBatch, ana: User, tenkoro: Municipality
) -> None:
    with scope(acting(ana)):
        for code in ("W1", "W2"):
            facility = Facility.objects.get(code=code)
            change_facility(by=acting(ana), facility=facility, row=row(code, f"Mended {code}"))
    told = undone(ana, batch)
    assert (told["withdrawn"], told["put_back"], told["left"]) == (1, 0, 2)
    assert sorted(told["rows_left"]) == [
        "W1 Mended W1: changed again since",
        "W2 Mended W2: changed or reported on since",
    ]
    with scope(acting(ana)):
        assert sorted(Facility.objects.values_list("name", flat=True)) == ["Mended W1", "Mended W2"]


def test_it_is_undone_once_with_a_reason_by_who_may(batch: ImportBatch, ana: User, ben: User) -> None:
    address = f"/api/v1/municipalities/TK/imports/{batch.pk}/undo"

    def ask(user: User, reason: str) -> int:
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return client.post(address, {"reason": reason}, content_type="application/json").status_code

    assert ask(ben, "x") == 403
    assert ask(ana, " ") == 422
    assert ask(ana, "wrong file") == 200
    assert ask(ana, "again") == 409


def test_works_of_a_file_go_again(tenkoro: Municipality, ana: User) -> None:
    sheet = b"code,name,intervention_type,cost,duration_days\nA,Pump,rehabilitation,10,3\nB,Road,rehabilitation,5,2\n"
    batch = imported(ana, tenkoro, "interventions", sheet, "works.csv", source_name="Office")
    with scope(acting(ana)):
        batch.refresh_from_db()
        assert Intervention.objects.count() == 2, batch.message
    assert undone(ana, batch)["withdrawn"] == 2
    with scope(acting(ana)):
        assert not Intervention.objects.exists()


POINTS = b"id,lon,lat,grade\n1,-0.995,13.005,D3\n2,-0.985,13.005,D4\n3,-0.975,13.005,D1\n"
DELIVERY = {
    "source": "UNOSAT",
    "product": "Map 1",
    "scale": "ems98",
    "method": "satellite",
    "observed_on": "2026-11-10",
}


def damage_taken(ana: User, town: Municipality) -> ImportBatch:
    batch = imported(ana, town, "damage", POINTS, "points.csv", source_name="UNOSAT", options=DELIVERY)
    with scope(acting(ana)):
        batch.refresh_from_db()
    assert (batch.state, batch.accepted) == ("finished", 3), batch.message
    return batch


def test_damage_goes_but_what_a_person_accepted_or_also_saw_stays(tenkoro: Municipality, ana: User) -> None:
    batch = damage_taken(ana, tenkoro)
    with scope(acting(ana)):
        seen = {one.geom.x: one for one in Structure.objects.all()}
        accepted, also_seen = seen[-0.995], seen[-0.985]
        review_damage(by=acting(ana), assessment=accepted.assessments.get(), state="accepted")
        submit_damage(
            by=acting(ana),
            municipality=tenkoro,
            instance_id=uuid4(),
            place=Point(-0.985, 13.005, srid=4326),
            source_scale="canonical",
            source_value="slight",
            method="satellite",
            observed_at=timezone.now() - timedelta(days=60),
        )
        told = preview_undo(by=acting(ana), batch=batch)
        assert Structure.objects.count() == 3, "a preview writes nothing"
    assert (told.withdrawn, told.put_back, len(told.left)) == (2, 2, 1)
    assert undone(ana, batch)["rows_left"] == [f"B-{accepted.pk}: somebody accepted what was seen of it"]
    with scope(acting(ana)):
        assert {one.pk: one.current_grade for one in Structure.objects.all()} == {
            accepted.pk: "heavy",
            also_seen.pk: "slight",
        }


def test_damage_taken_back_may_come_again(tenkoro: Municipality, ana: User) -> None:
    undone(ana, damage_taken(ana, tenkoro))
    with scope(acting(ana)):
        assert not Structure.objects.exists()
    damage_taken(ana, tenkoro)
    with scope(acting(ana)):
        assert Structure.objects.count() == 3
        assert set(Structure.objects.values_list("current_grade", flat=True)) == {"heavy", "very_heavy", "slight"}


COUNTS = b"place,group,individuals\nWendou,idp,400\nPelga,idp,300\n"
COUNTED = {"source": "DTM", "round": "Round 1", "observed_on": "2026-11-10", "method": "census", "coverage": "complete"}


def counted(ana: User, town: Municipality) -> ImportBatch:
    batch = imported(ana, town, "population", COUNTS, "counts.csv", source_name="DTM", options=COUNTED)
    with scope(acting(ana)):
        batch.refresh_from_db()
    assert (batch.state, batch.accepted) == ("finished", 2), batch.message
    return batch


def displaced(ana: User, town: Municipality) -> float:
    with scope(acting(ana)):
        present = people_present(town, as_of=timezone.localdate())
    return float(present[present["group"] == "displaced"]["value"].sum())


def test_people_of_a_file_go_and_may_come_again(tenkoro: Municipality, ana: User) -> None:
    batch = counted(ana, tenkoro)
    assert displaced(ana, tenkoro) == 700
    assert undone(ana, batch)["withdrawn"] == 2
    assert displaced(ana, tenkoro) == 0
    counted(ana, tenkoro)
    assert displaced(ana, tenkoro) == 700


def test_a_count_somebody_accepted_stays(tenkoro: Municipality, ana: User, lea: User) -> None:
    batch = counted(ana, tenkoro)
    with scope(acting(lea)):
        review_round(by=acting(lea), counted=PopulationRound.objects.get(), accepted=True)
    told = undone(ana, batch)
    assert (told["withdrawn"], told["left"]) == (0, 1)
    assert displaced(ana, tenkoro) == 700


def outlines(*boxes: tuple[str, str, float, float]) -> bytes:
    """Boundaries: code, name, west and east of a box between 13.0 and 13.01 degrees north."""
    features = [
        {
            "type": "Feature",
            "properties": {"pcode": code, "name": name},
            "geometry": json.loads(Polygon.from_bbox((west, 13.0, east, 13.01)).json),
        }
        for code, name, west, east in boxes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def drawn(ana: User, town: Municipality) -> ImportBatch:
    content = outlines(("TK0103", "Forage-Nord", -0.98, -0.975), ("TK0104", "Forage-Sud", -0.975, -0.96))
    options = {"source": "Cadastre", "valid_from": "2026-11-01"}
    batch = imported(ana, town, "boundaries", content, "new.geojson", source_name="Cadastre", options=options)
    with scope(acting(ana)):
        batch.refresh_from_db()
    assert (batch.state, batch.accepted) == ("finished", 2), batch.message
    return batch


def places(ana: User, town: Municipality) -> dict[str, float]:
    """The name of each place and how wide it is."""
    with scope(acting(ana)):
        rows = boundaries_on(town, timezone.localdate()).select_related("neighbourhood")
        return {row.neighbourhood.name: round(row.geom.extent[2] - row.geom.extent[0], 4) for row in rows}


def test_boundaries_give_way_to_those_before_and_things_stand_where_they_stood(
    tenkoro: Municipality, ana: User
) -> None:
    with scope(acting(ana)):
        well = FacilityRow(code="W9", name="Well", service="water", lon=-0.972, lat=13.005)
        facility = register_facility(by=acting(ana), municipality=tenkoro, row=well)
    before = places(ana, tenkoro)
    batch = drawn(ana, tenkoro)
    assert places(ana, tenkoro) == {"Wendou": 0.01, "Pelga": 0.01, "Forage-Nord": 0.005, "Forage-Sud": 0.015}
    told = undone(ana, batch)
    assert (told["withdrawn"], told["put_back"], told["left"]) == (1, 1, 0)
    assert places(ana, tenkoro) == before
    with scope(acting(ana)):
        facility.refresh_from_db()
        assert facility.neighbourhood is not None
        assert facility.neighbourhood.name == "Forage"
        assert not neighbourhoods_on(tenkoro, timezone.localdate()).filter(pcode="TK0104").exists()
    drawn(ana, tenkoro)
    assert "Forage-Sud" in places(ana, tenkoro)
    with scope(acting(ana)):
        assert neighbourhoods_on(tenkoro, timezone.localdate()).filter(pcode="TK0104").exists()


def test_a_new_place_somebody_used_stays(tenkoro: Municipality, ana: User) -> None:
    batch = drawn(ana, tenkoro)
    with scope(acting(ana)):
        place = Neighbourhood.objects.get(pcode="TK0104")
        row = RoundRow(name="Count", source="test", method="census", observed_on=timezone.localdate())
        figures = [EstimateRow(neighbourhood_id=place.pk, group="idp", individuals=40)]
        record_round(by=acting(ana), municipality=tenkoro, row=row, estimates=figures)
    told = undone(ana, batch)
    assert told["rows_left"] == ["Forage-Sud: used since (population estimate)"]
    assert "Forage-Sud" in places(ana, tenkoro)


def test_the_page_shows_first_what_would_go(batch: ImportBatch, ana: User) -> None:
    client = Client()
    client.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    address = f"/m/TK/imports/{batch.pk}/"
    page = client.get(f"{address}?undo=preview").content.decode()
    assert "Take it back" in page
    with scope(acting(ana)):
        assert Facility.objects.count() == 3
    assert client.post(address, {"do": "undo", "reason": "wrong file"}).status_code == 302
    assert "Take this import back" not in client.get(address).content.decode()


def test_kinds_that_cannot_say_so(tenkoro: Municipality, ana: User) -> None:
    sheet = b"name,sex\nAwa,f\n"
    batch = received(ana, tenkoro, "households", sheet, "people.csv")
    with scope(acting(ana)):
        ImportBatch.objects.filter(pk=batch.pk).update(state="finished")
        with pytest.raises(Invalid, match="cannot be undone as a whole"):
            undo_import(by=acting(ana), batch=batch, reason="wrong file")
