"""Every address x every role x own, foreign or no municipality, compared with the declared table (matrix.py)."""

import io
import json
import re
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from assessments.actions.area_plans import write_area_plan
from assessments.actions.arrivals import Expected, write_arrivals
from assessments.actions.intake import receive_submission
from assessments.actions.keeping import Part, Sender
from assessments.actions.planning import propose_work
from assessments.actions.plans import make_scenario, start_run
from assessments.actions.plans_funding import register_fund
from assessments.actions.visits import plan_visit
from assessments.actions.weights import open_weighing
from assessments.actions.work_rows import WorkRow
from assessments.models import KeptAside, Plan, PlanRun, Submission
from crisis import asgi, live, tiles
from crisis.api import api
from damage.actions.hazards import HazardRow, report_hazard
from damage.actions.submit import submit_damage
from municipal_units.actions.accounts import add_device, assign, create_token, invite
from municipal_units.actions.decisions import propose_decision
from municipal_units.actions.evictions import EvictionRow, open_eviction
from municipal_units.actions.facilities import register_facility
from municipal_units.actions.facility_rows import FacilityRow
from municipal_units.actions.household_rows import HouseholdRow, MemberRow
from municipal_units.actions.households import register_household
from municipal_units.actions.imports import receive_file
from municipal_units.actions.meetings import call_meeting
from municipal_units.actions.merging import merge_households
from municipal_units.actions.movements import MovementRow, record_movement
from municipal_units.actions.norm_proposals import propose_norm
from municipal_units.actions.population import EstimateRow, RoundRow, record_round
from municipal_units.actions.protection import IncidentRow, record_tension, report_incident
from municipal_units.actions.safety import change_safety
from municipal_units.actions.unit import found_unit
from municipal_units.models import (
    DuplicatePair,
    Household,
    Member,
    Municipality,
    Neighbourhood,
    PersonExport,
    SavedView,
    UnitTask,
    User,
)
from municipal_units.permissions import Actor, Role, scope, system_actor
from tests.doors.matrix import API, SOCKETS, TOWN, URLS, Account, Open, Town
from tests.intake.conftest import jpeg

LETTERS = {
    "C": Role.COORDINATOR,
    "L": Role.UNIT_LEAD,
    "S": Role.SERVICE_REP,
    "E": Role.ENUMERATOR,
    "M": Role.COMMUNITY_REP,
    "P": Role.PARTNER,
    "U": Role.PUBLIC,
}
NEEDS_FORM = (
    '<data id="needs" version="2026112001"><neighbourhood>{place}</neighbourhood><group>idp</group><people>40</people>'
    "<needs>water</needs><urgency>today</urgency><meta><instanceID>uuid:1</instanceID></meta></data>"
)
SHEET = b"id,lon,lat,grade\n1,-0.995,13.005,D3\n"


# -- the addresses there are


