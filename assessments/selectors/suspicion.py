"""Which works an open suspicion of explosives forbids, from the hazards as they are known now (damage.md 6)."""

from assessments.core.case import PlanningCase
from assessments.core.planning.rules import EXPLOSIVE_HAZARD, forbidding, under_suspicion
from assessments.core.works import EffectKind, WorkType
from assessments.models import Intervention
from damage.selectors import facilities_under_suspicion, places_under_suspicion
from municipal_units.models import Municipality

# Survey and clearance themselves.
CLEARING = (WorkType.DEBRIS_UXO,)


def without_suspected(case: PlanningCase, municipality: Municipality) -> PlanningCase:
    """The case with every work forbidden that would be done where explosives are suspected: in such a neighbourhood,
    or at a facility within the safety distance of one, wherever it stands."""
    places = places_under_suspicion(municipality)
    facilities = {str(pk) for pk in facilities_under_suspicion(municipality)}
    if not places and not facilities:
        return case
    place_number = {int(key): number for number, key in enumerate(case.neighbourhood_ids)}
    work_number = {int(work.id): number for number, work in enumerate(case.interventions)}
    rows = Intervention.objects.filter(municipality=municipality, pk__in=list(work_number))
    told = list(rows.values_list("pk", "intervention_type", "neighbourhood_id"))
    clearing = {work_number[pk] for pk, kind, _ in told if kind in CLEARING}
    stated = {work_number[pk]: place_number[place] for pk, _, place in told if place in place_number}
    suspected = {place_number[place] for place in places if place in place_number}
    barred = under_suspicion(case, suspected, clearing, at=stated)
    at_facility = {
        number
        for number, work in enumerate(case.interventions)
        for effect in work.effects
        if effect.kind != EffectKind.LOCAL and str(case.facility_ids[effect.target]) in facilities
    }
    return forbidding(case, barred | (at_facility - clearing), because=EXPLOSIVE_HAZARD)
