"""In production /readyz says when nobody has proven for long that a copy comes back; it still serves."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

pytestmark = pytest.mark.django_db


def readyz(settings: Any, folder: Path, *, days: int | None, demo: bool = False) -> dict[str, Any]:
    settings.DEMO = demo
    settings.VAR = folder
    if days is not None:
        finished = timezone.now() - timedelta(days=days)
        (folder / "last-good-drill").write_text(json.dumps({"good": True, "finished_at": finished.isoformat()}))
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    assert body["status"] == "ready"
    return body


def test_a_fresh_drill_is_no_reason_to_speak(settings: Any, tmp_path: Path) -> None:
    assert "amber" not in readyz(settings, tmp_path, days=34)


def test_an_old_drill_turns_it_amber(settings: Any, tmp_path: Path) -> None:
    assert readyz(settings, tmp_path, days=36)["amber"] == [
        "The last good restore drill was 36 days ago. Run deploy/restore-drill."
    ]


def test_no_drill_at_all_turns_it_amber(settings: Any, tmp_path: Path) -> None:
    body = readyz(settings, tmp_path, days=None)
    assert body["last_good_restore_drill"] == "never"
    assert len(body["amber"]) == 1


def test_a_demonstration_needs_none(settings: Any, tmp_path: Path) -> None:
    assert "amber" not in readyz(settings, tmp_path, days=None, demo=True)
