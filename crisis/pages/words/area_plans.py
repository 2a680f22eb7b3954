"""Words of the plan of a neighbourhood: its parts, what is written in each, figures, kinds of works."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crisis.pages.words.shared import Words

PARTS: Words = {
    "context": _("The place"),
    "diagnosis": _("What is wrong"),
    "vision": _("Where we want to get"),
    "physical_plan": _("Physical plan"),
    "actions": _("Works"),
    "city_links": _("Links with the town"),
    "tenure_hlp": _("Land, housing and property"),
    "finance": _("Money"),
    "do_no_harm": _("Doing no harm"),
    "monitoring": _("How we will know"),
    "signatures": _("Agreement"),
}
FIELDS: Words = {
    "context.hazard": _("Hazards"),
    "context.tenure": _("How people hold their homes"),
    "context.history": _("What else one should know of the place"),
    "diagnosis.reading": _("How the unit reads the figures"),
    "diagnosis.uim_gaps": _("Gaps in urban conditions"),
    "diagnosis.housing_gaps": _("Gaps in adequate housing"),
    "vision.goals": _("Agreed goals, one per line, at most five"),
    "vision.participants": _("Who took part"),
    "vision.dates": _("When"),
    "physical_plan.retain": _("Keep"),
    "physical_plan.repair": _("Repair"),
    "physical_plan.demolish": _("Take down or rebuild"),
    "physical_plan.new_housing": _("New housing"),
    "physical_plan.streets": _("Streets"),
    "physical_plan.networks": _("Networks"),
    "physical_plan.public_space": _("Public space"),
    "physical_plan.no_build": _("Where nothing may be built"),
    "actions.order": _("In which order, and why"),
    "city_links.services": _("Services from elsewhere"),
    "city_links.transport": _("Transport"),
    "city_links.land_use": _("Land-use plan it refers to"),
    "tenure_hlp.status": _("State of tenure"),
    "tenure_hlp.owners_informed": _("Owners are informed"),
    "tenure_hlp.consent": _("They consent"),
    "tenure_hlp.relocation": _("People have to move"),
    "tenure_hlp.safeguards": _("Safeguards against eviction"),
    "finance.sources": _("Where the money comes from"),
    "finance.transfer_claim": _("Claim for transfers that follow the growth of the population"),
    "do_no_harm.balance": _("Balance between the groups"),
    "do_no_harm.eviction_risk": _("Risk of eviction"),
    "do_no_harm.environment": _("Environment"),
    "do_no_harm.conflict": _("Sensitivity to conflict"),
    "monitoring.how": _("Who looks, how often"),
    "monitoring.review_on": _("Reviewed on"),
    "signatures.endorsement": _("How the communities endorse it"),
}
FIGURES: Words = {
    "people": _("People here"),
    "resident": _("Hosts"),
    "displaced": _("Displaced"),
    "returnee": _("Returnees"),
    "ratio": _("Displaced people for each host"),
    "growth": _("Growth since the first count"),
    "index": _("Functionality"),
    "retain": _("Buildings with no or slight damage"),
    "repair": _("Buildings with moderate or heavy damage"),
    "demolish": _("Buildings very heavily damaged or destroyed"),
    "assess": _("Buildings still to assess"),
    "cost": _("Cost of the works"),
    "funded": _("Paid for"),
    "gap": _("Missing"),
    "displaced_share": _("Displaced people among those here"),
}
SOURCES: Words = {
    "functionality": _("computed by Reprise"),
    "damage assessments": _("damage assessments"),
    "works": _("register of works"),
    "funds": _("funds"),
    "works, funds": _("works and funds"),
    "people present": _("people present"),
}
STATES: Words = {"draft": _("Draft"), "agreed": _("Agreed"), "replaced": _("Replaced by a newer version")}
CHOICES: Words = {
    "yes": _("yes"),
    "no": _("no"),
    "unknown": _("not known"),
    "none": pgettext_lazy("relocation", "nobody"),
    "temporary": pgettext_lazy("relocation", "for a time"),
    "permanent": pgettext_lazy("relocation", "for good"),
}
WORK_TYPES: Words = {
    "debris_uxo": _("Debris, unexploded ordnance"),
    "emergency_repair": _("Emergency repair"),
    "rehabilitation": _("Rehabilitation"),
    "reconstruction": _("Reconstruction"),
    "new_build": _("New building"),
    "temporary_service": _("Temporary service"),
    "staffing": _("Staff"),
    "consumables_fuel": _("Supplies and fuel"),
    "cash_rent_support": _("Support for rent"),
    "tenure_documentation": _("Papers for tenure"),
    "social_cohesion": _("Living together"),
    "capacity_building": _("Training"),
    "livelihood": _("Livelihoods"),
    "planning": _("Planning"),
}
PHASES: Words = {
    "emergency": _("emergency"),
    "early_recovery": _("early recovery"),
    "recovery": _("recovery"),
    "reconstruction": _("reconstruction"),
    "sustain": _("upkeep"),
}
GOALS: Words = {
    "a": _("stronger institutions"),
    "b": _("programmes and finance that grow"),
    "c": _("resilience in every work"),
    "d": _("root causes and governance"),
    "e": _("from aid to recovery"),
}
EXPLAINED: Words = {
    "context": _("Who lives here and under which conditions."),
    "do_no_harm": _("Only people of the municipality read this part. Write no names."),
    "vision": _("What residents, hosts and displaced, agreed with the unit."),
    "signatures": _("The votes of the seats are the signatures; they come with the decision."),
}
