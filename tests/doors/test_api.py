"""The API as a program or a page meets it: who gets in, what a refusal looks like, what is sent twice."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import Intervention
from municipal_units.actions.accounts import create_token, revoke_token
from municipal_units.models import (
    ApiToken,
    Event,
    Facility,
    FacilityStatus,
    Municipality,
    Neighbourhood,
    PopulationEstimate,
    User,
)
from municipal_units.permissions import scope, system_actor
from tests.conftest import PASSWORD

TK = "/api/v1/municipalities/TK"
FACILITY = {
    "code": "F-07",
    "name": "Borehole F-07",
    "service": "water",
    "asset_type": "borehole",
    "lon": -0.995,
    "lat": 13.005,
    "capacity": 90,
    "unit": "m3/day",
}


class Asker:
    """A client that sends a token and JSON."""

    def __init__(self, secret: str = "") -> None:
        self.client = Client(headers={"Authorization": f"Bearer {secret}"} if secret else {})

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None

    def send(self, method: str, path: str, body: Any, status: int = 200) -> Any:
        answer = self.client.generic(method, path, json.dumps(body), content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None


@pytest.fixture
def as_ana(ana: User, token_of: Callable[[User], str]) -> Asker:
    return Asker(token_of(ana))


@pytest.fixture
def as_ben(ben: User, token_of: Callable[[User], str]) -> Asker:
    return Asker(token_of(ben))


@pytest.fixture
def borehole(as_ana: Asker) -> dict[str, Any]:
    return as_ana.send("POST", f"{TK}/facilities", FACILITY, 201)


def status_report(**changes: Any) -> dict[str, Any]:
    return {
        "instance_id": str(uuid.uuid4()),
        "status": "not_functional",
        "causes": ["no_power"],
        "observed_at": (timezone.now() - timedelta(hours=2)).isoformat(),
        **changes,
    }


def test_nobody_gets_in_without_signing_in(tenkoro: Municipality) -> None:
    answer = Client().get(f"{TK}/facilities")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == "Bearer"
    told = answer.json()
    assert (told["status"], told["code"], told["instance"]) == (401, "not_signed_in", f"{TK}/facilities")
    Asker("rp_wrong").get(f"{TK}/facilities", 401)


def test_an_expired_or_revoked_token_opens_nothing(tenkoro: Municipality, ana: User) -> None:
    expired, old = create_token(user=ana, name="old", now=timezone.now() - timedelta(days=91))
    token, secret = create_token(user=ana, name="new", now=timezone.now())
    Asker(old).get(f"{TK}/facilities", 401)
    Asker(secret).get(f"{TK}/facilities")
    revoke_token(token=token, now=timezone.now())
    Asker(secret).get(f"{TK}/facilities", 401)


def test_a_wrong_token_is_not_saved_by_a_session(tenkoro: Municipality, ana: User) -> None:
    client = Client()
    client.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    assert client.get(f"{TK}/facilities").status_code == 200
    assert client.get(f"{TK}/facilities", headers={"Authorization": "Bearer rp_wrong"}).status_code == 401


def test_a_page_writes_only_with_its_csrf_token(tenkoro: Municipality, ana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    refused = client.post(f"{TK}/facilities", FACILITY, content_type="application/json")
    assert refused.status_code == 403
    assert refused.json()["code"] == "not_allowed"
    assert "CSRF" in refused.json()["detail"]
    client.cookies["csrftoken"] = "a" * 32
    taken = client.post(
        f"{TK}/facilities", FACILITY, content_type="application/json", headers={"X-CSRFToken": "a" * 32}
    )
    assert taken.status_code == 201, taken.content


def test_a_foreign_municipality_does_not_exist(as_ana: Asker, barsalo: Municipality) -> None:
    foreign = as_ana.get("/api/v1/municipalities/BS/facilities", 404)
    nowhere = as_ana.get("/api/v1/municipalities/XX/facilities", 404)
    assert {**foreign, "instance": ""} == {**nowhere, "instance": ""}


def test_the_list_of_municipalities_holds_ones_own(as_ana: Asker, barsalo: Municipality) -> None:
    (town,) = as_ana.get("/api/v1/municipalities")["items"]
    assert (town["code"], town["role"], town["crisis"]["name"]) == ("TK", "coordinator", "Displacement since August")
    assert town["bbox"] == pytest.approx([-1.0, 13.0, -0.97, 13.01])


def test_wrong_values_are_told_by_name(as_ana: Asker) -> None:
    told = as_ana.send("POST", f"{TK}/facilities", {**FACILITY, "lon": 1000, "service": "magic", "colour": "red"}, 422)
    assert told["type"] == "urn:reprise:problem:invalid"
    assert {wrong["field"] for wrong in told["fields"]} == {"lon", "service", "colour"}
    told = as_ana.send("POST", f"{TK}/facilities", {**FACILITY, "unit": "gallons"}, 422)
    assert told["fields"][0]["field"] == "unit"
    assert "m3/d" in told["detail"]


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"x"', b"\xff\xfe", b'{"code": NaN}'])
def test_a_body_that_is_no_question_is_refused(as_ana: Asker, body: bytes) -> None:
    answer = as_ana.client.generic("POST", f"{TK}/facilities", body, content_type="application/json")
    assert answer.status_code in (400, 422), answer.content
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "x" * 5000])
def test_texts_no_database_keeps_are_refused(as_ana: Asker, value: str) -> None:
    as_ana.send("POST", f"{TK}/facilities", {**FACILITY, "name": value}, 422)
    assert as_ana.client.get(f"{TK}/facilities", {"q": "a\x00b"}).status_code == 422


def test_a_facility_is_registered_listed_changed_and_found(as_ana: Asker, borehole: dict[str, Any]) -> None:
    assert (borehole["capacity"], borehole["unit"]) == (90_000, "L/d")
    assert as_ana.send("POST", f"{TK}/facilities", FACILITY, 201)["id"] == borehole["id"]
    told = as_ana.send("POST", f"{TK}/facilities", {**FACILITY, "name": "Other"}, 409)
    assert told["code"] == "conflict"
    changed = as_ana.send("PATCH", f"{TK}/facilities/{borehole['id']}", {"capacity": 50, "name_fr": "Forage F-07"})
    assert (changed["capacity"], changed["names"]["fr"], changed["stated_unit"]) == (50_000, "Forage F-07", "m3/day")
    assert [f["code"] for f in as_ana.get(f"{TK}/facilities?q=bore&service=water")["items"]] == ["F-07"]
    assert as_ana.get(f"{TK}/facilities?service=power")["items"] == []
    as_ana.get(f"{TK}/facilities/999999", 404)


def test_lists_go_on_where_the_page_before_ended(as_ana: Asker) -> None:
    for number in range(5):
        as_ana.send("POST", f"{TK}/facilities", {**FACILITY, "code": f"F-{number}"}, 201)
    seen, cursor = [], ""
    while cursor is not None:
        shown = as_ana.get(f"{TK}/facilities?limit=2&cursor={cursor}")
        assert shown["count"] == 5
        seen += [facility["code"] for facility in shown["items"]]
        cursor = shown["next"]
    assert seen == ["F-0", "F-1", "F-2", "F-3", "F-4"]
    for wrong in ("x", "W10", "WyJhIl0", "%00"):
        as_ana.get(f"{TK}/facilities?cursor={wrong}", 422)
    as_ana.get(f"{TK}/facilities?limit=100000", 422)


def test_a_status_is_taken_once_and_gives_the_same_receipt(as_ben: Asker, borehole: dict[str, Any]) -> None:
    path = f"{TK}/facilities/{borehole['id']}/status"
    report = status_report()
    first = as_ben.send("POST", path, report, 201)
    again = as_ben.send("POST", path, report, 201)
    assert first == again
    assert first["event"]
    as_ben.send("POST", path, {**report, "status": "minimal"}, 409)
    shown = as_ben.get(f"{TK}/facilities/{borehole['id']}")
    assert (shown["status"], shown["causes"], shown["factor"]) == ("not_functional", ["no_power"], 0)
    assert as_ben.get(path)["count"] == 1


def test_an_observation_of_tomorrow_is_refused(as_ben: Asker, borehole: dict[str, Any]) -> None:
    path = f"{TK}/facilities/{borehole['id']}/status"
    later = (timezone.now() + timedelta(days=3)).isoformat()
    told = as_ben.send("POST", path, status_report(observed_at=later), 422)
    assert told["fields"][0]["field"] == "observed_at"
    as_ben.send("POST", path, status_report(observed_at="2026-11-16T08:00:00"), 422)
    as_ben.send("POST", path, status_report(observed_at="0001-01-01T00:00:00+14:00"), 422)


def test_damage_is_taken_once_and_shows_its_feature(as_ben: Asker, as_ana: Asker, tenkoro: Municipality) -> None:
    report = {
        "instance_id": str(uuid.uuid4()),
        "lon": -0.985,
        "lat": 13.005,
        "source_scale": "ems98",
        "source_value": "D4",
        "method": "rapid_field",
        "observed_at": timezone.now().isoformat(),
    }
    first = as_ben.send("POST", f"{TK}/damage", report, 201)
    assert (first["grade"], first["feature"]["properties"]["grade_ord"]) == ("very_heavy", 4)
    assert as_ben.send("POST", f"{TK}/damage", report, 201) == first
    as_ben.send("POST", f"{TK}/damage", {**report, "source_value": "D1"}, 409)
    told = as_ben.send("POST", f"{TK}/damage", {**report, "source_value": "D9", "instance_id": str(uuid.uuid4())}, 422)
    assert told["fields"][0]["field"] == "source_value"
    (structure,) = as_ana.get(f"{TK}/structures")["items"]
    assert structure == first["feature"]
    assert as_ana.get(f"{TK}/damage?structure={structure['id']}")["count"] == 1


def test_only_a_reviewer_rejects_an_observation(as_ana: Asker, as_ben: Asker) -> None:
    report = {
        "instance_id": str(uuid.uuid4()),
        "lon": -0.985,
        "lat": 13.005,
        "source_value": "D5",
        "observed_at": timezone.now().isoformat(),
    }
    made = as_ben.send("POST", f"{TK}/damage", report, 201)
    path = f"{TK}/damage/{made['id']}/review"
    as_ben.send("POST", path, {"state": "rejected"}, 403)
    assert as_ana.send("POST", path, {"state": "rejected", "reason": "wrong street"})["review_state"] == "rejected"
    assert as_ana.get(f"{TK}/structures")["items"][0]["properties"]["grade"] == "not_assessed"


def test_needs_shares_and_reach_are_set(as_ana: Asker, borehole: dict[str, Any]) -> None:
    one = f"{TK}/facilities/{borehole['id']}"
    need = as_ana.send("PUT", f"{one}/dependencies/power", {"strength": 0.9, "backup_share": 0.2, "hours_backup": 6})
    assert (need["service"], need["strength"]) == ("power", 0.9)
    assert as_ana.get(one)["depends"][0]["hours_backup"] == 6
    as_ana.send("PUT", f"{one}/dependencies/magic", {"strength": 0.9}, 422)
    place = as_ana.get(f"{TK}/neighbourhoods")["items"][1]["id"]
    as_ana.send("PUT", f"{one}/catchment/{place}", {"share": 0.4, "source": "town hall"})
    assert as_ana.get(f"{one}/catchment")["items"][0]["share"] == 0.4
    seen = {"neighbourhood": place, "service": "water", "share": 0.8, "observed_at": timezone.now().isoformat()}
    first = as_ana.send("POST", f"{TK}/reach", seen, 201)
    assert as_ana.send("POST", f"{TK}/reach", seen, 201) == first
    assert as_ana.get(f"{TK}/reach")["count"] == 1


def test_people_are_counted_and_raw_figures_stay_with_those_who_count(
    as_ana: Asker, paul: User, token_of: Callable[[User], str]
) -> None:
    place = as_ana.get(f"{TK}/neighbourhoods")["items"][0]["id"]
    figures = [{"neighbourhood": place, "group": "idp", "individuals": 4}]
    count = {
        "name": "Count",
        "source": "town hall",
        "method": "census",
        "observed_on": "2026-11-12",
        "estimates": figures,
    }
    made = as_ana.send("POST", f"{TK}/population/rounds", count, 201)
    assert as_ana.send("POST", f"{TK}/population/rounds", count, 201) == made
    estimates = f"{TK}/population/rounds/{made['id']}/estimates"
    assert as_ana.get(estimates)["items"][0]["individuals"] == 4
    as_paul = Asker(token_of(paul))
    assert as_paul.get(f"{TK}/population/rounds")["count"] == 1
    as_paul.get(estimates, 403)


def test_a_norm_is_changed_with_its_source(as_ana: Asker, as_ben: Asker) -> None:
    norm = {"kind": "demand", "service": "water", "key": "water_l_pd", "unit": "L/(person.d)", "value": 20}
    told = as_ana.send("POST", f"{TK}/norms", {**norm, "source": " "}, 422)
    assert told["fields"][0]["field"] == "source"
    as_ana.send("POST", f"{TK}/norms", {**norm, "source": "Decree 12"}, 201)
    rows = as_ana.get(f"{TK}/norms?kind=demand")["items"]
    assert [(row["value"], row["source"]) for row in rows if row["service"] == "water"] == [(20, "Decree 12")]
    as_ben.get(f"{TK}/norms", 403)


def test_a_work_is_proposed_and_followed(as_ana: Asker, as_ben: Asker, borehole: dict[str, Any]) -> None:
    work = {
        "code": "T-09",
        "name": "Reconnect T-09",
        "intervention_type": "emergency_repair",
        "cost": 14_000_000,
        "duration_days": 6,
        "actions": [{"kind": "capacity", "facility": borehole["id"], "add": 20, "unit": "m3/d"}],
    }
    as_ben.send("POST", f"{TK}/works", work, 403)
    made = as_ana.send("POST", f"{TK}/works", work, 201)
    assert (made["actions"][0]["add"], made["currency"], made["status"]) == (20_000, "XOF", "proposed")
    after = as_ana.send("POST", f"{TK}/works", {**work, "code": "T-10", "requires": ["T-09"]}, 201)
    assert after["requires"] == ["T-09"]
    as_ana.send("POST", f"{TK}/works", {**work, "code": "T-11", "requires": ["T-11"]}, 422)
    assert as_ana.send("POST", f"{TK}/works/{made['id']}/status", {"status": "approved"})["status"] == "approved"
    as_ana.send("POST", f"{TK}/works/{made['id']}/status", {"status": "proposed"}, 409)
    assert as_ana.get(f"{TK}/works?status=approved")["count"] == 1
    assert as_ana.get(f"{TK}/works/{made['id']}")["code"] == "T-09"


def test_tokens_are_made_and_revoked_on_a_signed_in_page_only(as_ana: Asker, ana: User) -> None:
    as_ana.get("/api/v1/tokens", 403)
    client = Client()
    assert client.login(username="ana", password=PASSWORD)
    made = client.post("/api/v1/tokens", {"name": "phone"}, content_type="application/json").json()
    assert Asker(made["secret"]).get("/api/v1/me")["username"] == "ana"
    listed = client.get("/api/v1/tokens").json()["items"]
    assert "secret" not in listed[0]
    assert made["secret"] not in json.dumps(listed)
    assert client.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    Asker(made["secret"]).get("/api/v1/me", 401)
    assert client.delete(f"/api/v1/tokens/{made['id']}").status_code == 404


def test_nobody_revokes_the_token_of_another(ana: User, cleo: User) -> None:
    token, _ = create_token(user=cleo, name="hers", now=timezone.now())
    client = Client()
    client.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    assert client.delete(f"/api/v1/tokens/{token.pk}").status_code == 404
    assert ApiToken.objects.get(pk=token.pk).revoked_at is None


def test_me_tells_roles_and_narrowing(as_ana: Asker) -> None:
    me = as_ana.get("/api/v1/me")
    assert me["by_token"]
    assert me["grants"] == [{"municipality": "TK", "role": "coordinator", "neighbourhoods": [], "services": []}]


def test_outlines_come_as_geojson_of_a_day(as_ana: Asker) -> None:
    collection = as_ana.get(f"{TK}/neighbourhoods.geojson")
    assert [feature["properties"]["name"] for feature in collection["features"]] == ["Wendou", "Pelga", "Forage"]
    assert collection["features"][0]["id"] == collection["features"][0]["properties"]["id"]
    assert as_ana.get(f"{TK}/neighbourhoods.geojson?at=2019-01-01")["features"] == []


def test_a_refused_write_leaves_nothing_behind(as_ana: Asker, tenkoro: Municipality) -> None:
    place = as_ana.get(f"{TK}/neighbourhoods")["items"][0]["id"]
    count = {
        "name": "Count",
        "source": "town hall",
        "method": "census",
        "observed_on": "2026-11-12",
        "estimates": [
            {"neighbourhood": place, "group": "idp", "individuals": 4},
            {"neighbourhood": 999_999, "group": "idp", "individuals": 4},
        ],
    }
    as_ana.send("POST", f"{TK}/population/rounds", count, 404)
    with scope(system_actor(tenkoro.pk)):
        assert PopulationEstimate.objects.count() == 0
        assert not Event.objects.filter(kind="population.estimated").exists()
    assert as_ana.get(f"{TK}/population/rounds")["count"] == 0


def test_the_situation_is_answered_304_while_nothing_happens(as_ana: Asker) -> None:
    first = as_ana.client.get(f"{TK}/situation")
    assert first.status_code == 200, first.content
    again = as_ana.client.get(f"{TK}/situation", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = as_ana.client.get(f"{TK}/situation", headers={"If-None-Match": first["ETag"], "Accept-Language": "fr"})
    assert other.status_code == 200


def test_nothing_of_the_registers_is_left_when_the_town_is_foreign(
    borehole: dict[str, Any], cleo: User, token_of: Callable[[User], str], tenkoro: Municipality
) -> None:
    as_cleo = Asker(token_of(cleo))
    as_cleo.send("POST", f"{TK}/facilities/{borehole['id']}/status", status_report(), 404)
    as_cleo.send("POST", f"/api/v1/municipalities/BS/facilities/{borehole['id']}/status", status_report(), 404)
    with scope(system_actor(tenkoro.pk)):
        assert (Facility.objects.count(), FacilityStatus.objects.count(), Intervention.objects.count()) == (1, 0, 0)
        assert Neighbourhood.objects.count() == 3


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", [f"{TK}/nothing", f"{TK}/facilities/-1", f"{TK}/facilities/1%0A", "/api/v1/x"])
def test_an_address_that_is_none_is_told_to_programs(as_ana: Asker, method: str, path: str) -> None:
    answer = Client(enforce_csrf_checks=True).generic(method, path)
    assert answer.status_code in (401, 404)
    assert answer["Content-Type"] == "application/problem+json"


def test_a_method_that_is_not_taken_is_told_to_programs(as_ana: Asker) -> None:
    answer = as_ana.client.delete(f"{TK}/facilities")
    assert (answer.status_code, answer.json()["code"]) == (405, "wrong_method")
    assert set(answer["Allow"].replace(" ", "").split(",")) == {"GET", "POST"}
    assert answer["Content-Type"] == "application/problem+json"
