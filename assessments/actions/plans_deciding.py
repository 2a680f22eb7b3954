"""A plan on its way: proposed, approved by somebody else, published; votes beside it; its works carried out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from assessments.actions.planning import change_work_status
from assessments.actions.plans import make_scenario
from assessments.core.works import ROAD, EffectKind, WorkStatus, may_follow
from assessments.models import CommunityVote, Intervention, InterventionAction, Plan, Scenario, WorkRecord
from assessments.selectors.case import town_case
from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed
from municipal_units.actions.decisions import ADOPTED
from municipal_units.actions.facilities import change_facility, set_dependencies
from municipal_units.actions.facility_rows import DependencyRow, ReachRow, StatusRow, row_of
from municipal_units.actions.facts import record_reach, record_status
from municipal_units.core.vocabulary import OperationalStatus
from municipal_units.models import Decision, Dependency, Event, Facility, Municipality
from municipal_units.permissions import Actor, Permission, require, require_somewhere, system_actor

COMPUTED, PROPOSED, APPROVED, PUBLISHED = "computed", "proposed", "approved", "published"
REPLACED, WITHDRAWN = "replaced", "withdrawn"
# Output from this share of K on counts as working fully when a work is verified.
FULL_SHARE = 0.99


@transaction.atomic
def propose_plan(*, by: Actor, plan: Plan) -> Plan:
    """Puts a computed plan before the unit."""
    require_somewhere(by, Permission.EDIT_PLANS, plan.municipality)
    locked = in_state(plan, COMPUTED)
    locked.state, locked.proposed_by_id, locked.proposed_at = PROPOSED, by.user_id, timezone.now()
    return changed(by, locked, "proposed_by", "proposed_at")


@transaction.atomic
def approve_plan(
    *, by: Actor, plan: Plan, starts_on: date, dissent: str = "", decision: Decision | None = None
) -> Plan:
    """The unit takes a proposed plan; never the person who proposed it. Its works are approved with it. With the unit's
    `decision` the plan names it (quorum and votes are there) and keeps its dissent."""
    require(by, Permission.APPROVE_PLANS, plan.municipality_id)
    locked = in_state(plan, PROPOSED)
    if by.user_id is None or by.user_id == locked.proposed_by_id:
        raise NotAllowed("Somebody else than who proposed the plan has to approve it.")
    locked.state, locked.approved_by_id, locked.approved_at = APPROVED, by.user_id, timezone.now()
    if decision is not None and (decision.status != ADOPTED or decision.municipality_id != plan.municipality_id):
        raise Conflict("Only a decision that the unit has adopted can approve a plan.")
    locked.decision = decision
    locked.starts_on = starts_on
    locked.dissent = dissent.strip() or (decision.dissent if decision else "")
    for row in locked.works.filter(chosen=True).select_related("intervention"):
        if may_follow(WorkStatus(row.intervention.status), WorkStatus.APPROVED):
            change_work_status(by=by, work=row.intervention, status=WorkStatus.APPROVED)
    return changed(by, locked, "approved_by", "approved_at", "decision", "starts_on", "dissent")


@transaction.atomic
def publish_plan(*, by: Actor, plan: Plan) -> Plan:
    """Everybody may see an approved plan now. The plan published before is replaced by it."""
    require(by, Permission.APPROVE_PLANS, plan.municipality_id)
    locked = in_state(plan, APPROVED)
    before = Plan.objects.select_for_update().filter(municipality_id=plan.municipality_id, state=PUBLISHED).first()
    if before is not None:
        before.state = REPLACED
        changed(by, before)
        locked.replaces = before
    locked.state, locked.published_at = PUBLISHED, timezone.now()
    return changed(by, locked, "published_at", "replaces")


@transaction.atomic
def withdraw_plan(*, by: Actor, plan: Plan, reason: str) -> Plan:
    """Takes a plan back that is not published; the reason is kept with it."""
    require(by, Permission.APPROVE_PLANS, plan.municipality_id)
    if not reason.strip():
        raise Invalid("Say why.", fields=[FieldError("reason", "Say why.")])
    locked = in_state(plan, COMPUTED, PROPOSED, APPROVED)
    locked.state, locked.withdrawn_reason = WITHDRAWN, reason.strip()[:300]
    return changed(by, locked, "withdrawn_reason")


def in_state(plan: Plan, *states: str) -> Plan:
    locked = Plan.objects.select_for_update().get(pk=plan.pk)
    if locked.state not in states:
        raise Conflict(f"This plan is {locked.state}; that cannot be done with it any more.")
    return locked


def changed(by: Actor, plan: Plan, *fields: str) -> Plan:
    plan.save(update_fields=["state", *fields])
    Event.objects.record(
        "plan.changed",
        municipality_id=plan.municipality_id,
        by_id=by.user_id,
        subject=plan,
        shows={"plan": plan.pk, "state": plan.state},
    )
    return plan


@transaction.atomic
def vote(*, by: Actor, work: Intervention, value: int) -> CommunityVote:
    """A community representative's word on a work; advisory, changed by voting again."""
    require_somewhere(by, Permission.VOTE, work.municipality)
    if by.user_id is None or value not in (-1, 1):
        raise Invalid(fields=[FieldError("value", "Vote 1 for or -1 against.")])
    cast, _ = CommunityVote.objects.update_or_create(
        intervention=work, voter_id=by.user_id, defaults={"value": value, "municipality_id": work.municipality_id}
    )
    Event.objects.record(
        "work.voted", municipality_id=work.municipality_id, by_id=by.user_id, subject=work, shows={"work": work.pk}
    )
    return cast


