"""How sure the ranking and the plans are: queued after a computation, worked out beside it, kept, and told once.

Drawing hundreds of worlds takes seconds to minutes, so no page and no follower waits for it. The rows say what there is
to do: a ranking whose doubt belongs to an older computation, a plan without one.
"""

import hashlib
import json
import time
from datetime import datetime
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from assessments.actions.plans import canonical, frozen_case
from assessments.core.case import PlanningCase
from assessments.core.document_writing import case_document
from assessments.core.planning.robustness import PLAN_DRAWS, SURVEYS, Survey, assess_first, plan_robustness
from assessments.core.robustness import DRAWS, FIRST_PLACES, rank_robustness
from assessments.core.surveys import InputKind, PeopleBounds, RankSurvey, name_of, rank_surveys
from assessments.models import FunctionalityRun, Plan, PlanDoubt, PlannedIntervention, RankingDoubt
from assessments.selectors.case import Town, town_case
from crisis.lib.errors import FieldError, Invalid
from municipal_units.models import Event, Municipality
from municipal_units.permissions import Actor, Permission, require, scope, system_actor

QUEUE = "plans"
WEIGH_RANKING, WEIGH_PLAN = "assessments.weigh_ranking", "assessments.weigh_plan"
# A burst of facts is weighed once: the job waits so long, and what comes meanwhile finds it queued.
SETTLE_S = 3
BEHIND_OTHERS = -10  # priority: imports and solves go first
# Without a wish: a quarter of the works, but no fewer than 3 and no more than FIRST_PLACES.
SHARE_OF_WORKS, FEWEST_PLACES = 4, 3
MOST_PLACES, MOST_SEED = 1_000, 2**31 - 1
# Seconds for one solve of a plan in another world, and how many worlds and surveys of a large case.
SOLVE_S = 4.0
LARGE_WORKS, LARGE_DRAWS, LARGE_SURVEYS = 1_500, 8, 4


def weigh_ranking_soon(municipality_id: int) -> None:
    """After every computation that changed something; nothing twice."""
    _defer(WEIGH_RANKING, ranking_key(municipality_id), wait_s=SETTLE_S, municipality_id=municipality_id)


def weigh_plan_soon(municipality_id: int, plan_id: int) -> None:
    _defer(WEIGH_PLAN, plan_key(plan_id), wait_s=0, municipality_id=municipality_id, plan_id=plan_id)


def ranking_key(municipality_id: int) -> str:
    return f"doubt:ranking:{municipality_id}"


def plan_key(plan_id: int) -> str:
    return f"doubt:plan:{plan_id}"


def _defer(task: str, key: str, *, wait_s: int, municipality_id: int, **ids: int) -> None:
    job = app.configure_task(
        task,
        queue=QUEUE,
        lock=f"doubt:{municipality_id}",
        queueing_lock=key,
        priority=BEHIND_OTHERS,
        schedule_in={"seconds": wait_s},
    )
    try:
        # In a savepoint of its own: a refused queueing must not spoil the transaction around it.
        with transaction.atomic():
            job.defer(municipality_id=municipality_id, **ids)
    except (AlreadyEnqueued, IntegrityError):
        return


@transaction.atomic
def ask_ranking(
    *, by: Actor, municipality: Municipality, first_places: int | None = None, seed: int | None = None
) -> RankingDoubt:
    """Weighs the ranking again: with another number of first places, another seed, or as before."""
    require(by, Permission.RUN_PRIORITIES, municipality.pk)
    wrong = []
    if first_places is not None and not 1 <= first_places <= MOST_PLACES:
        wrong.append(FieldError("first_places", f"This must be between 1 and {MOST_PLACES}; {first_places} was given."))
    if seed is not None and not 0 <= seed <= MOST_SEED:
        wrong.append(FieldError("seed", f"This must be between 0 and {MOST_SEED}; {seed} was given."))
    if wrong:
        raise Invalid(fields=wrong)
    doubt, _ = RankingDoubt.objects.select_for_update().get_or_create(municipality=municipality)
    doubt.asked_places, doubt.seed = first_places, doubt.seed if seed is None else seed
    doubt.run, doubt.stamp = None, ""
    doubt.save(update_fields=["asked_places", "seed", "run", "stamp"])
    Event.objects.record(
        "ranking.asked",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=doubt,
        shows={"first_places": first_places, "seed": doubt.seed},
    )
    weigh_ranking_soon(municipality.pk)
    return doubt


def weigh_ranking(*, municipality_id: int, now: datetime | None = None) -> RankingDoubt | None:
    """Rank bands and what to assess first, from the facts of this moment. Inputs that have not changed since are not
    drawn again. None before the first computation, or when somebody asked anew meanwhile."""
    now = now or timezone.now()
    with scope(system_actor(municipality_id), statement_timeout_ms=0):
        municipality = Municipality.objects.get(pk=municipality_id)
        run = FunctionalityRun.objects.filter(municipality=municipality).order_by("-seq", "-id").first()
        if run is None:
            return None
        town = town_case(municipality, as_of=now)
        wished, _ = RankingDoubt.objects.get_or_create(municipality=municipality)
    places = wished.asked_places or first_places_of(len(town.case.interventions))
    people = people_bounds(town)
    stamp = stamp_of(town.case, people, places)
    values: dict[str, Any] = {"run": run, "as_of": town.as_of}
    if stamp != wished.stamp:
        values |= drawn(town.case, people, places=places, seed=wished.seed) | {"stamp": stamp}
    with transaction.atomic(), scope(system_actor(municipality_id)):
        mine = RankingDoubt.objects.filter(
            municipality=municipality, seed=wished.seed, asked_places=wished.asked_places
        )
        if not mine.update(**values, computed_at=timezone.now()):
            weigh_ranking_soon(municipality_id)
            return None
        doubt = mine.get()
        shows = {"first_places": doubt.first_places, "draws": doubt.draws, "seed": doubt.seed}
        Event.objects.record("ranking.weighed", municipality_id=municipality_id, subject=doubt, shows=shows)
    return doubt


