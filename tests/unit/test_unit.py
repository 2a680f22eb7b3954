"""The unit: who sits, who may decide, what a decision brings about, and that it stays as it was decided."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from crisis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from municipal_units.actions.decisions import Link, SeatVote, decide, propose_decision, withdraw_decision
from municipal_units.actions.meetings import close_meeting, record_attendance, write_minutes
from municipal_units.actions.norm_proposals import approve_norm, propose_norm, reject_norm
from municipal_units.actions.norms import set_norm
from municipal_units.actions.unit import end_mandate, found_unit, give_seat
from municipal_units.models import Decision, Event, Mandate, Municipality, Norm, NormProposal, User
from municipal_units.permissions import scope
from municipal_units.selectors.events import shown_to
from municipal_units.selectors.norms import norms_at
from municipal_units.selectors.unit import balance_on, meeting_item, quorum_at, seat_items
from tests.conftest import acting
from tests.unit.conftest import HELD, Table

EVERYBODY = tuple(HELD)
WITH_QUORUM = ("mayor", "health", "water", "host_community", "idp_community")


def voting(table: Table, present: tuple[str, ...], vote: str = "for", **others: str) -> dict[int, SeatVote]:
    return {table.seats[code].pk: SeatVote(others.get(code, vote)) for code in present}


def proposed(table: Table, user: User, *links: Link) -> Decision:
    with scope(acting(user)):
        return propose_decision(by=acting(user), unit=table.unit, title="Repair F-07", text="We repair.", links=links)


def test_who_may_not_is_refused(tenkoro: Municipality, ben: User, paul: User, cleo: User) -> None:
    for user, refusal in ((ben, NotAllowed), (paul, NotAllowed), (cleo, NotFound)):
        with scope(acting(user)), pytest.raises(refusal):
            found_unit(by=acting(user), municipality=tenkoro, name="Ours", founded_on=date(2026, 1, 1))


def test_seats_show_holders_vacancies_and_balance(table: Table, lea: User) -> None:
    with scope(acting(lea)):
        seats = {seat["code"]: seat for seat in seat_items(table.unit, timezone.localdate())}
        assert (seats["mayor"]["chairs"], seats["host_community"]["community"]) == (True, "host")
        assert (seats["education"]["vacant"], seats["education"]["vacant_since"]) == (True, date(2026, 1, 10))
        balance = balance_on(table.unit, timezone.localdate())
        assert (balance.seats, balance.vacant, balance.women_share, balance.problems) == (9, 3, 0.5, ())
        end_mandate(by=acting(lea), seat=table.seats["idp_community"], ends_on=date(2026, 11, 1), because="moved")
        later = {seat["code"]: seat for seat in seat_items(table.unit, timezone.localdate())}
        assert later["idp_community"]["vacant_since"] == date(2026, 11, 2)
        assert balance_on(table.unit, timezone.localdate()).problems == ("too_few_displaced",)


def test_a_new_holder_ends_the_mandate_before(table: Table, lea: User) -> None:
    with scope(acting(lea)):
        seat = table.seats["water"]
        give_seat(by=acting(lea), seat=seat, holder="Salif Ba", woman=False, starts_on=date(2026, 6, 1))
        ends = list(Mandate.objects.filter(seat=seat).order_by("starts_on").values_list("holder", "ends_on"))
        assert ends == [("Moussa Zida", date(2026, 5, 31)), ("Salif Ba", None)]
        with pytest.raises(Invalid, match="later day"):
            give_seat(by=acting(lea), seat=seat, holder="Other", starts_on=date(2026, 3, 1))


def test_the_names_of_holders_are_not_in_the_log(table: Table, lea: User) -> None:
    with scope(acting(lea)):
        told = json.dumps(list(Event.objects.values_list("shows", flat=True)))
    assert not [name for name, _ in HELD.values() if name in told]


def test_a_decision_needs_quorum_and_another_pair_of_eyes(table: Table, lea: User, max_: User, ana: User) -> None:
    decision = proposed(table, lea)
    small = table.meeting(lea, "mayor", "health", "water", "host_community")
    with scope(acting(lea)), pytest.raises(NotAllowed, match="You proposed"):
        decide(by=acting(lea), decision=decision, meeting=small, votes=voting(table, ("mayor",)))
    with scope(acting(ana)), pytest.raises(NotAllowed):
        decide(by=acting(ana), decision=decision, meeting=small, votes=voting(table, ("mayor",)))
    with scope(acting(max_)), pytest.raises(Invalid, match="too few seats, displaced absent"):
        decide(by=acting(max_), decision=decision, meeting=small, votes=voting(table, ("mayor",)))
    full = table.meeting(lea, *WITH_QUORUM)
    with scope(acting(max_)):
        with pytest.raises(Invalid, match="not there"):
            decide(by=acting(max_), decision=decision, meeting=full, votes=voting(table, EVERYBODY))
        votes = voting(table, WITH_QUORUM, host_community="against", water="abstain")
        made = decide(by=acting(max_), decision=decision, meeting=full, votes=votes, dissent="Wells first.")
        assert (made.status, made.dissent) == ("adopted", "Wells first.")
        assert made.quorum
        assert made.quorum["reached"] is True
        with pytest.raises(Conflict):
            decide(by=acting(max_), decision=decision, meeting=full, votes=votes)


def test_a_tie_does_not_carry(table: Table, lea: User, max_: User) -> None:
    decision, meeting = proposed(table, lea), table.meeting(lea, *EVERYBODY)
    votes = voting(table, EVERYBODY) | voting(table, ("mayor", "health", "water"), vote="against")
    with scope(acting(max_)):
        assert decide(by=acting(max_), decision=decision, meeting=meeting, votes=votes).status == "rejected"


def test_what_was_decided_cannot_be_changed_even_in_the_database(table: Table, lea: User, max_: User) -> None:
    decision, meeting = proposed(table, lea), table.meeting(lea, *EVERYBODY)
    with scope(acting(max_)):
        decide(by=acting(max_), decision=decision, meeting=meeting, votes=voting(table, EVERYBODY))
        for statement in ("UPDATE municipal_units_decision SET text = 'other'", "DELETE FROM municipal_units_decision"):
            refused = pytest.raises(DatabaseError, match="not changed|denied")
            with refused, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        with pytest.raises(Conflict):
            withdraw_decision(by=acting(max_), decision=Decision.objects.get(), because="no")
        decision.refresh_from_db()
        newer = propose_decision(by=acting(lea), unit=table.unit, title="New", text="Other.", replaces=decision)
        assert newer.number == decision.number + 1


def test_norms_are_proposed_by_one_and_approved_by_another(tenkoro: Municipality, lea: User, ana: User) -> None:
    with scope(acting(lea)):
        proposal = propose_norm(
            by=acting(lea), municipality=tenkoro, kind="weight", service="water", value=0.3, source="unit"
        )
        assert not Norm.objects.filter(value=0.3, kind="weight").exists()
        with pytest.raises(NotAllowed):
            approve_norm(by=acting(lea), proposal=proposal)
    with scope(acting(ana)):
        approve_norm(by=acting(ana), proposal=proposal)
        assert norms_at(tenkoro, timezone.localdate()).weights["water"] == 0.3
        own = propose_norm(by=acting(ana), municipality=tenkoro, kind="weight", service="power", value=0.2, source="me")
        with pytest.raises(NotAllowed, match="yourself"):
            approve_norm(by=acting(ana), proposal=own)
        with pytest.raises(Invalid):
            reject_norm(by=acting(ana), proposal=own, answer=" ")
        assert reject_norm(by=acting(ana), proposal=own, answer="Later.").status == "rejected"


def test_an_adopted_decision_brings_the_weights_it_approves_into_force(
    table: Table, tenkoro: Municipality, lea: User, max_: User
) -> None:
    with scope(acting(lea)):
        proposal = propose_norm(
            by=acting(lea), municipality=tenkoro, kind="weight", service="water", value=0.25, source="meeting"
        )
    decision = proposed(table, lea, Link("norm_proposal", str(proposal.pk)), Link("ranking", "42", "Ranking of today"))
    meeting = table.meeting(lea, *EVERYBODY)
    with scope(acting(max_)):
        decide(by=acting(max_), decision=decision, meeting=meeting, votes=voting(table, EVERYBODY))
        answered = NormProposal.objects.get(pk=proposal.pk)
        assert (answered.status, answered.decision_id) == ("approved", decision.pk)
        assert norms_at(tenkoro, timezone.localdate()).weights["water"] == 0.25


def test_rules_of_the_unit_are_rows_and_do_not_touch_functionality(
    table: Table, tenkoro: Municipality, lea: User, ana: User
) -> None:
    meeting = table.meeting(lea, *WITH_QUORUM)
    with scope(acting(ana)):
        before = norms_at(tenkoro, timezone.localdate()).parameters_version
        yesterday = timezone.localdate() - timedelta(days=1)
        set_norm(
            by=acting(ana), municipality=tenkoro, kind="unit_rule", key="quorum_share", value=0.9, source="statute",
            valid_from=yesterday,
        )  # fmt: skip
        assert quorum_at(meeting).needed == 9
        assert norms_at(tenkoro, timezone.localdate()).parameters_version == before


def test_minutes_are_closed_and_given_to_partners_only_if_allowed(table: Table, lea: User, paul: User) -> None:
    meeting = table.meeting(lea, *EVERYBODY)
    client = Client()
    client.force_login(paul, "django.contrib.auth.backends.ModelBackend")
    path = f"/api/v1/municipalities/TK/meetings/{meeting.pk}"
    actor = acting(lea)
    with scope(actor):
        write_minutes(by=actor, meeting=meeting, minutes="All came.", points={1: "Pump F-07 first."})
        close_meeting(by=actor, meeting=meeting)
        with pytest.raises(Conflict, match="closed"):
            record_attendance(by=actor, meeting=meeting, seats={})
    assert client.get(path).status_code == 404
    other = table.meeting(lea, *EVERYBODY)
    with scope(actor):
        write_minutes(by=actor, meeting=other, minutes="Open to all.", points={}, for_partners=True)
        close_meeting(by=actor, meeting=other)
        item: dict[str, Any] = meeting_item(meeting, with_minutes=True)
        assert item["agenda"][0]["minutes"] == "Pump F-07 first."
    told = client.get(f"/api/v1/municipalities/TK/meetings/{other.pk}").json()
    assert (told["minutes"], told["quorum"]["reached"]) == ("Open to all.", True)
    assert [row["id"] for row in client.get("/api/v1/municipalities/TK/meetings").json()["items"]] == [other.pk]


def test_a_partner_sees_sums_and_dissent_but_not_who_voted_how(table: Table, lea: User, max_: User, paul: User) -> None:
    open_one = proposed(table, lea)
    decision, meeting = proposed(table, lea), table.meeting(lea, *EVERYBODY)
    with scope(acting(max_)):
        votes = voting(table, EVERYBODY, water="against")
        decide(by=acting(max_), decision=decision, meeting=meeting, votes=votes, dissent="Wells first.")
        proposal = Event.objects.filter(kind="decision.proposed").order_by("pk")[0]
        assert "shows" not in shown_to(acting(paul), table.unit.municipality_id, [proposal])[0]
    client = Client()
    client.force_login(paul, "django.contrib.auth.backends.ModelBackend")
    told = client.get("/api/v1/municipalities/TK/decisions").json()["items"]
    assert [item["number"] for item in told] == [decision.number]
    assert (told[0]["sums"], told[0]["votes"]) == ({"for": 5, "against": 1, "abstain": 0}, [])
    assert told[0]["dissent"] == "Wells first."
    assert client.get(f"/api/v1/municipalities/TK/decisions/{open_one.pk}").status_code == 404
