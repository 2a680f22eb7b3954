"""Accounts come from invitations only: single use, expiring, with the rights the invitation names."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crisis.lib.errors import Gone, NotAllowed
from municipal_units.actions.accounts import accept_invitation, invite
from municipal_units.models import Assignment, Event, Invitation, Municipality, Neighbourhood, User
from municipal_units.permissions import NOBODY, Role, scope, system_actor
from tests.conftest import PASSWORD, acting
from tests.doors.test_account_page import page_of


def link_from(answer: object) -> str:
    (secret,) = re.findall(r"/invitation/(ri_[\w-]{43})", answer.content.decode())  # type: ignore[attr-defined]
    return f"/invitation/{secret}"


def test_an_invitation_makes_an_account_with_its_rights_once(tenkoro: Municipality, ana: User) -> None:
    with scope(system_actor(tenkoro.pk)):
        wendou = Neighbourhood.objects.get(name="Wendou")
    form = {"name": "Fatou Diallo", "role": "service_rep", "places": [wendou.pk], "services": ["water"]}
    answer = page_of(ana).post("/m/TK/people/", {**form, "ends_on": "2099-12-31"})
    link = link_from(answer)
    assert "no-store" in answer["Cache-Control"]
    visitor = Client()
    page = visitor.get(link).content.decode()
    assert "Fatou Diallo" in page
    assert "Wendou" in page
    done = visitor.post(link, {"name": "Fatou Diallo", "username": "fatou", "password": PASSWORD})
    assert done.status_code == 302
    assert visitor.get("/api/v1/me").json()["grants"] == [
        {"municipality": "TK", "role": "service_rep", "neighbourhoods": [wendou.pk], "services": ["water"]}
    ]
    assert str(Assignment.objects.get(user__username="fatou").ends_on) == "2099-12-31"
    assert Client().get(link).status_code == 404
    assert Client().post(link, {"username": "other", "password": PASSWORD}).status_code == 404
    with scope(system_actor(tenkoro.pk)):
        kinds = list(Event.objects.filter(kind__startswith="account.").values_list("kind", flat=True))
        assert sorted(kinds) == ["account.invited", "account.joined"]
        assert link.rpartition("/")[2] not in str(list(Invitation.objects.values_list()))


def test_an_invitation_ends(tenkoro: Municipality, ana: User) -> None:
    now = timezone.now()
    with scope(acting(ana)):
        _, late = invite(by=acting(ana), municipality=tenkoro, name="N", role=Role.PARTNER, now=now - timedelta(days=8))
        with pytest.raises(Gone):
            accept_invitation(secret=late, now=now, username="late", password=PASSWORD)
    client = page_of(ana)
    link = link_from(client.post("/m/TK/people/", {"name": "N", "role": "partner"}))
    with scope(acting(ana)):
        invitation = Invitation.objects.order_by("-pk")[0]
    assert client.post(f"/m/TK/invitations/{invitation.pk}/withdraw").status_code == 302
    assert Client().get(link).status_code == 404
    assert not User.objects.filter(username="late").exists()


def test_a_unit_lead_cannot_make_a_coordinator(tenkoro: Municipality, lea: User) -> None:
    with scope(acting(lea)), pytest.raises(NotAllowed):
        invite(by=acting(lea), municipality=tenkoro, name="N", role=Role.COORDINATOR, now=timezone.now())
    answer = page_of(lea).post("/m/TK/people/", {"name": "N", "role": "coordinator"})
    assert answer.status_code == 403


def test_weak_passwords_and_taken_names_are_refused_in_words(tenkoro: Municipality, ana: User) -> None:
    link = link_from(page_of(ana).post("/m/TK/people/", {"name": "N", "role": "partner"}))
    for form in ({"username": "fatou", "password": "short"}, {"username": "ANA", "password": PASSWORD}):
        answer = Client().post(link, {"name": "N", **form})
        assert answer.status_code == 422
        assert b'role="alert"' in answer.content
    assert Client().get(link).status_code == 200


def test_someone_with_an_account_gets_the_role_added(tenkoro: Municipality, ana: User, cleo: User) -> None:
    link = link_from(page_of(ana).post("/m/TK/people/", {"name": "Cleo", "role": "partner"}))
    assert page_of(cleo).post(link).status_code == 302
    assert {grant.role for grant in acting(cleo).grants} == {Role.COORDINATOR, Role.PARTNER}


def test_invitations_are_not_seen_without_a_scope(tenkoro: Municipality, ana: User) -> None:
    with scope(acting(ana)):
        invite(by=acting(ana), municipality=tenkoro, name="N", role=Role.PARTNER, now=timezone.now())
    with scope(NOBODY):
        assert not Invitation.objects.exists()


def test_nobody_signs_up_alone(tenkoro: Municipality) -> None:
    client = Client()
    client.post("/accounts/signup/", {"username": "x", "email": "x@example.org", "password1": PASSWORD})
    assert not User.objects.exists()
