"""The safety settings in force, and those that wait for a second person."""

from typing import Any

from django.db.models import QuerySet

from crisis.lib.disclosure import RULES, Audience
from municipal_units.models import DisclosureRule, Municipality, SafetyProposal
from municipal_units.selectors.accounts import safety_of

OF_SETTINGS = (
    "sensitive_services",
    "grid_m",
    "hazard_buffer_m",
    "publication_delay_hours",
    "publish_weekly",
    "review_every_days",
)
AUDIENCES = (Audience.PARTNER, Audience.PUBLIC)


def safety_in_force(municipality: Municipality) -> dict[str, Any]:
    """Every setting by name (`municipal_units.core.safety`), as it holds now."""
    kept = safety_of(municipality)
    values = {"conflict_mode": municipality.conflict_mode, **{name: getattr(kept, name) for name in OF_SETTINGS}}
    rules = {rule.audience: rule for rule in DisclosureRule.objects.filter(municipality=municipality)}
    for audience in AUDIENCES:
        own, usual = rules.get(audience.value), RULES[audience]
        values[f"{audience}_threshold"] = max(usual.threshold, own.threshold if own else 0)
        values[f"{audience}_base"] = max(usual.base, own.base if own else 0)
    return values


def safety_proposals(municipality: Municipality) -> QuerySet[SafetyProposal]:
    """The newest first."""
    rows = SafetyProposal.objects.filter(municipality=municipality).select_related("proposed_by", "decided_by")
    return rows.order_by("-pk")
