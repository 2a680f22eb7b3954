"""Tension and evictions as the few who may see them get them; sums for the others (municipal_units.md 3, 5, 6)."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from crisis.lib.disclosure import Audience, safe_count
from crisis.lib.errors import NotFound
from municipal_units.core.evictions import CaseFacts, classification_of, sums_of
from municipal_units.core.tension import (
    INDICATORS,
    LEVEL_CUTS,
    Tension,
    TensionIndicator,
    TensionLevel,
    Verification,
    tension_of,
)
from municipal_units.core.unit import Community
from municipal_units.models import (
    Attendance,
    EvictionCase,
    Municipality,
    Neighbourhood,
    TensionIncident,
    TensionRecord,
    UnitTask,
)
from municipal_units.permissions import RIGHTS, Actor, Permission
from municipal_units.selectors.norms import NormKind, norms_at
from municipal_units.selectors.places import names_of, neighbourhoods_on
from municipal_units.selectors.population import people_present, present_by_place

PERIOD = timedelta(days=90)
LEAST_DENOMINATOR = 30  # a ratio of fewer is withheld from others (reliability.md 4, rule 5)


def own_area(actor: Actor, municipality: Municipality, permission: Permission) -> frozenset[int] | None:
    """Neighbourhoods in which a community representative holds a right; None for roles that are not bound to an area.
    A representative whose assignment names no neighbourhood has no area of their own."""
    if actor.is_system:
        return None
    grants = [g for g in actor.grants if g.municipality_id == municipality.pk and g.role in RIGHTS[permission]]
    if any(grant.role != "community_rep" and not grant.neighbourhood_ids for grant in grants):
        return None
    return frozenset(place for grant in grants for place in grant.neighbourhood_ids)


def places_for(actor: Actor, municipality: Municipality, permission: Permission) -> QuerySet[Neighbourhood]:
    """The neighbourhoods in which somebody may record or see."""
    places = neighbourhoods_on(municipality, timezone.localdate()).order_by("name", "pk")
    area = own_area(actor, municipality, permission)
    return places if area is None else places.filter(pk__in=area)


def cuts_on(municipality: Municipality, day: date) -> tuple[dict[str, tuple[float, ...]], dict[TensionLevel, float]]:
    """Where scores and levels begin in this municipality: its own rows over the proposed ones."""
    norms = norms_at(municipality, day)
    own, levels = norms.by_key(NormKind.TENSION_CUT), norms.by_key(NormKind.TENSION_LEVEL)
    cuts = {
        str(name): tuple(own.get(f"{name}:{n}", cut) for n, cut in enumerate(indicator.cuts, start=1))
        for name, indicator in INDICATORS.items()
    }
    return cuts, {level: levels.get(level, cut) for level, cut in LEVEL_CUTS.items()}


def tension_on(municipality: Municipality, day: date) -> dict[int, tuple[TensionRecord | None, Tension]]:
    """The latest record of each neighbourhood with what follows from it; a lethal incident of the last 90 days makes a
    place critical even without a record."""
    records = (
        TensionRecord.objects.filter(municipality=municipality, observed_on__lte=day)
        .select_related("recorded_by", "confirmed_by")
        .order_by("neighbourhood", "-observed_on", "-pk")
        .distinct("neighbourhood")
    )
    lethal = set(recent_incidents(municipality, day).filter(lethal=True).values_list("neighbourhood_id", flat=True))
    cuts, levels = cuts_on(municipality, day)
    by_place: dict[int, TensionRecord | None] = dict.fromkeys(lethal)
    by_place |= {record.neighbourhood_id: record for record in records}
    return {
        place: (record, tension_of(record.values if record else {}, lethal=place in lethal, cuts=cuts, levels=levels))
        for place, record in by_place.items()
    }


def recent_incidents(municipality: Municipality, day: date) -> QuerySet[TensionIncident]:
    """Those of the last 90 days that were not dismissed."""
    rows = TensionIncident.objects.filter(municipality=municipality, occurred_on__gt=day - PERIOD, occurred_on__lte=day)
    return rows.exclude(verification=Verification.DISMISSED)


def tension_items(municipality: Municipality, actor: Actor) -> list[dict[str, Any]]:
    """Each neighbourhood with its level. Who sees only a masked picture of their own area gets the level alone."""
    today = timezone.localdate()
    full = actor.may_somewhere(Permission.VIEW_TENSION, municipality.pk)
    found = tension_on(municipality, today)
    items = []
    for place in places_for(actor, municipality, Permission.VIEW_MASKED_TENSION):
        record, tension = found.get(place.pk, (None, Tension(None, TensionLevel.INSUFFICIENT, {}, False)))
        items.append(
            {
                "neighbourhood": place.pk,
                "name": place.name,
                "names": names_of(place),
                "level": tension.level,
                "index": tension.index if full else None,
                "scores": dict(tension.scores) if full else {},
                "values": dict(record.values) if full and record else {},
                "lethal": tension.lethal if full else None,
                "record": record.pk if full and record else None,
                "observed_on": record.observed_on if record else None,
                "note": record.note if full and record else "",
                "recorded_by": str(record.recorded_by) if full and record and record.recorded_by else "",
                "confirmed": bool(record and record.confirmed_by_id),
                "masked": not full,
            }
        )
    order = [
        TensionLevel.CRITICAL,
        TensionLevel.TENSE,
        TensionLevel.WATCH,
        TensionLevel.CALM,
        TensionLevel.INSUFFICIENT,
    ]
    return sorted(items, key=lambda item: (order.index(item["level"]), -(item["index"] or 0), item["name"]))


def incidents_for(municipality: Municipality, actor: Actor) -> QuerySet[TensionIncident]:
    """All for those who see tension; the others see what they reported themselves."""
    rows = TensionIncident.objects.filter(municipality=municipality).select_related("neighbourhood", "recorded_by")
    if not actor.may_somewhere(Permission.VIEW_TENSION, municipality.pk):
        rows = rows.filter(recorded_by_id=actor.user_id or 0)
    return rows.order_by("-occurred_on", "-pk")


def tension_suggestions(municipality: Municipality, place: Neighbourhood, day: date) -> dict[str, float]:
    """What the registers already say of the indicators; the person who records decides."""
    people = _people(municipality, day).get(place.pk, {})
    hosts, displaced, total = (people.get(name) for name in ("resident", "displaced", "people"))
    found: dict[str, float] = {}
    if hosts and displaced is not None:
        found[TensionIndicator.RATIO_DISPLACED_HOST] = round(displaced / hosts, 3)
    if total:
        verified = recent_incidents(municipality, day).filter(neighbourhood=place, verification=Verification.VERIFIED)
        found[TensionIndicator.INCIDENTS_90D] = round(10_000 * verified.count() / total, 2)
        if municipality.household_size:
            cases = _case_facts(EvictionCase.objects.filter(municipality=municipality, neighbourhood=place))
            households = total / municipality.household_size
            sums = sums_of(cases, households_present=households, today=day)
            found[TensionIndicator.EVICTION_THREATS] = round(sums.at_risk_per_1000 or 0.0, 2)
    found[TensionIndicator.DIALOGUE_ABSENT] = meetings_with_both(municipality, day)
    return found


def meetings_with_both(municipality: Municipality, day: date) -> int:
    """Meetings of the unit in the last 90 days at which seats of both communities sat."""
    start = day - PERIOD
    seen: dict[int, set[str]] = {}
    for meeting, community in Attendance.objects.filter(
        municipality=municipality,
        present=True,
        meeting__held_at__date__gt=start,
        meeting__held_at__date__lte=day,
        meeting__status="held",
    ).values_list("meeting_id", "seat__community"):
        seen.setdefault(meeting, set()).add(community)
    return sum({Community.HOST, Community.DISPLACED} <= communities for communities in seen.values())


def tasks_of(municipality: Municipality) -> QuerySet[UnitTask]:
    """Open ones first, the nearest due date first."""
    rows = UnitTask.objects.filter(municipality=municipality).select_related("neighbourhood", "done_by")
    return rows.order_by("-status", "due_on", "pk")


# ---- evictions


def evictions_for(municipality: Municipality, actor: Actor) -> QuerySet[EvictionCase]:
    """Every case for those who may see them, else one's own."""
    rows = EvictionCase.objects.filter(municipality=municipality).select_related("neighbourhood", "recorded_by")
    if not actor.may_somewhere(Permission.VIEW_EVICTIONS, municipality.pk):
        rows = rows.filter(recorded_by_id=actor.user_id or 0)
    return rows.order_by("-stage_on", "-pk")


