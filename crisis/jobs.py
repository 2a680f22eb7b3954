"""Work of the assembly that outlives a request: the public picture of the week."""

from django.utils import timezone
from procrastinate.contrib.django import app

from crisis.publishing import publish_due


@app.periodic(cron="11 * * * *")
@app.task(name="crisis.publish_due", queue="reports", queueing_lock="publish_due")
def publish_due_job(timestamp: int) -> None:
    """Every hour: the towns whose picture is due."""
    publish_due(now=timezone.now())
