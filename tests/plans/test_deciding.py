"""From proposal to verified works: four eyes, votes beside the order, facility status by verification, plan again."""

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from assessments.actions.plans_deciding import (
    approve_plan,
    propose_plan,
    publish_plan,
    record_work,
    replanned,
    verify_work,
    vote,
)
from assessments.models import Intervention, Scenario
from assessments.selectors.plans import plan_detail, plans_of
from crisis.lib.errors import Conflict, NotAllowed
from municipal_units.models import FacilityStatus, User
from municipal_units.permissions import Role, scope, system_actor
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting, person
from tests.plans.conftest import solved

pytestmark = pytest.mark.django_db


def test_a_plan_goes_its_way_with_four_eyes_until_works_are_verified(
    town: WorkedTown, scenario: Scenario, ana: User, lea: User
) -> None:
    plan = solved(scenario)
    with scope(acting(ana)):
        propose_plan(by=acting(ana), plan=plan)
        with pytest.raises(NotAllowed, match="Somebody else"):
            approve_plan(by=acting(ana), plan=plan, starts_on=date(2026, 12, 1))
    with scope(acting(lea)):
        approve_plan(by=acting(lea), plan=plan, starts_on=date(2026, 12, 1), dissent="One seat wanted i3.")
        publish_plan(by=acting(lea), plan=plan)
        work = Intervention.objects.get(code="i1")
        assert work.status == "approved"
        with pytest.raises(Conflict):
            verify_work(by=acting(lea), work=work, observed_at=timezone.now())
        record_work(
            by=acting(lea), work=work, started_on=date(2026, 12, 1), finished_on=date(2026, 12, 3), actual_cost=70
        )
        verify_work(by=acting(lea), work=work, observed_at=timezone.now())
        newest = FacilityStatus.objects.filter(facility__code="P1").order_by("-observed_at").first()
        assert newest is not None
        assert (newest.measured_output, newest.status) == (500.0, "fully_functional")
        again = replanned(by=acting(lea), plan=plan, name="Again")
    assert again.budget_total == 30.0
    second = solved(again)
    with scope(system_actor(scenario.municipality_id)):
        assert not second.works.filter(intervention__code="i1").exists(), "what is done is no candidate"
        plan.refresh_from_db()
        told = plan_detail(plan, actor=acting(lea))
        assert told["dissent"] == "One seat wanted i3."
        first = next(row for row in told["works"] if row["code"] == "i1")
        assert (first["status"], first["actual_cost"]) == ("verified", 70)


def test_votes_stand_beside_the_order_and_change_nothing(
    town: WorkedTown, scenario: Scenario, ana: User, lea: User
) -> None:
    plan = solved(scenario)
    mo = person("mo", "Mo Barry", Role.COMMUNITY_REP, town.municipality)
    with scope(acting(mo)):
        before = [row["code"] for row in plan_detail(plan, actor=acting(ana))["works"]]
        vote(by=acting(mo), work=Intervention.objects.get(code="i3"), value=1)
        vote(by=acting(mo), work=Intervention.objects.get(code="i3"), value=-1)
    with scope(acting(lea)), pytest.raises(NotAllowed):
        vote(by=acting(lea), work=Intervention.objects.get(code="i3"), value=1)
    with scope(acting(ana)):
        told = plan_detail(plan, actor=acting(ana))
    assert [row["code"] for row in told["works"]] == before
    voted = next(row for row in told["works"] if row["code"] == "i3")
    assert (voted["votes_for"], voted["votes_against"]) == (0, 1)


def test_the_public_sees_published_plans_only(town: WorkedTown, scenario: Scenario) -> None:
    solved(scenario)
    everybody = person("pu", "Public", Role.PUBLIC, town.municipality)
    with scope(acting(everybody)):
        assert plans_of(town.municipality, actor=acting(everybody)) == {"scenarios": [], "plans": []}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_say_why_for_every_work(town: WorkedTown, scenario: Scenario, ana: User, language: str) -> None:
    plan = solved(scenario)
    client = Client(headers={"accept-language": language})
    client.force_login(ana, "django.contrib.auth.backends.ModelBackend")
    code = town.municipality.code
    for address in ("", f"{plan.pk}/", f"compare?plan={plan.pk}"):
        answer = client.get(f"/m/{code}/plans/{address}")
        assert answer.status_code == 200, address
    page = client.get(f"/m/{code}/plans/{plan.pk}/").content.decode()
    assert page.count('class="why-cell full"') == 5
    told = client.get(f"/api/v1/municipalities/{code}/plans/{plan.pk}").json()
    assert len(told["works"]) == 5
    assert all(work["why"] for work in told["works"])
    assert told["gain"] == 1027
