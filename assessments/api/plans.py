"""Scenarios, runs and plans over HTTP: written, solved, compared, decided and carried out."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from ninja import Router, Status

from assessments.actions.plans import case_bytes, make_scenario, scenario_of, start_run, stop_run
from assessments.actions.plans_deciding import (
    approve_plan,
    propose_plan,
    publish_plan,
    record_work,
    replanned,
    verify_work,
    vote,
    withdraw_plan,
)
from assessments.api.works import work_of
from assessments.models import PlanRun, Scenario, WorkRecord
from assessments.schemas.plans import (
    ComparisonOut,
    LearnedOut,
    PlanOut,
    PlansOut,
    PlanStateIn,
    ReplanIn,
    RunOut,
    ScenarioIn,
    ScenarioOut,
    VoteIn,
    VoteOut,
    WorkRecordIn,
    WorkRecordOut,
)
from assessments.selectors.arrivals import arrivals_here, frozen_arrivals
from assessments.selectors.learned import learned_durations
from assessments.selectors.plans import compared, plan_detail, plan_here, plans_of, run_item, scenario_item, votes_of
from crisis.lib.errors import Invalid, NotFound
from municipal_units.api.asking import Asking
from municipal_units.models import Decision, Municipality
from municipal_units.permissions import Actor, Permission
from municipal_units.selectors.disclosure import audience_of
from municipal_units.selectors.places import municipality_for

router = Router(tags=["plans"])
TOWN = "/municipalities/{slug:code}"
PLANS, SCENARIOS, RUNS = TOWN + "/plans", TOWN + "/scenarios", TOWN + "/plan-runs"
WORKS = TOWN + "/works/{int:work_id}"


@router.get(PLANS, response=PlansOut, operation_id="plans")
def plans(request: Asking, code: str) -> dict[str, Any]:
    """Scenarios with their newest run, and the plans that came of them; the public sees published ones."""
    town = municipality_for(request.auth, code, Permission.VIEW_APPROVED_PLANS)
    return plans_of(town, actor=request.auth)


@router.post(SCENARIOS, response={201: ScenarioOut}, operation_id="make_scenario")
def make(request: Asking, code: str, scenario: ScenarioIn) -> Status[dict[str, Any]]:
    """A new scenario. Scenarios are never changed: a change is a copy."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    values = scenario.dict(exclude_unset=True)
    origin = values.pop("copy_of", None)
    copied = scenario_here(town, origin) if origin else None
    if arrivals := values.pop("arrivals_from", None):
        values["arrivals"] = frozen_arrivals(arrivals_here(town, arrivals))
    made = make_scenario(by=request.auth, municipality=town, name=values.pop("name"), copy_of=copied, **values)
    return Status(201, scenario_item(made))


@router.get(TOWN + "/learned-durations", response=list[LearnedOut], operation_id="learned_durations")
def learned(request: Asking, code: str) -> list[dict[str, Any]]:
    """How long and how dear finished works really were, by type and crew, with their number and spread."""
    return learned_durations(municipality_for(request.auth, code, Permission.VIEW_WORKS), actor=request.auth)


@router.post(SCENARIOS + "/{int:scenario_id}/runs", response={201: RunOut}, operation_id="run_scenario")
def run(request: Asking, code: str, scenario_id: int) -> Status[dict[str, Any]]:
    """Freezes the planning case as it is now and queues the solve; asked twice, the one under way is given."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    started = start_run(by=request.auth, scenario=scenario_here(town, scenario_id))
    return Status(201, run_item(started))


@router.get(RUNS + "/{int:run_id}", response=RunOut, operation_id="plan_run")
def run_state(request: Asking, code: str, run_id: int) -> dict[str, Any]:
    town = municipality_for(request.auth, code, Permission.VIEW_WORKS)
    return run_item(run_here(town, run_id), audience_of(request.auth, town))


@router.post(RUNS + "/{int:run_id}/stop", response=RunOut, operation_id="stop_plan_run")
def stop(request: Asking, code: str, run_id: int) -> dict[str, Any]:
    """Ends the search; the best plan so far is kept."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    return run_item(stop_run(by=request.auth, run=run_here(town, run_id)))


