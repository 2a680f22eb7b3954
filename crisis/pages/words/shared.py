"""Words people read for the codes we keep: one table per vocabulary, translated where the page is made."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from municipal_units.core.vocabulary import (
    FUNCTIONALITY_CLASSES,
    SERVICE_LETTERS,
    SERVICE_NAMES,
    FunctionalityClass,
    Names,
    ServiceDomain,
    functionality_class,
)

Words = Mapping[str, str | Promise]

# The state in words, and which of the four shapes of `.st` it takes.
STATUSES: Words = {
    "fully_functional": _("Works"),
    "affected": _("Partly"),
    "partially_functional": _("Partly"),
    "minimal": _("Partly"),
    "not_functional": _("Stopped"),
    "closed_by_decision": _("Closed by decision"),
    "unknown": _("Not known"),
}
STATUS_SHAPES: Mapping[str, str] = {
    "fully_functional": "ok",
    "affected": "part",
    "partially_functional": "part",
    "minimal": "part",
    "not_functional": "out",
    "closed_by_decision": "out",
    "unknown": "unk",
}
ROLES: Words = {
    "coordinator": _("Coordinator"),
    "unit_lead": _("Lead of the municipal unit"),
    "service_rep": _("Service representative"),
    "enumerator": _("Field enumerator"),
    "community_rep": _("Community representative"),
    "partner": _("Partner"),
    "public": _("Public"),
}
# What a person may record, in full words: three of the codes read "Partly" once shown.
STATUS_CHOICES: Words = {
    "fully_functional": _("Works"),
    "affected": _("Works, slightly affected"),
    "partially_functional": _("Works in part"),
    "minimal": _("Works very little"),
    "not_functional": _("Stopped"),
    "closed_by_decision": _("Closed by decision"),
    "unknown": _("Not known"),
}
CAUSES: Words = {
    "building_damage": _("damaged building"),
    "equipment_damage": _("damaged equipment"),
    "no_power": _("no power"),
    "no_fuel": _("no fuel"),
    "no_water": _("no water"),
    "no_staff": _("no staff"),
    "staff_unpaid": _("unpaid staff"),
    "no_medicines_consumables": _("no medicines or supplies"),
    "no_spare_parts": _("no spare parts"),
    "access_blocked": _("way blocked"),
    "insecurity": _("insecurity"),
    "uxo": _("unexploded ordnance"),
    "occupied_as_shelter": _("used as shelter"),
    "overloaded": _("overloaded"),
    "no_budget": _("no money"),
    "administrative": _("administrative"),
    "contamination": _("contamination"),
    "unknown": _("cause not known"),
}
GRADES: Words = {
    "none": _("None"),
    "slight": _("Slight"),
    "moderate": _("Moderate"),
    "heavy": _("Heavy"),
    "very_heavy": _("Very heavy"),
    "destroyed": _("Destroyed"),
    "possible": _("To check"),
    "not_assessed": _("Not assessed"),
}
# The one letter that stands for the damage grade on map and print.
GRADE_LETTERS: Words = {
    "none": pgettext_lazy("grade letter", "N"),
    "slight": pgettext_lazy("grade letter", "S"),
    "moderate": pgettext_lazy("grade letter", "M"),
    "heavy": pgettext_lazy("grade letter", "H"),
    "very_heavy": pgettext_lazy("grade letter", "V"),
    "destroyed": pgettext_lazy("grade letter", "D"),
}
METHODS: Words = {
    "registration_ind": _("registration of persons"),
    "registration_hh": _("registration of households"),
    "census": _("census"),
    "sample_survey": _("sample survey"),
    "site_assessment": _("site assessment"),
    "baseline_location": _("count by place"),
    "msla": _("multi-sector assessment"),
    "admin_record": _("administrative record"),
    "remote_sensing": _("from satellite pictures"),
    "baseline_area": _("count by area"),
}
CONFIDENCES: Words = {"high": _("sure"), "medium": _("fairly sure"), "low": _("not sure")}
OTHER_CLASSES: Words = {
    FunctionalityClass.NO_DATA: _("No data"),
    FunctionalityClass.WITHHELD: _("Withheld"),
}
IMPORT_KINDS: Words = {
    "boundaries": _("Boundaries of neighbourhoods"),
    "damage": _("Damage"),
    "facilities": _("Facilities"),
    "statuses": _("States of facilities"),
    "dependencies": _("What facilities need"),
    "population": _("People present"),
    "households": _("Households"),
    "housing": _("Dwellings"),
    "interventions": pgettext_lazy("interventions", "Works"),
}
SORTS: Words = {
    "short": _("Most people short of services"),
    "value": _("Lowest value first"),
    "people": _("Most people present"),
    "change": _("Largest change"),
    "name": _("Name"),
}


def in_language(names: Names) -> str:
    """The name in the language of the page; English for a language we have no name in."""
    return getattr(names, (get_language() or "en")[:2], names.en)


def service_name(code: str) -> str:
    """A service in the reader's language; a code we do not know is shown as it is."""
    try:
        return in_language(SERVICE_NAMES[ServiceDomain(code)])
    except ValueError:
        return code.replace("_", " ")


def service_letter(code: str) -> str:
    """The letter that stands for a service on the map, in the reader's language."""
    try:
        return in_language(SERVICE_LETTERS[ServiceDomain(code)])
    except ValueError:
        return code[:1].upper()


