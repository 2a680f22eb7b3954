"""The loaded demonstration: what the database holds is what the data says, and loading again changes nothing."""

import stat
from collections import Counter

from django.apps import apps
from django.utils import timezone

from assessments.models import ArrivalScenario, FunctionalityRun, FunctionalityScore, Intervention, Plan
from crisis.demo.buildings import GRADES, WENDOU_GRADES
from crisis.demo.facilities import facilities
from crisis.demo.loading.accounts import PLAYERS, read_passwords
from crisis.demo.loading.story import load_story
from crisis.demo.works import works
from damage.models import Structure
from municipal_units.models import Event, Facility, FacilityStatus, Neighbourhood, User
from municipal_units.permissions import Permission, scope
from municipal_units.selectors.population import people_present
from tests.demo.conftest import Demo


def test_the_people_present_are_those_of_the_pages(demo: Demo) -> None:
    present = people_present(demo.tenkoro, as_of=demo.now.date())
    totals = present.groupby("group")["value"].sum()
    assert totals.to_dict() == {"displaced": 42_900, "resident": 56_900, "returnee": 1_300}
    wendou = Neighbourhood.objects.get(municipality=demo.tenkoro, pcode="TK0119")
    there = present[present["neighbourhood"] == wendou.pk].set_index("group")
    assert there["value"].to_dict() == {"displaced": 5_200, "resident": 1_500, "returnee": 0}
    assert set(there["method"]) == {"census"}


def test_where_the_count_could_not_go_the_round_before_stands(demo: Demo) -> None:
    tambila = Neighbourhood.objects.get(municipality=demo.tenkoro, pcode="TK0117")
    present = people_present(demo.tenkoro, as_of=demo.now.date())
    there = present[present["neighbourhood"] == tambila.pk]
    assert there["value"].sum() == 1_896
    assert set(there["method"]) == {"baseline_location"}


def test_facilities_lie_where_they_are_written_and_their_latest_state_is_the_storys(demo: Demo) -> None:
    loaded = {f.code: f for f in Facility.objects.filter(municipality=demo.tenkoro).select_related("neighbourhood")}
    assert len(loaded) == len(facilities())
    for told in facilities():
        facility = loaded[told.code]
        assert facility.neighbourhood is not None
        assert facility.neighbourhood.pcode == told.pcode
        latest = facility.statuses.latest("observed_at")
        assert latest.status == told.states[-1].status
        assert latest.observed_at <= timezone.now()


def test_f07_is_without_power_since_four_days(demo: Demo) -> None:
    reports = FacilityStatus.objects.filter(facility__code="F-07", status="not_functional").order_by("observed_at")
    assert [report.causes for report in reports] == [["no_power"], ["no_power"]]
    assert (demo.now - reports[0].observed_at).days == 4
    assert reports[0].recorded_by == User.objects.get(username="enumerator")


def test_measured_output_is_in_the_unit_of_the_need(demo: Demo) -> None:
    standpipes = Facility.objects.get(municipality=demo.tenkoro, code="SP-3")
    assert standpipes.capacity == 9 * 250 * 15  # litres a day
    assert standpipes.statuses.latest("observed_at").measured_output == 6 * 250 * 15


def test_each_building_is_one_structure_though_three_products_saw_it(demo: Demo) -> None:
    structures = Structure.objects.filter(municipality=demo.tenkoro)
    assert structures.count() == 3_000
    assert not structures.filter(neighbourhood=None).exists()
    grades = Counter(structures.filter(neighbourhood__pcode="TK0119").values_list("current_grade", flat=True))
    assert [grades[grade] for grade in GRADES] == list(WENDOU_GRADES)


def test_works_stand_with_their_effects_and_prerequisites(demo: Demo) -> None:
    loaded = {w.code: w for w in Intervention.objects.filter(municipality=demo.tenkoro)}
    assert set(loaded) == {work.code for work in works()}
    latrines = loaded["L-05"]
    assert [work.code for work in latrines.requires.all()] == ["LN-1"]
    assert latrines.actions.get().add == 50 * 50  # fifty doors for fifty persons each
    assert loaded["T-09"].cost == 14_000_000
    assert loaded["T-09"].currency == "XOF"


