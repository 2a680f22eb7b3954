"""What the commands that solve planning cases share: how near, how long, and progress on standard error."""

import argparse
import math
import time
from typing import Any

from django.core.management.base import CommandParser

from assessments.core.planning.solving import Progress
from assessments.management.case_commands import CaseCommand

TOLD_EVERY_S = 2.0


class PlanCommand(CaseCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--gap", type=at_least_zero, default=0.01, help="distance from the bound over the gain")
        parser.add_argument("--time", type=at_least_zero, default=60.0, help="seconds to search at most")

    def effort(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"clock": time.monotonic, "gap": options["gap"], "time_s": options["time"], "watch": self.watch()}

    def watch(self) -> Any:
        last = [-math.inf]

        def told(progress: Progress) -> bool:
            if progress.works is not None or progress.seconds - last[0] >= TOLD_EVERY_S:
                last[0] = progress.seconds
                known = "" if progress.bound is None else f", at most {progress.bound:.6g}"
                self.stderr.write(f"{progress.seconds:6.1f} s  {progress.stage}: gain {progress.gain:.6g}{known}")
            return False

        return told


def at_least_zero(text: str) -> float:
    value = float(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number of at least 0, but is {text}")
    return value
