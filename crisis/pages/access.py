"""Who has access to a municipality: the review page, invitations and the phones of the field."""

from datetime import date
from typing import Any

import segno
from allauth.core.ratelimit import consume_or_429
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from crisis.lib.errors import RepriseError
from crisis.openrosa import collect_settings
from crisis.pages.town import actor_of, town_context, town_page
from municipal_units.actions.accounts import (
    FIELD_ROLES,
    accept_invitation,
    add_device,
    confirm_access,
    end_access,
    invitable_roles,
    invite,
    revoke_device,
    revoke_invitation,
)
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import ApiToken, Assignment, Municipality, Neighbourhood, User
from municipal_units.permissions import RIGHTS, Permission, Role, scope, system_actor
from municipal_units.selectors.accounts import (
    access_rows,
    open_invitation,
    review_state,
    town_of_invitation,
    waiting_invitations,
)

PASSWORD_BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@town_page(Permission.VIEW_USERS)
def people_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    """Who has which right here; the form of an invitation, whose link is in the answer and nowhere else."""
    actor, now = actor_of(request), timezone.now()
    link, refusal = "", None
    if request.method == "POST":
        try:
            _invitation, secret = invite(by=actor, municipality=municipality, now=now, **invited(request))
            link = request.build_absolute_uri(reverse("invitation", args=[secret]))
        except RepriseError as error:
            refusal = error
    context = {
        "rows": access_rows(municipality, now=now),
        "invitations": waiting_invitations(municipality, now=now),
        "review": review_state(municipality, now=now),
        "roles": [role.value for role in invitable_roles(actor, municipality)],
        "places": Neighbourhood.objects.filter(municipality=municipality, retired_on=None).order_by("name"),
        "services": [str(code) for code in ServiceDomain],
        "field_roles": [role.value for role in FIELD_ROLES],
        "may_end": actor.may(Permission.EDIT_USERS, municipality.pk),
        "may_invite": actor.may(Permission.INVITE_USERS, municipality.pk),
        "me": actor.user_id,
        "link": link,
        "said": request.POST,
        "problems": problems_of(refusal),
        "now": now,
    }
    status = refusal.status if refusal else 200
    return render(request, "crisis/people.html", town_context(municipality, "people") | context, status=status)


def invited(request: HttpRequest) -> dict[str, Any]:
    """What the form of an invitation says."""
    role, ends = request.POST.get("role", ""), request.POST.get("ends_on", "")
    places = [int(pk) for pk in request.POST.getlist("places") if pk.isdecimal()]
    return {
        "name": request.POST.get("name", ""),
        "role": Role(role) if role in set(Role) else Role.PUBLIC,
        "neighbourhood_ids": places,
        "services": request.POST.getlist("services"),
        "access_ends_on": date.fromisoformat(ends) if is_day(ends) else None,
    }


def is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def problems_of(refusal: RepriseError | None) -> list[str]:
    if refusal is None:
        return []
    return [field.message for field in refusal.fields] or [refusal.message]


@require_POST
@town_page(Permission.EDIT_USERS)
def end_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    end_access(by=actor_of(request), municipality=municipality, assignment_id=pk, now=timezone.now())
    return redirect("people", code=municipality.code)


@require_POST
@town_page(Permission.INVITE_USERS)
def withdraw_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    revoke_invitation(by=actor_of(request), municipality=municipality, invitation_id=pk, now=timezone.now())
    return redirect("people", code=municipality.code)


@require_POST
@town_page(Permission.EDIT_USERS)
def reviewed_page(request: HttpRequest, municipality: Municipality) -> HttpResponse:
    confirm_access(by=actor_of(request), municipality=municipality, now=timezone.now())
    return redirect("people", code=municipality.code)


@never_cache
@require_POST
@town_page(Permission.INVITE_USERS)
def phone_of_page(request: HttpRequest, municipality: Municipality, pk: int) -> HttpResponse:
    """Sets up the phone of somebody who works in the field: the code to scan, shown this once."""
    assignment = Assignment.objects.select_related("user").filter(municipality=municipality, pk=pk).first()
    if assignment is None:
        raise Http404
    return phone_shown(request, municipality, assignment.user)