def eviction_of(municipality: Municipality, pk: int, actor: Actor) -> EvictionCase:
    case = evictions_for(municipality, actor).filter(pk=pk).select_related("municipality").first()
    if case is None:
        raise NotFound("There is no such case here, or it is not yours to see.")
    return case


def eviction_item(case: EvictionCase) -> dict[str, Any]:
    stages = list(case.stages.select_related("recorded_by").order_by("on", "pk"))
    return {
        "id": case.pk,
        "neighbourhood": case.neighbourhood_id,
        "stage": case.stage,
        "stage_on": case.stage_on,
        "actor_type": case.actor_type,
        "cause": case.cause,
        "households": case.households,
        "women": case.women,
        "men": case.men,
        "children": case.children,
        "displaced_households": case.displaced_households,
        "tenure": case.tenure,
        "safeguards": case.safeguards,
        "notice_days": case.notice_days,
        "deadline": case.deadline,
        "follow_up_due": case.follow_up_due,
        "lon": case.location_fuzzed.x if case.location_fuzzed else None,
        "lat": case.location_fuzzed.y if case.location_fuzzed else None,
        "note": case.note,
        "opened_on": case.opened_on,
        "recorded_by": str(case.recorded_by) if case.recorded_by else "",
        "classification": classification_of([step.stage for step in stages], case.safeguards),
        "stages": [
            {"stage": step.stage, "on": step.on, "note": step.note, "by": str(step.recorded_by or "")}
            for step in stages
        ],
    }


