"""Words of service expansion: what a place needs first, units an expansion is built of, phases of norms."""

from django.utils.translation import gettext_lazy as _

from crisis.pages.words.shared import Words

VERDICTS: Words = {
    "met": _("enough"),
    "repair": _("repair first"),
    "connect": _("connect first"),
    "expand": _("expand"),
    "no_demand": _("nobody needs it"),
    "unknown": _("nobody knows"),
}
VERDICT_SHAPES = {"met": "ok", "repair": "part", "connect": "part", "expand": "out"}
PHASES: Words = {
    "emergency": _("Emergency"),
    "post_emergency": _("After the emergency"),
    "permanent": _("Permanent town"),
}
UNITS: Words = {
    "L/d": _("L/day"),
    "m3/d": _("m³/day"),
    "tap": _("taps"),
    "handpump": _("hand pumps"),
    "person place": _("places"),
    "toilet": _("toilets"),
    "kg/d": _("kg/day"),
    "t/d": _("t/day"),
    "kW": _("kW"),
    "MW": _("MW"),
    "basic unit": _("basic health units"),
    "facility": _("facilities"),
    "seat": _("seats"),
    "classroom": _("classrooms"),
    "counter": _("counters"),
    "person": _("persons"),
    "place": _("places"),
    "share": _("share"),
    "dwelling unit": _("dwellings"),
}
GROUP_CHOICES: Words = {
    "displaced": _("Displaced"),
    "returnee": _("Returnees"),
    "resident": _("Hosts"),
}
