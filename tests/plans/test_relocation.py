"""Nobody is moved for a work without the answers of a checklist of safeguards."""

import pytest
from django.utils import timezone

from assessments.actions.planning import change_work_status
from assessments.actions.plans_deciding import approve_plan, propose_plan
from assessments.actions.relocation import set_relocation
from assessments.models import Intervention, Scenario
from crisis.lib.errors import Conflict, NotAllowed
from municipal_units.actions.evictions import EvictionRow, advance_eviction, open_eviction
from municipal_units.core.evictions import Safeguard
from municipal_units.models import EvictionCase, User
from municipal_units.permissions import Role, scope
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting, person
from tests.doors.test_account_page import page_of
from tests.plans.conftest import solved

pytestmark = pytest.mark.django_db


def case_in(town: WorkedTown, ana: User) -> EvictionCase:
    with scope(acting(ana)):
        row = EvictionRow(stage="risk_identified", on=timezone.localdate(), households=4)
        return open_eviction(by=acting(ana), neighbourhood=town.places["A"], row=row)


def test_a_work_waits_for_every_answer(town: WorkedTown, ana: User) -> None:
    by = acting(ana)
    case = case_in(town, ana)
    with scope(by):
        work = set_relocation(by=by, work=Intervention.objects.get(code="i1"), relocation="permanent")
        for status in ("approved", "funded", "in_progress"):
            with pytest.raises(Conflict, match="Link the eviction case"):
                change_work_status(by=by, work=work, status=status)
        set_relocation(by=by, work=work, relocation="permanent", case=case)
        with pytest.raises(Conflict, match="alternative housing"):
            change_work_status(by=by, work=work, status="approved")
        answers = dict.fromkeys((name.value for name in Safeguard), "yes")
        advance_eviction(by=by, case=case, stage="negotiation", on=timezone.localdate(), safeguards=answers)
        work = Intervention.objects.get(code="i1")
        assert change_work_status(by=by, work=work, status="approved").status == "approved"
        with pytest.raises(Conflict, match="Suspend it first"):
            set_relocation(by=by, work=work, relocation="none")


def test_a_plan_with_such_a_work_is_not_approved(town: WorkedTown, scenario: Scenario, ana: User, lea: User) -> None:
    plan = solved(scenario)
    with scope(acting(ana)):
        set_relocation(by=acting(ana), work=Intervention.objects.get(code="i1"), relocation="temporary")
        propose_plan(by=acting(ana), plan=plan)
    with scope(acting(lea)), pytest.raises(Conflict, match="People have to move for i1"):
        approve_plan(by=acting(lea), plan=plan, starts_on=timezone.localdate())


def test_the_page_of_the_case_links_works_and_others_cannot(town: WorkedTown, ana: User) -> None:
    case = case_in(town, ana)
    address = f"/m/TK/unit/evictions/{case.pk}/"
    assert page_of(ana).post(address, {"do": "works", "work": "i2", "relocation": "temporary"}).status_code == 302
    assert "i2" in page_of(ana).get(address).content.decode()
    served = person("sam", "Sam Kone", Role.SERVICE_REP, town.municipality)
    with scope(acting(served)):
        work = Intervention.objects.get(code="i3")
        with pytest.raises(NotAllowed):
            set_relocation(by=acting(served), work=work, relocation="temporary", case=case)
