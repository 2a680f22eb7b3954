"""The unit says how much each service counts: opened in a meeting, answered by seats, agreed, proposed, approved.

Agreeing makes a scenario with these weights; the municipality's own weights change only by proposals that somebody
else approves, or that the unit decides.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.actions.plans import make_scenario
from assessments.core.swing import BEST, weights_from
from assessments.models import Scenario, WeightAnswer, WeightSession
from assessments.selectors.weights import AGREED, DROPPED, OPEN, SHOWN, seats_held
from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed
from municipal_units.actions.norm_proposals import PROPOSED, approve_norm, propose_norm
from municipal_units.core.vocabulary import ServiceDomain
from municipal_units.models import Event, Meeting, NormProposal, Seat
from municipal_units.permissions import Actor, Permission, require, require_somewhere
from municipal_units.selectors.norms import NormKind, norms_at
from municipal_units.selectors.unit import PLANNED, quorum_at, seat_items

LONGEST_WORDS = 1_000
DIGITS = 6


@transaction.atomic
def open_weighing(*, by: Actor, meeting: Meeting, services: Sequence[str] = (), blind: bool = True) -> WeightSession:
    """Asks the seats of an open meeting; without `services` all that count today. One weighing at a time."""
    require(by, Permission.HOLD_MEETINGS, meeting.municipality_id)
    if meeting.status != PLANNED:
        raise Conflict("This meeting is closed. Weigh in one that is open.")
    before = {code: value for code, value in weights_today(meeting).items() if value > 0}
    asked = list(dict.fromkeys(services)) or list(before)
    if unknown := set(asked) - set(ServiceDomain):
        raise Invalid(fields=[FieldError("services", f"'{min(unknown)[:40]}' is no service.")])
    if len(asked) < 2:
        raise Invalid(fields=[FieldError("services", "Choose at least two services to weigh against each other.")])
    try:
        with transaction.atomic():
            session = WeightSession.objects.create(
                municipality_id=meeting.municipality_id,
                meeting=meeting,
                services=asked,
                before=before,
                blind=blind,
                opened_by_id=by.user_id,
            )
    except IntegrityError as taken:
        raise Conflict("Another weighing is under way in this meeting. Finish or drop it first.") from taken
    return told(by, session)


def weights_today(meeting: Meeting) -> dict[str, float]:
    """The municipality's weights in force, 0-1 and summing to 1."""
    weights = norms_at(meeting.unit.municipality, timezone.localdate()).weights
    total = sum(weights.values())
    return {str(code): value / total for code, value in weights.items()} if total > 0 else {}


@transaction.atomic
def answer_weighing(
    *, by: Actor, session: WeightSession, seat: Seat, points: Mapping[str, float], words: str = ""
) -> WeightAnswer:
    """What a seat says in this round; said again it replaces. From the account that holds the seat, or by who leads
    the meeting on the shared screen."""
    municipality = session.meeting.unit.municipality
    require_somewhere(by, Permission.GIVE_WEIGHTS, municipality)
    own = seat.pk in seats_held(municipality, by)
    if not own and not by.may(Permission.HOLD_MEETINGS, municipality.pk):
        raise NotAllowed("You answer for the seat you hold. Whoever leads the meeting can enter the others.")
    locked = in_state(session, OPEN)
    may_answer(locked, seat)
    answer, _ = WeightAnswer.objects.update_or_create(
        session=locked,
        round=locked.round,
        seat=seat,
        defaults={
            "municipality_id": locked.municipality_id,
            "points": checked(points, locked.services, best_needed=True),
            "words": words.strip()[:LONGEST_WORDS],
            "on_shared_screen": not own,
            "given_by_id": by.user_id,
        },
    )
    told(by, locked)
    return answer


def may_answer(session: WeightSession, seat: Seat) -> None:
    day = timezone.localtime(session.meeting.held_at).date()
    sits = next((item for item in seat_items(session.meeting.unit, day) if item["id"] == seat.pk), None)
    if sits is None or sits["vacant"]:
        raise Invalid("Nobody holds this seat on the day of the meeting.")
    if session.meeting.attendances.filter(seat=seat, present=False).exists():
        raise Invalid("This seat is recorded as absent. Record its attendance first.")


def checked(points: Mapping[str, float], services: Sequence[str], *, best_needed: bool) -> dict[str, float]:
    """Points for every service asked about, 0 to 100; the best one has 100, else the scale has no anchor."""
    wrong = [FieldError("points", f"'{code[:40]}' is not asked about.") for code in points if code not in services]
    for code in services:
        value = points.get(code)
        if value is None or not math.isfinite(value) or not 0 <= value <= BEST:
            wrong.append(FieldError(f"points.{code}", "Give each service between 0 and 100 points."))
    if wrong:
        raise Invalid(wrong[0].message, fields=wrong)
    if best_needed and max(points.values()) != BEST:
        message = "Give 100 to the service you would bring up first; the others follow from it."
        raise Invalid(message, fields=[FieldError("points", message)])
    return {code: float(points[code]) for code in services}


@transaction.atomic
def show_answers(*, by: Actor, session: WeightSession) -> WeightSession:
    """Ends the round: the answers lie on the table."""
    require(by, Permission.HOLD_MEETINGS, session.municipality_id)
    locked = in_state(session, OPEN)
    if not locked.answers.exists():
        raise Conflict("Nobody has answered yet.")
    locked.state = SHOWN
    return changed(by, locked)


@transaction.atomic
def ask_again(*, by: Actor, session: WeightSession) -> WeightSession:
    """Another round, after those far apart have said why. Earlier rounds stay on record."""
    require(by, Permission.HOLD_MEETINGS, session.municipality_id)
    locked = in_state(session, SHOWN)
    locked.state, locked.round = OPEN, locked.round + 1
    return changed(by, locked, "round")


