"""Scenarios are written and run here; the answer is frozen with everything it was made from.

A PlanRun's row is the truth about the work to do. A job is only somebody who works on it: a killed worker's run is
queued again and solved from its frozen case, and whoever finishes first writes the one plan.
"""

import dataclasses
import gzip
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from assessments.core.arrivals import with_arrivals
from assessments.core.case import Intervention as Work
from assessments.core.case import Limits, PlanningCase
from assessments.core.document import load_case
from assessments.core.document_writing import case_document
from assessments.models import Intervention, PlanRun, Scenario
from assessments.selectors.arrivals import DISPLACED, arrivals_in
from assessments.selectors.case import planning_case
from assessments.selectors.learned import learned_key
from assessments.selectors.suspicion import without_suspected
from crisis.lib.errors import FieldError, Invalid
from municipal_units.models import Event, EventCounter, Municipality
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.norms import norms_at

QUEUE, TASK = "plans", "assessments.run_plan"
ROUNDING = 1e-9
QUEUED, RUNNING, FINISHED, FAILED = "queued", "running", "finished", "failed"
WORKING = (QUEUED, RUNNING)
LEAST_FACTOR, MOST_FACTOR = 0.1, 20.0
MOST_PERIODS, LONGEST_PERIOD_DAYS, LONGEST_SOLVE_S = 240, 365, 1_800
FIELDS = (
    "budget_total", "budgets", "crews", "periods", "period_days", "displaced_weight", "floor_share", "floor_price",
    "low_share", "mandatory", "forbidden", "weights", "displaced_change", "arrival_places", "arrivals", "under_way",
    "duration_factors", "gap", "time_s", "weights_source", "weights_on",
)  # fmt: skip


@transaction.atomic
def make_scenario(
    *, by: Actor, municipality: Municipality, name: str, copy_of: Scenario | None = None, **wanted: Any
) -> Scenario:
    """A new scenario; what is not said is taken from `copy_of`. The same content under the same name is not doubled."""
    require_somewhere(by, Permission.EDIT_PLANS, municipality)
    values = {field: getattr(copy_of, field) for field in FIELDS} if copy_of else {}
    if "weights" in wanted:  # whoever agreed the weights of the original did not agree these
        values |= {"weights_source": "", "weights_on": None}
    values |= {key: value for key, value in wanted.items() if key in FIELDS}
    refuse_nonsense(municipality, name, values)
    scenario = Scenario.objects.create(
        municipality=municipality, name=name.strip(), copy_of=copy_of, created_by_id=by.user_id, **values
    )
    Event.objects.record(
        "scenario.made",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=scenario,
        shows={"scenario": scenario.pk, "name": scenario.name},
    )
    return scenario


def refuse_nonsense(municipality: Municipality, name: str, values: Mapping[str, Any]) -> None:
    wrong = [FieldError("name", "Give the scenario a name.")] if not name.strip() else []
    ranges = {
        "budget_total": (0, math.inf), "periods": (1, MOST_PERIODS), "period_days": (1, LONGEST_PERIOD_DAYS),
        "displaced_weight": (0, 10), "floor_share": (0, 1), "floor_price": (0, 10), "low_share": (0, 1),
        "displaced_change": (-1, 5), "gap": (0, 0.5), "time_s": (1, LONGEST_SOLVE_S),
    }  # fmt: skip
    for field, (low, high) in ranges.items():
        value = values.get(field)
        if value is not None and not (low <= value <= high and not math.isnan(value)):
            wrong.append(FieldError(field, f"This must be between {low} and {high}; {value} was given."))
    for field in ("budgets", "crews", "weights", "under_way"):
        for key, value in (values.get(field) or {}).items():
            if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
                wrong.append(FieldError(f"{field}.{key}", f"This must be zero or more; {value} was given."))
    for key, factor in (values.get("duration_factors") or {}).items():
        if not isinstance(factor, int | float) or not LEAST_FACTOR <= factor <= MOST_FACTOR:
            wrong.append(FieldError(f"duration_factors.{key}", f"Between {LEAST_FACTOR} and {MOST_FACTOR}."))
    works = {*values.get("mandatory", []), *values.get("forbidden", [])}
    known = set(Intervention.objects.filter(municipality=municipality, pk__in=works).values_list("pk", flat=True))
    if works - known:
        wrong.append(FieldError("mandatory", "One of these works is not known here."))
    if set(values.get("mandatory", [])) & set(values.get("forbidden", [])):
        wrong.append(FieldError("forbidden", "A work cannot be both mandatory and ruled out."))
    if wrong:
        raise Invalid(fields=wrong)


