"""Norms and weights are amended by two: one proposes, another approves, or the unit decides (municipal_units.md 3)."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed
from municipal_units.actions.norms import refuse_nonsense, write_norm
from municipal_units.actions.rows import Problems
from municipal_units.core.vocabulary import Phase
from municipal_units.models import Decision, Event, Municipality, Norm, NormProposal
from municipal_units.permissions import Actor, Permission, require, require_somewhere
from municipal_units.selectors.norms import PHASED_KINDS, value_in_force

PROPOSED, APPROVED, REJECTED = "proposed", "approved", "rejected"


@transaction.atomic
def propose_norm(
    *,
    by: Actor,
    municipality: Municipality,
    kind: str,
    value: float,
    source: str,
    service: str = "",
    key: str = "",
    unit: str = "",
    phase: str = "",
    valid_from: date | None = None,
    reason: str = "",
) -> NormProposal:
    """A newer value that somebody would like; nothing changes before it is approved."""
    require_somewhere(by, Permission.PROPOSE_NORMS, municipality)
    refuse_nonsense(kind, value, source)
    problems = Problems()
    problems.texts(NormProposal, {"key": key, "unit": unit, "source": source, "reason": reason, "service": service})
    if error := problems.error():
        raise error
    phase = phase or (Phase.EMERGENCY if kind in PHASED_KINDS else "")
    day = valid_from or timezone.localdate()
    before = value_in_force(municipality, day, kind=kind, service=service, key=key, unit=unit, phase=phase)
    proposal = NormProposal.objects.create(
        municipality=municipality,
        kind=kind,
        service=service,
        key=key,
        unit=unit,
        phase=phase,
        value=value,
        before=before,
        valid_from=day,
        source=source,
        reason=reason.strip(),
        proposed_by_id=by.user_id,
    )
    _tell("norms.proposed", by, proposal)
    return proposal


@transaction.atomic
def approve_norm(*, by: Actor, proposal: NormProposal, answer: str = "") -> NormProposal:
    """Another person with the right approves; the norm is in force from its day."""
    require(by, Permission.APPROVE_NORMS, proposal.municipality_id)
    if proposal.proposed_by_id is not None and proposal.proposed_by_id == by.user_id:
        raise NotAllowed("You proposed this yourself. Somebody else, or the unit, has to approve it.")
    return _approve(by, proposal, decision=None, answer=answer)


def approve_by_decision(*, by: Actor, proposal: NormProposal, decision: Decision) -> NormProposal:
    """The unit has decided it: many eyes instead of four. Called where the decision is recorded."""
    require(by, Permission.APPROVE_DECISIONS, proposal.municipality_id)
    if decision.status != "adopted" or decision.municipality_id != proposal.municipality_id:
        raise Invalid("Only an adopted decision approves a norm.")
    return _approve(by, proposal, decision=decision, answer=f"Decision {decision.number}")


@transaction.atomic
def reject_norm(*, by: Actor, proposal: NormProposal, answer: str) -> NormProposal:
    """Not approved, with a reason its author can read; the author may take it back."""
    if proposal.proposed_by_id != by.user_id or by.user_id is None:
        require(by, Permission.APPROVE_NORMS, proposal.municipality_id)
    if not answer.strip():
        message = "Say why, so that its author knows."
        raise Invalid(message, fields=[FieldError("answer", message)])
    _still_open(proposal)
    proposal.status, proposal.answer = REJECTED, answer.strip()
    proposal.decided_at, proposal.decided_by_id = timezone.now(), by.user_id
    proposal.save(update_fields=["status", "answer", "decided_at", "decided_by"])
    _tell("norms.answered", by, proposal)
    return proposal


def _approve(by: Actor, proposal: NormProposal, *, decision: Decision | None, answer: str) -> NormProposal:
    _still_open(proposal)
    norm: Norm = write_norm(
        by=by,
        municipality=proposal.municipality,
        kind=proposal.kind,
        service=proposal.service,
        key=proposal.key,
        unit=proposal.unit,
        phase=proposal.phase,
        value=proposal.value,
        source=proposal.source,
        valid_from=proposal.valid_from,
    )
    proposal.status, proposal.norm, proposal.decision, proposal.answer = APPROVED, norm, decision, answer.strip()
    proposal.decided_at, proposal.decided_by_id = timezone.now(), by.user_id
    proposal.save(update_fields=["status", "norm", "decision", "answer", "decided_at", "decided_by"])
    _tell("norms.answered", by, proposal)
    return proposal


def _still_open(proposal: NormProposal) -> None:
    if NormProposal.objects.select_for_update().get(pk=proposal.pk).status != PROPOSED:
        raise Conflict("This proposal has been answered already.")


def _tell(kind: str, by: Actor, proposal: NormProposal) -> None:
    Event.objects.record(
        kind,
        municipality_id=proposal.municipality_id,
        by_id=by.user_id,
        subject=proposal,
        service=proposal.service,
        shows={
            "proposal": proposal.pk,
            "kind": proposal.kind,
            "service": proposal.service,
            "key": proposal.key,
            "value": proposal.value,
            "before": proposal.before,
            "status": proposal.status,
        },
    )
