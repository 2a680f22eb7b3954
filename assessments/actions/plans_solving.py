"""A run is solved here: outside of any transaction, with progress in its row, stopped on request, written once."""

import dataclasses
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from assessments.actions.doubt import weigh_plan_soon
from assessments.actions.plans import FAILED, FINISHED, RUNNING, WORKING, frozen_case
from assessments.core.case import PlanningCase
from assessments.core.planning.answers import finite
from assessments.core.planning.evaluation import Workbench, workbench
from assessments.core.planning.optimiser import portfolio
from assessments.core.planning.schedule import schedule
from assessments.core.planning.solving import Portfolio, Progress
from assessments.core.planning.story import plan_story
from assessments.models import Plan, PlannedIntervention, PlanRun
from crisis.lib.errors import RepriseError
from municipal_units.models import Event
from municipal_units.permissions import scope, system_actor

BEAT_S, TOLD_EVERY_S = 0.5, 2.0
CALENDAR_S = 15.0  # the order of the chosen works: the list rule at once, its proof within this time
MOST_ATTEMPTS = 5
# Budgets of the frontier as shares of the one asked for, and how near and long each of these solves may go.
FRONTIER = (0.1, 0.25, 0.5, 0.75, 1.25, 1.5, 2.0)
FRONTIER_GAP, FRONTIER_S, FRONTIER_WORKS = 0.02, 5.0, 1_500


@dataclass
class Watched:
    """What the solving thread says and hears; the database is spoken to by the job's own thread only."""

    latest: Progress | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    def __call__(self, progress: Progress) -> bool:
        self.latest = progress
        return self.stop.is_set()


def run_plan(*, municipality_id: int, run_id: int) -> None:
    """Solves a queued run, or again one whose worker died; a finished run is left alone."""
    actor = system_actor(municipality_id)
    with scope(actor, statement_timeout_ms=0):
        run = PlanRun.objects.select_for_update(of=("self",)).select_related("scenario").filter(pk=run_id).first()
        if run is None or run.state not in WORKING:
            return
        run.attempts += 1
        run.state, run.started_at = RUNNING, timezone.now()
        run.progress = {"stage": "reading"}
        given_up = run.attempts > MOST_ATTEMPTS
        if given_up:
            run.state, run.message = FAILED, f"The worker died {MOST_ATTEMPTS} times over this run."
            run.finished_at = timezone.now()
        run.save(update_fields=["attempts", "state", "started_at", "progress", "message", "finished_at"])
    if given_up:
        return
    watched = Watched()
    try:
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="solve") as pool:
            solving = pool.submit(solve, run, watched)
            follow(run, watched, solving.done)
            bench, answer, story = solving.result()
    except RepriseError as refusal:
        fail(run, refusal.message)
        return
    keep(run, bench, answer, story)


def solve(run: PlanRun, watched: Watched) -> tuple[Workbench, Portfolio, dict[str, Any]]:
    """The plan, its story and the budget frontier around it; reads only the run's frozen case."""
    scenario = run.scenario
    case = frozen_case(run)
    bench = workbench(case)
    answer = portfolio(case, clock=time.monotonic, gap=scenario.gap, time_s=scenario.time_s, watch=watched, bench=bench)
    calendar = schedule(
        case, clock=time.monotonic, gap=scenario.gap, time_s=CALENDAR_S, watch=watched, only=answer.works, bench=bench
    )
    story = plan_story(bench, answer.works, starts=calendar.start, low_share=scenario.low_share)
    story["calendar"] = {"status": str(calendar.status), "gap": finite(calendar.gap)}
    story["frontier"] = frontier(case, answer, watched)
    return bench, answer, story


def frontier(case: PlanningCase, answer: Portfolio, watched: Watched) -> list[dict[str, float]]:
    """What other budgets would restore: {budget, gain, cost}, from 0 up. Empty without a total budget."""
    total = case.limits.budget_total
    points = [{"budget": 0.0, "gain": 0.0, "cost": 0.0}]
    if not total or len(case.interventions) > FRONTIER_WORKS or any(work.mandatory for work in case.interventions):
        return []
    for share in FRONTIER:
        if watched.stop.is_set():
            break
        moved = dataclasses.replace(case, limits=dataclasses.replace(case.limits, budget_total=total * share))
        found = portfolio(moved, clock=time.monotonic, gap=FRONTIER_GAP, time_s=FRONTIER_S, watch=watched)
        points.append({"budget": total * share, "gain": found.value.gain, "cost": found.value.cost})
    points.append({"budget": total, "gain": answer.value.gain, "cost": answer.value.cost})
    return sorted(points, key=lambda point: point["budget"])