def class_name(code: str) -> str:
    """A functionality class in the reader's language."""
    for cut in FUNCTIONALITY_CLASSES:
        if cut.code == code:
            return in_language(cut.names)
    return str(OTHER_CLASSES.get(code, code))


def grade_letter(code: str) -> str:
    """The letter of a damage grade; a question mark where somebody has to look, a dash where nobody has."""
    if code in GRADE_LETTERS:
        return str(GRADE_LETTERS[code])
    return "?" if code == "possible" else "–"


def reason(why: Mapping[str, Any] | None) -> str:
    """The sentence on what limits a place, which comes with the figure in the reader's language."""
    return str((why or {}).get("text") or SCRIPT_TEXT["nobody"])


def script_words() -> dict[str, Any]:
    """Everything the scripts may say, in the reader's language; `{name}` marks are filled in by `i18n.js`."""
    return {
        "language": (get_language() or "en")[:2],
        "classes": {cut.code: in_language(cut.names) for cut in FUNCTIONALITY_CLASSES}
        | {code: str(name) for code, name in OTHER_CLASSES.items()},
        "cuts": [cut.low for cut in FUNCTIONALITY_CLASSES],
        "services": {code: in_language(names) for code, names in SERVICE_NAMES.items()},
        "letters": {code: in_language(names) for code, names in SERVICE_LETTERS.items()},
        "statuses": {code: str(name) for code, name in STATUSES.items()},
        "grades": {code: str(name) for code, name in GRADES.items()},
        "grade_letters": {code: grade_letter(code) for code in GRADES},
        "text": {key: str(text) for key, text in SCRIPT_TEXT.items()},
    }


SCRIPT_TEXT: Words = {
    "nobody": _("Nobody has reported yet."),
    "people": _("{n} people"),
    "as_of": _("as of {time}"),
    "live": _("live"),
    "delayed": _("delayed {n} min"),
    "connecting": _("connecting"),
    "offline": _("offline, showing the last picture"),
    "new": _("{n} new, show"),
    "fell": _("{place} fell from {before} to {now}."),
    "rose": _("{place} rose from {before} to {now}."),
    "known": _("{place} is now {now}."),
    "lost": _("Nothing is known about {place} any more."),
    "work_moved": _("{work} moved from {before} to {rank} among the works."),
    "assessed": _("Damage seen in {place}: {grade}."),
    "assessed_town": _("Damage seen: {grade}."),
    "status": _("{facility}: {state}."),
    "population": _("New count of people in {place}."),
    "population_town": _("New count of people."),
    "hazard": _("A hazard in {place} was reported or changed."),
    "hazard_town": _("A hazard was reported or changed."),
    "boundary": _("Boundaries changed. Load the page again to see them."),
    "import": _("A file was imported."),
    "town": _("Town: {n}"),
    "likely": _("Likely {lo} to {hi}."),
    "observed": _("{n} observed."),
    "up": _("up by {n}"),
    "down": _("down by {n}"),
    "all_services": _("Functionality, all services"),
    "ranked": _("{n} ranked by people short of services. Bar length: how many. Parts: which service."),
    "shown": _("{n} of {all} shown."),
    "map_of": _(
        "Map of {place} by functionality. Arrow keys move, plus and minus zoom, Enter opens, 0 shows the town."
    ),
    "no_webgl": _("This browser has no WebGL. A simpler map is shown; the list and the table hold everything."),
    "no_boundaries": _("No neighbourhood is drawn yet. Import the boundaries first."),
    "no_map": _("The map could not be loaded. The list and the table hold everything."),
    "problem": _("The answer did not come ({code}). What you see is from {time}."),
    "sent": _("State recorded. It will show everywhere in a moment."),
    "recorded": _("States recorded for {n} facilities. They will show everywhere in a moment."),
    "some_refused": _("{n} were not taken: {detail}"),
    "taken_back": _("Taken back. What was recorded before counts again."),
    "undo": _("Undo"),
    "not_sent": _("We could not record this. Nothing was changed. {detail}"),
    "chosen": _("{n} chosen"),
    "record_for": _("Record for {n} facilities"),
    "no_network": _("The network stopped."),
    "rows_done": _("{n} of {all} rows"),
    "assessed_many": _("{n} observations of damage came in."),
    "status_many": _("States of several facilities were recorded."),
    "visit_planned": _("Visit to {title} planned."),
    "visit_under_way": _("Visit to {title} is under way."),
    "visit_done": _("Visit to {title} done."),
    "visit_refused": _("Visit to {title} was refused."),
    "visit_inaccessible": _("{title} cannot be reached."),
    "plan_first": _("{n} people more so far"),
    "plan_between": _("{n} people more so far, at most {most}"),
}


def class_code(share: float | None) -> str:
    """The class of a share of need met, 0-1."""
    return str(functionality_class(share))


def class_ranges() -> list[dict[str, Any]]:
    """The classes in order, with the range of the whole numbers shown in each (19 is the last before 20)."""
    ranges = [
        {"code": str(cut.code), "no": no, "first": round(cut.low * 100), "last": round(cut.high * 100) - (cut.high < 1)}
        for no, cut in enumerate(FUNCTIONALITY_CLASSES, 1)
    ]
    return ranges + [{"code": str(code), "no": None} for code in OTHER_CLASSES]
