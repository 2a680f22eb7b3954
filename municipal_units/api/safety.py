"""Safety settings over HTTP, for those who decide what is told outside."""

from typing import Any

from ninja import Router, Status

from crisis.lib.errors import NotFound
from municipal_units.actions.safety import change_safety, decide_safety
from municipal_units.api.asking import Asking
from municipal_units.models import SafetyProposal
from municipal_units.permissions import Permission
from municipal_units.schemas.safety import SafetyDecisionIn, SafetyIn, SafetyOut, SafetyProposalOut
from municipal_units.selectors.places import municipality_for
from municipal_units.selectors.safety import safety_in_force, safety_proposals

router = Router(tags=["safety"])
TOWN = "/municipalities/{slug:code}"
MOST_SHOWN = 100


@router.get(TOWN + "/safety", response=SafetyOut, operation_id="safety")
def safety(request: Asking, code: str) -> dict[str, Any]:
    """The settings in force and the latest changes."""
    town = municipality_for(request.auth, code, Permission.PUBLISH)
    return {"values": safety_in_force(town), "changes": list(safety_proposals(town)[:MOST_SHOWN])}


@router.post(TOWN + "/safety", response={201: list[SafetyProposalOut]}, operation_id="change_safety")
def change(request: Asking, code: str, given: SafetyIn) -> Status[list[SafetyProposal]]:
    """What protects more holds at once, what protects less waits for somebody else."""
    town = municipality_for(request.auth, code)
    return Status(201, change_safety(by=request.auth, municipality=town, values=given.values, reason=given.reason))


@router.post(TOWN + "/safety/{int:change_id}/decision", response=SafetyProposalOut, operation_id="decide_safety")
def decide(request: Asking, code: str, change_id: int, given: SafetyDecisionIn) -> SafetyProposal:
    town = municipality_for(request.auth, code, Permission.PUBLISH)
    found = SafetyProposal.objects.filter(municipality=town, pk=change_id).first()
    if found is None:
        raise NotFound("There is no such change here.")
    return decide_safety(by=request.auth, proposal=found, approve=given.approve)