def follow(run: PlanRun, watched: Watched, done: Callable[[], bool]) -> None:
    """Writes how far the solve is and hears whether it shall stop, until it is done."""
    actor, told = system_actor(run.municipality_id), 0.0
    while not done():
        time.sleep(BEAT_S)
        progress = progress_item(watched.latest)
        with scope(actor):
            PlanRun.objects.filter(pk=run.pk, state=RUNNING).update(progress=progress)
            if PlanRun.objects.filter(pk=run.pk, stop_requested=True).exists():
                watched.stop.set()
            if time.monotonic() - told >= TOLD_EVERY_S and not done():
                told = time.monotonic()
                Event.objects.record(
                    "plan.progress",
                    municipality_id=run.municipality_id,
                    by_id=None,
                    subject=run,
                    shows={"run": run.pk, "stage": progress["stage"], "gap": progress.get("gap")},
                )


def progress_item(progress: Progress | None) -> dict[str, Any]:
    if progress is None:
        return {"stage": "reading"}
    return {
        "stage": progress.stage,
        "seconds": round(progress.seconds, 1),
        "gain": finite(progress.gain),
        "bound": progress.bound,
        "gap": None if progress.gap is None else finite(progress.gap),
    }


def fail(run: PlanRun, message: str) -> None:
    with scope(system_actor(run.municipality_id)):
        PlanRun.objects.filter(pk=run.pk, state__in=WORKING).update(
            state=FAILED, message=message, finished_at=timezone.now()
        )
        Event.objects.record(
            "plan.failed", municipality_id=run.municipality_id, by_id=None, subject=run, shows={"run": run.pk}
        )


@transaction.atomic
def keep(run: PlanRun, bench: Workbench, answer: Portfolio, story: dict[str, Any]) -> Plan | None:
    """Writes the plan once, whoever else worked on the same run."""
    with scope(system_actor(run.municipality_id, user_id=run.created_by_id), statement_timeout_ms=0):
        locked = PlanRun.objects.select_for_update().get(pk=run.pk)
        if locked.state not in WORKING:
            return None
        told = story.pop("works")
        plan = Plan.objects.create(
            municipality_id=run.municipality_id,
            run=locked,
            scenario_id=run.scenario_id,
            gain=answer.value.gain,
            bound=answer.bound,
            gap=finite(answer.gap),
            proof=str(answer.status),
            cost=answer.value.cost,
            outcome={
                **story,
                "objective": answer.value.objective,
                "short": answer.value.short,
                "cost_by_fund": answer.value.cost_by_fund,
                "seconds": answer.seconds,
            },
            author_id=run.created_by_id,
        )
        PlannedIntervention.objects.bulk_create(
            (
                PlannedIntervention(
                    municipality_id=run.municipality_id,
                    plan=plan,
                    intervention_id=item["id"],
                    chosen=item["chosen"],
                    position=position,
                    start_period=item["start"],
                    periods=item["periods"],
                    cost=item["cost"],
                    gain=item["gain"],
                    reason=item["reason"],
                )
                for position, item in enumerate(told)
            ),
            batch_size=2_000,
        )
        locked.state, locked.finished_at = FINISHED, timezone.now()
        locked.progress = {"stage": "done", "gain": plan.gain, "bound": plan.bound, "gap": plan.gap}
        locked.save(update_fields=["state", "finished_at", "progress"])
        Event.objects.record(
            "plan.computed",
            municipality_id=run.municipality_id,
            by_id=run.created_by_id,
            subject=plan,
            shows={"plan": plan.pk, "run": run.pk, "gap": plan.gap, "proof": plan.proof},
        )
        weigh_plan_soon(run.municipality_id, plan.pk)
    return plan
