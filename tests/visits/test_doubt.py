"""How sure the ranking and a plan are: worked out by a job, kept with seed and stamp, told in words, behind when facts
moved on."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from assessments.actions.doubt import WEIGH_PLAN, WEIGH_RANKING, ask_ranking, weigh_plan, weigh_ranking
from assessments.actions.functionality import recompute
from assessments.jobs import requeue_doubt
from assessments.models import PlanDoubt, RankingDoubt, Scenario
from assessments.selectors.doubt import to_assess_first
from assessments.selectors.planning import ranking
from crisis.lib.errors import NotAllowed
from municipal_units.models import Municipality, User
from municipal_units.permissions import scope, system_actor
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting
from tests.plans.conftest import scenario, solved, town

__all__ = ["scenario", "town"]


@pytest.fixture(autouse=True)
def _no_other_jobs(db: None) -> None:
    """Tests that commit may have left some."""
    ProcrastinateJob.objects.all().delete()


def computed(municipality: Municipality) -> None:
    recompute(municipality, now=timezone.now())


def waiting(task: str) -> int:
    return ProcrastinateJob.objects.filter(task_name=task, status="todo").count()


def test_a_computation_queues_the_question_once_and_the_answer_is_kept_with_its_seed(town: WorkedTown):
    municipality = town.municipality
    computed(municipality)
    computed(municipality)
    assert waiting(WEIGH_RANKING) == 1

    doubt = weigh_ranking(municipality_id=municipality.pk)

    assert doubt is not None
    assert (doubt.draws, doubt.seed, doubt.first_places) == (200, 1, 3)
    assert len(doubt.stamp) == 64
    with scope(system_actor(municipality.pk)):
        told = ranking(municipality, actor=system_actor(municipality.pk))
    assert told["doubt"]["is_current"]
    by_code = {item["code"]: item for item in told["items"]}
    # The substation is among the first three in nearly every world; each work has its band and its ranks.
    assert by_code["i1"]["band"] in ("firm", "likely")
    assert all(item["rank_low"] <= item["rank_high"] for item in told["items"])


def test_the_same_inputs_and_seed_give_the_same_answer_and_are_not_drawn_again(town: WorkedTown, ana: User):
    municipality = town.municipality
    computed(municipality)
    one = weigh_ranking(municipality_id=municipality.pk)
    again = weigh_ranking(municipality_id=municipality.pk)
    assert one is not None
    assert again is not None
    assert (again.works, again.seconds) == (one.works, one.seconds)

    with scope(system_actor(municipality.pk)):
        ask_ranking(by=acting(ana), municipality=municipality, seed=1)
        assert not ranking(municipality, actor=acting(ana))["doubt"]["is_current"]
    drawn = weigh_ranking(municipality_id=municipality.pk)
    with scope(system_actor(municipality.pk)):
        ask_ranking(by=acting(ana), municipality=municipality, first_places=1, seed=7)
    other = weigh_ranking(municipality_id=municipality.pk)

    assert drawn is not None
    assert other is not None
    assert drawn.works == one.works
    assert (other.first_places, other.seed) == (1, 7)
    assert other.works != one.works


def test_only_those_who_run_priorities_ask_again(town: WorkedTown, ben: User):
    with scope(system_actor(town.municipality.pk)), pytest.raises(NotAllowed):
        ask_ranking(by=acting(ben), municipality=town.municipality)


def test_a_lost_question_is_asked_again(town: WorkedTown, ana: User):
    computed(town.municipality)
    ProcrastinateJob.objects.all().delete()

    requeue_doubt()

    assert waiting(WEIGH_RANKING) == 1
    weigh_ranking(municipality_id=town.municipality.pk)
    ProcrastinateJob.objects.all().delete()
    requeue_doubt()
    assert waiting(WEIGH_RANKING) == 0


def test_a_plan_is_weighed_once_from_its_frozen_case(scenario: Scenario, ana: User, paul: User):
    plan = solved(scenario)
    assert waiting(WEIGH_PLAN) == 1

    doubt = weigh_plan(municipality_id=plan.municipality_id, plan_id=plan.pk)

    assert doubt is not None
    assert doubt.stamp == plan.run.case_sha256
    assert weigh_plan(municipality_id=plan.municipality_id, plan_id=plan.pk) is None
    client = Client()
    client.force_login(ana)
    told = client.get(f"/api/v1/municipalities/TK/plans/{plan.pk}").json()
    assert told["doubt"]["gain_low"] <= told["doubt"]["gain_middle"] <= told["doubt"]["gain_high"]
    bands = {work["code"]: work["band"] for work in told["works"]}
    assert bands["i1"] == "firm"
    page = client.get(f"/m/TK/plans/{plan.pk}/").content.decode()
    assert "firm" in page
    with scope(system_actor(plan.municipality_id)):
        assert PlanDoubt.objects.count() == 1


def test_what_to_assess_first_is_told_in_one_sentence_and_counts_are_for_the_own_town(
    town: WorkedTown, ana: User, paul: User
):
    municipality, later = town.municipality, timezone.now() + timedelta(days=100)
    recompute(municipality, now=later)
    weigh_ranking(municipality_id=municipality.pk, now=later)
    with scope(system_actor(municipality.pk)):
        kept = RankingDoubt.objects.get()
        assert kept.surveys, "what was seen a hundred days ago is in doubt"
        own = to_assess_first(municipality, actor=acting(ana))["items"]
        partners = to_assess_first(municipality, actor=acting(paul))["items"]
    assert len(own) >= len(kept.surveys)
    assert all(item["why"].endswith(".") and "{" not in item["why"] for item in own)
    assert "people" not in {item["kind"] for item in partners}
