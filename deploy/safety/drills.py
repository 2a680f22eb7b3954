"""Receipts of restore drills, kept in the copy's folder; the newest good one is what /readyz asks for."""

import json
from pathlib import Path
from typing import Any


def write_receipt(folder: Path, receipt: dict[str, Any]) -> Path:
    drills = folder / "drills"
    drills.mkdir(exist_ok=True)
    path = drills / f"{receipt['finished_at'].replace(':', '')}.json"
    path.write_text(json.dumps(receipt, indent=2, ensure_ascii=False) + "\n")
    return path


def newest_good_drill(folder: Path) -> str:
    """The text of the newest receipt that ended well; empty when there is none."""
    good = [path.read_text() for path in sorted((folder / "drills").glob("*.json"))]
    good = [text for text in good if json.loads(text).get("good") is True]
    return good[-1] if good else ""