def addresses(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """Every route of the resolver, with its parameters as {name}."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", plain(str(pattern.pattern)))
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, route)
        else:
            assert isinstance(pattern, URLPattern)
            yield route


def plain(pattern: str) -> str:
    """A regular expression of a library as a readable route."""
    return re.sub(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\])*\)", r"{\1}", pattern).strip("^$")


def operations() -> set[tuple[str, str]]:
    """Method and route of everything that can be asked: all methods of the API, GET of everything else, every tile
    layer by itself."""
    found = {
        (method.upper(), path)
        for path, methods in api.get_openapi_schema(path_prefix=API + "/")["paths"].items()
        for method in methods
    }
    documented = {path for _, path in found}
    for route in addresses():
        if "{layer}" in route:
            found |= {("GET", route.replace("{layer}", layer)) for layer in tiles.LAYERS}
        elif route not in documented:
            found.add(("GET", route))
    return found


def test_every_address_is_declared_and_every_declared_one_exists() -> None:
    there, declared = operations(), set(URLS)
    posts = {(method, route) for method, route in declared if method == "POST" and not route.startswith(API)}
    only_post = {("GET", route) for _, route in posts if ("GET", route) not in declared}
    assert there - declared - only_post == set(), "addresses without an entry in tests/doors/matrix.py"
    assert declared - posts - there == set(), "entries of addresses that are no more"
    assert {route for _, route in posts} <= {route for _, route in there}


def test_every_socket_is_declared() -> None:
    assert {str(route.pattern) for route in asgi.sockets.routes} == set(SOCKETS)


# -- the people and things to try them with


@pytest.fixture(autouse=True)
def file_store(tmp_path: Path) -> Iterator[None]:
    with override_settings(FILE_STORE=tmp_path / "files"):
        yield


@pytest.fixture
def crowd(tenkoro: Municipality, barsalo: Municipality) -> dict[str, User]:
    """One person per role in Tenkoro, and `-`, who is signed in and has no role anywhere."""
    people = {}
    for letter in [*LETTERS, "-"]:
        people[letter] = User.objects.create(username=f"person{letter}")
        if letter in LETTERS:
            assign(user=people[letter], role=LETTERS[letter], municipality=tenkoro)
    return people


def things_in(town: Municipality, lon: float) -> dict[str, Any]:
    """One of everything, by the name its id has in the addresses."""
    actor = system_actor(town.pk)
    with scope(actor):
        place = Neighbourhood.objects.order_by("pk")[0]
        facility = register_facility(
            by=actor,
            municipality=town,
            row=FacilityRow(code="F", name="Facility", service="water", lon=lon, lat=13.005),
        )
        assessment = submit_damage(
            by=actor,
            municipality=town,
            instance_id=uuid.uuid4(),
            place=Point(lon, 13.005, srid=4326),
            source_scale="ems98",
            source_value="D3",
            method="rapid_field",
            observed_at=timezone.now(),
        )
        hazard = report_hazard(
            by=actor,
            municipality=town,
            row=HazardRow(
                kind="uxo", observed_at=timezone.now() - timedelta(days=1), place=Point(lon, 13.005, srid=4326)
            ),
        )
        (change,) = change_safety(by=actor, municipality=town, values={"publish_weekly": True}, reason="test")
        counted = record_round(
            by=actor,
            municipality=town,
            row=RoundRow(name="Count", source="test", method="census", observed_on=timezone.localdate()),
            estimates=[EstimateRow(neighbourhood_id=place.pk, group="idp", individuals=40)],
        )
        households = [
            register_household(by=actor, municipality=town, row=household_row(place, number)) for number in range(4)
        ]
        Household.objects.filter(pk=households[0].pk).update(registered_by=User.objects.get(username="personE"))
        export = PersonExport.objects.create(
            municipality=town, purpose="verification", households=300, asked_by=User.objects.get(username="personC")
        )
        member = Member.objects.get(household=households[0])
        view = SavedView.objects.create(
            municipality=town, owner=User.objects.get(username="personC"), page="facilities", name="All", shared=True
        )
        pair = DuplicatePair.objects.get(first=households[0], second=households[1])
        merge = merge_households(by=actor, kept=households[2], absorbed=households[3])
        moved = record_movement(
            by=actor,
            municipality=town,
            row=MovementRow(
                instance_id="m",
                kind="arrival",
                group="idp",
                happened_on=timezone.localdate(),
                individuals=5,
                destination_id=place.pk,
            ),
        )
        row = WorkRow(code="W", name="Work", intervention_type="rehabilitation", cost=1, duration_days=1)
        work = propose_work(by=actor, municipality=town, row=row)
        scenario = make_scenario(by=actor, municipality=town, name="Scenario")
        run = start_run(by=actor, scenario=scenario)
        plan = empty_plan(run)
        expected = write_arrivals(
            by=actor, municipality=town, name="More", rows=[Expected(group="displaced", share=0.2)]
        )
        fund = register_fund(by=actor, municipality=town, code="F", name="Fund", amount=5)
        sheet = SimpleUploadedFile("points.csv", SHEET)
        xml = NEEDS_FORM.format(place=place.pcode).encode()
        photo = Part("a.jpg", io.BytesIO(jpeg()))
        receive_submission(by=actor, municipality=town, xml=xml, parts=[photo], sender=Sender("openrosa"))
        receive_submission(by=actor, municipality=town, xml=b"<", parts=[], sender=Sender("openrosa"))
        sent, kept = Submission.objects.get(municipality=town), KeptAside.objects.get(municipality=town)
        photo_id = sent.files.get().pk
        visit = plan_visit(by=actor, municipality=town, facility=facility, reason="test")
        batch = receive_file(by=actor, municipality=town, kind="damage", name="points.csv", content=sheet.file)  # type: ignore[arg-type]
        someone = User.objects.create(username=f"newcomer-{town.code}")
        newcomer = assign(user=someone, role=Role.ENUMERATOR, municipality=town)
        phone, _ = add_device(by=actor, municipality=town, user=someone, name="P", now=timezone.now())
        invitation, _ = invite(by=actor, municipality=town, name="N", role=Role.PARTNER, now=timezone.now())
        others = unit_in(town, actor, place)
    return {
        **others,
        "code": town.code,
        "kind": "facility",
        "table": "facilities",
        "form": "csv",
        "neighbourhood_id": place.pk,
        "facility_id": facility.pk,
        "assessment_id": assessment.pk,
        "hazard_id": hazard.pk,
        "change_id": change.pk,
        "round_id": counted.pk,
        "other_id": counted.pk,
        "household_id": households[0].uuid,
        "member_id": member.pk,
        "view_id": view.pk,
        "export_id": export.uuid,
        "pair_id": pair.pk,
        "merge_id": merge.pk,
        "movement_id": moved.pk,
        "work_id": work.pk,
        "scenario_id": scenario.pk,
        "run_id": run.pk,
        "plan_id": plan.pk,
        "fund_id": fund.pk,
        "arrivals_id": expected.pk,
        "import_id": batch.pk,
        "form_pk": sent.form_id,
        "submission_id": sent.pk,
        "file_id": photo_id,
        "kept_id": kept.pk,
        "visit_id": visit.pk,
        "assignment_id": newcomer.pk,
        "invitation_id": invitation.pk,
        "device_id": phone.pk,
        "service": "power",
        "import_kind": "households",
        "z": 0,
        "x": 0,
        "y": 0,
    }


def unit_in(town: Municipality, actor: Actor, place: Neighbourhood) -> dict[str, Any]:
    """The unit with a meeting and a proposal, and one of each thing of protection."""
    today = timezone.localdate()
    unit = found_unit(by=actor, municipality=town, name="Unit", founded_on=date(2026, 1, 1))
    meeting = call_meeting(by=actor, unit=unit, held_at=timezone.now() - timedelta(days=1), agenda=["Water"])
    area_plan = write_area_plan(by=actor, neighbourhood=place, sections={}, changed="First")
    weighing = open_weighing(by=actor, meeting=meeting, services=["water", "power"])
    decision = propose_decision(by=actor, unit=unit, title="Repair", text="The pump is repaired.", meeting=meeting)
    norm = propose_norm(
        by=actor, municipality=town, kind="demand", service="water", key="water_l_pd", value=20, source="test"
    )
    tension = record_tension(by=actor, neighbourhood=place, observed_on=today, values={"water_queue": 40})
    row = IncidentRow(kind="violence", occurred_on=today, lethal=True)
    incident = report_incident(by=actor, neighbourhood=place, row=row)
    case = open_eviction(
        by=actor, neighbourhood=place, row=EvictionRow(stage="threat_verbal", on=date(2026, 11, 1), households=3)
    )
    return {
        "seat_id": unit.seats.order_by("pk")[0].pk,
        "meeting_id": meeting.pk,
        "weighing_id": weighing.pk,
        "area_plan_id": area_plan.pk,
        "decision_id": decision.pk,
        "proposal_id": norm.pk,
        "tension_id": tension.pk,
        "incident_id": incident.pk,
        "eviction_id": case.pk,
        "task_id": UnitTask.objects.get(municipality=town).pk,
    }


def household_row(place: Neighbourhood, number: int) -> HouseholdRow:
    """Two who look alike, and two more who look alike."""
    today = timezone.localdate()
    return HouseholdRow(
        instance_id=f"household {number}",
        neighbourhood_id=place.pk,
        group="idp",
        size=4,
        consent_on=today,
        members=(MemberRow(name=["Awa Ouedraogo", "Moussa Zongo"][number // 2]),),
    )


def empty_plan(run: PlanRun) -> Plan:
    """A published answer without works, which everybody may look at."""
    state: dict[str, Any] = {"city": None, "groups": {}, "services": {}}
    outcome = {
        **dict.fromkeys(("places", "curve", "behind", "frontier"), []),
        **{"before": state, "after": state, "groups": {}, "cost_by_fund": {}, "seconds": 0.0},
    }
    return Plan.objects.create(
        municipality=run.municipality,
        run=run,
        scenario=run.scenario,
        gain=0,
        bound=0,
        gap=0,
        proof="proven",
        cost=0,
        outcome=outcome,
        published_at=timezone.now(),
    )


def client_of(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def filled(route: str, entry: Open | Account | Town, things: dict[str, Any]) -> str:
    own = {name: things[thing] for name, thing in entry.fills.items()} if isinstance(entry, Town) else {}
    others = {
        "token_id": 1,
        "pk": 1,
        "key": "x",
        "secret": "ri_nothing",
        "code": "TK",
        "uidb36": "1",
        "rest": "nothing/here",
    }
    others |= {"name": "x.csv", "code": "TK"}
    return route.format(**{**others, **things, **own})


def asked(client: Client, method: str, path: str, body: Any, *, form: bool = False) -> HttpResponse:
    """The answer; whatever it changed is taken back."""
    with transaction.atomic():
        if form:
            fields = {**body, "file": SimpleUploadedFile("points.csv", SHEET, "text/csv")}
            answer = client.post(path, fields)
        elif method == "POST" and not path.startswith(API):
            answer = client.post(path, body or {})
        elif method == "GET":
            answer = client.get(path)
        else:
            answer = client.generic(method, path, json.dumps(body or {}), content_type="application/json")
        transaction.set_rollback(True)
    return answer  # type: ignore[return-value]


class Verdicts:
    """Collects what differs from the table, so that one run tells everything."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def expect(self, answer: HttpResponse, statuses: tuple[int, ...], what: str) -> None:
        if answer.status_code not in statuses:
            told = answer.content[:200] if not answer.streaming else b""
            self.wrong.append(f"{what}: {answer.status_code} instead of {statuses} {told!r}")

    def tell(self) -> None:
        assert not self.wrong, "\n" + "\n".join(self.wrong)


def body_of(entry: Town, things: dict[str, Any]) -> Any:
    return entry.body(things) if entry.body else {}


def of_kind(kind: type) -> list[tuple[str, str, Any]]:
    return [(method, route, entry) for (method, route), entry in URLS.items() if isinstance(entry, kind)]


def test_open_addresses_answer_everybody(crowd: dict[str, User]) -> None:
    verdicts = Verdicts()
    for who, user in [("nobody", None), *crowd.items()]:
        client = client_of(user)
        for method, route, entry in of_kind(Open):
            answer = asked(client, method, filled(route, entry, {}), entry.body)
            verdicts.expect(answer, entry.statuses, f"{who} {method} {route}")
    verdicts.tell()


def test_account_addresses_answer_whoever_is_signed_in(crowd: dict[str, User]) -> None:
    verdicts = Verdicts()
    for who, user in [("nobody", None), *crowd.items()]:
        client = client_of(user)
        for method, route, entry in of_kind(Account):
            answer = asked(client, method, filled(route, entry, {}), entry.body)
            statuses = entry.signed_in if user else (entry.nobody,)
            verdicts.expect(answer, statuses, f"{who} {method} {route}")
    verdicts.tell()


def test_each_role_does_in_its_own_town_what_the_table_says(crowd: dict[str, User], tenkoro: Municipality) -> None:
    verdicts, things = Verdicts(), things_in(tenkoro, -0.995)
    for who, user in [("nobody", None), *crowd.items()]:
        client = client_of(user)
        for method, route, entry in of_kind(Town):
            if user is None:
                statuses: tuple[int, ...] = (entry.nobody,)
            elif who == "-":
                statuses = (404,)
            else:
                statuses = entry.statuses if who in entry.roles else (403,)
            path = filled(route, entry, things)
            answer = asked(client, method, path, body_of(entry, things), form=entry.form)
            verdicts.expect(answer, statuses, f"{who} {method} {route}")
    verdicts.tell()


def test_a_foreign_town_and_its_things_do_not_exist(
    crowd: dict[str, User], tenkoro: Municipality, barsalo: Municipality
) -> None:
    verdicts, mine, theirs = Verdicts(), things_in(tenkoro, -0.995), things_in(barsalo, -1.995)
    smuggled = {**theirs, "code": mine["code"]}
    for who, user in crowd.items():
        client = client_of(user)
        for method, route, entry in of_kind(Town):
            body = body_of(entry, theirs)
            answer = asked(client, method, filled(route, entry, theirs), body, form=entry.form)
            verdicts.expect(answer, (404,), f"{who} {method} {route} of the foreign town")
            names_a_thing = filled(route, entry, smuggled) != filled(route, entry, mine)
            if names_a_thing and who in entry.roles:
                answer = asked(client, method, filled(route, entry, smuggled), body, form=entry.form)
                verdicts.expect(answer, (404,), f"{who} {method} {route} with a foreign id")
    verdicts.tell()


def test_a_foreign_town_is_answered_like_one_that_is_not_there(
    crowd: dict[str, User], tenkoro: Municipality, barsalo: Municipality
) -> None:
    client = client_of(crowd["C"])
    for path in (TOWN, TOWN + "/facilities", TOWN + "/situation", "/tiles/{code}/structures/0/0/0.mvt"):
        foreign, nowhere = (client.get(path.format(code=code)) for code in ("BS", "ZZ"))
        assert foreign.content.replace(b"/BS", b"/ZZ") == nowhere.content
        assert foreign.headers == nowhere.headers


@pytest.mark.parametrize("route", SOCKETS)
def test_sockets_follow_the_table(
    crowd: dict[str, User], tenkoro: Municipality, barsalo: Municipality, route: str
) -> None:
    nobody_scope: dict[str, Any] = {"headers": [], "query_string": b""}
    for letter, user in crowd.items():
        _, secret = create_token(user=user, name="socket", now=timezone.now())
        _, welcome = live.who_follows(nobody_scope, secret, tenkoro.code)
        assert (welcome == tenkoro.pk) == (letter in SOCKETS[route]), letter
        _, foreign = live.who_follows(nobody_scope, secret, barsalo.code)
        assert foreign is None, letter
    for secret in ("", "rp_wrong"):
        assert live.who_follows(nobody_scope, secret, tenkoro.code)[1] is None
