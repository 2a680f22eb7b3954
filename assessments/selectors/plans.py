"""Scenarios, runs and plans as pages and API show them: names, sentences and figures as the reader may see them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from assessments.models import CommunityVote, FunctionalityRun, Plan, PlannedIntervention, PlanRun, Scenario
from assessments.selectors.doubt import plan_doubt, plan_shares
from assessments.selectors.plan_sentences import Telling, proof_sentence, reason_code, work_sentence
from crisis.lib.disclosure import Audience, is_withheld, safe_count
from crisis.lib.errors import NotFound
from municipal_units.core.vocabulary import functionality_class
from municipal_units.models import Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.disclosure import audience_of
from municipal_units.selectors.places import names_of

MOST_COMPARED = 4
APPROVED_STATES = ("approved", "published", "replaced")


def scenario_item(scenario: Scenario) -> dict[str, Any]:
    """A scenario as it was written; nothing in it is about people."""
    return {
        "id": scenario.pk,
        "name": scenario.name,
        "copy_of": scenario.copy_of_id,
        "created_at": scenario.created_at,
        "budget_total": scenario.budget_total,
        "budgets": scenario.budgets,
        "crews": scenario.crews,
        "periods": scenario.periods,
        "period_days": scenario.period_days,
        "displaced_weight": scenario.displaced_weight,
        "floor_share": scenario.floor_share,
        "floor_price": scenario.floor_price,
        "low_share": scenario.low_share,
        "mandatory": scenario.mandatory,
        "forbidden": scenario.forbidden,
        "weights": scenario.weights,
        "weights_source": scenario.weights_source,
        "weights_on": scenario.weights_on,
        "displaced_change": scenario.displaced_change,
        "arrival_places": scenario.arrival_places,
        "arrivals": scenario.arrivals or None,
        "under_way": scenario.under_way,
        "duration_factors": scenario.duration_factors,
        "gap": scenario.gap,
        "time_s": scenario.time_s,
    }


def run_item(run: PlanRun, audience: Audience = Audience.OWN) -> dict[str, Any]:
    """How far a run is: stage, incumbent, bound, gap relative to the gain; the plan once there is one."""
    progress = run.progress or {}
    plan = Plan.objects.filter(run=run).values_list("pk", flat=True).first()
    return {
        "id": run.pk,
        "scenario": run.scenario_id,
        "state": run.state,
        "attempts": run.attempts,
        "message": run.message,
        "stop_requested": run.stop_requested,
        "stage": progress.get("stage", ""),
        "seconds": progress.get("seconds"),
        "gain": safe_count(progress.get("gain"), audience),
        "bound": safe_count(progress.get("bound"), audience),
        "gap": progress.get("gap"),
        "case_sha256": run.case_sha256,
        "frozen_at": run.created_at,
        "finished_at": run.finished_at,
        "plan": plan,
    }


def plan_row(plan: Plan, audience: Audience) -> dict[str, Any]:
    """A plan in one line."""
    after, before = plan.outcome["after"], plan.outcome["before"]
    return {
        "id": plan.pk,
        "scenario": plan.scenario_id,
        "name": plan.scenario.name,
        "state": plan.state,
        "gain": safe_count(plan.gain, audience),
        "bound": safe_count(plan.bound, audience),
        "gap": plan.gap,
        "proof": plan.proof,
        "proof_text": proof_sentence(plan.gap, plan.proof),
        "cost": plan.cost,
        "budget": plan.scenario.budget_total,
        "city_before": before["city"],
        "city_after": after["city"],
        "computed_at": plan.computed_at,
        "starts_on": plan.starts_on,
    }


def plans_of(municipality: Municipality, *, actor: Actor) -> dict[str, Any]:
    """Scenarios with their newest run and plan, newest first. Who only sees approved plans sees those."""
    require_somewhere(actor, Permission.VIEW_APPROVED_PLANS, municipality)
    audience = audience_of(actor, municipality)
    plans = visible_plans(municipality, actor).select_related("scenario").order_by("-computed_at", "-pk")
    runs: dict[int, dict[str, Any]] = {}
    scenarios: list[Scenario] = []
    if actor.may_somewhere(Permission.VIEW_WORKS, municipality.pk):
        scenarios = list(Scenario.objects.filter(municipality=municipality).order_by("-pk")[:100])
        newest = PlanRun.objects.filter(municipality=municipality).defer("case_gz").order_by("pk")
        runs = {run.scenario_id: run_item(run, audience) for run in newest.filter(scenario__in=scenarios)}
    return {
        "scenarios": [{**scenario_item(one), "run": runs.get(one.pk)} for one in scenarios],
        "plans": [plan_row(plan, audience) for plan in plans[:100]],
    }


def visible_plans(municipality: Municipality, actor: Actor) -> Any:
    plans = Plan.objects.filter(municipality=municipality)
    return (
        plans
        if actor.may_somewhere(Permission.VIEW_WORKS, municipality.pk)
        else plans.filter(published_at__isnull=False)
    )


def plan_here(municipality: Municipality, plan_id: int, *, actor: Actor) -> Plan:
    """A plan this actor may look at."""
    require_somewhere(actor, Permission.VIEW_APPROVED_PLANS, municipality)
    found = visible_plans(municipality, actor).select_related("scenario", "run", "municipality").filter(pk=plan_id)
    plan: Plan | None = found.defer("run__case_gz").first()
    if plan is None:
        raise NotFound("There is no such plan here.")
    return plan


def plan_detail(plan: Plan, *, actor: Actor) -> dict[str, Any]:
    """Everything about a plan: figures, each work with its sentence, who gains, who stays behind."""
    municipality, outcome = plan.municipality, plan.outcome
    audience = audience_of(actor, municipality)
    places = {place.pk: names_of(place) for place in Neighbourhood.objects.filter(municipality=municipality)}
    hidden = {item["id"] for item in outcome["places"] if is_withheld(item["people"], audience)}
    start = plan.starts_on or plan.computed_at.date()
    sees_facilities = actor.may_somewhere(Permission.VIEW_FACILITIES, municipality.pk)
    return {
        **plan_row(plan, audience),
        "scenario_values": scenario_item(plan.scenario),
        "run": run_item(plan.run, audience),
        "currency": municipality.currency,
        "before": outcome["before"],
        "after": outcome["after"],
        "seconds": outcome["seconds"],
        "cost_by_fund": outcome["cost_by_fund"],
        "groups": [
            {"group": group, **{key: safe_count(value, audience) for key, value in item.items()}}
            for group, item in outcome["groups"].items()
            if item["people"] > 0
        ],
        "places": [place_item(item, places, hidden, audience) for item in outcome["places"] if item["id"] in places],
        "curve": [
            {**point, "on": start + timedelta(days=point["period"] * plan.scenario.period_days)}
            for point in outcome["curve"]
        ],  # fmt: skip
        "achieved": achieved(municipality, start) if plan.state in APPROVED_STATES else [],
        "behind": [
            {**item, "names": places[item["id"]]}
            for item in outcome["behind"]
            if item["id"] in places and item["id"] not in hidden
        ],
        "frontier": [{**point, "gain": safe_count(point["gain"], audience)} for point in outcome["frontier"]],
        "works": works_told(plan, places, audience, start, hazards=knows_of_hazards(actor, municipality)),
        "doubt": plan_doubt(plan, audience, facilities=sees_facilities),
        "dissent": plan.dissent,
        "decision": plan.decision_id,
        "approved_at": plan.approved_at,
        "published_at": plan.published_at,
        "withdrawn_reason": plan.withdrawn_reason,
    }


def place_item(
    item: Mapping[str, Any], places: Mapping[int, Mapping[str, str]], hidden: set[int], audience: Audience
) -> dict[str, Any]:
    withheld = item["id"] in hidden
    before, after = (None, None) if withheld else (item["before"], item["after"])
    return {
        "id": item["id"],
        "names": places[item["id"]],
        "people": safe_count(item["people"], audience),
        "before": before,
        "after": after,
        "class": "withheld" if withheld else str(functionality_class(after)),
        "gain": None if withheld else safe_count(item["gain"], audience),
        "groups": {} if withheld else {group: safe_count(value, audience) for group, value in item["groups"].items()},
    }


def achieved(municipality: Municipality, start: date) -> list[dict[str, Any]]:
    """The town's index as it was computed day by day since the plan began: the last one of each day."""
    runs = FunctionalityRun.objects.filter(municipality=municipality, as_of__date__gte=start, city__isnull=False)
    by_day = {as_of.date(): city for as_of, city in runs.order_by("seq", "pk").values_list("as_of", "city")}
    return [{"on": on, "city": city} for on, city in sorted(by_day.items())]


