"""Service expansion over its doors: who may ask, what is told, a facility kept, planned, built and seen working."""

import json
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from assessments.actions.arrivals import Expected, write_arrivals
from assessments.actions.plans import make_scenario
from assessments.actions.plans_deciding import record_work, verify_work
from assessments.models import ArrivalScenario, Intervention
from assessments.selectors.arrivals import frozen_arrivals
from assessments.selectors.case import town_case
from crisis.lib.errors import Conflict, Invalid
from municipal_units.actions.norms import set_norm
from municipal_units.models import Facility, User
from municipal_units.permissions import scope, system_actor
from tests.assessments.worked_town import WorkedTown
from tests.conftest import acting
from tests.plans.conftest import solved

pytestmark = pytest.mark.django_db
API = "/api/v1/municipalities/TK"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def lead(town: WorkedTown, lea: User) -> Client:
    return client_of(lea)


def test_partners_and_collectors_are_refused(town: WorkedTown, paul: User, ben: User, cleo: User) -> None:
    assert client_of(paul).get("/m/TK/expansion/").status_code == 403
    assert client_of(ben).get(f"{API}/expansion").status_code == 403
    assert client_of(cleo).get(f"{API}/expansion").status_code == 404


def test_the_page_and_the_api_tell_the_same_need(town: WorkedTown, lead: Client) -> None:
    told = lead.get(f"{API}/expansion?service=water").json()
    by_name = {place["name"]: place["now"] for place in told["places"]}
    assert (by_name["Pelga"]["need"], by_name["Pelga"]["gets"]) == pytest.approx((20_000, 8_000))
    assert {name: place["verdict"] for name, place in by_name.items()} == {
        "Wendou": "repair", "Pelga": "connect", "Forage": "repair",
    }  # fmt: skip
    assert by_name["Pelga"]["groups"]["displaced"] == 400
    assert told["now"]["need"] == pytest.approx(50_000)
    page = lead.get("/m/TK/expansion/?service=water").content.decode()
    assert "20,000" in page
    assert "connect first" in page


def test_another_norm_of_the_same_service_asks_for_more(town: WorkedTown, lead: Client) -> None:
    by = system_actor(town.municipality.pk)
    with scope(by):
        set_norm(
            by=by, municipality=town.municipality, kind="demand", service="water", key="urban", value=50,
            source="test", valid_from=timezone.localdate(), phase="permanent",
        )  # fmt: skip
    norms = {norm["phase"]: norm["value"] for norm in lead.get(f"{API}/expansion/norms?service=water").json()}
    assert (norms["emergency"], norms["permanent"]) == (20, 50)
    told = lead.get(f"{API}/expansion?service=water&phase=permanent").json()
    assert told["now"]["need"] == pytest.approx(125_000)
    assert told["now"]["missing"] == pytest.approx(75_000)
    assert {place["now"]["verdict"] for place in told["places"]} == {"expand"}


def test_an_arrival_scenario_is_written_changed_and_planned_with(town: WorkedTown, lead: Client) -> None:
    pelga, forage = town.places["B"].pk, town.places["C"].pk
    rows = [
        {"group": "displaced", "share": 1.0, "neighbourhood": pelga},
        {"group": "returnee", "persons": 50, "neighbourhood": forage, "leaving": pelga},
    ]
    made = lead.post(f"{API}/arrivals", {"name": "More", "rows": rows}, content_type="application/json")
    assert made.status_code == 201
    pk = made.json()["id"]
    told = lead.get(f"{API}/expansion?service=water&arrivals={pk}").json()
    then = {place["name"]: place["then"] for place in told["places"]}
    assert (then["Pelga"]["groups"]["displaced"], then["Forage"]["groups"]["returnee"]) == (750, 250)
    assert told["then"]["missing"] > told["now"]["missing"]
    page = lead.get(f"/m/TK/expansion/?service=water&arrivals={pk}")
    assert "“More”" in page.content.decode()
    again = lead.put(f"{API}/arrivals/{pk}", {"name": "More", "rows": rows[:1]}, content_type="application/json")
    assert len(again.json()["rows"]) == 1
    assert lead.delete(f"{API}/arrivals/{pk}").status_code == 204
    assert lead.get(f"{API}/arrivals").json() == []


