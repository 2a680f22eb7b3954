"""Whether the process lives (/healthz) and whether it can do its work (/readyz)."""

import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from procrastinate.contrib.django.models import ProcrastinateJob

LOW_DISK_SHARE = 0.03


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
    return JsonResponse({"status": "ready" if ready else "not ready", **checks}, status=200 if ready else 503)
