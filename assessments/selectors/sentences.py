"""Why a service is not better where it is, said in one sentence (ux.md 6). Whole sentences, so that each language can
say them its own way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from municipal_units.core.vocabulary import (
    SERVICE_NAMES,
    OperationalStatus,
    ServiceDomain,
    StatusCause,
    shown_hundredths,
)

S = ServiceDomain
EASTERN_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PUMPED = frozenset({"borehole", "well", "intake", "pump_station", "sewage_pump"})
# Which cause in a report says that this support is missing.
OUTAGE_OF = {S.POWER: StatusCause.NO_POWER, S.WATER: StatusCause.NO_WATER, S.ROAD_ACCESS: StatusCause.ACCESS_BLOCKED}
STOPPED = frozenset({OperationalStatus.NOT_FUNCTIONAL, OperationalStatus.CLOSED_BY_DECISION})
TOILET = ("", "toilet")  # asset type and unit of the conversion that gives persons per toilet

PARTIAL = frozenset({OperationalStatus.AFFECTED, OperationalStatus.PARTIALLY_FUNCTIONAL, OperationalStatus.MINIMAL})


@dataclass(frozen=True)
class Limited:
    """What a sentence may speak of: a service in a place, its figures, and the facility that limits.

    `code` as stored (`support:power`, `own_capacity:12`, `local_reach` ...); `facility` has code, asset_type, status,
    causes and `since` (since when it is not seen fully working); `support` is F of the lacking service where the
    facility stands; `norm` is the need per person, `toilet` persons per toilet.
    """

    service: str
    code: str
    value: float | None
    demand: float | None
    supply: float | None
    people: float | None
    norm: float | None
    toilet: float | None
    facility: Mapping[str, Any] | None = None
    support: float | None = None


def reason_sentence(why: Limited) -> str:
    """One sentence, beginning with the service."""
    kind, _colon, detail = why.code.partition(":")
    service = service_name(why.service)
    if kind == "support":
        return _support(why, service, detail)
    if kind == "own_capacity":
        return _own_capacity(why, service)
    if kind == "local_reach":
        return _("{service}: it reaches {percent} of the people here.").format(
            service=service, percent=percent(why.value)
        )
    plain = {
        "no_provider": _("{service}: no facility serves this place."),
        "no_demand": _("{service}: nobody needs it here now."),
        "demand_met": _("{service}: the need is met."),
    }
    return plain.get(kind, _("{service}: nobody has reported yet.")).format(service=service)


def _support(why: Limited, service: str, lacking: str) -> str:
    """The facility itself could give more; what it needs is missing, wholly or in part."""
    facility = why.facility or {}
    values = {
        "service": service,
        "facility": facility.get("code", ""),
        "support": service_name(lacking).lower(),
        "percent": percent(why.support),
    }
    reported = OUTAGE_OF.get(S(lacking)) if lacking in set(S) else None
    if reported in (facility.get("causes") or ()) and facility.get("since"):
        if lacking == S.POWER and facility.get("asset_type") in PUMPED:
            sentence = _("{service}: the pump of {facility} has had no power since {date}.")
        else:
            sentence = {
                S.POWER: _("{service}: {facility} has had no power since {date}."),
                S.WATER: _("{service}: {facility} has had no water since {date}."),
                S.ROAD_ACCESS: _("{service}: the way to {facility} has been blocked since {date}."),
            }[S(lacking)]
        return sentence.format(**values, date=day(facility["since"]))
    if lacking == S.POWER:
        return _("{service}: {facility} gets only {percent} of the power it needs.").format(**values)
    if lacking == S.WATER:
        return _("{service}: {facility} gets only {percent} of the water it needs.").format(**values)
    return _("{service}: {facility} is held back by {support} ({percent}).").format(**values)


def _own_capacity(why: Limited, service: str) -> str:
    """A stopped facility is named with its date; otherwise what there is, per person, against the norm."""
    facility = why.facility or {}
    if facility.get("status") in STOPPED and facility.get("since"):
        values = {"service": service, "facility": facility["code"], "date": day(facility["since"])}
        if facility["status"] == OperationalStatus.CLOSED_BY_DECISION:
            return _("{service}: {facility} has been closed since {date}.").format(**values)
        return _("{service}: {facility} has been stopped since {date}.").format(**values)
    if sentence := _ratio(why, service):
        return sentence
    if facility.get("status") in PARTIAL and facility.get("since"):
        values = {"service": service, "facility": facility["code"], "date": day(facility["since"])}
        return _("{service}: {facility} has worked only in part since {date}.").format(**values)
    values = {"service": service, "percent": percent(why.value)}
    return _("{service}: there is {percent} of what people here need.").format(**values)


def _ratio(why: Limited, service: str) -> str:
    """What one person, toilet or clinic has to do with, beside its norm."""
    if not why.people or not why.norm or why.supply is None:
        return ""
    if why.service == S.WATER:
        sentence = _("{service}: {n} litres a person each day; norm is {norm}.")
        return sentence.format(service=service, n=count(why.supply / why.people, 1), norm=count(why.norm))
    if why.service == S.SANITATION and why.toilet and why.supply > 0:
        people = why.people * why.toilet / why.supply
        sentence = _("{service}: {n} people per toilet; norm is {norm}.")
        return sentence.format(service=service, n=count(people), norm=count(why.toilet))
    if why.service == S.HEALTH and why.supply > 0:
        sentence = _("{service}: {n} people per basic health unit; norm is {norm}.")
        return sentence.format(service=service, n=count(why.people / why.supply), norm=count(1 / why.norm))
    if why.service == S.EDUCATION:
        sentence = _("{service}: {n} school seats for {demand} children.")
        return sentence.format(service=service, n=count(why.supply), demand=count(why.demand or 0))
    if why.service == S.HOUSING_SHELTER:
        sentence = _("{service}: {n} habitable places for {demand} people.")
        return sentence.format(service=service, n=count(why.supply), demand=count(why.demand or 0))
    return ""


def service_name(code: str) -> str:
    """A service in the reader's language."""
    names = SERVICE_NAMES.get(S(code)) if code in set(S) else None
    return getattr(names, (get_language() or "en")[:2], names.en) if names else code


def percent(share: float | None) -> str:
    """A share as shown everywhere; "?" when not known."""
    if share is None:
        return "?"
    return _("{n}%").format(n=digits(shown_hundredths(share)))


def count(number: float, decimals: int = 0) -> str:
    """A number as the language writes it; decimals only below 10."""
    places = decimals if number < 10 else 0
    text = formats.number_format(round(number, places), decimal_pos=places, use_l10n=True, force_grouping=True)
    return digits(text)


def day(moment: datetime | date) -> str:
    """A date with the month's name, and the year when it is another one."""
    today = timezone.localdate()
    local = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    return digits(formats.date_format(local, "j F" if local.year == today.year else "j F Y"))


def digits(text: object) -> str:
    """Digits as the language writes them. Codes never pass through here."""
    said = str(text)
    return said.translate(EASTERN_DIGITS) if (get_language() or "en").startswith("ar") else said