def test_a_finished_plan_and_who_may_come_are_there_at_once(demo: Demo) -> None:
    plan = Plan.objects.get(municipality=demo.tenkoro)
    assert (plan.run.state, plan.proof, plan.scenario.name) == ("finished", "proven", "Most people served")
    assert plan.works.filter(chosen=True).count() > 5
    assert plan.cost <= (plan.scenario.budget_total or 0)
    returning = ArrivalScenario.objects.get(municipality=demo.tenkoro, name="Return to Tanghin").rows.get()
    assert returning.neighbourhood is not None
    assert (returning.neighbourhood.pcode, returning.persons) == ("TK0124", 600)


def test_what_happened_is_numbered_without_gap_and_nothing_is_shown_of_small_groups(demo: Demo) -> None:
    events = Event.objects.filter(municipality=demo.tenkoro).order_by("seq")
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert {event.kind for event in events} >= {"facility.status_changed", "damage.assessed", "population.estimated"}


def test_the_town_has_a_past_to_look_back_on(demo: Demo) -> None:
    runs = list(FunctionalityRun.objects.filter(municipality=demo.tenkoro).order_by("id"))
    assert [run.as_of for run in runs] == sorted(run.as_of for run in runs)
    assert (runs[-1].as_of - runs[0].as_of).days > 100
    first, last = (run.city or 0.0 for run in (runs[0], runs[-1]))
    assert first - last > 0.2
    wendou = FunctionalityScore.objects.filter(neighbourhood__pcode="TK0119", service="").order_by("run_id")
    before, now = (score.value or 0.0 for score in list(wendou)[-2:])
    assert before > 0.3  # on 15 November, the day before the power went
    assert 0.15 < now < 0.18


def test_passwords_are_kept_for_the_owner_only_and_let_everyone_in(demo: Demo) -> None:
    assert stat.S_IMODE(demo.passwords.stat().st_mode) == 0o600
    known = read_passwords(demo.passwords)
    assert set(known) == {player.username for player in PLAYERS}
    assert len(set(known.values())) == len(PLAYERS)
    for username, password in known.items():
        user = User.objects.get(username=username)
        assert user.check_password(password)
        assert user.is_demo
        assert not user.is_superuser


def test_roles_reach_as_far_as_the_story_says_and_not_into_the_other_town(demo: Demo) -> None:
    cast = demo.cast
    places = {place.pcode: place.pk for place in Neighbourhood.objects.filter(municipality=demo.tenkoro)}
    community = cast.actor("community_rep")
    assert community.may(Permission.RECORD_STATUS, demo.tenkoro.pk, neighbourhood_id=places["TK0119"])
    assert not community.may(Permission.RECORD_STATUS, demo.tenkoro.pk, neighbourhood_id=places["TK0114"])
    water = cast.actor("service_rep")
    assert water.may(Permission.RECORD_STATUS, demo.tenkoro.pk, service="water")
    assert not water.may(Permission.RECORD_STATUS, demo.tenkoro.pk, service="power")
    with scope(cast.actor("barsalo")):
        assert set(Neighbourhood.objects.values_list("municipality__code", flat=True)) == {"BS"}
        assert Neighbourhood.objects.count() == 3
    with scope(cast.actor("coordinator")):
        assert not Facility.objects.filter(code="BF-01").exists()


def test_loading_again_changes_nothing(demo: Demo) -> None:
    models = [model for model in apps.get_models() if model._meta.app_label in APPS]
    before = {model: model._default_manager.count() for model in models}
    secrets = demo.passwords.read_text()
    again = load_story(now=demo.now, today=demo.now, passwords=demo.passwords)
    assert not again.is_new
    assert {model: model._default_manager.count() for model in models} == before
    assert demo.passwords.read_text() == secrets


APPS = ("municipal_units", "damage", "assessments")
