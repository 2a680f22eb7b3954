"""Accounts, assignments, invitations and tokens are made and ended here."""

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Q
from django.utils.translation import gettext as _

from crisis.lib.errors import FieldError, Gone, Invalid, NotAllowed, NotFound
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import (
    AccessReview,
    ApiToken,
    Assignment,
    Event,
    Invitation,
    Municipality,
    Neighbourhood,
    User,
)
from municipal_units.permissions import RIGHTS, Actor, Permission, Role, actor_for, require
from municipal_units.selectors.accounts import access_rows, open_invitation, token_digest

INVITATION_DAYS = 7
DEVICE_DAYS = 14
# Whose phones a coordinator may set up for them: people whose only roles here are those of the field.
FIELD_ROLES = frozenset({Role.ENUMERATOR, Role.COMMUNITY_REP})


@transaction.atomic
def create_account(
    *, username: str, password: str, name: str = "", email: str = "", organisation: str = "", is_demo: bool = False
) -> User:
    """An account without rights; `assign` gives them."""
    first, _, last = name.partition(" ")
    user = User(
        username=username, email=email, first_name=first, last_name=last, organisation=organisation, is_demo=is_demo
    )
    user.set_password(password)
    user.save()
    return user


@transaction.atomic
def assign(
    *,
    user: User,
    role: Role,
    municipality: Municipality,
    neighbourhoods: list[Neighbourhood] | None = None,
    services: list[str] | None = None,
) -> Assignment:
    """Give a person a role in a municipality, optionally narrowed to neighbourhoods and services."""
    assignment, _ = Assignment.objects.get_or_create(user=user, role=role, municipality=municipality)
    assignment.services = services or []
    assignment.save(update_fields=["services"])
    assignment.neighbourhoods.set(neighbourhoods or [])
    return assignment


def create_token(*, user: User, name: str, now: datetime, days: int = 90) -> tuple[ApiToken, str]:
    """A new API token and its secret; the secret is shown once and never stored."""
    secret = "rp_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, digest=token_digest(secret), expires_at=now + timedelta(days=days)
    )
    return token, secret


def revoke_token(*, token: ApiToken, now: datetime) -> ApiToken:
    """The token stops working at once."""
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    return token


def invitable_roles(by: Actor, municipality: Municipality) -> list[Role]:
    """The roles somebody may hand out: a unit lead all but the coordinator's, which would be more than their own."""
    if not by.may(Permission.INVITE_USERS, municipality.pk):
        return []
    everything = by.is_system or by.may(Permission.EDIT_USERS, municipality.pk)
    return [role for role in Role if everything or role is not Role.COORDINATOR]


@transaction.atomic
def invite(
    *,
    by: Actor,
    municipality: Municipality,
    name: str,
    role: Role,
    now: datetime,
    neighbourhood_ids: list[int] | None = None,
    services: list[str] | None = None,
    access_ends_on: date | None = None,
) -> tuple[Invitation, str]:
    """An invitation and its secret, which is shown once and never stored."""
    require(by, Permission.INVITE_USERS, municipality.pk)
    if role not in invitable_roles(by, municipality):
        raise NotAllowed(_("Only a coordinator can invite a coordinator."))
    if not name.strip() or len(name) > 150 or "\x00" in name:
        raise Invalid(fields=[FieldError("name", _("Write the name of the person, up to 150 characters."))])
    places = sorted(set(neighbourhood_ids or []))
    if Neighbourhood.objects.filter(municipality=municipality, pk__in=places).count() != len(places):
        raise Invalid(fields=[FieldError("neighbourhoods", _("One of these places is not in this municipality."))])
    if unknown := set(services or []) - {str(code) for code in ServiceDomain}:
        raise Invalid(fields=[FieldError("services", _("There is no such service:") + f" {sorted(unknown)[0]}")])
    if access_ends_on is not None and access_ends_on < now.date():
        raise Invalid(fields=[FieldError("access_ends_on", _("This day has passed already."))])
    secret = "ri_" + secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        municipality=municipality,
        name=name.strip(),
        role=role,
        neighbourhood_ids=places,
        services=sorted(services or []),
        access_ends_on=access_ends_on,
        digest=token_digest(secret),
        by_id=by.user_id,
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    _record(by, "account.invited", municipality.pk, subject=invitation, shows={"role": role})
    return invitation, secret


