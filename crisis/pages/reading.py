"""What people wrote into a form, as numbers and days; what cannot be read names its field."""

import math
from datetime import date, datetime

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from crisis.lib.errors import FieldError, Invalid

MOST_DIGITS = 17


def amount_in(form: QueryDict, name: str) -> float | None:
    """A number with a decimal point or comma and blanks between the thousands; None where nothing is written."""
    text = form.get(name, "").strip().replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", ".")
    if not text:
        return None
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not math.isfinite(amount):
        raise unreadable(name, _("'%(text)s' is no number.") % {"text": text[:20]})
    return amount


def percent_in(form: QueryDict, name: str) -> float | None:
    """A share, written in percent."""
    value = amount_in(form, name)
    return None if value is None else value / 100


def count_in(form: QueryDict, name: str) -> int | None:
    """A whole number, None where nothing is written."""
    text = form.get(name, "").strip()
    if not text:
        return None
    count = key_of(text)
    if count is None:
        raise unreadable(name, _("Write a whole number."))
    return count


def key_of(text: str) -> int | None:
    """The number of a row as an address or a form names it; None for anything else, which is then not found."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None


def key_in(form: QueryDict, name: str) -> int | None:
    return key_of(form.get(name, "").strip())


def whole_in(form: QueryDict, name: str) -> int:
    """The number of a row that the page itself put into the form."""
    key = key_in(form, name)
    if key is None:
        raise Invalid(_("This page does not know what to do with that."))
    return key


def day_in(form: QueryDict, name: str) -> date | None:
    text = form.get(name, "").strip()
    try:
        day = parse_date(text) if text else None
    except ValueError:
        day = None
    if text and day is None:
        raise unreadable(name, _("'%(text)s' is no date.") % {"text": text[:20]})
    return day


def moment_in(form: QueryDict, name: str) -> datetime:
    """A day and time that must be there, in the time of the server where it names no other."""
    try:
        moment = parse_datetime(form.get(name, ""))
    except ValueError:
        moment = None
    if moment is None:
        raise unreadable(name, _("Give the day and time."))
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def unreadable(name: str, message: str) -> Invalid:
    return Invalid(message, fields=[FieldError(name, message)])