def knows_of_hazards(actor: Actor, municipality: Municipality) -> bool:
    return actor.may_somewhere(Permission.VIEW_HAZARDS, municipality.pk)


def works_told(
    plan: Plan, places: Mapping[int, Mapping[str, str]], audience: Audience, start: date, *, hazards: bool
) -> list[dict[str, Any]]:
    """Works in the order of the plan: the chosen as they begin, then the others by what they would add."""
    planned = PlannedIntervention.objects.filter(plan=plan).order_by("position")
    rows = list(planned.select_related("intervention", "intervention__record"))
    codes = {row.intervention_id: row.intervention.code for row in rows}
    telling = Telling(
        codes,
        places,
        plan.municipality.currency,
        audience,
        hazards,
        times=1 + plan.scenario.displaced_weight,
        displaced=frozenset(
            item["id"]
            for item in plan.outcome["places"]
            if item["gain"] > 0 and item["groups"].get("displaced", 0.0) > item["gain"] / 2
        ),
    )
    votes = votes_of([row.intervention_id for row in rows])
    shares = plan_shares(plan)
    return [
        work_item(row, telling, votes, plan, start) | shares.get(row.intervention_id, {"share": None, "band": None})
        for row in rows
    ]


def work_item(
    row: PlannedIntervention, telling: Telling, votes: Mapping[int, tuple[int, int]], plan: Plan, start: date
) -> dict[str, Any]:
    work, days = row.intervention, plan.scenario.period_days
    record = getattr(work, "record", None)
    begins = None if row.start_period is None else start + timedelta(days=row.start_period * days)
    wanted, unwanted = votes.get(work.pk, (0, 0))
    return {
        "id": work.pk,
        "code": work.code,
        "name": work.name,
        "names": {"en": work.name, "fr": work.name_fr or work.name, "ar": work.name_ar or work.name},
        "neighbourhood": work.neighbourhood_id,
        "place": telling.places.get(work.neighbourhood_id or 0),
        "status": work.status,
        "status_reason": work.status_reason,
        "phase": work.phase,
        "chosen": row.chosen,
        "start_period": row.start_period,
        "begins_on": begins,
        "ends_on": None if begins is None else begins + timedelta(days=work.duration_days),
        "beyond_horizon": row.chosen and row.start_period is None,
        "duration_days": work.duration_days,
        "cost": row.cost,
        "gain": safe_count(row.gain, telling.audience),
        "code_of_reason": reason_code(row, telling),
        "why": _("It has begun and goes on.")
        if row.chosen and str(work.pk) in plan.scenario.under_way
        else work_sentence(row, telling),
        "votes_for": wanted,
        "votes_against": unwanted,
        "started_on": record.started_on if record else None,
        "finished_on": record.finished_on if record else None,
        "actual_cost": record.actual_cost if record else None,
        "verified_on": record.verified_on if record else None,
    }


def votes_of(works: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Community votes for and against, by work. They stand beside the computed order and are never part of it."""
    rows = CommunityVote.objects.filter(intervention_id__in=works).values_list("intervention_id")
    counted = rows.annotate(yes=Count("pk", filter=Q(value=1)), no=Count("pk", filter=Q(value=-1)))
    return {work: (yes, no) for work, yes, no in counted}


def compared(municipality: Municipality, plan_ids: Sequence[int], *, actor: Actor) -> dict[str, Any]:
    """Up to four plans side by side, and every work with the plans it is in."""
    plans = [plan_detail(plan_here(municipality, pk, actor=actor), actor=actor) for pk in plan_ids[:MOST_COMPARED]]
    works: dict[int, dict[str, Any]] = {}
    for number, plan in enumerate(plans):
        for work in plan["works"]:
            row = works.setdefault(work["id"], {**work, "inside": [False] * len(plans), "whys": [""] * len(plans)})
            row["inside"][number], row["whys"][number] = work["chosen"], work["why"]
    rows = sorted(works.values(), key=lambda row: (-sum(row["inside"]), -(row["gain"] or 0), row["code"]))
    return {"plans": plans, "works": [{**row, "differs": len(set(row["inside"])) > 1} for row in rows]}