def first_places_of(works: int) -> int:
    return min(FIRST_PLACES, max(FEWEST_PLACES, works // SHARE_OF_WORKS))


def people_bounds(town: Town) -> PeopleBounds:
    return PeopleBounds(*(town.places[name].to_numpy(dtype=float) for name in ("people_lo", "people_hi")))


def stamp_of(case: PlanningCase, people: PeopleBounds, places: int) -> str:
    """Names the inputs: the case as anybody can write it down, the intervals of people, how many first places."""
    digest = hashlib.sha256(canonical(case_document(case)))
    bounds = [[None if value != value else float(value) for value in array] for array in people]
    digest.update(json.dumps([bounds, places, DRAWS]).encode())
    return digest.hexdigest()


def drawn(case: PlanningCase, people: PeopleBounds, *, places: int, seed: int) -> dict[str, Any]:
    """The columns of RankingDoubt that follow from the inputs and the seed."""
    began = time.monotonic()
    if not case.interventions:
        return {"draws": 0, "first_places": 0, "levels": [], "works": [], "surveys": [], "seconds": 0.0}
    robust = rank_robustness(case, random=np.random.default_rng(seed), first_places=places)
    surveys = rank_surveys(case, first_places=places, people=people)
    return {
        "draws": robust.draws,
        "first_places": places,
        "levels": list(robust.levels),
        "works": [
            {
                "id": work.id,
                "share": float(robust.acceptability[number]),
                "low": float(robust.rank_low[number]),
                "high": float(robust.rank_high[number]),
            }
            for number, work in enumerate(case.interventions)
        ],
        "surveys": [ranking_survey(case, survey) for survey in surveys],
        "seconds": time.monotonic() - began,
    }


def ranking_survey(case: PlanningCase, survey: RankSurvey) -> dict[str, Any]:
    """A survey with ids instead of numbers; `low` and `high` are shares of the facility's capacity, or persons."""
    doubt = survey.doubt
    whole = 1.0
    if doubt.kind == InputKind.FACILITY:
        whole = float(case.nominal[doubt.target]) or 1.0
    ids = [work.id for work in case.interventions]
    ends = {
        name: {
            "enters": [ids[number] for number in change.enters],
            "leaves": [ids[number] for number in change.leaves],
            "moved": change.moved,
        }
        for name, change in (("at_low", survey.at_low), ("at_high", survey.at_high))
    }
    key = name_of(case, doubt)
    return {
        "kind": str(doubt.kind), "key": key, "low": doubt.low / whole, "high": doubt.high / whole,
        "value": survey.value, **ends,
    }  # fmt: skip


def weigh_plan(*, municipality_id: int, plan_id: int, seed: int = 1) -> PlanDoubt | None:
    """How firm each work of a plan is, from the frozen case of its run; once for each plan."""
    with scope(system_actor(municipality_id), statement_timeout_ms=0):
        plan = Plan.objects.select_related("run").filter(pk=plan_id).first()
        if plan is None or PlanDoubt.objects.filter(plan=plan).exists():
            return None
        case, stamp = frozen_case(plan.run), plan.run.case_sha256
        chosen = set(
            PlannedIntervention.objects.filter(plan=plan, chosen=True).values_list("intervention_id", flat=True)
        )
    works = [number for number, work in enumerate(case.interventions) if work.id in chosen]
    began, large = time.monotonic(), len(case.interventions) > LARGE_WORKS
    random, clock = np.random.default_rng(seed), time.monotonic
    draws = LARGE_DRAWS if large else PLAN_DRAWS
    robust = plan_robustness(case, works, random=random, clock=clock, draws=draws, time_s=SOLVE_S)
    surveys = assess_first(case, works, clock=clock, time_s=SOLVE_S, most=LARGE_SURVEYS if large else SURVEYS)
    with transaction.atomic(), scope(system_actor(municipality_id)):
        doubt, is_new = PlanDoubt.objects.get_or_create(
            plan=plan,
            defaults={
                "municipality_id": municipality_id,
                "seed": seed,
                "draws": robust.draws,
                "stamp": stamp,
                "gains": list(robust.gains),
                "regret": robust.regret,
                "works": [
                    {"id": work.id, "share": float(robust.share[number])}
                    for number, work in enumerate(case.interventions)
                ],
                "surveys": [plan_survey(case, survey) for survey in surveys],
                "seconds": time.monotonic() - began,
            },
        )
        if is_new:
            shows = {"plan": plan.pk, "draws": robust.draws}
            Event.objects.record("plan.weighed", municipality_id=municipality_id, subject=plan, shows=shows)
    return doubt


def plan_survey(case: PlanningCase, survey: Survey) -> dict[str, Any]:
    """As `ranking_survey`; `stake` is what knowing would save, in persons fully served."""
    whole = float(case.nominal[survey.facility]) or 1.0
    ids = [work.id for work in case.interventions]
    ends = {
        "at_low": (survey.enters_low, survey.leaves_low),
        "at_high": (survey.enters_high, survey.leaves_high),
    }
    return {
        "kind": str(InputKind.FACILITY),
        "key": str(case.facility_ids[survey.facility]),
        "low": survey.low / whole,
        "high": survey.high / whole,
        "stake": survey.stake,
        **{
            end: {"enters": [ids[number] for number in enters], "leaves": [ids[number] for number in leaves]}
            for end, (enters, leaves) in ends.items()
        },
    }
