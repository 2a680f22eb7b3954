"""How numbers, shares, dates and codes are written on a page, in the reader's language and digits."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils import formats, timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language, gettext, ngettext

from crisis.pages.drawing.curves import HEIGHT
from crisis.pages.words import shared as words
from crisis.pages.words import unit as unit_words
from crisis.pages.words import visits as visit_words
from municipal_units.actions.views import PLACE_IN_LIST
from municipal_units.core.vocabulary import FUNCTIONALITY_CLASSES, functionality_class, shown_hundredths
from municipal_units.permissions import Permission
from municipal_units.selectors.accounts import review_state
from municipal_units.selectors.views import views_of

register = template.Library()

EASTERN_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
GROUP_MARKS = {"fr": "\u202f", "ar": "٬"}


@register.filter
def digits(text: object) -> str:
    """A text with its digits as the language writes them. Codes never pass through here."""
    said = str(text)
    return said.translate(EASTERN_DIGITS) if _language() == "ar" else said


@register.filter
def number(value: float | None) -> str:
    """A count, whole, with the language's thousands mark; a dash where it is withheld or not known."""
    if value is None:
        return "–"
    return digits(f"{round(value):,}".replace(",", GROUP_MARKS.get(_language(), ",")))


@register.filter
def quantity(value: float | None) -> str:
    """An amount in its unit: whole from 10 up, two decimals below, so that 0.13 of a clinic does not read as 0."""
    if value is None or abs(value) >= 10 or float(value).is_integer():
        return number(value)
    mark = "." if _language() == "en" else ("٫" if _language() == "ar" else ",")
    return digits(f"{value:.2f}".rstrip("0").rstrip(".").replace(".", mark))


@register.filter
def signed(value: float | None) -> str:
    """A gain or loss with its sign."""
    if value is None:
        return "–"
    return ("+" if value > 0 else "−" if value < 0 else "") + number(abs(value))


@register.filter
def hundredths(value: float | None) -> int | None:
    """A share as the whole number shown."""
    return None if value is None else shown_hundredths(value)


@register.filter
def add_one(value: float) -> float:
    """What an extra weight makes in all: a person who counts one more counts twice."""
    return value + 1


@register.filter
def share(value: float | None) -> str:
    """A share of need met as shown in areas and lists: 17, or ? when nobody knows."""
    return "?" if value is None else digits(hundredths(value))


@register.filter
def percent(value: float | None) -> str:
    """A share with its percent sign."""
    if value is None:
        return "?"
    return digits(hundredths(value)) + ("٪" if _language() == "ar" else ("\u202f%" if _language() == "fr" else "%"))


@register.filter
def signed_percent(value: float) -> str:
    """A change as a share, with its sign and percent sign; it may be more than all."""
    mark = "٪" if _language() == "ar" else ("\u202f%" if _language() == "fr" else "%")
    return signed(value * 100) + mark


@register.filter
def width(value: float | None) -> str:
    """A share as a CSS percentage."""
    return f"{min(max(value or 0, 0), 1) * 100:.1f}%"


@register.filter
def css_text(value: object) -> str:
    """A text for a quoted string in a style sheet: letters, digits, spaces and plain punctuation only."""
    return "".join(sign for sign in str(value) if sign.isalnum() or sign in " .,:;–-")


@register.filter
def word(code: str, table: str) -> str:
    """The word for a code of the unit or of protection, by vocabulary."""
    return unit_words.word(code, table)


@register.filter
def unlocal(value: float | None) -> str:
    """A number for SVG, scripts and form fields, whatever the language's decimal mark."""
    return "" if value is None else f"{value:.10g}"


@register.filter
def hundred(value: float | None) -> str:
    """A share as a number of hundredths for a form field; nothing where there is none."""
    return "" if value is None else f"{value * 100:.6g}"


@register.filter
def degrees(value: float) -> str:
    """Degrees to the metre: five decimals."""
    return f"{value:.5f}"


@register.filter
def flex(value: float) -> str:
    """A share as a CSS flex factor, whatever the language's decimal mark."""
    return f"{value:.4f}"


@register.filter
def words_of(text: str) -> list[str]:
    """The words of a text, to loop over in a template."""
    return text.split()


@register.filter
def fclass(value: float | None) -> str:
    """The CSS class of a share: f1 to f5, or f-nd."""
    code = functionality_class(value)
    return next((f"f{place}" for place, cut in enumerate(FUNCTIONALITY_CLASSES, 1) if cut.code == code), "f-nd")


@register.filter
def class_of(code: str) -> str:
    """The CSS class of a functionality class code."""
    special = {"no_data": "f-nd", "withheld": "f-sp"}
    places = {str(cut.code): f"f{place}" for place, cut in enumerate(FUNCTIONALITY_CLASSES, 1)}
    return special.get(code) or places.get(code, "f-nd")


@register.filter
def change(now: float | None, before: float | None) -> int:
    """By how much the shown number changed; 0 when one of the two is not known."""
    if now is None or before is None:
        return 0
    return shown_hundredths(now) - shown_hundredths(before)


@register.filter
def magnitude(value: float) -> float:
    return abs(value)


@register.filter
def per_million(value: float) -> float:
    return value * 1_000_000


@register.filter
def local_name(thing: Mapping[str, Any]) -> str:
    """The name of a place in the reader's language, else the one it always has."""
    names = thing.get("names") or {}
    return names.get(_language()) or thing.get("name") or names.get("en", "")


