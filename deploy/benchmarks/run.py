"""Runs the benchmarks and prints one table of ratios; a peer or raw limit is measured in the same run.

usage: deploy/bench [sockets] [tiles] [functionality] [plans] [imports] [intake] [registers] [--out FILE]
Absolute figures are information only: these machines are small and shared. Exit status 1 when a target is not met.
"""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parents[2]
SUBJECTS = ("functionality", "plans", "imports", "intake", "registers", "tiles", "sockets")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", choices=[*SUBJECTS, []], help="which to run (all)")
    parser.add_argument("--out", type=Path, help="also write the rows to this file, as JSON lines")
    options = parser.parse_args()
    os.chdir(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crisis.settings")
    django.setup()
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    print(f"{datetime.now(UTC):%d %B %Y}, {machine}")
    print(f"commit {commit()}")
    rows: list[dict[str, Any]] = []
    for subject in options.subjects or SUBJECTS:
        print(f"\n{subject}", flush=True)
        for row in importlib.import_module(f"deploy.benchmarks.{subject}").run():
            rows.append({"subject": subject, **row})
            print(line(row), flush=True)
    if options.out:
        options.out.write_text("".join(json.dumps(row) + "\n" for row in rows))
    missed = [row for row in rows if row["met"] is False]
    print(f"\n{len(rows) - len(missed)} of {len(rows)} rows within their target.")
    return 1 if missed else 0


def line(row: dict[str, Any]) -> str:
    """What was measured, ours, the peer's, their ratio and the target, on three short lines."""
    verdict = {True: "met", False: "NOT MET", None: "no target"}[row["met"]]
    parts = [f"  {row['what']}", f"      ours {row['ours']}" + (f"; {row['peer']}" if row["peer"] else "")]
    ratio = f"ratio {row['ratio']}; " if row["ratio"] != "" else ""
    return "\n".join([*parts, f"      {ratio}target: {row['target']}: {verdict}"])


def commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
