"""Who has access to a municipality. What gives access is done signed in, never with a token."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from ninja import Router, Status

from crisis.lib.errors import NotFound
from municipal_units.actions.accounts import (
    add_device,
    confirm_access,
    end_access,
    invite,
    revoke_device,
    revoke_invitation,
)
from municipal_units.api.accounts import signed_in
from municipal_units.api.asking import Asking
from municipal_units.models import AccessReview, ApiToken, Assignment, Invitation
from municipal_units.permissions import Permission
from municipal_units.schemas.access import (
    AccessListOut,
    DeviceIn,
    InvitationIn,
    InvitationListOut,
    NewDeviceOut,
    NewInvitationOut,
    ReviewOut,
)
from municipal_units.selectors.accounts import AccessRow, access_rows, review_state, waiting_invitations
from municipal_units.selectors.places import municipality_for

router = Router(tags=["access"])
TOWN = "/municipalities/{slug:code}"


@router.get(TOWN + "/people", response=AccessListOut, operation_id="people_with_access")
def people(request: Asking, code: str) -> dict[str, Any]:
    """Who has which right here today."""
    town, now = municipality_for(request.auth, code, Permission.VIEW_USERS), timezone.now()
    review, items = review_state(town, now=now), [access_item(row) for row in access_rows(town, now=now)]
    return {
        "items": items,
        "count": len(items),
        "reviewed_at": review["last"].at if review["last"] else None,
        "review_due": review["due"],
        "review_every_days": review["every_days"],
    }


def access_item(row: AccessRow) -> dict[str, Any]:
    return {
        "id": row.assignment.pk,
        "name": str(row.assignment.user),
        "organisation": row.assignment.user.organisation,
        "role": row.assignment.role,
        "neighbourhoods": row.places,
        "services": row.assignment.services,
        "last_seen": row.last_seen,
        "has_second_factor": row.has_second_factor,
        "devices": row.devices,
        "keys": row.keys,
        "ends_on": row.assignment.ends_on,
    }


@router.delete(TOWN + "/people/{int:assignment_id}", response={204: None}, operation_id="end_access")
def end(request: Asking, code: str, assignment_id: int) -> HttpResponse:
    """Takes one role of one person back."""
    signed_in(request)
    town = municipality_for(request.auth, code, Permission.EDIT_USERS)
    end_access(by=request.auth, municipality=town, assignment_id=assignment_id, now=timezone.now())
    return HttpResponse(status=204)


@router.post(TOWN + "/people/{int:assignment_id}/devices", response={201: NewDeviceOut}, operation_id="add_device")
def device(request: Asking, code: str, assignment_id: int, phone: DeviceIn) -> Status[ApiToken]:
    """Sets up a phone for somebody who works in the field here."""
    signed_in(request)
    town = municipality_for(request.auth, code, Permission.INVITE_USERS)
    found = Assignment.objects.select_related("user").filter(municipality=town, pk=assignment_id).first()
    if found is None:
        raise NotFound("Nobody has this access here.")
    made, secret = add_device(by=request.auth, municipality=town, user=found.user, name=phone.name, now=timezone.now())
    made.secret = secret  # type: ignore[attr-defined]
    return Status(201, made)


@router.delete(TOWN + "/devices/{int:device_id}", response={204: None}, operation_id="revoke_device")
def revoke(request: Asking, code: str, device_id: int) -> HttpResponse:
    """The phone is refused from its next request on."""
    signed_in(request)
    town = municipality_for(request.auth, code, Permission.INVITE_USERS)
    revoke_device(by=request.auth, municipality=town, token_id=device_id, now=timezone.now())
    return HttpResponse(status=204)


@router.get(TOWN + "/invitations", response=InvitationListOut, operation_id="invitations")
def invitations(request: Asking, code: str) -> dict[str, Any]:
    """Invitations that can still be accepted."""
    town = municipality_for(request.auth, code, Permission.VIEW_USERS)
    items = waiting_invitations(town, now=timezone.now())
    return {"items": items, "count": len(items)}


@router.post(TOWN + "/invitations", response={201: NewInvitationOut}, operation_id="invite")
def create_invitation(request: Asking, code: str, wanted: InvitationIn) -> Status[Invitation]:
    """A single-use link for one person."""
    signed_in(request)
    town = municipality_for(request.auth, code, Permission.INVITE_USERS)
    made, secret = invite(
        by=request.auth,
        municipality=town,
        name=wanted.name,
        role=wanted.role,
        now=timezone.now(),
        neighbourhood_ids=wanted.neighbourhoods,
        services=wanted.services,
        access_ends_on=wanted.access_ends_on,
    )
    made.path = f"/invitation/{secret}"  # type: ignore[attr-defined]
    return Status(201, made)


@router.delete(TOWN + "/invitations/{int:invitation_id}", response={204: None}, operation_id="withdraw_invitation")
def withdraw(request: Asking, code: str, invitation_id: int) -> HttpResponse:
    signed_in(request)
    town = municipality_for(request.auth, code, Permission.INVITE_USERS)
    revoke_invitation(by=request.auth, municipality=town, invitation_id=invitation_id, now=timezone.now())
    return HttpResponse(status=204)


@router.post(TOWN + "/access-reviews", response={201: ReviewOut}, operation_id="confirm_access")
def confirm(request: Asking, code: str) -> Status[AccessReview]:
    """Somebody went through the list and stands by it."""
    signed_in(request)
    town = municipality_for(request.auth, code, Permission.EDIT_USERS)
    return Status(201, confirm_access(by=request.auth, municipality=town, now=timezone.now()))