@router.get(RUNS + "/{int:run_id}/case", operation_id="plan_run_case")
def case(request: Asking, code: str, run_id: int) -> HttpResponse:
    """The frozen planning case of a run, as `manage.py plan` reads it. It holds exact counts of people."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    return case_file(town, run_here(town, run_id))


def case_file(town: Municipality, found: PlanRun) -> HttpResponse:
    response = HttpResponse(case_bytes(found), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{town.code}-case-{found.pk}.json"'
    return response


@router.get(PLANS + "/compare", response=ComparisonOut, operation_id="compare_plans")
def compare(request: Asking, code: str, plans: str = "") -> dict[str, Any]:
    """Up to four plans side by side: ?plans=3,5,8."""
    town = municipality_for(request.auth, code, Permission.VIEW_APPROVED_PLANS)
    return compared(town, plan_ids(plans), actor=request.auth)


def plan_ids(text: str) -> list[int]:
    """The ids in a text like 3,5,8; each once."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if any(not part.isascii() or not part.isdecimal() or len(part) > 18 for part in parts):
        raise Invalid("Name the plans by their numbers, with commas: 3,5.")
    return list(dict.fromkeys(int(part) for part in parts))


@router.get(PLANS + "/{int:plan_id}", response=PlanOut, operation_id="plan")
def plan(request: Asking, code: str, plan_id: int) -> dict[str, Any]:
    town = municipality_for(request.auth, code, Permission.VIEW_APPROVED_PLANS)
    return plan_detail(plan_here(town, plan_id, actor=request.auth), actor=request.auth)


@router.post(PLANS + "/{int:plan_id}/state", response=PlanOut, operation_id="decide_plan")
def decide(request: Asking, code: str, plan_id: int, change: PlanStateIn) -> dict[str, Any]:
    """Brings a plan a step on its way. Who proposed it does not approve it."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    decide_plan(request.auth, town, plan_id, **change.dict())
    return plan_detail(plan_here(town, plan_id, actor=request.auth), actor=request.auth)


def decide_plan(
    actor: Actor,
    town: Municipality,
    plan_id: int,
    *,
    do: str,
    starts_on: date | None = None,
    decision: int | None = None,
    dissent: str = "",
    reason: str = "",
) -> None:
    found = plan_here(town, plan_id, actor=actor)
    if do == "propose":
        propose_plan(by=actor, plan=found)
    elif do == "approve":
        adopted = Decision.objects.filter(municipality=town, pk=decision).first() if decision else None
        if decision and adopted is None:
            raise NotFound("There is no such decision here.")
        starts = starts_on or timezone.localdate()
        approve_plan(by=actor, plan=found, starts_on=starts, dissent=dissent, decision=adopted)
    elif do == "publish":
        publish_plan(by=actor, plan=found)
    else:
        withdraw_plan(by=actor, plan=found, reason=reason)


@router.post(PLANS + "/{int:plan_id}/replan", response={201: ScenarioOut}, operation_id="replan")
def replan(request: Asking, code: str, plan_id: int, wish: ReplanIn) -> Status[dict[str, Any]]:
    """A scenario from today on: what is done is paid and fixed, what is under way stays in."""
    town = municipality_for(request.auth, code, Permission.EDIT_PLANS)
    found = plan_here(town, plan_id, actor=request.auth)
    return Status(201, scenario_item(replanned(by=request.auth, plan=found, name=wish.name)))


@router.post(WORKS + "/record", response=WorkRecordOut, operation_id="record_work")
def record(request: Asking, code: str, work_id: int, done: WorkRecordIn) -> WorkRecord:
    """What was really done: when a work began and ended, and what it cost."""
    work = work_of(municipality_for(request.auth, code, Permission.EDIT_WORKS), work_id)
    return record_work(by=request.auth, work=work, **done.dict())


@router.post(WORKS + "/verify", response=WorkRecordOut, operation_id="verify_work")
def verify(request: Asking, code: str, work_id: int) -> WorkRecord:
    """A completed work has been seen; what it adds becomes the observed state of its facilities."""
    work = work_of(municipality_for(request.auth, code, Permission.APPROVE_WORKS), work_id)
    return verify_work(by=request.auth, work=work, observed_at=timezone.now())


@router.put(WORKS + "/vote", response=VoteOut, operation_id="vote")
def cast(request: Asking, code: str, work_id: int, ballot: VoteIn) -> dict[str, int]:
    """A community representative's word on a work. It stands beside the computed order and never changes it."""
    work = work_of(municipality_for(request.auth, code, Permission.VOTE), work_id)
    vote(by=request.auth, work=work, value=ballot.value)
    wanted, unwanted = votes_of([work.pk]).get(work.pk, (0, 0))
    return {"work": work.pk, "votes_for": wanted, "votes_against": unwanted}


def scenario_here(town: Municipality, scenario_id: int) -> Scenario:
    found = scenario_of(town, scenario_id)
    if found is None:
        raise NotFound("There is no such scenario here.")
    return found


def run_here(town: Municipality, run_id: int) -> PlanRun:
    found = PlanRun.objects.filter(municipality=town, pk=run_id).select_related("municipality").first()
    if found is None:
        raise NotFound("There is no such run here.")
    return found