@transaction.atomic
def start_run(*, by: Actor, scenario: Scenario) -> PlanRun:
    """Freezes the case as it is now and queues the solve. A scenario that is being solved is not queued twice."""
    require_somewhere(by, Permission.EDIT_PLANS, scenario.municipality)
    under_way = PlanRun.objects.filter(scenario=scenario, state__in=WORKING).first()
    if under_way is not None:
        return under_way
    run = freeze_run(by=by, scenario=scenario)
    defer_run(run)
    return run


@transaction.atomic
def freeze_run(*, by: Actor, scenario: Scenario) -> PlanRun:
    """A run with the case as it is now, for whoever solves it."""
    municipality = scenario.municipality
    require_somewhere(by, Permission.EDIT_PLANS, municipality)
    today = timezone.localdate()
    case = without_suspected(case_for(scenario, planning_case(municipality, as_of=timezone.now())), municipality)
    if not case.interventions:
        raise Invalid("There are no works to choose from. Import them, or add the first.")
    frozen = canonical(case_document(case))
    run = PlanRun.objects.create(
        municipality=municipality,
        scenario=scenario,
        case_gz=gzip.compress(frozen, mtime=0),
        case_sha256=hashlib.sha256(frozen).hexdigest(),
        parameters_version=norms_at(municipality, today).parameters_version,
        seq=EventCounter.objects.get(municipality=municipality).seq,
        created_by_id=by.user_id,
    )
    Event.objects.record(
        "plan.started",
        municipality_id=municipality.pk,
        by_id=by.user_id,
        subject=run,
        shows={"run": run.pk, "scenario": scenario.pk, "name": scenario.name},
    )
    return run


@transaction.atomic
def stop_run(*, by: Actor, run: PlanRun) -> PlanRun:
    """Ends the search; the best plan found so far is kept."""
    require_somewhere(by, Permission.EDIT_PLANS, run.municipality)
    PlanRun.objects.filter(pk=run.pk, state__in=WORKING).update(stop_requested=True)
    run.refresh_from_db(fields=["state", "stop_requested"])
    return run


def defer_run(run: PlanRun) -> None:
    """Queues the work a run asks for; one solve at a time per municipality, and nothing twice."""
    task = app.configure_task(
        TASK, queue=QUEUE, lock=f"plans:{run.municipality_id}", queueing_lock=f"plan_run:{run.pk}"
    )
    try:
        # In a savepoint of its own: a refused queueing must not spoil the transaction around it.
        with transaction.atomic():
            task.defer(municipality_id=run.municipality_id, run_id=run.pk)
    except (AlreadyEnqueued, IntegrityError):
        return


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one way this document is written, so that equal cases have equal hashes."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def frozen_case(run: PlanRun) -> PlanningCase:
    """The case of a run exactly as anybody can download it."""
    return load_case(case_bytes(run))


def case_bytes(run: PlanRun) -> bytes:
    return gzip.decompress(bytes(run.case_gz))


def case_for(scenario: Scenario, case: PlanningCase) -> PlanningCase:
    """The municipality's case under a scenario: its weights, people expected, limits, and what must or must not be."""
    weight = case.weight
    if scenario.weights:
        stated = np.array([float(scenario.weights.get(str(key), 0.0)) for key in case.service_ids])
        if not stated.sum() > 0:
            raise Invalid(fields=[FieldError("weights", "At least one service must count.")])
        weight = stated / stated.sum()
    works = works_for(scenario, case)
    return dataclasses.replace(
        case,
        weight=weight,
        population=people_expected(scenario, case),
        interventions=works,
        limits=with_crews_at_work(limits_of(scenario), works),
    )


