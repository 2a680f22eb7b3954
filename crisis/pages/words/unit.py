"""Words for the unit and for protection: seats, rules, problems, levels, stages, safeguards."""

from collections.abc import Mapping

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crisis.pages.words.people import GROUPS
from crisis.pages.words.shared import service_name
from municipal_units.core.vocabulary import ServiceDomain

Words = Mapping[str, str | Promise]

SEATS: Words = {
    "mayor": _("Head of the municipality"),
    "social_services": _("Social services"),
    "education": _("Education"),
    "health": _("Health"),
    "water": _("Water"),
    "electricity": _("Electricity"),
    "host_community": _("Host community"),
    "idp_community": _("Displaced people"),
    "humanitarian": _("Humanitarian actors"),
    "urban_planning": _("Urban planning"),
    "land_registry": _("Land registry"),
    "security_liaison": _("Security liaison"),
    "women_group": _("Women's groups"),
    "youth_group": _("Youth groups"),
    "disability_org": _("Organisations of people with disabilities"),
}
COMMUNITIES: Words = {"host": _("host community"), "displaced": _("displaced people")}
UNIT_PROBLEMS: Words = {
    "no_chair": _("Nobody chairs."),
    "too_few_host": _("The host community has too few seats that are held."),
    "too_few_displaced": _("Displaced people have too few seats that are held."),
    "too_few_women": _("Too few women hold seats."),
    "chair_absent": _("the chair is absent"),
    "too_few_seats": _("too few seats are present"),
    "host_absent": _("the host community is absent"),
    "displaced_absent": _("displaced people are absent"),
}
RULES: Words = {
    "quorum_share": _("Seats present to decide"),
    "chair_needed": _("The chair has to be present"),
    "both_communities": _("Both communities have to be present"),
    "least_host_seats": _("Seats of the host community, at least"),
    "least_displaced_seats": _("Seats of displaced people, at least"),
    "women_share": _("Women among those who hold a seat, at least"),
    "spread_some": _("Answers on weights differ from, points"),
    "spread_wide": _("Answers on weights are far apart from, points"),
    "outliers_named": _("A seat far from the others is named"),
}
MEETING_STATES: Words = {"planned": _("open"), "held": _("closed"), "cancelled": _("cancelled")}
DECISION_STATES: Words = {
    "proposed": _("proposed"),
    "adopted": _("adopted"),
    "rejected": _("not adopted"),
    "withdrawn": _("taken back"),
    "approved": _("approved"),
}
WEIGHINGS: Words = {
    "open": _("answers are coming in"),
    "shown": _("answers on the table"),
    "agreed": _("agreed"),
    "dropped": _("dropped"),
}
SPREADS: Words = {"close": _("close"), "some": _("some"), "wide": _("wide")}
VOTES: Words = {"for": _("for"), "against": _("against"), "abstain": _("abstains")}
LINKS: Words = {
    "parameters": _("Weights and norms, as a whole"),
    "norm_proposal": _("Proposed norm or weight"),
    "ranking": _("Ranking"),
    "plan": _("Plan"),
    "area_plan": _("Plan of a neighbourhood"),
    "document": _("Document"),
    "work": pgettext_lazy("intervention", "Work"),
}
LEVELS: Words = {
    "calm": _("Calm"),
    "watch": _("Watch"),
    "tense": _("Tense"),
    "critical": _("Critical"),
    "insufficient_data": _("Too little is known"),
}
LEVEL_SHAPES = {"calm": "ok", "watch": "info", "tense": "part", "critical": "out", "insufficient_data": "unk"}
INDICATORS: Words = {
    "ratio_displaced_host": _("Displaced people for each host"),
    "growth_90d": _("People more than 90 days ago, %"),
    "water_queue": _("Queue for water, minutes"),
    "rent_change_90d": _("Rents against 90 days ago, %"),
    "aid_perceived_unfair": _("Informants who call aid unfair, %"),
    "incidents_90d": _("Verified incidents in 90 days, per 10,000 people"),
    "eviction_threats": _("Households threatened with eviction, per 1,000"),
    "service_gap_pp": _("Largest gap in a service between the groups, points"),
    "dialogue_absent": _("Meetings with both communities in 90 days"),
}
INCIDENTS: Words = {
    "dispute_water": _("Dispute about water"),
    "dispute_land": _("Dispute about land"),
    "dispute_housing_rent": _("Dispute about housing or rent"),
    "dispute_aid": _("Dispute about aid"),
    "dispute_livelihood": _("Dispute about work"),
    "harassment": _("Harassment"),
    "hate_speech": _("Hate speech"),
    "violence": _("Violence"),
    "eviction_threat": _("Threat of eviction"),
    "rumour": _("Rumour"),
}
VERIFICATIONS: Words = {
    "unverified": _("not verified"),
    "corroborated": _("told by several"),
    "verified": _("verified"),
    "dismissed": _("dismissed"),
}
STAGES: Words = {
    "risk_identified": _("Risk seen"),
    "threat_verbal": _("Threatened by word"),
    "notice_written": _("Written notice"),
    "court": _("In court"),
    "negotiation": _("In negotiation"),
    "carried_out": _("Carried out"),
    "averted": _("Averted"),
    "resettled": _("Resettled"),
    "remedied": _("Remedied"),
}
ACTORS: Words = {
    "private_owner": _("private owner"),
    "municipality": _("municipality"),
    "state": _("state"),
    "armed_actor": _("armed actor"),
    "developer": _("developer"),
    "host_family": _("host family"),
    "site_manager": _("site manager"),
    "unknown": _("not known"),
}
EVICTION_CAUSES: Words = {
    "non_payment": _("rent not paid"),
    "owner_return": _("the owner returns"),
    "public_works": _("public works"),
    "safety_demolition": _("demolition for safety"),
    "school_reopening": _("a school reopens"),
    "land_dispute": _("dispute about land"),
    "discrimination": _("discrimination"),
    "conflict": _("conflict"),
    "other": _("other"),
}
TENURES: Words = {
    "owned_titled": _("owned, with title"),
    "owned_customary": _("owned by custom"),
    "rented_written": _("rented, written"),
    "rented_verbal": _("rented by word"),
    "free_permission": _("free, with permission"),
    "no_permission": _("without permission"),
    "public_allocation": _("allocated by the public hand"),
    "unknown": _("not known"),
}
SAFEGUARDS: Words = {
    "consultation": _("They were consulted"),
    "reasonable_notice": _("Reasonable notice"),
    "information_on_purpose": _("Told what for"),
    "officials_present": _("Officials present"),
    "identification": _("Those who evict show who they are"),
    "not_at_night_or_bad_weather": _("Not at night or in bad weather"),
    "remedy": _("They can go to law"),
    "legal_aid": _("Legal aid"),
    "alternatives_explored": _("Alternatives explored"),
    "alternative_housing": _("Other housing"),
    "compensation": _("Compensation"),
}
ANSWERS: Words = {"yes": _("yes"), "no": _("no"), "unknown": _("not known")}
CLASSIFICATIONS: Words = {
    "likely_forced": _("Likely forced"),
    "insufficient_info": _("Too little is known"),
    "procedurally_protected": _("Protected by procedure"),
}
TASK_OPTIONS: Words = {
    "dialogue": _("Dialogue between the communities"),
    "service_fix": _("Repair of a service"),
    "referral": _("Referral to a partner"),
}
service_in_words = lazy(service_name, str)
SAID_NEEDS: Words = {
    "food": _("Food"),
    "items": _("Blankets, pots, clothes"),
    **{str(code): service_in_words(str(code)) for code in ServiceDomain},
}
URGENCIES: Words = {"today": _("Today"), "this_week": _("This week"), "this_month": _("This month")}
RELOCATIONS: Words = {
    "temporary": _("for a time"),
    "permanent": _("for good"),
    "none": _("nobody has to move"),
}
HAZARDS: Words = {
    "uxo": _("Unexploded shell or bomb"),
    "mine": _("Mine"),
    "ied": _("Home-made bomb"),
    "unstable_structure": _("Building about to fall"),
    "open_pit": _("Open pit"),
    "live_wire": _("Live wire"),
    "gas": _("Gas"),
    "asbestos": _("Asbestos"),
    "sewage": _("Sewage"),
    "other": pgettext_lazy("hazard", "Something else"),
}
HAZARD_STATES: Words = {
    "suspected": pgettext_lazy("hazard", "suspected"),
    "confirmed": pgettext_lazy("hazard", "confirmed"),
    "cleared": pgettext_lazy("hazard", "cleared"),
    "released_non_technical": pgettext_lazy("hazard", "released after a survey"),
}
HAZARD_SHAPES = {"suspected": "part", "confirmed": "out", "cleared": "ok", "released_non_technical": "ok"}
HAZARD_SURENESS: Words = {
    "reported": pgettext_lazy("hazard", "told by others"),
    "seen": pgettext_lazy("hazard", "seen"),
    "surveyed": pgettext_lazy("hazard", "surveyed"),
}
WORDS: Mapping[str, Words] = {
    "relocation": RELOCATIONS,
    "need": SAID_NEEDS,
    "urgency": URGENCIES,
    "need_group": GROUPS,
    "hazard": HAZARDS,
    "hazard_state": HAZARD_STATES,
    "hazard_sureness": HAZARD_SURENESS,
    "seat": SEATS,
    "community": COMMUNITIES,
    "problem": UNIT_PROBLEMS,
    "rule": RULES,
    "meeting": MEETING_STATES,
    "decision": DECISION_STATES,
    "vote": VOTES,
    "weighing": WEIGHINGS,
    "spread": SPREADS,
    "link": LINKS,
    "level": LEVELS,
    "indicator": INDICATORS,
    "incident": INCIDENTS,
    "verification": VERIFICATIONS,
    "stage": STAGES,
    "actor": ACTORS,
    "cause": EVICTION_CAUSES,
    "tenure": TENURES,
    "safeguard": SAFEGUARDS,
    "answer": ANSWERS,
    "classification": CLASSIFICATIONS,
    "option": TASK_OPTIONS,
}


def word(code: str, table: str) -> str:
    """The word for a code of one of the vocabularies above; the code itself where there is none."""
    return str(WORDS[table].get(code, str(code).replace("_", " ")))