@transaction.atomic
def record_work(
    *,
    by: Actor,
    work: Intervention,
    started_on: date | None = None,
    finished_on: date | None = None,
    actual_cost: float | None = None,
) -> WorkRecord:
    """What was really done; None leaves a part as it is. A start brings the work into progress, an end completes it."""
    require(by, Permission.EDIT_WORKS, work.municipality_id, neighbourhood_id=work.neighbourhood_id)
    if WorkStatus(work.status) in (WorkStatus.VERIFIED, WorkStatus.REJECTED, WorkStatus.CANCELLED):
        raise Conflict(f"This work is {work.status}; nothing more is recorded of it.")
    record, _ = WorkRecord.objects.get_or_create(intervention=work, municipality_id=work.municipality_id)
    record.started_on = started_on or record.started_on
    record.finished_on = finished_on or record.finished_on
    record.actual_cost = actual_cost if actual_cost is not None else record.actual_cost
    if record.finished_on and record.started_on and record.finished_on < record.started_on:
        raise Invalid(fields=[FieldError("finished_on", "A work cannot end before it began.")])
    record.save()
    reached = WorkStatus.COMPLETED if record.finished_on else WorkStatus.IN_PROGRESS if record.started_on else None
    if reached is not None and may_follow(WorkStatus(work.status), reached):
        change_work_status(by=by, work=work, status=reached)
    Event.objects.record(
        "work.recorded",
        municipality_id=work.municipality_id,
        by_id=by.user_id,
        subject=work,
        neighbourhood_id=work.neighbourhood_id,
        shows={"work": work.pk, "status": work.status},
    )
    return record


@transaction.atomic
def verify_work(*, by: Actor, work: Intervention, observed_at: datetime) -> WorkRecord:
    """Somebody has seen that a completed work is done: what it adds becomes the observed state of its facilities and
    places, by the same actions as a report from the street; only then a service counts as restored."""
    require(by, Permission.APPROVE_WORKS, work.municipality_id, neighbourhood_id=work.neighbourhood_id)
    if work.status != WorkStatus.COMPLETED:
        raise Conflict("Only a completed work can be verified.")
    record, _ = WorkRecord.objects.get_or_create(intervention=work, municipality_id=work.municipality_id)
    restore(by, work, observed_at)
    change_work_status(by=by, work=work, status=WorkStatus.VERIFIED)
    record.verified_by_id, record.verified_on = by.user_id, observed_at.date()
    record.save(update_fields=["verified_by", "verified_on"])
    return record


def restore(by: Actor, work: Intervention, observed_at: datetime) -> None:
    """Writes the effects of a work as observed facts."""
    effects = list(
        InterventionAction.objects.filter(intervention=work).select_related("facility__municipality", "municipality")
    )
    if not effects:
        return
    town = town_case(work.municipality, as_of=observed_at)
    facilities = {str(row["id"]): row for row in town.facilities.to_dict("records")}
    reach = {
        (int(row["neighbourhood"]), str(row["service"])): float(row["share"]) for row in town.reach.to_dict("records")
    }
    source = f"{work.code} verified"[:200]
    for effect in effects:
        if effect.kind == EffectKind.CAPACITY and str(effect.facility_id) in facilities:
            row = facilities[str(effect.facility_id)]
            open_from(by, effect.facility, observed_at.date())
            output = min(float(row["k"]), (0.0 if row["c"] != row["c"] else float(row["c"])) + effect.add)
            full = output >= FULL_SHARE * float(row["k"])
            record_status(
                by=by,
                municipality=work.municipality,
                row=StatusRow(
                    facility_id=int(effect.facility_id or 0),
                    status=OperationalStatus.FULLY_FUNCTIONAL if full else OperationalStatus.PARTIALLY_FUNCTIONAL,
                    measured_output=output,
                    observed_at=observed_at,
                    source=source,
                ),
            )
        elif effect.kind == EffectKind.BACKUP and str(effect.facility_id) in facilities:
            capacity = float(facilities[str(effect.facility_id)]["k"])
            add_backup(by, effect, capacity=capacity, seen=observed_at, source=source)
        elif effect.kind == EffectKind.LOCAL and effect.neighbourhood_id is not None:
            share = min(1.0, reach.get((effect.neighbourhood_id, effect.service), 1.0) + effect.add)
            record_reach(
                by=by,
                municipality=work.municipality,
                row=ReachRow(
                    neighbourhood_id=effect.neighbourhood_id,
                    service=effect.service,
                    share=share,
                    observed_at=observed_at,
                    source=source,
                ),
            )


