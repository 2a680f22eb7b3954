"""Computed from the loaded facts, the town is in the state that the design's pages tell."""

import numpy as np
import pytest

from assessments.core.case import PlanningCase
from assessments.core.effects import applied, closure
from assessments.core.functionality import Functionality, evaluate
from assessments.models import Intervention
from assessments.selectors.case import planning_case
from municipal_units.core.vocabulary import FunctionalityClass, functionality_class
from municipal_units.models import Facility, Neighbourhood
from tests.demo.conftest import Demo

# The index printed on the pages, 0-100. Nobody knows about Tambila; Kiri has one family and is not shown.
PAGES = {
    "Grand Marché": 77,
    "Hamdallaye": 74,
    "Zongo": 55,
    "Nayiri": 88,
    "Koulfo": 51,
    "Dabaré": 70,
    "La Gare": 51,
    "Artisans": 71,
    "Lycée": 68,
    "Sanam": 41,
    "Yarcé": 86,
    "Mission": 92,
    "Silmi": 61,
    "Pelga": 31,
    "Barrage": 42,
    "Toudou": 71,
    "Petit Séno": 42,
    "Wendou": 17,
    "Bangré": 33,
    "Gondé": 42,
    "Forage": 19,
    "Tanghin": 29,
}


class Town:
    """The computed town, asked by names instead of numbers."""

    def __init__(self, case: PlanningCase) -> None:
        self.case = case
        self.now: Functionality = evaluate(case)
        self.place = {
            place.name: case.neighbourhood_number[str(place.pk)]
            for place in Neighbourhood.objects.in_bulk().values()
            if str(place.pk) in case.neighbourhood_number
        }
        codes = dict(Intervention.objects.values_list("pk", "code"))
        self.work = {codes[int(work.id)]: number for number, work in enumerate(case.interventions)}

    def met(self, place: str, service: str) -> float:
        return float(self.now.value[self.place[place], self.case.service_number[service]])

    def reason(self, place: str, service: str) -> str:
        width = len(self.case.service_ids)
        return self.now.reasons.code(self.case, self.place[place] * width + self.case.service_number[service])

    def gain(self, *works: str) -> float:
        """Persons fully served more, with the works and what they need first."""
        numbers = [number for work in works for number in closure(self.case, self.work[work])]
        return evaluate(applied(self.case, numbers)).person_functionality - self.now.person_functionality

    def cost(self, work: str) -> float:
        return sum(self.case.interventions[number].cost for number in closure(self.case, self.work[work]))


@pytest.fixture
def town(demo: Demo) -> Town:
    return Town(planning_case(demo.tenkoro, as_of=demo.now))


def test_every_neighbourhood_is_as_on_the_pages(town: Town) -> None:
    computed = {place: float(town.now.index[town.place[place]]) for place in PAGES}
    assert computed == {place: pytest.approx(printed / 100, abs=0.01) for place, printed in PAGES.items()}
    for place, printed in PAGES.items():
        assert functionality_class(computed[place]) == functionality_class(printed / 100), place


def test_the_town_as_a_whole_meets_about_half_of_what_its_people_need(town: Town) -> None:
    assert round(town.now.city * 100) == 53
    assert town.now.groups["displaced"] < town.now.groups["resident"] - 0.1


def test_about_tambila_nothing_can_be_said(town: Town) -> None:
    tambila = town.place["Tambila"]
    assert np.isnan(town.now.value[tambila]).all()
    assert functionality_class(float(town.now.index[tambila])) == FunctionalityClass.NO_DATA
    assert (town.now.index_lo[tambila], town.now.index_hi[tambila]) == (0, 1)


def test_22_places_are_ranked_and_wendou_is_first_by_people_short_of_services(town: Town) -> None:
    short = town.case.people * (1 - town.now.index)
    order = [name for name, number in sorted(town.place.items(), key=lambda item: -np.nan_to_num(short[item[1]]))]
    assert order[:4] == ["Wendou", "Pelga", "Forage", "Bangré"]
    assert set(order[:22]) == set(PAGES)


def test_water_in_wendou_waits_for_power(town: Town) -> None:
    assert round(town.met("Wendou", "water") * 100) == 6
    assert town.reason("Wendou", "water") == "support:power"
    assert town.met("Wendou", "water") == min(
        town.met("Wendou", service) for service in ("water", "sanitation", "power", "health", "housing_shelter")
    )
    assert [round(town.met("Wendou", s) * 100) for s in ("sanitation", "health", "housing_shelter", "education")] == [
        12, 20, 33, 20,
    ]  # fmt: skip


def test_elsewhere_other_things_are_short(town: Town) -> None:
    dry = Facility.objects.get(code="L-04").pk
    assert town.reason("Zongo", "sanitation") == f"own_capacity:{dry}"
    assert town.reason("Pelga", "water") == "local_reach"
    assert town.reason("Pelga", "health") == "support:power"
    assert town.reason("Tambila", "water") == "unknown"


def test_reconnecting_t09_is_first_and_makes_the_generator_useless(town: Town) -> None:
    per_franc = {work: town.gain(work) / town.cost(work) for work in town.work}
    assert max(per_franc, key=lambda work: per_franc[work]) == "T-09"
    assert town.gain("T-09") > 1_000
    assert town.gain("F-07-G") > 250
    assert town.gain("T-09", "F-07-G") == pytest.approx(town.gain("T-09"), abs=1e-6)


def test_works_that_gain_nothing_alone_gain_with_what_they_wait_for(town: Town) -> None:
    assert town.gain("C-06") == pytest.approx(0, abs=1e-6)
    assert town.gain("C-06", "T-12") > town.gain("T-12") + 1
    assert town.gain("L-05", "T-09") > town.gain("L-05") + town.gain("T-09") + 100
    assert town.gain("SP-3") == pytest.approx(0, abs=1e-6)
    assert town.gain("SP-3", "SP-12") > town.gain("SP-12") + 50


def test_no_work_makes_anything_worse_and_together_they_help_by_a_tenth_of_the_town(town: Town) -> None:
    assert min(town.gain(work) for work in town.work) >= -1e-6
    best = [work for work in town.work if work not in ("T-09-L", "WT-1-P", "W-01-G")]
    assert town.gain(*best) > 10_000
