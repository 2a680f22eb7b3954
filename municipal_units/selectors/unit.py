"""The unit as pages and answers show it: seats with holders and vacancies, balance, quorum, meetings, decisions."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from crisis.lib.errors import NotFound
from municipal_units.core.unit import (
    DEFAULT_RULES,
    RULE_SOURCE,
    Balance,
    Quorum,
    SeatNow,
    balance_of,
    quorum_of,
)
from municipal_units.models import Decision, Mandate, Meeting, Municipality, MunicipalUnit, Seat
from municipal_units.permissions import Actor, Permission
from municipal_units.selectors.norms import NormKind, norms_at

ENDING_SOON = timedelta(days=60)
HELD, PLANNED, CANCELLED = "held", "planned", "cancelled"


def unit_of(municipality: Municipality) -> MunicipalUnit:
    unit = MunicipalUnit.objects.select_related("municipality").filter(municipality=municipality).first()
    if unit is None:
        raise NotFound("This municipality has no unit yet. Create it first.")
    return unit


def rules_on(municipality: Municipality, day: date) -> dict[str, float]:
    """The municipality's own rules of quorum and balance, the proposed ones where it has said nothing."""
    return dict(DEFAULT_RULES) | norms_at(municipality, day).by_key(NormKind.UNIT_RULE)


def rule_items(municipality: Municipality, day: date) -> list[dict[str, Any]]:
    """Each rule in force with where it comes from."""
    own = {row.key: row for row in norms_at(municipality, day).rows if row.kind == NormKind.UNIT_RULE}
    return [
        {
            "rule": str(key),
            "value": own[key].value if key in own else value,
            "source": own[key].source if key in own else RULE_SOURCE,
            "own": key in own,
        }
        for key, value in DEFAULT_RULES.items()
    ]


def seats_on(unit: MunicipalUnit, day: date) -> QuerySet[Seat]:
    """The seats that exist on a day, the chair first."""
    there = Q(abolished_on=None) | Q(abolished_on__gt=day)
    return unit.seats.filter(there, created_on__lte=day).order_by("-chairs", "position", "pk")


def seat_items(unit: MunicipalUnit, day: date) -> list[dict[str, Any]]:
    """Each seat with its holder on that day; `vacant_since` where nobody holds it."""
    seats = list(seats_on(unit, day))
    mandates: dict[int, list[Mandate]] = {}
    for mandate in Mandate.objects.filter(seat__in=seats).order_by("starts_on", "pk"):
        mandates.setdefault(mandate.seat_id, []).append(mandate)
    return [seat_item(seat, mandates.get(seat.pk, []), day) for seat in seats]


def seat_item(seat: Seat, mandates: list[Mandate], day: date) -> dict[str, Any]:
    now = next((m for m in mandates if m.starts_on <= day and (m.ends_on is None or m.ends_on >= day)), None)
    ended = [m.ends_on for m in mandates if m.ends_on is not None and m.ends_on < day]
    return {
        "id": seat.pk,
        "code": seat.code,
        "title": seat.title,
        "community": seat.community,
        "chairs": seat.chairs,
        "vacant": now is None,
        "vacant_since": None if now else (max(ended) + timedelta(days=1) if ended else seat.created_on),
        "holder": now.holder if now else "",
        "woman": now.woman if now else None,
        "organisation": now.organisation if now else "",
        "starts_on": now.starts_on if now else None,
        "ends_on": now.ends_on if now else None,
        "ends_soon": bool(now and now.ends_on and now.ends_on - day <= ENDING_SOON),
        "account": now.account_id if now else None,
    }


def seats_now(items: list[dict[str, Any]]) -> list[SeatNow]:
    return [SeatNow(item["id"], item["chairs"], item["community"], not item["vacant"], item["woman"]) for item in items]


def balance_on(unit: MunicipalUnit, day: date) -> Balance:
    return balance_of(seats_now(seat_items(unit, day)), rules_on(unit.municipality, day))


def quorum_at(meeting: Meeting) -> Quorum:
    """By the attendance recorded and the rules and seats of the day of the meeting."""
    day = timezone.localtime(meeting.held_at).date()
    present = meeting.attendances.filter(present=True).values_list("seat_id", flat=True)
    unit = meeting.unit
    return quorum_of(seats_now(seat_items(unit, day)), present, rules_on(unit.municipality, day))


