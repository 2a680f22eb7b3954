"""The plan of a neighbourhood: written in versions, agreed by a decision of the unit whose votes are its signatures."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from assessments.core.area_plan import not_ready, problems_of
from assessments.models import AreaPlan
from assessments.selectors.area_figures import figures_for
from assessments.selectors.area_plans import AGREED, DRAFT, REPLACED
from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed
from municipal_units.actions.decisions import ADOPTED, Link, propose_decision
from municipal_units.models import Decision, Event, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require
from municipal_units.selectors.unit import unit_of

LINK = "area_plan"


@transaction.atomic
def write_area_plan(
    *, by: Actor, neighbourhood: Neighbourhood, sections: Mapping[str, Any], changed: str, onto: int | None = None
) -> AreaPlan:
    """A new version beside the figures of today, with what changed and why. `onto` is the version it was written from:
    where somebody else wrote one meanwhile, nothing is lost and nothing is overwritten."""
    municipality = neighbourhood.municipality
    require(by, Permission.EDIT_PLANS, municipality.pk, neighbourhood_id=neighbourhood.pk)
    if not changed.strip():
        message = "Say what you changed and why; it stands beside this version."
        raise Invalid(message, fields=[FieldError("changed", message)])
    if wrong := problems_of(sections):
        raise Invalid(wrong[0][1], fields=[FieldError(field, message) for field, message in wrong])
    Neighbourhood.objects.select_for_update(of=("self",)).get(pk=neighbourhood.pk)
    last = AreaPlan.objects.filter(neighbourhood=neighbourhood).aggregate(last=Max("version"))["last"] or 0
    if onto is not None and onto != last:
        raise Conflict(f"Somebody wrote version {last} meanwhile. Look at it, then write yours onto it.")
    plan = AreaPlan.objects.create(
        municipality=municipality,
        neighbourhood=neighbourhood,
        version=last + 1,
        sections=dict(sections),
        figures=figures_for(municipality, neighbourhood),
        changed=changed.strip()[:300],
        written_by_id=by.user_id,
    )
    return told("area_plan.written", by, plan)


@transaction.atomic
def put_to_vote(*, by: Actor, plan: AreaPlan, title: str, text: str) -> Decision:
    """Proposes to the unit that it agrees this version."""
    ready(plan)
    municipality: Municipality = plan.municipality
    name = f"{plan.neighbourhood}, version {plan.version}"
    return propose_decision(
        by=by, unit=unit_of(municipality), title=title, text=text, links=[Link(LINK, str(plan.pk), name)]
    )


@transaction.atomic
def agree_area_plan(*, by: Actor, plan: AreaPlan, decision: Decision) -> AreaPlan:
    """The unit has adopted this version: the seats' votes are its signatures, their words against it its dissent. Who
    wrote it does not record that. The version agreed before is replaced."""
    require(by, Permission.APPROVE_PLANS, plan.municipality_id)
    locked = AreaPlan.objects.select_for_update(of=("self",)).select_related("municipality").get(pk=plan.pk)
    ready(locked)
    if by.user_id is None or by.user_id == locked.written_by_id:
        raise NotAllowed("Somebody else than who wrote this version has to record that it is agreed.")
    if decision.status != ADOPTED or decision.municipality_id != locked.municipality_id:
        raise Conflict("Only a decision that the unit has adopted can agree a plan.")
    if not decision.links.filter(kind=LINK, reference=str(locked.pk)).exists():
        raise Conflict("This decision is not about this version of the plan.")
    before = AreaPlan.objects.select_for_update().filter(neighbourhood_id=locked.neighbourhood_id, status=AGREED)
    for old in before:
        old.status = REPLACED
        old.save(update_fields=["status"])
    votes = decision.votes.select_related("seat").order_by("seat__position", "seat_id")
    locked.signatures = [
        {
            "seat": vote.seat_id,
            "code": vote.seat.code,
            "title": vote.seat.title,
            "community": vote.seat.community,
            "name": vote.name,
            "vote": vote.vote,
            "words": vote.words,
        }
        for vote in votes
    ]
    locked.status, locked.decision, locked.dissent = AGREED, decision, decision.dissent
    locked.agreed_by_id, locked.agreed_at = by.user_id, timezone.now()
    locked.save(update_fields=["status", "decision", "agreed_by", "agreed_at", "signatures", "dissent"])
    return told("area_plan.agreed", by, locked)


def ready(plan: AreaPlan) -> None:
    newest = AreaPlan.objects.filter(neighbourhood_id=plan.neighbourhood_id).aggregate(last=Max("version"))["last"]
    if plan.status != DRAFT:
        raise Conflict(f"This version is {plan.status} already.")
    if newest != plan.version:
        raise Conflict("There is a newer version of this plan. Decide on that one.")
    if reason := not_ready(plan.sections):
        raise Invalid(reason)


def told(kind: str, by: Actor, plan: AreaPlan) -> AreaPlan:
    Event.objects.record(
        kind,
        municipality_id=plan.municipality_id,
        by_id=by.user_id,
        subject=plan,
        neighbourhood_id=plan.neighbourhood_id,
        shows={"area_plan": plan.pk, "version": plan.version, "status": plan.status},
    )
    return plan
