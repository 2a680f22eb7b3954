"""Reported needs as readers may know them: exact for the own unit, rounded and without words for others."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from crisis.lib.disclosure import Audience, safe_count
from municipal_units.models import Municipality, NeedReport
from municipal_units.permissions import Actor
from municipal_units.selectors.disclosure import audience_of, rule_for


def need_reports(municipality: Municipality, *, neighbourhood_id: int | None = None) -> QuerySet[NeedReport]:
    """Reports that were not rejected, in the order in which they came."""
    rows = NeedReport.objects.filter(municipality=municipality).exclude(review_state="rejected")
    if neighbourhood_id is not None:
        rows = rows.filter(neighbourhood_id=neighbourhood_id)
    return rows.order_by("pk")


def latest_needs(municipality: Municipality, neighbourhood_id: int) -> list[NeedReport]:
    """The newest report of each group of a place, the most urgent first, while a count of it would be valid."""
    since = timezone.now() - timedelta(days=municipality.estimate_valid_days)
    rows = need_reports(municipality, neighbourhood_id=neighbourhood_id).filter(observed_at__gte=since)
    newest = rows.order_by("group", "-observed_at", "-pk").distinct("group")
    urgency = ("today", "this_week", "this_month")
    return sorted(newest, key=lambda row: (urgency.index(row.urgency), -row.individuals, row.pk))


def need_items(reports: Iterable[NeedReport], municipality: Municipality, actor: Actor) -> list[dict[str, Any]]:
    audience = audience_of(actor, municipality)
    rule, own = rule_for(municipality, audience), audience == Audience.OWN
    return [
        {
            "id": report.pk,
            "neighbourhood": report.neighbourhood_id,
            "group": report.group,
            "individuals": safe_count(report.individuals, rule),
            "needs": list(report.needs),
            "first_need": report.first_need,
            "others": [need for need in report.needs if need != report.first_need],
            "urgency": report.urgency,
            "helped": report.helped,
            "helper": report.helper,
            "note": report.note if own else "",
            "source": report.source,
            "observed_at": report.observed_at,
            "review_state": report.review_state,
        }
        for report in reports
    ]
