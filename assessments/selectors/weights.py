"""Weighings of services as page and API show them: seats, rounds, how far apart answers lie, what agreeing changes."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from django.db.models import QuerySet
from django.utils import timezone

from assessments.core.case import PlanningCase
from assessments.core.functionality import Functionality, evaluate
from assessments.core.index import index_of, index_weights
from assessments.core.ranking import rank
from assessments.core.swing import medians, spread_of, weights_from
from assessments.models import Intervention, WeightAnswer, WeightSession
from assessments.selectors.case import planning_case
from crisis.lib.disclosure import Audience, is_withheld
from crisis.lib.errors import Invalid, NotFound
from municipal_units.core.unit import UnitRule
from municipal_units.models import Mandate, Municipality, Neighbourhood
from municipal_units.permissions import Actor, Permission, require_somewhere
from municipal_units.selectors.disclosure import audience_of
from municipal_units.selectors.norms import norms_at
from municipal_units.selectors.places import names_of
from municipal_units.selectors.unit import quorum_at, rules_on, seat_items

OPEN, SHOWN, AGREED, DROPPED = "open", "shown", "agreed", "dropped"
MOST_MOVED, FIRST_PLACES = 12, 3


def sessions_for(municipality: Municipality, actor: Actor) -> QuerySet[WeightSession]:
    """The weighings a reader may follow: members all, others those of a unit in which they hold a seat."""
    require_somewhere(actor, Permission.GIVE_WEIGHTS, municipality)
    rows = WeightSession.objects.filter(municipality=municipality).select_related(
        "meeting", "meeting__unit", "scenario"
    )
    if actor.may_somewhere(Permission.VIEW_MEETINGS, municipality.pk) or seats_held(municipality, actor):
        return rows
    return rows.none()


def session_of(municipality: Municipality, session_id: int, *, actor: Actor) -> WeightSession:
    found = sessions_for(municipality, actor).filter(pk=session_id).first()
    if found is None:
        raise NotFound("There is no such weighing here.")
    return found


def seats_held(municipality: Municipality, actor: Actor) -> frozenset[int]:
    """The seats whose mandate of today names this account."""
    if actor.user_id is None:
        return frozenset()
    today = timezone.localdate()
    held = Mandate.objects.filter(municipality=municipality, account_id=actor.user_id, starts_on__lte=today)
    return frozenset(held.exclude(ends_on__lt=today).values_list("seat_id", flat=True))


def session_row(session: WeightSession) -> dict[str, Any]:
    """A weighing in one line."""
    return {
        "id": session.pk,
        "meeting": session.meeting_id,
        "held_at": session.meeting.held_at,
        "title": session.meeting.title,
        "state": session.state,
        "round": session.round,
        "answers": session.answers.filter(round=session.round).count(),
        "agreed_at": session.agreed_at,
        "approved_at": session.approved_at,
    }


def session_item(session: WeightSession, *, actor: Actor) -> dict[str, Any]:
    """Everything about a weighing that this reader may see now. While a blind round is open nobody sees what others
    said, only who has answered: whoever speaks first would pull the others along (Delphi)."""
    municipality = session.meeting.unit.municipality
    day = timezone.localtime(session.meeting.held_at).date()
    rules, norms = rules_on(municipality, day), norms_at(municipality, day)
    seats = seat_items(session.meeting.unit, day)
    absent = set(session.meeting.attendances.filter(present=False).values_list("seat_id", flat=True))
    held = seats_held(municipality, actor)
    answers = list(session.answers.select_related("seat").order_by("round", "seat__position", "seat_id"))
    now = {answer.seat_id: answer for answer in answers if answer.round == session.round}
    newest = {answer.seat_id: answer.round for answer in answers if answer.round < session.round}
    last = rounds_shown(session)
    on_table = answers_shown(answers, last)
    named = bool(rules[UnitRule.OUTLIERS_NAMED])
    quorum = quorum_at(session.meeting)
    return {
        **session_row(session),
        "services": [
            {
                "service": code,
                "norm": demand.value if (demand := norms.demand.get(code)) else None,
                "unit": demand.unit if demand else "",
                "before": session.before.get(code, 0.0),
                **spread_item(on_table, code, rules, named),
            }
            for code in session.services
        ],
        "kept": {code: share for code, share in session.before.items() if code not in session.services},
        "blind": session.blind,
        "shown_round": last,
        "outliers_named": named,
        "seats": [
            {
                "seat": seat["id"],
                "code": seat["code"],
                "title": seat["title"],
                "community": seat["community"],
                "chairs": seat["chairs"],
                "vacant": seat["vacant"],
                "absent": seat["id"] in absent,
                "mine": seat["id"] in held,
                "answered": seat["id"] in now,
                "kept_from": None if seat["id"] in now else newest.get(seat["id"]),
                "on_shared_screen": seat["id"] in now and now[seat["id"]].on_shared_screen,
            }
            for seat in seats
        ],
        "mine": {seat: now[seat].points for seat in held if seat in now},
        "words": [
            {"seat": answer.seat_id, "code": answer.seat.code, "title": answer.seat.title, "words": answer.words}
            for answer in on_table
            if answer.words
        ],
        "suggested": medians([answer.points for answer in on_table]),
        "quorum": quorum,
        "agreed": session.agreed,
        "dissent": session.dissent,
        "agreed_by": str(session.agreed_by) if session.agreed_by else "",
        "scenario": session.scenario_id,
        "scenario_name": session.scenario.name if session.scenario else "",
        "proposals": session.proposals,
        "proposed_at": session.proposed_at,
        "dropped_because": session.dropped_because,
    }


def rounds_shown(session: WeightSession) -> int:
    """The newest round whose answers lie on the table; 0 for none."""
    return session.round if session.state != OPEN or not session.blind else session.round - 1


def answers_shown(answers: Iterable[WeightAnswer], last: int) -> list[WeightAnswer]:
    """The newest answer of each seat up to a round: who says nothing in a later round stays with the earlier."""
    newest = {answer.seat_id: answer for answer in sorted(answers, key=lambda one: one.round) if answer.round <= last}
    return sorted(newest.values(), key=lambda one: (one.seat.position, one.seat_id))


def spread_item(answers: Sequence[WeightAnswer], code: str, rules: Mapping[str, float], named: bool) -> dict[str, Any]:
    """The answers on one service, by seat and never by person; without names of seats where the unit wants none."""
    points = {answer.seat_id: float(answer.points.get(code, 0.0)) for answer in answers}
    spread = spread_of(points, some=rules[UnitRule.SPREAD_SOME], wide=rules[UnitRule.SPREAD_WIDE])
    seats = {answer.seat_id: answer.seat for answer in answers}
    return {
        "answers": [
            {
                "seat": seat if named else None,
                "code": seats[seat].code if named else "",
                "title": seats[seat].title if named else "",
                "community": seats[seat].community if named else "",
                "points": value,
            }
            for seat, value in sorted(points.items(), key=lambda pair: pair if named else (pair[1], 0))
        ],
        "spread": None
        if spread is None
        else {
            **{key: getattr(spread, key) for key in ("low", "q1", "median", "q3", "high", "width", "word")},
            "outliers": [
                {"seat": seat, "code": seats[seat].code, "title": seats[seat].title, "points": points[seat]}
                for seat in spread.outliers
            ]
            if named
            else [],
        },
    }


def effect_of(session: WeightSession, points: Mapping[str, float], *, actor: Actor) -> dict[str, Any]:
    """What these points would change: weights, places by people short of services, works by what they gain for their
    money, against the weights in force when the weighing began. Computed on the town as it is now; nothing is
    written."""
    municipality = session.meeting.unit.municipality
    audience = audience_of(actor, municipality)
    case = planning_case(municipality, as_of=timezone.now())
    known = evaluate(case)
    asked = {code: points[code] for code in session.services if code in points}
    if not sum(asked.values()) > 0:
        raise Invalid("At least one service must count.")
    weights = weights_from(asked, session.before)
    answers = answers_shown(session.answers.select_related("seat"), rounds_shown(session))
    before = under(case, session.before)
    order = places_by_need(known, under(case, weights))
    own = [places_by_need(known, under(case, weights_from(one.points, session.before))) for one in answers]
    return {
        "weights": [
            {"service": code, "before": session.before.get(code, 0.0), "after": weights.get(code, 0.0)}
            for code in sorted({*session.before, *weights}, key=lambda code: -weights.get(code, 0.0))
        ],
        "places": moved_places(municipality, known, (places_by_need(known, before), order), audience),
        "first_places_firm": all(other[:FIRST_PLACES] == order[:FIRST_PLACES] for other in own) if own else None,
        "works": moved_works(municipality, before, under(case, weights)),
    }


def under(case: PlanningCase, weights: Mapping[str, float]) -> PlanningCase:
    stated = np.array([float(weights.get(str(key), 0.0)) for key in case.service_ids])
    return dataclasses.replace(case, weight=stated / stated.sum()) if stated.sum() > 0 else case


def places_by_need(known: Functionality, case: PlanningCase) -> list[int]:
    """Neighbourhood ids by people short of services, P (1 - I), most first; F itself does not depend on weights."""
    short = case.people * (1 - index_of(index_weights(case), known.counted))
    rows = [row for row in range(len(short)) if not np.isnan(short[row])]
    rows.sort(key=lambda row: (-round(float(short[row]), 6), int(case.neighbourhood_ids[row])))
    return [int(case.neighbourhood_ids[row]) for row in rows]


def moved_places(
    municipality: Municipality, known: Functionality, orders: tuple[Sequence[int], Sequence[int]], audience: Audience
) -> list[dict[str, Any]]:
    """Places whose rank changes, the highest first; those whose people are withheld from the reader are left out."""
    case, (earlier, order) = known.case, orders
    before = {place: number for number, place in enumerate(earlier, 1)}
    people = {int(key): float(count) for key, count in zip(case.neighbourhood_ids, case.people, strict=True)}
    places = Neighbourhood.objects.filter(municipality=municipality).in_bulk()
    moved = [
        {"id": place, "names": names_of(places[place]), "from": before[place], "to": number}
        for number, place in enumerate(order, 1)
        if before[place] != number and not is_withheld(people[place], audience)
    ]
    return moved[:MOST_MOVED]


def moved_works(municipality: Municipality, case: PlanningCase, changed: PlanningCase) -> list[dict[str, Any]]:
    if not case.interventions:
        return []
    before = {work.id: work.rank for work in rank(case).works}
    works: dict[Any, Intervention] = Intervention.objects.filter(municipality=municipality).in_bulk()
    moved = [
        {
            "id": work.id,
            "code": (found := works[work.id]).code,
            "names": {"en": found.name, "fr": found.name_fr or found.name, "ar": found.name_ar or found.name},
            "from": before[work.id],
            "to": work.rank,
        }
        for work in rank(changed).works
        if before[work.id] != work.rank and work.id in works
    ]
    return moved[:MOST_MOVED]