@register.simple_tag(takes_context=True)
def may(context: Mapping[str, Any], right: str) -> bool:
    """Whether the reader holds a right somewhere in the town of the page."""
    actor, town = context.get("actor"), context.get("municipality")
    return bool(actor and town and actor.may_somewhere(Permission(right), town.pk))


@register.inclusion_tag("crisis/_saved_views.html", takes_context=True)
def saved_views(context: Mapping[str, Any], page: str) -> dict[str, Any]:
    """The views kept for a list: one's own and the shared ones, and a form that keeps the present one."""
    actor, town, request = context["actor"], context["municipality"], context["request"]
    asked = [(name, value) for name, value in request.GET.items() if name not in PLACE_IN_LIST]
    views = list(views_of(town, actor, page=page))
    own = [view for view in views if view.owner_id == actor.user_id]
    token = context.get("csrf_token", "")
    return {
        "views": views,
        "own": own,
        "page": page,
        "query": urlencode(asked),
        "municipality": town,
        "csrf_token": token,
    }


@register.simple_tag(takes_context=True)
def access_review_due(context: Mapping[str, Any]) -> bool:
    """The quarterly reminder, for those who can act on it."""
    return may(context, Permission.EDIT_USERS) and review_state(context["municipality"], now=timezone.now())["due"]


@register.filter
def role_word(code: str) -> str:
    return str(words.ROLES.get(code, code))


@register.filter
def moment(value: object) -> datetime | date | None:
    """A date or time from what JSON holds."""
    if isinstance(value, datetime | date) or value is None:
        return value
    text = str(value)
    return parse_datetime(text) if "T" in text else parse_date(text[:10])


@register.filter
def day(value: object) -> str:
    """A date with its month's name."""
    when = moment(value)
    return digits(formats.date_format(when, "j F Y")) if when else gettext("not known")


@register.filter
def clock(value: object) -> str:
    when = moment(value)
    if not isinstance(when, datetime):
        return ""
    return digits(f"{timezone.localtime(when):%H:%M}")


@register.filter
def days_old(value: object) -> int | None:
    when = moment(value)
    if when is None:
        return None
    day_seen = timezone.localtime(when).date() if isinstance(when, datetime) else when
    return (timezone.localdate() - day_seen).days


@register.filter
def age(value: object) -> str:
    """How long ago something was seen, in words."""
    when, days = moment(value), days_old(value)
    if when is None or days is None:
        return gettext("never seen")
    if isinstance(when, datetime) and days <= 0:
        hours = int((timezone.now() - when).total_seconds() // 3600)
        if hours < 1:
            return gettext("just now")
        return ngettext("%(n)s h ago", "%(n)s h ago", hours) % {"n": digits(hours)}
    if days <= 1:
        return gettext("today") if days < 1 else gettext("yesterday")
    return ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": digits(days)}


@register.filter
def service(code: str) -> str:
    return words.service_name(code)


@register.filter
def service_letter(code: str) -> str:
    return words.service_letter(code)


@register.filter
def fclass_name(code: str) -> str:
    return words.class_name(code)


@register.filter
def status_word(code: str) -> str:
    return str(words.STATUSES.get(code, code))


@register.filter
def status_shape(code: str) -> str:
    return words.STATUS_SHAPES.get(code, "unk")


@register.filter
def band_word(code: str) -> str:
    """How sure a place in the ranking is, in one word."""
    return str(visit_words.BANDS.get(code, code))


@register.filter
def band_shape(code: str) -> str:
    return visit_words.BAND_SHAPES.get(code, "")


@register.filter
def visit_word(state: str) -> str:
    """How far a visit is."""
    return str(visit_words.STATES.get(state, state))


@register.filter
def visit_shape(state: str) -> str:
    return visit_words.SHAPES.get(state, "unk")


@register.filter
def survey_kind(code: str) -> str:
    """What a visit would look at where it is no facility."""
    return str(visit_words.KINDS.get(code, code))


@register.filter
def cause_word(code: str) -> str:
    return str(words.CAUSES.get(code, code))


@register.filter
def grade_word(code: str) -> str:
    return str(words.GRADES.get(code, code))


@register.filter
def grade_letter(code: str) -> str:
    return words.grade_letter(code)


@register.filter
def method_word(code: str) -> str:
    return str(words.METHODS.get(code, code))


@register.filter
def confidence_word(code: str) -> str:
    return str(words.CONFIDENCES.get(code, code))


@register.filter
def import_kind(code: str) -> str:
    return str(words.IMPORT_KINDS.get(code, code))


@register.filter
def reason(why: Mapping[str, Any] | None) -> str:
    return words.reason(why)


@register.filter
def said_beside(sentence: str, code: str) -> str:
    """A sentence without the service it begins with, for a place where the service is named already."""
    service, colon, rest = sentence.partition(":")
    if not colon or service.strip().casefold() != words.service_name(code).casefold():
        return sentence
    return rest.strip()[:1].upper() + rest.strip()[1:]


@register.filter
def entry(table: Mapping[str, Any], key: str) -> Any:
    """The entry of a table under a key known only in the template."""
    return table.get(key) if table else None


@register.filter
def money(value: float | None, currency: str) -> str:
    """An amount of money: millions from a million up, with the currency's code."""
    if value is None:
        return "–"
    if value >= 1_000_000:
        return gettext("%(n)s million %(currency)s") % {"n": quantity(value / 1_000_000), "currency": currency}
    return f"{number(value)} {currency}"


def _language() -> str:
    return (get_language() or "en")[:2]


@register.filter
def curve_height(share: float) -> str:
    """Where a share lies in the drawing of a recovery curve, from above."""
    return f"{HEIGHT * (1 - share):.1f}"