@transaction.atomic
def drop_weighing(*, by: Actor, session: WeightSession, because: str) -> WeightSession:
    """The old weights stay. What was answered is kept with the reason."""
    require(by, Permission.HOLD_MEETINGS, session.municipality_id)
    if not because.strip():
        raise Invalid("Say why.", fields=[FieldError("because", "Say why.")])
    locked = in_state(session, OPEN, SHOWN)
    locked.state, locked.dropped_because = DROPPED, because.strip()[:300]
    return changed(by, locked, "dropped_because")


@transaction.atomic
def agree_weights(
    *, by: Actor, session: WeightSession, points: Mapping[str, float], dissent: str = "", name: str = ""
) -> WeightSession:
    """The values the seats agree on, with dissent in its own words, as the weights of a new scenario: a copy of the
    newest one here. The meeting needs its quorum, as for any decision."""
    require(by, Permission.HOLD_MEETINGS, session.municipality_id)
    locked = in_state(session, SHOWN)
    quorum = quorum_at(locked.meeting)
    if not quorum.reached:
        raise Invalid(f"There is no quorum: {', '.join(p.replace('_', ' ') for p in quorum.problems)}.")
    agreed = checked(points, locked.services, best_needed=False)
    try:
        weights = {code: round(value, DIGITS) for code, value in weights_from(agreed, locked.before).items()}
    except ValueError as nothing:
        raise Invalid("At least one service must count.") from nothing
    municipality, day = locked.meeting.unit.municipality, timezone.localtime(locked.meeting.held_at).date()
    origin = Scenario.objects.filter(municipality=municipality).order_by("-pk").first()
    locked.scenario = make_scenario(
        by=by,
        municipality=municipality,
        name=name.strip() or f"Weights agreed on {day.isoformat()}",
        copy_of=origin,
        weights=weights,
        weights_source=source_of(locked),
        weights_on=day,
    )
    locked.state, locked.agreed = AGREED, {"points": agreed, "weights": weights}
    locked.quorum, locked.dissent = asdict(quorum), dissent.strip()
    locked.agreed_by_id, locked.agreed_at = by.user_id, timezone.now()
    return changed(by, locked, "agreed", "quorum", "dissent", "agreed_by", "agreed_at", "scenario")


def source_of(session: WeightSession) -> str:
    day = timezone.localtime(session.meeting.held_at).date()
    answers = session.answers.values("seat").distinct().count()
    unit = session.meeting.unit.name
    return f"Meeting of {day.isoformat()}, {unit}: swing weights, seats that answered: {answers}"[:300]


@transaction.atomic
def propose_weights(*, by: Actor, session: WeightSession) -> WeightSession:
    """The agreed weights as proposals for the municipality, one per service that changes; nothing is in force yet."""
    require_somewhere(by, Permission.PROPOSE_NORMS, session.municipality)
    locked = in_state(session, AGREED)
    if locked.proposals:
        raise Conflict("These weights have been proposed already.")
    now, source = weights_today(locked.meeting), source_of(locked)
    reason = f"Dissent: {locked.dissent}" if locked.dissent else ""
    for code, value in sorted(locked.agreed["weights"].items()):
        if abs(value - now.get(code, 0.0)) < 10**-DIGITS:
            continue
        proposal = propose_norm(
            by=by,
            municipality=locked.meeting.unit.municipality,
            kind=NormKind.WEIGHT,
            service=code,
            value=value,
            source=source,
            reason=reason,
        )
        locked.proposals.append(proposal.pk)
    if not locked.proposals:
        raise Conflict("The municipality's weights are these already.")
    locked.proposed_by_id, locked.proposed_at = by.user_id, timezone.now()
    return changed(by, locked, "proposals", "proposed_by", "proposed_at")


@transaction.atomic
def approve_weights(*, by: Actor, session: WeightSession) -> WeightSession:
    """All proposals of a weighing at once, by somebody else than who proposed them: half of them would be weights that
    nobody agreed."""
    require(by, Permission.APPROVE_NORMS, session.municipality_id)
    locked = in_state(session, AGREED)
    waiting = list(
        NormProposal.objects.filter(pk__in=locked.proposals, status=PROPOSED)
        .select_related("municipality")
        .order_by("pk")
    )
    if not waiting:
        raise Conflict("Nothing of this weighing waits for approval.")
    if len(waiting) < len(locked.proposals):
        raise Conflict("Some of these proposals were answered one by one. Answer the others in the same way.")
    for proposal in waiting:
        approve_norm(by=by, proposal=proposal)
    locked.approved_by_id, locked.approved_at = by.user_id, timezone.now()
    return changed(by, locked, "approved_by", "approved_at")


def in_state(session: WeightSession, *states: str) -> WeightSession:
    locked = (
        WeightSession.objects.select_for_update(of=("self",))
        .select_related("meeting", "meeting__unit", "meeting__unit__municipality")
        .get(pk=session.pk)
    )
    if locked.state not in states:
        raise Conflict("This weighing has moved on. Look at the page again.")
    return locked


def changed(by: Actor, session: WeightSession, *fields: str) -> WeightSession:
    session.save(update_fields=["state", *fields])
    return told(by, session)


def told(by: Actor, session: WeightSession) -> WeightSession:
    """Who has answered and how far it is; what was said is read on the page, by those who may."""
    answers = session.answers.filter(round=session.round).count()
    Event.objects.record(
        "weights.changed",
        municipality_id=session.municipality_id,
        by_id=by.user_id,
        subject=session,
        shows={"weighing": session.pk, "state": session.state, "round": session.round, "answers": answers},
    )
    return session