def add_backup(by: Actor, effect: InterventionAction, *, capacity: float, seen: datetime, source: str) -> None:
    """A generator or tank that was seen: more of what the facility needs from a service is covered by itself. Needs
    belong to the norms; that this one has a backup now is a fact, so the right to change norms is not asked."""
    need = Dependency.objects.filter(facility=effect.facility, service=effect.service).first()
    if need is None or need.strength * capacity <= 0:
        return
    set_dependencies(
        by=system_actor(effect.municipality_id, user_id=by.user_id),
        municipality=effect.municipality,
        rows=[
            DependencyRow(
                facility_id=need.facility_id,
                service=need.service,
                strength=need.strength,
                backup_share=min(1.0, need.backup_share + effect.add / (need.strength * capacity)),
                hours_backup=need.hours_backup,
                backup_since=None if need.hours_backup is None else seen,
                source=source,
                observed_on=seen.date(),
            )
        ],
    )


def open_from(by: Actor, facility: Facility | None, day: date) -> None:
    """A facility that was only planned is open from the day somebody has seen it work."""
    if facility is not None and facility.opened_on is not None and facility.opened_on > day:
        change_facility(by=by, facility=facility, row=replace(row_of(facility), opened_on=day))


def replanned(*, by: Actor, plan: Plan, name: str) -> Scenario:
    """The scenario of a plan from today on: what is done is applied and paid, what is under way goes on in the first
    periods for the days it has left and is paid whatever is left of the money."""
    municipality: Municipality = plan.municipality
    scenario, today = plan.scenario, timezone.localdate()
    chosen = [row.intervention for row in plan.works.filter(chosen=True).select_related("intervention")]
    records = {record.intervention_id: record for record in WorkRecord.objects.filter(municipality=municipality)}
    done = [work for work in chosen if work.status in (WorkStatus.COMPLETED, WorkStatus.VERIFIED)]
    in_hand = list(Intervention.objects.filter(municipality=municipality, status=WorkStatus.IN_PROGRESS))
    held = {work.pk for work in in_hand}

    def money_left(limit: float, fund: str | None = None) -> float:
        """Of a limit, what is not spent; at least what works in hand of this plan cost, and others' on top."""
        spent = sum(spent_on(work, records) for work in done if fund in (None, work.fund))
        promised = [work for work in in_hand if fund in (None, work.fund)]
        own, planned = set(chosen), sum(work.cost for work in promised)
        others = sum(work.cost for work in promised if work not in own)
        return max(limit - spent, planned - others) + others

    gone = set(
        Intervention.objects.filter(municipality=municipality, pk__in=scenario.mandatory).exclude(
            status__in=[*ROAD[:6]]
        ).values_list("pk", flat=True)
    )  # fmt: skip
    return make_scenario(
        by=by,
        municipality=municipality,
        name=name,
        copy_of=scenario,
        budget_total=None if scenario.budget_total is None else money_left(scenario.budget_total),
        budgets={fund: money_left(limit, fund) for fund, limit in scenario.budgets.items()},
        under_way={str(work.pk): days_left(work, records.get(work.pk), today) for work in in_hand},
        mandatory=sorted(set(scenario.mandatory) - gone - held),
        forbidden=[pk for pk in scenario.forbidden if pk not in held],
    )


def spent_on(work: Intervention, records: Mapping[int, WorkRecord]) -> float:
    """What a finished work really cost, as far as that is recorded."""
    record = records.get(work.pk)
    return work.cost if record is None or record.actual_cost is None else record.actual_cost


def days_left(work: Intervention, record: WorkRecord | None, today: date) -> float:
    """Days a work under way still needs, by its planned duration; one that is late needs at least another day."""
    begun = record.started_on if record is not None and record.started_on is not None else today
    return float(max(1, work.duration_days - max(0, (today - begun).days)))
