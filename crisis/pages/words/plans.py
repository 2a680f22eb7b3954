"""Words people read on plans: states of plans and works, groups of people."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crisis.pages.words.shared import Words

PLAN_STATES: Words = {
    "computed": _("Computed"),
    "proposed": _("Proposed to the unit"),
    "approved": _("Approved"),
    "published": _("Published"),
    "replaced": _("Replaced by a newer plan"),
    "withdrawn": _("Withdrawn"),
}
WORK_STATES: Words = {
    "proposed": pgettext_lazy("work", "Proposed"),
    "screened": pgettext_lazy("work", "Screened"),
    "prioritised": pgettext_lazy("work", "Prioritised"),
    "approved": pgettext_lazy("work", "Approved"),
    "funded": pgettext_lazy("work", "Funded"),
    "in_progress": pgettext_lazy("work", "In progress"),
    "completed": pgettext_lazy("work", "Completed"),
    "verified": pgettext_lazy("work", "Verified"),
    "suspended": pgettext_lazy("work", "Suspended"),
    "rejected": pgettext_lazy("work", "Rejected"),
    "cancelled": pgettext_lazy("work", "Cancelled"),
}
WORK_TYPES: Words = {
    "debris_uxo": _("Clearing debris and explosives"),
    "emergency_repair": _("Emergency repair"),
    "rehabilitation": _("Rehabilitation"),
    "reconstruction": _("Reconstruction"),
    "new_build": _("New building"),
    "temporary_service": _("Temporary service"),
    "staffing": _("Staff"),
    "consumables_fuel": _("Supplies and fuel"),
    "cash_rent_support": _("Cash or rent support"),
    "tenure_documentation": _("Documents of tenure"),
    "social_cohesion": _("Social cohesion"),
    "capacity_building": _("Training"),
    "livelihood": _("Livelihoods"),
    "planning": _("Planning"),
}
FUND_STATES: Words = {
    "pledged": _("Pledged"),
    "committed": _("Committed"),
    "received": _("Received"),
}
GROUPS: Words = {
    "resident": _("Hosts"),
    "displaced": _("Displaced"),
    "returnee": _("Returnees"),
    "unknown": _("Group not known"),
}