def test_the_form_reads_shares_and_persons_and_says_what_it_cannot_read(town: WorkedTown, lead: Client) -> None:
    pelga = str(town.places["B"].pk)
    form = {
        "name": "A fifth more", "source": "unit", "group": ["displaced", "returnee", "displaced"],
        "place": ["", pelga, ""], "amount": ["+20 %", "−30", ""], "leaving": ["", "", ""],
    }  # fmt: skip
    assert lead.post("/m/TK/expansion/arrivals", form).status_code == 302
    told = lead.get(f"{API}/arrivals").json()[0]
    assert [(row["share"], row["persons"]) for row in told["rows"]] == [(0.2, None), (None, -30)]
    refused = lead.post("/m/TK/expansion/arrivals", {**form, "name": "B", "amount": ["many", "", ""]})
    assert refused.status_code == 422
    assert "+20 % or +300" in refused.content.decode()
    assert "many" in refused.content.decode()


def test_impossible_arrivals_are_refused_by_row(town: WorkedTown, lea: User) -> None:
    by, here = acting(lea), town.places["A"].pk
    with scope(by):
        for row in (
            Expected(group="nobody", share=0.1),
            Expected(group="displaced"),
            Expected(group="displaced", share=0.1, persons=3),
            Expected(group="displaced", persons=3, neighbourhood_id=10**9),
            Expected(group="displaced", persons=3, neighbourhood_id=here, leaving_id=here),
        ):
            with pytest.raises(Invalid):
                write_arrivals(by=by, municipality=town.municipality, name="X", rows=[row])
        fine = [Expected(group="displaced", share=0.1)]
        write_arrivals(by=by, municipality=town.municipality, name="X", rows=fine)
        with pytest.raises(Conflict, match="already"):
            write_arrivals(by=by, municipality=town.municipality, name="X", rows=fine)


def test_a_plan_keeps_the_arrivals_it_was_made_with(town: WorkedTown, lea: User) -> None:
    by = acting(lea)
    with scope(by):
        more = write_arrivals(
            by=by, municipality=town.municipality, name="Double", rows=[Expected(group="displaced", share=1.0)]
        )
        scenario = make_scenario(
            by=by, municipality=town.municipality, name="With them", budget_total=100, periods=6, period_days=1,
            arrivals=frozen_arrivals(more),
        )  # fmt: skip
    plan = solved(scenario)
    assert plan.outcome["groups"]["displaced"]["people"] == 800
    with scope(by):
        ArrivalScenario.objects.all().delete()
    page = client_of(lea).get(f"/m/TK/plans/{plan.pk}/").content.decode()
    assert "Double" in page


def test_a_facility_put_on_the_map_tells_who_gains(town: WorkedTown, lead: Client) -> None:
    asked = f"service=water&capacity=4000&neighbourhood={town.places['B'].pk}&only_here=true&independent=true"
    told = lead.get(f"{API}/expansion/new-facility?{asked}").json()
    groups = {row["group"]: row for row in told["groups"]}
    assert (groups["resident"]["served"], groups["displaced"]["served"]) == pytest.approx((120, 80))
    moved = [place for place in told["places"] if place["moved"]]
    assert [(place["name"], place["before"], place["after"]) for place in moved] == [
        ("Pelga", pytest.approx(0.4), pytest.approx(0.6))
    ]
    page = lead.get(
        f"/m/TK/expansion/new?service=water&capacity=4000&place={town.places['B'].pk}&serves=place&independent=1"
    ).content.decode()
    assert "+120" in page
    assert "+80" in page
    part = lead.get("/m/TK/expansion/new?service=water&capacity=4000&lon=-0.985&lat=13.005", headers={"X-Part": "1"})
    assert part.status_code == 200
    assert "<html" not in part.content.decode()