def phone_shown(request: HttpRequest, municipality: Municipality, user: User) -> HttpResponse:
    name = request.POST.get("name", "").strip()[:100] or str(user)
    token, secret = add_device(
        by=actor_of(request), municipality=municipality, user=user, name=name, now=timezone.now()
    )
    # After the # nothing is sent to a server or kept in a log: only the phone's own page reads it.
    address = request.build_absolute_uri("/field/") + f"#device={secret}"
    server = request.build_absolute_uri(f"/key/{secret}")
    context = {
        "token": token,
        "secret": secret,
        "qr": qr_code(address),
        "owner": user,
        "collect_server": server,
        "collect_qr": qr_code(collect_settings(server_url=server, town=municipality.name)),
    }
    return render(request, "crisis/phone.html", town_context(municipality, "people") | context)


def qr_code(text: str) -> str:
    """The text as a drawing to scan, black on white in every theme, as an address of an image."""
    return segno.make(text, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff", omitsize=True)


@never_cache
@login_required
def phones_page(request: HttpRequest) -> HttpResponse:
    """One's own phones, and setting one up where one works in the field."""
    actor = actor_of(request)
    assert isinstance(request.user, User)
    towns = [
        town
        for town in Municipality.objects.filter(pk__in=actor.municipality_ids).order_by("name")
        if actor.roles_in(town.pk) & RIGHTS[Permission.FILL_FORMS]
    ]
    if request.method == "POST":
        chosen = [town for town in towns if town.code == request.POST.get("town")]
        if not chosen:
            raise Http404
        return phone_shown(request, chosen[0], request.user)
    phones = ApiToken.objects.filter(user=request.user, municipality__in=towns).select_related("municipality")
    return render(
        request, "crisis/phones.html", {"phones": phones.order_by("-pk"), "towns": towns, "now": timezone.now()}
    )


@require_POST
@login_required
def revoke_phone_page(request: HttpRequest, pk: int) -> HttpResponse:
    mine = Municipality.objects.filter(pk__in=actor_of(request).municipality_ids)
    phone = ApiToken.objects.filter(pk=pk, municipality__in=mine).select_related("municipality").first()
    if phone is None or phone.municipality is None:
        raise Http404
    try:
        revoke_device(by=actor_of(request), municipality=phone.municipality, token_id=pk, now=timezone.now())
    except RepriseError as missing:
        raise Http404 from missing
    return redirect("phones")


@never_cache
def invitation_page(request: HttpRequest, secret: str) -> HttpResponse:
    """An invitation, to be accepted with the account one has or with a new one. Guessing is rate limited."""
    if limited := consume_or_429(request, action="invitation"):
        return limited
    town, now = town_of_invitation(secret), timezone.now()
    if town is None:
        return render(request, "crisis/invitation.html", {"invitation": None}, status=404)
    known = request.user if isinstance(request.user, User) else None
    problems: list[str] = []
    with scope(system_actor(town)):
        if (invitation := open_invitation(secret, now=now)) is None:
            return render(request, "crisis/invitation.html", {"invitation": None}, status=404)
        if request.method == "POST":
            try:
                user = accept_invitation(
                    secret=secret,
                    now=now,
                    user=known,
                    username=request.POST.get("username", ""),
                    password=request.POST.get("password", ""),
                    name=request.POST.get("name", ""),
                )
            except RepriseError as error:
                problems = problems_of(error)
            else:
                if known is None:
                    login(request, user, PASSWORD_BACKEND)
                return redirect("home")
        context = {
            "invitation": invitation,
            "problems": problems,
            "said": request.POST,
            "places": list(Neighbourhood.objects.filter(pk__in=invitation.neighbourhood_ids).order_by("name")),
        }
        return render(request, "crisis/invitation.html", context, status=422 if problems else 200)


urlpatterns = [
    path("m/<slug:code>/people/", people_page, name="people"),
    path("m/<slug:code>/people/reviewed", reviewed_page, name="people_reviewed"),
    path("m/<slug:code>/people/<int:pk>/end", end_page, name="end_access"),
    path("m/<slug:code>/people/<int:pk>/phone", phone_of_page, name="phone_of"),
    path("m/<slug:code>/invitations/<int:pk>/withdraw", withdraw_page, name="withdraw_invitation"),
    path("account/phones/", phones_page, name="phones"),
    path("account/phones/<int:pk>/revoke", revoke_phone_page, name="revoke_phone"),
    path("invitation/<slug:secret>", invitation_page, name="invitation"),
]
