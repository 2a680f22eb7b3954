"""Where explosives are suspected a plan puts nothing but survey and clearance, and says so."""

import json

import pytest
from django.contrib.gis.geos import Point
from django.utils import timezone

from assessments.actions.plans import case_bytes
from assessments.models import Intervention, Plan, Scenario
from assessments.selectors.plans import plan_detail
from damage.actions.hazards import HazardRow, change_hazard, report_hazard
from damage.models import Hazard
from municipal_units.models import User
from municipal_units.permissions import Role, scope, system_actor
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting, person
from tests.plans.conftest import solved

pytestmark = pytest.mark.django_db


def suspicion(town: WorkedTown, *, kind: str = "uxo", lon: float = -0.999, lat: float = 13.001) -> Hazard:
    """In place A, where P1 and W1 stand, but more than 200 m from them."""
    by = system_actor(town.municipality.pk)
    with scope(by):
        row = HazardRow(kind=kind, observed_at=timezone.now(), place=Point(lon, lat, srid=4326))
        return report_hazard(by=by, municipality=town.municipality, row=row)


def inside(plan: Plan) -> set[str]:
    with scope(system_actor(plan.municipality_id)):
        return set(plan.works.filter(chosen=True).values_list("intervention__code", flat=True))


def test_every_work_there_is_forbidden_and_the_plan_says_why(town: WorkedTown, scenario: Scenario, ana: User) -> None:
    hazard = suspicion(town)
    plan = solved(scenario)
    with scope(acting(ana)):
        told = {work["code"]: work for work in plan_detail(plan, actor=acting(ana))["works"]}
        frozen = {item["id"]: item for item in json.loads(case_bytes(plan.run))["interventions"]}
        first = Intervention.objects.get(code="i1")
    assert not told["i1"]["chosen"]
    assert told["i1"]["why"].startswith("Explosives are suspected there")
    assert frozen[first.pk]["forbidden_because"] == "explosive_hazard"
    with scope(system_actor(town.municipality.pk)):
        change_hazard(
            by=system_actor(town.municipality.pk),
            hazard=hazard,
            status="cleared",
            on=timezone.localdate(),
            note="Certificate 4",
        )
    assert "i1" in inside(solved(scenario))
    with scope(acting(ana)):
        again = {work["code"]: work for work in plan_detail(plan, actor=acting(ana))["works"]}
    assert again["i1"]["why"] == told["i1"]["why"], "a plan keeps what it was made from"


def test_clearance_itself_may_be_chosen_and_other_dangers_forbid_nothing(town: WorkedTown, scenario: Scenario) -> None:
    suspicion(town, kind="open_pit")
    assert "i1" in inside(solved(scenario))
    suspicion(town)
    with scope(system_actor(town.municipality.pk)):
        Intervention.objects.filter(code="i1").update(intervention_type="debris_uxo")
    assert "i1" in inside(solved(scenario))


def test_a_facility_within_the_safety_distance_counts_whichever_side_of_the_border(
    town: WorkedTown, scenario: Scenario
) -> None:
    # In place B, 150 m from the border; P1 of place A is moved next to the border.
    suspicion(town, lon=-0.9887, lat=13.005)
    assert "i1" in inside(solved(scenario))
    with scope(system_actor(town.municipality.pk)):
        facility = town.facilities["P1"]
        type(facility).objects.filter(pk=facility.pk).update(geom=Point(-0.9903, 13.005, srid=4326))
    assert "i1" not in inside(solved(scenario))


def test_who_may_not_know_of_hazards_learns_of_none(town: WorkedTown, scenario: Scenario) -> None:
    suspicion(town)
    plan = solved(scenario)
    mo = person("mo", "Mo Barry", Role.COMMUNITY_REP, town.municipality)
    with scope(acting(mo)):
        told = {work["code"]: work for work in plan_detail(plan, actor=acting(mo))["works"]}
    assert (told["i1"]["why"], told["i1"]["code_of_reason"]) == ("It cannot be done now.", "unsafe")