@transaction.atomic
def revoke_invitation(*, by: Actor, municipality: Municipality, invitation_id: int, now: datetime) -> Invitation:
    """The link stops working at once."""
    require(by, Permission.INVITE_USERS, municipality.pk)
    found = Invitation.objects.select_for_update().filter(
        municipality=municipality, pk=invitation_id, accepted_at=None, revoked_at=None
    )
    if (invitation := found.first()) is None:
        raise NotFound(_("There is no such invitation, or it was accepted or withdrawn before."))
    invitation.revoked_at = now
    invitation.save(update_fields=["revoked_at"])
    _record(by, "account.invitation_withdrawn", municipality.pk, subject=invitation, shows={"role": invitation.role})
    return invitation


@transaction.atomic
def accept_invitation(
    *, secret: str, now: datetime, user: User | None = None, username: str = "", password: str = "", name: str = ""
) -> User:
    """Uses the invitation up: the given account, or one made now, gets the role it holds. To be called inside the
    scope of its municipality."""
    shown = open_invitation(secret, now=now)
    locked = Invitation.objects.select_for_update(of=("self",)).filter(accepted_at=None, revoked_at=None)
    invitation = locked.filter(pk=shown.pk).select_related("municipality").first() if shown else None
    if invitation is None:
        raise Gone(_("This invitation was used, withdrawn or has expired. Ask for a new one."))
    if user is None:
        user = _new_account(username, password, name or invitation.name)
    role, municipality = Role(invitation.role), invitation.municipality
    held = Assignment.objects.filter(user=user, role=role, municipality=municipality).first()
    if held is not None and (held.ends_on is None or held.ends_on >= now.date()):
        raise Invalid(_("You have this role already. Ask for an invitation with another one."))
    assignment = assign(
        user=user,
        role=role,
        municipality=municipality,
        neighbourhoods=list(Neighbourhood.objects.filter(pk__in=invitation.neighbourhood_ids)),
        services=invitation.services,
    )
    assignment.starts_on, assignment.ends_on = now.date(), invitation.access_ends_on
    assignment.save(update_fields=["starts_on", "ends_on"])
    invitation.accepted_at, invitation.accepted_by = now, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    Event.objects.record(
        "account.joined", municipality_id=municipality.pk, by_id=user.pk, subject=assignment, shows={"role": role}
    )
    return user


def _new_account(username: str, password: str, name: str) -> User:
    wrong = []
    username = username.strip()
    if not 3 <= len(username) <= 60 or not username.replace("-", "").replace("_", "").replace(".", "").isalnum():
        wrong.append(FieldError("username", _("Choose a sign-in name of 3 to 60 letters and digits.")))
    elif User.objects.filter(Q(username__iexact=username) | Q(email__iexact=username)).exists():
        wrong.append(FieldError("username", _("Somebody has this sign-in name already. Choose another.")))
    try:
        validate_password(password, User(username=username, first_name=name))
    except ValidationError as weak:
        wrong += [FieldError("password", message) for message in weak.messages]
    if wrong:
        raise Invalid(fields=wrong)
    return create_account(username=username, password=password, name=name)


