"""The municipal unit of the story: its seats, the meeting of the week before, and what it decided."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.utils import timezone

from crisis.demo.story import StoryClock
from municipal_units.actions.decisions import SeatVote, decide, propose_decision
from municipal_units.actions.meetings import (
    Present,
    call_meeting,
    close_meeting,
    record_attendance,
    write_minutes,
)
from municipal_units.actions.unit import found_unit, give_seat
from municipal_units.models import Municipality, User
from municipal_units.permissions import system_actor

FOUNDED_ON, SEATED_ON = date(2026, 8, 24), date(2026, 9, 1)
# Seat, who holds it, whether she is a woman. Two services have not named anybody yet. Some have an account.
ACCOUNTS = {"mayor": "unit_lead", "water": "service_rep", "idp_community": "community_rep", "humanitarian": "partner"}
HOLDERS = (
    ("mayor", "Lassané Kaboré", False),
    ("social_services", "Rasmata Zongo", True),
    ("health", "Mariam Sana", True),
    ("water", "Moussa Ouédraogo", False),
    ("host_community", "Salimata Kaboré", True),
    ("idp_community", "Aminata Barry", True),
    ("humanitarian", "Paul Martin", False),
)
AGENDA = {
    "State of the services": "Water and power of Wendou fail most people. The school is full.",
    "What to repair first": "T-09 feeds the pump, the clinic and the homes. It costs least for what it gives.",
    "Weights": "They stay as they are until December.",
}
TITLE = "Transformer T-09 first"
TEXT = "The unit asks the power company to repair transformer T-09 before the end of November."
DISSENT = "The wells of Forage have waited longer."


def seat_unit(
    municipality: Municipality, *, clock: StoryClock, proposer: int, recorder: int, users: Mapping[str, User]
) -> None:
    """`proposer` and `recorder` are accounts: one proposes, another records the vote. `users` by username."""
    by, proposing = (system_actor(municipality.pk, user_id=user) for user in (recorder, proposer))
    unit = found_unit(
        by=by,
        municipality=municipality,
        name=f"Municipal unit of {municipality.name}",
        founded_on=clock.day(FOUNDED_ON),
        legal_basis="Order 12 of the head of the municipality",
    )
    seats = {seat.code: seat for seat in unit.seats.all()}
    for code, name, woman in HOLDERS:
        give_seat(
            by=by,
            seat=seats[code],
            holder=name,
            woman=woman,
            starts_on=clock.day(SEATED_ON),
            account=users.get(ACCOUNTS.get(code, "")),
        )
    held = timezone.now() - timedelta(days=2)
    meeting = call_meeting(by=by, unit=unit, held_at=held, title="Wendou", place="Town hall", agenda=list(AGENDA))
    there = {seats[code].pk: Present(True) for code, _, _ in HOLDERS}
    record_attendance(by=by, meeting=meeting, seats=there)
    decision = propose_decision(by=proposing, unit=unit, title=TITLE, text=TEXT, meeting=meeting)
    votes = {seat: SeatVote("for") for seat in there} | {seats["host_community"].pk: SeatVote("against", DISSENT)}
    decide(by=by, decision=decision, meeting=meeting, votes=votes, dissent=DISSENT)
    points = dict(enumerate(AGENDA.values(), start=1))
    write_minutes(by=by, meeting=meeting, minutes="", points=points, for_partners=True)
    close_meeting(by=by, meeting=meeting)
