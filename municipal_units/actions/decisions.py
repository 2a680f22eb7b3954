"""Decisions of the unit: proposed by one, voted by the seats in a meeting with quorum, recorded by another."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from crisis.lib.errors import Conflict, FieldError, Invalid, NotAllowed
from municipal_units.actions.norm_proposals import approve_by_decision
from municipal_units.actions.rows import Problems
from municipal_units.core.unit import Vote, carried
from municipal_units.models import (
    Decision,
    DecisionLink,
    DecisionVote,
    Event,
    Meeting,
    MunicipalUnit,
    NormProposal,
)
from municipal_units.permissions import Actor, Permission, require, require_somewhere
from municipal_units.selectors.unit import CANCELLED, quorum_at, seat_items

PROPOSED, ADOPTED, REJECTED, WITHDRAWN = "proposed", "adopted", "rejected", "withdrawn"
NORM_PROPOSAL = "norm_proposal"
LINK_KINDS = ("parameters", NORM_PROPOSAL, "ranking", "plan", "area_plan", "document", "work")


@dataclass(frozen=True)
class Link:
    """What the decision approves: a kind of LINK_KINDS, its id as text, and the title it has now."""

    kind: str
    reference: str
    title: str = ""


@dataclass(frozen=True)
class SeatVote:
    """How a seat voted; `words` are kept as they were said."""

    vote: str
    words: str = ""


@transaction.atomic
def propose_decision(
    *,
    by: Actor,
    unit: MunicipalUnit,
    title: str,
    text: str,
    meeting: Meeting | None = None,
    links: Sequence[Link] = (),
    replaces: Decision | None = None,
) -> Decision:
    """Something the unit should decide. It gets its number now; nothing follows before the vote."""
    require_somewhere(by, Permission.PROPOSE_DECISIONS, unit.municipality)
    _check(title, text, links)
    if replaces is not None and replaces.status != ADOPTED:
        raise Invalid("Only a decision in force can be replaced.")
    locked = MunicipalUnit.objects.select_for_update().get(pk=unit.pk)
    last = locked.decisions.aggregate(last=Max("number"))["last"] or 0
    decision = Decision.objects.create(
        municipality_id=unit.municipality_id,
        unit=unit,
        meeting=meeting,
        number=last + 1,
        title=title.strip(),
        text=text.strip(),
        proposed_by_id=by.user_id,
        replaces=replaces,
    )
    for link in links:
        _link(decision, link)
    _tell("decision.proposed", by, decision)
    return decision


@transaction.atomic
def decide(
    *, by: Actor, decision: Decision, meeting: Meeting, votes: Mapping[int, SeatVote], dissent: str = ""
) -> Decision:
    """The seats' votes are recorded, the quorum is tested, and the decision stands or falls. Who proposed it does not
    record it (four eyes); what is decided is never changed, only replaced by another decision."""
    require(by, Permission.APPROVE_DECISIONS, decision.municipality_id)
    if decision.proposed_by_id is not None and decision.proposed_by_id == by.user_id:
        raise NotAllowed("You proposed this decision. Somebody else of the unit has to record the vote.")
    decision = Decision.objects.select_for_update().select_related("unit", "unit__municipality").get(pk=decision.pk)
    if decision.status != PROPOSED:
        raise Conflict("This decision is not open any more.")
    _may_be_decided_in(decision, meeting)
    quorum = quorum_at(meeting)
    if not quorum.reached:
        raise Invalid(f"There is no quorum: {', '.join(p.replace('_', ' ') for p in quorum.problems)}.")
    names = _voters(meeting, votes)
    DecisionVote.objects.bulk_create(
        DecisionVote(
            municipality_id=decision.municipality_id,
            decision=decision,
            seat_id=seat,
            vote=vote.vote,
            name=names[seat],
            words=vote.words.strip(),
        )
        for seat, vote in sorted(votes.items())
    )
    decision.meeting, decision.quorum, decision.dissent = meeting, asdict(quorum), dissent.strip()
    decision.status = ADOPTED if carried(vote.vote for vote in votes.values()) else REJECTED
    decision.decided_at, decision.decided_by_id = timezone.now(), by.user_id
    decision.save(update_fields=["meeting", "quorum", "dissent", "status", "decided_at", "decided_by"])
    if decision.status == ADOPTED:
        _follow(by, decision)
    _tell("decision.made", by, decision)
    return decision


@transaction.atomic
def withdraw_decision(*, by: Actor, decision: Decision, because: str) -> Decision:
    """A proposal is taken back, by who made it or by who may approve; with a reason."""
    if decision.proposed_by_id != by.user_id or by.user_id is None:
        require(by, Permission.APPROVE_DECISIONS, decision.municipality_id)
    if not because.strip():
        message = "Say why it is taken back."
        raise Invalid(message, fields=[FieldError("because", message)])
    if decision.status != PROPOSED:
        raise Conflict("This decision is not open any more.")
    decision.status, decision.withdrawn_because = WITHDRAWN, because.strip()[:300]
    decision.save(update_fields=["status", "withdrawn_because"])
    _tell("decision.proposed", by, decision)
    return decision


def _check(title: str, text: str, links: Sequence[Link]) -> None:
    problems = Problems()
    problems.require("title", title.strip())
    problems.require("text", text.strip())
    problems.texts(Decision, {"title": title, "text": text})
    for link in links:
        problems.word("links", link.kind, LINK_KINDS)
        problems.require("links", link.reference.strip())
        problems.texts(DecisionLink, {"reference": link.reference, "title": link.title})
    if error := problems.error():
        raise error


def _link(decision: Decision, link: Link) -> None:
    reference, title = link.reference.strip(), link.title
    if link.kind == NORM_PROPOSAL:
        known = NormProposal.objects.filter(municipality_id=decision.municipality_id, status=PROPOSED)
        proposal = known.filter(pk=int(reference)).first() if reference.isdecimal() else None
        if proposal is None:
            message = f"There is no open proposal {reference[:20]} here."
            raise Invalid(message, fields=[FieldError("links", message)])
        title = title or str(proposal)
    DecisionLink.objects.get_or_create(
        decision=decision,
        kind=link.kind,
        reference=reference,
        defaults={"municipality_id": decision.municipality_id, "title": title},
    )


def _may_be_decided_in(decision: Decision, meeting: Meeting) -> None:
    if meeting.unit_id != decision.unit_id or meeting.status == CANCELLED:
        raise Invalid("Choose a meeting of this unit that was held.")
    if meeting.held_at > timezone.now():
        raise Invalid("The meeting has not been held yet.")


def _voters(meeting: Meeting, votes: Mapping[int, SeatVote]) -> dict[int, str]:
    """The names of those who voted, by seat. Only seats that were there vote, each once."""
    if not votes:
        raise Invalid("Record the vote of every seat that was there.")
    wrong = {vote.vote for vote in votes.values()} - set(Vote)
    if wrong:
        raise Invalid(f"'{min(wrong)[:20]}' is no vote. Known: {', '.join(Vote)}.")
    attended = {a.seat_id: a.name for a in meeting.attendances.filter(present=True)}
    if set(votes) - set(attended):
        raise Invalid("A seat that was not there cannot vote. Record its attendance first.")
    holders = {
        seat["id"]: seat["holder"] for seat in seat_items(meeting.unit, timezone.localtime(meeting.held_at).date())
    }
    return {seat: attended[seat] or holders.get(seat, "") for seat in votes}


def _follow(by: Actor, decision: Decision) -> None:
    """What an adopted decision brings about at once: norm proposals it approves come into force."""
    for link in decision.links.filter(kind=NORM_PROPOSAL):
        proposal = NormProposal.objects.filter(pk=int(link.reference), status=PROPOSED).first()
        if proposal is not None:
            approve_by_decision(by=by, proposal=proposal, decision=decision)


def _tell(kind: str, by: Actor, decision: Decision) -> None:
    Event.objects.record(
        kind,
        municipality_id=decision.municipality_id,
        by_id=by.user_id,
        subject=decision,
        shows={
            "decision": decision.pk,
            "number": decision.number,
            "title": decision.title,
            "status": decision.status,
            "meeting": decision.meeting_id,
        },
    )
