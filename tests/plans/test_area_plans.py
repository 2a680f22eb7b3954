"""The plan of a neighbourhood: versions, own values with reasons, agreed by decision, tension for the few only."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from assessments.actions.area_plans import agree_area_plan, put_to_vote, write_area_plan
from assessments.actions.following import Follower
from assessments.models import AreaPlan
from assessments.selectors.area_plans import area_plan_item, compared_versions, visible_area_plans
from crisis.lib.errors import Conflict, Invalid, NotAllowed
from municipal_units.actions.decisions import SeatVote, decide
from municipal_units.actions.meetings import Present, call_meeting, record_attendance
from municipal_units.actions.protection import record_tension
from municipal_units.actions.unit import found_unit, give_seat
from municipal_units.models import Decision, Event, Neighbourhood, User
from municipal_units.permissions import Role, scope
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting, person

pytestmark = pytest.mark.django_db
HOLDERS = ("mayor", "water", "host_community", "idp_community", "humanitarian")
GOALS = {"vision": {"goals": "Water within 300 m\nTwo shifts in school"}}


@pytest.fixture
def place(town: WorkedTown, ana: User) -> Neighbourhood:
    with scope(acting(ana)):
        return Neighbourhood.objects.select_related("municipality").get(municipality=town.municipality, name="Pelga")


@pytest.fixture
def plan(place: Neighbourhood, ana: User) -> AreaPlan:
    with scope(acting(ana)):
        return write_area_plan(by=acting(ana), neighbourhood=place, sections=GOALS, changed="First")


def voted(plan: AreaPlan, ana: User, lea: User) -> Decision:
    """The unit adopts a version: four seats for, the host community against."""
    by = acting(lea)
    with scope(by):
        unit = found_unit(by=by, municipality=plan.municipality, name="Unit", founded_on=date(2026, 1, 1))
        seats = {seat.code: seat for seat in unit.seats.all()}
        for code in HOLDERS:
            give_seat(by=by, seat=seats[code], holder=f"Holder {code}", starts_on=date(2026, 2, 1))
        meeting = call_meeting(by=by, unit=unit, held_at=timezone.now() - timedelta(hours=1))
        record_attendance(by=by, meeting=meeting, seats={seats[code].pk: Present(True) for code in HOLDERS})
    with scope(acting(ana)):
        decision = put_to_vote(by=acting(ana), plan=plan, title="Plan of Pelga", text="The unit agrees it.")
    votes = {seats[code].pk: SeatVote("for") for code in HOLDERS}
    votes[seats["host_community"].pk] = SeatVote("against", "Forage first.")
    with scope(by):
        return decide(by=by, decision=decision, meeting=meeting, votes=votes, dissent="Forage has waited longer.")


def test_every_filled_value_says_where_from_and_as_of_when(
    town: WorkedTown, place: Neighbourhood, numbered: Callable[[], None], ana: User
) -> None:
    numbered()
    Follower().follow(town.municipality.pk)
    numbered()
    with scope(acting(ana)):
        plan = write_area_plan(by=acting(ana), neighbourhood=place, sections=GOALS, changed="First")
        told = area_plan_item(plan, actor=acting(ana))
    people = told["figures"]["context"]["people"]
    assert people["value"] == 1000
    assert people["source"]
    assert people["as_of"]
    assert {row["service"] for row in told["figures"]["diagnosis"]["services"]} >= {"power", "water", "health"}
    works = {row["code"]: row for row in told["figures"]["actions"]}
    assert works["i4"]["requires"] == ["i5"]
    assert works["i1"]["hosts"] + works["i1"]["displaced"] == pytest.approx(works["i1"]["gain_here"], abs=1)


def test_a_change_is_a_new_version_with_its_reason(place: Neighbourhood, plan: AreaPlan, ana: User) -> None:
    by = acting(ana)
    with scope(by):
        with pytest.raises(Invalid, match="what you changed"):
            write_area_plan(by=by, neighbourhood=place, sections=GOALS, changed=" ")
        bare = {"context": {"own": {"people": {"value": "1200", "why": ""}}}}
        with pytest.raises(Invalid, match="why it differs"):
            write_area_plan(by=by, neighbourhood=place, sections=bare, changed="More people")
        with pytest.raises(Invalid, match="At most 5"):
            write_area_plan(by=by, neighbourhood=place, sections={"vision": {"goals": "a\n" * 6}}, changed="All")
        own = {**GOALS, "context": {"own": {"people": {"value": "1200", "why": "Forty families came."}}}}
        second = write_area_plan(by=by, neighbourhood=place, sections=own, changed="More people", onto=1)
        with pytest.raises(Conflict, match="version 2 meanwhile"):
            write_area_plan(by=by, neighbourhood=place, sections=GOALS, changed="Too late", onto=1)
        assert (second.version, AreaPlan.objects.get(version=1).sections) == (2, GOALS), "the first stays as it was"
        told = compared_versions(plan, second, actor=by)
        assert [(row["section"], row["field"]) for row in told["written"]] == [("context", "own")]


def test_the_votes_are_the_signatures_and_the_author_does_not_record_them(
    plan: AreaPlan, place: Neighbourhood, ana: User, lea: User, paul: User
) -> None:
    decision = voted(plan, ana, lea)
    everybody = person("pu", "Public", Role.PUBLIC, place.municipality)
    with scope(acting(everybody)):
        assert not visible_area_plans(place.municipality, acting(everybody)).exists(), "a draft is not public"
    with scope(acting(ana)), pytest.raises(NotAllowed, match="Somebody else"):
        agree_area_plan(by=acting(ana), plan=plan, decision=decision)
    with scope(acting(lea)):
        agreed = agree_area_plan(by=acting(lea), plan=plan, decision=decision)
        assert [one["vote"] for one in agreed.signatures].count("for") == 4
        assert agreed.dissent == "Forage has waited longer."
        second = write_area_plan(by=acting(lea), neighbourhood=place, sections=GOALS, changed="Again")
        with pytest.raises(Conflict, match="not about this version"):
            agree_area_plan(by=acting(ana), plan=second, decision=decision)
        assert Event.objects.filter(kind="area_plan.agreed").count() == 1
    with scope(acting(everybody)):
        shown = visible_area_plans(place.municipality, acting(everybody)).get()
        told = area_plan_item(shown, actor=acting(everybody))
        assert {one["name"] for one in told["signatures"]} == {""}, "the public sees seats, not names"
        assert told["figures"]["context"]["people"]["value"] == 1000


def test_nobody_is_moved_without_safeguards(place: Neighbourhood, ana: User) -> None:
    with scope(acting(ana)):
        sections = {**GOALS, "tenure_hlp": {"relocation": "temporary"}}
        plan = write_area_plan(by=acting(ana), neighbourhood=place, sections=sections, changed="Road")
        with pytest.raises(Invalid, match="safeguards"):
            put_to_vote(by=acting(ana), plan=plan, title="Road", text="Agreed")


def test_tension_is_read_live_by_the_few_and_kept_nowhere(
    town: WorkedTown, plan: AreaPlan, place: Neighbourhood, ana: User, paul: User
) -> None:
    with scope(acting(ana)):
        values = {"water_queue": 150, "rent_change_90d": 50, "aid_perceived_unfair": 60, "incidents_90d": 9.0}
        record_tension(
            by=acting(ana),
            neighbourhood=place,
            observed_on=timezone.localdate(),
            values=values | {"eviction_threats": 20.0},
        )
        assert area_plan_item(plan, actor=acting(ana))["protected"]["tension"] == "critical"
        again = write_area_plan(by=acting(ana), neighbourhood=place, sections=GOALS, changed="Tension rose")
        assert "critical" not in str(again.figures)
    pages = {}
    for user in (ana, paul):
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        pages[user] = client.get(f"/m/{town.municipality.code}/neighbourhoods/{place.pk}/plan/").content.decode()
    said = pages[ana].index("Critical")
    assert "no-print" in pages[ana][said - 300 : said], "never on paper"
    assert "Critical" not in pages[paul]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_plan_is_written_on_its_page(town: WorkedTown, place: Neighbourhood, ana: User, language: str) -> None:
    client = Client(headers={"accept-language": language})
    client.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    address = f"/m/{town.municipality.code}/neighbourhoods/{place.pk}/plan/"
    assert client.get(address).status_code == 200
    form = {"onto": "", "vision-goals": "One\nTwo", "own-context-people": "1200", "why-context-people": "Came since"}
    assert client.post(address + "edit", form).status_code == 422, "no reason given"
    assert client.post(address + "edit", form | {"changed": "First"}).status_code == 302
    second = form | {"changed": "Second", "onto": "1", "vision-goals": "One"}
    assert client.post(address + "edit", second).status_code == 302
    page = client.get(address).content.decode()
    assert "Came since" in page
    assert client.get(address + "compare").content.decode().count("<ins>") == 1
    assert client.get(f"/m/{town.municipality.code}/plans/areas/").status_code == 200
