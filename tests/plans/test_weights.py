"""The unit says how much each service counts: blind rounds, own seats only, agreement with quorum, four eyes."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from assessments.actions.plans import case_for
from assessments.actions.weights import (
    agree_weights,
    answer_weighing,
    approve_weights,
    ask_again,
    open_weighing,
    propose_weights,
    show_answers,
)
from assessments.models import Scenario, WeightSession
from assessments.selectors.case import planning_case
from assessments.selectors.weights import effect_of, session_item, session_of
from crisis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from municipal_units.actions.meetings import Present, call_meeting, record_attendance
from municipal_units.actions.unit import found_unit, give_seat
from municipal_units.models import Event, Meeting, NormProposal, Seat, User
from municipal_units.permissions import Role, scope
from municipal_units.selectors.norms import norms_at
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting, person

pytestmark = pytest.mark.django_db
HOLDERS = ("mayor", "water", "host_community", "idp_community", "humanitarian")


@pytest.fixture
def mo(town: WorkedTown) -> User:
    return person("mo", "Mo Barry", Role.COMMUNITY_REP, town.municipality)


@pytest.fixture
def seats(town: WorkedTown, lea: User, mo: User) -> dict[str, Seat]:
    actor = acting(lea)
    with scope(actor):
        unit = found_unit(by=actor, municipality=town.municipality, name="Unit", founded_on=date(2026, 1, 1))
        there = {seat.code: seat for seat in unit.seats.all()}
        for code in HOLDERS:
            account = mo if code == "idp_community" else None
            give_seat(by=actor, seat=there[code], holder=code, starts_on=date(2026, 2, 1), account=account)
    return there


@pytest.fixture
def meeting(seats: dict[str, Seat], lea: User) -> Meeting:
    actor = acting(lea)
    with scope(actor):
        held = timezone.now() - timedelta(hours=1)
        made = call_meeting(by=actor, unit=seats["mayor"].unit, held_at=held, title="Weights")
        return record_attendance(by=actor, meeting=made, seats={seats[code].pk: Present(True) for code in HOLDERS})


@pytest.fixture
def weighing(meeting: Meeting, lea: User) -> WeightSession:
    with scope(acting(lea)):
        return open_weighing(by=acting(lea), meeting=meeting, services=["power", "water", "health"])


def points(power: float, water: float, health: float) -> dict[str, float]:
    return {"power": power, "water": water, "health": health}


def test_a_seat_answers_for_itself_and_nobody_sees_it_before_it_is_shown(
    weighing: WeightSession, seats: dict[str, Seat], mo: User, lea: User, ben: User, paul: User
) -> None:
    with scope(acting(mo)):
        with pytest.raises(NotAllowed, match="seat you hold"):
            answer_weighing(by=acting(mo), session=weighing, seat=seats["mayor"], points=points(1, 2, 100))
        with pytest.raises(Invalid, match="Give 100"):
            answer_weighing(by=acting(mo), session=weighing, seat=seats["idp_community"], points=points(1, 2, 90))
        answer_weighing(by=acting(mo), session=weighing, seat=seats["idp_community"], points=points(40, 100, 80))
    with scope(acting(ben)), pytest.raises(NotAllowed):
        session_of(weighing.municipality, weighing.pk, actor=acting(ben))
    with scope(acting(paul)), pytest.raises(NotFound):
        session_of(weighing.municipality, weighing.pk, actor=acting(paul))
    with scope(acting(lea)):
        hidden = session_item(WeightSession.objects.get(pk=weighing.pk), actor=acting(lea))
        assert [seat["code"] for seat in hidden["seats"] if seat["answered"]] == ["idp_community"]
        assert hidden["shown_round"] == 0
        assert all(service["answers"] == [] and service["spread"] is None for service in hidden["services"])
        assert hidden["suggested"] == {}
        show_answers(by=acting(lea), session=weighing)
        table = session_item(WeightSession.objects.get(pk=weighing.pk), actor=acting(lea))
        assert [one["answers"][0]["points"] for one in table["services"]] == [40, 100, 80]
        assert "Mo Barry" not in str(table), "seats speak, not persons"
        assert "points" not in str(Event.objects.filter(kind="weights.changed").values_list("shows", flat=True))


def test_the_agreed_weights_make_a_scenario_and_bind_the_town_after_four_eyes(
    town: WorkedTown, weighing: WeightSession, seats: dict[str, Seat], lea: User, ana: User
) -> None:
    by = acting(lea)
    with scope(by):
        for code in HOLDERS:
            answer_weighing(by=by, session=weighing, seat=seats[code], points=points(50, 100, 70))
        show_answers(by=by, session=weighing)
        with pytest.raises(Conflict):
            answer_weighing(by=by, session=weighing, seat=seats["mayor"], points=points(50, 100, 70))
        ask_again(by=by, session=weighing)
        answer_weighing(by=by, session=weighing, seat=seats["mayor"], points=points(100, 20, 20), words="Pumps first.")
        show_answers(by=by, session=weighing)
        table = session_item(WeightSession.objects.get(pk=weighing.pk), actor=by)
        power = table["services"][0]
        assert len(power["answers"]) == 5, "who says nothing again stays with the first answer"
        assert [one["code"] for one in power["spread"]["outliers"]] == ["mayor"]
        assert (power["spread"]["word"], table["words"][0]["words"]) == ("wide", "Pumps first.")
        effect = effect_of(weighing, points(100, 10, 10), actor=by)
        assert {one["service"]: round(one["after"], 3) for one in effect["weights"]} == {
            "power": 0.833,
            "water": 0.083,
            "health": 0.083,
        }
        before = WeightSession.objects.get(pk=weighing.pk)
        assert before.scenario is None, "looking at the effect writes nothing"
        done = agree_weights(by=by, session=weighing, points=points(50, 100, 50), dissent="The mayor asked for pumps.")
        scenario = Scenario.objects.get(weights_on__isnull=False)
        assert done.scenario_id == scenario.pk
        assert scenario.weights == {"power": 0.25, "water": 0.5, "health": 0.25}
        assert scenario.weights_source.startswith("Meeting of ")
        assert scenario.weights_on == timezone.localdate()
        case = case_for(scenario, planning_case(town.municipality, as_of=timezone.now()))
        counted = {str(key): weight for key, weight in zip(case.service_ids, case.weight, strict=True) if weight}
        assert counted == pytest.approx(scenario.weights)
        propose_weights(by=by, session=weighing)
        assert norms_at(town.municipality, timezone.localdate()).weights["water"] == 0.4, "nothing is in force yet"
        with pytest.raises(NotAllowed):
            approve_weights(by=by, session=weighing)
    with scope(acting(ana)):
        approve_weights(by=acting(ana), session=weighing)
        weights = norms_at(town.municipality, timezone.localdate()).weights
        assert {key: value for key, value in weights.items() if value} == scenario.weights
        assert {one.status for one in NormProposal.objects.all()} == {"approved"}


def test_without_quorum_nothing_is_agreed(
    weighing: WeightSession, meeting: Meeting, seats: dict[str, Seat], lea: User
) -> None:
    by = acting(lea)
    with scope(by):
        answer_weighing(by=by, session=weighing, seat=seats["mayor"], points=points(50, 100, 50))
        show_answers(by=by, session=weighing)
        record_attendance(by=by, meeting=meeting, seats={seats["host_community"].pk: Present(False)})
        with pytest.raises(Invalid, match="host absent"):
            agree_weights(by=by, session=weighing, points=points(50, 100, 50))
        assert not Scenario.objects.filter(weights_on__isnull=False).exists()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_page_serves_phone_and_shared_screen(
    town: WorkedTown, weighing: WeightSession, seats: dict[str, Seat], mo: User, lea: User, language: str
) -> None:
    code = town.municipality.code
    address = f"/m/{code}/unit/weights/{weighing.pk}/"
    clients = {}
    for user in (mo, lea):
        clients[user] = Client(headers={"accept-language": language})
        clients[user].force_login(user, "django.contrib.auth.backends.ModelBackend")
    mine = {"do": "answer", "seat": seats["idp_community"].pk, "points-power": 10, "points-water": 100}
    assert clients[mo].post(address, mine).status_code == 422, "health is missing"
    assert clients[mo].post(address, mine | {"points-health": 30}).status_code == 302
    assert clients[mo].post(address, {"do": "show"}).status_code == 403
    assert "circle" not in clients[lea].get(address + "board").content.decode().split("legend")[0]
    assert clients[lea].post(address, {"do": "show"}).status_code == 302
    shown = clients[mo].get(address).content.decode()
    assert shown.count('class="s-displaced') == 4, "a dot per service, one in the legend"
    effect = clients[mo].get(address + "effect?points-water=100&points-power=0&points-health=0")
    assert effect.status_code == 200
    assert clients[lea].get(f"/m/{code}/unit/weights/").status_code == 200
    told = clients[lea].get(f"/api/v1/municipalities/{code}/weighings/{weighing.pk}").json()
    assert told["services"][1]["answers"][0]["points"] == 100
