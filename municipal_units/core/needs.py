"""What a group of people in a place says it needs most, in the words of the needs form."""

from enum import StrEnum

from municipal_units.core.vocabulary import ServiceDomain

FOOD, ITEMS = "food", "items"
NEEDS = frozenset({*(str(service) for service in ServiceDomain), FOOD, ITEMS})
MOST_NEEDS = 5


class Urgency(StrEnum):
    TODAY = "today"
    THIS_WEEK = "this_week"
    THIS_MONTH = "this_month"
