"""Why a work is in a plan or not, in one plain sentence; whole sentences, so that each language can say them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from assessments.core.planning.rules import TOTAL
from assessments.models import PlannedIntervention
from assessments.selectors.sentences import count, percent, service_name
from crisis.lib.disclosure import Audience, safe_count


@dataclass(frozen=True)
class Telling:
    """What sentences speak of: codes of works, names of places, the currency, who reads, and whether they may know of
    hazards. Where a displaced person counts more, `times` says how much in all, and `displaced` names the places where
    most of those who gain are displaced."""

    codes: Mapping[int, str]
    places: Mapping[int, Mapping[str, str]]
    currency: str
    audience: Audience
    hazards: bool = False
    times: float = 1.0
    displaced: frozenset[int] = frozenset()


def work_sentence(row: PlannedIntervention, telling: Telling) -> str:
    """One sentence for every work, chosen or not."""
    reason, gain = row.reason, safe_count(row.gain, telling.audience)
    works = ", ".join(telling.codes.get(pk, "?") for pk in reason.get("works", []))
    return chosen_sentence(reason, gain, works, telling) if row.chosen else other_sentence(row, gain, works, telling)


def reason_code(row: PlannedIntervention, telling: Telling) -> str:
    """The code of the reason; that explosives are suspected is said to those who may know of hazards."""
    code = str(row.reason.get("code", ""))
    return code if telling.hazards or code not in DANGERS else "unsafe"


def chosen_sentence(reason: Mapping[str, Any], gain: int | None, works: str, telling: Telling) -> str:
    names = telling.places.get(reason.get("place") or 0)
    values = {
        "n": count(gain or 0),
        "service": service_name(reason["service"]).lower() if reason.get("service") else "",
        "place": in_language(names) if names else "",
        "works": works,
    }
    if reason["code"] == "mandatory":
        return _("The scenario asks for it.")
    if reason["code"] == "needed_first" and names and gain:
        return _("{works} can only begin after it; most for {service} in {place}.").format(**values)
    if reason["code"] == "needed_first":
        return _("{works} can only begin after it.").format(**values)
    if not names or not gain:
        return _("Part of what the plan restores together.")
    if telling.times > 1 and reason.get("place") in telling.displaced:
        sentence = ngettext(
            "Without it {n} person fewer is served, most for {service} in {place}, where most are displaced and count "
            "{times} times.",
            "Without it {n} people fewer are served, most for {service} in {place}, where most are displaced and count "
            "{times} times.",
            gain,
        )
        return sentence.format(**values, times=count(telling.times, 0 if telling.times == int(telling.times) else 1))
    sentence = ngettext(
        "Without it {n} person fewer is served, most for {service} in {place}.",
        "Without it {n} people fewer are served, most for {service} in {place}.",
        gain,
    )
    return sentence.format(**values)


def other_sentence(row: PlannedIntervention, gain: int | None, works: str, telling: Telling) -> str:
    reason = row.reason
    values = {
        "n": count(gain or 0),
        "works": works,
        "cost": money(reason.get("cost"), telling.currency),
        "left": money(reason.get("left"), telling.currency),
        "limit": money(reason.get("limit"), telling.currency),
        "fund": reason.get("fund", ""),
    }
    code = reason_code(row, telling)
    if code == "no_money_left" and reason.get("fund") != TOTAL:
        return _("Would add {n}, but costs {cost}; {left} of the fund {fund} is left.").format(**values)
    if code == "no_money_left" and works:
        return _("Would add {n}, but costs {cost} with {works}, which must come first; {left} is left.").format(
            **values
        )
    return str(SENTENCES.get(code, SENTENCES["not_proven"])).format(**values)


DANGERS = frozenset({"explosive_hazard", "prerequisite_in_hazard"})
SENTENCES = {
    "forbidden": gettext_lazy("The scenario rules it out."),
    "prerequisite_forbidden": gettext_lazy("It needs {works} first, which the scenario rules out."),
    "explosive_hazard": gettext_lazy(
        "Explosives are suspected there: until they are cleared nothing but survey and clearance is done."
    ),
    "prerequisite_in_hazard": gettext_lazy("It needs {works} first, where explosives are suspected."),
    "unsafe": gettext_lazy("It cannot be done now."),
    "instead": gettext_lazy("{works} is done instead; only one of them makes sense."),
    "covered": gettext_lazy("Not needed once the chosen works are done."),
    "no_gain": gettext_lazy("No gain: something else limits the service there. See the list of works."),
    "beyond_budget": gettext_lazy("Costs {cost}, more than the whole budget of {limit}."),
    "no_money_left": gettext_lazy("Would add {n}, but costs {cost} and only {left} is left."),
    "not_proven": gettext_lazy("Would add {n}; the search ended before it was weighed."),
}


def in_language(names: Mapping[str, str]) -> str:
    return names.get((get_language() or "en")[:2]) or names["en"]


def money(value: float | None, currency: str) -> str:
    if value is None:
        return ""
    if value >= 1_000_000:
        return _("{n} million {currency}").format(n=count(value / 1_000_000, 1), currency=currency)
    return f"{count(value)} {currency}"


def proof_sentence(gap: float | None, proof: str) -> str:
    """How sure the plan is: proven within a share of the gain, or the best found so far."""
    if gap is None:
        return _("best found, not proven")
    if proof == "proven" and gap < 0.0005:
        return _("proven best")
    shown = percent_fine(gap)
    if proof == "proven":
        return _("proven within {percent}").format(percent=shown)
    if proof == "stopped":
        return _("stopped early, within {percent}").format(percent=shown)
    return _("time was up, within {percent}").format(percent=shown)


def percent_fine(share: float) -> str:
    """A small share with one decimal."""
    return percent(share) if share >= 0.095 else f"{count(share * 100, 1)}{percent(0)[-1]}"
