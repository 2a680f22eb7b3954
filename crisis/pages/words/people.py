"""Words people read for the codes of the register of households, of counts and of movements."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, str | Promise]

GROUPS: Words = {
    "host_community": _("Hosts"),
    "resident_affected": _("Residents with damaged homes"),
    "idp": _("Displaced people"),
    "returnee_idp": _("Returned from displacement"),
    "returnee_abroad": _("Returned from abroad"),
    "refugee": _("Refugees"),
    "asylum_seeker": _("Asylum seekers"),
    "oip": _("Others in need of protection"),
    "migrant": _("Migrants"),
    "third_country_national": _("Third-country nationals"),
    "stateless": _("Stateless people"),
    "unknown": _("Group not known"),
}
STOCK_CLASSES: Words = {
    "stock_displacement_location": _("Displaced, where they fled to"),
    "stock_return_location": _("Back home, still in need because of displacement"),
    "stock_settlement_elsewhere": _("Settled elsewhere, still in need because of displacement"),
    "idp_related": _("Related to displaced people, counted beside them"),
    "not_in_stock": _("Not in the stock"),
    "unknown": _("Not determined"),
}
SHELTERS: Words = {
    "camp_planned": _("Planned camp"),
    "self_settled_site": _("Self-settled site"),
    "collective_centre": _("Collective centre"),
    "school_building": _("School"),
    "religious_building": _("Religious building"),
    "unfinished_abandoned": _("Unfinished or abandoned building"),
    "makeshift": _("Makeshift shelter"),
    "open_air": _("No shelter"),
    "host_family": _("With a host family"),
    "rented": _("Rented home"),
    "hotel": _("Hotel"),
    "own_damaged": _("Own home, damaged"),
    "own_intact": _("Own home"),
    "transitional_unit": _("Transitional unit"),
    "reception_transit": _("Reception or transit centre"),
    "unknown": _("Not known"),
}
NEEDS: Words = {
    "child_at_risk": _("Child at risk"),
    "unaccompanied_separated_child": _("Unaccompanied or separated child"),
    "woman_at_risk": _("Woman at risk"),
    "older_person_at_risk": _("Older person at risk"),
    "single_parent_caregiver": _("Single parent or caregiver"),
    "disability": _("Disability"),
    "serious_medical_condition": _("Serious medical condition"),
    "family_unity": _("Family to be traced or reunited"),
    "legal_physical_protection": _("Legal or physical protection"),
}
INTENTIONS: Words = {
    "stay_integrate": _("Stay here"),
    "return_origin": _("Return home"),
    "relocate_within_city": _("Move within the town"),
    "relocate_elsewhere": _("Move elsewhere in the country"),
    "leave_country": _("Leave the country"),
    "undecided": _("Undecided"),
    "no_answer": _("No answer"),
}
REASONS: Words = {
    "armed_conflict": _("Armed conflict"),
    "generalised_violence": _("Violence"),
    "human_rights_violation": _("Violation of rights"),
    "disaster_sudden": _("Sudden disaster"),
    "disaster_slow": _("Slow disaster"),
    "human_made_disaster": _("Man-made disaster"),
    "forced_eviction": _("Eviction"),
    "development_project": _("Building project"),
    "service_collapse": _("Services broke down"),
    "economic": _("Livelihood"),
    "other": _("Other"),
    "unknown": _("Not known"),
}
SEXES: Words = {
    "f": _("Female"),
    "m": _("Male"),
    "other_or_undisclosed": _("Other or not said"),
    "unknown": _("Not known"),
}
GROUNDS: Words = {
    "consent": _("They agreed"),
    "vital_interest": _("Vital interest"),
    "public_task": _("Task of the town"),
}
PURPOSES: Words = {
    "assistance": _("To help this household"),
    "verification": _("To check the registration"),
    "correction": _("To correct it"),
    "duplicates": _("To decide about a duplicate"),
    "referral": _("To refer it to a service"),
    "own_request": _("They asked for their own data"),
    "registration": _("To register it"),
}
MOVEMENTS: Words = {
    "arrival": _("Arrival"),
    "departure": _("Departure"),
    "return": _("Return"),
    "secondary_displacement": _("Moved on"),
    "eviction": _("Eviction"),
    "birth": _("Births"),
    "death": _("Deaths"),
}
METHODS: Words = {
    "registration_ind": _("Registration of persons"),
    "registration_hh": _("Registration of households"),
    "census": _("Census"),
    "sample_survey": _("Sample survey"),
    "site_assessment": _("Assessment of sites"),
    "baseline_location": _("Key informants, by location"),
    "msla": _("Multi-sector location assessment"),
    "admin_record": _("Administrative records"),
    "remote_sensing": _("From the air or from space"),
    "baseline_area": _("Key informants, by area"),
    "event_tracking": _("Tracking of events"),
    "flow_registry": _("Counting at a flow point"),
    "flow_survey": _("Asking at a flow point"),
}
STATES: Words = {
    "received": _("Not reviewed"),
    "accepted": _("Accepted"),
    "rejected": _("Rejected"),
}
AGREED: Words = {
    "name": _("name"),
    "age": _("age"),
    "origin": _("origin"),
    "sex": _("sex"),
    "phone": _("phone"),
    "members": _("several members"),
}
FLAGS: Words = {
    "parts_differ": _("Sex and age do not add up to it"),
    "more_disabled": _("More disabled people than people"),
    "more_households": _("More households than people"),
    "sites_exceed": _("More people in its sites than in the place"),
}
KINDS: Words = {
    "view": _("opened a household"),
    "search": _("searched"),
    "export": _("exported the list"),
    "compare": _("compared two households"),
}
SORTS: Words = {
    "newest": _("Newest first"),
    "arrived": _("Latest arrival first"),
    "size": _("Largest first"),
    "code": _("By code"),
}
PRESENCE: Words = {
    "resident": _("Hosts"),
    "displaced": _("Displaced"),
    "returnee": _("Returned"),
    "unknown": _("Group not known"),
}
DOUBTS: Words = {
    "too_old": _("too old"),
    "figures_differ": _("other counts differ"),
    "floor_is_larger": _("more are registered"),
    "sites_added": _("sites added"),
}
STAYS: Words = {"present": _("Here now"), "left": _("Left"), "all": _("All")}
REMOVALS: Words = {
    "moved_out": _("Moved out"),
    "died": _("Died"),
    "mistake": _("Entered by mistake"),
    "listed_twice": _("Listed twice"),
    "own_request": _("They asked for it"),
}
EXPORT_STATES: Words = {
    "asked": _("Waits for an answer"),
    "granted": _("Granted"),
    "refused": _("Refused"),
    "withdrawn": _("Withdrawn"),
    "expired": _("Time is over"),
}
HAPPENED: Words = {
    "household.registered": _("Registered"),
    "household.changed": _("Changed"),
    "household.merged": _("Merged with another one"),
    "household.unmerged": _("Merge taken back"),
    "household.member_added": _("Person added"),
    "household.member_changed": _("Person corrected"),
    "household.member_removed": _("Person taken out"),
    "household.forgotten": _("Persons forgotten"),
}
# What the history of a household calls its values and those of its persons.
CHANGED_FIELDS: Words = {
    "neighbourhood": _("Place"),
    "site": _("Site"),
    "group": _("Group"),
    "stock_class": _("Stock of displaced people (IRIS)"),
    "size": _("People in all"),
    "phone": _("Phone"),
    "origin": _("Came from"),
    "arrived_on": _("Arrived"),
    "reason": _("Reason"),
    "shelter_type": _("Shelter"),
    "needs": _("Needs"),
    "intention": _("Wants to"),
    "intention_on": _("Asked what they want on"),
    "legal_basis": _("Ground"),
    "consent_on": _("Agreed on"),
    "keep_until": _("Names are forgotten on"),
    "left_on": _("Left on"),
    "merged_into": _("Merged into"),
    "name": _("Name"),
    "sex": _("Sex"),
    "birth_year": _("Born"),
    "is_head": _("Head of the household"),
    "wg": _("Answers about disability"),
}
SAID: Mapping[str, Words] = {
    "group": GROUPS,
    "stock_class": STOCK_CLASSES,
    "shelter": SHELTERS,
    "need": NEEDS,
    "intention": INTENTIONS,
    "reason": REASONS,
    "sex": SEXES,
    "ground": GROUNDS,
    "purpose": PURPOSES,
    "movement": MOVEMENTS,
    "method": METHODS,
    "state": STATES,
    "agreed": AGREED,
    "flag": FLAGS,
    "kind": KINDS,
    "sort": SORTS,
    "stay": STAYS,
    "presence": PRESENCE,
    "doubt": DOUBTS,
    "removal": REMOVALS,
    "export_state": EXPORT_STATES,
}