def eviction_totals(municipality: Municipality, audience: Audience) -> dict[str, Any]:
    """The indicators of municipal_units.md 6 for the whole municipality. Others than its own people get rounded counts,
    and no ratio of fewer than 30."""
    today = timezone.localdate()
    people = sum(row.get("people") or 0 for row in _people(municipality, today).values())
    households = people / municipality.household_size if municipality.household_size and people else None
    facts = _case_facts(EvictionCase.objects.filter(municipality=municipality))
    sums = sums_of(facts, households_present=households, today=today)
    if audience == Audience.OWN:
        return asdict(sums)
    enough = sums.cases >= LEAST_DENOMINATOR
    at_risk = safe_count(sums.households_at_risk, audience)
    rounded = safe_count(households, audience)
    ratio = 1000 * at_risk / rounded if at_risk is not None and rounded and rounded >= LEAST_DENOMINATOR else None
    return {
        "cases": safe_count(sums.cases, audience),
        "households_at_risk": at_risk,
        "at_risk_per_1000": ratio,
        "carried_out_90d": safe_count(sums.carried_out_90d, audience),
        "households_carried_out_90d": safe_count(sums.households_carried_out_90d, audience),
        "median_notice_days": sums.median_notice_days if enough else None,
        "with_alternatives": sums.with_alternatives if enough else None,
        "averted_rate": sums.averted_rate if enough else None,
    }


def _case_facts(cases: Iterable[EvictionCase] | QuerySet[EvictionCase]) -> list[CaseFacts]:
    rows = cases.prefetch_related("stages") if isinstance(cases, QuerySet) else cases
    return [
        CaseFacts(
            case.stage,
            case.households,
            case.notice_days,
            case.safeguards,
            {step.stage: step.on for step in sorted(case.stages.all(), key=lambda step: step.on, reverse=True)},
        )
        for case in rows
    ]


def _people(municipality: Municipality, day: date) -> dict[int, Mapping[str, float | None]]:
    """Persons present by neighbourhood and group, None where nobody knows."""
    frame = present_by_place(people_present(municipality, as_of=day))
    return {
        int(str(place)): {str(name): None if value != value else float(value) for name, value in row.items()}
        for place, row in frame.to_dict("index").items()
    }


def open_tension_tasks(municipality: Municipality, neighbourhood_id: int) -> QuerySet[UnitTask]:
    return UnitTask.objects.filter(
        Q(status="open"), municipality=municipality, neighbourhood_id=neighbourhood_id, because="tension"
    )