def unit_item(unit: MunicipalUnit, day: date) -> dict[str, Any]:
    seats = seat_items(unit, day)
    return {
        "id": unit.pk,
        "name": unit.name,
        "founded_on": unit.founded_on,
        "legal_basis": unit.legal_basis,
        "meets_every_days": unit.meets_every_days,
        "seats": seats,
        "balance": balance_of(seats_now(seats), rules_on(unit.municipality, day)),
        "rules": rule_items(unit.municipality, day),
    }


def meeting_of(municipality: Municipality, pk: int) -> Meeting:
    found = Meeting.objects.select_related("unit", "unit__municipality").filter(municipality=municipality, pk=pk)
    if (meeting := found.first()) is None:
        raise NotFound("There is no such meeting here.")
    return meeting


def meeting_item(meeting: Meeting, *, with_minutes: bool) -> dict[str, Any]:
    """A meeting with agenda, attendance and quorum; minutes only for those who may read them."""
    attended = {a.seat_id: a for a in meeting.attendances.all()}
    seats = seat_items(meeting.unit, timezone.localtime(meeting.held_at).date())
    return {
        "id": meeting.pk,
        "title": meeting.title,
        "held_at": meeting.held_at,
        "place": meeting.place,
        "status": meeting.status,
        "minutes": meeting.minutes if with_minutes else "",
        "minutes_for_partners": meeting.minutes_for_partners,
        "closed_at": meeting.closed_at,
        "agenda": [
            {"position": item.position, "title": item.title, "minutes": item.minutes if with_minutes else ""}
            for item in meeting.agenda.order_by("position")
        ],
        "attendance": [
            {
                "seat": seat["id"],
                "code": seat["code"],
                "title": seat["title"],
                "community": seat["community"],
                "chairs": seat["chairs"],
                "holder": seat["holder"],
                "vacant": seat["vacant"],
                "present": attended[seat["id"]].present if seat["id"] in attended else None,
                "name": attended[seat["id"]].name if seat["id"] in attended else "",
            }
            for seat in seats
        ],
        "quorum": quorum_at(meeting),
        "decisions": [decision_item(d, with_votes=with_minutes) for d in meeting.decisions.order_by("number")],
    }


def may_read_minutes(actor: Actor, meeting: Meeting) -> bool:
    """Members always; partners where the unit allows it for this meeting."""
    town = meeting.municipality_id
    return actor.may_somewhere(Permission.VIEW_MEETINGS, town) or (
        meeting.minutes_for_partners and meeting.status == HELD and actor.may_somewhere(Permission.VIEW_MINUTES, town)
    )


def decision_of(municipality: Municipality, pk: int) -> Decision:
    found = Decision.objects.select_related(
        "unit", "unit__municipality", "meeting", "proposed_by", "decided_by", "replaces"
    )
    if (decision := found.filter(municipality=municipality, pk=pk).first()) is None:
        raise NotFound("There is no such decision here.")
    return decision


def decisions_for(municipality: Municipality, actor: Actor) -> QuerySet[Decision]:
    """Members see proposals too; others only what was decided."""
    rows = Decision.objects.filter(municipality=municipality).select_related("meeting")
    if actor.may_somewhere(Permission.VIEW_MEETINGS, municipality.pk):
        return rows
    return rows.filter(status__in=("adopted", "rejected"))


def decision_item(decision: Decision, *, with_votes: bool) -> dict[str, Any]:
    """`with_votes`: who voted how; others get the sums. Dissent is told to all in its own words."""
    votes = [
        {
            "seat": v.seat_id,
            "code": v.seat.code,
            "title": v.seat.title,
            "name": v.name,
            "vote": v.vote,
            "words": v.words,
        }
        for v in decision.votes.select_related("seat").order_by("seat__position", "seat_id")
    ]
    return {
        "id": decision.pk,
        "number": decision.number,
        "title": decision.title,
        "text": decision.text,
        "status": decision.status,
        "meeting": decision.meeting_id,
        "proposed_at": decision.proposed_at,
        "proposed_by": str(decision.proposed_by) if with_votes and decision.proposed_by else "",
        "decided_at": decision.decided_at,
        "decided_by": str(decision.decided_by) if with_votes and decision.decided_by else "",
        "quorum": decision.quorum,
        "sums": {vote: sum(row["vote"] == vote for row in votes) for vote in ("for", "against", "abstain")},
        "votes": votes if with_votes else [],
        "dissent": decision.dissent,
        "withdrawn_because": decision.withdrawn_because,
        "replaces": decision.replaces_id,
        "replaced_by": decision.replaced_by.filter(status="adopted").values_list("pk", flat=True).first(),
        "links": [
            {"kind": link.kind, "reference": link.reference, "title": link.title}
            for link in decision.links.order_by("kind", "reference")
        ],
    }
