"""Words people read on visits and on how sure a ranking is."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crisis.pages.words.shared import Words

STATES: Words = {
    "planned": pgettext_lazy("visit", "Planned"),
    "under_way": pgettext_lazy("visit", "Under way"),
    "done": pgettext_lazy("visit", "Done"),
    "refused": pgettext_lazy("visit", "Refused"),
    "inaccessible": pgettext_lazy("visit", "Cannot be reached"),
    "cancelled": pgettext_lazy("visit", "Called off"),
}
# Which of the shapes of `.st` a state takes, and its colour in the bar of progress.
SHAPES: Mapping[str, str] = {
    "planned": "unk",
    "under_way": "info",
    "done": "ok",
    "refused": "out",
    "inaccessible": "out",
    "cancelled": "unk",
}
BAR: Mapping[str, str] = {
    "planned": "seg-wait",
    "under_way": "seg-info",
    "done": "seg-ok",
    "refused": "seg-out",
    "inaccessible": "seg-out",
}
BANDS: Words = {
    "firm": pgettext_lazy("rank band", "firm"),
    "likely": pgettext_lazy("rank band", "likely"),
    "contested": pgettext_lazy("rank band", "contested"),
    "outside": pgettext_lazy("rank band", "outside"),
}
BAND_SHAPES: Mapping[str, str] = {"firm": "ok", "likely": "info", "contested": "part", "outside": ""}
KINDS: Words = {
    "facility": _("facility"),
    "people": _("count of people"),
    "housing": _("homes"),
    "roads": _("roads"),
}
FORMS: Words = {"damage_rapid": _("look at the buildings"), "population": _("count the people")}