def test_a_site_that_cannot_be_is_refused_in_words(town: WorkedTown, lead: Client) -> None:
    for asked in (
        "service=water&capacity=0&neighbourhood=1",
        "service=water&capacity=5",
        "service=water&capacity=5&neighbourhood=999999999",
        "service=water&capacity=5&lon=-0.985&lat=13.005&asset_type=hospital",
        "service=water&capacity=5&lon=1&lat=1&only_here=true",
        "service=nonsense&capacity=5&lon=1&lat=1",
        "service=water&capacity=5&unit=sacks&lon=-0.985&lat=13.005",
    ):
        answer = lead.get(f"{API}/expansion/new-facility?{asked}")
        assert answer.status_code == 422, asked
    assert lead.get("/m/TK/expansion/new?service=water&capacity=5").status_code == 422
    assert lead.get("/m/TK/expansion/?service=water&target=0,0001x").status_code == 422


def test_a_kept_facility_is_chosen_by_a_plan_and_counts_only_once_verified(
    town: WorkedTown, lea: User, lead: Client
) -> None:
    """20,000 litres for A, which need no power and cost as good as nothing: planned they count for nobody."""
    form = {
        "service": "water", "capacity": "20", "unit": "m3/d", "asset_type": "borehole", "serves": "place",
        "place": str(town.places["A"].pk), "code": "NEW-1", "name": "Borehole at the school", "cost": "0.000001",
        "days": "2", "crew": "pipe", "independent": "1",
    }  # fmt: skip
    kept = lead.post("/m/TK/expansion/new", form)
    assert kept.status_code == 302
    assert "NEW-1" in kept["Location"]
    assert "NEW-1 is kept" in lead.get(kept["Location"]).content.decode()
    by = acting(lea)
    with scope(by):
        facility, work = Facility.objects.get(code="NEW-1"), Intervention.objects.get(code="NEW-1")
        assert (facility.capacity, work.status, work.actions.get().add) == (20_000, "proposed", 20_000)
        case = town_case(town.municipality, as_of=timezone.now()).case
        number = case.facility_number[str(facility.pk)]
        assert (case.nominal[number], case.current[number]) == (20_000, 0)
        scenario = make_scenario(
            by=by, municipality=town.municipality, name="One", budget_total=1, periods=6, period_days=1
        )
    plan = solved(scenario)
    with scope(by):
        assert [row.intervention.code for row in plan.works.filter(chosen=True)] == ["NEW-1"]
        today = timezone.localdate()
        for status in ("screened", "prioritised", "approved"):
            lead.post(f"{API}/works/{work.pk}/status", json.dumps({"status": status}), content_type="application/json")
        work.refresh_from_db()
        record_work(by=by, work=work, started_on=today, finished_on=today)
        verify_work(by=by, work=work, observed_at=timezone.now())
        after = town_case(town.municipality, as_of=timezone.now()).case
        assert after.current[after.facility_number[str(facility.pk)]] == pytest.approx(20_000)
    again = lead.post("/m/TK/expansion/new", {**form, "name": "Another"})
    assert again.status_code == 409
    assert "Another" in again.content.decode(), "nothing has to be typed twice"


def test_what_its_kind_needs_is_registered_with_it(town: WorkedTown, lead: Client) -> None:
    """A unit lead may not change norms, but a pump is registered with the power it needs by them."""
    asked = {
        "service": "water", "capacity": 4000, "asset_type": "borehole", "neighbourhood": town.places["B"].pk,
        "code": "NEW-2", "name": "Pump", "cost": 5, "duration_days": 3,
    }  # fmt: skip
    told = lead.get(f"{API}/expansion/new-facility?{urlencode(asked)}").json()
    assert told["needs"] == [{"service": "power", "strength": 0.9}]
    assert told["gives"]["limited_by"] == "power"
    made = lead.post(f"{API}/expansion/proposals", json.dumps(asked), content_type="application/json")
    assert made.status_code == 201
    with scope(system_actor(town.municipality.pk)):
        facility = Facility.objects.get(code="NEW-2")
        assert list(facility.dependencies.values_list("service", "strength")) == [("power", 0.9)]