def works_for(scenario: Scenario, case: PlanningCase) -> tuple[Work, ...]:
    """The works in the scenario's periods, as long as finished ones of their kind took where somebody took that over.
    One under way goes on from the first period for the days it has left; it has begun, so it waits for nothing."""
    mandatory, forbidden = set(scenario.mandatory), set(scenario.forbidden)
    factors = factors_by_work(scenario)
    works = []
    for work in case.interventions:
        left = scenario.under_way.get(str(work.id))
        days = work.duration * factors.get(work.id, 1.0) if left is None else left
        periods = max(1, math.ceil(days / scenario.period_days - ROUNDING))
        held = {} if left is None else {"latest": 0, "requires": (), "duration": min(periods, scenario.periods)}
        changes: dict[str, Any] = {
            "duration": periods,
            "mandatory": work.mandatory or left is not None or work.id in mandatory,
            "forbidden": left is None and (work.forbidden or work.id in forbidden),
            **held,
        }
        works.append(dataclasses.replace(work, **changes))
    return tuple(works)


def factors_by_work(scenario: Scenario) -> dict[Any, float]:
    """The factor of each work whose type and crew has one."""
    if not scenario.duration_factors:
        return {}
    rows = Intervention.objects.filter(municipality_id=scenario.municipality_id)
    kinds = rows.values_list("pk", "intervention_type", "crew")
    found = {pk: scenario.duration_factors.get(learned_key(kind, crew)) for pk, kind, crew in kinds}
    return {pk: float(factor) for pk, factor in found.items() if factor}


def with_crews_at_work(limits: Limits, works: Sequence[Work]) -> Limits:
    """A crew has at least the people who are at work now, whatever the scenario says."""
    busy: dict[str, float] = {}
    for work in works:
        if work.latest is not None and work.crew in limits.crews:
            busy[work.crew] = busy.get(work.crew, 0.0) + work.crew_units
    crews = {crew: max(units, busy.get(crew, 0.0)) for crew, units in limits.crews.items()}
    return dataclasses.replace(limits, crews=crews)


def people_expected(scenario: Scenario, case: PlanningCase) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Persons by group with those whom the scenario's arrival rows expect, and its displaced people more or fewer."""
    expected = arrivals_in(case, scenario.arrivals.get("rows", []))
    population = with_arrivals(case.population, expected) if expected else case.population
    if not scenario.displaced_change or DISPLACED not in case.group_ids:
        return population
    population = population.copy()
    column = case.group_ids.index(DISPLACED)
    places = [
        number
        for number, key in enumerate(case.neighbourhood_ids)
        if not scenario.arrival_places or key in scenario.arrival_places
    ]
    population[places, column] *= 1 + scenario.displaced_change
    return population


def limits_of(scenario: Scenario) -> Limits:
    floor = None
    if scenario.floor_share:
        floor = {"x": scenario.floor_share, "kappa": scenario.floor_price}
    return Limits(
        budget_total=scenario.budget_total,
        budgets=dict(scenario.budgets),
        periods=scenario.periods,
        period_days=(float(scenario.period_days),) * scenario.periods,
        crews=dict(scenario.crews),
        group_weight={DISPLACED: scenario.displaced_weight} if scenario.displaced_weight else {},
        soft_floor=floor,
    )


def scenario_of(municipality: Municipality, scenario_id: int) -> Scenario | None:
    return Scenario.objects.select_related("municipality").filter(municipality=municipality, pk=scenario_id).first()


def known_works(municipality: Municipality, codes: Sequence[str]) -> list[int]:
    """The ids of works by code; a code nobody knows is refused by name."""
    found = dict(Intervention.objects.filter(municipality=municipality, code__in=codes).values_list("code", "pk"))
    if missing := [code for code in codes if code not in found]:
        raise Invalid(f"There is no work {missing[0]} here.")
    return [found[code] for code in codes]
