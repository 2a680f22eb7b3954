"""Votes of assemblies: from a sheet, wrong rows back with the reason, participation by group told with care."""

import pytest
from django.test import Client

from assessments.models import AssemblyVote, Scenario
from assessments.selectors.assemblies import assemblies_told
from assessments.selectors.plans import plan_detail
from municipal_units.models import User
from municipal_units.permissions import scope
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting
from tests.plans.conftest import solved

pytestmark = pytest.mark.django_db
SHEET = """work\tassembly\tdate\tgroup\tpresent\tfor\tagainst
i1\tPelga market\t2026-11-01\tdisplaced\t60\t50\t4
i1\tPelga market\t2026-11-01\tresident\t8\t3\t5
i2\tPelga market\t2026-11-01\tdisplaced\t58\t20\t30
i9\tPelga market\t2026-11-01\tdisplaced\t58\t20\t30
i2\tPelga market\t2026-11-01\tresident\t8\t6\t5
i2\tPelga market\tyesterday\tresident\t8\t1\t5
"""


def test_good_rows_go_in_and_wrong_ones_come_back(town: WorkedTown, lea: User, ana: User, paul: User) -> None:
    client = Client()
    client.force_login(lea, "django.contrib.auth.backends.ModelBackend")
    address = f"/m/{town.municipality.code}/plans/votes/"
    page = client.post(address, {"rows": SHEET, "source": "Minutes"}).content.decode()
    assert "There is no work i9 here." in page
    assert "11 votes of 8 people present." in page
    assert "&#x27;yesterday&#x27; is no date." in page
    client.post(address, {"rows": SHEET, "source": "Minutes"})
    with scope(acting(ana)):
        assert AssemblyVote.objects.count() == 3, "the same sheet twice changes nothing"
        own = assemblies_told(town.municipality, actor=acting(ana))
        assert [(one["code"], one["votes_for"], one["votes_against"]) for one in own["works"]] == [
            ("i1", 53, 9),
            ("i2", 20, 30),
        ]
        assert own["participation"][0]["groups"] == {"displaced": 60, "resident": 8}, "nobody is counted twice"
    with scope(acting(paul)):
        told = assemblies_told(town.municipality, actor=acting(paul))
        assert told["participation"][0]["groups"]["resident"] in (None, 10), "few are not told to partners exactly"


def test_assemblies_never_move_the_order(town: WorkedTown, scenario: Scenario, lea: User) -> None:
    plan = solved(scenario)
    client = Client()
    client.force_login(lea, "django.contrib.auth.backends.ModelBackend")
    with scope(acting(lea)):
        before = [(row["code"], row["gain"]) for row in plan_detail(plan, actor=acting(lea))["works"]]
    client.post(f"/m/{town.municipality.code}/plans/votes/", {"rows": SHEET, "source": "Minutes"})
    with scope(acting(lea)):
        assert [(row["code"], row["gain"]) for row in plan_detail(plan, actor=acting(lea))["works"]] == before


def test_a_work_that_is_in_for_the_displaced_says_so(town: WorkedTown, scenario: Scenario, lea: User) -> None:
    by = acting(lea)
    with scope(by):
        fair = Scenario.objects.create(
            municipality=town.municipality, name="Fair", budget_total=100, periods=6, period_days=1, displaced_weight=2
        )
    plan = solved(fair)
    with scope(by):
        plan.outcome["places"] = [{**one, "groups": {"displaced": one["gain"]}} for one in plan.outcome["places"]]
        whys = [row["why"] for row in plan_detail(plan, actor=by)["works"] if row["chosen"]]
    assert any("where most are displaced and count 3 times" in why for why in whys)
