"""Solves of plans, and how sure rankings and plans are, as jobs. Arguments are ids; what there is to do is read from
the rows they name."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from assessments.actions.doubt import (
    WEIGH_PLAN,
    WEIGH_RANKING,
    plan_key,
    ranking_key,
    weigh_plan,
    weigh_plan_soon,
    weigh_ranking,
    weigh_ranking_soon,
)
from assessments.actions.plans import QUEUE, TASK, WORKING, defer_run
from assessments.actions.plans_solving import run_plan
from assessments.models import FunctionalityRun, Plan, PlanRun, RankingDoubt
from municipal_units.jobs import STALLED_AFTER
from municipal_units.models import Assignment
from municipal_units.permissions import scope, system_actor

MOST_FAILURES, FORGIVEN_AFTER = 3, timedelta(hours=6)


@app.task(name=TASK, queue=QUEUE)
def run_plan_job(*, municipality_id: int, run_id: int) -> None:
    """Solves a run, or again one whose worker was killed."""
    run_plan(municipality_id=municipality_id, run_id=run_id)


@app.task(name=WEIGH_RANKING, queue=QUEUE)
def weigh_ranking_job(*, municipality_id: int) -> None:
    """Rank bands of a town's works, and what to assess first."""
    weigh_ranking(municipality_id=municipality_id)


@app.task(name=WEIGH_PLAN, queue=QUEUE)
def weigh_plan_job(*, municipality_id: int, plan_id: int) -> None:
    """How firm the works of a plan are."""
    weigh_plan(municipality_id=municipality_id, plan_id=plan_id)


@app.periodic(cron="* * * * *")
@app.task(name="assessments.requeue_plans", queue=QUEUE)
def requeue_plans_job(timestamp: int) -> None:
    """Once a minute: runs under way that nobody works on are queued again."""
    requeue_plans()
    requeue_doubt()


def requeue_plans() -> list[int]:
    """Frees the jobs of dead workers, then queues every run that asks for work and that no job names."""
    free_dead_jobs(TASK)
    requeued = []
    for municipality_id in Assignment.objects.values_list("municipality_id", flat=True).distinct():
        with scope(system_actor(municipality_id)):
            for run in PlanRun.objects.filter(municipality_id=municipality_id, state__in=WORKING):
                waiting = ProcrastinateJob.objects.filter(
                    status__in=("todo", "doing"), task_name=TASK, args__run_id=run.pk
                )
                if not waiting.exists():
                    defer_run(run)
                    requeued.append(run.pk)
    return requeued


def free_dead_jobs(*tasks: str) -> None:
    """Jobs of workers that gave no sign of life for a minute go back into the queue, and with them their lock."""
    silent = Q(worker__last_heartbeat__lt=timezone.now() - STALLED_AFTER) | Q(worker__isnull=True)
    dead = ProcrastinateJob.objects.filter(silent, queue_name=QUEUE, status="doing", task_name__in=tasks)
    for job_id in dead.values_list("pk", flat=True):
        app.job_manager.retry_job_by_id(job_id=job_id, retry_at=timezone.now())


def requeue_doubt() -> None:
    """Towns whose ranking was computed since it was last weighed, and plans nobody has weighed, are queued again."""
    free_dead_jobs(WEIGH_RANKING, WEIGH_PLAN)
    for municipality_id in Assignment.objects.values_list("municipality_id", flat=True).distinct():
        with scope(system_actor(municipality_id)):
            newest = FunctionalityRun.objects.filter(municipality_id=municipality_id).order_by("-seq", "-id").first()
            weighed = RankingDoubt.objects.filter(municipality_id=municipality_id, run=newest)
            if newest is not None and not weighed.exists() and may_try(ranking_key(municipality_id)):
                weigh_ranking_soon(municipality_id)
            for plan_id in Plan.objects.filter(
                municipality_id=municipality_id, doubt=None, state="computed"
            ).values_list("pk", flat=True):
                if may_try(plan_key(plan_id)):
                    weigh_plan_soon(municipality_id, plan_id)


def may_try(key: str) -> bool:
    """Whether jobs of this key have not failed too often lately."""
    lately = timezone.now() - FORGIVEN_AFTER
    failed = ProcrastinateJob.objects.filter(queueing_lock=key, status="failed", scheduled_at__gte=lately)
    return failed.count() < MOST_FAILURES
