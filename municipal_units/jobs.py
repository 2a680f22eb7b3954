"""Work that outlives a request. A job's arguments are ids; what there is to do is read from the rows they name."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from municipal_units.actions.import_rows import check_in_background, run_import
from municipal_units.actions.imports import QUEUE, WORK, defer_work, discard_waiting_lists
from municipal_units.models import Assignment, ImportBatch
from municipal_units.permissions import scope, system_actor

STALLED_AFTER = timedelta(seconds=60)


@app.task(name="municipal_units.run_import", queue=QUEUE)
def run_import_job(*, municipality_id: int, batch_id: int) -> None:
    """Takes the rows of a confirmed import, or goes on where a killed worker stopped."""
    run_import(municipality_id=municipality_id, batch_id=batch_id)


@app.task(name="municipal_units.check_import", queue=QUEUE)
def check_import_job(*, municipality_id: int, batch_id: int) -> None:
    """The dry run of a long file."""
    check_in_background(municipality_id=municipality_id, batch_id=batch_id)


@app.periodic(cron="* * * * *")
@app.task(name="municipal_units.requeue_imports", queue=QUEUE)
def requeue_imports_job(timestamp: int) -> None:
    """Once a minute: imports under way that nobody works on are queued again."""
    requeue_imports()


@app.periodic(cron="17 3 * * *")
@app.task(name="municipal_units.discard_waiting_lists", queue=QUEUE)
def discard_waiting_lists_job(timestamp: int) -> None:
    """Every night: lists of persons that nobody confirmed do not stay."""
    for municipality_id in Assignment.objects.values_list("municipality_id", flat=True).distinct():
        with scope(system_actor(municipality_id)):
            discard_waiting_lists(municipality_id=municipality_id, by=system_actor(municipality_id))


def requeue_imports() -> list[int]:
    """Frees the jobs of dead workers, then queues every batch whose state asks for work that no job names."""
    free_dead_jobs()
    requeued = []
    for municipality_id in Assignment.objects.values_list("municipality_id", flat=True).distinct():
        with scope(system_actor(municipality_id)):
            for batch in ImportBatch.objects.filter(municipality_id=municipality_id, state__in=tuple(WORK)):
                waiting = ProcrastinateJob.objects.filter(status__in=("todo", "doing"), args__batch_id=batch.pk)
                if not waiting.exists():
                    defer_work(batch)
                    requeued.append(batch.pk)
    return requeued


def free_dead_jobs() -> None:
    """Jobs of workers that gave no sign of life for a minute go back into the queue, and with them their lock."""
    silent = Q(worker__last_heartbeat__lt=timezone.now() - STALLED_AFTER) | Q(worker__isnull=True)
    dead = ProcrastinateJob.objects.filter(silent, queue_name=QUEUE, status="doing", task_name__in=set(WORK.values()))
    for job_id in dead.values_list("pk", flat=True):
        app.job_manager.retry_job_by_id(job_id=job_id, retry_at=timezone.now())
