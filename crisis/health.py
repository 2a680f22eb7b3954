"""Whether the process lives (/healthz) and whether it can do its work (/readyz)."""

import json
import shutil
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

LOW_DISK_SHARE = 0.03
DRILL_EVERY = timedelta(days=35)


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Database, role, disk and queue, each by name; 503 if one of them stops us from serving."""
    checks: dict[str, object] = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            role, too_powerful = cursor.fetchone()
            # Not an error of ours to serve, but the safety copy falls behind while this lasts.
            cursor.execute("SELECT last_failed_time > coalesce(last_archived_time, '-infinity') FROM pg_stat_archiver")
            log_stuck = cursor.fetchone()[0]
        checks["database"] = "ok"
        checks["role"] = "refused: this role can bypass row security" if too_powerful else role
        checks["jobs_waiting"] = ProcrastinateJob.objects.filter(status="todo").count()
        ready = not too_powerful
    except DatabaseError:
        checks["database"] = "no answer"
        ready = False
    usage = shutil.disk_usage(settings.VAR if settings.VAR.exists() else settings.BASE_DIR)
    checks["disk_free_share"] = round(usage.free / usage.total, 3)
    ready = ready and usage.free / usage.total > LOW_DISK_SHARE
    if not settings.DEMO:
        checks["last_good_restore_drill"], amber = last_drill()
        if checks["database"] == "ok" and log_stuck:
            amber = [*amber, "The database's log does not reach the safety copy: see var/db/data/server.log."]
        if amber:
            checks["amber"] = amber
    return JsonResponse({"status": "ready" if ready else "not ready", **checks}, status=200 if ready else 503)


def last_drill() -> tuple[str, list[str]]:
    """When a safety copy was last proven to come back, and what to do if that is too long ago."""
    note = settings.VAR / "last-good-drill"
    try:
        finished = datetime.fromisoformat(json.loads(note.read_text())["finished_at"])
    except (OSError, ValueError, KeyError):
        return "never", ["No safety copy has been proven to come back. Run deploy/backup and deploy/restore-drill."]
    if timezone.now() - finished > DRILL_EVERY:
        days = (timezone.now() - finished).days
        return finished.isoformat(), [f"The last good restore drill was {days} days ago. Run deploy/restore-drill."]
    return finished.isoformat(), []