@transaction.atomic
def end_access(*, by: Actor, municipality: Municipality, assignment_id: int, now: datetime) -> Assignment:
    """Takes one role of one person back, with the phones they have here once no field role is left. What they did
    stays theirs."""
    require(by, Permission.EDIT_USERS, municipality.pk)
    found = Assignment.objects.filter(municipality=municipality, pk=assignment_id)
    assignment = found.filter(Q(ends_on=None) | Q(ends_on__gte=now.date())).select_related("user").first()
    if assignment is None:
        raise NotFound(_("There is no such access, or it has ended."))
    if assignment.user_id == by.user_id and assignment.role == Role.COORDINATOR:
        raise NotAllowed(_("Another coordinator has to end your own access, so that somebody is left who can."))
    assignment.ends_on = now.date() - timedelta(days=1)
    assignment.save(update_fields=["ends_on"])
    if not _may_carry_a_phone(assignment.user, municipality, now.date()):
        phones = ApiToken.objects.filter(user_id=assignment.user_id, municipality=municipality, revoked_at=None)
        phones.update(revoked_at=now)
    _record(by, "account.access_ended", municipality.pk, subject=assignment, shows={"role": assignment.role})
    return assignment


def _may_carry_a_phone(user: User, municipality: Municipality, today: date) -> bool:
    roles = Assignment.objects.filter(user=user, municipality=municipality).filter(
        Q(ends_on=None) | Q(ends_on__gte=today)
    )
    return any(Role(role) in RIGHTS[Permission.FILL_FORMS] for role in roles.values_list("role", flat=True))


@transaction.atomic
def add_device(*, by: Actor, municipality: Municipality, user: User, name: str, now: datetime) -> tuple[ApiToken, str]:
    """A phone's token for one municipality and for field work only, and its secret, shown once. One makes it for
    oneself; who invites people also for those who only work in the field."""
    own = by.user_id == user.pk
    if not own:
        require(by, Permission.INVITE_USERS, municipality.pk)
    roles = actor_for(user, today=now.date(), device_of=municipality.pk).roles_in(municipality.pk)
    if not roles & RIGHTS[Permission.FILL_FORMS]:
        raise NotAllowed(_("This person has no field work here, so no phone either."))
    if not own and not roles <= FIELD_ROLES:
        raise NotAllowed(_("People with an office role set up their own phone, signed in as themselves."))
    if not name.strip() or len(name) > 100 or "\x00" in name:
        raise Invalid(fields=[FieldError("name", _("Give the phone a name of up to 100 characters."))])
    secret = "rd_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name.strip(),
        municipality=municipality,
        digest=token_digest(secret),
        expires_at=now + timedelta(days=DEVICE_DAYS),
    )
    _record(by, "device.added", municipality.pk, subject=token, shows={})
    return token, secret


@transaction.atomic
def revoke_device(*, by: Actor, municipality: Municipality, token_id: int, now: datetime) -> ApiToken:
    """The phone is refused from its next request on; by its owner or whoever invites people here."""
    token = ApiToken.objects.filter(pk=token_id, municipality=municipality, revoked_at=None).first()
    if token is None or (token.user_id != by.user_id and not by.may(Permission.INVITE_USERS, municipality.pk)):
        raise NotFound(_("There is no such phone, or it was revoked before."))
    revoke_token(token=token, now=now)
    _record(by, "device.revoked", municipality.pk, subject=token, shows={})
    return token


@transaction.atomic
def confirm_access(*, by: Actor, municipality: Municipality, now: datetime) -> AccessReview:
    """Somebody went through the list of who has access, and stands by it until the next review is due."""
    require(by, Permission.EDIT_USERS, municipality.pk)
    assert by.user_id is not None, "a review is a person's"
    people = len(access_rows(municipality, now=now))
    review = AccessReview.objects.create(municipality=municipality, by_id=by.user_id, people=people)
    _record(by, "account.access_reviewed", municipality.pk, subject=review, shows={"people": people})
    return review


def _record(by: Actor, kind: str, municipality_id: int, *, subject: Model, shows: dict[str, Any]) -> None:
    Event.objects.record(kind, municipality_id=municipality_id, by_id=by.user_id, subject=subject, shows=shows)
