"""Solves of plans as jobs. A job's arguments are ids; what there is to do is read from the run they name."""

from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from assessments.actions.plans import QUEUE, TASK, WORKING, defer_run
from assessments.actions.plans_solving import run_plan
from assessments.models import PlanRun
from municipal_units.jobs import STALLED_AFTER
from municipal_units.models import Assignment
from municipal_units.permissions import scope, system_actor


@app.task(name=TASK, queue=QUEUE)
def run_plan_job(*, municipality_id: int, run_id: int) -> None:
    """Solves a run, or again one whose worker was killed."""
    run_plan(municipality_id=municipality_id, run_id=run_id)


@app.periodic(cron="* * * * *")
@app.task(name="assessments.requeue_plans", queue=QUEUE)
def requeue_plans_job(timestamp: int) -> None:
    """Once a minute: runs under way that nobody works on are queued again."""
    requeue_plans()


def requeue_plans() -> list[int]:
    """Frees the jobs of dead workers, then queues every run that asks for work and that no job names."""
    silent = Q(worker__last_heartbeat__lt=timezone.now() - STALLED_AFTER) | Q(worker__isnull=True)
    dead = ProcrastinateJob.objects.filter(silent, queue_name=QUEUE, status="doing", task_name=TASK)
    for job_id in dead.values_list("pk", flat=True):
        app.job_manager.retry_job_by_id(job_id=job_id, retry_at=timezone.now())
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
